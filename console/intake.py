"""Events from a file: read line by line, taken one by one, each in its own transaction, so that one bad line never loses its neighbours."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from conversations.adapters.cloudevents import Invalid
from conversations.models import Surface
from moderation.actions.batches import accept_one
from moderation.actions.surfaces import create_surface
from moderation.audit.events import service

AUTH = "file"


class BadFile(Exception):
    """The file cannot be read as lines of events."""


@dataclass(slots=True)
class Summary:
    """What became of the lines of a file."""

    lines: int = 0
    accepted: int = 0
    duplicate: int = 0
    refused: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    def as_dict(self) -> dict[str, Any]:
        """Return the figures for `--json`."""
        return {
            "lines": self.lines,
            "accepted": self.accepted,
            "duplicate": self.duplicate,
            "refused": self.refused,
            "reasons": dict(self.reasons),
        }

    def sentence(self) -> str:
        """Return the figures for people."""
        text = f"{self.lines} lines: {self.accepted} accepted, {self.duplicate} seen before, {self.refused} refused."
        return text + "".join(f"\n  {count} × {reason}" for reason, count in self.reasons.most_common())


def take_file(path: Path, nested: str, advance: Callable[[int, int], None]) -> Summary:
    """Take every line; `nested` is the key under which each line holds its event. Raises BadFile."""
    summary, size = Summary(), _size(path)
    for raw, position in _lines(path):
        summary.lines += 1
        _take(raw, nested, summary)
        advance(position, size)
    return summary


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise BadFile(f"{path}: {error.strerror}") from error


def _lines(path: Path) -> Iterator[tuple[bytes, int]]:
    """Yield each line with how far into the file as it lies on disk it ends."""
    try:
        with path.open("rb") as disk:
            packed = disk.read(2) == b"\x1f\x8b"
            disk.seek(0)
            stream = gzip.GzipFile(fileobj=disk) if packed else disk
            for line in stream:
                if line.strip():
                    yield line.strip(), disk.tell()
    except (OSError, EOFError) as error:
        raise BadFile(f"{path}: {error}") from error


def _take(raw: bytes, nested: str, summary: Summary) -> None:
    try:
        event = _nested(raw, nested) if nested else raw
        surface = _surface(event)
    except Invalid as error:  # no known sender: nothing to keep a copy under
        _refuse(summary, error.code, error.field)
        return
    result = accept_one(event, surface, auth=AUTH)
    summary.duplicate += result.status == "duplicate"
    summary.accepted += result.status == "accepted"
    if result.code:
        _refuse(summary, result.code, result.field)


def _refuse(summary: Summary, code: str, name: str) -> None:
    summary.refused += 1
    summary.reasons[f"{code}: {name}"] += 1


def _nested(raw: bytes, key: str) -> bytes:
    """Return the bytes of the event under a key, exactly as they stand in the line."""
    try:
        return bytes(msgspec.json.decode(raw, type=dict[str, msgspec.Raw])[key])
    except (msgspec.DecodeError, KeyError):
        raise Invalid(key, "is missing", code="malformed") from None


def _surface(event: bytes) -> Surface:
    """Return the surface of the event's source, made where it is new: a file comes from whoever runs this console."""
    try:
        source = json.loads(event)["source"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Invalid("source", "is missing", code="malformed") from None
    if not isinstance(source, str) or not source.startswith("/") or len(source) > 200:
        raise Invalid("source", "must be a path such as /surfaces/web-chat")
    found = Surface.objects.filter(source=source).first()
    name = source.rsplit("/", 1)[-1].replace("-", " ").capitalize()
    return found or create_surface(source=source, name=name, actor=service("ingest"))
