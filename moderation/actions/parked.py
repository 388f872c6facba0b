"""Destroy what people wrote of branches that never came, and later the names in it; no rule for branches reaches these rows.

1. They go as long after their arrival as the rule for all that no other names says. An appeal goes only once it is decided, or somebody set
   it aside as one whose branch will not come, and as long after that. An open one stays, and so may its branch still come.
2. A legal hold on the person, their surface or a conversation named keeps them. One by query keeps all that came since it begins, for what
   they are about cannot be known.
3. Later they lose their names and the person who wrote them, as a conversation does (`unlinking.py`); of messages names are all there is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat

from conversations.models import Conversation, Feedback, JoinedLater, MessageSignal, Subject
from moderation.actions.forgetting import events_about, forget_events
from moderation.actions.joins import LATER
from moderation.actions.unlinking import UNLINKED, anything
from moderation.audit.events import NIL
from moderation.models import Appeal, FeedbackEcho, LegalHold, SetAside
from moderation.states import AppealState, HoldScope, LooseKind

UNDECIDED = (AppealState.FILED, AppealState.TAKEN)
EMPTY: Mapping[type[JoinedLater], Q] = {
    Feedback: Q(sealed_text=b""),
    Appeal: Q(sealed_text=b"", sealed_contact=b""),
    MessageSignal: Q(),
}
"""How a row looks that holds nothing written."""


def written(kind: type[JoinedLater], before: datetime) -> QuerySet[Any]:
    """Return the rows of a kind that hold something written, are over since before a moment, and that nothing keeps."""
    return _over(kind, before).exclude(EMPTY[kind])


def named(kind: type[JoinedLater], before: datetime) -> QuerySet[Any]:
    """Return the rows of a kind that hold nothing but names, are over since before a moment, and that nothing keeps."""
    return _over(kind, before).filter(EMPTY[kind]).exclude(conversation_external_id__startswith=UNLINKED)


def count_written(before: datetime) -> int:
    """Return how many pieces of feedback and appeals would be emptied."""
    return sum(written(kind, before).count() for kind in (Feedback, Appeal))


def count_named(before: datetime) -> int:
    """Return how many rows would lose their names."""
    return sum(named(kind, before).count() for kind in LATER)


def _over(kind: type[JoinedLater], before: datetime) -> QuerySet[Any]:
    rows = _free(kind, kind.objects.parked().filter(received_at__lt=before))
    return rows.filter(_closed(before)) if kind is Appeal else rows


def _closed(before: datetime) -> Q:
    """Match appeals that were decided before a moment, or that nobody took and somebody set aside before it."""
    name = Concat(Value(f"{LooseKind.APPEAL.value}:"), OuterRef("public_id"))
    set_aside = Exists(SetAside.objects.filter(loose_end=name, at__lt=before))
    decided = ~Q(state__in=UNDECIDED) & (Q(decided_at=None) | Q(decided_at__lt=before))
    return decided | Q(set_aside, state=AppealState.FILED)


def _free(kind: type[JoinedLater], rows: QuerySet[Any]) -> QuerySet[Any]:
    """Leave out what a legal hold keeps."""
    held = {scope: LegalHold.objects.holding().filter(scope=scope).values("about") for scope in HoldScope}
    known = Conversation.objects.filter(surface=OuterRef("surface"), external_id=OuterRef("conversation_external_id"))
    kept = known.filter(Q(pk__in=held[HoldScope.CONVERSATION]) | Q(subject__in=held[HoldScope.SUBJECT]))
    rows = rows.exclude(surface__in=held[HoldScope.SURFACE]).exclude(Exists(kept))
    if kind is not MessageSignal:
        rows = rows.exclude(subject__in=held[HoldScope.SUBJECT])
    for hold in LegalHold.objects.by_query():
        came = Q(received_at__gte=hold.since) if hold.since else Q(received_at__isnull=False)
        rows = rows.exclude(came if hold.about == NIL else came & Q(surface=hold.about))
    return rows


def destroy_written(before: datetime, room: int) -> Mapping[str, int]:
    """Empty, in the running transaction, so many rows at most and what was derived from them; returns counts by kind, none for no row."""
    feedback = _locked(written(Feedback, before), room)
    appeals = _locked(written(Appeal, before), room - len(feedback))
    if not feedback and not appeals:
        return {}
    events = events_about([*feedback.values(), *appeals.values()])
    forget_events(events)
    return {
        "unjoined": len(feedback) + len(appeals),
        "echoes": FeedbackEcho.objects.filter(feedback__in=feedback).delete()[0],
        "feedback": Feedback.objects.filter(pk__in=feedback).update(sealed_text=b""),
        "appeals": Appeal.objects.filter(pk__in=appeals).update(sealed_text=b"", sealed_contact=b""),
        "events": len(events),
    }


def _locked(rows: QuerySet[Any], room: int) -> dict[UUID, str]:
    """Lock the oldest rows, but those that a branch is just being joined with, and return their ids with their public ones."""
    free = rows.select_for_update(of=["self"], skip_locked=True)
    return dict(free.order_by("received_at", "pk").values_list("pk", "public_id")[:room])


def take_names(before: datetime, room: int) -> tuple[Counter[type[JoinedLater]], set[UUID]]:
    """Give so many rows at most random names and nobody for a writer, in the running transaction.

    Returns:
        how many of each kind, and whose they were.
    """
    counts: Counter[type[JoinedLater]] = Counter()
    former: set[UUID] = set()
    for kind in LATER:
        free = named(kind, before).select_for_update(of=["self"], skip_locked=True)
        rows = list(free.order_by("received_at", "pk")[: room - counts.total()])
        former |= _rename(kind, rows)
        counts[kind] += len(rows)
    return counts, former


def _rename(kind: type[JoinedLater], rows: list[Any]) -> set[UUID]:
    """Rename rows of one kind; returns whose they were."""
    fields = ["conversation_external_id", "branch_external_id"]
    for row in rows:
        row.conversation_external_id, row.branch_external_id = anything(), anything()
    former: set[UUID] = set()
    if kind is not MessageSignal:
        former = {row.subject_id for row in rows}
        forget_events(events_about([row.public_id for row in rows]))
        for row in rows:
            row.subject = Subject(surface_id=row.surface_id, pseudonym=anything())
        Subject.objects.bulk_create([row.subject for row in rows])
        fields.append("subject")
    kind.objects.bulk_update(rows, fields)
    return former
