"""Pure: the content of one message, a text or a list of typed blocks, to pieces.

Blocks of text stay text. What the model did beside speaking (thinking, calling a tool) and what a tool gave back become turns of role
`tool` with the block's JSON. Pictures, sound and files become a placeholder in words and are named: their bytes are not text.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from conversations.adapters.adapted import Call, Piece, Unknown, canonical, mapping, plain
from conversations.adapters.cloudevents import Invalid
from conversations.tree import Role

TEXT = {"text": "text", "input_text": "text", "output_text": "text", "summary_text": "text", "refusal": "refusal"}
CALLS = frozenset({"tool_use", "server_tool_use", "mcp_tool_use"})
ASIDES = frozenset({"thinking", "redacted_thinking", "reasoning"})
MEDIA = frozenset({
    "image", "image_url", "input_image", "audio", "input_audio", "video", "document", "file", "input_file", "container_upload",
})  # fmt: skip
SHOWN = ("media_type", "format", "filename", "title", "file_id", "url", "image_url")


@dataclass(frozen=True, slots=True)
class Message:
    """Where the blocks belong: who wrote them, when, and in which message, said by its place in the transcript."""

    role: Role
    where: str
    key: str = ""
    at: datetime | None = None

    def piece(self, text: str) -> Piece:
        """Return a piece of what was said."""
        return Piece(self.role, text, self.at, self.key or self.where)

    def aside(self, value: object, *, call: Call | None = None, failed: str = "") -> Piece:
        """Return a piece that is no speech, as its JSON."""
        return Piece(Role.TOOL, canonical(value), self.at, self.key or self.where, call, failed)


def pieces(content: object, message: Message, unknown: Unknown) -> list[Piece]:
    """Return the pieces of a message's content; raises Invalid where it is neither text nor blocks."""
    if isinstance(content, str):
        return [message.piece(content)]
    if content is None:
        return []
    if not isinstance(content, list):
        raise Invalid(f"{message.where}.content", "is neither text nor a list of blocks")
    return [_piece(block, f"{message.where}.content[{index}]", message, unknown) for index, block in enumerate(content)]


def _piece(block: object, where: str, message: Message, unknown: Unknown) -> Piece:
    body = mapping({"type": "text", "text": block} if isinstance(block, str) else block)
    kind = text_or_empty(body.get("type"))
    text = body.get(TEXT[kind]) if kind in TEXT else None
    if isinstance(text, str):
        return message.piece(text)
    if kind in MEDIA:
        return message.piece(placeholder(body, where, unknown))
    if kind in CALLS:
        return message.aside(body, call=_call(body) if message.role is Role.ASSISTANT else None)
    if kind.endswith("tool_result"):
        return message.aside(without_media(body, where, unknown), failed=_failed(body))
    if kind not in ASIDES:
        unknown.add(where, f"block of type {plain(body.get('type'))}, kept as JSON")
    return message.aside(block)


def _call(body: dict[str, object]) -> Call:
    return Call(text_or_empty(body.get("name")), body.get("input"), text_or_empty(body.get("id")))


def _failed(body: dict[str, object]) -> str:
    return text_or_empty(body.get("tool_use_id")) if body.get("is_error") is True else ""


def text_or_empty(value: object) -> str:
    """Return a text, an empty one for anything else."""
    return value if isinstance(value, str) else ""


def without_media(body: dict[str, object], where: str, unknown: Unknown) -> dict[str, object]:
    """Return a tool's answer with pictures and files in its content replaced by placeholders."""
    content = body.get("content")
    if not isinstance(content, list):
        return body
    kept = [_kept(item, f"{where}.content[{index}]", unknown) for index, item in enumerate(content)]
    return {**body, "content": kept}


def _kept(item: object, where: str, unknown: Unknown) -> object:
    body = mapping(item)
    media = text_or_empty(body.get("type")) in MEDIA
    return {"type": "text", "text": placeholder(body, where, unknown)} if media else item


def placeholder(body: dict[str, object], where: str, unknown: Unknown) -> str:
    """Return words for what is no text: its kind, its media type, its name and its address; a document that is text stays text."""
    kind = plain(body.get("type"))
    source = {**body, **mapping(body.get(kind)), **mapping(body.get("source"))}
    label = f"[{' '.join([kind, *(text for name in SHOWN if (text := _shown(source.get(name))))])}]"
    if source.get("type") == "text" and isinstance(source.get("data"), str):
        return f"{label}\n{source['data']}"
    if "content" in source:
        return f"{label}\n{canonical(without_media(source, where, unknown)['content'])}"
    unknown.add(where, f"{kind}, kept as a placeholder")
    return label


def _shown(value: object) -> str:
    """Return a name or an address; an address that holds the bytes themselves is no address."""
    text = text_or_empty(value)
    return text.split(",", 1)[0] if text.startswith("data:") else text
