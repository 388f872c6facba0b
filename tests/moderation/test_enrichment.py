"""The enriched draw: nested in the base draw, blind to labels, digested in the log; raising a rate; publishing a key."""

from datetime import timedelta

import pytest
from django.utils import timezone

from moderation import period_keys, work
from moderation.actions import draws
from moderation.actions.draws import FIRST_RATES, PeriodRunning, PlanRefused, adopt_plan, period_of, reveal_period, reveal_periods
from moderation.actions.enrichment import KeyPublished, enrich, raise_window
from moderation.audit.events import Event
from moderation.draw_check import check_draw
from moderation.models import AuditEntry, Enrichment, PeriodKey, Review, SamplingPlan, Unit
from moderation.replay.sample import entered
from moderation.states import Lane, UnitKind
from moderation.statistics.draws import is_drawn
from moderation.strata import Facts, all_strata, first_rates, stratum_of
from tests import make

pytestmark = pytest.mark.django_db

NONE_AT_FIRST = {UnitKind.ENDED: "0", UnitKind.REFUSED: "0", UnitKind.CONTINUED: "0"}
LONG_AGO = timedelta(days=5)


def went_on(count=6):
    """Make conversations that went on five days ago, judged."""
    for number in range(count):
        event = make.continued(*(make.LADDER[:6] if number % 2 else make.ORDINARY))
        event["time"] = (timezone.now() - LONG_AGO).isoformat()
        make.send(event)
    make.judge_all()


@pytest.fixture
def plan(ground):
    """A plan that draws nothing at the base, and every conversation that went on after 72 hours."""
    return adopt_plan(NONE_AT_FIRST, strata={name: "1" for name in all_strata() if name.startswith("continued")}, actor=make.TESTS)


def test_the_stratum_says_what_is_known():
    assert stratum_of(Facts(UnitKind.CONTINUED, -1000, blamed=False, warned=True)) == "continued:near:silent:warned"
    assert stratum_of(Facts(UnitKind.ENDED, 2000, blamed=True, reason="persistent_abuse", category="hate")) == "ended:over:blamed:abuse"
    assert stratum_of(Facts(UnitKind.ENDED, -2000, blamed=False, reason="user_request")) == "ended:under:silent:request"
    assert len(set(all_strata())) == 2 * 3 * 2 * 2 + 3 * 2 * 3


def test_the_default_reads_no_stratum_less_than_its_base():
    for name, rate in first_rates().items():
        assert float(rate) >= float(FIRST_RATES[UnitKind(name.split(":")[0])])


def test_after_72_hours_the_enriched_draw_takes_its_units_to_people(plan):
    went_on()
    assert not Review.objects.exists()
    assert enrich() == 6
    assert Enrichment.objects.filter(drawn=True).count() == 6
    assert set(Review.objects.values_list("lane", flat=True)) == {Lane.AUDIT}
    assert {one.split(":")[3] for one in Enrichment.objects.values_list("stratum", flat=True)} == {"warned", "unwarned"}
    entry = AuditEntry.objects.naming(Event.DRAW_ENRICHED).get().entry["codes"]
    assert (entry["units"], entry["drawn"]) == (6, 6)
    assert check_draw().ok
    assert enrich() == 0


def test_before_72_hours_nothing_is_enriched(plan):
    make.send(make.continued())
    make.judge_all()
    assert enrich() == 0


def test_what_is_not_measured_yet_waits(plan):
    event = make.continued()
    event["time"] = (timezone.now() - LONG_AGO).isoformat()
    make.send(event)
    assert enrich() == 0
    make.judge_all()
    assert enrich() == 1


