"""Open, claim, extend, release, submit, take back, decide."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from conversations import vault
from conversations.models import Branch, ConversationEnd
from moderation import work
from moderation.audit.events import Event, Target, service
from moderation.audit.log import record
from moderation.models import Label, LabelDraft, Opening, Reveal, Review, Standing, Unit, User
from moderation.models.reviews import STATEMENT_FIELDS, note_place
from moderation.states import Answer, Category, Confidence, Lane, Outcome, Purpose, ReviewState, Round

URGENT_HOURS = 1
FEEDBACK_HOURS = 24
AUDIT_DUE = timedelta(days=7)


class NotYours(Exception):
    """The review is held by somebody else, or may not be read by this person."""


class TooLate(Exception):
    """The time in which a committed answer can be taken back is over."""


class Labelling(Exception):
    """Somebody who labels a conversation asked for what happened in it."""


class NotRead(Exception):
    """An answer was given without the transcript having been opened."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What a reviewer answers; turns are indexes, None is never."""

    answer: Answer
    right_from: int | None = None
    crisis_from: int | None = None
    crisis_unclear: bool = False
    category: Category | None = None
    severity: int | None = None
    confidence: Confidence = Confidence.MEDIUM
    note: str = ""


def _target(review: Review) -> Target:
    return Target("review", review.public_id, review.surface_id)


def _locked(review_id: UUID) -> Review:
    return Review.objects.select_for_update().select_related("unit__branch__conversation").get(pk=review_id)


def _held(review_id: UUID, actor: User) -> Review:
    review = _locked(review_id)
    if review.reviewer_id != actor.pk:
        raise NotYours(review.public_id)
    return review


def open_review(unit: Unit) -> Review | None:
    """Put a judged unit into the queue: urgent where somebody may be at risk, audit where it was drawn, else not at all."""
    lane, wait = _lane(unit)
    if lane is None:
        return None
    due = timezone.now() + wait
    review, made = Review.objects.get_or_create(
        unit=unit,
        round=Round.FIRST,
        defaults={"surface_id": unit.surface_id, "lane": lane, "due_at": due},
    )
    if made:
        record(Event.REVIEW_OPENED, _target(review), actor=service("queue"), lane=lane.value)
    return review


def _lane(unit: Unit) -> tuple[Lane | None, timedelta]:
    standing = Standing.objects.filter(ending__branch_id=unit.branch_id).first()
    if standing is not None and (standing.outcome == Outcome.CRISIS or standing.category == Category.SEXUAL_MINORS):
        return Lane.URGENT, timedelta(hours=URGENT_HOURS)
    if standing is not None and complained(unit.branch):
        return Lane.URGENT, timedelta(hours=FEEDBACK_HOURS)
    return (Lane.AUDIT if unit.in_base else None), AUDIT_DUE


def complained(branch: Branch) -> bool:
    """Return whether somebody said in words that the ending was wrong."""
    return any(one.thumbs == "down" and one.sealed_text for one in branch.feedbacks.all())


def make_urgent(branch: Branch) -> None:
    """Move a waiting review of a branch into the urgent lane, inside the caller's transaction; the draw is untouched by it."""
    waiting = Review.objects.select_for_update().waiting().filter(unit__branch=branch).exclude(lane=Lane.URGENT)
    for review in waiting:
        review.lane, review.due_at = Lane.URGENT, timezone.now() + timedelta(hours=FEEDBACK_HOURS)
        review.save(update_fields=["lane", "due_at"])
        record(Event.REVIEW_MOVED, _target(review), actor=service("queue"), lane=Lane.URGENT.value)


@transaction.atomic
def claim_review(review_id: UUID, *, actor: User) -> Review:
    """Give a waiting review to a person for a while; raises IllegalMove where somebody was faster, NotYours where they saw its outcome."""
    review = _locked(review_id)
    review.move_to(ReviewState.CLAIMED)
    if not Review.objects.open_to(actor).filter(pk=review.pk).exists():
        raise NotYours(review.public_id)
    return _give(review, actor)


