"""A person's desk: what they are served, breaks, exposure and its budget, opt-outs, overrides."""

from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from moderation.actions import desks, reviews, wellbeing
from moderation.actions.conversations import open_transcript
from moderation.audit.events import Event
from moderation.models import AuditEntry, BudgetOverride, ContentNote, Desk, Exposure, Review, Unit
from moderation.states import Category, Lane, OverrideReason, Purpose, ReviewState, Round, UnitKind
from tests import make

pytestmark = pytest.mark.django_db


def fill(**numbers):
    """Make waiting reviews, so many of each stream."""
    found = [make.make_review() for _ in range(sum(numbers.values()))]
    changes = {
        "urgent": {"lane": Lane.URGENT},
        "audit": {"lane": Lane.AUDIT},
        "again": {"lane": Lane.SECOND},
        "golden": {"lane": Lane.AUDIT, "round": Round.GOLDEN},
        "went_on": {"lane": Lane.AUDIT},
    }
    of = {}
    for name, number in numbers.items():
        for _ in range(number):
            review = found.pop()
            Review.objects.filter(pk=review.pk).update(**changes[name])
            of[review.pk] = name
            if name == "went_on":
                Unit.objects.filter(pk=review.unit_id).update(kind=UnitKind.CONTINUED)
    return of


def serve(person):
    """Serve the next item and put it out of the way."""
    review = reviews.claim_next(None, actor=person)
    if review is not None:
        Review.objects.filter(pk=review.pk).update(state=ReviewState.DECIDED)
    return review


def test_the_streams_take_turns_by_weight(reviewer):
    of = fill(audit=7, again=3, golden=2, went_on=2)
    assert Counter(of[serve(reviewer).pk] for _ in range(10)) == {"audit": 6, "again": 2, "golden": 1, "went_on": 1}


def test_urgent_comes_first_until_its_due_time_is_safe(reviewer, settings):
    of = fill(urgent=2, audit=1)
    pressing, safe = (pk for pk, name in of.items() if name == "urgent")
    Review.objects.filter(pk=pressing).update(due_at=timezone.now() + timedelta(minutes=30))
    Review.objects.filter(pk=safe).update(due_at=timezone.now() + timedelta(hours=20))
    assert [serve(reviewer).pk for _ in range(3)][::2] == [pressing, safe]


def test_a_lane_of_ones_own_choice_is_due_first(reviewer):
    fill(again=2, audit=2)
    assert reviews.claim_next(Lane.SECOND, actor=reviewer).lane == Lane.SECOND


def test_a_lapsed_claim_returns_to_its_place(reviewer, second_reviewer):
    fill(audit=3)
    first = reviews.claim_next(None, actor=reviewer)
    Review.objects.filter(pk=first.pk).update(claim_until=timezone.now() - timedelta(seconds=1))
    reviews.settle_reviews()
    assert reviews.claim_next(None, actor=second_reviewer).pk == first.pk


def test_a_break_keeps_the_claim_for_a_while_and_its_time_does_not_count(reviewer, settings):
    make.make_review()
    review = reviews.claim_next(None, actor=reviewer)
    desks.begin_break(reviewer)
    desks.begin_break(reviewer)
    held = Review.objects.get(pk=review.pk)
    assert held.claim_until > timezone.now() + timedelta(minutes=settings.BREAK_MINUTES - 1)
    with pytest.raises(desks.OnBreak):
        reviews.extend_claim(review.pk, actor=reviewer)
    Desk.objects.update(break_since=timezone.now() - timedelta(minutes=12))
    desks.end_break(reviewer)
    back = Review.objects.get(pk=review.pk)
    assert timedelta(minutes=11) < back.claimed_at - held.claimed_at < timedelta(minutes=13)
    named = list(AuditEntry.objects.filter(action__startswith="break.").order_by("id").values_list("action", flat=True))
    assert named == ["break.started", "break.ended"]


def test_a_break_too_long_lets_the_claim_lapse(reviewer):
    make.make_review()
    review = reviews.claim_next(None, actor=reviewer)
    desks.begin_break(reviewer)
    Review.objects.update(claim_until=timezone.now() - timedelta(seconds=1))
    reviews.settle_reviews()
    assert Review.objects.get(pk=review.pk).state == ReviewState.OPEN
    desks.end_break(reviewer)
    assert Review.objects.get(pk=review.pk).state == ReviewState.OPEN


def test_a_unit_is_noted_for_what_it_holds(ground):
    make.make_ending()
    note = ContentNote.objects.get()
    assert ("violence" in note.topics, note.severity >= 1) == (True, True)


@pytest.mark.parametrize(
    ("score", "topic", "severity"),
    [(0, "hate", 0), (2_999, "hate", 0), (3_000, "hate", 1), (8_500, "cbrn", 3), (3_000, "sexual_minors", 3)],
)
def test_severity_by_score(score, topic, severity):
    assert wellbeing.severity_of(score, topic) == severity