def test_both_draws_are_nested_and_the_probability_is_the_higher_one(ground):
    adopt_plan(
        NONE_AT_FIRST | {UnitKind.CONTINUED: "0.3"}, strata={name: "0.8" for name in all_strata() if "continued" in name}, actor=make.TESTS
    )
    went_on(12)
    enrich()
    found = {one.unit.pk: one.pi for one in entered(timezone.now() - 2 * LONG_AGO, timezone.now())}
    for unit in Unit.objects.filter(kind=UnitKind.CONTINUED):
        assert unit.enrichment.drawn == is_drawn(bytes(unit.u), "0.8")
        assert unit.enrichment.drawn or not unit.in_base
        assert found.get(unit.pk) == (pytest.approx(0.008) if unit.enrichment.drawn else None)


def test_a_certain_unit_has_nothing_to_gain(ground):
    make.make_ending(time=(timezone.now() - LONG_AGO).isoformat())
    assert enrich() == 0
    [only] = entered(timezone.now() - 2 * LONG_AGO, timezone.now())
    assert only.pi == 1


def test_a_batch_that_was_touched_is_named(plan):
    went_on(2)
    enrich()
    unit = Enrichment.objects.first().unit
    Enrichment.objects.filter(unit=unit).update(drawn=False)
    Review.objects.filter(unit=unit).delete()
    found = {(fault.item, fault.what) for fault in check_draw().faults}
    batch = str(Enrichment.objects.first().batch)
    assert found == {
        (batch, "this batch of the enriched draw is not as the log holds it"),
        (unit.public_id, "was taken out of the enriched draw"),
    }


def test_another_enriched_rate_is_named(plan):
    went_on(1)
    enrich()
    Enrichment.objects.update(rate="0.00001", drawn=False)
    assert "was enriched at a rate that its plan does not state" in {fault.what for fault in check_draw().faults}


def test_a_conversation_that_ends_after_all_is_drawn_as_an_ending(plan):
    went_on(1)
    enrich()
    unit = Unit.objects.get(kind=UnitKind.CONTINUED)
    draws.draw_unit(unit.branch, UnitKind.ENDED, timezone.now())
    assert not Enrichment.objects.filter(unit=unit).exists()
    assert Unit.objects.get(pk=unit.pk).kind == UnitKind.ENDED


@pytest.mark.parametrize(("ends", "kept"), [("0.4", "0.7"), ("0.7", "0.7"), ("0.9", "0.9")])
def test_what_ends_after_all_keeps_the_higher_rate(ground, ends, kept):
    adopt_plan(NONE_AT_FIRST | {UnitKind.CONTINUED: "0.7"}, strata={}, actor=make.TESTS)
    went_on(8)
    before = set(Unit.objects.filter(in_base=True).values_list("pk", flat=True))
    adopt_plan(NONE_AT_FIRST | {UnitKind.ENDED: ends}, strata={}, actor=make.TESTS)
    for unit in Unit.objects.select_related("branch"):
        draws.draw_unit(unit.branch, UnitKind.ENDED, timezone.now())
    assert set(Unit.objects.values_list("base_rate", flat=True)) == {kept}
    after = set(Unit.objects.filter(in_base=True).values_list("pk", flat=True))
    assert after == {one.pk for one in Unit.objects.all() if is_drawn(bytes(one.u), kept)} >= before
    told = {fault.what for fault in check_draw().faults}
    assert "was drawn at a rate that its plan does not state" not in told
    Unit.objects.update(base_rate="0.1")
    assert "was drawn at a rate that its plan does not state" in {fault.what for fault in check_draw().faults}


def test_an_ending_was_never_drawn_at_the_rate_of_what_went_on(ground):
    adopt_plan({UnitKind.ENDED: "1", UnitKind.REFUSED: "0.5", UnitKind.CONTINUED: "0.2"}, strata={}, actor=make.TESTS)
    went_on(1)
    [unit] = Unit.objects.select_related("branch")
    draws.draw_unit(unit.branch, UnitKind.ENDED, timezone.now())
    Unit.objects.update(base_rate="0.2")
    assert "was drawn at a rate that its plan does not state" in {fault.what for fault in check_draw().faults}


