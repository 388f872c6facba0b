"""Events from a file: read line by line, taken in chunks of one surface's events, so that one bad line never loses its neighbours.

A file of foreign transcripts (`conversations/adapters/shapes.py`) goes the same way: each conversation becomes events, and these are taken.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from conversations.adapters import shapes
from conversations.adapters.cloudevents import Invalid
from conversations.adapters.shapes import Origin
from conversations.models import Surface
from conversations.surfaces import EXTERNAL
from moderation.actions.batches import CHUNK, accept_batch
from moderation.actions.surfaces import create_surface
from moderation.audit.events import service

AUTH = "file"
KINDS = 100
"""How many kinds of parts that were not understood are counted one by one."""

WHOLE = 256 * 1024 * 1024
"""The largest file in bytes that is read as one JSON value where its first line is none."""


class BadFile(Exception):
    """The file cannot be read, or not as what it is said to be."""


@dataclass(slots=True)
class Summary:
    """What became of the lines of a file; `unknown` counts the parts of foreign transcripts that were not understood."""

    lines: int = 0
    accepted: int = 0
    duplicate: int = 0
    refused: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)
    noun: str = "lines"

    def note(self, part: str) -> None:
        """Count a part that was not understood."""
        self.unknown[part if part in self.unknown or len(self.unknown) < KINDS else "other parts"] += 1

    def as_dict(self) -> dict[str, Any]:
        """Return the figures for `--json`."""
        return {
            "lines": self.lines,
            "accepted": self.accepted,
            "duplicate": self.duplicate,
            "refused": self.refused,
            "reasons": dict(self.reasons),
            "unknown": dict(self.unknown),
        }

    def sentence(self) -> str:
        """Return the figures for people."""
        text = f"{self.lines} {self.noun}: {self.accepted} accepted, {self.duplicate} seen before, {self.refused} refused."
        text += "".join(f"\n  {count} × {reason}" for reason, count in self.reasons.most_common())
        if self.unknown:
            text += "\nNot understood, or not in it:"
        return text + "".join(f"\n  {count} × {part}" for part, count in self.unknown.most_common())


def take_file(path: Path, nested: str, advance: Callable[[int, int], None]) -> Summary:
    """Take every line; `nested` is the key under which each line holds its event. Raises BadFile."""
    summary, size = Summary(), _size(path)
    taker = Taker(summary)
    for raw, position in _lines(path):
        taker.take(raw, nested)
        advance(position, size)
    taker.flush()
    return summary


@dataclass(slots=True)
class Taker:
    """Collects events of one surface and takes them together; counts what became of each."""

    summary: Summary
    chunk: list[bytes] = field(default_factory=list)
    surface: Surface | None = None

    def take(self, raw: bytes, nested: str) -> None:
        """Take an event, now or with those that follow."""
        self.summary.lines += 1
        try:
            event = _nested(raw, nested) if nested else raw
            source = _source(event)
        except Invalid as error:  # no known sender: nothing to keep a copy under
            _refuse(self.summary, error.code, error.field)
            return
        if self.surface is None or self.surface.source != source or len(self.chunk) == CHUNK:
            self.flush()
            self.surface = _surface(source)
        self.chunk.append(event)

    def flush(self) -> None:
        """Take what was collected."""
        results = accept_batch(self.chunk, self.surface, auth=AUTH) if self.surface and self.chunk else []
        for result in results:
            self.summary.duplicate += result.status == "duplicate"
            self.summary.accepted += result.status == "accepted"
            if result.code:
                _refuse(self.summary, result.code, result.field)
        self.chunk = []


def take_transcripts(path: Path, shape: str, origin: Origin, nested: str, advance: Callable[[int, int], None]) -> Summary:
    """Take every conversation of a file in a foreign shape; a time that is nowhere in it is the file's own. Raises BadFile."""
    summary, size = Summary(noun="events"), _size(path)
    taker = Taker(summary)
    dated = origin if origin.at else replace(origin, at=datetime.fromtimestamp(int(path.stat().st_mtime), UTC))
    for value, position in _conversations(path, shape, nested):
        _take_conversation(value, shape, dated, taker)
        advance(position, size)
    taker.flush()
    return summary


