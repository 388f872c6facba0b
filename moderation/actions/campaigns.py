"""Judge endings again in a campaign: start, pause, resume, stop; and do it, a few at a time, beside the verdicts that stand.

1. A campaign names a window, a classifier, a policy and a share. Without an end it is a shadow over what comes in.
2. Every few seconds the next endings that have no result are asked for, as work of the lowest priority, a few hundred ahead at most.
3. A worker measures one, judges it and keeps the result. No verdict, no candidate turn and no reason to look is touched.
4. A pause stops the asking; what was asked for before it is dropped, and asked for again after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from time import perf_counter
from typing import Any

from django.db import transaction
from django.db.models import BooleanField, Count, Exists, F, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils import timezone

from conversations import vault
from conversations.models import ConversationEnd, MessageSignal
from moderation import tasks, work
from moderation.actions.calibrations import in_use
from moderation.actions.endings import record_classification
from moderation.audit.events import Actor, Event, Target, service
from moderation.audit.log import record
from moderation.classifiers.registry import DEFAULT, classifier
from moderation.decisions import decision
from moderation.judge import Judgement, judge
from moderation.models import Campaign, Classification, Kind, Policy, Rejudgement, Unit, User, WorkItem
from moderation.models.verdicts import case_of
from moderation.states import CampaignState, UnitKind, WorkState
from moderation.work import Leased

AHEAD = 300
"""So many endings are asked for at once, so that a pause is soon felt and other work never waits long."""
FEEDER = service("campaigns")
IN_SHARE = "(hashtextextended(moderation_unit.id::text, 0) & 9223372036854775807) %% 100 < %s"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a campaign is to do; `until` None for a shadow, `policy` None for the one in force at each ending."""

    since: datetime
    until: datetime | None
    classifier: str = DEFAULT
    policy: Policy | None = None
    share: int = 100


def units_of(wish: Wish | Campaign) -> QuerySet[Unit]:
    """Return the endings that take part."""
    units = Unit.objects.filter(kind=UnitKind.ENDED, decided_at__gte=wish.since)
    units = units.filter(decided_at__lt=wish.until) if wish.until else units
    return units if wish.share >= 100 else units.filter(RawSQL(IN_SHARE, [wish.share], output_field=BooleanField()))  # noqa: S611  # no input


@transaction.atomic
def start_campaign(wish: Wish, *, actor: Actor, author: User | None = None) -> Campaign:
    """Begin a campaign; raises UnknownClassifierError, and ValueError where the window or the share is none."""
    classifier(wish.classifier)
    if wish.until is not None and wish.until <= wish.since:
        raise ValueError("The window ends before it begins.")
    if not 1 <= wish.share <= 100:
        raise ValueError("A share lies between 1 and 100 percent.")
    campaign = Campaign.objects.create(
        classifier=wish.classifier,
        policy=wish.policy,
        since=wish.since,
        until=wish.until,
        share=wish.share,
        total=units_of(wish).count() if wish.until else 0,
        author=author,
    )
    codes: dict[str, Any] = {"by": wish.classifier, "units": campaign.total, "share": wish.share}
    record(Event.CAMPAIGN_STARTED, _target(campaign), actor=actor, **codes)
    return campaign


def _target(campaign: Campaign) -> Target:
    return Target("campaign", campaign.public_id)


def _moved(public_id: str, state: CampaignState, event: Event, actor: Actor) -> Campaign:
    campaign = Campaign.objects.select_for_update().get(public_id=public_id)
    campaign.move_to(state)
    if state is CampaignState.RUNNING:
        campaign.run += 1
    if state is CampaignState.STOPPED:
        campaign.finished_at = timezone.now()
    campaign.save(update_fields=["state", "run", "finished_at"])
    record(event, _target(campaign), actor=actor)
    return campaign


@transaction.atomic
def pause_campaign(public_id: str, *, actor: Actor) -> Campaign:
    """Let nothing new be judged; what was found stays."""
    return _moved(public_id, CampaignState.PAUSED, Event.CAMPAIGN_PAUSED, actor)


@transaction.atomic
def resume_campaign(public_id: str, *, actor: Actor) -> Campaign:
    """Go on with what has no result yet."""
    return _moved(public_id, CampaignState.RUNNING, Event.CAMPAIGN_RESUMED, actor)


@transaction.atomic
def stop_campaign(public_id: str, *, actor: Actor) -> Campaign:
    """End it for good; what was found stays."""
    return _moved(public_id, CampaignState.STOPPED, Event.CAMPAIGN_STOPPED, actor)


