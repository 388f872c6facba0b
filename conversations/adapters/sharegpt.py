"""Pure: ShareGPT, `conversations` of `{"from", "value"}`, with a `system` text where the set has one.

Tools are called in a turn from `function_call`, or inside the assistant's words between `<tool_call>` marks; there the words stay whole.
"""

from __future__ import annotations

import json

from conversations.adapters import endings
from conversations.adapters.adapted import Adapted, AdaptedBranch, Call, Piece, Unknown, canonical, mapping, settled, turns
from conversations.adapters.blocks import text_or_empty
from conversations.adapters.cloudevents import Invalid
from conversations.adapters.facts import name_strange, read_facts, read_moment
from conversations.adapters.openai_chat import read_call
from conversations.tree import Role

ROLES = {
    **dict.fromkeys(("human", "user"), Role.USER),
    **dict.fromkeys(("gpt", "assistant", "chatgpt", "bing", "bard", "claude", "model"), Role.ASSISTANT),
    **dict.fromkeys(("system", "system_prompt"), Role.SYSTEM),
    **dict.fromkeys(("function_call", "tool_call", "observation", "tool", "tool_response", "function", "function_response"), Role.TOOL),
}
CALLS = frozenset({"function_call", "tool_call"})
LISTS = ("conversations", "conversation", "messages", "items")
KNOWN = frozenset({
    *LISTS, "system", "tools", "id", "conversation_id", "session_id", "uuid", "user", "user_id", "metadata", "model", "started_at",
    "created_at", "create_time", "timestamp", "created", "source",
})  # fmt: skip
TURN = frozenset({"from", "role", "value", "content", "text", "timestamp", "created_at", "at", "weight", "loss"})


def adapt(value: object) -> Adapted:
    """Return one conversation; raises Invalid with the part at fault."""
    unknown = Unknown()
    body = mapping(value)
    name = next((name for name in LISTS if isinstance(body.get(name), list)), None)
    if name is None:
        raise Invalid("conversations", "is missing or no list")
    name_strange(body, KNOWN, "conversation", unknown)
    listed = body[name]
    assert isinstance(listed, list)
    system = text_or_empty(body.get("system"))
    prompt = [Piece(Role.SYSTEM, system)] if system else []
    said = [_piece(mapping(item), f"{name}[{index}]", unknown) for index, item in enumerate(listed)]
    pieces = settled([*prompt, *said], unknown)
    if not said:
        raise Invalid(name, "holds no turn")
    branch = AdaptedBranch("main", turns(pieces), endings.find(pieces, unknown))
    return Adapted("sharegpt", (branch,), read_facts((body,), unknown), unknown.named())


def _piece(body: dict[str, object], where: str, unknown: Unknown) -> Piece:
    writer = text_or_empty(body.get("from", body.get("role"))).lower()
    role = ROLES.get(writer)
    if role is None:
        raise Invalid(f"{where}.from", "is missing or no role of this shape")
    name_strange(body, TURN, where, unknown)
    value = next((body[name] for name in ("value", "content", "text") if name in body), None)
    if value is not None and role is not Role.TOOL and not isinstance(value, str):
        raise Invalid(f"{where}.value", "is no text")
    stamp = next((body[name] for name in ("timestamp", "created_at", "at") if body.get(name) is not None), None)
    text = value if isinstance(value, str) else "" if value is None else canonical(value)
    return Piece(role, text, read_moment(where, stamp, unknown), where, _call(writer, role, value))


def _call(writer: str, role: Role, value: object) -> Call | None:
    """Return the call a turn makes: the first one, or the one that ends the conversation where there are several."""
    if writer in CALLS:
        found = [_decoded(value)]
    elif role is Role.ASSISTANT and isinstance(value, str):
        found = [_decoded(part.rpartition("<tool_call>")[2]) for part in value.split("</tool_call>")[:-1]]
    else:
        return None
    calls = [call for item in found if (call := read_call(item[0] if isinstance(item, list) and item else item))]
    return next((call for call in calls if endings.ends_conversation(call.name)), calls[0] if calls else None)


def _decoded(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None
