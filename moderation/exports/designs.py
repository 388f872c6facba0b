"""What lets others estimate again: how each unit was drawn, which label counts, and what that label weighs.

The rules are those of `moderation/evidence.py`, said in SQL so that a million rows stream: a unit enters a rate through the draw, or
because all of the urgent lane was read; the label that settled it counts. Only counts by stratum come into memory.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connections

from moderation.evidence import LANE
from moderation.exports.orders import Order
from moderation.exports.sources import Column, Type
from moderation.routing import URGENT_WHYS
from moderation.statistics.estimates import FEW
from moderation.statistics.intervals import Unanswerable
from moderation.statistics.strata import Strata

FINAL = """
    LEFT JOIN LATERAL (
        SELECT said.* FROM moderation_settlement AS settled JOIN moderation_label AS said ON said.id = settled.label_id
        WHERE settled.unit_id = unit.id AND settled.settled_at <= %(as_of)s
        ORDER BY settled.settled_at DESC, settled.id DESC LIMIT 1
    ) AS final ON true
"""
URGENT = "ARRAY['" + "', '".join(URGENT_WHYS) + "']::varchar[]"
DRAWN = f"""
    LEFT JOIN moderation_enrichment AS enriched ON enriched.unit_id = unit.id
    LEFT JOIN LATERAL (
        SELECT true AS is FROM moderation_review AS reading
        WHERE reading.unit_id = unit.id AND reading.round = 'first' AND reading.reasons && {URGENT} LIMIT 1
    ) AS urgent ON true
"""
CRISIS = "(final.answer = 'no_crisis' OR final.crisis_from IS NOT NULL OR final.crisis_unclear)"
WRONGFUL = f"(final.answer IN ('no', 'no_crisis', 'cannot_tell') OR {CRISIS})"
CERTAIN = "(coalesce(urgent.is, false) AND unit.window = ANY(%(lanes)s))"
ENTERS = f"(unit.in_base OR coalesce(enriched.drawn, false) OR {CERTAIN})"
STRATUM = f"CASE WHEN {CERTAIN} THEN '{LANE}' ELSE coalesce(enriched.stratum, unit.stratum) END"
RATE = "greatest(unit.base_rate::numeric, coalesce(enriched.rate::numeric, 0))"
CELL = f"CASE WHEN {CERTAIN} THEN '{LANE}' ELSE coalesce(enriched.stratum, unit.stratum) || ' ' || trim_scale({RATE})::text END"
"""What `moderation.evidence.cell` gives: units of a stratum that were drawn at unlike rates are estimated apart."""
PI = f"CASE WHEN {CERTAIN} THEN 1 ELSE {RATE} END"

UNITS = f"FROM moderation_unit AS unit {DRAWN} {FINAL} WHERE unit.kind = 'ended' AND unit.window = ANY(%(windows)s)"
OPEN_LANES = f"SELECT unit.window, bool_and(final.id IS NOT NULL) {UNITS} AND urgent.is GROUP BY unit.window"
COUNTS = f"""
    SELECT unit.window, {CELL} AS stratum, count(*), count(*) FILTER (WHERE {ENTERS} AND final.id IS NOT NULL) {UNITS} GROUP BY 1, 2
"""
WINDOWS = """
    SELECT unit.window, bool_and(coalesce(ending.requested_at >= coalesce(%(since)s::timestamptz, '-infinity')
                                 AND ending.requested_at < coalesce(%(until)s::timestamptz, 'infinity'), false))
    FROM moderation_unit AS unit LEFT JOIN conversations_conversationend AS ending ON ending.branch_id = unit.branch_id
    WHERE unit.kind = 'ended' GROUP BY 1
"""

COLUMNS = (
    Column("window", "unit.window", Type.TEXT, "month of the draw; rates are stated by window"),
    Column("stratum", STRATUM, Type.TEXT, "stratum of the draw; `urgent` where all of that lane was read and so was certain to be"),
    Column("pi", PI, Type.DECIMAL, "design probability with which the unit enters a rate"),
    Column("phi", "unit.sampling_rate", Type.DECIMAL, "share of such conversations that the surface sent"),
    Column("in_base", "unit.in_base", Type.FLAG, "taken by the flat base draw"),
    Column("enriched", "coalesce(enriched.drawn, false)", Type.FLAG, "taken by the enriched draw"),
    Column("enters", ENTERS, Type.FLAG, "enters a rate"),
    Column("labelled", "final.id IS NOT NULL", Type.FLAG, "has a label that counts"),
    Column("wrongful", f"CASE WHEN final.id IS NOT NULL THEN ({WRONGFUL})::int END", Type.NUMBER, "1 where that label finds it wrongful"),
    Column("crisis", f"CASE WHEN final.id IS NOT NULL THEN ({CRISIS})::int END", Type.NUMBER, "1 where it finds somebody at risk"),
    Column(
        "weight",
        f"CASE WHEN final.id IS NOT NULL AND {ENTERS} THEN weights.weight END",
        Type.DECIMAL,
        "what the label weighs in the post-stratified rate of its window; empty where the export holds only part of the window",
    ),
)


@dataclass(frozen=True, slots=True)
class Design:
    """What the columns need beside the tables: windows whose urgent lane was read whole, and weights by window and stratum."""

    values: dict[str, Any]
    joins: str


def design_of(order: Order, using: str = "default") -> Design:
    """Return the design of the draws that an export shows, as of its moment."""
    whole = _whole_windows(order, using)
    values: dict[str, Any] = {"as_of": order.as_of, "windows": whole, "lanes": []}
    with connections[using].cursor() as cursor:
        cursor.execute(OPEN_LANES, {**values, "windows": _windows(order, using)})
        values["lanes"] = [window for window, read in cursor.fetchall() if read]
        cursor.execute(COUNTS, values)
        weights = _weights(cursor.fetchall())
    values |= {
        "weight_windows": [window for window, _, _ in weights],
        "weight_strata": [stratum for _, stratum, _ in weights],
        "weights": [weight for _, _, weight in weights],
    }
    joins = f"""{DRAWN} {FINAL}
        LEFT JOIN unnest(%(weight_windows)s::text[], %(weight_strata)s::text[], %(weights)s::float8[]) AS weights("window", stratum, weight)
          ON weights."window" = unit.window AND weights.stratum = {CELL}"""
    return Design(values, joins)


def _windows(order: Order, using: str) -> list[str]:
    return [window for window, _ in _spans(order, using)]


def _whole_windows(order: Order, using: str) -> list[str]:
    """Return the windows of which the export holds every ending: only there do weights add up."""
    return [window for window, whole in _spans(order, using) if whole]


def _spans(order: Order, using: str) -> list[tuple[str, bool]]:
    with connections[using].cursor() as cursor:
        cursor.execute(WINDOWS, {"since": order.since, "until": order.until})
        return cursor.fetchall()


def _weights(rows: Sequence[tuple[str, str, int, int]]) -> list[tuple[str, str, float]]:
    """Return (window, stratum, weight of a label); nothing for a window that allows no estimate yet."""
    by_window: dict[str, list[tuple[str, int, int]]] = defaultdict(list)
    for window, stratum, units, read in sorted(rows):
        by_window[window].append((stratum, units, read))
    found = []
    for window, strata in by_window.items():
        sizes, labels = [size for _, size, _ in strata], [read for _, _, read in strata]
        try:
            weight = Strata.counted(sizes, labels, np.zeros(len(labels))).weights(FEW)
        except Unanswerable:
            continue
        found += [(window, stratum, float(one)) for (stratum, _, _), one in zip(strata, weight, strict=True)]
    return found
