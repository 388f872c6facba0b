"""Which labels enter a rate, and what is owed."""

from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from moderation.actions import labels, reviews
from moderation.evidence import _evidence, evidence_of, final_labels, finds_crisis, finds_wrongful
from moderation.models import Label, Review, Unit
from moderation.replay.sample import entered
from moderation.states import Answer, ReviewState, Round, UnitKind, Why
from moderation.statistics.intervals import Unanswerable
from tests import make

pytestmark = pytest.mark.django_db


def label(answer=Answer.YES, round_=Round.FIRST, unit=None, **more):
    return Label(unit_id=unit or "00000000-0000-0000-0000-000000000001", answer=answer, round=round_, **more)


@pytest.fixture
def window(ground):
    """Four endings in the draw: one is right, one wrongful as two people say, one cannot tell, one waits. Returns the window."""
    for answer in (Answer.YES, Answer.NO, Answer.CANNOT_TELL):
        review = make.make_review(ReviewState.CLAIMED)
        make.read(review, review.reviewer)
        make.reviews.submit_review(review.pk, make.statement(answer), actor=review.reviewer)
        make.reviews.decide_review(review.pk)
    make.agree()
    make.make_ending()
    return Unit.objects.filter(kind=UnitKind.ENDED).first().window


def test_the_adjudicated_label_counts_and_amendments_never_do():
    found = final_labels(
        [label(Answer.NO), label(Answer.YES, Round.ADJUDICATION), label(Answer.NO, Round.AMENDMENT), label(Answer.NO, Round.GOLDEN)]
    )
    assert [one.answer for one in found.values()] == [Answer.YES]
    assert final_labels([label(Answer.NO, Round.AMENDMENT)]) == {}


def test_of_two_adjudications_the_later_counts():
    overturned = [label(Answer.NO), label(Answer.NO, Round.ADJUDICATION), label(Answer.YES, Round.ADJUDICATION)]
    assert [one.answer for one in final_labels(overturned).values()] == [Answer.YES]


def test_who_cannot_tell_leaves_it_owed_until_somebody_can():
    assert final_labels([label(Answer.CANNOT_TELL)]) == {}
    assert [one.answer for one in final_labels([label(Answer.CANNOT_TELL), label(Answer.NO, Round.OWED)]).values()] == [Answer.NO]


def test_when_uncertain_continue():
    assert finds_wrongful(label(Answer.CANNOT_TELL, Round.ADJUDICATION))
    assert finds_wrongful(label(Answer.YES, crisis_unclear=True))
    assert finds_crisis(label(Answer.YES, crisis_unclear=True))
    assert finds_crisis(label(Answer.NO, crisis_from=2))
    assert not finds_wrongful(label(Answer.YES))
    assert not finds_crisis(label(Answer.NO))


def test_the_arrays_say_what_was_drawn_and_read(window):
    found = evidence_of(window)
    assert (len(found.pi), found.enters.sum(), found.labelled.sum(), found.wrongful.sum(), found.owed) == (4, 4, 2, 1, 2)
    assert (found.rate(found.wrongful).value, found.rate(found.wrongful).n) == (0.5, 2)
    bounds = found.bounds(found.wrongful)
    assert (bounds.low, bounds.high) == (0.25, 0.75)
    counts = found.counts(found.wrongful)
    assert (counts.population, counts.drawn, counts.failures, counts.owed) == (4, 4, 1, 2)


def test_a_surface_has_its_own(window):
    surface = Unit.objects.first().surface_id
    make.make_ending(source="/surfaces/mobile-chat")
    assert len(evidence_of(window, surface=surface).pi) == 4
    assert len(evidence_of(window).pi) == 5


def test_an_urgent_lane_that_was_read_whole_is_certain(window):
    Unit.objects.update(base_rate="0.5", in_base=False)
    labelled = Label.objects.exclude(answer=Answer.CANNOT_TELL).values_list("unit", flat=True)
    Review.objects.filter(unit__in=labelled).update(reasons=[Why.MINORS])
    found = evidence_of(window)
    assert found.strata == ("ended 0.5", "urgent")
    assert (found.pi[found.enters] == 1).all()
    assert found.enters.sum() == 2


def test_an_urgent_lane_with_a_backlog_enters_through_the_draw_only(window):
    Unit.objects.update(base_rate="0.5", in_base=False)
    Review.objects.update(reasons=[Why.MINORS])
    found = evidence_of(window)
    assert not found.enters.any()
    assert (found.pi == 0.5).all()


def test_units_drawn_at_unlike_rates_are_estimated_apart(ground):
    """By Horvitz and Thompson: two of four drawn at .5, ten of ten at 1; pooled, the wrongful ones of the first would weigh too little."""
    endings = [make.make_ending(judged=False) for _ in range(14)]
    units = list(Unit.objects.order_by("pk"))
    make.judge_all()
    Unit.objects.filter(pk__in=[one.pk for one in units[:4]]).update(base_rate="0.5")
    Unit.objects.filter(pk__in=[one.pk for one in units[2:4]]).update(in_base=False)
    reader = make.make_person("reviewer")
    for place, unit in enumerate(units):
        if place not in {2, 3}:
            make.answer(Review.objects.get(unit=unit), reader, make.statement(Answer.NO if place < 2 else Answer.YES))
    make.agree()
    assert len(endings) == 14
    found = evidence_of(units[0].window)
    assert found.strata == ("ended 0.5", "ended 1")
    assert found.rate(found.wrongful).value == pytest.approx((2 / 0.5) / 14)


