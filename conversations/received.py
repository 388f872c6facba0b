"""What came through the door: events that were taken, what was answered, what lies in quarantine, and every try to take that after all."""

from __future__ import annotations

import uuid
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from conversations import public_ids, vault
from conversations.adapters.envelope import Origin
from conversations.surfaces import EXTERNAL, Surface


class ReceivedEvent(models.Model):
    """An event's identity, so that the same event twice is stored once and answered alike."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    public_id = models.CharField(max_length=10, unique=True, default=public_ids.received)
    surface = models.ForeignKey(Surface, models.PROTECT, related_name="events", db_index=False)  # event_newest serves it too
    source = models.CharField(max_length=EXTERNAL)
    event_id = models.CharField(max_length=EXTERNAL)
    type = models.CharField(max_length=60)
    body_sha256 = models.BinaryField(max_length=32)
    commitment = models.BinaryField(max_length=32, default=bytes)
    sealed_salt = models.BinaryField(default=bytes)
    time = models.DateTimeField()
    received_at = models.DateTimeField(default=timezone.now)
    receipt = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "event_id"], name="event_identity")]
        indexes = [models.Index(fields=["surface", "-received_at"], name="event_newest")]

    def __str__(self) -> str:
        return self.public_id

    @property
    def tenant_id(self) -> uuid.UUID:
        """The surface it belongs to."""
        return self.surface_id


class StoredAnswer(models.Model):
    """What a request was answered, under the key that its sender gave it, so that the same request again gets the same answer.

    A stream is answered in parts, each kept by its number. `body` holds results without their receipts, which stand with the events.
    """

    surface = models.ForeignKey(Surface, models.PROTECT, related_name="+", db_index=False)  # answer_identity serves it too
    key = models.CharField(max_length=EXTERNAL)
    part = models.PositiveIntegerField(default=0)
    fingerprint = models.BinaryField(max_length=32)
    body = models.BinaryField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["surface", "key", "part"], name="answer_identity")]
        indexes = [models.Index(fields=["expires_at"], name="answer_expiry")]

    def __str__(self) -> str:
        return f"{self.surface_id} part {self.part}"


class QuarantinedQuerySet(models.QuerySet["Quarantined"]):
    """What lies in quarantine, in the words of its pages."""

    def listed(self) -> Self:
        """Return rows for a list: with their surface, without their bodies."""
        return self.select_related("surface").defer("sealed_body")

    def held(self) -> Self:
        """Return those that nobody has settled."""
        return self.filter(state="held")

    def by_problem(self) -> models.QuerySet[Quarantined, tuple[str, int]]:
        """Return each problem with how many are held for it, the most frequent first."""
        return self.held().order_by().values_list("problem").annotate(n=models.Count("id")).order_by("-n", "problem")

    def by_surface(self) -> models.QuerySet[Quarantined, tuple[str, str, int]]:
        """Return each surface, by our id and its name, with how many of its events are held, the most frequent first."""
        rows = self.held().order_by().values_list("surface__public_id", "surface__name")
        return rows.annotate(n=models.Count("id")).order_by("-n", "surface__name")


class Quarantined(models.Model):
    """What a genuine sender sent and we could not take, sealed, with the reason in our words, and how it was settled.

    A `shape` says that it is no event but a transcript, or a batch that is none; `dated_at` and `sampling_rate` are what the sender of a
    transcript said with it. Its body is destroyed when its time is over, or with a person whose name it holds, `emptied_at`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    public_id = models.CharField(max_length=10, unique=True, default=public_ids.quarantined)
    surface = models.ForeignKey(Surface, models.PROTECT, related_name="quarantined")
    problem = models.CharField(max_length=40)
    fields = ArrayField(models.CharField(max_length=200), default=list)
    detail = models.CharField(max_length=300)
    shape = models.CharField(max_length=30, blank=True)
    dated_at = models.DateTimeField(null=True)
    sampling_rate = models.CharField(max_length=30, blank=True)
    body_bytes = models.PositiveIntegerField()
    body_sha256 = models.BinaryField(max_length=32)
    sealed_body = models.BinaryField()
    received_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=10, default="held")
    settled_at = models.DateTimeField(null=True)
    settled_by = models.CharField(max_length=20, blank=True)
    reason = models.CharField(max_length=20, blank=True)
    became = models.ForeignKey(ReceivedEvent, models.PROTECT, null=True, related_name="+")
    emptied_at = models.DateTimeField(null=True)

    objects = QuarantinedQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["-received_at", "-id"], name="quarantined_newest"),
            models.Index(fields=["-received_at", "-id"], name="quarantined_held", condition=models.Q(state="held")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="replayed", became__isnull=False) | (~models.Q(state="replayed") & models.Q(became=None)),
                name="replayed_became_an_event",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def tenant_id(self) -> uuid.UUID:
        """The surface it belongs to."""
        return self.surface_id

    @property
    def origin(self) -> Origin:
        """What its sender said with a transcript."""
        return Origin(self.surface.source, sampling_rate=self.sampling_rate, at=self.dated_at)

    def body(self) -> bytes:
        """Open it as it came; raises vault.Erased or vault.Tampered. Whoever calls this for a person records the reading first."""
        return open_quarantined(self.id, bytes(self.sealed_body), f"quarantine|{self.id}")


def open_quarantined(identity: uuid.UUID, sealed: bytes, place: str) -> bytes:
    """Open a body under the key of its quarantine; one from before there were such keys is sealed as the installation's own."""
    if not sealed or vault.store().is_destroyed(identity):
        raise vault.Erased(place)
    return vault.unseal(identity, sealed, place) if vault.store().has(identity) else vault.unseal_own(sealed, place)


class Replay(models.Model):
    """One try to take it after all, as it came or with a corrected body; never edited, another correction is another try."""

    quarantined = models.ForeignKey(Quarantined, models.PROTECT, related_name="replays", db_index=False)  # replay_number serves it too
    number = models.PositiveIntegerField()
    sealed_body = models.BinaryField(default=bytes)
    body_bytes = models.PositiveIntegerField()
    body_sha256 = models.BinaryField(max_length=32)
    problem = models.CharField(max_length=40, blank=True)
    fields = ArrayField(models.CharField(max_length=200), default=list)
    detail = models.CharField(max_length=300, blank=True)
    tried_at = models.DateTimeField(default=timezone.now)
    tried_by = models.CharField(max_length=20)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["quarantined", "number"], name="replay_number")]

    def __str__(self) -> str:
        return f"{self.quarantined_id} try {self.number}"

    @property
    def place(self) -> str:
        """What binds a corrected body to this row."""
        return f"quarantine|{self.quarantined_id}|{self.number}"

    def body(self) -> bytes:
        """Open what was tried; raises vault.Erased or vault.Tampered. Whoever calls this for a person records the reading first."""
        if not self.sealed_body:
            return self.quarantined.body()
        return open_quarantined(self.quarantined_id, bytes(self.sealed_body), self.place)
