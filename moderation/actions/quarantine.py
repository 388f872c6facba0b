"""Keep what a genuine sender sent and we could not take."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.db import transaction

from conversations import ingest, vault
from conversations.models import Quarantined, Surface
from moderation.audit.events import Actor, Event, Target
from moderation.audit.log import record


@transaction.atomic
def quarantine_event(raw: bytes, surface: Surface, *, problem: str, field: str, detail: str, auth: str) -> Quarantined:
    """Keep, sealed, what a genuine sender sent and we could not take."""
    identity = uuid4()
    kept = Quarantined.objects.create(
        id=identity,
        surface=surface,
        problem=problem,
        fields=[field[:200]] if field else [],
        detail=detail[:300],
        body_bytes=len(raw),
        body_sha256=ingest.fingerprint(raw),
        sealed_body=vault.seal_own(raw, f"quarantine|{identity}"),
    )
    target = Target("quarantined", kept.public_id, surface.id)
    event = Event.EVENT_CONFLICTED if problem == "conflict" else Event.EVENT_QUARANTINED
    codes: dict[str, Any] = {"event": kept.public_id} if problem == "conflict" else {}
    record(event, target, actor=Actor("source", str(surface.id), auth), problem=problem, **codes)
    return kept