@work.periodic
def feed_campaigns() -> None:
    """Ask for the next endings of every running campaign, and finish those that have none left."""
    for key in Campaign.objects.running().values_list("pk", flat=True):
        with transaction.atomic():
            campaign = Campaign.objects.select_for_update(skip_locked=True).running().filter(pk=key).first()
            if campaign is not None:
                _feed(campaign)


def _feed(campaign: Campaign) -> None:
    asked = WorkItem.objects.filter(kind=Kind.RECLASSIFY, version=campaign.need)
    room = AHEAD - asked.filter(state__in=[WorkState.READY, WorkState.LEASED]).count()
    known = Exists(Rejudgement.objects.filter(campaign=campaign, unit=OuterRef("pk"))) | Exists(asked.filter(subject=OuterRef("pk")))
    following = units_of(campaign).exclude(known).order_by("decided_at", "id").values_list("pk", "surface_id")
    following = following.exclude(branch__ending__standing__outcome="") if campaign.shadow else following
    units = list(following[:room]) if room > 0 else []
    for unit, surface in units:
        work.add(Kind.RECLASSIFY, unit, version=campaign.need, tenant=surface, priority=work.BULK)
    if units:
        tasks.wake.delay_on_commit(Kind.RECLASSIFY.value)
    elif not campaign.shadow and room == AHEAD and campaign.results.count() >= campaign.total:
        _finish(campaign)


def _finish(campaign: Campaign) -> None:
    campaign.move_to(CampaignState.FINISHED)
    campaign.finished_at = timezone.now()
    campaign.save(update_fields=["state", "finished_at"])
    counts = campaign.results.aggregate(n=Count("pk"), changed=Count("pk", filter=~Q(outcome="") & ~Q(outcome=F("before"))))
    record(Event.CAMPAIGN_FINISHED, _target(campaign), actor=FEEDER, units=counts["n"], changed=counts["changed"])


@work.handles(Kind.RECLASSIFY)
def reclassify_unit(item: Leased) -> None:
    """Measure one ending again and keep what follows; of a campaign that does not run, drop the work. Raises LeaseLost if too late."""
    campaign = Campaign.objects.select_related("policy").filter(pk=item.version.split(":")[0]).first()
    if campaign is None or campaign.term is not CampaignState.RUNNING or campaign.need != item.version:
        work.finish(item)
        return
    unit = Unit.objects.select_related("branch__conversation__surface").get(pk=item.subject)
    ending = ConversationEnd.objects.select_related("branch__conversation__surface", "standing").get(branch_id=unit.branch_id)
    chosen = in_use(unit.surface_id) if campaign.classifier == DEFAULT else classifier(campaign.classifier)
    result = Rejudgement(campaign=campaign, unit=unit, before=ending.standing.outcome)
    transcript = decision(unit).transcript
    try:
        turns = transcript.content().turns
    except vault.Erased:
        _keep(item, result)
        return
    started = perf_counter()
    measured = chosen.measure(turns)
    result.milliseconds, result.cost = round((perf_counter() - started) * 1000), measured.cost
    with transaction.atomic():
        result.classification = record_classification(transcript, chosen, measured, result.milliseconds)
        result.policy = campaign.policy or Policy.objects.in_force_at(ending.requested_at)
        found = _judged(ending, result)
        result.outcome, result.category = found.outcome, found.category or ""
        _keep(item, result)


def _judged(ending: ConversationEnd, result: Rejudgement) -> Judgement:
    assert result.policy is not None  # set by the caller
    assert result.classification is not None  # likewise
    accepted = MessageSignal.objects.filter(branch_id=ending.branch_id, accepted=True, at__gte=ending.requested_at).count()
    return judge(result.policy.terms(), case_of(ending, result.classification.measures(), accepted))


@transaction.atomic
def _keep(item: Leased, result: Rejudgement) -> None:
    Rejudgement.objects.bulk_create([result], ignore_conflicts=True)
    work.finish(item)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a campaign is likely to take: endings, seconds of one worker, millionths of a US dollar; None where nothing was measured."""

    units: int
    seconds: float | None
    cost: int | None


def estimate(wish: Wish) -> Estimate:
    """Return what a campaign would cost, by what this classifier took before."""
    units = units_of(wish).count()
    past = list(Classification.objects.filter(classifier=wish.classifier).order_by("-created_at").values_list("milliseconds", "cost")[:500])
    if not past:
        return Estimate(units, None, None)
    milliseconds, cost = (sum(one) / len(past) for one in zip(*past, strict=True))
    return Estimate(units, units * milliseconds / 1000, round(units * cost))
