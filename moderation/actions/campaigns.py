"""Judge endings again in a campaign: start, pause, resume, stop; and do it, a few at a time, beside the verdicts that stand.

1. A campaign names a window, a classifier, a policy and a share. Without an end it is a shadow over what comes in.
2. Every few seconds the next endings that have no result are asked for, as work of the lowest priority, a few hundred ahead at most.
3. A worker measures one, judges it and keeps the result. No verdict, no candidate turn and no reason to look is touched. A hosted judge
   is asked within its allowance, and what it measured is kept under a name of its own, so that it is no second opinion on anything.
4. A pause stops the asking; what was asked for before it is dropped, and asked for again after it.
5. It is finished once each ending has a result or failed five times. What failed can be asked for again, which makes it run again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import ceil
from time import perf_counter
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import BooleanField, Exists, F, OuterRef, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.functions import Length
from django.utils import timezone

from conversations import vault
from conversations.models import ConversationEnd, Transcript
from conversations.tree import Role, Turn
from moderation import leases, tasks, work
from moderation.actions.calibrations import in_use
from moderation.actions.classifications import record_classification
from moderation.actions.opinions import Asked, NotNow, answered_before, ask_apart, note_apart
from moderation.actions.verdicts import accepted_after
from moderation.audit.events import Actor, Event, Target, service
from moderation.audit.log import record
from moderation.campaigns import failures
from moderation.classifiers.base import Measured, Measurer
from moderation.classifiers.hosted import CallFailed
from moderation.classifiers.registry import DEFAULT, HOSTED, UnknownClassifierError, classifier, hosted, is_offered
from moderation.decisions import decision
from moderation.judge import Judgement, judge
from moderation.leases import Leased
from moderation.models import Campaign, Classification, Kind, Policy, Rejudgement, Unit, User, WorkItem
from moderation.models.verdicts import case_of
from moderation.states import CallResult, CampaignState, IllegalMove, UnitKind, WorkState

LOOKED_AT = 500
"""Earlier measurements that an estimate rests on; where there are none, sealed transcripts whose sizes are looked at."""
UNPACKED = 4
"""Characters that a sealed byte is taken for; in the demo world it stands for 1.2 mostly and 1.7 at most, in long prose for 3."""
AHEAD = 300
"""So many endings are asked for at once, so that a pause is soon felt and other work never waits long."""
FEEDER = service("campaigns")
IN_SHARE = "(hashtextextended(moderation_unit.id::text, 0) & 9223372036854775807) %% 100 < %s"


RETRIED = frozenset({CampaignState.RUNNING, CampaignState.FINISHED})
"""States in which what failed can be tried again; a paused campaign tries it once it is resumed."""


class NothingFailed(Exception):
    """Every ending of a campaign has a result, or has tries left."""


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
    if not is_offered(wish.classifier):
        raise UnknownClassifierError(wish.classifier)
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
    campaign = _locked(public_id)
    campaign.move_to(state)
    if state is CampaignState.RUNNING:
        _ask_anew(campaign)
    if state is CampaignState.STOPPED:
        campaign.finished_at = timezone.now()
    campaign.done = campaign.results.count()
    campaign.save(update_fields=["state", "run", "finished_at", "done"])
    record(event, _target(campaign), actor=actor)
    return campaign


def _locked(public_id: str) -> Campaign:
    return Campaign.objects.select_for_update().get(public_id=public_id)


def _ask_anew(campaign: Campaign) -> None:
    """Begin another run: what has no result yet is asked for again, with all its tries."""
    work.set_aside(Kind.RECLASSIFY, campaign.need)
    campaign.run += 1


@transaction.atomic
def pause_campaign(public_id: str, *, actor: Actor) -> Campaign:
    """Let nothing new be judged; what was found stays."""
    return _moved(public_id, CampaignState.PAUSED, Event.CAMPAIGN_PAUSED, actor)


@transaction.atomic
def resume_campaign(public_id: str, *, actor: Actor) -> Campaign:
    """Go on with what has no result yet; raises IllegalMove unless it is paused."""
    if _locked(public_id).term is CampaignState.FINISHED:
        raise IllegalMove(CampaignState.FINISHED, CampaignState.RUNNING)
    return _moved(public_id, CampaignState.RUNNING, Event.CAMPAIGN_RESUMED, actor)


@transaction.atomic
def retry_campaign(public_id: str, *, actor: Actor) -> Campaign:
    """Try again what failed; a finished campaign runs again for it. Raises IllegalMove for one that rests, and NothingFailed."""
    campaign = _locked(public_id)
    if campaign.term not in RETRIED:
        raise IllegalMove(campaign.term, CampaignState.RUNNING)
    failed = failures(campaign)
    if not failed:
        raise NothingFailed(public_id)
    _ask_anew(campaign)
    campaign.state, campaign.failed, campaign.finished_at = CampaignState.RUNNING, 0, None
    campaign.save(update_fields=["state", "run", "failed", "finished_at"])
    record(Event.CAMPAIGN_RETRIED, _target(campaign), actor=actor, units=failed)
    return campaign


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
    campaign.done = campaign.results.count()
    campaign.save(update_fields=["done"])
    if units:
        tasks.wake.delay_on_commit(Kind.RECLASSIFY.value)
    elif not campaign.shadow and room == AHEAD and campaign.done + failures(campaign) >= campaign.total:
        _finish(campaign)


def _finish(campaign: Campaign) -> None:
    campaign.failed = failures(campaign)
    campaign.move_to(CampaignState.FINISHED)
    campaign.finished_at = timezone.now()
    campaign.save(update_fields=["state", "finished_at", "failed"])
    changed = campaign.results.exclude(outcome="").exclude(outcome=F("before")).count()
    codes: dict[str, Any] = {"units": campaign.done, "changed": changed, "failed": campaign.failed}
    record(Event.CAMPAIGN_FINISHED, _target(campaign), actor=FEEDER, **codes)


@work.handles(Kind.RECLASSIFY)
def reclassify_unit(item: Leased) -> None:
    """Measure one ending again and keep what follows; of a campaign that does not run, drop the work. Raises LeaseLost if too late."""
    campaign = Campaign.objects.select_related("policy").filter(pk=item.version.split(":")[0]).first()
    if campaign is None or campaign.term is not CampaignState.RUNNING or campaign.need != item.version:
        leases.finish(item)
        return
    unit = Unit.objects.select_related("branch__conversation__surface").get(pk=item.subject)
    ending = ConversationEnd.objects.select_related("branch__conversation__surface", "standing").get(branch_id=unit.branch_id)
    result = Rejudgement(campaign=campaign, unit=unit, before=ending.standing.outcome)
    transcript = decision(unit).transcript
    try:
        turns = transcript.content().turns
    except vault.Erased:
        _keep(item, result)
        return
    try:
        chosen, measured, result.milliseconds = _measured(campaign, unit, transcript, turns)
    except NotNow as later:
        leases.postpone(item, later.wait.time, later.wait.code)
        return
    except CallFailed as failed:
        result.cost = failed.cost
        _keep(item, result) if failed.code == CallResult.TOO_LONG else leases.fail(item, failed.code)
        return
    result.cost = measured.cost
    with transaction.atomic():
        result.classification = record_classification(transcript, chosen, measured, result.milliseconds)
        if measured.call is not None:
            result.call = note_apart(hosted(campaign.classifier), Asked(measured, result.milliseconds), transcript)
        elif campaign.classifier in HOSTED:
            result.call = answered_before(hosted(campaign.classifier), transcript)
        result.policy = campaign.policy or Policy.objects.in_force_at(ending.requested_at)
        found = _judged(ending, result)
        result.outcome, result.category = found.outcome, found.category or ""
        _keep(item, result)


@dataclass(frozen=True, slots=True)
class Apart:
    """A hosted judge as campaigns know it: what it measures for them stands under this name."""

    name: str
    version: str
    artifact: str


def _measured(campaign: Campaign, unit: Unit, transcript: Transcript, turns: Sequence[Turn]) -> tuple[Measurer, Measured, int]:
    """Return by whom a transcript was measured again, what came of it, and milliseconds; raises NotNow or CallFailed of a hosted judge."""
    if campaign.classifier in HOSTED:
        judge = hosted(campaign.classifier)
        known = Apart(apart(judge.name), judge.version, judge.artifact)
        if Classification.objects.filter(transcript=transcript, classifier=known.name, classifier_version=known.version).exists():
            return known, Measured(()), 0  # another campaign asked: its answer stands, and nobody pays twice for one
        asked = ask_apart(judge, transcript, turns)
        return known, asked.measured, asked.milliseconds
    chosen = in_use(unit.surface_id) if campaign.classifier == DEFAULT else classifier(campaign.classifier)
    started = perf_counter()
    measured = chosen.measure(turns)
    return chosen, measured, round((perf_counter() - started) * 1000)


def apart(name: str) -> str:
    """Return the name under which a classifier measures for campaigns: a hosted judge's own is that of second opinions."""
    return f"{name}/campaign" if name in HOSTED else name


