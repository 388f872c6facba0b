"""What becomes of a signed checkpoint: it goes to witnesses, to a time-stamping authority, and to the places that keep copies.

It runs in a thread of the sequencer, as its database role, on a connection of its own: all of this waits for others, and neither an act nor
the sequencer may wait for them. Each step stands alone. One that fails is told and tried again; none stops another.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from django.conf import settings
from django.db import DatabaseError, connections

from moderation.audit import drops, timestamps, witness
from moderation.audit.keys import KeyUnusable
from moderation.audit.published import head
from moderation.audit.quorum import PolicyError
from moderation.audit.sequencer import Hindrance

Tell = Callable[[Hindrance], None]
INTERVAL = 2.0
STOPPING_SECONDS = 5


def publish_once(*, using: str) -> list[str]:
    """Do once what is due; returns a line for everything that went wrong."""
    steps = [
        partial(witness.ask_witnesses, using=using),
        partial(_stamp, using),
        *(partial(_copy, place, using) for place in settings.LOG_DROPS),
    ]
    return [line for step in steps for line in _each(step)]


def follow(stop: threading.Event, interval: float, *, using: str, tell: Tell) -> None:
    """Publish until told to stop; `tell` hears each trouble when it begins."""
    told: set[str] = set()
    try:
        while not stop.is_set():
            troubles = set(publish_once(using=using))
            for line in sorted(troubles - told):
                tell(Hindrance(line))
            told = troubles
            connections[using].close_if_unusable_or_obsolete()
            stop.wait(interval)
    finally:
        connections[using].close()


@contextmanager
def beside(stop: threading.Event, *, using: str, once: bool, tell: Tell) -> Iterator[None]:
    """Publish in a thread while a block runs and until `stop` is set (`once`: a single time after it)."""
    if once:
        yield
        for line in publish_once(using=using):
            tell(Hindrance(line))
        return
    thread = threading.Thread(target=follow, args=(stop, INTERVAL), kwargs={"using": using, "tell": tell}, name="publishing", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(STOPPING_SECONDS)


def _stamp(using: str) -> list[str]:
    timestamps.stamp_due(using=using)
    return []


def _copy(place: str, using: str) -> list[str]:
    newest = head(using)
    if newest:
        drops.copy_to(drops.drop_at(place), newest, using=using)
    return []


def _each(step: Callable[[], list[str]]) -> list[str]:
    try:
        return step()
    except (drops.DropError, timestamps.TimestampError, PolicyError, KeyUnusable) as error:
        return [str(error)]
    except (OSError, DatabaseError) as error:
        return [f"could not publish: {type(error).__name__}"]
