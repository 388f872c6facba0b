"""Whether another log follows the newest one whose keys are here: then nothing may be signed in the name of this one.

Which log is the newest says the folder of keys (`origins.py`), so that no restored database can undo it. A machine whose folder was
restored, or to which `origin-2/` was never copied, would take the old log for the newest: its sequencer would have it grow again beside the
one that follows, and its receipts and certificates would name a log in which their entries never are. The database tells: it holds leaves
of the log that follows. Whoever signs asks it each time, in the transaction of what is signed, for a log may come to follow at any moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from conversations.copying import Statement
from moderation.audit import origins
from moderation.audit.keys import KeyUnusable
from moderation.models.audit import AuditEntry

LATER = "SELECT leaf_index FROM audit_entry WHERE leaf_index >= $1 ORDER BY leaf_index LIMIT 1"


class KeysBehind(KeyUnusable):
    """Another log follows the newest one whose keys are here; says which folder is missing."""


def question() -> Statement:
    """Return what asks the database for a log that follows, to be sent with other questions; `check` takes the rows of its answer."""
    return LATER, [origins.newest().end]


def check(told: Sequence[Sequence[Any]]) -> None:
    """Raise KeysBehind where the database told of a log that follows."""
    if told:
        [(place,)] = told
        raise KeysBehind(_words(origins.of_place(place)))


def refuse_behind(using: str = "default") -> None:
    """Raise KeysBehind where the database holds a log that follows."""
    if words := unknown(using):
        raise KeysBehind(words)


def unknown(using: str) -> str:
    """Return in words that the database holds a log that follows the newest one here; nothing where it does not."""
    later = AuditEntry.objects.using(using).filter(leaf_index__gte=origins.newest().end)
    place = later.order_by("leaf_index").values_list("leaf_index", flat=True).first()
    return "" if place is None else _words(origins.of_place(place))


def _words(log: origins.Origin) -> str:
    return f"{log.name} follows this log, and {log.folder} is missing or not whole: copy it from where it is, or end audit_succeed --write"
