"""How the truth of a unit comes about: the draw of second reads, disputes, and what was settled in the end."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

from conversations import public_ids, vault
from moderation.models.draws import Unit
from moderation.models.people import User
from moderation.models.reviews import Label, Review
from moderation.states import DISPUTE_MOVES, DisputeState, check_move


def dispute_id() -> str:
    """Return a public id for a dispute."""
    return public_ids.new("Q")


class Recheck(models.Model):
    """Whether a first label gets a second reader: always where it finds what happened wrong, else by the draw at this rate.

    The number is u = HMAC-SHA256(period key, "recheck" and the unit's name), so that whoever has the key can say who had to be read twice.
    """

    unit = models.OneToOneField(Unit, models.PROTECT, primary_key=True, related_name="recheck")
    label = models.OneToOneField(Label, models.PROTECT, related_name="+")
    u = models.BinaryField(max_length=32)
    rate = models.CharField(max_length=30)
    drawn = models.BooleanField()
    confirmed = models.BooleanField()
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.unit_id} {self.rate}"


class Settlement(models.Model):
    """What the truth of a unit is taken to be, and by which label; the latest counts, a trigger refuses edits."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="settlements", db_index=False)  # settlement_of_unit serves it too
    label = models.ForeignKey(Label, models.PROTECT, related_name="+")
    wrongful = models.BooleanField()
    settled_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-settled_at", "-id"]
        indexes = [models.Index(fields=["unit", "-settled_at"], name="settlement_of_unit")]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.label_id}"


class Dispute(models.Model):
    """A reader holds a golden standard or an adjudication to be wrong; another senior adjudicates afresh in `review`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    public_id = models.CharField(max_length=10, unique=True, default=dispute_id)
    label = models.ForeignKey(Label, models.PROTECT, related_name="disputes", db_index=False)  # one_dispute_per_person serves it too
    disputer = models.ForeignKey(User, models.PROTECT, related_name="disputes")
    review = models.ForeignKey(Review, models.PROTECT, related_name="disputes")
    state = models.CharField(max_length=10, choices=DisputeState.choices(), default=DisputeState.OPEN)
    sealed_reason = models.BinaryField()
    opened_at = models.DateTimeField(default=timezone.now)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["label", "disputer"], name="one_dispute_per_person")]

    def __str__(self) -> str:
        return self.public_id

    @property
    def term(self) -> DisputeState:
        """The state with its label and tone."""
        return DisputeState(self.state)

    @property
    def place(self) -> str:
        """Return what binds its sealed reason to it."""
        return f"dispute|{self.id}"

    def move_to(self, state: DisputeState) -> None:
        """Change the state if the table allows it; raises IllegalMove."""
        check_move(DISPUTE_MOVES, self.term, state)
        self.state = state

    def reason(self) -> str:
        """Open what the reader wrote; raises vault.Erased or vault.Tampered."""
        subject = self.label.unit.branch.conversation.subject_id
        return vault.unseal_text(subject, bytes(self.sealed_reason), self.place)
