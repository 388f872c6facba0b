"""Whether a hosted judge may be asked now: budget of the day, rate of the minute, circuit breaker; kept in one row for all workers.

1. **Admit** reserves the most a call can cost, in a short transaction of its own. It refuses while the breaker is open, once the minute
   is full, and where the day's budget would not hold; the answer says how long to wait.
2. **Settle** puts the true cost in place of the reserved one. A failure counts; `FAILURES` in a row open the breaker for a time that
   doubles up to an hour. While it is open one probe at a time may pass once its time is up; an answer closes it.

A worker killed between the two leaves its reservation until the day is over: the budget is never exceeded, at worst not used up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from moderation.models import HostedJudge

FAILURES = 5
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)
PROBE = timedelta(seconds=120)
"""How long a probe may take before another may try; beyond the time of any call."""
MICROS = 1_000_000


@dataclass(frozen=True, slots=True)
class Wait:
    """Why a judge cannot be asked now, and for how long."""

    code: str
    time: timedelta


@transaction.atomic
def admit(name: str, reserve: int) -> Wait | None:
    """Reserve a call, or return why it must wait; `reserve` is the most it can cost in millionths of a US dollar."""
    now = timezone.now()
    state = _locked(name, now)
    if state.suspended_until is not None and state.suspended_until > now:
        return Wait("suspended", state.suspended_until - now)
    if state.asked >= settings.JUDGE_PER_MINUTE:
        return Wait("rate", state.minute + timedelta(minutes=1) - now)
    if state.spent + reserve > settings.JUDGE_DAILY_BUDGET * MICROS:
        return Wait("budget", datetime.combine(state.day + timedelta(days=1), time(), UTC) - now)
    state.spent, state.asked = state.spent + reserve, state.asked + 1
    if state.failures >= FAILURES:
        state.suspended_until = now + PROBE
    state.save()
    return None


@transaction.atomic
def settle(name: str, *, reserved: int, cost: int, answered: bool) -> bool:
    """Count what a call cost and whether it was answered; returns whether this failure opened the breaker or kept it open."""
    now = timezone.now()
    state = _locked(name, now)
    state.spent = max(0, state.spent - reserved) + cost
    state.failures = 0 if answered else state.failures + 1
    broken = state.failures >= FAILURES
    pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(state.failures - FAILURES, 10)) if broken else None
    state.suspended_until = now + pause if pause else None
    state.save()
    return broken


def _locked(name: str, now: datetime) -> HostedJudge:
    """Return the row of a judge, locked, with day and minute brought up to now."""
    minute = now.replace(second=0, microsecond=0)
    HostedJudge.objects.bulk_create([HostedJudge(name=name, day=now.date(), minute=minute)], ignore_conflicts=True)
    state = HostedJudge.objects.select_for_update().get(name=name)
    if state.day < now.date():
        state.day, state.spent = now.date(), 0
    if state.minute < minute:
        state.minute, state.asked = minute, 0
    return state