def test_a_raised_rate_takes_more_and_lets_nobody_go(ground):
    adopt_plan(NONE_AT_FIRST | {UnitKind.CONTINUED: "0.3"}, strata={}, actor=make.TESTS)
    went_on(20)
    window = Unit.objects.filter(kind=UnitKind.CONTINUED).first().window
    before = set(Unit.objects.filter(in_base=True).values_list("pk", flat=True))
    higher = adopt_plan(NONE_AT_FIRST | {UnitKind.CONTINUED: "0.9"}, strata={}, actor=make.TESTS)
    taken = raise_window(higher, window, actor=make.TESTS)
    after = set(Unit.objects.filter(in_base=True).values_list("pk", flat=True))
    assert before < after
    assert len(after - before) == taken
    assert Review.objects.filter(unit__in=after).count() == len(after)
    assert check_draw().ok
    lower = adopt_plan(NONE_AT_FIRST | {UnitKind.CONTINUED: "0.1"}, strata={}, actor=make.TESTS)
    assert raise_window(lower, window, actor=make.TESTS) == 0
    assert set(Unit.objects.filter(in_base=True).values_list("pk", flat=True)) == after
    assert check_draw().ok


def over():
    """Make a period that has been over for more than a month."""
    return draws.commit_period(period_of(timezone.now() - timedelta(days=70)))


def test_a_key_is_published_once_its_period_is_over(ground):
    key = over()
    shown = reveal_period(key.period, actor=make.TESTS)
    assert bytes.fromhex(shown.revealed_key) == period_keys.secret(key.period)
    assert reveal_period(key.period, actor=make.TESTS).revealed_at == shown.revealed_at
    assert AuditEntry.objects.naming(Event.PERIOD_REVEALED).get().entry["codes"]["key"] == shown.revealed_key
    assert check_draw().ok


def test_a_running_period_keeps_its_key(ground):
    with pytest.raises(PeriodRunning):
        reveal_period(period_of(timezone.now()), actor=make.TESTS)
    reveal_periods()
    assert not PeriodKey.objects.exclude(revealed_key="").exists()


def test_keys_are_published_by_themselves(ground):
    key = over()
    reveal_periods()
    assert PeriodKey.objects.get(pk=key.pk).revealed_key


def test_no_rate_is_raised_once_the_key_is_public(ground):
    went_on(1)
    unit = Unit.objects.get()
    PeriodKey.objects.filter(pk=unit.period_id).update(
        revealed_at=timezone.now(), revealed_key=period_keys.secret(unit.period.period).hex()
    )
    with pytest.raises(KeyPublished):
        raise_window(SamplingPlan.objects.latest("version"), unit.window, actor=make.TESTS)
    assert enrich() == 0


@pytest.mark.parametrize(
    ("rates", "strata", "why"),
    [
        ({UnitKind.ENDED: "1"}, {}, "Every kind"),
        (FIRST_RATES | {UnitKind.ENDED: "1.2"}, {}, "between 0 and 1"),
        (FIRST_RATES | {UnitKind.ENDED: "often"}, {}, "decimal string"),
        (FIRST_RATES, {"made:up": "1"}, "no stratum"),
        (FIRST_RATES, {"continued:near:silent:warned": "0.1"}, "below the base rate"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_in_words(db, rates, strata, why):
    plans = SamplingPlan.objects.count()
    with pytest.raises(PlanRefused, match=why):
        adopt_plan(rates, strata=strata, actor=make.TESTS)
    assert SamplingPlan.objects.count() == plans


def test_a_new_plan_changes_no_unit_that_has_come(ground):
    went_on(2)
    before = list(Unit.objects.order_by("pk").values_list("base_rate", "in_base", "plan"))
    adopt_plan(NONE_AT_FIRST, strata={}, actor=make.TESTS)
    assert list(Unit.objects.order_by("pk").values_list("base_rate", "in_base", "plan")) == before


def test_the_periodic_actions_know_of_the_draw():
    assert {"enrich", "reveal_periods", "commit_periods"} <= {action.__name__ for action in work._periodic}
