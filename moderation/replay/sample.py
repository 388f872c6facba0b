"""The drawn units of a window with what people found, as the estimators take them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from moderation.models import Label, Unit
from moderation.replay.follow import halves
from moderation.replay.units import Window
from moderation.states import Answer, Round
from moderation.statistics.censoring import NEVER
from moderation.statistics.truth import Truth

FINAL = (Round.ADJUDICATION, Round.FIRST)
"""Whose word counts, the weightier first; amendments, golden and owed answers never do."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Drawn units of a window, n of them.

    Attributes:
        place: (n,) where each stands in the window.
        pi: (n,) probability with which it was drawn.
        base: (n,) whether the flat base draw took it.
        labelled: (n,) whether it has a final label; the others are owed.
        truth: what the labels say; an owed one says that no ending was right.
    """

    place: npt.NDArray[np.int64]
    pi: npt.NDArray[np.float64]
    base: npt.NDArray[np.bool_]
    labelled: npt.NDArray[np.bool_]
    truth: Truth

    def __len__(self) -> int:
        return len(self.place)


def sample(window: Window, units: list[Unit]) -> Sample:
    """Join drawn units with their labels; those whose candidates are not in the window are left out."""
    places = window.places(np.array([halves(unit.id) for unit in units], np.int64).reshape(-1, 2))
    inside = [(unit, place) for unit, place in zip(units, places.tolist(), strict=True) if place >= 0]
    words = final_labels([unit for unit, _ in inside])
    said = [words.get(unit.id) for unit, _ in inside]
    return Sample(
        place=np.array([place for _, place in inside], np.int64),
        pi=np.array([float(unit.base_rate) * float(unit.sampling_rate) for unit, _ in inside], float),
        base=np.array([unit.in_base for unit, _ in inside], bool),
        labelled=np.array([label is not None for label in said], bool),
        truth=truth(said),
    )


def final_labels(units: list[Unit]) -> dict[object, Label]:
    """Return the label that counts for each unit, by the unit's id: an adjudication before a first reading."""
    found: dict[object, Label] = {}
    rounds = {word: rank for rank, word in enumerate(reversed(FINAL))}
    labels = Label.objects.filter(unit__in=units, round__in=FINAL)
    for label in sorted(labels, key=lambda one: (rounds[Round(one.round)], one.committed_at)):
        found[label.unit_id] = label
    return found


def truth(labels: list[Label | None]) -> Truth:
    """Return what labels say; when uncertain, continue: a cannot-tell makes no ending right, an unclear sign of crisis is one."""
    return Truth.told(
        [NEVER if label and label.answer == Answer.CANNOT_TELL else _turn(label, "right_from") for label in labels],
        [_turn(label, "requested_from") for label in labels],
        [0 if label and label.crisis_unclear and label.crisis_from is None else _turn(label, "crisis_from") for label in labels],
        [_turn(label, "lapsed_from") for label in labels],
    )


def _turn(label: Label | None, name: str) -> int:
    turn = getattr(label, name, None)
    return NEVER if turn is None else int(turn)
