"""Appeals: a request to decide again, decided by somebody else."""

from __future__ import annotations

import uuid

from django.db import models

from conversations import public_ids, vault
from conversations.models import JoinedLater, Subject
from moderation.models.people import User
from moderation.models.replies import ReplyTemplate
from moderation.states import APPEAL_MOVES, AppealState, check_move


def appeal_id() -> str:
    """Return a public id for an appeal."""
    return public_ids.new("A")


class Appeal(JoinedLater):
    """What a user asks to have decided again."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    public_id = models.CharField(max_length=10, unique=True, default=appeal_id)
    subject = models.ForeignKey(Subject, models.PROTECT, related_name="appeals")
    state = models.CharField(max_length=10, choices=AppealState.choices(), default=AppealState.FILED)
    sealed_text = models.BinaryField(default=bytes)
    sealed_contact = models.BinaryField(default=bytes)
    filed_at = models.DateTimeField()
    due_at = models.DateTimeField()
    decider = models.ForeignKey(User, models.PROTECT, null=True, related_name="appeals")
    taken_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    reply = models.ForeignKey(ReplyTemplate, models.PROTECT, null=True, related_name="appeals")

    class Meta:
        indexes = [*JoinedLater.Meta.indexes, models.Index(fields=["due_at", "id"], name="appeal_by_due")]

    def __str__(self) -> str:
        return self.public_id

    @property
    def tenant_id(self) -> uuid.UUID:
        """The surface it belongs to."""
        return self.surface_id

    @property
    def term(self) -> AppealState:
        """The state with its label and tone."""
        return AppealState(self.state)

    def move_to(self, state: AppealState) -> None:
        """Change the state if the table allows it; raises IllegalMove."""
        check_move(APPEAL_MOVES, self.term, state)
        self.state = state

    def text(self) -> str:
        """Open what was written; raises vault.Erased or vault.Tampered."""
        return vault.unseal_text(self.subject_id, bytes(self.sealed_text), f"appeal|{self.id}")
