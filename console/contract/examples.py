"""One event of each type as a surface would send it, and what is answered. Sentences of our own; a test sends every one of them."""

from __future__ import annotations

import json
from typing import Any

SOURCE = "/surfaces/web-chat"
CONVERSATION: dict[str, Any] = {
    "id": "conv-7f3a",
    "user": "user-19c2",
    "model": {"name": "claude-opus-4-1", "version": "20250805"},
    "locale": "en",
    "started_at": "2026-01-05T09:50:00Z",
    "branch": {"id": "br-1", "parent_id": None, "forked_at_turn": None},
}
ABOUT = {"id": "conv-7f3a", "branch": {"id": "br-1"}}
INSULTS = (
    ("user", "You are useless."),
    ("assistant", "I would like to help with something else. If the insults go on, I may end this conversation."),
    ("user", "Useless and stupid."),
    ("assistant", "I am ending this conversation. You can start a new one, or edit an earlier message."),
)
TALK = (("user", "What is the capital of France?"), ("assistant", "Paris."))


def _event(kind: str, event_id: str, time: str, /, **data: Any) -> dict[str, Any]:  # noqa: ANN401  # what the type takes
    return {
        "specversion": "1.0",
        "type": kind,
        "source": SOURCE,
        "id": event_id,
        "time": time,
        "datacontenttype": "application/json",
        "data": data,
    }


def _turns(said: tuple[tuple[str, str], ...]) -> list[dict[str, Any]]:
    return [{"index": index, "role": role, "content": content} for index, (role, content) in enumerate(said)]


def _conversation(number: int, **branch: Any) -> dict[str, Any]:  # noqa: ANN401  # the branch's facts
    return {**CONVERSATION, "id": f"conv-{number}", "branch": {"id": f"br-{number}", **branch}}


ENDING = {"actor": "model", "reason": "persistent_abuse", "category": "harassment", "at_turn": 3, "explanation": "Insults went on."}

EVENTS: dict[str, dict[str, Any]] = {
    "conversation.ended": _event(
        "conversation.ended",
        "end-1",
        "2026-01-05T10:00:00Z",
        conversation=CONVERSATION,
        ending={**ENDING, "allowed": True, "scores": {"harassment": 0.93}},
        transcript=_turns(INSULTS),
    ),
    "conversation.continued": _event(
        "conversation.continued",
        "control-1",
        "2026-01-05T10:01:00Z",
        conversation=_conversation(2),
        sampling={"rate": "0.01"},
        transcript=_turns(TALK),
    ),
    "conversation.branched": _event(
        "conversation.branched",
        "branch-1",
        "2026-01-05T10:02:00Z",
        conversation={**CONVERSATION, "branch": {"id": "br-2", "parent_id": "br-1", "forked_at_turn": 2}},
        transcript=_turns(INSULTS[:2]),
    ),
    "conversation.started": _event("conversation.started", "thread-1", "2026-01-05T10:03:00Z", conversation=_conversation(3)),
    "message.accepted": _event("message.accepted", "message-1", "2026-01-05T10:04:00Z", conversation=ABOUT, at="2026-01-05T10:04:00Z"),
    "message.rejected": _event("message.rejected", "message-2", "2026-01-05T10:05:00Z", conversation=ABOUT, at="2026-01-05T10:05:00Z"),
    "surface.volume": _event(
        "surface.volume", "volume-2026010510", "2026-01-05T11:00:00Z", hour="2026-01-05T10:00:00Z", conversations=1200
    ),
    "feedback.given": _event(
        "feedback.given",
        "feedback-1",
        "2026-01-05T10:06:00Z",
        conversation=ABOUT,
        thumbs="down",
        kind="disagree",
        text="It was a joke.",
        at_turn=3,
    ),
    "appeal.filed": _event(
        "appeal.filed", "appeal-1", "2026-01-05T10:07:00Z", conversation=ABOUT, text="Please look again.", contact="ticket-4711"
    ),
}
BATCH = [EVENTS["conversation.ended"], EVENTS["feedback.given"]]
LINES = "".join(json.dumps(one, separators=(",", ":")) + "\n" for one in BATCH)
TRANSCRIPT = {
    "model": "gpt-4.1",
    "created": 1767606600,
    "messages": [{"role": "user", "content": "What is the capital of France?"}, {"role": "assistant", "content": "Paris."}],
}

RECEIPT: dict[str, Any] = {
    "v": 1,
    "origin": "recourse.example/log",
    "event_id": "end-1",
    "entry_id": "019b8cf4-7a31-7c1e-a1f5-2f1d6c0b9e57",
    "leaf_hash": "5d1b3c6f0c7a4f0e9a8b7c6d5e4f30211f2e3d4c5b6a79880716253443526170",
    "commit": "0b9e572f1d6ca1f57c1e7a31019b8cf45d1b3c6f0c7a4f0e9a8b7c6d5e4f3021",
    "received_at": "2026-01-05T10:00:01.482113+00:00",
    "mmd": 60,
    "key_id": "a1b2c3d4",
    "sig": "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJCrze8SNFZ4kA==",
}
RESULTS: list[dict[str, Any]] = [
    {"index": 0, "status": "accepted", "receipt": RECEIPT},
    {
        "index": 1,
        "status": "invalid",
        "problem": "invalid",
        "field": "data.ending.at_turn",
        "detail": "data.ending.at_turn must be a whole number, not text.",
    },
]
STOPPED = {"index": 2, "status": "stopped", "problem": "malformed", "detail": "The rest is not what its Content-Encoding says."}
RESULT_LINES = "".join(json.dumps(one, separators=(",", ":")) + "\n" for one in [*RESULTS, STOPPED])
