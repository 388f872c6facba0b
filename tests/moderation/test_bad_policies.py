"""What policies and statistics are not meant for: each answered in words, nothing half-applied."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from django.db import connection

from moderation.actions import policies
from moderation.actions.certificates import weigh_promises
from moderation.actions.draws import FIRST_RATES, PlanRefused, adopt_plan
from moderation.audit.events import Event
from moderation.guard_rails import OutOfRails
from moderation.judge import DEFAULT_TERMS
from moderation.models import AuditEntry, Policy, PolicyDecision, SamplingPlan, Unit
from moderation.objectives import EXAMPLE, Unclear, parse
from moderation.proposals import month
from moderation.states import IllegalMove, PolicyState, Promise, UnitKind
from moderation.statistics.estimates import post_stratified
from moderation.statistics.intervals import Unanswerable
from moderation.statistics.strata import Strata
from tests import make

pytestmark = pytest.mark.django_db


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_approve_at_once_one_does():
    make.make_policy()
    author, approvers = make.make_person("policy_owner"), [make.make_approver(), make.make_approver()]
    drafted = policies.draft_policy(DEFAULT_TERMS, title="Next", why="", actor=author)
    policies.seal_policy(drafted.version, actor=author)

    def approve(actor):
        try:
            return policies.approve_policy(drafted.version, actor=actor).approver
        except IllegalMove:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(approve, approvers))
    assert sorted(found, key=lambda one: one is None)[1] is None
    assert Policy.objects.get(pk=drafted.pk).approver in found
    assert PolicyDecision.objects.filter(policy=drafted).count() == 1
    assert AuditEntry.objects.naming(Event.POLICY_APPROVED).filter(target_id=drafted.public_id).count() == 1


def test_a_plan_changed_after_labels_exist_holds_for_what_is_to_come(ground, reviewer):
    make.answer(make.make_review(), reviewer)
    old = Unit.objects.get()
    adopt_plan(FIRST_RATES | {UnitKind.ENDED: "0.5"}, strata={}, actor=make.TESTS)
    old.refresh_from_db()
    assert (old.base_rate, old.plan.version, SamplingPlan.objects.count()) == ("1", 1, 2)
    with pytest.raises(PlanRefused, match="Every kind of unit needs a base rate"):
        adopt_plan({UnitKind.ENDED: "1"}, actor=make.TESTS)
    with pytest.raises(PlanRefused, match="between 0 and 1"):
        adopt_plan(FIRST_RATES | {UnitKind.ENDED: "1.5"}, strata={}, actor=make.TESTS)
    assert SamplingPlan.objects.count() == 2


def test_a_window_without_labels_is_unknown(ground):
    make.make_ending()
    assert {row.state for row in weigh_promises(1, actor=make.TESTS)} == {"unknown"}


@pytest.mark.parametrize(
    ("strata", "why"),
    [
        (((10, 10), (0, 0), (0, 0)), "No drawn unit"),
        (((0, 0), (0, 0), (0, 0)), "No drawn unit"),
        (((10,), (1,), (0,)), "One label is no estimate"),
    ],
)
def test_too_little_is_said_to_be_too_little(strata, why):
    with pytest.raises(Unanswerable, match=why):
        post_stratified(Strata.counted(*strata))


def test_a_stratum_of_one_unit_that_was_read_is_certain():
    found = post_stratified(Strata.counted((1, 40), (1, 20), (1, 0)))
    assert found.value == pytest.approx(1 / 41)
    assert found.low >= 1 / 41 - 1e-9


@pytest.mark.parametrize(
    ("terms", "sentence"),
    [
        (replace(DEFAULT_TERMS, thresholds={"hate": 5_000}), "Sexual has no threshold."),
        (replace(DEFAULT_TERMS, thresholds=dict(DEFAULT_TERMS.thresholds) | {"hate": 10_001}), "hate lies between 0.20 and 0.95"),
        (replace(DEFAULT_TERMS, thresholds=dict(DEFAULT_TERMS.thresholds) | {"wit": 5_000}), "There is no category wit."),
        (replace(DEFAULT_TERMS, eligible_models=frozenset()), "at least one model"),
    ],
)
def test_numbers_beyond_the_rails_leave_no_draft_behind(policy_owner, terms, sentence):
    with pytest.raises(OutOfRails, match=sentence):
        policies.draft_policy(terms, title="Bad", why="", actor=policy_owner)
    assert not Policy.objects.exists()


def test_what_was_not_sealed_is_not_approved(ground, policy_owner):
    drafted = policies.draft_policy(DEFAULT_TERMS, title="Next", why="", actor=policy_owner)
    with pytest.raises(IllegalMove):
        policies.approve_policy(drafted.version, actor=make.make_approver())
    assert Policy.objects.get(pk=drafted.pk).state == PolicyState.DRAFT


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "reads like"),
        ("minimise wrongful", "reads like"),
        ("maximise joy where upper95(crisis) <= 1%", "cannot be maximised"),
        ("maximise caught", "Name at least one"),
        ("maximise caught where wrongful <= 1%", "is no bound"),
        ("maximise caught where upper95(delay) <= 1%", "no bound of delay"),
        ("maximise caught where upper95(crisis) <= 0%", "between 0 % and 100 %"),
        ("maximise caught where upper95(crisis) <= 1% and upper95(crisis) <= 2%", "two bounds of crisis"),
        ("maximise caught where upper95(crisis) <= 999%", "between 0 % and 100 %"),
    ],
)
def test_an_objective_that_cannot_be_read_says_why(text, sentence):
    with pytest.raises(Unclear, match=sentence):
        parse(text)


def test_the_objective_of_the_help_is_read():
    found = parse(EXAMPLE)
    assert (found.goal, {of: str(most) for of, most in found.most.items()}) == (
        "caught",
        {Promise.WRONGFUL: "0.01", Promise.CRISIS: "0.001"},
    )
    assert parse("MAXIMIZE ended WHERE upper95( missed ) ≤ 20 %").goal == "ended"


@pytest.mark.parametrize("text", ["2026-13", "26-01", "2026-1", "September", "0000-01"])
def test_a_window_that_is_no_month_is_refused(text):
    with pytest.raises(ValueError, match="A window is a month"):
        month(text)
