"""How the work table stands, kind by kind: for its page and for the API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min
from django.utils import timezone

from moderation.models import Kind, WorkItem
from moderation.states import WorkState

HOUR = timedelta(hours=1)
WAITING = (WorkState.READY, WorkState.LEASED)


@dataclass(frozen=True, slots=True)
class Row:
    """How one kind of work stands; `done` counts the last hour, `oldest` is when the longest waiting was asked for."""

    kind: Kind
    ready: int
    leased: int
    dead: int
    oldest: datetime | None
    done: int

    @property
    def rate(self) -> float:
        """How many were done in a minute, over the last hour."""
        return self.done / 60


def standing() -> list[Row]:
    """Return how each kind stands; what was done long ago is not counted, so that a long history costs nothing."""
    undone = WorkItem.objects.order_by().filter(state__in=[*WAITING, WorkState.DEAD])
    counts = {(kind, state): n for kind, state, n in undone.values_list("kind", "state").annotate(n=Count("id"))}
    oldest = dict(undone.filter(state__in=WAITING).values_list("kind").annotate(at=Min("created_at")))
    recent = WorkItem.objects.order_by().filter(state=WorkState.DONE, done_at__gt=timezone.now() - HOUR)
    done = dict(recent.values_list("kind").annotate(n=Count("id")))
    return [
        Row(
            kind,
            counts.get((kind.value, WorkState.READY.value), 0),
            counts.get((kind.value, WorkState.LEASED.value), 0),
            counts.get((kind.value, WorkState.DEAD.value), 0),
            oldest.get(kind.value),
            done.get(kind.value, 0),
        )
        for kind in Kind
    ]
