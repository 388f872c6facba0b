"""What a reader sees around the form: their last answers, what can still be undone, and, where they may know it, what others said."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone

from conversations import vault
from moderation.actions.golden import differs, item_of
from moderation.models import Dispute, GoldenItem, Label, Review, User
from moderation.states import READINGS, Check, DisputeState, Result, ReviewState, Round, Skip

SHOWN = 10
SAYS = {Skip.PASSED_ON: "passed on", Skip.ESCALATED: "escalated"}


@dataclass(frozen=True, slots=True)
class LastAnswer:
    """One of a person's latest answers: the review, a word for what was said, and whether it was amended."""

    review: Review
    word: str
    amended: bool


@dataclass(frozen=True, slots=True)
class SaidCheck:
    """What a label says of one check, in words; `turns` as people write them."""

    name: str
    result: str
    turns: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What somebody said of a unit: the label, its round, why it gives no answer, its checks, and its note where it opens."""

    label: Label
    round: Round
    skip: Skip | None
    checks: list[SaidCheck]
    note: str


@dataclass(frozen=True, slots=True)
class Feedback:
    """What follows an answer to a golden item: the item, what the seniors said and why, and whether the reader agrees."""

    item: GoldenItem
    standard: Label
    agrees: bool
    note: str


def last_answers(user: User) -> list[LastAnswer]:
    """Return a person's ten latest answers, newest first, each review once."""
    labels = Label.objects.filter(reviewer=user).select_related("review").order_by("-committed_at")[: 2 * SHOWN]
    found: dict[object, LastAnswer] = {}
    amended = {label.review_id for label in labels if label.round == Round.AMENDMENT}
    for label in labels:
        if label.round != Round.AMENDMENT and label.review_id not in found:
            word = SAYS.get(Skip(label.skip)) if label.skip else None
            found[label.review_id] = LastAnswer(label.review, word or label.term.label.split(",")[0].lower(), label.review_id in amended)
    return list(found.values())[:SHOWN]


def undoing(user: User, but: Review) -> dict[str, object]:
    """Return another review of this person that can still be taken back, and for how many seconds."""
    waiting = Review.objects.filter(reviewer=user, state=ReviewState.SUBMITTED).exclude(pk=but.pk).order_by("-submitted_at").first()
    seconds = seconds_left(waiting) if waiting else 0
    return {"undoing": waiting, "undo_seconds": seconds} if seconds else {}


def seconds_left(found: Review) -> int:
    """Return how long a submitted answer can still be taken back, at least 0."""
    until = found.undo_until()
    return max(0, math.ceil((until - timezone.now()).total_seconds())) if until else 0


def around(user: User, review: Review) -> dict[str, object]:
    """Return what stands under the form and under a committed answer."""
    return {"last_ten": last_answers(user), **undoing(user, review)}


def before_adjudication(review: Review) -> dict[str, object]:
    """Return both readings with their reasons, and what is disputed, for the senior who adjudicates; nothing for anybody else."""
    if review.round != Round.ADJUDICATION:
        return {}
    labels = Label.objects.filter(unit=review.unit_id, round__in=[*READINGS, Round.OWED])
    open_ones = review.disputes.filter(state=DisputeState.OPEN).select_related("label__unit__branch__conversation", "label", "disputer")
    disputed = Label.objects.filter(pk__in=[one.label_id for one in open_ones])
    told = [{"dispute": one, "reason": _text(one)} for one in open_ones]
    return {"readings": readings(labels | disputed), "disputes": told}


def other_readings(review: Review, user: User) -> list[Reading]:
    """Return what others said of the unit, for who committed and asked for the reveal; not what was said of a golden item."""
    if review.round == Round.GOLDEN:
        return []
    rounds = [*READINGS, Round.ADJUDICATION]
    return readings(Label.objects.filter(unit=review.unit_id, round__in=rounds).exclude(reviewer=user))


def readings(labels: Iterable[Label]) -> list[Reading]:
    """Return labels as pages show them, oldest first."""
    rows = Label.objects.filter(pk__in=[one.pk for one in labels]).select_related("reviewer", "review", "unit__branch__conversation")
    return [_reading(label) for label in rows.prefetch_related("checks").order_by("committed_at")]


def _reading(label: Label) -> Reading:
    checks = [
        SaidCheck(Check(one.check_name).label, Result(one.result).label.lower(), ", ".join(map(str, one.evidence)))
        for one in label.checks.all()
    ]
    skip = Skip(label.skip) if label.skip else None
    return Reading(label, Round(label.round), skip, checks, note_of(label))


def note_of(label: Label) -> str:
    """Return the note of a label; a word for it where it was erased or does not open."""
    try:
        return label.note()
    except vault.Erased:
        return "Erased under retention."
    except vault.Tampered:
        return "Does not match its seal."


def _text(dispute: Dispute) -> str:
    try:
        return dispute.reason()
    except vault.Erased:
        return "Erased under retention."
    except vault.Tampered:
        return "Does not match its seal."


def feedback(review: Review, user: User) -> Feedback | None:
    """Return what a reader learns after answering a golden item; None for any other review."""
    item = item_of(review)
    said = review.labels.filter(reviewer=user, round=Round.GOLDEN).first()
    if item is None or item.standard is None or said is None:
        return None
    return Feedback(item, item.standard, agrees=not differs(item.standard, said), note=note_of(item.standard))