@transaction.atomic
def claim_next(lane: Lane | None, *, actor: User) -> Review | None:
    """Give a person the next item by rule: urgent first, then by due time; two people asking at once get two items."""
    User.objects.select_for_update().get(pk=actor.pk)  # two tabs of one person ask one after the other
    held = Review.objects.held_by(actor).order_by("claim_until").first()
    if held is not None:
        return held
    waiting = Review.objects.open_to(actor).select_for_update(skip_locked=True, of=("self",))
    if lane is not None:
        waiting = waiting.filter(lane=lane)
    review = waiting.filter(lane=Lane.URGENT).order_by("due_at", "id").first() or waiting.order_by("due_at", "id").first()
    if review is None:
        return None
    review.move_to(ReviewState.CLAIMED)
    return _give(review, actor)


def _give(review: Review, actor: User) -> Review:
    now = timezone.now()
    review.reviewer, review.claimed_at = actor, now
    review.claim_until = now + timedelta(minutes=settings.CLAIM_MINUTES)
    review.save(update_fields=["state", "reviewer", "claimed_at", "claim_until"])
    record(Event.REVIEW_CLAIMED, _target(review), actor=actor.as_actor())
    return review


@transaction.atomic
def extend_claim(review_id: UUID, *, actor: User) -> Review:
    """Give the holder the full time again."""
    review = _held(review_id, actor)
    if review.term is not ReviewState.CLAIMED:
        raise NotYours(review.public_id)
    review.claim_until = timezone.now() + timedelta(minutes=settings.CLAIM_MINUTES)
    review.save(update_fields=["claim_until"])
    record(Event.REVIEW_EXTENDED, _target(review), actor=actor.as_actor())
    return review


@transaction.atomic
def release_review(review_id: UUID, *, actor: User) -> Review:
    """Give a claim back to its place in the queue; no reason is asked."""
    review = _held(review_id, actor)
    review.move_to(ReviewState.OPEN)
    _clear(review)
    record(Event.REVIEW_RELEASED, _target(review), actor=actor.as_actor())
    return review


def _clear(review: Review) -> None:
    review.reviewer = review.claimed_at = review.claim_until = None
    review.save(update_fields=["state", "reviewer", "claimed_at", "claim_until"])


@transaction.atomic
def submit_review(review_id: UUID, statement: Statement, *, actor: User) -> Review:
    """Commit an answer; for some seconds it is a draft that can be taken back, then it becomes a label."""
    review = _held(review_id, actor)
    review.move_to(ReviewState.SUBMITTED)
    _check_reading(review, actor)
    review.submitted_at = timezone.now()
    review.save(update_fields=["state", "submitted_at"])
    LabelDraft.objects.create(review=review, **_row(review, statement))
    record(Event.REVIEW_SUBMITTED, _target(review), actor=actor.as_actor())
    return review


def _check_reading(review: Review, actor: User) -> None:
    """Raise NotRead for an answer without a look at the transcript, NotYours for one after a look at the outcome."""
    purposes = set(Opening.objects.filter(user=actor, branch_id=review.unit.branch_id).values_list("purpose", flat=True))
    if purposes - {Purpose.REVIEW}:
        raise NotYours(review.public_id)
    if not purposes:
        raise NotRead(review.public_id)


def _row(review: Review, statement: Statement) -> dict[str, object]:
    subject = review.unit.branch.conversation.subject_id
    now = timezone.now()
    asked = statement.answer is Answer.REQUESTED
    return {
        "answer": statement.answer,
        "right_from": None if asked else statement.right_from,
        "requested_from": statement.right_from if asked else None,
        "crisis_from": statement.crisis_from,
        "crisis_unclear": statement.crisis_unclear,
        "category": statement.category or "",
        "severity": statement.severity,
        "confidence": statement.confidence,
        "sealed_note": vault.seal_text(subject, statement.note, note_place(review)),
        "seconds_visible": round((now - (review.claimed_at or now)).total_seconds()),
        "committed_at": now,
    }


