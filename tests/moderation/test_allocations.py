"""Rates by Neyman against those in force: from strata and labels as they are, nested, and proposed through the same action."""

from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from moderation.actions import reviews
from moderation.actions.draws import FIRST_RATES, adopt_plan, check_plan
from moderation.actions.enrichment import enrich
from moderation.allocations import Told, allocate, fails, told_of, uncertified, usual
from moderation.models import Certificate, Enrichment, Policy, Review, Unit
from moderation.states import Answer, PromiseState, Round, UnitKind
from moderation.statistics.costs import FEW, Costs
from moderation.statistics.draws import bound
from moderation.statistics.intervals import Unanswerable
from moderation.statistics.planner import Budget
from tests import make

pytestmark = pytest.mark.django_db

ABUSE, HARM, NEAR = "ended:over:blamed:harm", "ended:over:silent:harm", "ended:near:silent:harm"


def told(**more):
    known = {
        "kind": UnitKind.ENDED,
        "strata": (NEAR, ABUSE, HARM),
        "population": np.array([300.0, 100.0, 1600.0]),
        "sent": np.ones(3),
        "labels": np.array([40.0, 30.0, 200.0]),
        "guess": np.array([0.2, 0.4, 0.01]),
        "base": "0.2",
        "rates": ("0.2", "0.5", "0.2"),
    }
    return Told(**known | more)


def test_rates_are_nested_and_hold_the_budget(ground):
    found = allocate(told(), Budget(280, 120))
    assert (found.rates["ended"], found.rates["refused"], found.rates["continued"]) == ("0.14", "0.5", "0.2")
    assert sum(one.reads for one in found.strata) == 400
    assert all(bound(one.proposed) >= bound("0.14") for one in found.strata)
    check_plan({UnitKind(kind): rate for kind, rate in found.rates.items()}, found.named)
    reads = {one.name: one.reads for one in found.strata}
    assert reads[HARM] == 224, "the base draw is the floor"
    assert reads[NEAR] / reads[ABUSE] == pytest.approx(300 * 0.4 / (100 * 0.24**0.5), rel=0.05)
    assert found.proposed.half < found.flat.half
    assert found.proposed.claim > found.flat.claim, "a smaller base draw claims less"
    assert found.today.reviews == pytest.approx(0.2 * 1900 + 50)
    assert found.named["continued:over:blamed:warned"] == "1", "the other kinds keep their rates"


def test_more_is_read_where_reading_is_quick_for_as_much_time(ground):
    """All vary alike: what takes four times as long is read half as often."""
    same = {"population": np.full(3, 600.0), "guess": np.full(3, 0.2)}
    costs = Costs(np.array([240.0, 60.0, 120.0]), np.array([True, True, False]), np.array([30, 20, 2]), 120.0)
    found = allocate(told(**same, costs=costs), Budget(0, 300), timed=True)
    reads = [one.reads for one in found.strata]
    assert reads[1] == pytest.approx(2 * reads[0], abs=2)
    assert found.proposed.hours == pytest.approx(found.flat.hours, abs=0.05) == pytest.approx(300 * 140 / 3600, abs=0.05)
    assert found.proposed.half < found.flat.half
    assert [(one.seconds, one.readings, one.own) for one in found.strata] == [(240, 30, True), (60, 20, True), (120, 2, False)]
    assert not found.stretched
    assert sum(one.reads for one in allocate(told(**same, costs=costs), Budget(0, 300)).strata) == 300, "at equal cost so many"
    assert allocate(told(**same, costs=costs), Budget(0, 3), timed=True).stretched, "15 of each take longer"
    assert not allocate(told(**same), Budget(0, 300), timed=True).timed, "nobody knows what they cost"


def test_all_base_draw_is_a_flat_draw(ground):
    found = allocate(told(), Budget(400, 0))
    assert [one.reads for one in found.strata] == [60, 20, 320]
    assert not [name for name in found.named if name.startswith("ended:")]
    assert found.proposed == found.flat


