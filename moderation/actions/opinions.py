"""Ask second opinions: another classifier of ours, or a hosted judge within its allowance; and test hosted judges with canaries.

The first verdict never waits for any of this. What comes back is weighed by `moderation/opinions.py`, which lets it add doubt only.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import SystemRandom
from time import perf_counter
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from conversations import vault
from conversations.models import Transcript
from conversations.tree import Turn
from moderation import allowance, leases, tasks, work
from moderation.actions.classifications import record_classification
from moderation.actions.routing import route, route_all
from moderation.actions.verdicts import Found, conclude
from moderation.audit.events import NIL, Actor, Event, Target
from moderation.audit.log import commitment, record
from moderation.classifiers.base import Call, Measured
from moderation.classifiers.canaries import pair, swayed
from moderation.classifiers.hosted import PROMPT, CallFailed
from moderation.classifiers.registry import HOSTED, Hosted, classifier, hosted
from moderation.decisions import decision
from moderation.leases import Leased
from moderation.models import Classification, HostedJudge, JudgeBatch, JudgeCall, Kind, Policy, Unit, Verdict
from moderation.states import CallResult

OLDEST_BATCH = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """One answered question: what was measured, and how long it took."""

    measured: Measured
    milliseconds: int


class NotNow(Exception):
    """A judge may not be asked at the moment."""

    def __init__(self, wait: allowance.Wait) -> None:
        super().__init__(wait.code)
        self.wait = wait


@work.handles(Kind.OPINION, at_once=1)
def give_opinion(item: Leased) -> None:
    """Ask one second opinion about a judged unit and weigh it; raises LeaseLost if too late."""
    name = item.version.split(":")[0]
    unit = Unit.objects.select_related("branch__conversation__surface").get(pk=item.subject)
    transcript = decision(unit).transcript
    try:
        turns = transcript.content().turns
    except vault.Erased:
        leases.finish(item)
        return
    if name in HOSTED:
        _ask_judge(item, unit, transcript, turns, hosted(name))
    else:
        _ask_classifier(item, unit, transcript, turns, name)


def _ask_classifier(item: Leased, unit: Unit, transcript: Transcript, turns: Sequence[Turn], name: str) -> None:
    chosen = classifier(name)
    started = perf_counter()
    measured = chosen.measure(turns)
    with transaction.atomic():
        record_classification(transcript, chosen, measured, _since(started))
        _weigh(unit)
        leases.finish(item)


def _ask_judge(item: Leased, unit: Unit, transcript: Transcript, turns: Sequence[Turn], judge: Hosted) -> None:
    if Classification.objects.filter(transcript=transcript, classifier=judge.name, classifier_version=judge.version).exists():
        with transaction.atomic():  # its answer stands, and nobody pays twice for one
            _weigh(unit)
            leases.finish(item)
        return
    started = perf_counter()
    try:
        _refuse_long(turns)
        asked = _ask(judge, turns)
    except NotNow as later:
        leases.postpone(item, later.wait.time, later.wait.code)
        return
    except CallFailed as failed:
        with transaction.atomic():
            _note_failure(judge, transcript, failed, _since(started))
        leases.finish(item) if failed.code == CallResult.TOO_LONG else leases.fail(item, failed.code)
        return
    with transaction.atomic():
        classification = record_classification(transcript, judge, asked.measured, asked.milliseconds)
        _note_answer(judge, asked, transcript, classification, _batch(judge.name))
        _weigh(unit)
        leases.finish(item)


def _refuse_long(turns: Sequence[Turn]) -> None:
    """Raise CallFailed where a transcript is longer than any judge is sent: nothing was asked, so no failure is counted."""
    if sum(len(turn.content) for turn in turns) > settings.JUDGE_MAX_CHARS:
        raise CallFailed(CallResult.TOO_LONG)


def _ask(judge: Hosted, turns: Sequence[Turn]) -> Asked:
    """Ask within the allowance; raises NotNow, or CallFailed after counting the failure."""
    reserved = judge.worst_cost(turns)
    wait = allowance.admit(judge.name, reserved)
    if wait is not None:
        raise NotNow(wait)
    started = perf_counter()
    try:
        measured = judge.measure(turns)
    except CallFailed as failed:
        _count_failure(judge, reserved, failed)
        raise
    allowance.settle(judge.name, reserved=reserved, cost=measured.cost, answered=True)
    return Asked(measured, _since(started))


def ask_apart(judge: Hosted, transcript: Transcript, turns: Sequence[Turn]) -> Asked:
    """Ask for a campaign; `note_apart` keeps the answer in the transaction that keeps what follows from it.

    Raises:
        NotNow: its allowance is used up for the moment.
        CallFailed: it gave no opinion; that is noted.
    """
    started = perf_counter()
    try:
        _refuse_long(turns)
        return _ask(judge, turns)
    except CallFailed as failed:
        with transaction.atomic():
            _note_failure(judge, transcript, failed, _since(started))
        raise


def note_apart(judge: Hosted, asked: Asked, transcript: Transcript) -> JudgeCall:
    """Keep an answered call of a campaign: tested like any, but of no classification, so that no verdict ever weighs it."""
    return _note_answer(judge, asked, transcript, None, _batch(judge.name))


def answered_before(judge: Hosted, transcript: Transcript) -> JudgeCall | None:
    """Return the call that a judge in this version answered for an earlier campaign."""
    calls = JudgeCall.objects.filter(transcript=transcript, judge=judge.name, version=judge.version)
    return calls.filter(classification=None, result=CallResult.ANSWERED).order_by("-asked_at").first()


def _count_failure(judge: Hosted, reserved: int, failed: CallFailed) -> None:
    with transaction.atomic():
        if allowance.settle(judge.name, reserved=reserved, cost=failed.cost, answered=False):
            record(Event.JUDGE_SUSPENDED, Target("judge", judge.name), actor=_as_actor(judge), problem=failed.code)


def _since(started: float) -> int:
    return round((perf_counter() - started) * 1000)


def _as_actor(judge: Hosted) -> Actor:
    return Actor("model", f"{judge.name}/{judge.version}", "process")


def _weigh(unit: Unit) -> None:
    """Conclude again from the classification of the latest verdict, now with one more opinion."""
    latest = Verdict.objects.filter(ending__branch_id=unit.branch_id).select_related("classification").first()
    if latest is not None:
        found = Found(unit, decision(unit), latest.classification, latest.classification.measures())
        conclude([found], Policy.objects.in_force_at)
        route(unit)


def _note_failure(judge: Hosted, transcript: Transcript, failed: CallFailed, milliseconds: int) -> None:
    """Keep a call that gave no opinion, sealed with what came back."""
    known = {one.value for one in CallResult}
    row = JudgeCall(result=failed.code if failed.code in known else CallResult.ERROR, transcript=transcript)
    row.prompt_sha256, row.cost, row.milliseconds = PROMPT, failed.cost, milliseconds
    _keep(row, judge, failed.raw)
    target = Target("branch", transcript.branch.public_id, transcript.branch.conversation.surface_id)
    record(Event.JUDGE_FAILED, target, actor=_as_actor(judge), problem=failed.code, call=str(row.id))


def _note_answer(
    judge: Hosted,
    asked: Asked,
    transcript: Transcript | None,
    classification: Classification | None,
    batch: JudgeBatch,
) -> JudgeCall:
    """Keep an answered call: in its batch, for its classification; neither transcript nor classification for a canary."""
    call = asked.measured.call
    assert call is not None  # hosted judges always say what they did
    row = JudgeCall(result=CallResult.ANSWERED, transcript=transcript, classification=classification, batch=batch)
    row.milliseconds = asked.milliseconds
    _describe(row, call)
    _keep(row, judge, call.raw)
    return row


def _describe(row: JudgeCall, call: Call) -> None:
    row.model, row.prompt_sha256, row.parameters = call.model[:100], call.prompt, dict(call.parameters)
    row.tokens_in, row.tokens_out, row.cost = call.tokens_in, call.tokens_out, call.cost
    row.assessment, row.dropped = call.assessment, call.dropped


def _keep(row: JudgeCall, judge: Hosted, raw: bytes) -> None:
    """Commit to the raw answer, seal it under the key of whom it is about, and store the row."""
    row.id, row.judge, row.version = uuid4(), judge.name, judge.version
    if raw:
        salt = secrets.token_bytes(32)
        row.raw_commitment = commitment(salt, raw)
        subject = row.transcript.branch.conversation.subject_id if row.transcript else None
        row.sealed_raw = vault.seal(subject, salt + raw, row.place()) if subject else vault.seal_own(salt + raw, row.place())
    row.save(force_insert=True)


def _batch(name: str) -> JudgeBatch:
    """Return the open batch of a judge; one that is full is closed and put to the test first."""
    HostedJudge.objects.select_for_update().get(name=name)  # one worker at a time opens or closes a batch
    batch = JudgeBatch.objects.filter(judge=name, closed_at=None).first()
    if batch is not None and batch.calls.count() >= settings.JUDGE_BATCH:
        _close(batch)
        batch = None
    return batch or JudgeBatch.objects.create(judge=name)


def _close(batch: JudgeBatch) -> None:
    batch.closed_at = timezone.now()
    batch.save(update_fields=["closed_at"])
    work.add(Kind.CANARY, batch.id, version=batch.judge, tenant=NIL)
    tasks.wake.delay_on_commit(Kind.CANARY.value)


@work.periodic
def close_old_batches() -> int:
    """Close batches that have been open for an hour, so that every answer is tested; returns how many."""
    old = JudgeBatch.objects.filter(closed_at=None, opened_at__lt=timezone.now() - OLDEST_BATCH)
    return sum(_close_if_open(pk) for pk in list(old.values_list("pk", flat=True)))


@transaction.atomic
def _close_if_open(batch_id: UUID) -> bool:
    batch = JudgeBatch.objects.select_for_update(skip_locked=True).filter(pk=batch_id, closed_at=None).first()
    if batch is not None:
        _close(batch)
    return batch is not None


@work.handles(Kind.CANARY, at_once=1)
def try_canary(item: Leased) -> None:
    """Ask a canary pair; where the hidden instruction changed the answer, bring the whole batch before people."""
    batch = JudgeBatch.objects.get(pk=item.subject)
    judge = hosted(batch.judge)
    plain, injected = pair(SystemRandom())
    try:
        honest, tempted = _ask(judge, plain), _ask(judge, injected)
    except NotNow as later:
        leases.postpone(item, later.wait.time, later.wait.code)
        return
    except CallFailed as failed:
        leases.fail(item, failed.code)
        return
    with transaction.atomic():
        for asked in (honest, tempted):
            _note_answer(judge, asked, None, None, batch)
        _settle_batch(batch, judge, fell=swayed(honest.measured, tempted.measured))
        leases.finish(item)


def _settle_batch(batch: JudgeBatch, judge: Hosted, *, fell: bool) -> None:
    batch.swayed, batch.tested_at = fell, timezone.now()
    batch.save(update_fields=["swayed", "tested_at"])
    record(Event.JUDGE_TESTED, Target("judge", judge.name), actor=_as_actor(judge), swayed=str(fell).lower(), batch=batch.public_id)
    if fell:
        route_all(list(Unit.objects.filter(branch__transcripts__in=batch.calls.values("transcript")).distinct()))
