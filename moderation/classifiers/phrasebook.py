"""Pure: our own training phrasings, grown from templates.

`phrases/*.txt` hold sections `## labels.style` of one template a line. `[a|b]` is a choice, `<name>` a slot of `slots.txt`; a choice may
hold slots, and a slot choices. A template grows into at most `TIMES` texts, chosen by a hash of the template, so that the same book always
gives the same texts. A line with neither is one text, as it was written. Labels are joined by `+`; `name?` says that it is not known
whether that label holds. Leaving out all texts of a template shows how a head does on wording that it has not met.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "phrases"
SLOTS = "slots.txt"
TIMES = 24
CHOICE = re.compile(r"\[([^\[\]]*)\]")
SLOT = re.compile(r"<(\w+)>")
UNSPACED = re.compile(r" (['.,;:?!])")
COMMENT = "# "


@dataclass(frozen=True, slots=True)
class Phrase:
    """One text, what is true of it, and the template it grew from, named `labels.style:line`."""

    text: str
    labels: frozenset[str]
    template: str


@cache
def phrases() -> tuple[Phrase, ...]:
    """Return every text of the book, in the order of its files and lines, none twice."""
    slots = dict(_slots())
    grown = (phrase for path in sorted(FOLDER.glob("*.txt")) if path.name != SLOTS for phrase in _file(path, slots))
    return tuple({phrase.text: phrase for phrase in grown}.values())


def digest() -> str:
    """Return the SHA-256 of the book in hex."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(FOLDER.glob("*.txt")))).hexdigest()


def _slots() -> Iterator[tuple[str, tuple[str, ...]]]:
    for line in (FOLDER / SLOTS).read_text().splitlines():
        if not line.startswith(COMMENT):
            name, _, choices = line.partition(" = ")
            yield name, tuple(choices.split(" | "))


def _file(path: Path, slots: Mapping[str, tuple[str, ...]]) -> Iterator[Phrase]:
    labels: frozenset[str] = frozenset()
    style = ""
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        if line.startswith("## "):
            style = line[3:]
            labels = frozenset(style.partition(".")[0].split("+"))
        elif line:
            yield from (Phrase(text, labels, f"{style}:{number}") for text in dict.fromkeys(_grown(line, slots)))


def _grown(template: str, slots: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    for time in range(TIMES):
        seed = hashlib.sha256(f"{time}:{template}".encode()).digest()
        chance = random.Random(int.from_bytes(seed[:8], "big"))  # noqa: S311  # texts to learn from, no secret
        yield UNSPACED.sub(r"\1", " ".join(_filled(template, slots, chance).split()))


def _filled(text: str, slots: Mapping[str, tuple[str, ...]], chance: random.Random) -> str:
    while True:
        filled = CHOICE.sub(lambda match: chance.choice(match[1].split("|")), text)
        filled = SLOT.sub(lambda match: chance.choice(slots[match[1]]), filled)
        if filled == text:
            return text
        text = filled
