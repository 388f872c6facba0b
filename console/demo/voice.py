"""How people sound: slots filled per conversation, decks that deal every text before one comes again, and habits of typing."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random
from typing import TypeVar

from console.demo.turns_small import SLOTS

T = TypeVar("T")
Habit = Callable[[Random, str], str]

SLOT = re.compile(r"\{(\w+)\}")
EMOJI = (" 🙃", " 😅", " 👀", " 🙏", " 😂", " 🤷")


class Decks:
    """Deals from pools without repeating until a pool is used up; one for the whole world."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self._left: dict[int, list[int]] = {}

    def deal(self, pool: Sequence[T]) -> T:
        """Return the next text of a pool, which must live as long as the decks; shuffles anew when it is used up."""
        left = self._left.get(id(pool))
        if not left:
            left = self._left[id(pool)] = self.rng.sample(range(len(pool)), len(pool))
        return pool[left.pop()]


def plain(_: Random, text: str) -> str:
    """Type as written."""
    return text


def lower(_: Random, text: str) -> str:
    """Never press shift."""
    return text.lower()


def no_stop(_: Random, text: str) -> str:
    """Leave out the last full stop."""
    return text.removesuffix(".")


def with_emoji(rng: Random, text: str) -> str:
    """Add an emoji now and then."""
    return text + rng.choice(EMOJI) if rng.random() < 0.4 else text


def shout(rng: Random, text: str) -> str:
    """Press caps lock now and then."""
    return text.upper() if rng.random() < 0.35 else text


def trailing(rng: Random, text: str) -> str:
    """Let sentences trail off."""
    return text.removesuffix(".") + "..." if rng.random() < 0.5 and text.endswith(".") else text


def hidden(rng: Random, text: str) -> str:
    """Carry a zero-width space in a longer word, as pasted text does."""
    words = text.split(" ")
    long = [place for place, word in enumerate(words) if len(word) > 6 and word.isalpha()]
    if long:
        place = rng.choice(long)
        words[place] = f"{words[place][:3]}\u200b{words[place][3:]}"
    return " ".join(words)


HABITS: tuple[Habit, ...] = (plain, lower, no_stop, with_emoji, trailing, shout, hidden)
HABIT_WEIGHTS = (44, 24, 14, 7, 6, 3, 2)


class Voice:
    """One conversation's words: the same name stays the same name, the same person types the same way."""

    def __init__(self, decks: Decks) -> None:
        self.decks = decks
        self.slots: dict[str, str] = {}
        self._habit = decks.rng.choices(HABITS, HABIT_WEIGHTS)[0]

    def fill(self, text: str) -> str:
        """Fill the slots that are known and leave other braces alone, as they may be code."""
        return SLOT.sub(self._value, text)

    def typed(self, text: str) -> str:
        """Fill a user's text and type it the user's way; what holds code is left as it is."""
        filled = self.fill(text)
        return filled if "`" in filled else self._habit(self.decks.rng, filled)

    def said(self, text: str) -> str:
        """Fill an assistant's text and start it with a capital."""
        filled = self.fill(text)
        return filled[:1].upper() + filled[1:]

    def _value(self, match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in self.slots and name in SLOTS:
            self.slots[name] = self.decks.rng.choice(SLOTS[name])
        return self.slots.get(name, match.group(0))
