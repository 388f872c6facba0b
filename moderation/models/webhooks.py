"""What is told to surfaces: where to, what, and how each try went."""

from __future__ import annotations

import uuid
from typing import Self

from django.db import models
from django.utils import timezone

from conversations import public_ids, vault
from conversations.models import Surface
from moderation.states import DELIVERY_MOVES, DeliveryState, Term, check_move


def endpoint_id() -> str:
    """Return a public id for an endpoint."""
    return public_ids.new("H")


def delivery_id() -> str:
    """Return a public id for a delivery."""
    return public_ids.new("M")


class WebhookEvent(Term):
    """What a surface is told."""

    ENDING_OVERTURNED = "ending.overturned", "A person found the ending wrong"
    APPEAL_DECIDED = "appeal.decided", "An appeal was decided"
    FEEDBACK_ANSWERED = "feedback.answered", "Feedback was answered"
    POLICY_PUBLISHED = "policy.published", "A policy came into force"
    ENDPOINT_TESTED = "endpoint.tested", "Somebody tried the endpoint"


class EndpointQuerySet(models.QuerySet["WebhookEndpoint"]):
    """Endpoints in the words of who sends."""

    def open(self) -> Self:
        """Return those that are told things."""
        return self.filter(closed_at=None)


class WebhookEndpoint(models.Model):
    """The address at which a surface listens, and the secret that signs what it is told; a new address is a new endpoint."""

    public_id = models.CharField(max_length=10, unique=True, default=endpoint_id)
    surface = models.ForeignKey(Surface, models.PROTECT, related_name="endpoints")
    url = models.URLField(max_length=500)
    sealed_secret = models.BinaryField()
    sealed_old_secret = models.BinaryField(default=bytes)
    old_secret_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    failing_since = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by_failure = models.BooleanField(default=False)

    objects = EndpointQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["surface"], condition=models.Q(closed_at=None), name="one_open_endpoint"),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def place(self) -> str:
        """Where its secrets are sealed to."""
        return f"webhook-endpoint|{self.public_id}"

    def secrets(self) -> list[bytes]:
        """Return the secrets that sign now, in the clear, newest first; never log them."""
        sealed = [self.sealed_secret]
        if self.old_secret_until is not None and self.old_secret_until > timezone.now():
            sealed.append(self.sealed_old_secret)
        return [vault.unseal_own(bytes(one), self.place) for one in sealed]


class Delivery(models.Model):
    """One message to one endpoint: ids and codes, nothing that anybody wrote."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    public_id = models.CharField(max_length=10, unique=True, default=delivery_id)
    endpoint = models.ForeignKey(WebhookEndpoint, models.PROTECT, related_name="deliveries")
    surface = models.ForeignKey(Surface, models.PROTECT, related_name="deliveries", db_index=False)  # delivery_by_surface serves it too
    event = models.CharField(max_length=30, choices=WebhookEvent.choices())
    about = models.CharField(max_length=20)
    body = models.BinaryField()
    state = models.CharField(max_length=10, choices=DeliveryState.choices(), default=DeliveryState.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    next_try_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["surface", "-created_at", "-id"], name="delivery_by_surface"),
            models.Index(fields=["-created_at", "-id"], name="delivery_by_time"),
            models.Index(fields=["-created_at", "-id"], condition=models.Q(state="failed"), name="delivery_failed"),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def message_id(self) -> str:
        """The `webhook-id` under which it is sent, every time the same, so that its receiver can tell a repeat."""
        return f"msg_{self.id}"

    @property
    def term(self) -> DeliveryState:
        """The state with its label and tone."""
        return DeliveryState(self.state)

    @property
    def event_term(self) -> WebhookEvent:
        """What it tells, with its label."""
        return WebhookEvent(self.event)

    def move_to(self, state: DeliveryState) -> None:
        """Change the state if the table allows it; raises IllegalMove."""
        check_move(DELIVERY_MOVES, self.term, state)
        self.state = state


class DeliveryTry(models.Model):
    """One try: what the endpoint answered, or why nothing came of it."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="log", db_index=False)  # try_once serves it too
    number = models.PositiveSmallIntegerField()
    at = models.DateTimeField(default=timezone.now)
    status = models.PositiveSmallIntegerField(null=True)
    problem = models.CharField(max_length=30, blank=True, default="")
    milliseconds = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["delivery", "number"], name="try_once")]
        ordering = ["number"]

    def __str__(self) -> str:
        return f"{self.delivery_id} {self.number}"

    @property
    def delivered(self) -> bool:
        """Whether the endpoint took it."""
        return self.status is not None and 200 <= self.status < 300  # as webhooks.Answer has it
