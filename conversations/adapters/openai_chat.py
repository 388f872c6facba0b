"""Pure: OpenAI chat completions, the request's `messages` with the answer's `choices` where the log holds both.

A log line is a request, a request with `choices` beside it, or `{"request": …, "response": …}`. Several choices are several branches that
part after the request.
"""

from __future__ import annotations

from collections.abc import Sequence

from conversations.adapters import blocks, endings
from conversations.adapters.adapted import (
    MAX_BRANCHES,
    Adapted,
    AdaptedBranch,
    Call,
    Piece,
    Unknown,
    mapping,
    plain,
    settled,
    together,
    turns,
)
from conversations.adapters.blocks import Message, text_or_empty
from conversations.adapters.cloudevents import Invalid
from conversations.adapters.facts import name_strange, read_facts, read_moment
from conversations.tree import Role

ROLES = {
    "system": Role.SYSTEM,
    "developer": Role.SYSTEM,
    "user": Role.USER,
    "assistant": Role.ASSISTANT,
    "tool": Role.TOOL,
    "function": Role.TOOL,
}
MOMENT = ("timestamp", "created_at", "at")
KNOWN = frozenset({
    "messages", "choices", "request", "response", "model", "id", "object", "created", "created_at", "timestamp", "started_at",
    "create_time", "conversation_id", "conversationId", "session_id", "thread_id", "uuid", "user", "user_id", "safety_identifier",
    "metadata", "usage", "tools", "tool_choice", "functions", "function_call", "parallel_tool_calls", "temperature", "top_p", "n",
    "stop", "stream", "stream_options", "max_tokens", "max_completion_tokens", "presence_penalty", "frequency_penalty", "logit_bias",
    "logprobs", "top_logprobs", "seed", "response_format", "service_tier", "system_fingerprint", "store", "reasoning_effort",
    "modalities", "audio", "prediction", "verbosity", "prompt_cache_key",
})  # fmt: skip
MESSAGE = frozenset({
    "role", "content", "name", "tool_calls", "tool_call_id", "function_call", "refusal", "reasoning", "reasoning_content", "audio",
    "annotations", "id", *MOMENT,
})  # fmt: skip


def adapt(value: object) -> Adapted:
    """Return one conversation; raises Invalid with the part at fault."""
    unknown = Unknown()
    body = mapping(value)
    request, response = {**body, **mapping(body.get("request"))}, {**body, **mapping(body.get("response"))}
    name_strange({**request, **response}, KNOWN, "conversation", unknown)
    asked = settled(_messages(request.get("messages"), unknown), unknown)
    answers = [settled(answer, unknown, before=len(asked)) for answer in _choices(response.get("choices"), unknown)] or [[]]
    if not asked and not answers[0]:
        raise Invalid("messages", "holds no turn")
    branches = together(_branches(asked, answers, unknown))
    return Adapted("openai-chat", branches, read_facts((body, request, response), unknown), unknown.named())


def _branches(asked: list[Piece], answers: Sequence[list[Piece]], unknown: Unknown) -> list[AdaptedBranch]:
    """Return one branch for each choice; the others part from the first where the request ends."""
    first = [*asked, *answers[0]]
    found = [AdaptedBranch("main", turns(first), endings.find(first, unknown))]
    for number, answer in enumerate(answers[1:], 1):
        whole = [*asked, *answer]
        ending = endings.find(whole, unknown, start=len(asked))
        found.append(AdaptedBranch(f"choice-{number}", turns(whole), ending, "main", len(asked)))
    return found


def _messages(value: object, unknown: Unknown) -> list[Piece]:
    if not isinstance(value, list):
        raise Invalid("messages", "is missing or no list")
    return [piece for index, item in enumerate(value) for piece in message_pieces(item, f"messages[{index}]", unknown)]


def _choices(value: object, unknown: Unknown) -> list[list[Piece]]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise Invalid("choices", "is no list")
    if len(value) > MAX_BRANCHES:
        raise Invalid("choices", f"has more than {MAX_BRANCHES} items")
    return [message_pieces(mapping(item).get("message"), f"choices[{index}].message", unknown) for index, item in enumerate(value)]


def message_pieces(value: object, where: str, unknown: Unknown) -> list[Piece]:
    """Return the pieces of one message in the order reasoning, words, calls; raises Invalid."""
    body = mapping(value)
    role = ROLES.get(text_or_empty(body.get("role")))
    if role is None:
        raise Invalid(f"{where}.role", "is missing or no role of this shape")
    name_strange(body, MESSAGE, where, unknown)
    stamp = next((body[name] for name in MOMENT if body.get(name) is not None), None)
    message = Message(role, where, where, read_moment(where, stamp, unknown))
    if role is Role.TOOL:
        return [message.aside(blocks.without_media(body, where, unknown))]
    said = blocks.pieces(body.get("content"), message, unknown)
    found = [*_reasoning(body, message), *said, *_refusal(body, message), *_audio(body, message, unknown), *_calls(body, message)]
    return found or [message.piece("")]


def _reasoning(body: dict[str, object], message: Message) -> list[Piece]:
    found = {name: body[name] for name in ("reasoning", "reasoning_content") if body.get(name)}
    return [message.aside(found)] if found else []


def _refusal(body: dict[str, object], message: Message) -> list[Piece]:
    refusal = text_or_empty(body.get("refusal"))
    return [message.piece(refusal)] if refusal else []


def _audio(body: dict[str, object], message: Message, unknown: Unknown) -> list[Piece]:
    if not body.get("audio"):
        return []
    unknown.add(message.where, "audio, its transcript is kept")
    return [message.piece(text_or_empty(mapping(body["audio"]).get("transcript")) or "[audio]")]


def _calls(body: dict[str, object], message: Message) -> list[Piece]:
    calls = body.get("tool_calls")
    listed = [] if calls is None else calls if isinstance(calls, list) else [calls]
    if body.get("function_call"):
        listed = [*listed, {"type": "function", "function": body["function_call"]}]
    spoke = message.role is Role.ASSISTANT
    return [message.aside(item, call=read_call(item) if spoke else None) for item in listed]


def read_call(value: object) -> Call | None:
    """Return a call from `{"function": {"name", "arguments"}}`, or from the same without the wrapping."""
    body = mapping(value)
    inner = mapping(body.get(plain(body.get("type")))) or mapping(body.get("function")) or body
    name = text_or_empty(inner.get("name"))
    return Call(name, inner.get("arguments", inner.get("input")), text_or_empty(body.get("id"))) if name else None
