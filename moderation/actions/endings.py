"""Judge an ending: classify its turns, find, conclude; and judge again when something it rests on has changed."""

from __future__ import annotations

from time import perf_counter

from django.db import transaction

from conversations import vault
from conversations.models import ConversationEnd, MessageSignal, Transcript
from moderation import work
from moderation.actions.reviews import open_review
from moderation.audit.events import Actor, Event, Target
from moderation.audit.log import record
from moderation.classifiers.base import Classifier, TurnMeasures
from moderation.classifiers.registry import classifier
from moderation.decisions import decision
from moderation.judge import Case, Judgement, judge
from moderation.models import Classification, Finding, Kind, Policy, Standing, TurnScore, Unit, Verdict
from moderation.states import EndReason
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
    """Classify a unit's transcript outside any transaction, then store what follows in one; raises LeaseLost if too late."""
    unit = Unit.objects.select_related("branch__conversation__surface").get(pk=item.subject)
    transcript, chosen = _transcript(unit), classifier()
    started = perf_counter()
    try:
        turns = transcript.content().turns
    except vault.Erased:
        work.finish(item)
        return
    measured = chosen.measure(turns)
    milliseconds = round((perf_counter() - started) * 1000)
    with transaction.atomic():
        classification = _record_classification(transcript, chosen, measured, milliseconds)
        _conclude(unit, classification, measured)
        open_review(unit)
        work.finish(item)


def _transcript(unit: Unit) -> Transcript:
    return decision(unit).transcript


def _accepted_after_end(unit: Unit) -> int:
    ending = ConversationEnd.objects.filter(branch_id=unit.branch_id).first()
    if ending is None:
        return 0
    return MessageSignal.objects.filter(branch_id=unit.branch_id, accepted=True, at__gte=ending.requested_at).count()


def _record_classification(
    transcript: Transcript,
    chosen: Classifier,
    measured: tuple[TurnMeasures, ...],
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
        )
    return classification


def _as_actor(chosen: Classifier) -> Actor:
    return Actor("model", f"{chosen.name}/{chosen.version}", "process")


def _conclude(unit: Unit, classification: Classification, measured: tuple[TurnMeasures, ...]) -> None:
    ending = ConversationEnd.objects.filter(branch_id=unit.branch_id).first()
    if ending is None:  # refused or went on: measured for replay, never given a verdict
        return
    policy = Policy.objects.in_force_at(ending.requested_at)
    accepted = _accepted_after_end(unit)
    judgement = judge(policy.terms(), _case(unit, ending, measured, accepted))
    _record_verdict(ending, classification, policy, judgement, accepted)


def _case(unit: Unit, ending: ConversationEnd, measured: tuple[TurnMeasures, ...], accepted: int) -> Case:
    conversation = unit.branch.conversation
    return Case(
        turns=measured,
        model=conversation.model_name,
        surface=conversation.surface.source,
        reason=EndReason(ending.reason),
        category=ending.category or None,
        at_turn=ending.at_turn,
        accepted_after_end=accepted,
        reported_scores=ending.reported_scores,
    )


def _record_verdict(
    ending: ConversationEnd,
    classification: Classification,
    policy: Policy,
    judgement: Judgement,
    accepted: int,
) -> None:
    verdict, made = Verdict.objects.get_or_create(
        ending=ending,
        classification=classification,
        policy=policy,
        accepted_after_end=accepted,
        defaults={"outcome": judgement.outcome, "category": judgement.category or ""},
    )
    if not made:
        return
    Finding.objects.bulk_create(
        Finding(verdict=verdict, check_name=one.check, result=one.result, evidence=list(one.evidence)) for one in judgement.findings
    )
    Standing.objects.filter(ending=ending).update(outcome=judgement.outcome)
    record(
        Event.VERDICT_RECORDED,
        Target("ending", ending.public_id, ending.surface_id),
        actor=Actor("model", "judge", "process"),
        outcome=judgement.outcome.value,
        policy_rev=policy.version,
        classifier={"name": classification.classifier, "version": classification.classifier_version},
    )
