"""Pure: what a verification of the log found, and how it says so."""

from __future__ import annotations

from dataclasses import dataclass, field

MAX_PROBLEMS = 50


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is not as it was signed: which check, at which leaf, node or size, what it should be, and what it is."""

    check: str
    index: str
    expected: str
    actual: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a verification found; `problems` holds the first of the `found`, `last_good` is the size of the newest sound checkpoint.

    `witnessed` is the size of the largest tree that the quorum cosigned, `stamped` that of the newest with a time stamp; 0 for none.
    """

    ok: bool
    origin: str
    size: int
    root: str
    checkpoints: int
    unsequenced: int
    found: int
    problems: tuple[Problem, ...]
    last_good: int
    seconds: float
    proven: str
    cosignatures: int = 0
    witnessed: int = 0
    timestamps: int = 0
    stamped: int = 0
    tiles: int = 0

    def text(self) -> str:
        """Return the report in words, a line for each problem."""
        lines = [f"{p.check} at {p.index}: expected {p.expected}, is {p.actual}" for p in self.problems]
        counted = f"{self.size} entries, root {self.root}, {self.checkpoints} checkpoints, {self.seconds} s"
        others = f"{self.cosignatures} cosignatures, {self.timestamps} time stamps, {self.tiles} tiles in copies"
        return "\n".join([*lines, counted, others, self.proven])


@dataclass(slots=True)
class Findings:
    """What was found so far, and how much was looked at."""

    problems: list[Problem] = field(default_factory=list)
    found: int = 0
    checkpoints: int = 0
    last_good: int = 0
    cosignatures: int = 0
    timestamps: int = 0
    stamped: int = 0
    tiles: int = 0

    def add(self, check: str, index: object, expected: object, actual: object) -> None:
        """Note a problem; beyond the first many they are only counted."""
        self.found += 1
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(check, str(index), str(expected), str(actual)))
