"""What the simulation prints: tables of figures, and pass marks with their Monte Carlo error."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Mark:
    """One thing that must hold: what was found, what is wanted, and whether it is so."""

    name: str
    found: str
    wanted: str
    ok: bool


@dataclass
class Section:
    """One experiment: a table, what it says, and its marks."""

    title: str
    columns: tuple[str, ...]
    note: str = ""
    rows: list[tuple[str, ...]] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)

    def row(self, *cells: object) -> None:
        self.rows.append(tuple(str(cell) for cell in cells))

    def mark(self, name: str, found: str, wanted: str, *, ok: bool) -> None:
        self.marks.append(Mark(name, found, wanted, bool(ok)))

    def at_most(self, name: str, hits: np.ndarray, level: float) -> None:
        """Mark a probability that must not exceed a level, by more than two Monte Carlo errors."""
        error = math.sqrt(level * (1 - level) / len(hits))
        share = float(np.mean(hits))
        self.mark(name, f"{share:.1%}", f"≤ {level:.0%} (± {2 * error:.1%})", ok=share <= level + 2 * error)

    def covers(self, name: str, hits: np.ndarray, least: float = 0.95) -> None:
        """Mark a one-sided bound that must hold at least so often, less two Monte Carlo errors."""
        error = math.sqrt(least * (1 - least) / len(hits))
        share = float(np.mean(hits))
        self.mark(name, f"{share:.1%}", f"≥ {least:.0%} (± {2 * error:.1%})", ok=share >= least - 2 * error)

    def honest(self, name: str, values: np.ndarray, held: np.ndarray, truth: float) -> None:
        """Mark an estimator: bias within 2 % and within three of its Monte Carlo errors, coverage of its 95 % interval."""
        bias, error = relative_bias(values, truth), float(np.std(values) / math.sqrt(len(values)) / truth)
        ok = abs(bias) <= 3 * error and abs(bias) <= 0.02 + 2 * error
        self.mark(f"{name}: bias", f"{bias:+.2%}", f"≤ 2 % (± {2 * error:.1%}), and within three errors", ok=ok)
        noise = math.sqrt(0.95 * 0.05 / len(held))
        share = float(np.mean(held))
        self.mark(f"{name}: coverage", f"{share:.1%}", f"93.5–97 % (± {2 * noise:.1%})", ok=0.935 - 2 * noise <= share <= 0.97 + 2 * noise)

    def naive(self, name: str, values: np.ndarray, truth: float) -> None:
        """Mark a naive way, which must be off by a fifth, or the world is too easy."""
        bias = relative_bias(values, truth)
        self.mark(f"{name}: bias", f"{bias:+.0%}", "≥ 20 % either way", ok=abs(bias) >= 0.2)


def relative_bias(values: np.ndarray, truth: float) -> float:
    """Return how far the mean of the values lies from the truth, as a share of it."""
    return float(np.mean(values) / truth - 1)


def summary(values: np.ndarray, truth: float, held: np.ndarray | None, width: np.ndarray | None) -> tuple[str, ...]:
    """Return mean, relative bias, root mean squared error, coverage and width as cells."""
    error = float(np.sqrt(np.mean((np.asarray(values) - truth) ** 2)))
    coverage = "–" if held is None else f"{np.mean(held):.1%}"
    wide = "–" if width is None else f"{np.mean(width):.3f}"
    return f"{np.mean(values):.2%}", f"{relative_bias(values, truth):+.1%}", f"{error:.4f}", coverage, wide
