"""Cosignatures by others: what we ask of each witness, and what its answer means (c2sp.org/tlog-witness).

1. Each witness is asked at most once a minute, with the newest checkpoint and the proof that it continues the one it saw last.
2. It answers with a cosignature, which is stored when it verifies. Where it saw another size than we thought (409), it is asked once more
   with the right proof.
3. Where it refuses the tree (422), or knows a larger one than ours (409), something is badly wrong: history was rewritten, or the database
   restored. Nothing newer is published from then on, until it agrees again, or the policy no longer names it.
4. A witness that is away costs its cosignature. Where that lets the quorum lapse for longer than the promised delay, pages say so. No act
   waits for a witness.
"""

from __future__ import annotations

import http.client
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from moderation.audit import origins, quorum
from moderation.audit.merkle import consistency_proof, wanted
from moderation.audit.notes import NoteError, encode, parse_note
from moderation.audit.quorum import Quorum, WitnessKey
from moderation.models.audit import AuditCheckpoint, AuditEntry, AuditNode
from moderation.models.witnesses import AuditCosignature, AuditWitness

EVERY = timedelta(minutes=1)
TIMEOUT_SECONDS = 15
MAX_ANSWER = 64 * 1024
MOST = 10_001
AGREED, DIFFERS, REFUSED = 200, 409, 422
UNREACHABLE, UNUSABLE = -1, -2
"""Statuses of our own: it did not answer, or its answer to a good request was not a cosignature of its key."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a witness answered, or -1 where it did not."""

    status: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """What people should know of the witnesses: who refused which size, whether the quorum lapsed, whether the policy is unclear."""

    refused: tuple[tuple[str, int], ...] = ()
    lapsed: bool = False
    unclear: bool = False
    overdue: int = 0
    """How many entries wait for their checkpoint for longer than receipts promise; counted up to 10,001."""


def standing(using: str = "default", now: datetime | None = None) -> Standing:
    """Return what pages say of the witnesses; never raises for an unclear policy."""
    refused = tuple((one.name, one.refused) for one in refusals(using).order_by("name") if one.refused is not None)
    at = now or datetime.now(UTC)
    late = AuditEntry.objects.using(using).pending().filter(created_at__lt=at - timedelta(seconds=settings.MERGE_DELAY_SECONDS))
    overdue = late[:MOST].count()
    try:
        return Standing(refused, lapsed(using, at), overdue=overdue)
    except (quorum.PolicyError, OSError):
        return Standing(refused, unclear=True, overdue=overdue)


def refusals(using: str = "default") -> QuerySet[AuditWitness]:
    """Return the witnesses in force that refused a tree; all that ever did, where the policy is unclear."""
    rows = AuditWitness.objects.using(using).filter(refused_size__gte=origins.current().base, refused_size__lt=origins.current().end)
    try:
        return rows.filter(name__in=policy().witnesses)
    except (quorum.PolicyError, OSError):
        return rows


def policy() -> Quorum:
    """Return the witnesses and the quorum in force; raises PolicyError or OSError where the file says nothing clear."""
    return quorum.read(Path(settings.LOG_POLICY).read_text()) if settings.LOG_POLICY else Quorum()


def ask_witnesses(*, using: str, now: datetime | None = None) -> list[str]:
    """Ask every witness that is due; returns a line for each that did not agree."""
    at, newest = now or datetime.now(UTC), AuditCheckpoint.objects.using(using).latest_signed()
    if newest is None:
        return []
    return [line for witness in policy().witnesses.values() if witness.url and (line := _ask(witness, newest, at, using))]


def lapsed(using: str = "default", now: datetime | None = None) -> bool:
    """Return whether entries have waited for the quorum for longer than the promised delay."""
    needed = policy()
    if needed.met_by(()):
        return False
    limit = (now or datetime.now(UTC)) - timedelta(seconds=settings.MERGE_DELAY_SECONDS) - EVERY
    old = AuditCheckpoint.objects.using(using).filter(created_at__lt=limit).latest_signed()
    return old is not None and (witnessed_size(needed, using) or 0) < old.leaves


def witnessed_size(needed: Quorum, using: str = "default") -> int | None:
    """Return the size of the largest tree that the quorum has cosigned; None before the first."""
    agreed = {one.name: one.seen for one in AuditWitness.objects.using(using)}
    for size in sorted({size for name, size in agreed.items() if size and name in needed.witnesses}, reverse=True):
        if needed.met_by([name for name, seen in agreed.items() if seen >= size]):
            return size
    return None


