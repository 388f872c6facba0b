"""The harmonised transparency report as CSV parts (Implementing Regulation (EU) 2024/2835), and the whole report as JSON.

Parts 3, 4, 9 and 10 carry headings only: no notices, no orders, no out-of-court disputes and no suspended accounts pass through here. What
cannot be filled honestly stays empty, and the column beside it says why. Counts come from recorded facts, rates from the draw with their
interval. The wording of columns follows public software that fills these files; it has to be checked against the annexes before anybody
claims conformity.
"""

from __future__ import annotations

import dataclasses
import json
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, F

from moderation.automated_means import means_of
from moderation.exports import dsa_table
from moderation.exports.csv import row
from moderation.exports.dsa_fields import CATEGORIES
from moderation.exports.orders import Order
from moderation.exports.parts import Files
from moderation.models import Appeal
from moderation.replay.impact import Rate
from moderation.states import AppealState
from moderation.statistics.estimates import Estimate
from moderation.transparency import Rates, Report, report_of, restricting

Row = Sequence[str | int | None]

MEASURES = (
    "applicability", "service", "period", "category", "sub_category", "measures_own_initiative", "measures_own_initiative_context",
    "solely_automated_detection", "solely_automated_detection_context", "visibility", "visibility_context", "monetary", "monetary_context",
    "provision_of_service_suspension", "provision_of_service_suspension_context", "provision_of_service_termination",
    "provision_of_service_termination_context", "account", "account_context",
)  # fmt: skip
INDICATORS = ("applicability", "service", "period", "section", "indicator", "scope", "value", "context")
HEADINGS_ONLY = {
    3: ("applicability", "service", "period", "member_state", "orders", "orders_context"),
    4: ("applicability", "service", "period", "category", "notices", "notices_context"),
    9: ("applicability", "service", "period", "language", "moderators", "moderators_context"),
    10: ("applicability", "service", "period", "member_state", "recipients", "recipients_context"),
}
NOT_ENOUGH = "fewer than 30 labels of the draw"
PROVISIONAL = "; provisional: it holds whatever owed labels will say"
WEIGHED = "weighed by the draw and by the sample of conversations that went on"


def files(order: Order) -> Files:
    """Return the parts of a period; without one, of all time."""
    since, until = order.since or datetime(2000, 1, 1, tzinfo=UTC), order.until or order.as_of
    report, period = report_of(since, until), f"{since:%Y-%m-%d}/{until:%Y-%m-%d}"
    rows: dict[int, tuple[Row, list[Row]]] = {
        1: (
            ("field", "value"),
            [("service", _service()), ("period_start", f"{since:%Y-%m-%d}"), ("period_end_exclusive", f"{until:%Y-%m-%d}")],
        ),
        2: (("category", "sub_category", "our_category"), [(one[0], "Other", name) for name, one in dsa_table.ROWS.items()]),
        **{part: (heading, []) for part, heading in HEADINGS_ONLY.items()},
        5: (MEASURES, list(_measures(period, {}))),
        6: (MEASURES, list(_measures(period, _by_category(since, until)))),
        7: (INDICATORS, list(_complaints(period, since, until))),
        8: (INDICATORS, list(_automated(period, report, since, until))),
        11: (("section", "text"), list(_words())),
    }
    members = {f"part-{part:02}.csv": b"".join(row(one) for one in (heading, *lines)) for part, (heading, lines) in sorted(rows.items())}
    members["report.json"] = json.dumps(as_json(report), sort_keys=True, indent=1, ensure_ascii=False).encode() + b"\n"
    return Files(members, sum(len(lines) for _, lines in rows.values()))


def as_json(report: Report) -> dict[str, Any]:
    """Return a report as plain data."""
    return json.loads(json.dumps(dataclasses.asdict(report) | {"per_thousand": report.per_thousand}, default=str))


def _service() -> str:
    return settings.DSA_PLATFORM or settings.LOG_ORIGIN


