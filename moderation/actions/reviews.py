"""Claim, extend, release, submit, take back, decide."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from conversations import vault
from conversations.models import Branch, ConversationEnd
from moderation import work
from moderation.actions.closing import close_unreadable
from moderation.actions.conversations import open_transcript
from moderation.actions.desks import OnBreak, arrive, pick, work_at
from moderation.actions.readings import follow
from moderation.actions.wellbeing import check_budget
from moderation.audit.events import Actor, Event, Target, service
from moderation.audit.log import record
from moderation.models import Label, LabelCheck, LabelDraft, Opening, Reveal, Review, User
from moderation.models.reviews import STATEMENT_FIELDS, note_place
from moderation.statements import Statement
from moderation.states import READINGS, Answer, Lane, Purpose, ReviewState, Round, Skip, Why


class NotYours(Exception):
    """The review is held by somebody else, or may not be read by this person."""


class NotPickable(Exception):
    """Items outside the urgent lane are served by rule: picking them would void the draw."""


class TooLate(Exception):
    """The time in which a committed answer can be taken back is over."""


class Labelling(Exception):
    """Somebody who labels a conversation asked for what happened in it."""


class NotRead(Exception):
    """An answer was given without the transcript having been opened."""


class Stale(Exception):
    """An answer arrived again after it had been taken back."""


def target(review: Review) -> Target:
    """Return a review as the log names it."""
    return Target("review", review.public_id, review.surface_id)


def _locked(review_id: UUID) -> Review:
    return Review.objects.select_for_update().select_related("unit__branch__conversation").get(pk=review_id)


def held(review_id: UUID, actor: User) -> Review:
    """Lock a review for its holder; raises NotYours for anybody else."""
    review = _locked(review_id)
    if review.reviewer_id != actor.pk:
        raise NotYours(review.public_id)
    return review


@transaction.atomic
def claim_review(review_id: UUID, *, actor: User) -> Review:
    """Give a waiting review to a person for a while; raises IllegalMove where somebody was faster, NotYours, Exhausted, OnBreak."""
    review = _locked(review_id)
    review.move_to(ReviewState.CLAIMED)
    if not Review.objects.open_to(actor).filter(pk=review.pk).exists():
        raise NotYours(review.public_id)
    check_budget(actor, review)
    work_at(actor)
    return _give(review, actor)


@transaction.atomic
def pick_review(review_id: UUID, *, actor: User) -> Review:
    """Claim an item that somebody chose by hand; raises NotPickable outside the urgent lane, and what claim_review raises."""
    if _locked(review_id).lane != Lane.URGENT:
        raise NotPickable(str(review_id))
    return claim_review(review_id, actor=actor)


@transaction.atomic
def claim_next(lane: Lane | None, *, actor: User, whys: Collection[Why] = ()) -> Review | None:
    """Give a person the next item by the rule of `moderation/picking.py`, of a lane and for some reasons where that is asked for.

    Two people asking at once get two items.
    """
    return _next(lane, whys, actor)


def _next(lane: Lane | None, whys: Collection[Why], actor: User) -> Review | None:
    desk = arrive(actor)  # locked, so that two tabs of one person ask one after the other
    mine = Review.objects.held_by(actor).order_by("claim_until").first()
    if mine is not None:
        return mine
    if desk.break_since is not None:
        raise OnBreak(actor.public_id)
    review = pick(desk, actor, lane, whys)
    if review is None:
        return None
    review.move_to(ReviewState.CLAIMED)
    return _give(review, actor)


@transaction.atomic
def open_next(lane: Lane | None, *, actor: User, whys: Collection[Why] = ()) -> Review | None:
    """Give a person the next item as `claim_next` does and note that they open its transcript, in one transaction."""
    review = _next(lane, whys, actor)
    if review is not None:
        open_for_review(review, actor=actor)
    return review


@transaction.atomic
def open_held(review_id: UUID, *, actor: User) -> Review:
    """Note that the transcript of a claimed review is opened by its holder, as its form does; raises NotYours for anybody else."""
    review = held(review_id, actor)
    if review.term is not ReviewState.CLAIMED:
        raise NotYours(review.public_id)
    open_for_review(review, actor=actor)
    return review


def open_for_review(review: Review, *, actor: User) -> None:
    """Note that the transcript of a review is opened by its holder; nothing where it is open still."""
    branch = review.unit.branch
    if Opening.objects.current(actor, branch) is None:
        open_transcript(branch, Purpose.REVIEW, actor=actor)


def _give(review: Review, actor: User) -> Review:
    now = timezone.now()
    review.reviewer, review.claimed_at = actor, now
    review.claim_until = now + timedelta(minutes=settings.CLAIM_MINUTES)
    review.save(update_fields=["state", "reviewer", "claimed_at", "claim_until"])
    record(Event.REVIEW_CLAIMED, target(review), actor=actor.as_actor())
    return review


@transaction.atomic
def extend_claim(review_id: UUID, *, actor: User) -> Review:
    """Give the holder the full time again; raises NotYours, OnBreak."""
    review = held(review_id, actor)
    if review.term is not ReviewState.CLAIMED:
        raise NotYours(review.public_id)
    review.claim_until = timezone.now() + timedelta(minutes=settings.CLAIM_MINUTES)
    review.save(update_fields=["claim_until"])
    work_at(actor)
    record(Event.REVIEW_EXTENDED, target(review), actor=actor.as_actor())
    return review


@transaction.atomic
def release_review(review_id: UUID, *, actor: User) -> Review:
    """Give a claim back to its place in the queue; no reason is asked. What cannot be read any more leaves the queue."""
    review = held(review_id, actor)
    _give_back(review, actor.as_actor())
    return review


def _give_back(review: Review, actor: Actor) -> None:
    review.move_to(ReviewState.OPEN)
    clear(review)
    record(Event.REVIEW_RELEASED, target(review), actor=actor)
    close_unreadable([review.unit_id])


def give_back_all(holder: User, *, actor: Actor, of_seniors: bool = False) -> None:
    """Give back what somebody has claimed who will not go on with it, or only what seniors are asked; what is answered stays so."""
    held = Review.objects.held_by(holder).filter(senior_only=True) if of_seniors else Review.objects.held_by(holder)
    for review in held.select_for_update().order_by("pk"):
        _give_back(review, actor)


def clear(review: Review) -> None:
    """Save that nobody holds a review any more."""
    review.reviewer = review.claimed_at = review.claim_until = None
    review.save(update_fields=["state", "reviewer", "claimed_at", "claim_until"])


@transaction.atomic
def submit_review(review_id: UUID, statement: Statement, *, actor: User) -> Review:
    """Commit an answer; for some seconds it is a draft that can be taken back, then it becomes a label.

    An attempt that arrives twice, as after a lost connection, is answered like the first; raises Stale for one that was taken back.
    """
    review = held(review_id, actor)
    if statement.attempt is not None and statement.attempt in _attempts(review):
        return review
    if statement.attempt is not None and statement.attempt == review.taken_back:
        raise Stale(review.public_id)
    review.move_to(ReviewState.SUBMITTED)
    check_reading(review, actor)
    review.submitted_at = timezone.now()
    review.save(update_fields=["state", "submitted_at"])
    checks = [[one.check, one.result, list(one.turns)] for one in statement.all_checks()]
    LabelDraft.objects.create(review=review, checks=checks, **row(review, statement))
    record(Event.REVIEW_SUBMITTED, target(review), actor=actor.as_actor())
    return review


def _attempts(review: Review) -> set[UUID | None]:
    """Return the attempts that were already taken as this review's answer."""
    kept = (LabelDraft.objects.filter(review=review), Label.objects.filter(review=review))
    return {attempt for rows in kept for attempt in rows.values_list("attempt", flat=True)}