def test_a_window_without_labels_is_answered_in_words(ground):
    make.make_ending()
    empty = evidence_of(Unit.objects.first().window)
    with pytest.raises(Unanswerable, match="label"):
        empty.rate(empty.wrongful)
    assert empty.counts(empty.wrongful).bad == 1


def test_a_window_without_endings_is_answered_in_words(ground):
    empty = evidence_of("1999-01")
    with pytest.raises(Unanswerable):
        empty.rate(empty.wrongful)
    assert empty.counts(empty.crisis).population == 0


def test_what_it_asks_of_the_database_does_not_grow(window, django_assert_num_queries):
    with django_assert_num_queries(3):
        evidence_of(window)
    for _ in range(2):
        make.make_ending()
    with django_assert_num_queries(3):
        evidence_of(window)
    assert Review.objects.filter(round=Round.FIRST).count() == 6


def owed():
    """Return how many of the only ending are owed: in its month, in a claim, in the draw that claims and rates are made from."""
    found = evidence_of(Unit.objects.get().window)
    [one] = entered(timezone.now() - timedelta(days=1), timezone.now())
    return found.owed, found.counts(found.wrongful).owed, int(one.label is None)


@pytest.fixture
def unit(ground):
    return make.make_review().unit


def test_while_a_second_reader_is_awaited_a_unit_is_owed(unit, reviewer, second_reviewer):
    make.answer(make.reading(unit, Round.FIRST), reviewer, make.statement(Answer.NO))
    assert owed() == (1, 1, 1)
    make.answer(make.reading(unit, Round.SECOND), second_reviewer, make.statement(Answer.NO))
    assert owed() == (0, 0, 0)


def test_while_two_readers_differ_a_unit_is_owed(unit, reviewer, second_reviewer, senior, settings):
    settings.SECOND_READ_RATE = "1"
    make.answer(make.reading(unit, Round.FIRST), reviewer)
    assert owed() == (1, 1, 1), "a recheck was drawn and is awaited"
    make.answer(make.reading(unit, Round.SECOND), second_reviewer, make.statement(Answer.NO))
    assert owed() == (1, 1, 1), "the two differ"
    make.answer(make.reading(unit, Round.ADJUDICATION), senior)
    assert owed() == (0, 0, 0)


def test_while_a_second_reader_passes_a_crisis_on_a_unit_is_owed(unit, reviewer, second_reviewer, settings):
    settings.SECOND_READ_RATE = "1"
    make.answer(make.reading(unit, Round.FIRST), reviewer)
    again = make.reading(unit, Round.SECOND)
    reviews.claim_review(again.pk, actor=second_reviewer)
    make.read(again, second_reviewer)
    labels.escalate(again.pk, actor=second_reviewer)
    assert owed() == (1, 1, 1)


def test_a_late_complaint_makes_a_unit_urgent_whether_it_was_drawn_or_not(ground, reviewer):
    drawn, other = make.make_review().unit, make.make_review().unit
    make.answer(make.reading(drawn, Round.FIRST), reviewer)
    Review.objects.filter(unit=other).delete()
    Unit.objects.update(base_rate="0.5")
    Unit.objects.filter(pk=other.pk).update(in_base=False)
    for unit in (drawn, other):
        ending = unit.branch.ending
        named = {"id": unit.branch.conversation.external_id, "branch": {"id": unit.branch.external_id}}
        make.send(make.cloud("feedback.given", make.WEB, f"fb-{ending.public_id}", timezone.now().isoformat(), conversation=named, thumbs="down", text="No."))  # fmt: skip
    make.judge_all()
    assert {one.lane for one in Review.objects.filter(round=Round.FIRST)} == {"audit", "urgent"}, "the lane knows of the draw"
    make.answer(make.reading(other, Round.FIRST), make.make_person("reviewer"))
    found = evidence_of(drawn.window)
    assert found.strata == ("urgent",)
    assert found.pi.tolist() == [1, 1]


def test_what_is_urgent_by_its_lane_would_bias_a_rate():
    """Of 4,000 endings a tenth is wrongful, and half of those complain late; all that is urgent is read, of the others the half drawn."""
    rng = np.random.default_rng(11)
    wrongful, drawn = rng.random(4_000) < 0.1, rng.random(4_000) < 0.5
    complains = wrongful & (rng.random(4_000) < 0.5)

    def rate(urgent):
        rows = [
            {"pk": n, "stratum": "ended", "base_rate": "0.5", "in_base": bool(drawn[n]), "urgent": bool(urgent[n])} for n in range(4_000)
        ]
        labels = {n: label(Answer.NO if wrongful[n] else Answer.YES) for n in range(4_000) if drawn[n] or urgent[n]}
        found = _evidence(rows, {}, labels)
        return found.rate(found.wrongful).value

    truth = wrongful.mean()
    assert rate(complains) == pytest.approx(truth, rel=0.1)
    assert rate(complains & ~drawn) > 1.2 * truth, "drawn complaints would stand for others of their kind that were counted already"
