"""Empty what lies in quarantine once its time is over: the body as it came, and every correction of it.

1. A body is due `RETENTION_DAYS` after the latest of its arrival, its last try and its settlement, whether somebody settled it or not.
   Nobody can say for sure which ending it is about, so no rule by category or outcome holds for it.
2. What a legal hold may need is left alone: all of a surface that is held, or that a hold by query reaches into; and each body that holds a
   name of a person or a conversation that is held. To know that, each is opened once a night: a night goes on behind the last one.
3. Why it was not taken, its size, every try and how it was settled stay. One that nobody settled stays held, and can only be discarded.
4. Its key dies once the transaction that emptied it has been committed, as those of people do (`unlinking.destroy_left_keys`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Greatest
from django.utils import timezone

from conversations.models import Conversation, Quarantined, Replay, Subject
from moderation.actions.forgetting import as_json, holds_name
from moderation.audit.events import NIL
from moderation.models import LegalHold
from moderation.states import HoldScope

CHUNK = 20


def due(at: datetime) -> QuerySet[Quarantined]:
    """Return the bodies that are past their time and on no surface that is held, oldest first; some may hold the name of who is held."""
    tries = Replay.objects.filter(quarantined=OuterRef("pk")).order_by().values("quarantined").annotate(last=Max("tried_at")).values("last")
    full = Quarantined.objects.exclude(sealed_body=b"").annotate(last_step=Greatest("received_at", "settled_at", Subquery(tries)))
    past = full.filter(last_step__lt=at - timedelta(days=settings.RETENTION_DAYS))
    whole = LegalHold.objects.holding().filter(scope__in=[HoldScope.SURFACE, HoldScope.QUERY])
    kept = set(whole.values_list("about", flat=True))
    return past.none() if NIL in kept else past.exclude(surface__in=kept).order_by("received_at", "id")


def chosen(at: datetime, room: int, *, after: UUID | None) -> tuple[list[UUID], list[UUID]]:
    """Return the next bodies that are due, so many at most and behind one that was looked at, and those of them that may be emptied."""
    rows = due(at)
    if after:
        moment = Quarantined.objects.values_list("received_at", flat=True).get(pk=after)
        rows = rows.filter(Q(received_at__gt=moment) | Q(received_at=moment, pk__gt=after))
    seen, names = list(rows.values_list("pk", flat=True)[:room]), _held_names()
    if not names:
        return seen, seen
    read = Quarantined.objects.filter(pk__in=seen).prefetch_related("replays").iterator(chunk_size=CHUNK)
    return seen, [one.pk for one in read if not holds_name(one, names)]


def _held_names() -> list[bytes]:
    """Return what surfaces call the people and conversations that are held, as JSON writes it."""
    held = LegalHold.objects.holding().filter(scope__in=[HoldScope.SUBJECT, HoldScope.CONVERSATION]).values_list("scope", "about")
    return list(as_json(name for scope, about in held for name in _names_of(HoldScope(scope), about)))


def _names_of(scope: HoldScope, about: UUID) -> Iterator[str]:
    if scope is HoldScope.CONVERSATION:
        yield from Conversation.objects.filter(pk=about).values_list("external_id", flat=True)
        return
    yield from Subject.objects.filter(pk=about).values_list("pseudonym", flat=True)
    yield from Conversation.objects.filter(subject=about).values_list("external_id", flat=True)


def empty(bodies: Sequence[UUID]) -> list[UUID]:
    """Empty bodies and their corrections in the running transaction; returns those whose keys may die: one being tried just now is not."""
    rows = Quarantined.objects.select_for_update(of=["self"], skip_locked=True).filter(pk__in=bodies).exclude(sealed_body=b"")
    held = list(rows.values_list("pk", flat=True))
    Replay.objects.filter(quarantined__in=held).update(sealed_body=b"", body_sha256=b"")
    Quarantined.objects.filter(pk__in=held).update(sealed_body=b"", body_sha256=b"", emptied_at=timezone.now())
    return held
