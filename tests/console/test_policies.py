"""Policies: the one in force in words and numbers, and what a version changed."""

from dataclasses import replace

import pytest

from moderation.explanation import describe
from moderation.judge import DEFAULT_TERMS
from moderation.models import Policy
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def two(db):
    """Two versions, the second in force: stricter on harassment, another model."""
    make.make_policy()
    thresholds = dict(DEFAULT_TERMS.thresholds) | {"harassment": 7_300}
    make.make_policy(replace(DEFAULT_TERMS, thresholds=thresholds, redirections=4, eligible_models=frozenset({"claude-opus-9"})))
    return list(Policy.objects.order_by("version"))


def text(client, path):
    return client.get(path).content.decode()


def test_the_one_in_force_is_told_in_words_and_numbers(client_of, reviewer, two):
    page = text(client_of(reviewer), "/policies/")
    assert "is in force" in page
    assert all(sentence.split("'")[0] in page for sentence in describe(two[1].terms()))
    assert 'width="7300"' in page
    assert "Superseded" in page


def test_authors_and_approvers_are_pseudonyms(client_of, reviewer, two):
    page = text(client_of(reviewer), "/policies/")
    for policy in two:
        assert policy.author.pseudonym in page
        assert policy.approver.pseudonym in page
        assert policy.author.email not in page
        assert policy.author.name not in page


def test_before_the_first_it_says_so(client_of, reviewer):
    assert "No policy yet" in text(client_of(reviewer), "/policies/")


def test_with_none_in_force_it_says_so(client_of, reviewer):
    make.policies.draft_policy(DEFAULT_TERMS, title="Draft", why="", actor=make.make_person())
    assert "No policy is in force" in text(client_of(reviewer), "/policies/")


def test_a_version_shows_what_it_changed(client_of, reviewer, two):
    changes = text(client_of(reviewer), "/policies/2/").split('id="changes"')[1].split("</section>")[0]
    assert "Threshold, harassment" in changes
    assert "7300" in changes
    assert "Refusals or redirections" in changes
    assert "claude-opus-9" in changes
    assert "Threshold, hate" not in changes
    assert "Harmful turns" not in changes


def test_the_first_version_has_nothing_to_differ_from(client_of, reviewer, two):
    assert "This is the first version" in text(client_of(reviewer), "/policies/1/")


def test_a_version_that_changes_nothing_says_so(client_of, reviewer):
    make.make_policy()
    make.make_policy()
    assert "No rule and no threshold differs" in text(client_of(reviewer), "/policies/2/")


def test_only_who_may_see_the_log_is_led_there(client_of, reviewer, senior, two):
    assert "/audit/?target=P-2" in text(client_of(senior), "/policies/2/")
    assert "/audit/" not in text(client_of(reviewer), "/policies/2/")


def test_a_title_is_escaped(client_of, reviewer):
    make.policies.draft_policy(DEFAULT_TERMS, title="<b>Bold</b>", why="<script>1</script>", actor=make.make_person())
    for path in ("/policies/", "/policies/1/"):
        assert "<b>Bold" not in text(client_of(reviewer), path)
        assert "<script>1" not in text(client_of(reviewer), path)


@pytest.mark.parametrize("path", ["/policies/", "/policies/1/"])
def test_other_methods_and_roles_are_refused(path, client_of, reviewer, outsider, two):
    assert client_of(reviewer).post(path).status_code == 405
    assert client_of(outsider).get(path).status_code == 403


def test_an_unknown_version_is_missing(client_of, reviewer):
    assert client_of(reviewer).get("/policies/99/").status_code == 404