def _judged(ending: ConversationEnd, result: Rejudgement) -> Judgement:
    assert result.policy is not None  # set by the caller
    assert result.classification is not None  # likewise
    taken = accepted_after([ending])[ending.pk]
    return judge(result.policy.terms(), case_of(ending, result.classification.measures(), taken))


@transaction.atomic
def _keep(item: Leased, result: Rejudgement) -> None:
    Rejudgement.objects.bulk_create([result], ignore_conflicts=True)
    leases.finish(item)


class Basis(StrEnum):
    """What an estimate rests on; never on an opened transcript."""

    CALLS = "calls"
    SIZES = "sizes"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a campaign is likely to take: endings, seconds of one worker, millionths of a US dollar; None where nothing tells.

    Of a hosted judge that was never asked, the cost rests on the sizes of sealed transcripts. `looked_at` counts earlier measurements, or
    transcripts whose size was looked at.
    """

    units: int
    seconds: float | None
    cost: int | None
    rests_on: Basis
    looked_at: int = 0


def estimate(wish: Wish) -> Estimate:
    """Return what a campaign would cost, by what this classifier took before; of a judge never asked, by the longest it may answer."""
    units = units_of(wish).count()
    names = {wish.classifier, apart(wish.classifier)}
    past = list(Classification.objects.filter(classifier__in=names).order_by("-created_at").values_list("milliseconds", "cost")[:LOOKED_AT])
    if not past:
        return _by_sizes(wish, units) if wish.classifier in HOSTED else Estimate(units, None, None, Basis.NOTHING)
    milliseconds, cost = (sum(one) / len(past) for one in zip(*past, strict=True))
    return Estimate(units, units * milliseconds / 1000, round(units * cost), Basis.CALLS, len(past))


def _by_sizes(wish: Wish, units: int) -> Estimate:
    """Return what a hosted judge can cost, from how large transcripts are while sealed: nobody opens one to plan."""
    newest = units_of(wish).order_by("-decided_at", "id").values("branch")[:LOOKED_AT]
    sealed = ConversationEnd.objects.filter(branch__in=newest).values_list("transcript__turn_count", Length("transcript__sealed"))
    kept = [(turns, size) for turns, size in sealed if size]
    if not kept:
        return Estimate(units, None, None, Basis.NOTHING)
    turns = max(1, round(sum(count for count, _ in kept) / len(kept)))
    length = sum(min((size - vault.AROUND) * UNPACKED, settings.JUDGE_MAX_CHARS) for _, size in kept) / len(kept)
    filler = tuple(Turn(index, Role.USER, "x" * ceil(length / turns)) for index in range(turns))
    return Estimate(units, None, units * hosted(wish.classifier).worst_cost(filler), Basis.SIZES, len(kept))
