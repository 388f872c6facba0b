"""Pure: the figures of an evaluation that are kept, by which versions of a classifier are compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

HEADLINES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "suite": {
        "verdict right": ("verdict", "accuracy"),
        "crisis, recall": ("crisis", "recall"),
        "crisis, precision": ("crisis", "precision"),
        "wrongful ending, recall": ("wrongful", "recall"),
        "wrongful ending, precision": ("wrongful", "precision"),
    },
    "turns": {
        "harm, AUROC": ("harm", "auroc"),
        "harm, average precision": ("harm", "ap"),
        "harm, recall at 1 % false alarms": ("harm", "recall_at_1"),
        "harm, calibration error": ("harm", "ece"),
        "XSTest, AUROC": ("sources", "xstest", "auroc"),
        "XSTest, calibration error": ("sources", "xstest", "ece"),
        "Arena-Hard, false alarms": ("sources", "arena_hard", "false_alarms"),
        "abuse of the assistant, F1": ("abuse_f1",),
    },
    "refusals": {
        "XSTest completions, F1": ("sources", "xstest_completions", "f1"),
        "XSTest-Response, F1": ("sources", "xstest_response", "f1"),
        "GPTFuzz, F1": ("sources", "gptfuzz", "f1"),
    },
    "crisis": {
        "C-SSRS Reddit, recall": ("cssrs_reddit_500", "recall"),
        "C-SSRS Reddit, false alarms": ("cssrs_reddit_500", "false_alarms"),
        "CounselChat, false alarms": ("counsel_chat", "false_alarms"),
    },
    "bailbench": {
        "harmless, taken for harm": ("harmless", "flagged"),
        "harmful and doubtful, taken for harm": ("others", "flagged"),
    },
}
"""For each set the figures that are kept, and where they are in its result."""


def headlines(data: str, result: Mapping[str, Any]) -> dict[str, float]:
    """Return the figures to keep of a result, as shares of 1; those that could not be counted are left out."""
    found = {name: _at(result, path) for name, path in HEADLINES[data].items()}
    return {name: value for name, value in found.items() if value is not None}


def _at(result: Any, path: tuple[str, ...]) -> float | None:  # noqa: ANN401  # nested figures
    for step in path:
        result = result.get(step) if isinstance(result, Mapping) else None
    return None if result is None else float(result)