def _take_conversation(value: object, shape: str, origin: Origin, taker: Taker) -> None:
    summary = taker.summary
    try:
        if isinstance(value, Invalid):
            raise value
        adapted = shapes.adapt(shape, value)
        events = shapes.to_events(adapted, origin)
    except Invalid as error:
        summary.lines += 1
        _refuse(summary, error.code, f"{error.field} {error.reason}")
        return
    for part in (*adapted.unknown, *shapes.missing(adapted, origin)):
        summary.note(part)
    for event in events:
        taker.take(msgspec.json.encode(event), "")


def _conversations(path: Path, shape: str, nested: str) -> Iterator[tuple[object, int]]:
    """Yield each conversation, or why it could not be decoded, with how far into the file it ends."""
    if shapes.SHAPES[shape].whole_file:
        yield [None if isinstance(line, Invalid) else line for raw, _ in _lines(path) for line in _decoded(raw, nested)], _size(path)
        return
    whole = _whole(path)
    for raw, position in _lines(path) if whole is None else ((whole, _size(path)),):
        for value in _decoded(raw, nested):
            yield from ((item, position) for item in _each(value))


def _whole(path: Path) -> bytes | None:
    """Return a file that is one JSON value over several lines, None for one whose lines stand for themselves."""
    first = next(_lines(path), None)
    if first is None or _size(path) > WHOLE or not any(isinstance(value, Invalid) for value in _decoded(first[0], "")):
        return None
    joined = b"\n".join(line for line, _ in _lines(path))
    return None if any(isinstance(value, Invalid) for value in _decoded(joined, "")) else joined


def _each(value: object) -> list[object]:
    """Return the conversations of a JSON value: a list holds many, or the messages of one."""
    if not isinstance(value, list):
        return [value]
    name = shapes.one_conversation(value[0]) if value else None
    return [{name: value}] if name else value


def _decoded(raw: bytes, nested: str) -> list[object]:
    """Return the JSON values of a line, each under the key where one is named, or why there is none."""
    try:
        value = shapes.decode(raw)
    except Invalid as error:
        return [error]
    if not nested:
        return [value]
    items = value if isinstance(value, list) else [value]
    return [
        item[nested] if isinstance(item, dict) and nested in item else Invalid(nested, "is missing", code="malformed") for item in items
    ]


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
    except (OSError, EOFError, zlib.error) as error:
        raise BadFile(f"{path}: {error}") from error


def _refuse(summary: Summary, code: str, name: str) -> None:
    summary.refused += 1
    summary.reasons[f"{code}: {name}"] += 1


def _nested(raw: bytes, key: str) -> bytes:
    """Return the bytes of the event under a key, exactly as they stand in the line."""
    try:
        return bytes(msgspec.json.decode(raw, type=dict[str, msgspec.Raw])[key])
    except (msgspec.DecodeError, KeyError):
        raise Invalid(key, "is missing", code="malformed") from None


def _source(event: bytes) -> str:
    """Return the source an event names; raises Invalid."""
    try:
        source = json.loads(event)["source"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Invalid("source", "is missing", code="malformed") from None
    if not isinstance(source, str) or not source.startswith("/") or not source.isprintable() or len(source) > EXTERNAL:
        raise Invalid("source", "must be a path such as /surfaces/web-chat")
    return source


def _surface(source: str) -> Surface:
    """Return the surface of a source, made where it is new: a file comes from whoever runs this console."""
    found = Surface.objects.filter(source=source).first()
    name = source.rsplit("/", 1)[-1].replace("-", " ").capitalize()
    return found or create_surface(source=source, name=name[:100], actor=service("ingest"))
