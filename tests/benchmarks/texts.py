"""What is sent: conversations of the demo's composer, each two told one after the other, under fresh names; about 5 kB an event."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count, cycle
from uuid import uuid4

import msgspec

from console.demo.compose import world

SOURCE = "/surfaces/web-chat"
UNTIL = datetime(2026, 11, 1, tzinfo=UTC)
COMPOSED = 1000


def transcripts() -> list[list[dict]]:
    """Return composed transcripts, the same ones every time."""
    told = [one["data"]["transcript"] for one in world(11, endings=COMPOSED, controls=0, until=UNTIL).events if "ending" in one["data"]]
    pairs = zip(told, told[1:] + told[:1], strict=True)
    return [_numbered([*first, *second]) for first, second in pairs]


def _numbered(turns: list[dict]) -> list[dict]:
    return [{"index": index, "role": turn["role"], "content": turn["content"]} for index, turn in enumerate(turns)]


class Supply:
    """Events without end, as bytes; each is about a conversation of its own, by a user of its own."""

    def __init__(self) -> None:
        self.texts = cycle(transcripts())
        self.run, self.numbers = uuid4().hex[:8], count()

    def take(self, many: int) -> list[bytes]:
        """Return the next events."""
        return [msgspec.json.encode(self._event(f"{self.run}-{next(self.numbers)}")) for _ in range(many)]

    def _event(self, tag: str) -> dict:
        turns = next(self.texts)
        conversation = {
            "id": f"conv-{tag}",
            "user": f"user-{tag}",
            "model": {"name": "claude-opus-4-1", "version": "20250805"},
            "locale": "en",
            "started_at": "2026-10-01T10:00:00Z",
            "branch": {"id": f"br-{tag}", "parent_id": None, "forked_at_turn": None},
        }
        ending = {
            "actor": "model",
            "reason": "persistent_harm",
            "category": "violence",
            "at_turn": len(turns) - 1,
            "explanation": "The request was repeated after a warning.",
        }
        return {
            "specversion": "1.0",
            "type": "conversation.ended",
            "source": SOURCE,
            "id": f"end-{tag}",
            "time": "2026-10-01T10:20:00Z",
            "datacontenttype": "application/json",
            "data": {"conversation": conversation, "ending": ending, "transcript": turns},
        }
