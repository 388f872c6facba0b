"""Reviews and labels: one person's pass over a unit, and what that person then says the truth is."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from conversations import public_ids, vault
from conversations.models import Branch, Surface
from moderation.models.draws import Unit
from moderation.models.people import RoleName, User
from moderation.states import (
    FINAL_ROUNDS,
    FINISHED,
    IN_HANDS,
    REVIEW_MOVES,
    Answer,
    Category,
    Check,
    Confidence,
    Lane,
    Purpose,
    Result,
    ReviewState,
    Round,
    Skip,
    Why,
    check_move,
)

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.sql.compiler import SQLCompiler

FORM_VERSION = 2
WHOLE = ("unit__branch__conversation__surface", "reviewer")
"""What a page that shows a review reads with it."""


def review_id() -> str:
    """Return a public id for a review."""
    return public_ids.new("R")


def label_id() -> str:
    """Return a public id for a label."""
    return public_ids.new("D")


class UnknownTo(models.Func):
    """Whether a person knows nothing of a unit: saw no outcome, heard no appeal, handled no feedback, labelled and nominated nothing.

    It stands in every query of the queue, several times in some. As one `Exists` each it cost more to put together than to answer.
    """

    template = """(
        NOT EXISTS (SELECT FROM moderation_opening k WHERE k.branch_id = {branch} AND k.user_id = %s AND k.purpose <> %s)
        AND NOT EXISTS (SELECT FROM moderation_appeal k WHERE k.branch_id = {branch} AND k.decider_id = %s)
        AND NOT EXISTS (SELECT FROM moderation_label k WHERE k.unit_id = {unit} AND k.reviewer_id = %s)
        AND NOT EXISTS (SELECT FROM moderation_goldenitem k WHERE k.unit_id = {unit} AND k.nominated_by_id = %s)
        AND NOT EXISTS (
            SELECT FROM moderation_feedbackcase k JOIN conversations_feedback f ON f.id = k.feedback_id
            WHERE f.branch_id = {branch} AND k.handler_id = %s)
        AND NOT EXISTS (
            SELECT FROM moderation_feedbackcase k JOIN conversations_conversationend e ON e.id = k.ending_id
            WHERE e.branch_id = {branch} AND k.handler_id = %s))"""
    output_field = models.BooleanField()

    def __init__(self, user: User) -> None:
        super().__init__("unit_id", "unit__branch_id")
        self.user_id = user.pk

    def as_sql(  # type: ignore[override]  # the stubs know no values but text and numbers
        self,
        compiler: SQLCompiler,
        connection: BaseDatabaseWrapper,
        **_context: Any,  # noqa: ANN401  # as Django's own
    ) -> tuple[str, tuple[Any, ...]]:
        """Return the condition over the two columns, which hold no values of their own, and its values."""
        unit, branch = (compiler.compile(column)[0] for column in self.source_expressions)
        who = self.user_id
        return self.template.format(unit=unit, branch=branch), (who, Purpose.REVIEW.value, who, who, who, who, who)


class ReviewQuerySet(models.QuerySet["Review"]):
    """Reviews in the words of the queue."""

    def waiting(self) -> Self:
        """Return those nobody has."""
        return self.filter(state=ReviewState.OPEN)

    def unfinished(self) -> Self:
        """Return those that still wait for somebody: not decided, and not closed because their text is gone."""
        return self.exclude(state__in=FINISHED)

    def held_by(self, user: User) -> Self:
        """Return those a person holds now."""
        return self.filter(state=ReviewState.CLAIMED, reviewer=user)

    def in_hands(self) -> Self:
        """Return those somebody holds or has answered and could still take back."""
        return self.filter(state__in=IN_HANDS)

    def in_hands_of(self, user: User) -> Self:
        """Return those of them that are one person's."""
        return self.in_hands().filter(reviewer=user)

    def lapsed(self) -> Self:
        """Return claims whose time is up."""
        return self.filter(state=ReviewState.CLAIMED, claim_until__lt=timezone.now())

    def settling(self) -> Self:
        """Return submitted ones whose time for undoing is up."""
        return self.filter(state=ReviewState.SUBMITTED, submitted_at__lt=timezone.now() - timedelta(seconds=settings.UNDO_SECONDS))

    def open_to(self, user: User) -> Self:
        """Return waiting ones that this person may read blind: never one whose outcome they have seen."""
        rows = self.waiting() if RoleName.SENIOR in user.roles() else self.waiting().filter(senior_only=False)
        return rows.blind_to(user)

    def blind_to(self, user: User) -> Self:
        """Return those of whose unit a person knows nothing."""
        return self.filter(UnknownTo(user))


