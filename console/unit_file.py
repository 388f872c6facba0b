"""What the page of a unit that was not ended shows beside its transcript: what was asked, how it was drawn, measured, labelled, read.

Nothing here opens a text, as in `casefile.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import prefetch_related_objects

from console.casefile import OF_LABEL, SHOWN_TRAIL, TrailRow, entries_about, trail
from console.checklist import in_force
from console.reading import Strip, measured_strips, scores_by_turn
from console.replays import Replay, tried
from conversations.models import ControlSample, ConversationEnd, RefusedEnd, Transcript
from moderation.actions.wellbeing import contents
from moderation.decisions import Decision, decision
from moderation.judge import Case
from moderation.models import CandidateTurn, Classification, ContentNote, Enrichment, Label, Opening, Policy, Review, Unit
from moderation.states import EndReason

WHOLE = "branch__conversation__surface", "branch__conversation__subject", "branch__ending", "branch__control", "plan", "period"
SHOWN_OPENINGS = 50


@dataclass(frozen=True, slots=True)
class Measured:
    """What a classifier found in the turns up to a decision, under the policy that ruled then; `replays` is what each version would do."""

    classification: Classification
    policy: Policy
    at_turn: int
    strips: Sequence[Strip]
    scores: Sequence[tuple[int, Sequence[tuple[str, int]]]]
    replays: Sequence[Replay]


@dataclass(frozen=True, slots=True)
class UnitFile:
    """All that the page of a unit shows beside its transcript; `ending` where it was ended later, `measured` None until it was judged."""

    unit: Unit
    decided: Decision
    refused: Sequence[RefusedEnd]
    control: ControlSample | None
    ending: ConversationEnd | None
    enrichment: Enrichment | None
    note: ContentNote | None
    measured: Measured | None
    reviews: Sequence[Review]
    labels: Sequence[Label]
    label: Label | None
    openings: Sequence[Opening]
    trail: Sequence[TrailRow]
    trail_total: int

    @property
    def transcript(self) -> Transcript:
        """The transcript on which the decision was made."""
        return self.decided.transcript


def unit_by_id(public_id: str) -> Unit | None:
    """Return a unit by the id of its branch, with what every part of its page needs."""
    return Unit.objects.select_related(*WHOLE).filter(branch__public_id=public_id).first()


def unit_file(unit: Unit, *, log_linked: bool) -> UnitFile:
    """Gather what the page shows; a fixed number of queries. `log_linked`: entries lead to the page of the log."""
    branch, decided = unit.branch, decision(unit)
    refused = list(branch.refused_ends.order_by("requested_at"))
    reviews = list(Review.objects.filter(unit=unit).select_related("reviewer"))
    labels = list(Label.objects.filter(unit=unit).select_related(*OF_LABEL))
    about = entries_about(branch, reviews, *(("refused_end", one.public_id) for one in refused))
    entries = list(about.newest()[: SHOWN_TRAIL + 1])
    return UnitFile(
        unit=unit,
        decided=decided,
        refused=refused,
        control=getattr(branch, "control", None),
        ending=getattr(branch, "ending", None),
        enrichment=Enrichment.objects.filter(unit=unit).first(),
        note=next(iter(contents([unit])), None),
        measured=measured(unit, decided),
        reviews=reviews,
        labels=labels,
        label=in_force(labels),
        openings=list(branch.openings.select_related("user").order_by("-opened_at")[:SHOWN_OPENINGS]),
        trail=trail(entries[:SHOWN_TRAIL], linked=log_linked),
        trail_total=about.count() if len(entries) > SHOWN_TRAIL else len(entries),
    )


def measured(unit: Unit, decided: Decision) -> Measured | None:
    """Return what was measured up to a decision, None before a worker has read it or once that was taken away."""
    row = CandidateTurn.objects.filter(unit=unit).select_related("classification").order_by("-pk").first()
    if row is None or row.gone or row.classification is None:
        return None
    found = row.classification
    prefetch_related_objects([found], "turns")
    policy = Policy.objects.in_force_at(unit.decided_at)
    at_turn = row.at_turn if decided.at_turn is None else decided.at_turn
    replays = tried(_case(unit, decided, found, at_turn), unit.decided_at)
    now = next((one.policy for one in replays if one.now), None)
    return Measured(found, policy, at_turn, measured_strips(found, policy, now), scores_by_turn(found), replays)


def _case(unit: Unit, decided: Decision, found: Classification, at_turn: int) -> Case:
    conversation, asked = unit.branch.conversation, decided.asked
    reason = EndReason(asked.reason) if asked else EndReason.OTHER
    category = asked.category or None if asked else None
    return Case(found.measures(), conversation.model_name, conversation.surface.source, reason, category, at_turn)
