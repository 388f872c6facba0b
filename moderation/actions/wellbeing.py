"""What reading puts on people: notes of what a unit holds, exposure, its budget, comfort, overrides.

1. Each opening of a transcript, for whatever purpose, costs units by the expected severity of what it holds. A transcript that was opened
   once and is open still costs nothing again.
2. A person has a budget for a sitting and for a day (UTC). The organisation sets both; a person may lower their own, never raise them.
3. At 80 % a quiet bar says so. At 100 % only items of severity 0 are served until the sitting or the day is over, or a senior lets the
   person read on, which is recorded as such.
4. What a person is shown leaves out what they hold now, or could still take back: its cost would tell them what the machine thought of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, Max, Subquery
from django.db.models.expressions import RawSQL
from django.db.models.functions import Greatest
from django.utils import timezone

from conversations.tree import Role
from moderation.audit.events import Event, Target
from moderation.audit.log import record
from moderation.models import BudgetOverride, Comfort, ContentNote, Desk, Exposure, Opening, Review, TurnScore, Unit, User
from moderation.states import Category, OverrideReason

BANDS = (3_000, 6_000, 8_500)
"""From which score on, in ten-thousandths, severity 1, 2 and 3 are expected."""
UNKNOWN_SEVERITY = 1
QUIET_BAR = 80
LOW = 0


class Exhausted(Exception):
    """The budget is spent: only light items are served until the sitting or the day is over."""


class NotYourself(Exception):
    """Nobody grants themselves more."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How somebody wants to read: what is folded, blurred or grey, what they would rather not, and their own caps in units."""

    fold: bool = False
    blur: bool = False
    monochrome: bool = False
    opted_out: tuple[Category, ...] = ()
    ceiling: int | None = None
    sitting_cap: int | None = None
    day_cap: int | None = None


