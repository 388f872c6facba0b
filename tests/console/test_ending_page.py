"""What the page of an ending tells beside its text: scores in the margin, where branches part, what the rules would have done when."""

import re
from dataclasses import replace

import pytest
from django.utils import timezone

from conversations.models import ConversationEnd
from moderation.judge import DEFAULT_TERMS
from tests import make

pytestmark = pytest.mark.django_db


def page(client, ending, *, opened=True):
    if opened:
        client.post(f"/endings/{ending.public_id}/open/", {"purpose": "quality"})
    return client.get(f"/endings/{ending.public_id}/").content.decode()


def turn(shown, number):
    return re.search(rf'<article class="turn" id="t{number}".*?</article>', shown, re.DOTALL).group()


def words(html):
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_the_margin_has_the_strongest_score_of_user_turns_only(client_of, policy_owner):
    shown = page(client_of(policy_owner), make.make_ending())
    assert re.search(r'class="turn-score" data-over>\w[^<]+ <span class="number">0\.\d\d<', turn(shown, 0))
    assert "turn-score" not in turn(shown, 1)


def test_a_mark_leads_to_the_check_that_rests_on_its_turn(client_of, policy_owner):
    shown = page(client_of(policy_owner), make.make_ending())
    assert re.search(r'href="#check-3"[^>]*>R1<', turn(shown, 1))
    assert re.search(r'href="#check-4"[^>]*>WARN<', turn(shown, 5))
    assert re.search(r'id="check-4" data-rests-on="5"', shown)


def test_a_turn_at_which_another_branch_parts_is_marked(client_of, policy_owner):
    event = make.ended()
    make.make_ground()
    for one in (event, make.branched(event, fork=2)):
        make.send(one)
    make.judge_all()
    ending = ConversationEnd.objects.get(branch__external_id=event["data"]["conversation"]["branch"]["id"])
    shown = page(client_of(policy_owner), ending)
    assert "FORK" in turn(shown, 2)
    assert "FORK" not in turn(shown, 3)


def end_facts(client, ending):
    return words(re.search(r'<p class="end-facts">.*?</p>', page(client, ending), re.DOTALL).group())


def test_the_end_says_under_which_policy_and_what_the_user_was_told(client_of, policy_owner):
    told = end_facts(client_of(policy_owner), make.make_ending())
    assert told.startswith("Policy 1, rules v1. ")
    assert "That it ended: told. What can be done now: told." in told
    silent = make.make_ending(*make.LADDER[:-1], ("assistant", "I will look for a table of prime numbers."))
    assert "That it ended: not told . What can be done now: not told ." in end_facts(client_of(policy_owner), silent)


def test_every_version_says_from_where_on_it_would_have_allowed_the_end(client_of, policy_owner):
    ending = make.make_ending()
    make.make_policy(replace(DEFAULT_TERMS, version=2, redirections=3), since=timezone.now())
    shown = page(client_of(policy_owner), ending, opened=False)
    [stricter, first] = [words(one) for one in re.findall(r'<li class="replay">.*?</li>', shown, re.DOTALL)]
    assert stricter == "Policy 2 Now Never: redirected first"
    assert first == "Policy 1 Then From t7"


def test_a_closed_transcript_shows_no_score_of_a_turn_in_its_margin(client_of, policy_owner):
    shown = page(client_of(policy_owner), make.make_ending(), opened=False)
    assert "turn-score" not in shown


def test_nothing_of_it_is_on_a_masked_page(client_of, reviewer):
    shown = page(client_of(reviewer), make.make_ending(), opened=False)
    assert "replay" not in shown
    assert "end-facts" not in shown
