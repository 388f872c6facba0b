"""Pure: Anthropic Messages, a request with the model's answer where the log holds it.

A log line is a request (`system`, `messages`), a request with the answer's `content` beside it, or `{"request": …, "response": …}`.
"""

from __future__ import annotations

from conversations.adapters import blocks, endings
from conversations.adapters.adapted import Adapted, AdaptedBranch, Piece, Unknown, mapping, settled, turns
from conversations.adapters.blocks import Message, text_or_empty
from conversations.adapters.cloudevents import Invalid
from conversations.adapters.facts import name_strange, read_facts, read_moment
from conversations.tree import Role

ROLES = {"user": Role.USER, "assistant": Role.ASSISTANT, "system": Role.SYSTEM}
MOMENT = ("timestamp", "created_at", "at")
KNOWN = frozenset({
    "system", "messages", "request", "response", "content", "role", "type", "model", "id", "conversation_id", "conversationId",
    "session_id", "thread_id", "uuid", "user", "user_id", "metadata", "started_at", "created_at", "create_time", "timestamp", "created",
    "max_tokens", "temperature", "top_p", "top_k", "stop_sequences", "stop_sequence", "stop_reason", "stream", "tools", "tool_choice",
    "thinking", "service_tier", "usage", "container", "mcp_servers", "context_management", "anthropic_version", "anthropic_beta",
    "betas", "cache_control",
})  # fmt: skip
MESSAGE = frozenset(
    {"role", "content", "id", "type", "model", "stop_reason", "stop_sequence", "usage", "container", "stop_details", *MOMENT}
)


def adapt(value: object) -> Adapted:
    """Return one conversation; raises Invalid with the part at fault."""
    unknown = Unknown()
    body = mapping(value)
    request, response = {**body, **mapping(body.get("request"))}, mapping(body.get("response"))
    name_strange(request, KNOWN, "conversation", unknown)
    pieces = settled([*_system(request, unknown), *_messages(request, unknown), *_answer(body, response, unknown)], unknown)
    if not pieces:
        raise Invalid("messages", "holds no turn")
    branch = AdaptedBranch("main", turns(pieces), endings.find(pieces, unknown))
    return Adapted("anthropic-messages", (branch,), read_facts((body, request, response), unknown), unknown.named())


def _system(request: dict[str, object], unknown: Unknown) -> list[Piece]:
    return blocks.pieces(request.get("system"), Message(Role.SYSTEM, "system"), unknown)


def _messages(request: dict[str, object], unknown: Unknown) -> list[Piece]:
    value = request.get("messages")
    if not isinstance(value, list):
        raise Invalid("messages", "is missing or no list")
    return [piece for index, item in enumerate(value) for piece in _pieces(mapping(item), f"messages[{index}]", unknown)]


def _answer(body: dict[str, object], response: dict[str, object], unknown: Unknown) -> list[Piece]:
    answer = response or ({"role": "assistant", "content": body["content"]} if "content" in body else {})
    return _pieces({"role": "assistant", **answer}, "response", unknown) if answer else []


def _pieces(body: dict[str, object], where: str, unknown: Unknown) -> list[Piece]:
    role = ROLES.get(text_or_empty(body.get("role")))
    if role is None:
        raise Invalid(f"{where}.role", "is missing or no role of this shape")
    name_strange(body, MESSAGE, where, unknown)
    stamp = next((body[name] for name in MOMENT if body.get(name) is not None), None)
    message = Message(role, where, at=read_moment(where, stamp, unknown))
    return blocks.pieces(body.get("content"), message, unknown) or [message.piece("")]
