"""Changes of the sampling plan: by two people, for units still to come, and for a month whose key is secret."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from moderation.actions import plans
from moderation.actions.draws import FIRST_RATES, PlanRefused, adopt_plan, as_logged, period_of
from moderation.actions.enrichment import KeyPublished
from moderation.actions.plans import Change, PlanChanged, approve_plan, propose_plan, refuse_plan
from moderation.actions.policies import FreshRole, SamePerson
from moderation.audit.events import Event
from moderation.draw_check import check_draw
from moderation.models import AuditEntry, PeriodKey, ProposedRate, SamplingPlan, Unit
from moderation.sampling import plan_in_force
from moderation.states import IllegalMove, PlanState, UnitKind
from tests import make

pytestmark = pytest.mark.django_db

HALF = {UnitKind.ENDED: "0.5", UnitKind.REFUSED: "0.5", UnitKind.CONTINUED: "0.2"}


def proposed(author, rates=HALF, **more):
    return propose_plan(Change(rates, {}, **more), why="Fewer readers.", actor=author)


def test_it_holds_for_units_to_come_and_what_was_drawn_keeps_its_rate(ground, policy_owner, reviewer):
    old = make.answer(make.make_review(), reviewer).unit
    made = proposed(policy_owner)
    assert SamplingPlan.objects.count() == 1
    made = approve_plan(made.public_id, actor=make.make_approver())
    assert (made.term, made.plan.version, made.raised) == (PlanState.ADOPTED, 2, 0)
    new = make.make_ending().branch.unit
    old.refresh_from_db()
    assert (old.base_rate, old.plan.version) == ("1", 1)
    assert (new.base_rate, new.plan.version) == ("0.5", 2)
    assert check_draw().ok
    entries = [AuditEntry.objects.naming(event).newest().first().entry for event in (Event.PLAN_PROPOSED, Event.PLAN_ADOPTED)]
    assert [entries[0]["target"]["id"], entries[1]["codes"]["proposal"]] == [made.public_id] * 2


def test_the_log_shows_that_what_was_adopted_is_what_was_proposed(ground, policy_owner):
    strata = {"ended:near:blamed:abuse": "0.8", "continued:near:blamed:warned": "0.6"}
    made = propose_plan(Change(HALF, strata), why="", actor=policy_owner)
    approve_plan(made.public_id, actor=make.make_approver())
    codes = [AuditEntry.objects.naming(event).newest().first().entry["codes"] for event in (Event.PLAN_PROPOSED, Event.PLAN_ADOPTED)]
    told = ("rate_ended", "rate_refused", "rate_continued", "strata_sha256")
    assert [[one[name] for name in told] for one in codes] == [["0.5", "0.5", "0.2", as_logged(HALF, strata)["strata_sha256"]]] * 2
    assert as_logged(HALF, strata)["strata_sha256"] != as_logged(HALF, {})["strata_sha256"]


def test_neither_the_author_nor_somebody_fresh_adopts(ground):
    author = make.make_approver()
    made = proposed(author)
    with pytest.raises(SamePerson):
        approve_plan(made.public_id, actor=author)
    with pytest.raises(FreshRole):
        approve_plan(made.public_id, actor=make.make_person("compliance"))
    made.refresh_from_db()
    assert (made.term, SamplingPlan.objects.count()) == (PlanState.PROPOSED, 1)


def test_of_two_proposals_against_one_plan_the_second_is_refused(ground, policy_owner):
    first, second = proposed(policy_owner), proposed(policy_owner, HALF | {UnitKind.ENDED: "0.9"})
    other = make.make_approver()
    approve_plan(first.public_id, actor=other)
    with pytest.raises(PlanChanged):
        approve_plan(second.public_id, actor=other)
    with pytest.raises(IllegalMove):
        approve_plan(first.public_id, actor=other)
    assert refuse_plan(second.public_id, actor=policy_owner).term is PlanState.REFUSED
    assert SamplingPlan.objects.count() == 2


def test_what_cannot_be_adopted_is_refused_in_words(ground, policy_owner):
    for rates, more, words in (
        (FIRST_RATES, {}, "below"),
        (HALF | {UnitKind.ENDED: "1.5"}, {}, "rate"),
        ({UnitKind.ENDED: "1"}, {}, "Every kind"),
        (HALF, {"window": "2020-01"}, "not open"),
    ):
        strata = {"continued:near:blamed:warned": "0.1"} if words == "below" else {}
        with pytest.raises(PlanRefused, match=words):
            propose_plan(Change(rates, strata, **more), why="", actor=policy_owner)
    named = plans.rates_of(plan_in_force())
    kinds = {kind: named.pop(kind.value) for kind in UnitKind}
    with pytest.raises(PlanRefused, match="in force"):
        propose_plan(Change(kinds, named), why="", actor=policy_owner)


def test_an_open_month_is_raised_with_it_and_one_whose_key_is_public_is_not(ground, policy_owner):
    adopt_plan(dict.fromkeys(UnitKind, "0"), strata={}, actor=make.TESTS)
    unit = make.make_ending().branch.unit
    month = unit.window
    made = proposed(policy_owner, window=month)
    assert month in plans.open_windows()
    with transaction.atomic():
        done = approve_plan(made.public_id, actor=make.make_approver())
        unit.refresh_from_db()
        assert (unit.base_rate, unit.plan_id, done.raised) == ("0.5", done.plan_id, int(unit.in_base))
        assert check_draw().ok
        transaction.set_rollback(True)
    PeriodKey.objects.filter(pk=unit.period_id).update(revealed_at=timezone.now())
    with pytest.raises(KeyPublished):
        approve_plan(made.public_id, actor=make.make_approver())
    assert not Unit.objects.filter(in_base=True).exists()


def test_what_was_proposed_is_never_edited(ground, policy_owner):
    proposed(policy_owner)
    with pytest.raises(DatabaseError), transaction.atomic():
        ProposedRate.objects.update(rate="1")
    assert plans.open_windows()[0] == period_of(timezone.now())
    assert period_of(timezone.now() + timedelta(days=40)) not in plans.open_windows()
