"""Pure: what a transcript says of itself beside its turns: which conversation, whose, with which model, since when."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from conversations.adapters.adapted import Facts, Unknown, mapping, plain, sound

CONVERSATION = ("conversation_id", "conversationId", "session_id", "thread_id", "uuid", "id")
USER = ("user", "user_id", "safety_identifier")
STARTED = ("started_at", "created_at", "create_time", "timestamp", "created")
LONGEST_NAME = 150
LONGEST_MODEL = 100
MILLISECONDS = 100_000_000_000
"""A number above this counts milliseconds since 1970, else seconds; as seconds it would lie in the year 5138."""

_name = re.compile(r"[^\x00-\x1f\x7f]+")
_dated = re.compile(r"(.+?)[-@](\d{8}|\d{4}-\d{2}-\d{2})")


def read_facts(bodies: Iterable[Mapping[str, object]], unknown: Unknown) -> Facts:
    """Return what the objects of a transcript say of it, the first that says something first."""
    places = list(bodies)
    people = [mapping(body.get("metadata")) for body in places] + places
    model, version = read_model(_first(places, ("model",)), unknown)
    return Facts(
        conversation_id=read_name("id", _first(places, CONVERSATION), unknown),
        user=read_name("user", _first(people, USER), unknown),
        model=model,
        version=version,
        started_at=read_moment("started", _first(places, STARTED), unknown),
    )


def name_strange(body: Mapping[str, object], known: frozenset[str], where: str, unknown: Unknown) -> None:
    """Name the keys of an object that its shape does not have."""
    for key in body.keys() - known:
        unknown.add(where, f"key {plain(key)}, left out")


def _first(places: Iterable[Mapping[str, object]], names: Iterable[str]) -> object:
    found = (body[name] for name in names for body in places if body.get(name) is not None)
    return next((value for value in found if value != ""), None)


def read_name(where: str, value: object, unknown: Unknown) -> str:
    """Return a name as it may stand in an event, empty and named where it may not."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**18 else value
    if text is None:
        return ""
    if isinstance(text, str) and len(text) <= LONGEST_NAME and _name.fullmatch(text) and sound(text):
        return text
    unknown.add(where, "no name that can be kept")
    return ""


def read_model(value: object, unknown: Unknown) -> tuple[str, str]:
    """Return a model's name and version; a date at the end of the name is the version, a path before it is left out."""
    whole = read_name("model", value, unknown).rsplit("/", 1)[-1]
    if len(whole) > LONGEST_MODEL:
        unknown.add("model", "no name that can be kept")
        return "", ""
    dated = _dated.fullmatch(whole)
    return (dated[1], dated[2]) if dated else (whole, "")


def read_moment(where: str, value: object, unknown: Unknown) -> datetime | None:
    """Return a time in UTC from ISO 8601 or from seconds or milliseconds since 1970; one without a zone is taken as UTC and named."""
    if value is None:
        return None
    moment = _moment(value)
    if moment is None or not 1970 <= moment.year < 2200:
        unknown.add(where, "no time that can be read")
        return None
    if moment.tzinfo is None:
        unknown.add(where, "a time without a zone, taken as UTC")
        return moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC)


def _moment(value: object) -> datetime | None:
    try:
        if isinstance(value, str):
            return datetime.fromisoformat(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000 if value > MILLISECONDS else value, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None
