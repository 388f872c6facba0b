"""Which labels enter a rate, and what is owed."""

from datetime import timedelta

import pytest
from django.utils import timezone

from moderation.actions import labels, reviews
from moderation.evidence import evidence_of, final_labels, finds_crisis, finds_wrongful
from moderation.models import Label, Review, Unit
from moderation.replay.sample import entered
from moderation.states import Answer, Lane, ReviewState, Round, UnitKind
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
    Review.objects.filter(unit__in=labelled).update(lane=Lane.URGENT)
    found = evidence_of(window)
    assert found.strata == ("ended 0.5", "urgent")
    assert (found.pi[found.enters] == 1).all()
    assert found.enters.sum() == 2


def test_an_urgent_lane_with_a_backlog_enters_through_the_draw_only(window):
    Unit.objects.update(base_rate="0.5", in_base=False)
    Review.objects.update(lane=Lane.URGENT)
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
