"""Pure: a CloudEvent in JSON to a typed event, or the field that is wrong and why.

Answers never quote the sender's values back: a value may be part of what somebody said.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from conversations.adapters import reasons
from conversations.tree import Role, Turn

MAX_TURNS = 2_000
MAX_TEXT = 256 * 1024
FULL = 10_000

PRINTABLE = r"^[^\x00-\x1f\x7f]*\Z"

Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=PRINTABLE)]
ShortName = Annotated[str, Meta(min_length=1, max_length=100, pattern=PRINTABLE)]
OptionalName = Annotated[str, Meta(max_length=200, pattern=PRINTABLE)]
Code = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[a-z0-9_.-]+\Z")]
Text = Annotated[str, Meta(max_length=MAX_TEXT)]
Index = Annotated[int, Meta(ge=0, le=MAX_TURNS)]
Score = Annotated[int, Meta(ge=0, le=FULL)] | Annotated[float, Meta(ge=0, le=1)]
Moment = Annotated[datetime, Meta(tz=True)]


class Invalid(Exception):
    """An event that cannot be taken: the problem's code, the field by its path, and the reason in our words."""

    def __init__(self, field: str, reason: str, *, code: str = "invalid") -> None:
        super().__init__(f"{field}: {reason}")
        self.field, self.reason, self.code = field, reason, code


class Model(msgspec.Struct, frozen=True):
    """The model that spoke."""

    name: ShortName
    version: Annotated[str, Meta(max_length=100, pattern=PRINTABLE)] = ""


class BranchRef(msgspec.Struct, frozen=True):
    """Which branch, and where it left its parent."""

    id: Name
    parent_id: Name | None = None
    forked_at_turn: Index | None = None


def stand_in(conversation: str) -> str:
    """Return the pseudonym that stands for the owner of a conversation, by its name, until the owner is named."""
    return f"?{conversation}"


class ConversationRef(msgspec.Struct, frozen=True):
    """Which conversation, whose, with which model."""

    id: Name
    branch: BranchRef
    user: Name | None = None
    model: Model | None = None
    locale: Annotated[str, Meta(max_length=35, pattern=r"^[A-Za-z0-9-]*\Z")] = ""
    started_at: Moment | None = None

    @property
    def pseudonym(self) -> str:
        """Whose conversation it is: the user named, else a stand-in for one still to come."""
        return self.user or stand_in(self.id)


@dataclass(frozen=True, slots=True)
class TurnIn(Turn):
    """One message as sent: a turn, within its limits."""

    index: Index
    role: Role
    content: Text
    at: Moment | None = None


class EndingIn(msgspec.Struct, frozen=True):
    """What the model's request to end says of itself."""

    actor: Literal["model", "user", "system"]
    reason: Literal["persistent_harm", "persistent_abuse", "user_request", "other"]
    at_turn: Index
    category: Code | None = None
    explanation: Annotated[str, Meta(max_length=10_000)] | None = None
    policy: OptionalName | None = None
    allowed: bool = True
    failed_check: Code | None = None
    scores: dict[Code, Score] | None = None


class SamplingIn(msgspec.Struct, frozen=True):
    """At which rate the surface drew this conversation, as a decimal string."""

    rate: Annotated[str, Meta(max_length=30, pattern=r"^[01](\.[0-9]+)?\Z")]


Transcript = Annotated[list[TurnIn], Meta(min_length=1, max_length=MAX_TURNS)]


class Ended(msgspec.Struct, frozen=True):
    """`conversation.ended`."""

    conversation: ConversationRef
    ending: EndingIn
    transcript: Transcript


class Continued(msgspec.Struct, frozen=True):
    """`conversation.continued`."""

    conversation: ConversationRef
    sampling: SamplingIn
    transcript: Transcript


class Lineage(msgspec.Struct, frozen=True):
    """`conversation.branched` and `conversation.started`."""

    conversation: ConversationRef
    transcript: Annotated[list[TurnIn], Meta(max_length=MAX_TURNS)] = []


class Signal(msgspec.Struct, frozen=True):
    """`message.accepted` and `message.rejected`."""

    conversation: ConversationRef
    at: Moment | None = None


class VolumeIn(msgspec.Struct, frozen=True):
    """`surface.volume`."""

    hour: Moment
    conversations: Annotated[int, Meta(ge=0, le=2_000_000_000)]


class FeedbackIn(msgspec.Struct, frozen=True):
    """`feedback.given`."""

    conversation: ConversationRef
    thumbs: Literal["up", "down"] | None = None
    kind: Code | None = None
    text: Annotated[str, Meta(max_length=10_000)] = ""
    at_turn: Index | None = None


class AppealIn(msgspec.Struct, frozen=True):
    """`appeal.filed`."""

    conversation: ConversationRef
    text: Annotated[str, Meta(max_length=20_000)]
    contact: Annotated[str, Meta(max_length=500)] = ""


Data = Ended | Continued | Lineage | Signal | VolumeIn | FeedbackIn | AppealIn

