"""Verify the log by a worker: ask, follow how far it is, keep what it found."""

from __future__ import annotations

from time import monotonic
from typing import Any

import msgspec
from django.db import transaction
from django.utils import timezone

from moderation import leases, tasks, work
from moderation.audit import sequencer
from moderation.audit.events import NIL, Event, Target
from moderation.audit.findings import Findings, Report
from moderation.audit.keys import KeyUnusable
from moderation.audit.log import record
from moderation.audit.merkle import Tree
from moderation.audit.quorum import PolicyError
from moderation.audit.rebuilding import Reached
from moderation.audit.verify import verify_slice
from moderation.leases import Leased
from moderation.models import Kind, User, Verification

REPORT_SECONDS = 1.0
SLICE_SECONDS = 20.0


def _target(verification: Verification) -> Target:
    return Target("verification", verification.public_id)


@transaction.atomic
def request_verification(*, actor: User) -> Verification:
    """Ask a worker to verify the whole log."""
    verification = Verification.objects.create(requested_by=actor)
    record(Event.LOG_VERIFICATION_REQUESTED, _target(verification), actor=actor.as_actor())
    work.add(Kind.VERIFY, verification.id, version="1", tenant=NIL)
    tasks.wake.delay_on_commit(Kind.VERIFY.value)
    return verification


@work.handles(Kind.VERIFY, at_once=1)
def verify(item: Leased) -> None:
    """Verify a slice on a connection of its own, outside any transaction of ours; raises LeaseLost if too late.

    A worker's task is ended after 90 seconds. So each slice takes a part of that, keeps what it reached and asks for the next; one that is
    killed costs its own time and nothing before it.
    """
    verification = Verification.objects.select_related("requested_by").get(pk=item.subject)
    reached, until, told = _reached(verification.reached), monotonic() + SLICE_SECONDS, 0.0

    def advance(done: int, total: int) -> None:
        nonlocal told
        if monotonic() - told >= REPORT_SECONDS or done == total:
            told = monotonic()
            Verification.objects.filter(pk=verification.pk).update(entries_done=done, entries=total)
            leases.extend(item)

    try:
        report = verify_slice(reached, advance, enough=lambda: monotonic() >= until, using=sequencer.alias())
    except (KeyUnusable, PolicyError, OSError) as error:
        _give_up(verification, item, type(error).__name__)
        return
    if report is None:
        _go_on(verification, item, reached)
    else:
        _keep(verification, item, report)


def _reached(kept: dict[str, Any] | None) -> Reached:
    """Return where the next slice begins."""
    if not kept:
        return Reached(canonical=True)
    return Reached(
        Tree(kept["size"], {int(level): bytes.fromhex(value) for level, value in kept["peaks"].items()}),
        kept["after"],
        msgspec.convert(kept["findings"], Findings),
        kept["seconds"],
        canonical=True,
        whole=kept.get("whole", False),
        before={int(number): _reached(one) for number, one in kept.get("before", {}).items()},
    )


def _kept(reached: Reached) -> dict[str, Any]:
    """Return what the next slice begins with, as JSON has it."""
    return {
        "size": reached.tree.size,
        "peaks": {level: value.hex() for level, value in reached.tree.peaks.items()},
        "after": reached.after,
        "findings": msgspec.to_builtins(reached.findings),
        "seconds": reached.seconds,
        "whole": reached.whole,
        "before": {str(number): _kept(one) for number, one in reached.before.items()},
    }


@transaction.atomic
def _go_on(verification: Verification, item: Leased, reached: Reached) -> None:
    """Keep what was reached, and ask for the next slice."""
    verification.reached = _kept(reached)
    verification.save(update_fields=["reached"])
    work.add(Kind.VERIFY, verification.id, version=str(int(item.version) + 1), tenant=NIL)
    tasks.wake.delay_on_commit(Kind.VERIFY.value)
    leases.finish(item)


@transaction.atomic
def _keep(verification: Verification, item: Leased, report: Report) -> None:
    """Store what was found and record it, under the name of who asked."""
    verification.sound, verification.finished_at, verification.report = report.ok, timezone.now(), msgspec.to_builtins(report)
    verification.entries = verification.entries_done = report.size
    verification.save(update_fields=["sound", "finished_at", "report", "entries", "entries_done"])
    target, actor = _target(verification), verification.requested_by.as_actor()
    if report.ok:
        record(Event.LOG_VERIFIED, target, actor=actor, size=report.size, root=report.root)
    else:
        check = report.problems[0].check.partition(",")[0]  # a code takes no comma; where it lies follows one
        record(Event.LOG_VERIFICATION_FAILED, target, actor=actor, check=check)
    leases.finish(item)


@transaction.atomic
def _give_up(verification: Verification, item: Leased, code: str) -> None:
    verification.finished_at, verification.error = timezone.now(), code
    verification.save(update_fields=["finished_at", "error"])
    record(
        Event.LOG_VERIFICATION_FAILED, _target(verification), actor=verification.requested_by.as_actor(), check="could_not_run", reason=code
    )
    leases.finish(item)
