"""Request, approve, refuse, build, hand out and expire exports.

Whatever holds conversation text, unmasks somebody or has very many rows waits for a second person. A worker builds it, in slices of
seconds, and goes on where another one died; what no worker can finish is said to have failed.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from conversations.models import ConversationEnd
from moderation import leases, tasks, work
from moderation.actions.conversations import open_transcript
from moderation.actions.policies import check_second_person
from moderation.audit import origins
from moderation.audit.events import NIL, Actor, Event, Target, service
from moderation.audit.keys import KeyUnusable
from moderation.audit.log import record
from moderation.audit.origins import SPAN
from moderation.audit.quorum import PolicyError
from moderation.exports import building
from moderation.exports.bundle import BadRange, NotYet
from moderation.exports.kinds import KINDS
from moderation.exports.log import entries_of, leaves_of
from moderation.exports.orders import Order, Refused
from moderation.exports.packing import TooLarge
from moderation.leases import Leased
from moderation.models import AuditCheckpoint, AuditEntry, Export, ExportFormat, ExportKind, ExportLink, Kind, User, WorkItem
from moderation.states import ExportState, Purpose, Redaction, WorkState

KEPT = timedelta(days=30)
SLICE_SECONDS = 20.0
"""After so long a worker gives the rest back to the work table: a task that takes much longer is killed, and it may have worked before."""
AGAIN = timedelta(seconds=2)
REPORT_SECONDS = 1.0
OF_PEOPLE = (ExportKind.ENDINGS, ExportKind.DECISIONS, ExportKind.CASE)
"""What can hold something that a user said."""
COMMAND = service("export")
BUILDER = service("exporter")


class BadOrder(ValueError):
    """What was asked for is no export: the message says why."""


class _Enough(Exception):
    """This slice of the work is done; the rest follows."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks for."""

    kind: ExportKind
    form: ExportFormat
    redaction: Redaction | None = None
    since: datetime | None = None
    until: datetime | None = None
    recipient: str = ""
    subject: str = ""
    leaves: tuple[int, int] | None = None
    """The first and the last entry of the log, by index, instead of a window."""
    log: int | None = None
    """The number of the log it takes, where it takes the log; the newest by default."""


def _target(export: Export) -> Target:
    return Target("export", export.public_id)


@transaction.atomic
def request_export(asked: Asked, *, actor: User | None) -> Export:
    """Ask for a bundle; it waits for another person where it has to. Without a person it is a command that asks. Raises BadOrder."""
    redaction = _checked(asked)
    export = Export(
        kind=asked.kind, format=asked.form, redaction=redaction, since=asked.since, until=asked.until,
        recipient=asked.recipient, subject=asked.subject, requested_by=actor,
    )  # fmt: skip
    if asked.leaves or asked.log not in {None, origins.newest().number}:
        export.leaves_asked, (export.first_leaf, export.last_leaf) = True, _places(asked, Order.of(export))
    _measure(export)
    if export.needs_two and actor is None:
        raise BadOrder("This takes two people: ask for it on the page of exports.")
    who = actor.as_actor() if actor else COMMAND
    codes: dict[str, Any] = {"kind": asked.kind.value, "format": asked.form.value, "redaction": redaction.value}
    codes |= {"order_sha256": Order.of(export).sha256, "two_people": int(export.needs_two)}
    if asked.subject:
        codes["subject"] = asked.subject
    export.request_entry = record(Event.EXPORT_REQUESTED, _target(export), actor=who, **codes).id
    export.save()
    if not export.needs_two:
        _release(export)
    return export


def _checked(asked: Asked) -> Redaction:
    """Return how much is taken out; raises BadOrder for what no recipe can make."""
    recipe = KINDS[asked.kind]
    redaction = asked.redaction or recipe.redactions[0]
    if asked.form not in recipe.formats:
        raise BadOrder(f"It comes as {', '.join(one.label for one in recipe.formats)}.")
    if redaction not in recipe.redactions:
        raise BadOrder("It does not come with this taken out.")
    if asked.since and asked.until and asked.since >= asked.until:
        raise BadOrder("The window ends before it begins.")
    if recipe.about and not ConversationEnd.objects.filter(public_id=asked.subject).exists():
        raise BadOrder("There is no such ending.")
    if asked.subject and not recipe.about:
        raise BadOrder("It is not about one ending.")
    if asked.leaves and (not recipe.leaves or asked.since or asked.until):
        raise BadOrder("Entries are asked for by number only of the log, and without a window.")
    if asked.log is not None and not (recipe.leaves and 1 <= asked.log <= origins.newest().number):
        raise BadOrder("There is no such log, or it is not made of the log.")
    return redaction


