"""What is sealed with a proposal: the window, the path, the levels, the draw and how it is tested; and which flips others have to read.

The design is one line of canonical JSON. Its SHA-256 enters the log before any label of the window is joined, and the line is kept, so
that anybody can hash it again. It tells how much of the draw had a label by then: whoever seals a window that was read in part may have
known what it would show, and a certificate says so. The flips to read are those whose unit has the lowest SHA-256 of digest and id
together: nobody picks them, everybody can find the same ones.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import numpy as np
from django.db.models import Count, Exists, F, OuterRef, Q

from moderation.judge import Terms
from moderation.models import Settlement, Unit
from moderation.months import first_of, month_after
from moderation.promises import PROMISED
from moderation.replay.follow import current
from moderation.replay.path import path
from moderation.replay.units import Flips, Window, flips, replay
from moderation.states import Design, Flip
from moderation.statistics.censoring import NEVER

DELTA = "0.05"
WINDOW = timedelta(days=30)
TO_READ = 5

canonical = msgspec.json.Encoder(order="sorted").encode


@dataclass(frozen=True, slots=True)
class Span:
    """A window of time: from `since` up to before `until`."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Preview:
    """What a draft changes on a window as far as it needs no label; `units` names those that change sides, with how."""

    ended_live: int
    ended_draft: int
    flips: Mapping[str, int]
    units: tuple[tuple[UUID, Flip], ...]


@dataclass(frozen=True, slots=True)
class AtSeal:
    """What was so when a design was sealed: how it is tested, how many units were drawn, and how many of them had a final label."""

    design: Design
    drawn: int
    labelled: int


def latest_window(now: datetime) -> Span:
    """Return the thirty days up to the last midnight in UTC."""
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return Span(midnight - WINDOW, midnight)


def month(text: str) -> Span:
    """Return the span of a month in UTC, as `2026-09`; raises ValueError."""
    if not re.fullmatch(r"2\d{3}-(0[1-9]|1[0-2])", text):
        raise ValueError("A window is a month, such as 2026-09.")
    since = first_of(int(text[:4]), int(text[5:]) - 1)
    return Span(since, month_after(since))


def design(window: Span, live: Terms | None, draft: Terms, rules_version: int, *, test: Design = Design.FIXED) -> str:
    """Return what is sealed, as canonical JSON: window, rules, path from the policy in force to the draft, α of each promise, δ, the test.

    With it goes the base draw of the window as it stands: for each kind of unit and rate how many there are, how many were drawn, and how
    many of these have a final label; `first_rate` where the rate was raised since the units came.
    """
    steps = path(live, draft) if live else [draft]
    content = {
        "since": window.since.isoformat(),
        "until": window.until.isoformat(),
        "rules": rules_version,
        "path": [_plain(one) for one in steps],
        "alpha": {promise.value: alpha for promise, alpha in PROMISED.items()},
        "delta": DELTA,
        "test": test.value,
        "draw": _draw(window),
    }
    return canonical(content).decode()


def _draw(window: Span) -> list[dict[str, object]]:
    taken = Q(in_base=True)
    units = Unit.objects.filter(decided_at__gte=window.since, decided_at__lt=window.until)
    units = units.alias(settled=Exists(Settlement.objects.filter(unit=OuterRef("pk"))))
    groups = units.order_by("kind", "base_rate", "first_rate").values("kind", "first_rate", rate=F("base_rate"))
    counted = groups.annotate(units=Count("pk"), drawn=Count("pk", filter=taken), labelled=Count("pk", filter=taken & Q(settled=True)))
    return [{name: value for name, value in row.items() if value != ""} for row in counted]


def at_seal(text: str) -> AtSeal | None:
    """Return what a design says of its draw; None of one that was sealed before that was kept."""
    found: dict[str, Any] = read_design(text)
    if "draw" not in found:
        return None
    draw = found["draw"]
    return AtSeal(Design(found["test"]), sum(one["drawn"] for one in draw), sum(one["labelled"] for one in draw))


def read_design(text: str) -> dict[str, object]:
    """Return the parts of a design."""
    found: dict[str, object] = msgspec.json.decode(text)
    return found


def read_path(text: str) -> list[Terms]:
    """Return the policies of a sealed path, from the one in force to the draft."""
    steps: list[dict[str, Any]] = msgspec.json.decode(text)["path"]
    return [_terms(one) for one in steps]


def _terms(plain: dict[str, Any]) -> Terms:
    knobs = {name: plain[name] for name in ("thresholds", "crisis", "acts", "harmful_turns", "redirections", "margin")}
    return Terms(version=0, **knobs, eligible_models=frozenset(plain["models"]), eligible_surfaces=frozenset(plain["surfaces"]))


def digest(text: str) -> str:
    """Return the SHA-256 of a design, as the log has it."""
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(terms: Terms) -> dict[str, object]:
    return {
        "thresholds": dict(terms.thresholds),
        "crisis": terms.crisis,
        "acts": terms.acts,
        "harmful_turns": terms.harmful_turns,
        "redirections": terms.redirections,
        "margin": terms.margin,
        "models": sorted(terms.eligible_models),
        "surfaces": sorted(terms.eligible_surfaces),
    }


def window_of(span: Span) -> Window:
    """Return the units of a span, brought up to date."""
    return Window.between(current(), span.since.timestamp(), span.until.timestamp())


def preview(window: Window, live: Terms, draft: Terms) -> Preview:
    """Return what a draft changes against the policy in force, without looking at any label."""
    old, new = replay(window, live), replay(window, draft)
    found = flips(old.turns, new.turns, new.hidden)
    return Preview(
        ended_live=int((old.turns < NEVER).sum()),
        ended_draft=int((new.turns < NEVER).sum()),
        flips=found.counts(),
        units=tuple(flipped(window, found)),
    )


def flipped(window: Window, found: Flips) -> Iterator[tuple[UUID, Flip]]:
    """Yield the units that change sides, with how."""
    for kind in Flip:
        for unit in window.ids(np.flatnonzero(getattr(found, kind.value))):
            yield unit, kind


def to_read(units: tuple[tuple[UUID, Flip], ...], sha256: str) -> list[tuple[UUID, Flip]]:
    """Return the flips that whoever approves must open: five at random, all where there are fewer."""
    return sorted(units, key=lambda one: hashlib.sha256(f"{sha256}{one[0]}".encode()).digest())[:TO_READ]
