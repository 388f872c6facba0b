"""Single events that come at once share one transaction, and each is still answered by itself.

What an event costs is mostly not its own: questions asked, rows sent, two waits for a disk (the keys of people, the database). So whoever
comes while another event of the same sender is being taken waits for that to end, and the first of those who waited takes all of them.
Nobody waits for company: an event that comes alone is taken at once.

Only new conversations can go together, as in a batch. Any other event, a request whose key was seen or is being answered elsewhere, and
the whole group where the database turns one of it away, goes by itself as if it had come alone.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import partial
from threading import Lock
from uuid import UUID

from django.db import Error, transaction
from django.utils import timezone

from conversations import vault
from conversations.adapters.cloudevents import Continued, Ended, Invalid
from conversations.adapters.cloudevents import Event as Incoming
from conversations.bulk import Naming
from conversations.copying import ask
from moderation.actions.answers import Answer, Keyed, accepted_row, answer_once
from moderation.actions.batches import BY_INDEX, Sent, accept_batch, questions, take_fresh
from moderation.actions.events import read_event
from moderation.audit.log import current_request

MOST = 64
LOCK = """
    SELECT pg_advisory_xact_lock_shared($1)::text, ARRAY(
        SELECT pg_try_advisory_xact_lock(number) FROM unnest($2::bigint[]) WITH ORDINALITY AS asked(number, place) ORDER BY place
    )
"""
BEFORE = "SELECT key FROM conversations_storedanswer WHERE surface_id = $1 AND key = ANY($2) AND part = 0 AND expires_at > $3"


@dataclass(eq=False, slots=True)
class Waiting:
    """A request that waits for its turn: answered by whoever has it, or, when that is done and there is no answer, by itself."""

    keyed: Keyed
    event: Incoming
    sent: Sent
    answer: Answer | None = None
    done: bool = False


class Line:
    """Those who wait, of one sender: one at a time has the turn."""

    def __init__(self) -> None:
        self.turn = Lock()
        self.waiting: deque[Waiting] = deque()

    def group(self) -> list[Waiting]:
        """Take those who came first out of the line."""
        return [self.waiting.popleft() for _ in range(min(MOST, len(self.waiting)))]


_lines: dict[tuple[UUID, str], Line] = {}
"""By surface and key, of this process: as many as there are keys."""


def answer_among_others(keyed: Keyed, raw: bytes, *, auth: str) -> Answer:
    """Take one event of a genuine sender, once, and return its answer; as `answer_once` does.

    Raises:
        InFlight: another process answers this key just now.
        KeyReused: the key came before with another body.
    """
    sent = Sent(raw, auth, current_request.get())
    return _gathered(keyed, sent) or answer_once(keyed, partial(accept_batch, [raw], keyed.surface, auth=auth))


def _gathered(keyed: Keyed, sent: Sent) -> Answer | None:
    """Return the answer to an event that went with others, None where it has to go by itself."""
    try:
        event = read_event(sent.raw, keyed.surface, auth=sent.auth)
    except Invalid:
        return None
    if not isinstance(event.data, Ended | Continued):
        return None
    mine, line = Waiting(keyed, event, sent), _lines.setdefault((keyed.surface.pk, sent.auth), Line())
    line.waiting.append(mine)
    with line.turn:
        while not mine.done:  # more may have come before than one group takes
            _take(line.group())
    return mine.answer


def _take(group: list[Waiting]) -> None:
    """Answer those of a group that can go together; nobody waits for it any longer, whatever happens.

    Nobody is answered before the transaction holds: who is left without an answer is told by itself what is wrong, or taken.
    """
    try:
        for place, answer in _take_together(group).items():
            group[place].answer = answer
    except (Error, vault.Erased):
        pass  # nothing of it was kept
    finally:
        for one in group:
            one.done = True


@transaction.atomic
def _take_together(group: list[Waiting]) -> dict[int, Answer]:
    """Take those that can go together, and return their answers by their places in the group."""
    now, surface = timezone.now(), group[0].keyed.surface
    naming = Naming(surface, {place: one.event for place, one in enumerate(group)})
    locks, keys = [one.keyed.lock for one in group], [one.keyed.key for one in group]
    first = (LOCK, [group[0].keyed.surface_lock, locks]), BY_INDEX, (BEFORE, [surface.pk, keys, now])
    [(_, mine)], _, before, *told = ask(*first, *questions(naming))
    answered = {key for (key,) in before}
    naming.drop(place for place, one in enumerate(group) if not mine[place] or one.keyed.key in answered)
    beside = {place: accepted_row(group[place].keyed, event.id, now) for place, event in naming.candidates.items()}
    results = take_fresh(naming, told, [one.sent for one in group], beside)
    return {place: Answer([result], replayed=False) for place, result in results.items()}
