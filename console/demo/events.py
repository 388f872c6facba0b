"""CloudEvents of the demo world as plain dictionaries, in the shapes that surfaces send."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from console.demo.rhythm import stamp
from console.demo.script import Line, Script
from moderation.states import Act, EndReason

Json = dict[str, Any]

CONTROL_RATE = "0.01"


@dataclass(frozen=True, slots=True)
class Told:
    """A script with its place in the world: whose, where, when, and the event that tells it."""

    script: Script
    moments: tuple[datetime, ...]
    event: Json

    @property
    def time(self) -> datetime:
        """Return when it ended, or was sampled."""
        return datetime.fromisoformat(self.event["time"])

    @property
    def source(self) -> str:
        """Return the surface by its event source."""
        return str(self.event["source"])

    @property
    def conversation(self) -> Json:
        """Return the conversation as the event names it."""
        named: Json = self.event["data"]["conversation"]
        return named


def name(rng: Random, prefix: str) -> str:
    """Return a new id."""
    return f"{prefix}-{rng.getrandbits(64):016x}"


def envelope(rng: Random, kind: str, source: str, moment: datetime, data: Json) -> Json:
    """Return an event of a type such as `conversation.ended`."""
    return {
        "specversion": "1.0",
        "type": kind,
        "source": source,
        "id": name(rng, kind.rpartition(".")[2]),
        "time": stamp(moment),
        "datacontenttype": "application/json",
        "data": data,
    }


def transcript(lines: Sequence[Line], moments: Sequence[datetime]) -> list[Json]:
    """Return the turns with index, role, content and time."""
    pairs = zip(lines, moments, strict=True)
    return [
        {"index": index, "role": line.role.value, "content": line.text, "at": stamp(moment)} for index, (line, moment) in enumerate(pairs)
    ]


def place(told: Told) -> Json:
    """Return the short form by which feedback, appeals and messages name a branch."""
    named = told.conversation
    return {"id": named["id"], "branch": {"id": named["branch"]["id"]}}


def ending(rng: Random, script: Script, *, policy: str, scored: bool) -> Json:
    """Return what the model's request to end says of itself; `scored` adds the surface's own scores."""
    said: Json = {"actor": "model", "reason": script.reason.value, "at_turn": script.at_turn, "policy": policy, "allowed": True}
    if script.category:
        said["category"] = script.category
    if script.explanation:
        said["explanation"] = script.explanation
    if scored:
        said["scores"] = _scores(rng, script)
    return said


def _scores(rng: Random, script: Script) -> dict[str, float]:
    """Return scores that allow the end; in about one of twenty-five they do not."""
    low = rng.random() < 0.04
    sure = 0.1 if low else 0.6
    if script.reason is EndReason.USER_REQUEST:
        return {act.value: _score(rng, sure) for act in (Act.END_REQUEST, Act.CONFIRMATION_QUESTION, Act.CONFIRMATION)}
    scores = {script.category or "harassment": _score(rng, sure)}
    scores[Act.CRISIS_SELF.value] = round(rng.uniform(0.0, 0.25), 2)
    return scores


def _score(rng: Random, base: float) -> float:
    return round(rng.uniform(base, base + 0.35), 2)
