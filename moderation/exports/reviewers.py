"""What reviewers are called in an export: never by name, and by another pseudonym for each recipient and period.

A pseudonym is `r_` and the first 16 base-32 characters of HMAC-SHA256(scope key, id in the log). The scope key lies in the key store, made
on first use, so that two bundles for the same recipient and period agree and bundles of two recipients cannot be linked. Whoever needs to
know who is who asks for the export of that map, which takes two people.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from pathlib import Path
from uuid import UUID

import rfc8785
from django.conf import settings

from conversations.vault import own_key
from moderation.exports.csv import row
from moderation.exports.orders import Order
from moderation.exports.parts import Files
from moderation.models import Label, User
from moderation.models.exports import ExportFormat

FEWEST = 5
"""Fewer reviewers than this in an export are not told apart: each could be guessed."""
SHOWN = 16


def scope_key(scope: str) -> bytes:
    """Return the key of a recipient and period, made where there is none yet."""
    folder = Path(settings.KEYS_DIR) / "exports"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return own_key(folder / f"{hashlib.sha256(scope.encode()).hexdigest()[:32]}.key")


def pseudonym(key: bytes, audit_id: UUID) -> str:
    """Return what a reviewer is called under a scope key."""
    digest = hmac.digest(key, str(audit_id).encode(), "sha256")
    return "r_" + base64.b32encode(digest).decode()[:SHOWN]


def mapped(order: Order) -> dict[UUID, tuple[str, UUID]]:
    """Return the pseudonym and the log's id of everybody who labelled in the window, by their own id."""
    labels = Label.objects.filter(committed_at__lte=order.as_of)
    labels = labels.filter(committed_at__gte=order.since) if order.since else labels
    labels = labels.filter(committed_at__lt=order.until) if order.until else labels
    people = User.objects.filter(pk__in=labels.values("reviewer")).values_list("pk", "audit_id")
    key = scope_key(order.scope)
    return {identity: (pseudonym(key, audit_id), audit_id) for identity, audit_id in people}


def named(order: Order) -> dict[UUID, str]:
    """Return what each reviewer of the window is called; nothing where they are fewer than five."""
    found = mapped(order)
    return {identity: name for identity, (name, _) in found.items()} if len(found) >= FEWEST else {}


def files(order: Order) -> Files:
    """Return the map from pseudonyms to the ids in the log, as one member."""
    rows = sorted((name, str(audit_id)) for name, audit_id in mapped(order).values())
    if order.form is ExportFormat.CSV:
        return Files({"data.csv": b"".join([row(("reviewer", "actor_id")), *(row(one) for one in rows)])}, len(rows))
    lines = (rfc8785.dumps({"actor_id": actor, "reviewer": name}) + b"\n" for name, actor in rows)
    return Files({"data.ndjson": b"".join(lines)}, len(rows))