@pytest.mark.parametrize(("sizes", "reviews"), [((301, 97, 1603), 400), ((333, 333, 334), 100), ((10_007, 410, 503), 777)])
def test_rounding_adds_no_review_and_no_rate_of_its_own(ground, sizes, reviews):
    found = allocate(told(population=np.array(sizes, float)), Budget(reviews, 0))
    assert sum(one.reads for one in found.strata) == reviews
    assert (found.proposed.reviews, found.proposed.half, found.proposed.upper) == (reviews, found.flat.half, found.flat.upper)
    assert {one.proposed for one in found.strata} == {found.rates["ended"]}
    mixed = allocate(told(population=np.array(sizes, float)), Budget(reviews * 7 // 10, reviews - reviews * 7 // 10))
    assert sum(one.reads for one in mixed.strata) == reviews
    assert all(bound(one.proposed) >= bound(mixed.rates["ended"]) for one in mixed.strata)


def test_few_reviews_still_read_every_stratum(ground):
    found = allocate(told(), Budget(7, 3))
    assert [one.reads for one in found.strata] == [15, 15, 15]
    found = allocate(told(population=np.array([3.0, 0.0, 1.0])), Budget(1, 0))
    assert [one.reads for one in found.strata] == [3, 0, 1]


def test_a_stratum_that_did_not_occur_keeps_its_rate_above_the_base(ground):
    rates = FIRST_RATES | {UnitKind.ENDED: "0.05"}
    adopt_plan(rates, strata={"ended:under:blamed:abuse": "0.9", "ended:under:silent:abuse": "0.1"}, actor=make.TESTS)
    found = allocate(told(), Budget(280, 120))
    assert found.named["ended:under:blamed:abuse"] == "0.9"
    assert "ended:under:silent:abuse" not in found.named, "it would lie below the base rate"


def test_what_a_surface_did_not_send_keeps_an_interval_open(ground):
    """All that was sent is read, but it was one of ten conversations: read whole is only what was sent whole."""
    whole, tenth = (allocate(told(base="1", rates=("1",) * 3, sent=np.full(3, share)), Budget(2000, 0)) for share in (1.0, 0.1))
    assert whole.today.half == whole.proposed.half == 0
    assert tenth.today.half == pytest.approx(
        1.96 * (0.9 * (0.15**2 * 0.16 / 300 + 0.05**2 * 0.24 / 100 + 0.8**2 * 0.0099 / 1600)) ** 0.5, rel=0.05
    )
    assert (whole.today.claim, tenth.today.claim > 0.001) == (0, True)


def test_reviews_go_by_what_strata_stand_for_not_by_what_came_of_them(ground):
    """600 came of each, of the third one of ten: where answers vary alike, most goes there, and the interval is tighter for it."""
    same = {"population": np.full(3, 600.0), "guess": np.full(3, 0.2), "base": "0.05", "rates": ("0.05",) * 3}
    found = allocate(told(**same, sent=np.array([1.0, 1.0, 0.1])), Budget(90, 270))
    assert [one.reads for one in found.strata] == [30, 30, 300]
    assert [one.units for one in found.strata] == [600] * 3, "units are those that came"
    assert found.proposed.half < found.flat.half


def test_the_rate_of_a_surface_is_told_by_stratum(ground):
    for rate in ("0.02", "0.1"):
        make.send(make.continued(rate=rate))
    make.judge_all()
    Unit.objects.update(decided_at=timezone.now() - timedelta(days=8))
    found = told_of(UnitKind.CONTINUED, timezone.now())
    assert (found.units, found.sent.tolist()) == (2, [pytest.approx(2 / 60)])


def days_ago(days):
    return (timezone.now() - timedelta(days=days)).isoformat()


def test_strata_are_told_by_units_that_were_never_placed(ground, reviewer):
    """All endings are read under the first plan, so that none has a place: the units themselves tell."""
    events = [make.ended(time=days_ago(days)) for days in (9, 8, 1)]
    for event in (*events, make.about("feedback.given", events[0], thumbs="down")):
        make.send(event)
    make.judge_all()
    make.answer(Review.objects.filter(round=Round.FIRST).order_by("unit__decided_at").first(), reviewer, make.statement(Answer.NO))
    make.agree()
    found = told_of(UnitKind.ENDED, timezone.now())
    assert (found.units, found.base, set(found.rates)) == (2, "1", {"1"}), "the third is younger than three days"
    assert dict(zip([name.split(":")[2] for name in found.strata], found.labels.tolist(), strict=True)) == {"blamed": 1.0, "silent": 0.0}
    assert found.guess[0] > found.guess[1] > 0
    assert usual(found) == Budget(2, 0), "nothing is certified yet"


def test_strata_are_told_by_places_where_units_have_one(ground):
    adopt_plan(FIRST_RATES | {UnitKind.ENDED: "0"}, strata={}, actor=make.TESTS)
    adopt_plan(FIRST_RATES | {UnitKind.ENDED: "0"}, strata={HARM: "1"}, actor=make.TESTS)
    unit = make.make_ending(time=days_ago(8)).branch.unit
    assert enrich() == 1
    Enrichment.objects.update(stratum=HARM)
    found = told_of(UnitKind.ENDED, timezone.now())
    assert (found.strata, found.population.tolist(), found.rates) == ((HARM,), [1.0], ("1",))
    assert Unit.objects.get() == unit


def test_costs_are_first_readings_of_the_strata(ground, reviewer):
    for _ in range(FEW):
        make.send(make.ended(time=days_ago(8)))
    make.judge_all()
    assert told_of(UnitKind.ENDED, timezone.now()).costs is None
    for review in Review.objects.filter(round=Round.FIRST):
        reviews.claim_review(review.pk, actor=reviewer)
        make.read(review, reviewer)
        Review.objects.filter(pk=review.pk).update(claimed_at=timezone.now() - timedelta(seconds=30))
        reviews.submit_review(review.pk, make.statement(), actor=reviewer)
        reviews.decide_review(review.pk)
    found = told_of(UnitKind.ENDED, timezone.now()).costs
    assert (found.seconds.tolist(), found.own.tolist(), found.readings.tolist()) == ([pytest.approx(30, abs=1)], [True], [FEW])


def test_where_there_is_nothing_it_says_so(db):
    with pytest.raises(Unanswerable, match="no plan"):
        told_of(UnitKind.ENDED, timezone.now())
    make.make_ground()
    with pytest.raises(Unanswerable, match="nothing to allot"):
        told_of(UnitKind.CONTINUED, timezone.now())


def test_a_failure_is_a_wrong_ending_or_a_missed_one(ground, reviewer):
    label = make.answer(make.make_review(), reviewer)
    assert (fails(UnitKind.ENDED, label), fails(UnitKind.CONTINUED, label), fails(UnitKind.REFUSED, label)) == (False, True, True)
    label.answer = Answer.NO
    assert (fails(UnitKind.ENDED, label), fails(UnitKind.CONTINUED, label)) == (True, False)


def test_once_promises_are_certified_estimates_have_a_share(ground):
    assert uncertified()
    now, live = timezone.now(), Policy.objects.live().get()
    row = {"policy": live, "since": now, "until": now, "state": PromiseState.CERTIFIED}
    Certificate.objects.create(promise="wrongful", **row)
    Certificate.objects.create(promise="crisis", **row | {"state": PromiseState.NOT_YET})
    assert uncertified()
    Certificate.objects.create(promise="crisis", **row)
    assert not uncertified()
    assert usual(told()) == Budget(301, 129)