def _by_category(since: datetime, until: datetime) -> Counter[str]:
    """Return how many restricting endings there were by the category of their statement."""
    counts: Counter[str] = Counter()
    for category, reason, count in restricting(since, until).values_list("category", "reason").annotate(n=Count("id")).order_by():
        counts[dsa_table.row_for(category, reason)[0]] += count
    return counts


def _measures(period: str, counts: dict[str, int]) -> Iterator[Row]:
    """Yield a row for each category; an ending counts once, as a termination of a part of the service."""
    for category in CATEGORIES:
        many = counts.get(category, 0)
        yield ("applicable", _service(), period, category, "Other", many, "", many, "", 0, "", 0, "", 0, "", many, "", 0, "")


def _complaints(period: str, since: datetime, until: datetime) -> Iterator[Row]:
    filed = Appeal.objects.filter(filed_at__gte=since, filed_at__lt=until)
    counts = Counter(dict(filed.values_list("state").annotate(n=Count("id")).order_by()))
    days = filed.filter(decided_at__isnull=False).values_list(F("decided_at") - F("filed_at"), flat=True)
    spans = [one.total_seconds() / 86_400 for one in days]
    median = f"{statistics.median(spans):.4f}" if spans else None  # to ten seconds, so that quick work is not told as none
    for indicator, value, context in (
        ("complaints", sum(counts.values()), ""),
        ("decision upheld", counts[AppealState.DENIED], ""),
        ("decision reversed", counts[AppealState.GRANTED], ""),
        ("decision partially reversed", 0, "an ending is reversed or it is not"),
        ("decision omitted", counts[AppealState.WITHDRAWN], "withdrawn by the user"),
        ("not decided yet", counts[AppealState.FILED] + counts[AppealState.TAKEN], ""),
        ("median days to a decision", median, "" if spans else "none was decided"),
    ):
        yield ("applicable", _service(), period, "internal complaints", indicator, "total", value, context)


def _automated(period: str, report: Report, since: datetime, until: datetime) -> Iterator[Row]:
    def line(indicator: str, scope: str, value: str | int | None, context: str) -> Row:
        return ("applicable", _service(), period, "automated means", indicator, scope, value, context)

    yield line(
        "measures taken solely by automated means", "total", restricting(since, until).count(), "the model ends the conversation itself"
    )
    yield line("measures taken not solely by automated means", "total", 0, "")
    for scope, rates in (("total", report.whole), *((one.name, one) for one in report.by_language)):
        yield line("precision", scope, *_precision(rates))
    for means in means_of(since, until):
        yield line("accuracy", means.name, *_stated(means.accuracy))
        yield line("recall", means.name, *_stated(means.recall))


def _precision(rates: Rates) -> tuple[str | None, str]:
    """Return the share of endings that were right, with its interval; rates are never summed."""
    found: Estimate | None = rates.wrongful
    if found is None:
        return None, NOT_ENOUGH
    about = f"95 % interval {1 - found.high:.4f} to {1 - found.low:.4f}, {found.n} labels, post-stratified"
    return f"{1 - found.value:.4f}", about + (PROVISIONAL if rates.provisional else "")


def _stated(rate: Rate) -> tuple[str | None, str]:
    """Return a rate that rests on labels of conversations that went on, with its interval; or nothing, and why."""
    if rate.estimate is None or rate.ends is None:
        return None, rate.why_not
    about = f"95 % interval {max(0.0, rate.ends.low):.4f} to {min(1.0, rate.ends.high):.4f}, {rate.estimate.n} labels, {WEIGHED}"
    return f"{rate.estimate.value:.4f}", about + (PROVISIONAL if rate.waiting else "")


def _words() -> Iterator[Row]:
    yield (
        "own initiative",
        "A model ends a conversation as a last resort: after refusals and redirections, an explicit warning, and going on.",
    )
    yield (
        "safeguards on automated means",
        "Each ending is judged again by written rules; a draw fixed in advance is labelled blind by people;",
    )
    yield (
        "safeguards on automated means",
        "where a first label finds an ending wrong another person reads it, and a senior decides between them.",
    )
    yield (
        "safeguards on automated means",
        "Nobody decides an appeal who labelled or decided the ending. Every act is in a log that outsiders verify.",
    )
