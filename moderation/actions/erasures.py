"""Erase a person: asked for by one, approved by another, carried out by a worker, certified.

1. A request changes nothing. Approving it, by somebody else, gives it to a worker, or defers it where a legal hold keeps the person; it
   then goes on by itself when the hold is released.
2. The worker begins under the lock that holds are placed under, so that a hold comes before it, and then nothing is erased, or after it,
   and then who places the hold is told so. There is no way back from here.
3. First the keys die, durably, then one transaction clears the rest, records `subject.erased` and signs the certificate. A worker that dies
   between the two leaves text that nobody can read; the next one finds the keys gone and does the rest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from conversations.models import Subject
from moderation import leases, tasks, work
from moderation.actions.forgetting import Kept, clear, destroy_keys
from moderation.actions.policies import SamePerson
from moderation.audit import followed
from moderation.audit.events import Actor, Event, Target, service
from moderation.audit.keys import sign_certificate
from moderation.audit.log import Recorded, record
from moderation.leases import Leased
from moderation.models import Erasure, Kind, LegalHold, User
from moderation.states import ErasureReason, ErasureState

HOLD_LOCK = 0x5265636F_686F6C64
"""Key of the advisory lock under which erasures begin and holds are placed and released."""
ERASER = service("eraser")


class AlreadyErased(Exception):
    """The person was erased before, or is about to be."""


def under_hold_lock() -> None:
    """Wait until no erasure begins and no hold is placed or released, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [HOLD_LOCK])


def _target(erasure: Erasure) -> Target:
    return Target("erasure", erasure.public_id, erasure.subject.surface_id)


def _locked(public_id: str) -> Erasure:
    under_hold_lock()
    return Erasure.objects.select_for_update(of=["self"]).select_related("subject").get(public_id=public_id)


@transaction.atomic
def request_erasure(subject: Subject, reason: ErasureReason, *, asked_by: User, actor: Actor | None = None) -> Erasure:
    """Ask for a person to be erased; somebody else than `asked_by` approves it.

    Args:
        subject: who is to be erased.
        reason: why.
        asked_by: who wants it.
        actor: by whose hand, where it is not their own.

    Raises:
        AlreadyErased: it is done or under way.
    """
    locked = Subject.objects.select_for_update().get(pk=subject.pk)
    closed = [ErasureState.DONE, ErasureState.REFUSED]
    if locked.erased_at is not None or Erasure.objects.filter(subject=locked).exclude(state__in=closed).exists():
        raise AlreadyErased(locked.public_id)
    erasure = Erasure.objects.create(subject=locked, reason=reason.value, asked_by=asked_by)
    hand, asker = actor or asked_by.as_actor(), asked_by.pseudonym
    record(Event.ERASURE_REQUESTED, _target(erasure), actor=hand, reason=reason.value, subject=locked.public_id, asked_by=asker)
    return erasure


@transaction.atomic
def approve_erasure(public_id: str, *, actor: User) -> Erasure:
    """Let a worker carry out what somebody else asked for, or defer it while a hold keeps the person.

    Raises:
        SamePerson: they asked for it, or nobody says who did: it was asked for by a command, before that had to name somebody.
    """
    erasure = _locked(public_id)
    if erasure.asked_by_id in {actor.pk, None}:
        raise SamePerson(public_id)
    hold = LegalHold.objects.on_person(erasure.subject).first()
    erasure.move_to(ErasureState.DEFERRED if hold else ErasureState.APPROVED)
    erasure.approved_by, erasure.approved_at, erasure.hold = actor, timezone.now(), hold
    erasure.save(update_fields=["state", "approved_by", "approved_at", "hold"])
    record(Event.ERASURE_APPROVED, _target(erasure), actor=actor.as_actor(), subject=erasure.subject.public_id)
    if hold:
        _note_deferral(erasure, hold, actor.as_actor())
    else:
        _give_to_worker(erasure)
    return erasure


@transaction.atomic
def refuse_erasure(public_id: str, *, actor: User) -> Erasure:
    """Set a request aside; nothing is erased. Who asked may do so too."""
    erasure = _locked(public_id)
    erasure.move_to(ErasureState.REFUSED)
    erasure.finished_at = timezone.now()
    erasure.save(update_fields=["state", "finished_at"])
    record(Event.ERASURE_REFUSED, _target(erasure), actor=actor.as_actor(), subject=erasure.subject.public_id)
    return erasure


def _give_to_worker(erasure: Erasure) -> None:
    work.add(Kind.ERASE, erasure.id, version=str(erasure.deferrals), tenant=erasure.subject.surface_id, priority=work.URGENT)
    tasks.wake.delay_on_commit(Kind.ERASE.value)


def _note_deferral(erasure: Erasure, hold: LegalHold, actor: Actor) -> None:
    subject = erasure.subject.public_id
    record(Event.ERASURE_DEFERRED, _target(erasure), actor=actor, reason=hold.ground, subject=subject, hold=hold.public_id)