def _places(asked: Asked, order: Order) -> tuple[int, int]:
    """Return the places of the first and the last entry that are asked for, by number or, of a log that grows no more, by window.

    Raises BadOrder where the log has none such, or signed none such before another followed it.
    """
    with origins.at(asked.log or origins.newest().number) as log:
        head = AuditCheckpoint.objects.latest_signed()
        most = SPAN if log == origins.newest() else head.leaves if head else 0
        first, last = asked.leaves or leaves_of(order) or (0, -1)
        last = last if asked.leaves else min(last, most - 1)
        if not 0 <= first <= last < most or not AuditEntry.objects.leaves(last, last).exists():
            raise BadOrder("The log has no such entries.")
        return log.base + first, log.base + last


def _measure(export: Export) -> None:
    """Count its rows, and decide whether it needs a second person."""
    recipe = KINDS[ExportKind(export.kind)]
    order = Order.of(export)
    if order.leaves:
        export.rows = order.leaves[1] - order.leaves[0] + 1
    else:
        export.rows = entries_of(order).count() if recipe.leaves else recipe.count(order)
    export.needs_two = export.redaction == Redaction.NONE or export.rows > settings.EXPORT_ROWS_ALONE


def _release(export: Export) -> None:
    """Let a worker begin."""
    export.move_to(ExportState.APPROVED)
    export.save(update_fields=["state"])
    work.add(Kind.EXPORT, export.id, version="1", tenant=NIL)
    tasks.wake.delay_on_commit(Kind.EXPORT.value)


def check_approver(export: Export, actor: User) -> None:
    """Raise SamePerson or FreshRole unless this person may approve now."""
    check_second_person(export.requested_by_id, actor, export.public_id)


@transaction.atomic
def approve_export(export_id: UUID, *, actor: User) -> Export:
    """Approve what another person asked for; raises SamePerson or FreshRole."""
    export = Export.objects.select_for_update().get(pk=export_id)
    check_approver(export, actor)
    _release(export)
    export.approved_by, export.approved_at = actor, timezone.now()
    order_sha256 = Order.of(export).sha256
    export.approval_entry = record(Event.EXPORT_APPROVED, _target(export), actor=actor.as_actor(), order_sha256=order_sha256).id
    export.save(update_fields=["approved_by", "approved_at", "approval_entry"])
    return export


@transaction.atomic
def refuse_export(export_id: UUID, *, actor: User) -> Export:
    """Refuse what was asked for, or take one's own request back."""
    export = Export.objects.select_for_update().get(pk=export_id)
    export.move_to(ExportState.REFUSED)
    export.save(update_fields=["state"])
    record(Event.EXPORT_REFUSED, _target(export), actor=actor.as_actor())
    return export


@work.handles(Kind.EXPORT, at_once=1)
def build_export(item: Leased) -> None:
    """Build a slice at most, outside any transaction and with a heartbeat; the next slice, or worker, goes on from there."""
    export = _begin(item)
    if export is None:
        return
    try:
        _fix_leaves(export)
        built = building.build(export, _heart(export, item))
    except _Enough:
        leases.postpone(item, timedelta(), "goes_on")
    except NotYet:
        leases.postpone(item, AGAIN, "not_in_the_log_yet")
    except (OSError, Refused, BadRange, TooLarge, KeyUnusable, PolicyError) as error:
        _give_up(export.pk, item, str(error) if isinstance(error, Refused) else type(error).__name__)
    else:
        _finish(export.pk, item, built)


def _heart(export: Export, item: Leased) -> building.Beat:
    """Return what is called between segments: it shows progress, keeps the lease, and ends a slice; the first call ends none."""
    began, told = 0.0, 0.0

    def beat(rows: int) -> None:
        nonlocal began, told
        first, began = not began, began or monotonic()
        if monotonic() - told >= REPORT_SECONDS or rows == export.rows:
            told = monotonic()
            Export.objects.filter(pk=export.pk).update(rows_done=rows)
            leases.extend(item)
        if not first and monotonic() - began > SLICE_SECONDS:
            raise _Enough

    return beat


