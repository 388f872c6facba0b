"""Link endings to what the same user did next: every night, and when somebody asks.

1. A run is asked for. It looks at people, not at endings: all of one user's endings are linked together, so that an episode is whole.
2. Which people: those of whom something came since the last finished run began, those whose window has closed, and everybody where the
   rules changed or there was no run. A late commit may carry an earlier time, so `since` lies an hour before.
3. A worker takes them in batches, in the order of their ids. Each batch ends in one transaction with what was found, the place reached and
   the work item of the next batch: killed anywhere, the run goes on where it was, and nothing is found twice.
4. A finding that is as before adds nothing; one that differs is a new version, and supersedes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from conversations.models import Branch, Conversation, ConversationEnd, Subject, Transcript
from moderation import leases, tasks, work
from moderation.actions.classifications import Measurement, record_classifications
from moderation.audit.events import NIL, Actor, Event, Target, service
from moderation.audit.log import record
from moderation.classifiers.registry import classifier
from moderation.leases import Leased
from moderation.lineages import Examined, Found, Rule, examine
from moderation.models import Aftermath, FollowUp, Kind, Lineage, LineageRun, RequestSignature, User, WorkItem
from moderation.states import LineageRunState, WorkState

BATCH = 50
OVERLAP = timedelta(hours=1)
ASKING_LOCK = 0x5265636F_6C696E65
"""Key of the advisory lock under which a run is asked for."""


@transaction.atomic
def ask_for_lineages(*, actor: Actor, asked_by: User | None = None) -> LineageRun:
    """Begin a run, or return the one that is under way; one whose work has died is stopped and followed by another."""
    _one_after_the_other()
    running = LineageRun.objects.filter(state=LineageRunState.RUNNING).first()
    if running is not None and _lives(running):
        return running
    if running is not None:
        _stop(running)
    run = _new_run(asked_by)
    record(Event.LINEAGES_ASKED, _target(run), actor=actor)
    _go_on(run, 1)
    return run


def _one_after_the_other() -> None:
    """Let two who ask at once come one after the other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ASKING_LOCK])


def _target(run: LineageRun) -> Target:
    return Target("lineage_run", run.public_id)


def _lives(run: LineageRun) -> bool:
    waiting = [WorkState.READY, WorkState.LEASED]
    return WorkItem.objects.filter(kind=Kind.LINEAGE, subject=run.id, state__in=waiting).exists()


def _stop(run: LineageRun) -> None:
    run.move_to(LineageRunState.STOPPED)
    run.finished_at = timezone.now()
    run.save(update_fields=["state", "finished_at"])
    record(Event.LINEAGES_STOPPED, _target(run), actor=service("lineages"))


def _new_run(asked_by: User | None) -> LineageRun:
    chosen = classifier()
    run = LineageRun(
        asked_by=asked_by,
        window=timedelta(hours=settings.LINEAGE_WINDOW_HOURS),
        cut=settings.LINEAGE_LIKENESS,
        classifier=chosen.name,
        classifier_version=chosen.version,
    )
    run.since = _since(run)
    run.people = due(run).count()
    run.save()
    return run


def _since(run: LineageRun) -> datetime | None:
    last = LineageRun.objects.filter(state=LineageRunState.FINISHED).first()
    if last is None or _rules(last) != _rules(run):
        return None
    return last.started_at - OVERLAP


def _rules(run: LineageRun) -> tuple[object, ...]:
    return run.window, run.cut, run.classifier, run.classifier_version


def _go_on(run: LineageRun, batch: int) -> None:
    work.add(Kind.LINEAGE, run.id, version=str(batch), tenant=NIL, priority=work.BULK)
    tasks.wake.delay_on_commit(Kind.LINEAGE.value)


def due(run: LineageRun) -> QuerySet[Subject]:
    """Return whom a run has still to look at, in the order in which it does."""
    ended = ConversationEnd.objects.filter(branch__conversation__subject=OuterRef("pk"), branch__conversation__unlinked_at=None)
    people = Subject.objects.filter(Exists(ended)).order_by("pk")
    if run.since is not None:
        placed = Conversation.objects.filter(branches__in=Branch.objects.filter(placed_at__gte=run.since))
        told = Conversation.objects.filter(branches__transcripts__in=Transcript.objects.filter(received_at__gte=run.since))
        closed = Aftermath.objects.current().filter(complete=False, ended_at__lte=run.started_at - run.window)
        owners = Q(pk__in=placed.values("subject")) | Q(pk__in=told.values("subject"))
        people = people.filter(owners | Q(pk__in=closed.values("ending__branch__conversation__subject")))
    return people.filter(pk__gt=run.cursor) if run.cursor else people


@work.periodic
def link_nightly() -> None:
    """Begin a run where none has begun since the hour at which one is due each night, in UTC."""
    now = timezone.now()
    hour = now.replace(hour=settings.LINEAGE_HOUR, minute=0, second=0, microsecond=0)
    since = hour if hour <= now else hour - timedelta(days=1)
    if not LineageRun.objects.filter(started_at__range=(since, now)).exists():
        ask_for_lineages(actor=service("lineages"))