def defer_erasures(hold: LegalHold, *, actor: Actor) -> None:
    """Defer what is approved and waits for a worker, in the transaction that places a hold."""
    for erasure in Erasure.objects.select_for_update(of=["self"]).filter(state=ErasureState.APPROVED).select_related("subject"):
        if _is_kept(erasure, hold):
            _defer(erasure, hold, actor)


def too_late_for(hold: LegalHold) -> list[str]:
    """Return the erasures that had begun before a hold on their person was placed: no hold stops them any more."""
    running = Erasure.objects.filter(state=ErasureState.RUNNING).select_related("subject").order_by("asked_at", "pk")
    return [erasure.public_id for erasure in running if _is_kept(erasure, hold)]


def _is_kept(erasure: Erasure, hold: LegalHold) -> bool:
    return LegalHold.objects.on_person(erasure.subject).filter(pk=hold.pk).exists()


def _defer(erasure: Erasure, hold: LegalHold, actor: Actor) -> None:
    erasure.move_to(ErasureState.DEFERRED)
    erasure.hold = hold
    erasure.save(update_fields=["state", "hold"])
    _note_deferral(erasure, hold, actor)


def resume_erasures(hold: LegalHold, *, actor: Actor) -> None:
    """Let deferred erasures go on, in the transaction that releases a hold, unless another one keeps the person."""
    for erasure in Erasure.objects.select_for_update(of=["self"]).filter(state=ErasureState.DEFERRED, hold=hold).select_related("subject"):
        if other := LegalHold.objects.on_person(erasure.subject).first():
            erasure.hold = other
            erasure.save(update_fields=["hold"])
            _note_deferral(erasure, other, actor)
            continue
        erasure.move_to(ErasureState.APPROVED)
        erasure.hold, erasure.deferrals = None, erasure.deferrals + 1
        erasure.save(update_fields=["state", "hold", "deferrals"])
        subject = erasure.subject.public_id
        record(Event.ERASURE_RESUMED, _target(erasure), actor=actor, subject=subject, hold=hold.public_id)
        _give_to_worker(erasure)


@work.handles(Kind.ERASE, at_once=1)
def erase(item: Leased) -> None:
    """Destroy the keys, then clear and certify; raises LeaseLost if too late. What a hold deferred meanwhile is left alone."""
    erasure = _begin(item)
    if erasure is None:
        return
    kept = Kept(erasure.subject)
    keys = kept.keys()
    leases.extend(item)
    destroy_keys(keys)
    _finish(erasure, kept, keys, item)


@transaction.atomic
def _begin(item: Leased) -> Erasure | None:
    """Return the erasure to carry out, None where its turn is over: from now on no hold can stop it."""
    under_hold_lock()
    erasure = Erasure.objects.select_for_update(of=["self"]).select_related("subject").get(pk=item.subject)
    if erasure.term is ErasureState.APPROVED and (hold := LegalHold.objects.on_person(erasure.subject).first()):
        _defer(erasure, hold, ERASER)
    if erasure.term not in {ErasureState.APPROVED, ErasureState.RUNNING}:
        leases.finish(item)
        return None
    if erasure.term is ErasureState.APPROVED:  # a second try finds it running
        erasure.move_to(ErasureState.RUNNING)
        erasure.save(update_fields=["state"])
    return erasure


@transaction.atomic
def _finish(erasure: Erasure, kept: Kept, keys: Sequence[UUID], item: Leased) -> None:
    counts = clear(kept)
    digest = hashlib.sha256(b"".join(sorted(one.bytes for one in keys))).hexdigest()
    target = Target("subject", erasure.subject.public_id, erasure.subject.surface_id)
    entry = record(
        Event.SUBJECT_ERASED,
        target,
        actor=ERASER,
        reason=erasure.reason,
        erasure=erasure.public_id,
        keys=len(keys),
        key_sha256=digest,
        records=sum(counts.values()),
    )
    erasure.move_to(ErasureState.DONE)
    erasure.finished_at, erasure.records = timezone.now(), dict(counts)
    erasure.certificate = _certificate(erasure, keys, entry)
    erasure.save(update_fields=["state", "finished_at", "records", "certificate"])
    leases.finish(item)


def _certificate(erasure: Erasure, keys: Sequence[UUID], entry: Recorded) -> Mapping[str, Any]:
    """Return the signed certificate: what was destroyed, when, and until when a backup could still hold a key."""
    followed.refuse_behind()
    at = erasure.finished_at or timezone.now()
    return sign_certificate(
        {
            "certificate_id": erasure.public_id,
            "subject": erasure.subject.public_id,
            "erased_at": at.isoformat(),
            "keys": [str(one) for one in keys],
            "records": erasure.records,
            "key_store_backup_horizon": _horizon(at, settings.KEY_BACKUP_DAYS),
            "database_backup_horizon": _horizon(at, settings.DATABASE_BACKUP_DAYS),
            "log_entry": str(entry.id),
            "leaf_hash": entry.leaf_hash.hex(),
        }
    )


def _horizon(at: datetime, days: int) -> str:
    """Return the day after which no backup of this age is left."""
    return (at + timedelta(days=days)).date().isoformat()
