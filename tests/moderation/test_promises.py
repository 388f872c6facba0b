"""What the base draw shows of promises: counts by part, the path, what is hidden or owed, and evidence against a policy in force."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone
from scipy import stats

from console.promises import conditions
from moderation.actions import policies
from moderation.actions.candidates import forget_candidates
from moderation.actions.certificates import weigh_nightly, weigh_promises
from moderation.actions.draws import adopt_plan
from moderation.actions.enrichment import raise_window
from moderation.audit.events import Event
from moderation.judge import DEFAULT_TERMS
from moderation.models import AuditEntry, Certificate, Policy, Review, Unit
from moderation.promises import watch, weigh
from moderation.proposals import AtSeal, at_seal, design, latest_window, read_design, read_path, window_of
from moderation.replay.sample import sample, truth
from moderation.replay.units import Window
from moderation.states import Answer, Design, PolicyState, Promise, PromiseState, Round, UnitKind
from moderation.statistics.censoring import NEVER
from moderation.statistics.certify import Counts
from moderation.statistics.intervals import Unanswerable, median
from moderation.whatif import ground as ground_of
from tests import make
from tests.moderation.test_evidence import label
from tests.moderation.test_replay_impact import at, everybody, told, view


def world(endings, refused=0):
    """Endings at a score of 7,000 and refused requests at 5,000, the latter ended by looser policies only."""
    rows = [(n, 4, 7_000, 0, True) for n in range(endings)] + [(endings + n, 4, 5_000, 0, False) for n in range(refused)]
    window = Window.between(view(rows), 0, 1)
    return window, window.view.unit_low[window.first]


def test_enough_reviews_without_a_failure_certify_and_one_less_does_not():
    window, _ = world(500)
    drawn = everybody(window, told([1] * 500))
    for read, state, more in ((196, PromiseState.CERTIFIED, 0), (195, PromiseState.NOT_YET, 1)):
        part = replace(drawn, base=np.arange(500) < read)
        found = weigh(window, part, [at(6_000)], Promise.WRONGFUL)
        assert (found.state, found.more, found.counts.drawn) == (state, more, read)
        assert found.p_value == pytest.approx(float(stats.hypergeom.cdf(0, 500, 6, read)))


def test_what_a_looser_policy_ends_is_a_part_of_its_own():
    window, ids = world(400, refused=400)
    drawn = everybody(window, told([1] * 800))
    few = replace(drawn, base=(ids < 400) | (ids < 410))
    assert weigh(window, few, [at(6_000)], Promise.WRONGFUL).state is PromiseState.CERTIFIED
    found = weigh(window, few, [at(6_000), at(4_000)], Promise.WRONGFUL)
    assert (found.state, found.shown, found.counts.population) == (PromiseState.NOT_YET, 1, 800)
    assert found.more == weigh(window, few, [at(4_000)], Promise.WRONGFUL).more > 100


def test_units_drawn_at_unlike_rates_prove_nothing_for_each_other():
    """500 endings read whole and 500 at a rate of .02: as one flat draw they would certify at p ≈ .0004."""
    window, ids = world(1_000)
    mixed = replace(everybody(window, told([1] * 1_000)), base=ids < 510, rates=(ids >= 500).astype(int))
    found = weigh(window, mixed, [at(6_000)], Promise.WRONGFUL)
    assert (found.state, found.counts.drawn) == (PromiseState.NOT_YET, 510)
    assert found.p_value == pytest.approx(float(stats.hypergeom.cdf(0, 500, 6, 10)))
    assert found.more == 186, "the part that was read at .02 has to be read as if it stood alone"
    assert stats.hypergeom.cdf(0, 1_000, 11, 510) < 0.001


def test_an_ending_that_cannot_be_tried_is_a_failure_where_it_was_drawn():
    window, _ = world(500)
    drawn = everybody(window, told([1] * 500))
    found = weigh(window, replace(drawn, lost={0: Counts(3, 2, 2)}), [at(6_000)], Promise.WRONGFUL)
    assert (found.counts.population, found.counts.drawn, found.counts.failures) == (503, 502, 2)
    assert weigh(window, replace(drawn, lost={0: Counts(20, 6, 6)}), [at(6_000)], Promise.WRONGFUL).state is PromiseState.NOT_YET


@pytest.mark.django_db(transaction=True)
def test_erasing_words_lets_no_ending_leave_the_claim_of_a_draft(ground):
    kept, *erased = (make.make_ending(time=two_days_ago()) for _ in range(3))
    for one in erased:
        forget_candidates(one.branch.unit)
    Unit.objects.filter(branch=erased[0].branch).update(in_base=False)
    on = ground_of(latest_window(timezone.now()))
    assert (len(on.window), on.lost, on.drawn.lost) == (1, 2, {0: Counts(2, 1, 1)})
    assert on.window.ids(np.arange(1)) == [kept.branch.unit.pk]


def test_a_claim_to_which_units_are_added_needs_more_of_them():
    window, _ = world(500)
    drawn = replace(everybody(window, told([1] * 500)), design=Design.ANYTIME)
    for read, state in ((256, PromiseState.CERTIFIED), (255, PromiseState.NOT_YET)):
        found = weigh(window, replace(drawn, base=np.arange(500) < read), [at(6_000)], Promise.WRONGFUL)
        assert (found.state, found.upper <= 0.01) == (state, state is PromiseState.CERTIFIED)


@pytest.mark.django_db(transaction=True)
def test_what_was_added_to_a_draw_enters_a_claim_only_where_that_was_sealed(ground):
    for _ in range(2):
        make.make_ending(time=two_days_ago())
    Unit.objects.update(base_rate="0.0001", in_base=False)
    plan = adopt_plan(dict.fromkeys(UnitKind, "1"), strata={}, actor=make.TESTS)
    for window in set(Unit.objects.values_list("window", flat=True)):
        raise_window(plan, window, actor=make.TESTS)
    assert set(Unit.objects.values_list("base_rate", "first_rate", "in_base")) == {("1", "0.0001", True)}
    span = latest_window(timezone.now())
    window = window_of(span)
    taken = {design: sample(window, span.since, span.until, design).base.tolist() for design in Design}
    assert taken == {Design.FIXED: [False] * 2, Design.ANYTIME: [True] * 2}
    assert weigh_promises(1, actor=make.TESTS)[0].drawn == 0, "a policy in force is tested on the draw as it first was"


@pytest.mark.django_db
def test_a_certificate_says_how_it_was_tested_and_what_was_known_at_its_seal(ground, reviewer, policy_owner):
    for _ in range(3):
        make.make_ending(time=two_days_ago())
    make.answer(Review.objects.first(), reviewer)
    make.agree()
    draft = policies.draft_policy(DEFAULT_TERMS, title="Draft", why="", actor=policy_owner)
    policies.seal_policy(draft.version, actor=policy_owner, test=Design.ANYTIME)
    seal = draft.seals.get()
    assert read_design(seal.design)["draw"] == [{"kind": "ended", "rate": "1", "units": 3, "drawn": 3, "labelled": 1}]
    assert at_seal(seal.design) == AtSeal(Design.ANYTIME, 3, 1)
    for review in Review.objects.waiting():
        make.answer(review, reviewer)
    make.agree()
    wrongful, *_ = weigh_promises(draft.version, actor=make.TESTS)
    assert (wrongful.test, wrongful.drawn_at_seal, wrongful.labelled_at_seal, wrongful.owed) == ("anytime", 3, 1, 0)
    assert any("1 of 3 drawn units had a final label" in one for one in conditions(wrongful))
    live, *_ = weigh_promises(1, actor=make.TESTS)
    assert (live.test, live.labelled_at_seal) == ("fixed", None)
    assert at_seal('{"path":[]}') is None


@pytest.mark.django_db(transaction=True)
def test_each_unit_of_a_window_brings_its_rate(ground):
    for _ in range(3):
        make.make_ending(time=(timezone.now() - timedelta(days=2)).isoformat())
    odd, late, _ = Unit.objects.order_by("pk")
    Unit.objects.filter(pk=odd.pk).update(base_rate="0.02", in_base=False)
    Unit.objects.filter(pk=late.pk).update(decided_at=timezone.now() + timedelta(days=40))
    span = latest_window(timezone.now())
    window = window_of(span)
    rates = sample(window, span.since, span.until).rates
    assert dict(zip(window.ids(np.arange(3)), rates.tolist(), strict=True)) == {one.pk: int(one != odd) for one in Unit.objects.all()}


def test_a_step_that_ends_nothing_keeps_every_promise_and_the_path_goes_on():
    window, _ = world(0, refused=500)
    found = weigh(window, everybody(window, told([1] * 500)), [at(9_000), at(4_000)], Promise.WRONGFUL)
    assert (found.state, found.shown, found.counts.population) == (PromiseState.CERTIFIED, 2, 500)


def test_a_path_stops_at_its_first_failure():
    window, _ = world(300, refused=300)
    ids = window.view.unit_low[window.first]
    drawn = everybody(window, told(np.where(ids < 300, NEVER, 1)))
    found = weigh(window, drawn, [at(6_000), at(4_000)], Promise.WRONGFUL)
    assert (found.state, found.shown, found.more) == (PromiseState.NOT_YET, 0, None)


def test_what_is_owed_or_hidden_counts_as_a_failure():
    window, _ = world(500)
    drawn = everybody(window, told([1] * 500))
    owed = replace(drawn, labelled=np.arange(500) >= 20)
    found = weigh(window, owed, [at(6_000)], Promise.WRONGFUL)
    assert (found.state, found.counts.owed, found.more) == (PromiseState.NOT_YET, 20, 20)
    stricter = weigh(window, drawn, [at(6_000), at(8_000)], Promise.WRONGFUL)
    assert (stricter.state, stricter.hidden, stricter.more) == (PromiseState.NOT_YET, 500, None)


def test_a_policy_that_ends_nothing_has_no_rate():
    window, _ = world(0, refused=3)
    assert weigh(window, everybody(window, told([1] * 3)), [at(9_000)], Promise.CRISIS).state is PromiseState.UNKNOWN


def test_evidence_is_fed_in_order_of_the_draw_up_to_the_first_that_is_owed():
    window, _ = world(60)
    wrong = everybody(window, told([NEVER] * 60))
    assert watch(window, wrong, Promise.WRONGFUL).violated
    gap = replace(wrong, labelled=np.arange(60) != 1)
    found = watch(window, gap, Promise.WRONGFUL)
    assert (found.fed, found.violated) == (1, False)
    assert not watch(window, everybody(window, told([1] * 60)), Promise.WRONGFUL).violated


def test_labels_are_read_as_turns():
    said = truth(
        [
            None,
            label(Answer.CANNOT_TELL, Round.ADJUDICATION, right_from=2),
            label(Answer.NO_CRISIS),
            label(Answer.REQUESTED),
            label(Answer.YES, right_from=3, crisis_unclear=True),
            label(Answer.YES, right_from=3),
        ]
    )
    assert said.is_right([9] * 6).tolist() == [False, False, False, True, False, True]
    assert said.violates([9] * 6).tolist() == [False, False, True, False, True, False]


@pytest.mark.parametrize(("n", "places"), [(1, (0, 0)), (9, (1, 7)), (41, (13, 27))])
def test_a_median_lies_between_order_statistics(n, places):
    found = median(np.arange(n)[::-1])
    assert (found.low, found.high) == places
    inside = stats.binom.cdf(places[1], n, 0.5) - stats.binom.cdf(places[0], n, 0.5)
    assert n < 9 or inside >= 0.95
    with pytest.raises(Unanswerable):
        median([])


def test_a_sealed_path_is_read_back_as_it_was(ground):
    live = Policy.objects.live().get().terms()
    draft = replace(live, thresholds=dict(live.thresholds) | {"hate": 4_500}, crisis=4_000)
    steps = read_path(design(latest_window(make.timezone.now()), live, draft, 1))
    assert [replace(one, version=0) for one in (live, draft)] == [steps[0], steps[-1]]


@pytest.mark.django_db(transaction=True)
def test_what_was_shown_is_kept_with_its_place_in_the_log(ground, reviewer):
    for _ in range(3):
        make.make_ending(time=(make.timezone.now() - make.timedelta(days=2)).isoformat())
    make.answer(Review.objects.first(), reviewer)
    rows = {row.promise: row for row in weigh_promises(1, actor=make.TESTS)}
    assert rows["wrongful"].state == PromiseState.NOT_YET
    assert (rows["wrongful"].population, rows["wrongful"].drawn, rows["wrongful"].owed) == (3, 3, 2)
    assert [(one, rows[one].waiting, rows[one].provisional) for one in ("wrongful", "crisis", "missed")] == [
        ("wrongful", 2, True),
        ("crisis", 2, True),
        ("missed", 2, rows["missed"].estimate is not None),
    ]
    assert rows["wrongful"].low == 0
    assert rows["wrongful"].high > 0.5, "what is owed may be wrong"
    assert rows["delay"].state == PromiseState.UNKNOWN, "more than half still wait"
    entry = AuditEntry.objects.naming(Event.PROMISES_WEIGHED).newest().first()  # the log outlives tests
    assert b'"wrongful":"not_yet"' in bytes(entry.body)
    with pytest.raises(DatabaseError), transaction.atomic():
        Certificate.objects.update(state="certified")


def two_days_ago():
    return (timezone.now() - timedelta(days=2)).isoformat()


@pytest.mark.django_db
def test_what_was_never_judged_is_owed_and_what_was_erased_keeps_its_label(ground, reviewer):
    known, unread, _ = (make.make_ending(time=two_days_ago()) for _ in range(3))
    make.make_ending(judged=False, time=two_days_ago())
    make.answer(Review.objects.get(unit__branch=known.branch), reviewer, make.statement(Answer.NO))
    make.agree()

    def counted():
        row = weigh_promises(1, actor=make.TESTS)[0]
        return row.population, row.drawn, row.failures, row.owed

    assert counted() == (4, 4, 1, 3)
    for gone in (known, unread):
        forget_candidates(gone.branch.unit)
    assert counted() == (4, 4, 1, 3), "erasing what was said neither saves a policy nor drops what is owed"


@pytest.mark.django_db
def test_a_promise_that_was_violated_stays_so(ground):
    make.make_ending(time=two_days_ago())
    rows = {row.promise: row for row in weigh_promises(1, actor=make.TESTS)}
    Certificate.objects.bulk_create([replaced(rows["wrongful"], state=PromiseState.VIOLATED)])
    again = {row.promise: row.state for row in weigh_promises(1, actor=make.TESTS)}
    assert (again["wrongful"], again["crisis"]) == (PromiseState.VIOLATED, PromiseState.UNKNOWN)


def replaced(row, **changes):
    """Return another certificate like this one."""
    same = {field.name: getattr(row, field.name) for field in Certificate._meta.local_fields if not field.primary_key}
    return Certificate(**(same | changes))


@pytest.mark.django_db
def test_without_a_label_nothing_is_known_and_each_day_asks_once(ground):
    make.make_ending(time=(make.timezone.now() - make.timedelta(days=2)).isoformat())
    weigh_nightly()
    weigh_nightly()
    assert Certificate.objects.count() == len(Promise)
    assert set(Certificate.objects.values_list("state", flat=True)) == {"unknown"}


@pytest.mark.parametrize(
    ("state", "ruled", "days"),
    [
        (PolicyState.SUPERSEDED, (70, 10), (30, 10)),
        (PolicyState.TRIPPED, (1 / 4, 1 / 8), (1 / 4, 1 / 8)),
        (PolicyState.ROLLED_BACK, (200, 90), (120, 90)),
        (PolicyState.LIVE, (1 / 8, None), (1 / 8, 0)),
    ],
)
def test_a_policy_answers_for_the_time_in_which_it_ruled(ground, policy_owner, state, ruled, days):
    now, midnight = timezone.now(), latest_window(timezone.now()).until
    since, until = (None if one is None else now - timedelta(days=one) for one in ruled)
    policy = Policy.objects.live().get()
    Policy.objects.filter(pk=policy.pk).update(state=state, live_from=since, live_until=until)
    row = weigh_promises(policy.version, actor=policy_owner.as_actor())[0]
    first, last = (now - timedelta(days=one) for one in days)
    if state is PolicyState.SUPERSEDED:
        first = midnight - timedelta(days=30)
    if ruled[0] > 1 or since > midnight:  # else midnight cuts it
        assert abs(row.since - first) < timedelta(minutes=1)
        assert abs(row.until - last) < timedelta(minutes=1)
    assert row.since < row.until


def test_a_policy_answers_for_no_ending_from_before_it_ruled(ground, policy_owner):
    make.make_ending(time=(timezone.now() - timedelta(days=3)).isoformat())
    policy = Policy.objects.live().get()
    Policy.objects.filter(pk=policy.pk).update(live_from=timezone.now() - timedelta(days=1))
    rows = weigh_promises(policy.version, actor=policy_owner.as_actor())
    assert {row.population for row in rows} == {0}
    assert min(row.since for row in rows) >= timezone.now() - timedelta(days=1, minutes=1)
