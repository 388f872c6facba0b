"""Exports: a requested bundle and its state, and links under which somebody without a sign-in may fetch it for a while."""

from __future__ import annotations

import uuid
from pathlib import Path

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone

from conversations import public_ids
from moderation.audit.origins import SPAN, Origin, of_place
from moderation.models.people import User
from moderation.states import EXPORT_MOVES, ExportState, Redaction, Term, check_move

RECIPIENT = r"[a-z0-9][a-z0-9-]{0,39}"
"""What names a recipient: it scopes the pseudonyms of reviewers, and says whose earlier bundle a new one continues."""


class ExportKind(Term):
    """What can be exported."""

    AUDIT = "audit", "Audit log"
    ENDINGS = "endings", "Endings with verdicts and labels"
    DECISIONS = "decisions", "Reviewer decisions with sampling weights"
    CASE = "case", "Case file of one ending"
    STATEMENTS = "statements", "DSA statements of reasons"
    TRANSPARENCY = "transparency", "Transparency report, harmonised parts"
    OCSF = "ocsf", "Audit log as OCSF events"
    REVIEWERS = "reviewers", "Who is who among reviewers' pseudonyms"


class ExportFormat(Term):
    """In which form."""

    NDJSON = "ndjson", "NDJSON"
    CSV = "csv", "CSV"
    PARQUET = "parquet", "Parquet"
    HTML = "html", "HTML to print"
    SYSLOG = "syslog", "Syslog, RFC 5424"


def export_id() -> str:
    """Return a public id for an export."""
    return public_ids.new("X")


def link_id() -> str:
    """Return a public id for a link."""
    return public_ids.new("Y")


class Export(models.Model):
    """One requested bundle: what, of when, in which form, for whom, by whom, and how far it is.

    `as_of` is the moment whose state it shows, whenever it is built; `first_leaf` and `last_leaf` are the part of the log it takes,
    where it takes the log, as places among all logs: those that were asked for (`leaves_asked`), else those of the window.
    `requested_by` is empty for what a command asked for.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    public_id = models.CharField(max_length=10, unique=True, default=export_id)
    kind = models.CharField(max_length=20, choices=ExportKind.choices())
    format = models.CharField(max_length=10, choices=ExportFormat.choices())
    redaction = models.CharField(max_length=10, choices=Redaction.choices(), default=Redaction.TEXT)
    recipient = models.CharField(max_length=40, blank=True, validators=[RegexValidator(rf"^{RECIPIENT}$")])
    subject = models.CharField(max_length=10, blank=True)
    state = models.CharField(max_length=10, choices=ExportState.choices(), default=ExportState.REQUESTED)
    since = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    as_of = models.DateTimeField(default=timezone.now)
    first_leaf = models.BigIntegerField(null=True)
    last_leaf = models.BigIntegerField(null=True)
    leaves_asked = models.BooleanField(default=False, db_default=False)
    needs_two = models.BooleanField(default=False)
    requested_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    requested_at = models.DateTimeField(default=timezone.now)
    request_entry = models.UUIDField(null=True)
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    approval_entry = models.UUIDField(null=True)
    ready_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    rows = models.PositiveBigIntegerField(null=True)
    rows_done = models.PositiveBigIntegerField(default=0)
    bytes = models.PositiveBigIntegerField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    manifest_sha256 = models.CharField(max_length=64, blank=True)
    checkpoint = models.BigIntegerField(null=True)
    error = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-requested_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(approved_by=None) | ~models.Q(approved_by=models.F("requested_by")),
                name="export_approved_by_another",
            ),
        ]
        indexes = [models.Index(fields=["-requested_at", "-id"], name="export_newest")]

    def __str__(self) -> str:
        return self.public_id

    @property
    def proven_in(self) -> int | None:
        """Return the size of the tree in which it is proven; `checkpoint` is its place among the logs."""
        return None if self.checkpoint is None else self.checkpoint % SPAN

    @property
    def log(self) -> Origin | None:
        """Return the log in which it is proven, or will be; None before that is known."""
        place = self.first_leaf if self.checkpoint is None else self.checkpoint
        return None if place is None else of_place(place)

    @property
    def asked_entries(self) -> tuple[int, int] | None:
        """Return the first and the last entry of the log that were asked for, by index; None where it was asked for otherwise."""
        if not self.leaves_asked or self.first_leaf is None or self.last_leaf is None:
            return None
        return self.first_leaf % SPAN, self.last_leaf % SPAN

    @property
    def term(self) -> ExportState:
        """The state with its label and tone."""
        return ExportState(self.state)

    @property
    def kind_term(self) -> ExportKind:
        """The kind with its label."""
        return ExportKind(self.kind)

    @property
    def format_term(self) -> ExportFormat:
        """The format with its label."""
        return ExportFormat(self.format)

    @property
    def redaction_term(self) -> Redaction:
        """What is taken out, with its label."""
        return Redaction(self.redaction)

    @property
    def holds_transcript(self) -> bool:
        """Whether it is a case file with all that was said."""
        return self.kind == ExportKind.CASE and self.redaction == Redaction.NONE

    @property
    def path(self) -> Path:
        """Where the bundle lies once it is ready."""
        return Path(settings.EXPORTS_DIR) / f"{self.public_id}.zip"

    @property
    def folder(self) -> Path:
        """Where its parts are staged while it is built, so that another worker can go on where one died."""
        return Path(settings.EXPORTS_DIR) / f"{self.public_id}.parts"

    @property
    def file_name(self) -> str:
        """Under which name it is handed out."""
        return f"recourse-{self.kind}-{self.public_id}.zip"

    def move_to(self, state: ExportState) -> None:
        """Change the state if the table allows it; raises IllegalMove."""
        check_move(EXPORT_MOVES, self.term, state)
        self.state = state


class ExportLink(models.Model):
    """A link under which a recipient without a sign-in may fetch one export for a while; only the hash of its secret is kept."""

    public_id = models.CharField(max_length=10, unique=True, default=link_id)
    export = models.ForeignKey(Export, models.PROTECT, related_name="links")
    secret_sha256 = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField()

    class Meta:
        ordering = ["-made_at"]

    def __str__(self) -> str:
        return self.public_id
