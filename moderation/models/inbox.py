"""What people do about a piece of feedback; without a row it is new."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

from conversations import vault
from conversations.models import ConversationEnd, Feedback
from moderation.models.people import User
from moderation.models.replies import ReplyTemplate
from moderation.models.reviews import Review
from moderation.models.webhooks import Delivery
from moderation.states import FEEDBACK_MOVES, FeedbackClosing, FeedbackState, check_move


class FeedbackCase(models.Model):
    """How far a piece of feedback has come: the ending it is tied to, the review it asked for, the reply, why it was closed."""

    feedback = models.OneToOneField(Feedback, models.PROTECT, primary_key=True, related_name="case")
    state = models.CharField(max_length=10, choices=FeedbackState.choices(), default=FeedbackState.NEW)
    ending = models.ForeignKey(ConversationEnd, models.PROTECT, null=True, related_name="feedback_cases")
    review = models.ForeignKey(Review, models.PROTECT, null=True, related_name="feedback_cases")
    reply = models.ForeignKey(ReplyTemplate, models.PROTECT, null=True, related_name="feedback_cases")
    delivery = models.ForeignKey(Delivery, models.PROTECT, null=True, related_name="feedback_cases")
    closing = models.CharField(max_length=10, choices=FeedbackClosing.choices(), blank=True)
    same_as = models.ForeignKey(Feedback, models.PROTECT, null=True, related_name="duplicates")
    handler = models.ForeignKey(User, models.PROTECT, related_name="feedback_cases")
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state=FeedbackState.CLOSED.value) ^ models.Q(closing=""),
                name="closed_feedback_says_why",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=FeedbackState.ANSWERED.value) | models.Q(reply__isnull=False),
                name="answered_feedback_has_a_reply",
            ),
            models.CheckConstraint(
                condition=models.Q(closing=FeedbackClosing.DUPLICATE.value) ^ models.Q(same_as__isnull=True),
                name="duplicate_feedback_names_the_other",
            ),
        ]

    def __str__(self) -> str:
        return self.state

    @property
    def term(self) -> FeedbackState:
        """The state with its label and tone."""
        return FeedbackState(self.state)

    @property
    def closing_term(self) -> FeedbackClosing | None:
        """Why it was closed, None while it is not."""
        return FeedbackClosing(self.closing) if self.closing else None

    def move_to(self, state: FeedbackState) -> None:
        """Change the state if the table allows it; raises IllegalMove."""
        check_move(FEEDBACK_MOVES, self.term, state)
        self.state = state

    def before_closing(self) -> FeedbackState:
        """Return where it stands without having been closed."""
        if self.reply_id is not None:
            return FeedbackState.ANSWERED
        return FeedbackState.LINKED if self.ending_id is not None else FeedbackState.NEW


class FeedbackEcho(models.Model):
    """What a piece of feedback repeats: the one whose text it is most like, and how alike in ten-thousandths; none where it is a first.

    The signature it was compared by is derived from what somebody wrote, so it is sealed under that person's own key and dies with it.
    """

    feedback = models.OneToOneField(Feedback, models.CASCADE, primary_key=True, related_name="echo")
    first = models.ForeignKey(Feedback, models.CASCADE, null=True, related_name="echoes")
    likeness = models.PositiveIntegerField(null=True)
    method = models.CharField(max_length=60)
    sealed = models.BinaryField()
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(first=None, likeness=None) | models.Q(first__isnull=False, likeness__isnull=False),
                name="an_echo_says_how_alike",
            ),
        ]

    def __str__(self) -> str:
        return str(self.feedback_id)

    def seal(self, signature: bytes, subject: uuid.UUID) -> None:
        """Keep a signature sealed."""
        self.sealed = vault.seal(subject, signature, f"echo|{self.feedback_id}")

    def signature(self, subject: uuid.UUID) -> bytes:
        """Open the signature; raises vault.Erased or vault.Tampered."""
        return vault.unseal(subject, bytes(self.sealed), f"echo|{self.feedback_id}")