@transaction.atomic
def _begin(item: Leased) -> Export | None:
    """Return the export to build, None where it came to its end another way."""
    export = Export.objects.select_for_update().get(pk=item.subject)
    begins = export.term is ExportState.APPROVED
    if begins:
        export.move_to(ExportState.BUILDING)
        export.save(update_fields=["state"])
    if export.term is ExportState.BUILDING and not _is_as_ordered(export):
        _give_up(export.pk, item, "order_changed")
        return None
    if begins:
        _note_reading(export)
    return export if _still_building(export, item) else None


def _still_building(export: Export, item: Leased) -> bool:
    """Tell whether it is to be built; where it came to its end another way, the work is done and what was written goes."""
    if export.term is ExportState.BUILDING:
        return True
    leases.finish(item)
    if export.term is not ExportState.READY:
        transaction.on_commit(lambda: building.remove(export))
    return False


def _is_as_ordered(export: Export) -> bool:
    """Return whether the row still says what the log says was asked for and, where it takes two, approved.

    Entries of before orders were recorded say nothing of it, and change nothing.
    """
    expected = {"order_sha256": Order.of(export).sha256, "two_people": int(export.needs_two)}
    acts = [(Event.EXPORT_REQUESTED, export.request_entry)]
    acts += [(Event.EXPORT_APPROVED, export.approval_entry)] if export.needs_two else []
    return all(_said(export, event, entry_id, expected) for event, entry_id in acts)


def _said(export: Export, event: Event, entry_id: UUID | None, expected: dict[str, Any]) -> bool:
    """Return whether an entry is this act on this export, and says nothing else of what is expected."""
    entry = AuditEntry.objects.naming(event).about("export", export.public_id).filter(pk=entry_id or NIL).first()
    return entry is not None and all(entry.entry["codes"].get(name, value) == value for name, value in expected.items())


def _fix_leaves(export: Export) -> None:
    """Fix which part of the log it takes, once its request has a leaf: what came before it has one too. Raises NotYet."""
    if not KINDS[ExportKind(export.kind)].leaves or export.first_leaf is not None:
        return
    if not AuditEntry.objects.filter(pk=export.request_entry or NIL, leaf_index__isnull=False).exists():
        raise NotYet("the request has no leaf yet")
    if span := leaves_of(Order.of(export)):
        base = origins.current().base
        export.first_leaf, export.last_leaf = base + span[0], base + span[1]
        export.rows = span[1] - span[0] + 1
        export.save(update_fields=["first_leaf", "last_leaf", "rows"])


def _note_reading(export: Export) -> None:
    """Record, under the name of who asked, that a transcript leaves, before a byte of it is decrypted."""
    if export.holds_transcript and export.requested_by:
        open_transcript(ending_of(export.subject).branch, Purpose.LEGAL, actor=export.requested_by)


def ending_of(subject: str) -> ConversationEnd:
    """Return the ending that a case file is about; raises ConversationEnd.DoesNotExist."""
    return ConversationEnd.objects.select_related("branch__conversation").get(public_id=subject)


@transaction.atomic
def _finish(export_id: UUID, item: Leased, built: building.Built) -> None:
    export = Export.objects.select_for_update().get(pk=export_id)
    if not _still_building(export, item):
        return
    export.move_to(ExportState.READY)
    export.rows = export.rows_done = built.rows
    export.bytes, export.sha256, export.manifest_sha256, export.checkpoint = built.size, built.sha256, built.manifest_sha256, built.tree
    export.ready_at, export.expires_at = timezone.now(), timezone.now() + KEPT
    fields = ["state", "rows", "rows_done", "bytes", "sha256", "manifest_sha256", "checkpoint", "ready_at", "expires_at"]
    export.save(update_fields=fields)
    target, manifest = _target(export), built.manifest_sha256
    record(Event.EXPORT_PRODUCED, target, actor=BUILDER, rows=built.rows, sha256=built.sha256, manifest=manifest)
    leases.finish(item)
    transaction.on_commit(lambda: building.discard(export))


@transaction.atomic
def _give_up(export_id: UUID, item: Leased, why: str) -> None:
    if _still_building(Export.objects.select_for_update().get(pk=export_id), item):
        _fail(export_id, why)
        leases.finish(item)


