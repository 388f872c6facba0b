"""Pure: a conversation out of a foreign shape to the CloudEvents that a surface would have sent.

1. A branch that the model ended becomes `conversation.ended`; the others of that conversation become `conversation.started` and
   `conversation.branched`, which give its lineage.
2. Where nothing ended, each branch becomes `conversation.continued`, if the rate is given at which such conversations were drawn. Without a
   rate the conversation is refused: an end is never made up.
3. Names are the log's own where it has them, else the SHA-256 of what was said, so that the same conversation is the same event.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from conversations.adapters.adapted import Adapted, AdaptedBranch, Ending, canonical
from conversations.adapters.cloudevents import Invalid, stand_in
from conversations.tree import Turn

UNKNOWN_MODEL = "unknown"


@dataclass(frozen=True, slots=True)
class Origin:
    """What the sender knows and the log may not: the surface, whose it is, at which rate it was drawn, and when it was at the latest."""

    source: str
    user: str = ""
    sampling_rate: str = ""
    at: datetime | None = None


def to_events(adapted: Adapted, origin: Origin) -> list[dict[str, object]]:
    """Return the events of a conversation, parents first; raises Invalid where it has no end and no rate, or no time at all."""
    if adapted.ending is None and not origin.sampling_rate:
        raise Invalid("transcript", "has no end in it", code="no-end")
    started = min(_moments(adapted), default=origin.at)
    if started is None:
        raise Invalid("transcript", "has no time in it", code="no-time")
    names = _Names(adapted, origin)
    return [_event(branch, names, started) for branch in adapted.branches]


def _moments(adapted: Adapted) -> list[datetime]:
    said = [turn.at for branch in adapted.branches for turn in branch.turns]
    return [moment for moment in (adapted.facts.started_at, *said) if moment]


def missing(adapted: Adapted, origin: Origin) -> tuple[str, ...]:
    """Return which facts of an event the log does not have, so that something else stands for them."""
    facts = adapted.facts
    absent = {
        "id: not in it, made from what was said": not facts.conversation_id,
        "user: not in it, a stand-in for each conversation": not (facts.user or origin.user),
        "model: not in it": not facts.model,
        "time: not in it, the one given or the file's own": not _moments(adapted),
    }
    return tuple(text for text, is_so in absent.items() if is_so)


class _Names:
    """The names of one conversation, and what all its events share."""

    def __init__(self, adapted: Adapted, origin: Origin) -> None:
        facts = adapted.facts
        self.origin, self.ended = origin, adapted.ending is not None
        self.conversation = facts.conversation_id or f"conv-{_digest(_said(adapted), origin.user)}"
        self.user = facts.user or origin.user or stand_in(self.conversation)
        self.model = {"name": facts.model or UNKNOWN_MODEL, "version": facts.version}

    def event(self, kind: str, branch: AdaptedBranch) -> str:
        """Return the name of the event of a branch."""
        return f"{kind.removeprefix('conversation.')}-{_digest(self.conversation, branch.id)}"

    def reference(self, branch: AdaptedBranch, started: datetime) -> dict[str, object]:
        """Return the conversation as events name it."""
        place = {"id": branch.id, "parent_id": branch.parent_id, "forked_at_turn": branch.forked_at}
        return {"id": self.conversation, "user": self.user, "model": self.model, "started_at": started.isoformat(), "branch": place}


def _said(adapted: Adapted) -> list[list[list[str]]]:
    return [[[turn.role, turn.content] for turn in branch.turns] for branch in adapted.branches]


def _digest(*parts: object) -> str:
    return hashlib.sha256(canonical(list(parts)).encode()).hexdigest()[:32]


def _event(branch: AdaptedBranch, names: _Names, started: datetime) -> dict[str, object]:
    kind = _kind(branch, names)
    data: dict[str, object] = {"conversation": names.reference(branch, started), "transcript": [_turn(turn) for turn in branch.turns]}
    if branch.ending:
        data["ending"] = _ending(branch.ending)
    if kind == "conversation.continued":
        data["sampling"] = {"rate": names.origin.sampling_rate}
    told = branch.turns[: branch.ending.called_at + 1] if branch.ending else branch.turns
    time = max((turn.at for turn in told if turn.at), default=started)
    return {
        "specversion": "1.0",
        "type": kind,
        "source": names.origin.source,
        "id": names.event(kind, branch),
        "time": time.isoformat(),
        "datacontenttype": "application/json",
        "data": data,
    }


def _kind(branch: AdaptedBranch, names: _Names) -> str:
    if branch.ending:
        return "conversation.ended"
    if not names.ended and not branch.sidechain and branch.turns:
        return "conversation.continued"
    return "conversation.branched" if branch.parent_id else "conversation.started"


def _turn(turn: Turn) -> dict[str, object]:
    told: dict[str, object] = {"index": turn.index, "role": turn.role.value, "content": turn.content}
    return {**told, "at": turn.at.isoformat()} if turn.at else told


def _ending(ending: Ending) -> dict[str, object]:
    told: dict[str, object] = {"actor": ending.actor, "reason": ending.reason, "at_turn": ending.at_turn, "allowed": ending.allowed}
    return {**told, "category": ending.category, "explanation": ending.explanation}