class Review(models.Model):
    """One person's pass over a unit, from queue to decision."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    public_id = models.CharField(max_length=10, unique=True, default=review_id)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="reviews")
    surface = models.ForeignKey(Surface, models.PROTECT, related_name="+")
    lane = models.CharField(max_length=10, choices=Lane.choices())
    reasons = ArrayField(models.CharField(max_length=20, choices=Why.choices()), default=list)
    round = models.CharField(max_length=15, choices=Round.choices(), default=Round.FIRST)
    state = models.CharField(max_length=10, choices=ReviewState.choices(), default=ReviewState.OPEN)
    due_at = models.DateTimeField()
    opened_at = models.DateTimeField(default=timezone.now)
    senior_only = models.BooleanField(default=False)
    reviewer = models.ForeignKey(User, models.PROTECT, null=True, related_name="reviews", db_index=False)  # review_by_reviewer
    taken_back = models.UUIDField(null=True)
    claimed_at = models.DateTimeField(null=True)
    claim_until = models.DateTimeField(null=True)
    submitted_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "round"],
                condition=models.Q(round__in=[Round.FIRST.value, Round.SECOND.value]),
                name="one_reading_of_each_round",
            ),
            models.UniqueConstraint(
                fields=["unit", "round"],
                condition=models.Q(round__in=[Round.ADJUDICATION.value, Round.GOLDEN.value]) & ~models.Q(state=ReviewState.DECIDED.value),
                name="one_adjudication_at_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=[ReviewState.OPEN.value, ReviewState.ERASED.value]) | models.Q(reviewer__isnull=False),
                name="review_beyond_open_has_a_reviewer",
            ),
        ]
        indexes = [
            models.Index(fields=["lane", "due_at", "id"], condition=models.Q(state=ReviewState.OPEN.value), name="review_waiting"),
            models.Index(fields=["due_at", "id"], condition=~models.Q(state=ReviewState.DECIDED.value), name="review_unfinished"),
            models.Index(fields=["unit"], condition=~models.Q(state=ReviewState.DECIDED.value), name="review_unfinished_of_unit"),
            models.Index(fields=["reviewer", "state"], name="review_by_reviewer"),
            models.Index(fields=["due_at", "id"], name="review_by_due"),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def tenant_id(self) -> uuid.UUID:
        """The surface it belongs to."""
        return self.surface_id

    @property
    def term(self) -> ReviewState:
        """The state with its label and tone."""
        return ReviewState(self.state)

    @property
    def lane_term(self) -> Lane:
        """The lane with its label and tone."""
        return Lane(self.lane)

    @property
    def whys(self) -> list[Why]:
        """Why people look at it; never shown to whoever labels it."""
        return [Why(reason) for reason in self.reasons]

    @property
    def is_in_hands(self) -> bool:
        """Whether somebody holds it, or has answered and could still take that back."""
        return self.term in IN_HANDS

    def move_to(self, state: ReviewState) -> None:
        """Change the state if the table allows it; raises IllegalMove."""
        check_move(REVIEW_MOVES, self.term, state)
        self.state = state

    def undo_until(self) -> datetime | None:
        """Return when a submitted answer stops being a draft, None before it is submitted."""
        return self.submitted_at + timedelta(seconds=settings.UNDO_SECONDS) if self.submitted_at else None


class Statement(models.Model):
    """What a reviewer says, as a draft or as a label."""

    answer = models.CharField(max_length=15, choices=Answer.choices())
    right_from = models.PositiveIntegerField(null=True)
    requested_from = models.PositiveIntegerField(null=True)
    crisis_from = models.PositiveIntegerField(null=True)
    lapsed_from = models.PositiveIntegerField(null=True)
    crisis_unclear = models.BooleanField(default=False)
    warning_names_behaviour = models.BooleanField(null=True)
    warning_says_may_end = models.BooleanField(null=True)
    category = models.CharField(max_length=30, choices=Category.choices(), blank=True)
    severity = models.PositiveSmallIntegerField(null=True)
    confidence = models.CharField(max_length=10, choices=Confidence.choices())
    sealed_note = models.BinaryField(default=bytes)
    seconds_visible = models.PositiveIntegerField()
    form_version = models.PositiveSmallIntegerField(default=FORM_VERSION)
    committed_at = models.DateTimeField()
    attempt = models.UUIDField(null=True)

    class Meta:
        abstract = True


STATEMENT_FIELDS = tuple(field.name for field in Statement._meta.local_fields)  # noqa: SLF001  # the documented meta API
"""What a label copies from its draft."""


class LabelDraft(Statement):
    """A committed answer while it can still be taken back; `checks` holds [name, result, turns] of each answered check."""

    checks = models.JSONField(default=list)
    review = models.OneToOneField(Review, models.CASCADE, primary_key=True, related_name="draft")

    def __str__(self) -> str:
        return self.answer


class LabelQuerySet(models.QuerySet["Label"]):
    """Labels in the words of who counts them."""

    def final(self) -> Self:
        """Return those that can stand as the truth of their unit: no owed, golden or amended one."""
        return self.filter(round__in=FINAL_ROUNDS)


class Label(Statement):
    """What a reviewer says the truth is; a trigger refuses edits, so a changed mind is another row."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    public_id = models.CharField(max_length=10, unique=True, default=label_id)
    review = models.ForeignKey(Review, models.PROTECT, related_name="labels")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="labels")
    reviewer = models.ForeignKey(User, models.PROTECT, related_name="labels", db_index=False)  # label_by_reviewer serves it too
    round = models.CharField(max_length=15, choices=Round.choices())
    masked = models.BooleanField()
    skip = models.CharField(max_length=12, choices=Skip.choices(), blank=True)

    objects = LabelQuerySet.as_manager()

    class Meta:
        ordering = ["committed_at"]
        indexes = [models.Index(fields=["reviewer", "committed_at"], name="label_by_reviewer")]

    def __str__(self) -> str:
        return self.public_id

    @property
    def term(self) -> Answer:
        """The answer with its label and tone."""
        return Answer(self.answer)

    def note(self) -> str:
        """Open the reviewer's note; raises vault.Erased or vault.Tampered."""
        return vault.unseal_text(self.unit.branch.conversation.subject_id, bytes(self.sealed_note), note_place(self.review))


