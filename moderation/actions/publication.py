"""Publish, watch, trip, roll back: what brings a policy into force, and what takes it back.

Publishing again takes two people; taking back takes one with a reason, or the breaker. What takes the place of a policy that was taken back
is a new version with the terms of the one before, so that each version rules once and the history reads in one line. All ways take one lock
first, and look only then: whoever comes second finds what the first one left.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from conversations.models import Surface, Volume
from moderation import guard_rails, work
from moderation.actions.policies import (
    NeedsCompliance,
    RulesChanged,
    SamePerson,
    columns,
    decide,
    locked,
    needs_compliance,
    next_version,
    target,
)
from moderation.actions.webhooks import tell
from moderation.audit.events import Actor, Event, service
from moderation.audit.log import record
from moderation.judge import Terms
from moderation.models import Policy, PolicyWatch, Seal, Standing, Threshold, User, WebhookEvent
from moderation.models.policies import RULES_VERSION
from moderation.states import Outcome, PolicyDecisionKind, PolicyState, TripCause
from moderation.statistics import breaker
from moderation.statistics.breaker import Band

WATCH = timedelta(hours=24)
BASELINE = timedelta(days=28)
HOUR = timedelta(hours=1)
EVEN = 10_000
RULING_LOCK = 0x5265636F_72756C65
"""Key of the advisory lock under which another policy comes into force."""
WITHHELD = "It raises the crisis threshold above that of the policy that came into force since it was approved: compliance has to approve."

log = structlog.get_logger()


class NothingBefore(Exception):
    """There is no earlier policy to go back to."""


def _alone_with(version: int) -> Policy:
    """Return a policy once nobody else changes which one rules, until the transaction ends.

    The lock comes before any row: publishing takes the proposal and then what rules, taking back what rules and then the latest version,
    and the two would wait for each other.
    """
    _alone()
    return locked(version)


def _alone() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [RULING_LOCK])


def publish_policy(version: int, *, actor: User, since: datetime | None = None) -> Policy:
    """Bring a scheduled policy into force and supersede the one before; `since` dates the first policies of an installation back.

    Raises:
        RulesChanged: it was sealed under another text of the rules.
        NeedsCompliance: the one in force protects more in a crisis than the one when this was approved; it waits to be approved again.
    """
    policy = _publish_now(version, actor.as_actor(), since)
    if policy.term is PolicyState.SEALED:
        raise NeedsCompliance(policy.public_id)
    return policy


@transaction.atomic
def _publish_now(version: int, actor: Actor, since: datetime | None) -> Policy:
    return _publish(_alone_with(version), actor, since)


@work.periodic
def publish_due() -> None:
    """Bring into force what was scheduled for now; what was sealed under other rules is left, and its page says so."""
    due = Policy.objects.due(timezone.now()).filter(rules_version=RULES_VERSION).order_by("scheduled_for")
    for version in due.values_list("version", flat=True):
        with transaction.atomic():
            policy = _alone_with(version)
            if policy.term is PolicyState.SCHEDULED:
                _publish(policy, service("schedule"), None)


def _publish(policy: Policy, actor: Actor, since: datetime | None) -> Policy:
    if policy.rules_version != RULES_VERSION:
        raise RulesChanged(policy.public_id)
    moment = since or timezone.now()
    former = Policy.objects.select_for_update().live().first()
    if needs_compliance(policy, former, policy.approver):
        return _withhold(policy, actor)
    if former is not None:
        _end(former, PolicyState.SUPERSEDED, moment)
        record(Event.POLICY_SUPERSEDED, target(former), actor=actor, policy_rev=former.version)
    policy.move_to(PolicyState.LIVE)
    policy.live_from, policy.share = moment, 0
    policy.save(update_fields=["state", "live_from", "share"])
    record(Event.POLICY_PUBLISHED, target(policy), actor=actor, policy_rev=policy.version)
    if former is not None:
        _watch(policy, former, moment)
    _tell(policy)
    return policy


def _withhold(policy: Policy, actor: Actor) -> Policy:
    """Give a policy back for approval: against the one that rules now it asks for more than its approver could give."""
    policy.move_to(PolicyState.SEALED)
    policy.approver = policy.approved_at = policy.scheduled_for = None
    policy.share = 0
    policy.save(update_fields=["state", "approver", "approved_at", "scheduled_for", "share"])
    decide(policy, PolicyDecisionKind.WITHHELD, None, WITHHELD)
    record(Event.POLICY_WITHHELD, target(policy), actor=actor, policy_rev=policy.version)
    return policy


def _end(policy: Policy, state: PolicyState, moment: datetime) -> None:
    policy.move_to(state)
    policy.live_until = moment
    policy.save(update_fields=["state", "live_until"])


def _tell(policy: Policy) -> None:
    for surface in Surface.objects.values_list("pk", flat=True):
        tell(WebhookEvent.POLICY_PUBLISHED, surface, about=policy.public_id, data={"policy": policy.version})


def _watch(policy: Policy, former: Policy, moment: datetime) -> None:
    """Arm the breaker with what went before and how many more or fewer endings the preview expects.

    Endings are held against conversations only where a surface told of both: one without volumes would raise the rate of the others.
    """
    seal = Seal.objects.in_force().filter(policy=policy).first()
    least, most = _factors(seal)
    endings = Standing.objects.filter(ended_at__gte=moment - BASELINE, ended_at__lt=moment)
    volumes = Volume.objects.filter(hour__gte=moment - BASELINE, hour__lt=moment)
    PolicyWatch.objects.create(
        policy=policy,
        former=former,
        until=moment + WATCH,
        factor=least,
        factor_most=most,
        endings_before=_told_of(endings).count(),
        conversations_before=volumes.conversations() or 0,
        judged_before=endings.exclude(outcome="").count(),
        flags_before=endings.filter(outcome=Outcome.CRISIS).count(),
    )


def _factors(seal: Seal | None) -> tuple[int, int]:
    """Return how many times as many endings a preview expects at least and at most; what a lock hides may have ended later, or never."""
    if seal is None or not seal.ended_live or seal.ended_draft is None:
        return EVEN, EVEN
    least, most = (round(EVEN * ended / seal.ended_live) for ended in (seal.ended_draft, seal.ended_draft + seal.unknown))
    return least, max(most, 1)


@work.periodic
def look_after_policies() -> None:
    """Look at each policy of the last day: one whose figures left what its preview predicted goes back by itself.

    Its endings are looked at once an hour, as the breaker's level is shared out; crises each time.
    """
    now = timezone.now()
    for watch in PolicyWatch.objects.filter(closed_at=None).select_related("policy"):
        if watch.until <= now or watch.policy.term is not PolicyState.LIVE:
            PolicyWatch.objects.filter(pk=watch.pk, closed_at=None).update(closed_at=now)
            continue
        hourly = watch.looked_at is None or watch.looked_at <= now - HOUR
        if hourly:
            PolicyWatch.objects.filter(pk=watch.pk).update(looked_at=now)
        for cause, band in bands(watch, now).items():
            if band.left and (hourly or cause is TripCause.CRISIS):
                trip_policy(watch.policy.version, cause, band)
                break


def bands(watch: PolicyWatch, now: datetime) -> dict[TripCause, Band]:
    """Return each figure since a policy came into force with the interval that its preview predicted; without volumes only crises."""
    start = watch.policy.live_from
    assert start is not None  # watched since it came into force
    endings = Standing.objects.filter(ended_at__gte=start, ended_at__lte=now)
    found = {}
    hours = _hours(start, now)
    exposure = _conversations(hours, start)
    if watch.conversations_before and exposure:
        seen = _told_of(endings.filter(surface__in={one.surface_id for one in hours})).count()
        before, factors = float(watch.conversations_before), (watch.factor / EVEN, watch.factor_most / EVEN)
        found[TripCause.ENDINGS] = breaker.endings(
            seen, exposure, before=watch.endings_before, exposure_before=before, factor=factors[0], most=factors[1]
        )
    judged = endings.exclude(outcome="")
    flags = judged.filter(outcome=Outcome.CRISIS).count()
    found[TripCause.CRISIS] = breaker.crises(flags, judged.count(), before=watch.flags_before, judged_before=watch.judged_before)
    return found


def _hours(start: datetime, now: datetime) -> list[Volume]:
    """Return what surfaces said of each hour since; only those that did so before too, for others there is nothing to compare with."""
    first = start.replace(minute=0, second=0, microsecond=0)
    before = Volume.objects.filter(hour__gte=start - BASELINE, hour__lt=start).values("surface")
    return list(Volume.objects.filter(hour__gte=first, hour__lte=now, surface__in=before).said_last())


def _conversations(hours: Sequence[Volume], start: datetime) -> float:
    """Return how many conversations began since, as far as surfaces have said; the hour in which it came into force counts in part."""
    return sum(one.conversations * min(1.0, (one.hour + HOUR - start) / HOUR) for one in hours)


def _told_of(endings: QuerySet[Standing]) -> QuerySet[Standing]:
    """Return the endings that have a denominator: those in hours of which their surface said how many conversations began."""
    told = Volume.objects.filter(surface=OuterRef("surface"), hour__lte=OuterRef("ended_at"), hour__gt=OuterRef("ended_at") - HOUR)
    return endings.filter(Exists(told))


@transaction.atomic
def trip_policy(version: int, cause: TripCause, band: Band) -> Policy | None:
    """Take a policy back by itself and let the one before rule; None where somebody did so in the meantime."""
    policy = _alone_with(version)
    if policy.term is not PolicyState.LIVE:
        return None
    moment = timezone.now()
    _end(policy, PolicyState.TRIPPED, moment)
    PolicyWatch.objects.filter(policy=policy).update(tripped_by=cause, closed_at=moment)
    comment = f"{cause.label}: {band.seen} seen, {band.low} to {band.high} predicted."
    decide(policy, PolicyDecisionKind.TRIPPED, None, comment)
    codes: dict[str, Any] = {"cause": cause.value, "seen": band.seen, "low": band.low, "high": band.high}
    record(Event.POLICY_TRIPPED, target(policy), actor=service("breaker"), policy_rev=policy.version, **codes)
    log.error("policy.tripped", policy=policy.version, **codes)
    return _restore(policy, policy.watch.former, service("breaker"), moment)


@transaction.atomic
def roll_back_policy(version: int, *, actor: User, reason: str) -> Policy:
    """Take the policy in force back, by one person with a reason; returns what rules now. Raises NothingBefore."""
    policy = _alone_with(version)
    former = Policy.objects.before(policy)
    moment = timezone.now()
    _end(policy, PolicyState.ROLLED_BACK, moment)
    if former is None:
        raise NothingBefore(policy.public_id)
    PolicyWatch.objects.filter(policy=policy, closed_at=None).update(closed_at=moment)
    decide(policy, PolicyDecisionKind.ROLLED_BACK, actor, reason)
    record(Event.POLICY_ROLLED_BACK, target(policy), actor=actor.as_actor(), policy_rev=policy.version)
    return _restore(policy, former, actor.as_actor(), moment)


def _restore(policy: Policy, former: Policy, actor: Actor, moment: datetime) -> Policy:
    """Bring the terms of an earlier policy into force as a new version; both people who stood for it still do."""
    original = former.restores or former
    again = _in_force(
        Policy(
            rules_version=former.rules_version,
            title=f"Policy {original.version} again, in place of policy {policy.version}",
            why=former.why,
            objective=former.objective,
            author=former.author,
            approver=former.approver,
            approved_at=former.approved_at,
            restores=original,
        ),
        former.terms(),
        moment,
        sealed_at=former.sealed_at,
    )
    record(Event.POLICY_PUBLISHED, target(again), actor=actor, policy_rev=again.version, restores=original.version)
    _tell(again)
    return again


def _in_force(policy: Policy, terms: Terms, moment: datetime, *, sealed_at: datetime | None) -> Policy:
    """Save a policy that rules from the start; its seal comes last, for the database lets nobody add thresholds to what is sealed."""
    policy.version = next_version()
    for name, value in columns(terms).items():
        setattr(policy, name, value)
    policy.save()
    Threshold.objects.bulk_create(Threshold(policy=policy, category=name, value=value) for name, value in terms.thresholds.items())
    policy.state, policy.live_from, policy.sealed_at = PolicyState.LIVE, moment, sealed_at
    policy.save(update_fields=["state", "live_from", "sealed_at"])
    return policy


@transaction.atomic
def rule_at_once(terms: Terms, *, title: str, why: str, actor: Actor) -> Policy:
    """Bring a policy into force without a second person, where none ever ruled; raises SamePerson where one did, OutOfRails."""
    guard_rails.check(terms)
    _alone()
    if Policy.objects.ruled().exists():
        raise SamePerson(title)
    moment = timezone.now()
    policy = _in_force(Policy(title=title, why=why), terms, moment, sealed_at=moment)
    record(Event.POLICY_DRAFTED, target(policy), actor=actor, policy_rev=policy.version)
    record(Event.POLICY_PUBLISHED, target(policy), actor=actor, policy_rev=policy.version)
    _tell(policy)
    return policy