def test_reading_costs_by_severity_and_once_a_day(reviewer, settings):
    review = make.make_review()
    ContentNote.objects.update(severity=2)
    for _ in range(2):
        open_transcript(review.unit.branch, Purpose.REVIEW, actor=reviewer)
    assert Exposure.objects.get().units == settings.EXPOSURE_UNITS[2]
    assert wellbeing.load_of(reviewer).day == settings.EXPOSURE_UNITS[2]


def test_what_one_holds_is_not_in_the_share_one_sees(reviewer):
    review = make.make_review(ReviewState.CLAIMED, reviewer=reviewer)
    ContentNote.objects.update(severity=3)
    make.read(review, reviewer)
    assert wellbeing.load_of(reviewer).day > 0
    assert wellbeing.load_of(reviewer, shown=True).day == 0
    reviews.submit_review(review.pk, make.statement(), actor=reviewer)
    assert wellbeing.load_of(reviewer, shown=True).day == 0
    reviews.decide_review(review.pk)
    assert wellbeing.load_of(reviewer, shown=True).day > 0


def spend(person, units=1_000):
    branch = make.make_ending().branch
    opening = open_transcript(branch, Purpose.QUALITY, actor=person)
    Exposure.objects.filter(opening=opening).update(units=units)


def test_a_spent_budget_leaves_light_items_only(reviewer):
    spend(reviewer)
    heavy, light = make.make_review(), make.make_review()
    ContentNote.objects.filter(unit=light.unit).update(severity=0)
    assert serve(reviewer).pk == light.pk
    assert serve(reviewer) is None
    Review.objects.filter(pk=heavy.pk).update(lane=Lane.URGENT)
    with pytest.raises(wellbeing.Exhausted):
        reviews.claim_review(heavy.pk, actor=reviewer)


def test_a_senior_lets_somebody_read_on_and_the_log_says_so(reviewer, senior):
    spend(reviewer, units=170)
    make.make_review()
    assert serve(reviewer) is None
    with pytest.raises(wellbeing.NotYourself):
        wellbeing.override_budget(senior, units=100, reason=OverrideReason.OWN_WISH, actor=senior)
    wellbeing.override_budget(reviewer, units=200, reason=OverrideReason.OWN_WISH, actor=senior)
    assert serve(reviewer) is not None
    assert AuditEntry.objects.naming(Event.BUDGET_OVERRIDDEN).count() == BudgetOverride.objects.count() == 1


def test_a_person_may_lower_their_budget_and_never_raise_it(reviewer, settings):
    for wanted, granted in ((10, 10), (0, 0), (9_999, settings.EXPOSURE_DAY), (None, settings.EXPOSURE_DAY)):
        wellbeing.set_comfort(reviewer, wellbeing.Wish(day_cap=wanted))
        load = wellbeing.load_of(reviewer)
        assert (load.sitting_cap, load.day_cap) == (settings.EXPOSURE_SITTING, granted)


def test_an_opt_out_changes_who_reads_and_never_whether(reviewer, second_reviewer):
    review = make.make_review()
    before = Unit.objects.values().get()
    wellbeing.set_comfort(reviewer, wellbeing.Wish(opted_out=(Category.VIOLENCE,)))
    assert serve(reviewer) is None
    assert Unit.objects.values().get() == before
    assert serve(second_reviewer).pk == review.pk


def test_a_ceiling_keeps_heavier_items_away(reviewer):
    make.make_review()
    ContentNote.objects.update(severity=2)
    wellbeing.set_comfort(reviewer, wellbeing.Wish(ceiling=1))
    assert serve(reviewer) is None
    wellbeing.set_comfort(reviewer, wellbeing.Wish(ceiling=2))
    assert serve(reviewer) is not None


def test_a_new_sitting_begins_after_a_while_away(reviewer):
    spend(reviewer, units=50)
    desks.arrive(reviewer)
    Desk.objects.update(sitting_since=timezone.now() - timedelta(hours=3), seen_at=timezone.now() - timedelta(minutes=31))
    desks.arrive(reviewer)
    assert wellbeing.load_of(reviewer).sitting == 0


def test_views_are_ones_own(reviewer, second_reviewer):
    view = desks.save_view(reviewer, page="reviews", name="German", query="language=de")
    desks.save_view(reviewer, page="reviews", name="German", query="language=de-AT")
    assert reviewer.views.get().query == "language=de-AT"
    with pytest.raises(type(view).DoesNotExist):
        desks.delete_view(view.pk, actor=second_reviewer)
    desks.delete_view(view.pk, actor=reviewer)
    assert not reviewer.views.exists()