def witnessed_checkpoint(needed: Quorum, least: int, using: str = "default") -> int | None:
    """Return the size of the newest checkpoint over at least so many entries that bears a quorum of cosignatures; None where none does."""
    base = origins.current().base
    rows = AuditCosignature.objects.using(using).of_log().filter(size__gte=base + least).by(needed.witnesses).order_by("-size")
    found: dict[int, set[str]] = {}
    for place, name in rows.values_list("size", "witness")[:1000]:
        found.setdefault(place - base, set()).add(name)
    return next((size for size, names in found.items() if needed.met_by(names)), None)


def request_text(old: int, note: str, using: str) -> str:
    """Return what a witness is asked: the size it knows, the proof that the checkpoint continues that tree, the checkpoint."""
    size = int(note.split("\n")[1])
    proof = []
    if 0 < old < size:
        stored = AuditNode.objects.using(using).named(wanted(lambda nodes: consistency_proof(old, size, nodes)))
        proof = consistency_proof(old, size, lambda level, index: stored[level, index])
    return "\n".join([f"old {old}", *map(encode, proof), "", note])


def post(url: str, body: str) -> Reply:
    """Send one request without following any redirect, and return what came back."""
    parts = urlsplit(url)
    connect = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = connect(parts.netloc, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("POST", parts.path, body.encode(), {"Content-Type": "text/plain; charset=utf-8"})
        answer = connection.getresponse()
        return Reply(answer.status, answer.read(MAX_ANSWER).decode())
    except (OSError, http.client.HTTPException, UnicodeDecodeError):
        return Reply(UNREACHABLE)
    finally:
        connection.close()


def _ask(witness: WitnessKey, newest: AuditCheckpoint, at: datetime, using: str) -> str:
    state, _ = AuditWitness.objects.using(using).get_or_create(name=witness.name)
    if (state.asked_at and timedelta(0) <= at - state.asked_at < EVERY) or (state.size == newest.size and state.refused is None):
        return ""
    old = min(state.seen, newest.leaves)
    reply = post(f"{witness.url}/add-checkpoint", request_text(old, newest.note, using))
    known = reply.text.strip()
    if reply.status == DIFFERS and known.isdecimal() and int(known) <= newest.leaves:
        reply = post(f"{witness.url}/add-checkpoint", request_text(int(known), newest.note, using))
    state.asked_at = at
    return _note(witness, state, newest, reply, using)


def _note(witness: WitnessKey, state: AuditWitness, newest: AuditCheckpoint, reply: Reply, using: str) -> str:
    """Store what a witness answered; returns what is wrong, in words, empty where nothing is."""
    line, status = _cosignature(witness, newest.note, reply), reply.status
    if status == AGREED and not line:
        status = UNUSABLE
    state.status = status
    if line:
        state.size, state.agreed_at, state.refused_at, state.refused_size = newest.size, state.asked_at, None, None
    elif _contradicts(reply, newest.leaves):
        first = state.refused is None
        state.refused_at = state.asked_at if first else state.refused_at
        state.refused_size = newest.size if first else state.refused_size
    with transaction.atomic(using=using):
        if line:
            AuditCosignature.objects.using(using).get_or_create(size=newest.size, witness=witness.name, defaults={"line": line})
        state.save(using=using, update_fields=["size", "status", "asked_at", "agreed_at", "refused_at", "refused_size"])
    if line:
        return ""
    refused = state.refused is not None
    return f"{witness.name} refused the tree of {newest.leaves}" if refused else f"{witness.name} did not cosign: {status}"


def _contradicts(reply: Reply, size: int) -> bool:
    known = reply.text.strip()
    return reply.status == REFUSED or (reply.status == DIFFERS and known.isdecimal() and int(known) > size)


def _cosignature(witness: WitnessKey, note: str, reply: Reply) -> str:
    """Return the line of the answer that is this witness's valid cosignature; empty where there is none."""
    if reply.status != AGREED:
        return ""
    try:
        parsed = parse_note((parse_note(note.encode()).text + "\n" + reply.text).encode())
    except NoteError:
        return ""
    key = witness.verifier
    mine = [one for one in parsed.signatures if (one.name, one.key_id) == (key.name, key.key_id) and key.accepts(parsed.text, one)]
    return mine[0].line() if mine else ""