def check_reading(review: Review, actor: User) -> None:
    """Raise NotRead for an answer without a look at the transcript, NotYours for one after a look at the outcome."""
    purposes = set(Opening.objects.filter(user=actor, branch_id=review.unit.branch_id).values_list("purpose", flat=True))
    if purposes - {Purpose.REVIEW}:
        raise NotYours(review.public_id)
    if not purposes:
        raise NotRead(review.public_id)


def row(review: Review, statement: Statement) -> dict[str, object]:
    """Return a statement as the fields of a draft or label, its note sealed."""
    subject = review.unit.branch.conversation.subject_id
    now = timezone.now()
    return {
        "answer": statement.answer,
        "right_from": statement.right_from,
        "requested_from": statement.requested_from,
        "lapsed_from": statement.lapsed_from,
        "crisis_from": statement.crisis_from,
        "crisis_unclear": statement.crisis_unclear,
        "warning_names_behaviour": statement.warning_names_behaviour,
        "warning_says_may_end": statement.warning_says_may_end,
        "category": statement.category or "",
        "severity": statement.severity,
        "confidence": statement.confidence,
        "sealed_note": vault.seal_text(subject, statement.note, note_place(review)),
        "seconds_visible": round((now - (review.claimed_at or now)).total_seconds()),
        "committed_at": now,
        "attempt": statement.attempt,
    }