@dataclass(frozen=True, slots=True)
class Load:
    """Units spent in this sitting and today, and the caps of both."""

    sitting: int
    day: int
    sitting_cap: int
    day_cap: int

    @property
    def share(self) -> int:
        """How much is spent, in percent of whichever budget is nearer its end."""
        return max(100 * self.sitting // max(1, self.sitting_cap), 100 * self.day // max(1, self.day_cap))

    @property
    def spent(self) -> bool:
        """Whether only light items may follow."""
        return self.share >= 100


@dataclass(frozen=True, slots=True)
class AtDesk:
    """Who sits at a desk: where they stand, how they want to read (None for what nobody asked yet), what they have borne and answered."""

    desk: Desk | None
    comfort: Comfort | None
    load: Load
    answered_today: int
    answered_sitting: int


def severity_of(score: int, topic: str) -> int:
    """Return the expected severity 0–3 of a highest score, in ten-thousandths; whatever concerns minors is severe."""
    band = sum(score >= bound for bound in BANDS)
    return 3 if topic == Category.SEXUAL_MINORS and band else band


def note_content(units: Collection[Unit]) -> None:
    """Keep what units are expected to hold, by the newest classification of each one's branch; nothing for one without any."""
    notes = contents(units)
    notes.sort(key=lambda note: note.unit_id)  # in one order, so that two who note never wait for each other
    ContentNote.objects.bulk_create(notes, update_conflicts=True, unique_fields=["unit"], update_fields=["topics", "severity"])


def contents(units: Collection[Unit]) -> list[ContentNote]:
    """Return what units are expected to hold, unsaved, as `note_content` would keep it; by a fixed number of queries."""
    by_branch = {unit.branch_id: unit for unit in units}
    spoken = TurnScore.objects.filter(classification__branch_id__in=by_branch, role=Role.USER.value)
    newest = spoken.order_by("classification__branch_id", "-classification__created_at").distinct("classification__branch_id")
    worst = {**{category.value: Max(category.value) for category in Category}, "crisis": Max(Greatest("crisis_self", "crisis_others"))}
    of_newest = TurnScore.objects.filter(classification_id__in=newest.values("classification_id"), role=Role.USER.value).order_by()
    rows: Iterable[Any] = of_newest.values("classification__branch_id").annotate(**worst)
    return [_content(by_branch[row.pop("classification__branch_id")], row) for row in rows]


def _content(unit: Unit, worst: dict[str, int]) -> ContentNote:
    crisis = worst.pop("crisis")
    worst[Category.SELF_HARM] = max(worst[Category.SELF_HARM], crisis)
    topics = sorted((name for name in worst if worst[name] >= BANDS[0]), key=lambda name: -worst[name])
    return ContentNote(unit=unit, topics=topics, severity=max((severity_of(worst[name], name) for name in topics), default=0))


def charge(opening: Opening) -> None:
    """Count what an opening costs its reader; nothing where they read the same within the last day."""
    lately = Opening.objects.filter(
        user_id=opening.user_id, branch_id=opening.branch_id, opened_at__gt=opening.opened_at - timedelta(days=1)
    )
    severity = ContentNote.objects.filter(unit__branch_id=opening.branch_id).values("severity")[:1]
    known = Opening.objects.values_list(Exists(lately.exclude(pk=opening.pk)), Subquery(severity))
    again, severity_noted = known.get(pk=opening.pk)
    if again:
        return
    units = settings.EXPOSURE_UNITS[UNKNOWN_SEVERITY if severity_noted is None else severity_noted]
    Exposure.objects.create(opening=opening, user_id=opening.user_id, units=units, at=opening.opened_at)


def midnight() -> datetime:
    """Return when today began, in UTC."""
    return datetime.combine(timezone.now().astimezone(UTC).date(), time(), UTC)


SPENT = "(SELECT sum(units) FROM moderation_exposure e WHERE e.user_id = moderation_user.id AND at >= %s{})"
BUT_HELD = """ AND NOT EXISTS (
    SELECT FROM moderation_opening o JOIN moderation_unit u ON u.branch_id = o.branch_id JOIN moderation_review r ON r.unit_id = u.id
    WHERE o.id = e.opening_id AND r.reviewer_id = e.user_id AND r.state IN ('claimed', 'submitted'))"""
ANSWERED = """(
    (SELECT count(*) FROM moderation_label l WHERE l.reviewer_id = moderation_user.id AND l.round <> 'amendment' AND l.committed_at >= %s)
    + (SELECT count(*) FROM moderation_review r WHERE r.reviewer_id = moderation_user.id AND r.state = 'submitted'))"""
SITTING = "coalesce(moderation_desk.sitting_since, %s)"
ADDED = "(SELECT sum(units) FROM moderation_budgetoverride WHERE user_id = moderation_user.id AND until > %s)"
"""Sums beside a person, as text: every page of who labels asks for them, and put together by the ORM they cost it more than PostgreSQL."""


def at_desk(user: User, *, shown: bool = False) -> AtDesk:
    """Return who sits there, by one query; `shown` leaves out what they hold now, whose cost would tell what is in it."""
    today, spent = midnight(), SPENT.format(BUT_HELD if shown else "")
    known = User.objects.select_related("desk", "comfort").annotate(
        day=RawSQL(spent, [today]),  # noqa: S611  # constants of this file
        sitting=RawSQL(spent.replace("%s", SITTING), [today]),  # noqa: S611  # the same
        answered_today=RawSQL(ANSWERED, [today]),  # noqa: S611  # the same
        answered_sitting=RawSQL(ANSWERED.replace("%s", SITTING), [today]),  # noqa: S611  # the same
        added=RawSQL(ADDED, [timezone.now()]),  # noqa: S611  # the same
    )
    found = known.get(pk=user.pk)
    desk, comfort = getattr(found, "desk", None), getattr(found, "comfort", None)
    sitting_cap, day_cap = _caps(comfort or Comfort())
    more = found.added or 0
    load = Load(found.sitting or 0, found.day or 0, sitting_cap + more, day_cap + more)
    return AtDesk(desk, comfort, load, found.answered_today, found.answered_sitting)


def load_of(user: User, *, shown: bool = False) -> Load:
    """Return what a person has borne, and both budgets: the organisation's or a lower one of their own, and what a senior added."""
    return at_desk(user, shown=shown).load


def _caps(own: Comfort) -> tuple[int, int]:
    sitting = min(settings.EXPOSURE_SITTING, settings.EXPOSURE_SITTING if own.sitting_cap is None else own.sitting_cap)
    return sitting, min(settings.EXPOSURE_DAY, settings.EXPOSURE_DAY if own.day_cap is None else own.day_cap)


def check_budget(user: User, review: Review) -> None:
    """Raise Exhausted where the budget is spent and the item is not a light one."""
    if not load_of(user).spent:
        return
    severity = ContentNote.objects.filter(unit_id=review.unit_id).values_list("severity", flat=True).first()
    if severity != LOW:
        raise Exhausted(review.public_id)


@transaction.atomic
def set_comfort(user: User, wish: Wish) -> Comfort:
    """Keep how somebody wants to read; the log learns that, not what."""
    comfort, _ = Comfort.objects.update_or_create(user=user, defaults=asdict(wish) | {"opted_out": sorted(wish.opted_out)})
    record(Event.COMFORT_SET, Target("person", user.public_id), actor=user.as_actor())
    return comfort


@transaction.atomic
def override_budget(user: User, *, units: int, reason: OverrideReason, actor: User) -> BudgetOverride:
    """Let somebody read on until the day ends; raises NotYourself."""
    if user.pk == actor.pk:
        raise NotYourself(user.public_id)
    until = midnight() + timedelta(days=1)
    override = BudgetOverride.objects.create(user=user, granted_by=actor, units=units, reason=reason, until=until)
    record(Event.BUDGET_OVERRIDDEN, Target("person", user.public_id), actor=actor.as_actor(), units=units, why=reason.value)
    return override