@work.handles(Kind.LINEAGE, at_once=2)
def link_batch(item: Leased) -> None:
    """Look at the next people of a run outside any transaction, then store what was found in one; raises LeaseLost if too late."""
    run = LineageRun.objects.get(pk=item.subject)
    if run.term is not LineageRunState.RUNNING:  # stopped, and retried by an operator after another run began
        leases.finish(item)
        return
    people = list(due(run).values_list("pk", flat=True)[:BATCH])
    rule = Rule(run.window, run.cut, classifier(run.classifier))
    examined = examine(people, rule, run.started_at)
    with transaction.atomic():
        run.changed += _store(run, examined)
        run.endings += len(examined.found)
        run.people_done += len(people)
        _advance(run, people, int(item.version))
        leases.finish(item)


def _advance(run: LineageRun, people: Sequence[UUID], batch: int) -> None:
    if people:
        run.cursor = people[-1]
        _go_on(run, batch + 1)
    else:
        _finish(run)
    run.save(update_fields=["state", "cursor", "people_done", "endings", "changed", "finished_at"])


def _finish(run: LineageRun) -> None:
    run.move_to(LineageRunState.FINISHED)
    run.finished_at = timezone.now()
    used = {"name": run.classifier, "version": run.classifier_version}
    target, actor = _target(run), service("lineages")
    record(Event.LINEAGES_LINKED, target, actor=actor, classifier=used, endings=run.endings, changed=run.changed)


def _store(run: LineageRun, examined: Examined) -> int:
    """Store what was found where it differs from what was found before; returns how many findings are new."""
    chosen = classifier(run.classifier)
    record_classifications([Measurement(fresh.transcript, chosen, fresh.measured, fresh.milliseconds) for fresh in examined.fresh])
    full = Transcript.objects.still_full([one.transcript_id for one in examined.signed])
    RequestSignature.objects.bulk_create(
        [one for one in examined.signed if one.transcript_id in full],
        update_conflicts=True,
        unique_fields=["transcript"],
        update_fields=["method", "sealed", "made_at"],
    )
    before = _before(examined.found)
    lineages = _lineages(examined.found)
    changed = [one for one in examined.found if _differs(one, before.get(one.ending.pk), lineages[one.root], run)]
    Aftermath.objects.filter(pk__in=[before[one.ending.pk].pk for one in changed if one.ending.pk in before]).update(
        superseded_at=timezone.now()
    )
    added = Aftermath.objects.bulk_create(_aftermath(one, before.get(one.ending.pk), lineages[one.root], run) for one in changed)
    FollowUp.objects.bulk_create(step for one, row in zip(changed, added, strict=True) for step in _steps(one, row))
    return len(changed)


def _before(found: Iterable[Found]) -> dict[UUID, Aftermath]:
    endings = [one.ending.pk for one in found]
    rows = Aftermath.objects.current().filter(ending__in=endings).select_related("run").prefetch_related("steps")
    return {one.ending_id: one for one in rows.select_for_update(of=("self",))}


def _lineages(found: Iterable[Found]) -> Mapping[UUID, Lineage]:
    """Return the lineage of each root, made where it is new."""
    roots = {one.root: one.ending.surface_id for one in found}
    Lineage.objects.bulk_create((Lineage(root_id=root, surface_id=surface) for root, surface in roots.items()), ignore_conflicts=True)
    return {one.root_id: one for one in Lineage.objects.filter(root__in=roots)}


def _differs(found: Found, before: Aftermath | None, lineage: Lineage, run: LineageRun) -> bool:
    if before is None or _rules(before.run) != _rules(run):
        return True
    then = (before.lineage_id, before.complete, before.next_ended_at, [_told(step) for step in before.steps.all()])
    return then != (lineage.pk, found.complete, found.next_ended_at, [_told(step) for step in _steps(found)])


def _told(step: FollowUp) -> tuple[object, ...]:
    return step.kind, step.branch_id, step.began_at, step.then, step.likeness, step.our_turn, step.their_turn


def _aftermath(found: Found, before: Aftermath | None, lineage: Lineage, run: LineageRun) -> Aftermath:
    ending = found.ending
    return Aftermath(
        ending=ending,
        version=before.version + 1 if before else 1,
        lineage=lineage,
        run=run,
        surface_id=ending.surface_id,
        ended_at=ending.requested_at,
        reason=ending.reason,
        category=ending.category,
        next=found.next,
        next_at=found.steps[0].began_at if found.steps else None,
        then=found.then or "",
        likeness=found.likeness,
        same_request=found.likeness is not None and found.likeness >= run.cut,
        next_ended_at=found.next_ended_at,
        complete=found.complete,
    )


def _steps(found: Found, aftermath: Aftermath | None = None) -> list[FollowUp]:
    """Return the unsaved rows of what followed."""
    return [
        FollowUp(
            aftermath=aftermath,
            kind=step.kind.value,
            conversation_id=step.conversation,
            branch_id=step.branch,
            began_at=step.began_at,
            then=step.then,
            likeness=step.match.likeness if step.match else None,
            our_turn=step.match.ours if step.match else None,
            their_turn=step.match.theirs if step.match else None,
        )
        for step in found.steps
    ]