@transaction.atomic
def take_back(review_id: UUID, *, actor: User) -> Review:
    """Undo a commit while it is still a draft; raises IllegalMove once it has become a label, TooLate once its time is up."""
    review = _held(review_id, actor)
    review.move_to(ReviewState.CLAIMED)
    if (until := review.undo_until()) is not None and timezone.now() > until:
        raise TooLate(review.public_id)
    review.claim_until = timezone.now() + timedelta(minutes=settings.CLAIM_MINUTES)
    review.submitted_at = None
    review.save(update_fields=["state", "claim_until", "submitted_at"])
    LabelDraft.objects.filter(review=review).delete()
    record(Event.REVIEW_REOPENED, _target(review), actor=actor.as_actor())
    return review


@transaction.atomic
def decide_review(review_id: UUID) -> Review:
    """Make a submitted draft a label: its time for undoing is up, or its reviewer asked to see the outcome."""
    review = _locked(review_id)
    review.move_to(ReviewState.DECIDED)
    review.decided_at = timezone.now()
    review.save(update_fields=["state", "decided_at"])
    label = _keep(review, LabelDraft.objects.get(review=review))
    _update_standing(review, label)
    assert review.reviewer is not None  # a submitted review has one, by constraint
    record(Event.REVIEW_DECIDED, _target(review), actor=review.reviewer.as_actor(), answer=label.answer, label=label.public_id)
    return review


def _keep(review: Review, draft: LabelDraft) -> Label:
    assert review.reviewer is not None  # a submitted review has one, by constraint
    said = {name: getattr(draft, name) for name in STATEMENT_FIELDS}
    label = Label.objects.create(review=review, unit=review.unit, reviewer=review.reviewer, round=review.round, masked=True, **said)
    draft.delete()
    return label


def _update_standing(review: Review, label: Label) -> None:
    Standing.objects.filter(ending__branch_id=review.unit.branch_id).update(answer=label.answer)


@transaction.atomic
def reveal_review(review_id: UUID, *, actor: User) -> Review:
    """Show the outcome to who committed an answer; this ends the undo."""
    review = _held(review_id, actor)
    if review.term is ReviewState.SUBMITTED:
        review = decide_review(review.pk)
    if review.term is not ReviewState.DECIDED:
        raise NotYours(review.public_id)
    _, first = Reveal.objects.get_or_create(review=review, user=actor)
    if first:
        record(Event.REVIEW_REVEALED, _target(review), actor=actor.as_actor())
    return review


@work.periodic
def settle_reviews() -> tuple[int, int]:
    """Decide what is past undoing and give back what lapsed; returns how many of each."""
    settling = list(Review.objects.settling().values_list("pk", flat=True)[:500])
    lapsed = list(Review.objects.lapsed().values_list("pk", flat=True)[:500])
    return sum(_settle(pk) for pk in settling), sum(_lapse(pk) for pk in lapsed)


@transaction.atomic
def _settle(review_id: UUID) -> bool:
    still = Review.objects.select_for_update(skip_locked=True).settling().filter(pk=review_id).exists()
    if still:
        decide_review(review_id)
    return still


@transaction.atomic
def _lapse(review_id: UUID) -> bool:
    review = Review.objects.select_for_update(skip_locked=True).lapsed().filter(pk=review_id).first()
    if review is None:
        return False
    review.move_to(ReviewState.OPEN)
    _clear(review)
    record(Event.REVIEW_LAPSED, _target(review), actor=service("queue"))
    return True


def ending_of(review: Review) -> ConversationEnd | None:
    """Return the ending a review is about, None for a conversation that went on."""
    return ConversationEnd.objects.filter(branch_id=review.unit.branch_id).first()


def is_labelling(user: User, branch: Branch) -> bool:
    """Return whether a person holds a review of this branch: until it is decided they must not see what happened."""
    return Review.objects.filter(unit__branch=branch, reviewer=user, state__in=[ReviewState.CLAIMED, ReviewState.SUBMITTED]).exists()
