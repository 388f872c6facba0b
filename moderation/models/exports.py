"""Exports: a requested file and its state."""

from __future__ import annotations

import uuid
from pathlib import Path

from django.conf import settings
from django.db import models
from django.utils import timezone

from conversations import public_ids
from moderation.models.people import User
from moderation.states import EXPORT_MOVES, ExportState, Term, check_move


class ExportKind(Term):
    """What can be exported."""

    AUDIT = "audit", "Audit log"


class ExportFormat(Term):
    """In which form."""

    NDJSON = "ndjson", "NDJSON"
    CSV = "csv", "CSV"


def export_id() -> str:
    """Return a public id for an export."""
    return public_ids.new("X")


class Export(models.Model):
    """One requested file: what, of when, in which form, by whom, and how far it is."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    public_id = models.CharField(max_length=10, unique=True, default=export_id)
    kind = models.CharField(max_length=20, choices=ExportKind.choices())
    format = models.CharField(max_length=10, choices=ExportFormat.choices())
    state = models.CharField(max_length=10, choices=ExportState.choices(), default=ExportState.REQUESTED)
    since = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    requested_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(default=timezone.now)
    ready_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    rows = models.PositiveBigIntegerField(null=True)
    rows_done = models.PositiveBigIntegerField(default=0)
    bytes = models.PositiveBigIntegerField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    error = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ["-requested_at"]

    def __str__(self) -> str:
        return self.public_id

    @property
    def term(self) -> ExportState:
        """The state with its label and tone."""
        return ExportState(self.state)

    @property
    def path(self) -> Path:
        """Where the file lies once it is ready."""
        return Path(settings.EXPORTS_DIR) / f"{self.public_id}.{self.format}"

    def move_to(self, state: ExportState) -> None:
        """Change the state if the table allows it; raises IllegalMove."""
        check_move(EXPORT_MOVES, self.term, state)
        self.state = state
