"""A policy's way into force takes two people and leaves no way back."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, ProgrammingError, transaction
from django.utils import timezone

from moderation.actions import policies, publication
from moderation.judge import DEFAULT_TERMS
from moderation.models import AuditEntry, Policy, Threshold
from moderation.states import IllegalMove, PolicyState
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def sealed(policy_owner):
    drafted = policies.draft_policy(DEFAULT_TERMS, title="One", why="", actor=policy_owner)
    return policies.seal_policy(drafted.version, actor=policy_owner)


def test_terms_survive_the_database(sealed):
    assert sealed.terms() == replace(DEFAULT_TERMS, version=sealed.version)


def test_the_author_cannot_approve(sealed, policy_owner):
    with pytest.raises(policies.SamePerson):
        policies.approve_policy(sealed.version, actor=policy_owner)
    with pytest.raises(IntegrityError), transaction.atomic():
        Policy.objects.filter(pk=sealed.pk).update(approver=policy_owner)


def test_publishing_supersedes_and_only_one_is_live():
    first = make.make_policy(since=timezone.now() - timedelta(days=10))
    second = make.make_policy(since=timezone.now() - timedelta(days=5))
    first.refresh_from_db()
    assert (first.state, first.live_until) == (PolicyState.SUPERSEDED, second.live_from)
    with pytest.raises(IntegrityError), transaction.atomic():
        Policy.objects.filter(pk=first.pk).update(state=PolicyState.LIVE)
    assert AuditEntry.objects.about("policy", first.public_id).filter(action="policy.superseded").exists()


def test_the_policy_of_a_moment():
    now = timezone.now()
    first, second = make.make_policy(since=now - timedelta(days=10)), make.make_policy(since=now - timedelta(days=5))
    assert Policy.objects.in_force_at(now - timedelta(days=7)) == first
    assert Policy.objects.in_force_at(now) == second
    assert Policy.objects.in_force_at(now - timedelta(days=99)) == first


def test_a_sealed_policy_does_not_change(sealed):
    for change in ({"crisis_cut": 1}, {"rules_version": 9}, {"title": "Other"}, {"harmful_turns": 1}, {"eligible_models": []}):
        with pytest.raises(ProgrammingError, match="is sealed"), transaction.atomic():
            Policy.objects.filter(pk=sealed.pk).update(**change)
    with pytest.raises(ProgrammingError, match="sealed policy"), transaction.atomic():
        Threshold.objects.filter(policy=sealed).update(value=1)
    with pytest.raises(ProgrammingError, match="sealed policy"), transaction.atomic():
        Threshold.objects.create(policy=sealed, category="other", value=1)


def test_steps_cannot_be_skipped(sealed, senior):
    with pytest.raises(IllegalMove):
        publication.publish_policy(sealed.version, actor=senior)