TYPES: dict[str, type[Any]] = {
    "conversation.ended": Ended,
    "conversation.continued": Continued,
    "conversation.branched": Lineage,
    "conversation.started": Lineage,
    "message.accepted": Signal,
    "message.rejected": Signal,
    "surface.volume": VolumeIn,
    "feedback.given": FeedbackIn,
    "appeal.filed": AppealIn,
}


class Envelope(msgspec.Struct, frozen=True):
    """The attributes of a CloudEvent, its data still undecoded."""

    specversion: Literal["1.0"]
    type: Annotated[str, Meta(min_length=1, max_length=60)]
    source: Name
    id: Name
    time: Moment
    data: msgspec.Raw
    datacontenttype: str = "application/json"


def ten_thousandths(score: float) -> int:
    """Return a score as we keep it: a whole number is in ten-thousandths already, one with a point is a share of 1."""
    return score if isinstance(score, int) else round(score * FULL)


@dataclass(frozen=True, slots=True)
class Event:
    """A valid event: what it is called, when it happened, and its data."""

    type: str
    source: str
    id: str
    time: datetime
    data: Data


_batch = msgspec.json.Decoder(list[msgspec.Raw])
_envelope = msgspec.json.Decoder(Envelope)
_data = {name: msgspec.json.Decoder(kind) for name, kind in TYPES.items()}


def read(raw: bytes) -> Event:
    """Decode and validate one event; raises Invalid with the path of the field at fault."""
    envelope = _decode(_envelope, raw, "")
    if envelope.type not in TYPES:
        raise Invalid("type", "is none of the types of events")
    if envelope.datacontenttype != "application/json":
        raise Invalid("datacontenttype", "must be application/json")
    data = _in_utc(_decode(_data[envelope.type], bytes(envelope.data), "data"))
    _check(data)
    return Event(envelope.type, envelope.source, envelope.id, _utc(envelope.time, "time"), data)


def split_batch(body: bytes) -> list[bytes]:
    """Return the bytes of each event of a batch; raises Invalid for a body that is no JSON array."""
    try:
        return [bytes(raw) for raw in _batch.decode(body)]
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise Invalid("batch", "is no JSON array of events", code="malformed") from None


def _decode(decoder: msgspec.json.Decoder[Any], raw: bytes, prefix: str) -> Any:  # noqa: ANN401  # the decoder's own type
    try:
        return decoder.decode(raw)
    except msgspec.ValidationError as error:
        path, reason = reasons.of_value(error)
        raise Invalid(".".join(part for part in (prefix, path) if part) or "event", reason) from None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Invalid(prefix or "event", reasons.of_text(raw, error), code="malformed") from None


def _check(data: Data) -> None:
    """Raise Invalid for what a type cannot say: order of turns, where it ended, rates."""
    turns = getattr(data, "transcript", ())
    for position, turn in enumerate(turns):
        if turn.index != position:
            raise Invalid(f"data.transcript[{position}].index", f"must be {position}: turns count from 0 without gaps")
        if turn.at:
            _utc(turn.at, f"data.transcript[{position}].at")
    if isinstance(data, Ended):
        if data.ending.at_turn > len(turns):
            raise Invalid("data.ending.at_turn", "lies beyond the transcript")
        _need_conversation(data.conversation)
    if isinstance(data, Continued):
        _need_conversation(data.conversation)
        _check_rate(data.sampling.rate)
    if isinstance(data, Lineage) and data.conversation.user is None:
        raise Invalid("data.conversation.user", "is required")


def _in_utc(data: Data) -> Data:
    """Return data whose moments are in UTC: PostgreSQL knows no offset beyond 15:59. Turns keep theirs, they are not columns."""
    changed: dict[str, Any] = {name: _utc(moment, f"data.{name}") for name in ("at", "hour") if (moment := getattr(data, name, None))}
    conversation = getattr(data, "conversation", None)
    if conversation and conversation.started_at:
        started = _utc(conversation.started_at, "data.conversation.started_at")
        changed["conversation"] = msgspec.structs.replace(conversation, started_at=started)
    return msgspec.structs.replace(data, **changed) if changed else data


def _need_conversation(conversation: ConversationRef) -> None:
    for name in ("user", "model", "started_at"):
        if getattr(conversation, name) is None:
            raise Invalid(f"data.conversation.{name}", "is required")


def _check_rate(rate: str) -> None:
    try:
        value = Decimal(rate)
    except InvalidOperation:
        raise Invalid("data.sampling.rate", "must be a decimal") from None
    if not (value.is_finite() and 0 < value <= 1):
        raise Invalid("data.sampling.rate", "must lie above 0 and not above 1")


def _utc(moment: datetime, field: str) -> datetime:
    """Return a moment in UTC; raises Invalid for one that its calendar has not: it could be stored and never be read again."""
    if moment.tzinfo is UTC:
        return moment
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise Invalid(field, "lies outside the calendar") from None