@transaction.atomic
def take_back(review_id: UUID, *, actor: User) -> Review:
    """Undo a commit while it is still a draft; raises IllegalMove once it has become a label, TooLate once its time is up.

    Raises NotYours for who has learnt since what happened, as by opening its page: that ends the undo as the reveal does.
    """
    review = held(review_id, actor)
    review.move_to(ReviewState.CLAIMED)
    if not Review.objects.blind_to(actor).filter(pk=review.pk).exists():
        raise NotYours(review.public_id)
    if (until := review.undo_until()) is not None and timezone.now() > until:
        raise TooLate(review.public_id)
    review.claim_until = timezone.now() + timedelta(minutes=settings.CLAIM_MINUTES)
    review.submitted_at = None
    review.taken_back = LabelDraft.objects.get(review=review).attempt
    review.save(update_fields=["state", "claim_until", "submitted_at", "taken_back"])
    LabelDraft.objects.filter(review=review).delete()
    record(Event.REVIEW_REOPENED, target(review), actor=actor.as_actor())
    return review


@transaction.atomic
def decide_review(review_id: UUID) -> Review:
    """Make a submitted draft a label: its time for undoing is up, or its reviewer asked for the reveal; then do what follows."""
    review = _locked(review_id)
    review.move_to(ReviewState.DECIDED)
    review.decided_at = timezone.now()
    review.save(update_fields=["state", "decided_at"])
    label = _keep(review, LabelDraft.objects.get(review=review))
    record(Event.REVIEW_DECIDED, target(review), actor=label.reviewer.as_actor(), answer=label.answer, label=label.public_id)
    follow(review, label)
    return review


def _keep(review: Review, draft: LabelDraft) -> Label:
    """Copy a draft into a label; who cannot tell leaves a reading owed; an adjudication decides all the same, a golden answer measures."""
    assert review.reviewer is not None  # a submitted review has one, by constraint
    said = {name: getattr(draft, name) for name in STATEMENT_FIELDS}
    owed = draft.answer == Answer.CANNOT_TELL and review.round in READINGS
    marks = {"round": Round.OWED, "skip": Skip.CANNOT_TELL} if owed else {"round": review.round}
    label = Label.objects.create(review=review, unit=review.unit, reviewer=review.reviewer, masked=True, **marks, **said)
    LabelCheck.objects.bulk_create(
        LabelCheck(label=label, check_name=name, result=result, evidence=turns) for name, result, turns in draft.checks
    )
    draft.delete()
    return label


@transaction.atomic
def reveal_review(review_id: UUID, *, actor: User) -> Review:
    """Show the outcome to who committed an answer; this ends the undo."""
    review = held(review_id, actor)
    if review.term is ReviewState.SUBMITTED:
        review = decide_review(review.pk)
    if review.term is not ReviewState.DECIDED:
        raise NotYours(review.public_id)
    _, first = Reveal.objects.get_or_create(review=review, user=actor)
    if first:
        record(Event.REVIEW_REVEALED, target(review), actor=actor.as_actor())
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
    clear(review)
    record(Event.REVIEW_LAPSED, target(review), actor=service("queue"))
    close_unreadable([review.unit_id])
    return True


def ending_of(review: Review) -> ConversationEnd | None:
    """Return the ending a review is about, None for a conversation that went on."""
    return ConversationEnd.objects.filter(branch_id=review.unit.branch_id).first()


def is_labelling(user: User, *branches: Branch) -> bool:
    """Return whether a person holds a review of one of these branches: until it is decided they must not see what happened."""
    return Review.objects.in_hands_of(user).filter(unit__branch__in=branches).exists()
