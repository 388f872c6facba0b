"""Pure: find where the model ended a conversation, from the call of an end tool among the turns.

1. A call counts when its tool's name says so: `end_conversation`, `EndChat`, `mcp__chat__end_conversation`.
2. A call whose result says that it failed is a request that was refused; the first call that did not fail is the end.
3. The conversation ended in the assistant's last words of the same message, else in its next words before the user's; without such words,
   one past the last turn, or in the call itself where the user went on.
4. The reason is one of ours where the arguments say one of the known words for it, and `other` where they do not. Nothing is guessed
   from free text; free text becomes the explanation.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from conversations.adapters.adapted import Call, Ending, Piece, Unknown, mapping, sound
from conversations.tree import Role

OTHER = "other"
REASONS = {
    "persistent_harm": ("persistent_harm", "harm", "harmful", "harmful_content", "harmful_request", "harmful_requests", "safety"),
    "persistent_abuse": ("persistent_abuse", "abuse", "abusive", "abusive_user", "abusive_behavior", "abusive_behaviour", "harassment"),
    "user_request": ("user_request", "user_requested", "requested_by_user", "requested", "user_asked"),
}
EXPLAINS = ("explanation", "message", "details", "description", "summary", "justification", "note")
LONGEST = 10_000

_codes = {word: code for code, words in REASONS.items() for word in words}
_ends = re.compile(r"(end|close|terminate)(the|this|current)?(conversation|chat|dialogue|dialog)(session|tool)?|(conversation|chat)end")
_code = re.compile(r"[a-z0-9_.-]{1,40}")


def ends_conversation(name: str) -> bool:
    """Tell whether a tool's name says that it ends the conversation; a prefix such as `mcp__server__` does not matter."""
    last = re.split(r"__|[.:/]", name)[-1]
    return any(_ends.fullmatch(re.sub(r"[^a-z0-9]", "", part.lower())) for part in (name, last))


def find(pieces: Sequence[Piece], unknown: Unknown, *, start: int = 0) -> Ending | None:
    """Return the end among settled pieces from `start` on, None where no end tool was called; other calls of it are named."""
    calls = [index for index, piece in enumerate(pieces) if index >= start and piece.call and ends_conversation(piece.call.name)]
    if not calls:
        return None
    failed = {piece.failed for piece in pieces if piece.failed}
    held = [index for index in calls if _id(pieces[index]) not in failed]
    called = (held or calls)[0]
    for index in calls:
        if index != called:
            unknown.add(f"turn {index}", "another call of the end tool")
    if held and any(piece.role is Role.USER for piece in pieces[called:]):
        unknown.add(f"turn {called}", "the user went on after the end")
    return _ending(pieces, called, unknown, allowed=bool(held))


def _id(piece: Piece) -> str:
    return piece.call.id if piece.call else ""


def _ending(pieces: Sequence[Piece], called: int, unknown: Unknown, *, allowed: bool) -> Ending:
    call = pieces[called].call
    arguments = _arguments(call) if call else {}
    where = f"turn {called}"
    return Ending(
        at_turn=_closing(pieces, called),
        called_at=called,
        reason=_reason(arguments),
        category=_category(arguments, where, unknown),
        explanation=_explanation(arguments, where, unknown),
        allowed=allowed,
    )


def _closing(pieces: Sequence[Piece], called: int) -> int:
    message = pieces[called].message
    words = [index for index, piece in enumerate(pieces) if piece.role is Role.ASSISTANT and piece.text.strip()]
    same = [index for index in words if message and pieces[index].message == message]
    if same:
        return same[-1]
    user = next((index for index in range(called, len(pieces)) if pieces[index].role is Role.USER), None)
    after = next((index for index in words if index > called and (user is None or index < user)), None)
    if after is not None:
        return after
    return len(pieces) if user is None else called


def _arguments(call: Call) -> dict[str, object]:
    """Return the arguments as an object; text that is none is the explanation."""
    if not isinstance(call.arguments, str):
        return mapping(call.arguments)
    try:
        decoded = json.loads(call.arguments)
    except (ValueError, RecursionError):
        return {"explanation": call.arguments}
    return decoded if isinstance(decoded, dict) else {"explanation": call.arguments}


def _normal(value: object) -> str:
    return re.sub(r"[^a-z0-9]+", "_", value.lower()).strip("_") if isinstance(value, str) else ""


def _reason(arguments: dict[str, object]) -> str:
    return _codes.get(_normal(arguments.get("reason")), OTHER)


def _category(arguments: dict[str, object], where: str, unknown: Unknown) -> str | None:
    value = arguments.get("category")
    code = _normal(value)
    if value is not None and not _code.fullmatch(code):
        unknown.add(where, "the category of the end")
    return code if _code.fullmatch(code) else None


def _explanation(arguments: dict[str, object], where: str, unknown: Unknown) -> str | None:
    """Return what the arguments say in free text, a reason that is none of ours first."""
    texts = [arguments.get(name) for name in EXPLAINS]
    if _normal(arguments.get("reason")) not in {*_codes, OTHER}:
        texts.insert(0, arguments.get("reason"))
    text = "\n".join(text for text in texts if isinstance(text, str) and text)
    if not sound(text) or len(text) > LONGEST:
        unknown.add(where, "the explanation of the end, kept in the call only")
        return None
    return text or None
