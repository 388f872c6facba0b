"""What an export was asked for, as its writers see it: plain, immutable, and enough to write the same bytes again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

from moderation.audit.entries import canonical
from moderation.audit.origins import SPAN, Origin, of_place
from moderation.models.exports import Export, ExportFormat, ExportKind
from moderation.states import Redaction


class Refused(Exception):
    """The export cannot be written as asked, and trying again will not help; the message is a code with ids, never content."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is wanted: `since` counts, `until` does not, `as_of` is the moment whose state it shows, `leaves` the part of the log.

    `log` is the log of these leaves, None before they are known.
    """

    public_id: str
    kind: ExportKind
    form: ExportFormat
    redaction: Redaction
    as_of: datetime
    since: datetime | None = None
    until: datetime | None = None
    recipient: str = ""
    subject: str = ""
    leaves: tuple[int, int] | None = None
    leaves_asked: bool = False
    log: Origin | None = None

    @classmethod
    def of(cls, export: Export) -> Order:
        """Return the order of a row."""
        places = (export.first_leaf, export.last_leaf) if export.first_leaf is not None and export.last_leaf is not None else None
        return cls(
            export.public_id,
            ExportKind(export.kind),
            ExportFormat(export.format),
            Redaction(export.redaction),
            export.as_of,
            export.since,
            export.until,
            export.recipient,
            export.subject,
            (places[0] % SPAN, places[1] % SPAN) if places else None,
            export.leaves_asked,
            of_place(places[0]) if places else None,
        )

    @property
    def said(self) -> dict[str, str]:
        """What was asked for, in the words of a manifest: whatever decides what the file holds and for whom it is."""
        return {
            "kind": self.kind.value,
            "form": self.form.value,
            "redaction": self.redaction.value,
            "since": _moment(self.since),
            "until": _moment(self.until),
            "recipient": self.recipient,
            "subject": self.subject,
            "leaves": "{}-{}".format(*self.leaves) if self.leaves and self.leaves_asked else "",
            "as_of": _moment(self.as_of),
            **({"log": self.log.name} if self.log and self.leaves_asked else {}),
        }

    @property
    def sha256(self) -> str:
        """The hash under which the log holds what was asked for and approved."""
        return hashlib.sha256(canonical(self.said)).hexdigest()

    @property
    def scope(self) -> str:
        """For whom and for when reviewers are named: within it their names stay, across two of them they cannot be linked."""
        return f"{self.recipient}|{_day(self.since)}|{_day(self.until)}"


def _moment(moment: datetime | None) -> str:
    return moment.astimezone(UTC).isoformat() if moment else ""


def _day(moment: datetime | None) -> str:
    return moment.date().isoformat() if moment else ""
