"""What a draft changes in one sentence, for the memo of whoever decides."""

from __future__ import annotations

from console.charts import most
from console.templatetags.figures import as_points, grouped, percent
from moderation.models import Policy
from moderation.replay.impact import Rate
from moderation.states import Promise, PromiseState
from moderation.statistics.censoring import Replayed
from moderation.statistics.intervals import Interval
from moderation.whatif import WhatIf


def memo(policy: Policy, other: Policy, found: WhatIf) -> str:
    """Return what is known of a policy against another, in plain sentences that can be pasted."""
    span, changed = found.ground.span, found.impact
    parts = [
        f"Policy {policy.version} against policy {other.version}, {span.since:%-d %b} to {span.until:%-d %b %Y}:",
        f"ends {_count(changed.live.ended)} → {_count(changed.draft.ended)} of {grouped(changed.units)} candidates;",
        f"wrongful {_rate(changed.live.wrongful)} → {_rate(changed.draft.wrongful)}{_difference(changed.wrongful)};",
        f"in a crisis {_rate(changed.live.crisis, 2)} → {_rate(changed.draft.crisis, 2)};",
        f"missed {_rate(changed.live.missed)} → {_rate(changed.draft.missed)}{_difference(changed.missed)}.",
    ]
    return " ".join([*parts, *(_promise(promise, found) for promise in found.promises)])


def guarantee(promise: Promise, found: WhatIf) -> str:
    """Return how far along the path from live a promise is shown, and what is lacking."""
    one = found.promises[promise]
    if one.state is PromiseState.CERTIFIED:
        return f"From live outward the guarantee holds for all {found.steps} steps." if found.steps > 1 else "Shown on this window."
    if one.state is PromiseState.UNKNOWN:
        return "This policy ends nothing on this window."
    held = f"From live outward it holds for {one.shown} of {found.steps} steps; " if one.shown else ""
    if one.more is None:
        hidden = f", {grouped(one.hidden)} of them hidden behind locks" if one.hidden else ""
        return _sentence(f"{held}no number of reviews of this window would show it: too many failures{hidden}.")
    return _sentence(f"{held}it needs {grouped(one.more)} more review{'s' * (one.more != 1)} without a failure.")


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


def _promise(promise: Promise, found: WhatIf) -> str:
    return f"{promise.label}: {found.promises[promise].state.label.lower()}. {guarantee(promise, found)}"


def _count(one: Replayed) -> str:
    return grouped(one.fired) if one.exact else f"[{grouped(one.fired)}…{grouped(most(one))}]"


def _rate(rate: Rate, decimals: int = 1) -> str:
    found, ends = rate.estimate, rate.ends
    if found is None or ends is None:
        return "unknown"
    return f"{percent(found.value, decimals)} ({ends.low * 100:.{decimals}f}–{ends.high * 100:.{decimals}f}, n = {grouped(found.n)})"


def _difference(found: Interval | None) -> str:
    return "" if found is None else f" ({as_points(found)})"