def _fail(export_id: UUID, why: str) -> None:
    export = Export.objects.select_for_update().get(pk=export_id)
    export.move_to(ExportState.FAILED)
    export.error = why[:200]
    export.save(update_fields=["state", "error"])
    record(Event.EXPORT_FAILED, _target(export), actor=BUILDER, reason=why.partition(":")[0][:60].replace(" ", "_"))
    transaction.on_commit(lambda: building.remove(export))


@work.periodic
@transaction.atomic
def fail_abandoned() -> int:
    """Say of exports whose work ran out of tries that they failed. Returns how many."""
    dead = WorkItem.objects.filter(kind=Kind.EXPORT, state=WorkState.DEAD).values("subject")
    lost = list(Export.objects.filter(state=ExportState.BUILDING, pk__in=dead).values_list("pk", flat=True)[:100])
    for export_id in lost:
        _fail(export_id, "abandoned")
    return len(lost)


@transaction.atomic
def take_export(export: Export, *, actor: User) -> None:
    """Record that a person takes the file, and where it holds a transcript that they read it; committed before the first byte leaves."""
    if export.holds_transcript:
        open_transcript(ending_of(export.subject).branch, Purpose.LEGAL, actor=actor)
    note_download(export, actor=actor.as_actor())


@transaction.atomic
def note_download(export: Export, *, actor: Actor) -> None:
    """Record that somebody takes the file; committed before the first byte leaves."""
    record(Event.EXPORT_DOWNLOADED, _target(export), actor=actor, sha256=export.sha256)


@transaction.atomic
def make_link(export_id: UUID, hours: int, *, actor: User) -> tuple[ExportLink, str]:
    """Return a link for whoever has no sign-in, and its secret, which is shown once. Raises BadOrder for what may not leave that way."""
    export = Export.objects.select_for_update().get(pk=export_id)
    if export.term is not ExportState.READY or export.redaction == Redaction.NONE:
        raise BadOrder("Only a finished export without conversation text and names can be fetched by a link.")
    secret = secrets.token_urlsafe(32)
    until = min(timezone.now() + timedelta(hours=hours), export.expires_at or timezone.now())
    hashed = hashlib.sha256(secret.encode()).hexdigest()
    link = ExportLink.objects.create(export=export, secret_sha256=hashed, made_by=actor, until=until)
    record(Event.EXPORT_LINKED, _target(export), actor=actor.as_actor(), link=link.public_id, until=int(until.timestamp()))
    return link, secret


def find_link(secret: str) -> ExportLink | None:
    """Return the link of a secret while it lasts and its export is there."""
    hashed = hashlib.sha256(secret.encode()).hexdigest()
    live = ExportLink.objects.select_related("export").filter(until__gt=timezone.now(), export__state=ExportState.READY)
    return live.filter(secret_sha256=hashed).first()


@work.periodic
def expire_exports() -> int:
    """Delete files past their time; their hash stays in the log. Returns how many."""
    due = Export.objects.filter(state=ExportState.READY, expires_at__lt=timezone.now())
    return sum(_expire(export) for export in due[:100])


@transaction.atomic
def _expire(export: Export) -> int:
    export = Export.objects.select_for_update().get(pk=export.pk)
    if export.term is not ExportState.READY:
        return 0
    export.move_to(ExportState.EXPIRED)
    export.save(update_fields=["state"])
    record(Event.EXPORT_EXPIRED, _target(export), actor=BUILDER)
    transaction.on_commit(lambda: building.remove(export))
    return 1


@work.periodic
def remove_leftovers() -> int:
    """Delete what lies on disk of exports that ended: a worker that died or was too late may have left it. Returns of how many."""
    found = building.leftovers()
    for export in found:
        building.remove(export)
    return len(found)


def holding_text_of(endings: Collection[str]) -> QuerySet[Export]:
    """Return the exports that may hold what was said in these endings: built or being built with nothing taken out."""
    full = Export.objects.filter(kind__in=OF_PEOPLE, redaction=Redaction.NONE, state__in=[ExportState.READY, ExportState.BUILDING])
    return full.filter(~Q(kind=ExportKind.CASE) | Q(subject__in=list(endings)))


def withdraw_exports(exports: Iterable[Export]) -> None:
    """Delete exports before their time, in the running transaction, and stop those that are being built."""
    for export in exports:
        if export.term is ExportState.BUILDING:
            _fail(export.pk, "withdrawn")
        else:
            _expire(export)


def file_exists(export: Export) -> bool:
    """Return whether the bundle still lies where it should."""
    return export.path.is_file() and export.path.parent == settings.EXPORTS_DIR
