"""Pure: one line of a coding assistant's session log to its pieces, and to its place among the other lines.

Three kinds of lines are read: `{"type": "user" | "assistant" | "system", "message": …}` with `uuid` and `parentUuid`; the items of a
rollout, `{"type": "response_item", "payload": …}`; and plain messages, `{"role", "content"}`. What the assistant's program put in a user's
mouth (`isMeta`, `isCompactSummary`), and its own error messages, are of role `system`: the user did not say them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from conversations.adapters import blocks
from conversations.adapters.adapted import Call, Piece, Unknown, mapping, plain
from conversations.adapters.blocks import Message, text_or_empty
from conversations.adapters.facts import read_moment
from conversations.adapters.openai_chat import ROLES, message_pieces
from conversations.tree import Role

SILENT = frozenset({
    "summary", "custom-title", "ai-title", "last-prompt", "permission-mode", "file-history-snapshot", "queue-operation", "session_meta",
    "turn_context", "event_msg",
})  # fmt: skip
"""Types of lines that repeat what other lines say, or say nothing that was said."""

AROUND = frozenset({"uuid", "parentUuid", "logicalParentUuid", "isSidechain", "agentId", "sessionId", "type"})
NOT_TYPED = ("isMeta", "isCompactSummary", "isApiErrorMessage")


@dataclass(slots=True)
class Line:
    """A line as the tree needs it; `root` says that it names no parent on purpose, `prompt` that a person typed it."""

    number: int
    body: Mapping[str, object]
    pieces: list[Piece] = field(default_factory=list)
    uuid: str = ""
    parent: str = ""
    root: bool = False
    message: str = ""
    role: Role | None = None
    sidechain: bool = False
    agent: str = ""
    prompt: bool = False

    @property
    def where(self) -> str:
        """Return the line's place in words."""
        return f"line {self.number}"


def read_line(number: int, value: object, unknown: Unknown) -> Line | None:
    """Return a line that is a part of the log, None for one that holds nothing; raises Invalid for a role that nobody has."""
    if not isinstance(value, dict):
        unknown.add(f"line {number}", "no JSON object, left out")
        return None
    line = Line(
        number,
        value,
        uuid=text_or_empty(value.get("uuid")),
        parent=text_or_empty(value.get("parentUuid")) or text_or_empty(value.get("logicalParentUuid")),
        root="parentUuid" in value and not value.get("parentUuid") and not value.get("logicalParentUuid"),
        sidechain=value.get("isSidechain") is True,
        agent=text_or_empty(value.get("agentId")),
    )
    kind = text_or_empty(value.get("type"))
    read = READERS.get(kind, _plain if "role" in value else None)
    if read is not None:
        line.pieces = read(line, read_moment(line.where, value.get("timestamp"), unknown), unknown)
    elif kind not in SILENT:
        unknown.add(line.where, f"line of type {plain(value.get('type'))}, left out")
    line.prompt = kind == "user" and any(piece.role is Role.USER for piece in line.pieces)
    return line if line.pieces or line.uuid else None


def _spoken(line: Line, at: datetime | None, unknown: Unknown) -> list[Piece]:
    """Read a line of the user or the assistant; the blocks of one answer may stand in several lines under one message id."""
    body = mapping(line.body.get("message"))
    line.role = Role.ASSISTANT if line.body["type"] == "assistant" else Role.USER
    line.message = text_or_empty(body.get("id")) or line.uuid or line.where
    role = Role.SYSTEM if any(line.body.get(name) is True for name in NOT_TYPED) else line.role
    return blocks.pieces(body.get("content"), Message(role, line.where, line.message, at), unknown)


def _system(line: Line, at: datetime | None, unknown: Unknown) -> list[Piece]:
    """Read what the assistant's program said; some of it holds no words."""
    return blocks.pieces(line.body.get("content"), Message(Role.SYSTEM, line.where, at=at), unknown)


def _attachment(line: Line, at: datetime | None, unknown: Unknown) -> list[Piece]:
    """Read what was put before the model: a message typed while it worked is the user's, all else is kept as JSON."""
    body = mapping(line.body.get("attachment"))
    prompt = body.get("prompt")
    if body.get("type") == "queued_command" and isinstance(prompt, str | list):
        return blocks.pieces(prompt, Message(Role.USER, line.where, at=at), unknown)
    return [Message(Role.TOOL, line.where, at=at).aside(body)] if body else []


def _item(line: Line, at: datetime | None, unknown: Unknown) -> list[Piece]:
    """Read an item of a rollout: a message, a call, what a tool gave back, or reasoning."""
    body = mapping(line.body.get("payload"))
    kind = text_or_empty(body.get("type"))
    role = ROLES.get(text_or_empty(body.get("role")), Role.TOOL)
    message = Message(role, line.where, at=at)
    if kind == "message":
        return blocks.pieces(body.get("content"), message, unknown)
    if kind.endswith("_call"):
        name = text_or_empty(body.get("name"))
        call = Call(name, body.get("arguments", body.get("input")), text_or_empty(body.get("call_id"))) if name else None
        return [message.aside(body, call=call)]
    if not kind.endswith("_output") and kind != "reasoning":
        unknown.add(line.where, f"item of type {plain(body.get('type'))}, kept as JSON")
    return [message.aside({key: value for key, value in body.items() if key != "encrypted_content"})]


def _plain(line: Line, at: datetime | None, unknown: Unknown) -> list[Piece]:
    """Read a plain message; what stands around it in the line is not part of it."""
    return message_pieces({key: value for key, value in line.body.items() if key not in AROUND}, line.where, unknown)


READERS: Mapping[str, Callable[[Line, datetime | None, Unknown], list[Piece]]] = {
    "user": _spoken,
    "assistant": _spoken,
    "system": _system,
    "attachment": _attachment,
    "response_item": _item,
}
