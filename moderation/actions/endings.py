"""Judge an ending: classify its turns, find, conclude; and judge again when something it rests on has changed."""

from __future__ import annotations

from time import perf_counter

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from conversations import vault
from conversations.models import ConversationEnd, MessageSignal, Transcript
from moderation import tasks, work
from moderation.actions.calibrations import in_use
from moderation.actions.candidates import keep_candidates
from moderation.actions.routing import route
from moderation.actions.words import ask_for_words
from moderation.audit.events import Actor, Event, Target
from moderation.audit.log import record
from moderation.calibrating import Calibrated
from moderation.classifiers.base import Measured, Measurer, TurnMeasures
from moderation.classifiers.registry import classifier
from moderation.decisions import decision
from moderation.models import Classification, Finding, Kind, Policy, Standing, TurnScore, Unit, Verdict
from moderation.models.verdicts import case_of
from moderation.opinions import Opinion, Weighed, weigh
from moderation.readiness import BEFORE_EVENTS, require
from moderation.states import Assessment, UnitKind
from moderation.work import Leased


def ask_for_judgement(unit: Unit) -> None:
    """Ask a worker to judge a unit: once per transcript version, classifier version and count of messages taken after the end."""
    version = judgement_version(_transcript(unit).version, _accepted_after_end(unit))
    work.add(Kind.JUDGE, unit.id, version=version, tenant=unit.surface_id)


def judgement_version(transcript: int, accepted_after_end: int) -> str:
    """Return what a judgement rests on, by which the same need is known again."""
    chosen = classifier()
    return f"{transcript}:{chosen.name}:{chosen.version}:{accepted_after_end}"[:60]


@work.handles(Kind.JUDGE)
def judge_unit(item: Leased) -> None:
    """Classify a unit's transcript outside any transaction, then store what follows in one; raises LeaseLost if too late, NotSetUp."""
    require(BEFORE_EVENTS)
    unit = Unit.objects.select_related("branch__conversation__surface").get(pk=item.subject)
    transcript, chosen = _transcript(unit), classifier()
    try:
        turns = transcript.content().turns
    except vault.Erased:
        work.finish(item)
        return
    started = perf_counter()
    measured = chosen.measure(turns)
    milliseconds = round((perf_counter() - started) * 1000)
    with transaction.atomic():
        classification = record_classification(transcript, chosen, measured, milliseconds)
        calibrated = in_use(unit.surface_id)
        if isinstance(calibrated, Calibrated):  # its own scores are kept too, since the next calibration is learnt from them
            measured = calibrated.bend(measured)
            classification = record_classification(transcript, calibrated, measured, milliseconds)
        keep_candidates(unit, classification, measured.turns)
        conclude(unit, classification, measured.turns)
        ask_for_opinions(unit, classification)
        ask_for_words(unit, transcript.version)
        route(unit)
        work.finish(item)


def _transcript(unit: Unit) -> Transcript:
    return decision(unit).transcript


def _accepted_after_end(unit: Unit) -> int:
    ending = ConversationEnd.objects.filter(branch_id=unit.branch_id).first()
    if ending is None:
        return 0
    return MessageSignal.objects.filter(branch_id=unit.branch_id, accepted=True, at__gte=ending.requested_at).count()


def record_classification(
    transcript: Transcript,
    chosen: Measurer,
    measured: Measured,
    milliseconds: int,
) -> Classification:
    """Store what was measured, or return the row of this very classifier version where it exists."""
    classification, made = Classification.objects.get_or_create(
        transcript=transcript,
        classifier=chosen.name,
        classifier_version=chosen.version,
        defaults={
            "branch_id": transcript.branch_id,
            "artifact": chosen.artifact,
            "input_commitment": bytes(transcript.commitment),
            "milliseconds": milliseconds,
            "cost": measured.cost,
        },
    )
    if made:
        TurnScore.objects.bulk_create(TurnScore.of(classification, one) for one in measured)
        record(
            Event.CLASSIFICATION_RECORDED,
            Target("branch", transcript.branch.public_id, transcript.branch.conversation.surface_id),
            actor=_as_actor(chosen),
            classifier={"name": chosen.name, "version": chosen.version},
            input=bytes(transcript.commitment).hex(),
            artifact=chosen.artifact,
            milliseconds=milliseconds,
            cost=measured.cost,
        )
    return classification


