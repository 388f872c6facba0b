"""Says the lines of one conversation in order: each method adds turns of one sort and leaves the rest to the deck."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from console.demo import turns_abuse, turns_assistant, turns_crisis, turns_harm, turns_odd, turns_ordinary, turns_requests, turns_small
from console.demo.script import Line, Mark
from console.demo.voice import Decks, Voice

THEMES: dict[str, int] = {
    "mild": 10,
    "harsh": 20,
    "bullying": 7,
    "sexual": 10,
    "sexual_minors": 3,
    "violence": 12,
    "mass_violence_terror": 5,
    "cbrn": 6,
    "cyber": 10,
    "hate": 9,
    "self_harm": 3,
    "crime_other": 11,
}
"""What a harmful conversation is about, and how often: the categories, with harassment in three sorts."""

INSULTS = {"mild": turns_abuse.MILD, "harsh": turns_abuse.HARSH}
HARASSMENT = ("mild", "harsh", "bullying")


def category_of(theme: str) -> str:
    """Return the category that a theme belongs to."""
    return "harassment" if theme in HARASSMENT else theme


def words_of(theme: str) -> str:
    """Return the key under which behaviours and offers of a theme stand."""
    return "harassment" if theme in INSULTS else theme


class Stage:
    """One conversation being composed; `voice` keeps its names and habits."""

    def __init__(self, decks: Decks, theme: str | None = None) -> None:
        self.decks = decks
        self.voice = Voice(decks)
        self.lines: list[Line] = []
        self.theme = theme or decks.rng.choices(list(THEMES), list(THEMES.values()))[0]
        self.voice.slots["rather"] = decks.rng.choice(turns_assistant.RATHER)

    @property
    def rng(self) -> Random:
        """Return the world's source of chance."""
        return self.decks.rng

    @property
    def asks(self) -> Sequence[str]:
        """Return the pool of harmful lines of the theme."""
        if self.theme == "bullying":
            return turns_abuse.THIRD_PERSON
        return INSULTS.get(self.theme) or turns_harm.REQUESTS[self.theme]

    def user(self, mark: Mark, text: str) -> None:
        """Let the user say a text in their way of typing."""
        self.lines.append(Line(mark, self.voice.typed(text)))

    def assistant(self, mark: Mark, text: str) -> None:
        """Let the assistant say a text, with what it names filled in afresh."""
        words = words_of(self.theme)
        self.voice.slots["behaviour"] = self.decks.deal(turns_assistant.BEHAVIOURS[words])
        self.voice.slots["offer"] = self.decks.deal(turns_assistant.OFFERS[words])
        self.lines.append(Line(mark, self.voice.said(text)))

    def exchange(self, pair: Sequence[str]) -> None:
        """Say turns of ordinary talk, user first, in turn."""
        for place, text in enumerate(pair):
            if place % 2:
                self.lines.append(Line(Mark.REPLY, self.voice.said(text)))
            else:
                self.user(Mark.TALK, text)

    def settle_in(self, exchanges: int) -> int:
        """Open with ordinary talk; returns how many turns that took."""
        if exchanges and self.rng.random() < 0.06:
            self.lines.append(Line(Mark.SYSTEM, self.decks.deal(turns_odd.SYSTEM_NOTES)))
        for _ in range(exchanges):
            odd = self.rng.random() < 0.05
            self.exchange(self.decks.deal(turns_odd.ODD if odd else turns_small.EXCHANGES))
        return len(self.lines)

    def thread(self) -> None:
        """Say a whole thread of ordinary talk, now and then with the result of a tool in it."""
        self.exchange(self.decks.deal(turns_ordinary.THREADS))
        if self.rng.random() < 0.08:
            self.lines.insert(len(self.lines) - 1, Line(Mark.TOOL, self.decks.deal(turns_odd.TOOL_RESULTS)))

    def harm(self, *, pressing: bool = False) -> None:
        """Let the user ask for harm or insult, with impatience where it is not the first time."""
        opener = "" if self.theme in INSULTS else self.rng.choice(turns_harm.PRESSING if pressing else turns_harm.OPENERS)
        self.user(Mark.HARM, opener + self.decks.deal(self.asks))

    def defy(self) -> None:
        """Let the user go on after a warning."""
        if self.theme in INSULTS:
            self.user(Mark.HARM, self.decks.deal(turns_abuse.GOING_ON))
        else:
            self.user(Mark.HARM, self.decks.deal(turns_harm.DEFIANT) + self.decks.deal(self.asks))

    def turn_down(self) -> None:
        """Let the assistant refuse or redirect, mostly both."""
        chance = self.rng.random()
        if self.theme in INSULTS:
            self.assistant(Mark.REDIRECTION, self.decks.deal(turns_assistant.AFTER_ABUSE))
        elif chance < 0.3:
            self.assistant(Mark.REFUSAL, self.decks.deal(turns_assistant.REFUSALS))
        else:
            soft = chance > 0.92
            self.assistant(
                Mark.REDIRECTION,
                self.decks.deal(turns_assistant.SOFT_REDIRECTIONS if soft else turns_assistant.REDIRECTIONS),
            )

    def press(self, times: int) -> None:
        """Let the user ask for harm and be turned down so many times."""
        for number in range(times):
            self.harm(pressing=number > 0)
            self.turn_down()

    def warn(self) -> None:
        """Let the assistant warn explicitly."""
        self.assistant(Mark.WARNING, self.decks.deal(turns_assistant.WARNINGS))

    def hint(self) -> None:
        """Let the assistant ask for another tone, which is no warning."""
        self.assistant(Mark.HINT, self.decks.deal(turns_assistant.HINTS))

    def close(self, *, silent: float = 0.08) -> None:
        """End it: mostly with a message that informs, sometimes with a bare one, and with none in a share of `silent`."""
        chance = self.rng.random()
        if chance >= silent:
            bare = chance < silent + 0.2
            self.assistant(Mark.CLOSING, self.decks.deal(turns_assistant.CLOSINGS_BARE if bare else turns_assistant.CLOSINGS_INFORMED))

    def close_as_asked(self) -> None:
        """End it at the user's wish."""
        self.assistant(Mark.CLOSING, self.decks.deal(turns_assistant.CLOSINGS_REQUESTED))

    def comfort(self, *, others: bool) -> None:
        """Let the assistant meet a crisis with care."""
        self.assistant(Mark.REPLY, self.decks.deal(turns_crisis.CALMING if others else turns_crisis.SUPPORT))

    def back_to_order(self) -> None:
        """Let the user stop after a warning, and be welcomed."""
        self.user(Mark.TALK, self.decks.deal(turns_requests.BACK_TO_ORDER))
        self.assistant(Mark.REPLY, self.decks.deal(turns_assistant.WELCOME_BACK))
        if self.rng.random() < 0.6:
            self.user(Mark.TALK, self.decks.deal(turns_requests.AND_THEN))
            self.assistant(Mark.REPLY, self.decks.deal(turns_assistant.FILLERS))