def note_place(review: Review) -> str:
    """Return what binds a sealed note to its review."""
    return f"note|{review.id}"


class LabelCheck(models.Model):
    """What a reviewer says of one check, and on which turns it rests."""

    label = models.ForeignKey(Label, models.PROTECT, related_name="checks", db_index=False)  # one_answer_per_check serves it too
    check_name = models.CharField(max_length=30, choices=Check.choices())
    result = models.CharField(max_length=10, choices=Result.choices())
    evidence = ArrayField(models.PositiveIntegerField(), default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["label", "check_name"], name="one_answer_per_check")]

    def __str__(self) -> str:
        return f"{self.check_name} {self.result}"


class Reveal(models.Model):
    """When a reviewer first saw the outcome after committing; from then on a changed mind is an amendment."""

    review = models.ForeignKey(Review, models.PROTECT, related_name="reveals", db_index=False)  # one_reveal_per_person serves it too
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["review", "user"], name="one_reveal_per_person")]

    def __str__(self) -> str:
        return str(self.review_id)


class OpeningQuerySet(models.QuerySet["Opening"]):
    """Openings in the words of who asks for a transcript."""

    def current(self, user: User, branch: Branch) -> Opening | None:
        """Return the opening under which this person may read on, None where a new purpose is needed."""
        return self.filter(user=user, branch=branch, until__gt=timezone.now()).order_by("-until").first()


class Opening(models.Model):
    """Somebody opened a transcript for a purpose; recorded in the log before anything was decrypted."""

    user = models.ForeignKey(User, models.PROTECT, related_name="openings", db_index=False)  # opening_by_user serves it too
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="openings")
    purpose = models.CharField(max_length=10, choices=Purpose.choices())
    opened_at = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField()

    objects = OpeningQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["user", "branch", "-until"], name="opening_by_user"),
            models.Index(fields=["-opened_at", "-id"], name="opening_newest"),
        ]

    def __str__(self) -> str:
        return self.purpose