def _as_actor(chosen: Measurer) -> Actor:
    return Actor("model", f"{chosen.name}/{chosen.version}", "process")


def conclude(unit: Unit, classification: Classification, turns: tuple[TurnMeasures, ...]) -> None:
    """Judge what was measured, weigh what second opinions say, and record the verdict; does nothing for what was not ended."""
    ending = ConversationEnd.objects.select_related("branch__conversation__surface").filter(branch_id=unit.branch_id).first()
    if ending is None:  # refused or went on: measured for replay, never given a verdict
        return
    Standing.objects.select_for_update().get(ending=ending)  # two opinions at once are weighed one after the other
    policy = Policy.objects.in_force_at(ending.requested_at)
    accepted = _accepted_after_end(unit)
    seconds = _seconds(classification)
    weighed = weigh(policy.terms(), case_of(ending, turns, accepted), [_opinion(one) for one in seconds])
    _record_verdict(Verdict(ending=ending, classification=classification, policy=policy, accepted_after_end=accepted), weighed, seconds)


def _seconds(first: Classification) -> list[Classification]:
    """Return what others measured of the same transcript: hosted judges, and classifiers named as second opinions."""
    asked = Q(call__isnull=False) | Q(classifier__in=settings.SECOND_OPINIONS)
    others = Classification.objects.filter(asked, transcript=first.transcript_id).exclude(classifier=first.classifier)
    return sorted(others.select_related("call").prefetch_related("turns"), key=lambda one: one.pk)


def _opinion(second: Classification) -> Opinion:
    call = getattr(second, "call", None)
    if call is None:
        return Opinion(second.measures())
    return Opinion(second.measures(), Assessment(call.assessment) if call.assessment else None, call.dropped)


def _record_verdict(new: Verdict, weighed: Weighed, seconds: list[Classification]) -> None:
    judgement, classification = weighed.judgement, new.classification
    verdict, made = Verdict.objects.get_or_create(
        ending=new.ending,
        classification=classification,
        policy=new.policy,
        accepted_after_end=new.accepted_after_end,
        seconds=[one.pk for one in seconds],
        defaults={"outcome": judgement.outcome, "category": judgement.category or "", "doubts": sorted(weighed.doubts)},
    )
    if not made:
        return
    Finding.objects.bulk_create(
        Finding(verdict=verdict, check_name=one.check, result=one.result, evidence=list(one.evidence)) for one in judgement.findings
    )
    Standing.objects.filter(ending=new.ending).update(outcome=judgement.outcome)
    record(
        Event.VERDICT_RECORDED,
        Target("ending", new.ending.public_id, new.ending.surface_id),
        actor=Actor("model", "judge", "process"),
        outcome=judgement.outcome.value,
        policy_rev=new.policy.version,
        classifier={"name": classification.classifier, "version": classification.classifier_version},
        opinions=len(seconds),
    )


def ask_for_opinions(unit: Unit, first: Classification) -> None:
    """Ask workers for every second opinion in the settings, once per transcript and version of the first classifier; on endings only."""
    if not settings.SECOND_OPINIONS or unit.kind != UnitKind.ENDED:
        return
    for name in settings.SECOND_OPINIONS:
        version = f"{name}:{first.transcript.version}:{first.classifier_version}"[:60]
        work.add(Kind.OPINION, unit.id, version=version, tenant=unit.surface_id, priority=work.BULK)
    tasks.wake.delay_on_commit(Kind.OPINION.value)
