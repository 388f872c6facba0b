"""Composes the demo world: sixty days of events, and what is true of each conversation.

The same seed, sizes and `until` give the same bytes: all chance comes from one `random.Random`, and nothing reads a clock, a file or a
network. The volume of conversations agrees with the control sample: as many as the controls stand for at their rate, and the endings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from console.demo import notes
from console.demo.aftermath import follow, remark
from console.demo.casting import FAILED_CHECKS, control_scripts, ended_scripts, refused_scripts
from console.demo.checked import checked
from console.demo.events import CONTROL_RATE, Json, Told, ending, envelope, name, transcript
from console.demo.policies import POLICIES
from console.demo.rhythm import Clock, paced, stamp, weight
from console.demo.script import ANSWERS, EXPECTED, Kind, Mark, Script, first, right_turn
from console.demo.voice import SLOT, Decks
from conversations.tree import Role
from moderation.statements import Checked
from moderation.states import Answer, Outcome

WEB, MOBILE, WORKPLACE = "/surfaces/web-chat", "/surfaces/mobile-chat", "/surfaces/workplace-assistant"
VOLUME_SHARES = {WEB: 0.5, MOBILE: 0.35, WORKPLACE: 0.15}
HOURLY = timedelta(days=2)

OPUS_4 = {"name": "claude-opus-4", "version": "20250514"}
OPUS_4_1 = {"name": "claude-opus-4-1", "version": "20250805"}
SONNET_4 = {"name": "claude-sonnet-4", "version": "20250514"}

REFUSED_SHARE = 20
"""One of so many requests to end was refused by a gate."""

LINEAGE = timedelta(hours=24)
"""How long after an ending a new thread or branch counts as its follow-up."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What is true of a conversation by construction, and what a careful reviewer answers.

    `expected` is the verdict, None where it went on; `right_from` is t*, the earliest turn at which ending is right, `crisis_from` is c*, the
    first that shows a risk; `severity` runs from 0 to 3.
    """

    kind: Kind
    expected: Outcome | None
    answer: Answer
    right_from: int | None
    crisis_from: int | None
    category: str | None
    severity: int
    note: str
    checks: tuple[Checked, ...] = ()


@dataclass(frozen=True, slots=True)
class World:
    """All events in order of time, and the truth by event id: for endings, refused requests and controls."""

    events: tuple[dict[str, Any], ...]
    truth: Mapping[str, Truth]


def world(seed: int = 7, *, endings: int = 400, controls: int = 200, until: datetime) -> World:
    """Return a world that ends at `until`; of the requests to end about one in twenty was refused.

    Args:
        seed: what all chance starts from.
        endings: how many `conversation.ended` events there are, refused ones among them.
        controls: how many sampled conversations went on.
        until: the moment after which nothing happens, with a time zone.
    """
    decks = Decks(Random(seed))
    composer = _Composer(decks, Clock(decks.rng, until))
    refused = endings // REFUSED_SHARE
    composer.end_all(ended_scripts(decks, endings - refused))
    for script in refused_scripts(decks, refused):
        composer.refuse(script)
    for script in control_scripts(decks, controls):
        composer.go_on(script)
    composer.count(endings + round(controls / float(CONTROL_RATE)))
    return composer.world()


class _Composer:
    """Gives scripts a place and a time, and collects the events."""

    def __init__(self, decks: Decks, clock: Clock) -> None:
        self.decks, self.rng, self.clock = decks, decks.rng, clock
        self.events: list[Json] = []
        self.truth: dict[str, Truth] = {}
        self.users: dict[str, list[str]] = {}
        self.ended: list[Told] = []

    def world(self) -> World:
        """Return what was collected, without anything later than the end of the world."""
        last = stamp(self.clock.until)
        events = sorted((event for event in self.events if event["time"] <= last), key=lambda event: (event["time"], event["id"]))
        return World(tuple(events), self.truth)

    def end_all(self, scripts: list[Script]) -> None:
        """Tell the endings in order of time, so that one may follow from another, and what came after each."""
        moments = sorted((self.clock.moment(office=script.kind is Kind.INELIGIBLE_SURFACE), index) for index, script in enumerate(scripts))
        for number, (moment, index) in enumerate(moments):
            told = self._end(scripts[index], moment)
            self.ended.append(told)
            self.events += follow(self.decks, told, number)

    def refuse(self, script: Script) -> None:
        """Tell a request to end that a gate refused."""
        told = self._anew("conversation.ended", script, self.clock.moment(), self._surface(script))
        told.event["data"]["ending"].update(allowed=False, failed_check=FAILED_CHECKS[script.kind].value)

    def go_on(self, script: Script) -> None:
        """Tell a conversation that went on and was drawn as a control."""
        source = self.rng.choices(list(VOLUME_SHARES), list(VOLUME_SHARES.values()))[0]
        told = self._anew("conversation.continued", script, self.clock.moment(office=source == WORKPLACE), source)
        self.events += remark(self.decks, told)

    def count(self, conversations: int) -> None:
        """Tell how many conversations were started: by day, and by hour in the last two days."""
        periods = list(self._periods())
        for source, share in VOLUME_SHARES.items():
            busy = [_busy(source, since, hours) for since, hours in periods]
            for (since, hours), part in zip(periods, busy, strict=True):
                expected = conversations * share * part / sum(busy)
                counted = max(0, round(self.rng.gauss(expected, expected**0.5)))
                data = {"hour": stamp(since), "conversations": counted}
                self.events.append(envelope(self.rng, "surface.volume", source, since + timedelta(hours=hours), data))

    def _periods(self) -> Iterator[tuple[datetime, int]]:
        """Yield the start and the length in hours of each period that is counted at once."""
        since = self.clock.since.replace(minute=0, second=0) + timedelta(hours=1)
        while since + timedelta(hours=1) <= self.clock.until:
            hours = 24 if since + timedelta(days=1) <= self.clock.until - HOURLY else 1
            yield since, hours
            since += timedelta(hours=hours)

    def _end(self, script: Script, moment: datetime) -> Told:
        """Tell an ending: of a conversation of its own, or of one that follows from an earlier ending."""
        earlier = self._earlier(script, moment)
        if earlier is None:
            return self._anew("conversation.ended", script, moment, self._surface(script))
        if earlier.script.opening > 1 and self.rng.random() < 0.5:
            return self._end_branch(script, moment, earlier)
        told = self._anew("conversation.ended", script, moment, earlier.source, user=earlier.conversation["user"])
        self._begin("conversation.started", told, 0)
        return told

    def _earlier(self, script: Script, moment: datetime) -> Told | None:
        """Return an ending shortly before, from which this one may follow."""
        alone = script.locale != "en" or EXPECTED[script.kind] is Outcome.INELIGIBLE or len(script.lines) > 40
        if alone or self.rng.random() > 0.15:
            return None
        near = [told for told in self.ended if timedelta(hours=1) < moment - told.time < LINEAGE and _may_follow(told)]
        return near[-1] if near else None

    def _end_branch(self, script: Script, moment: datetime, earlier: Told) -> Told:
        """Let the user edit the message after the harmless opening of an earlier ending, and end in that branch."""
        fork = earlier.script.opening
        own = tuple(line for line in script.lines if line.role is not Role.SYSTEM)
        longer = replace(script, lines=(*earlier.script.lines[:fork], *own), opening=fork)
        branch = {"id": name(self.rng, "br"), "parent_id": earlier.conversation["branch"]["id"], "forked_at_turn": fork}
        moments = (*earlier.moments[:fork], *paced(self.rng, own, moment))
        named = {**earlier.conversation, "branch": branch}
        told = self._tell("conversation.ended", longer, moments, source=earlier.source, named=named)
        self._begin("conversation.branched", told, fork)
        return told

    def _begin(self, kind: str, told: Told, turn: int) -> None:
        """Tell that a new thread or branch began with a turn; its messages come with its end."""
        data = {"conversation": told.conversation, "transcript": []}
        self.events.append(envelope(self.rng, kind, told.source, told.moments[turn], data))

    def _surface(self, script: Script) -> str:
        return WORKPLACE if script.kind is Kind.INELIGIBLE_SURFACE else self.rng.choices((WEB, MOBILE), (58, 42))[0]

    def _user(self, source: str) -> str:
        known = self.users.setdefault(source, [])
        if known and self.rng.random() < 0.12:
            return self.rng.choice(known)
        known.append(f"user-{self.rng.getrandbits(40):010x}")
        return known[-1]

    def _anew(self, kind: str, script: Script, moment: datetime, source: str, *, user: str | None = None) -> Told:
        """Tell a script as a conversation of its own."""
        moments = tuple(paced(self.rng, script.lines, moment))
        named = {
            "id": name(self.rng, "conv"),
            "user": user or self._user(source),
            "model": dict(SONNET_4 if script.kind is Kind.INELIGIBLE_MODEL else self.rng.choice((OPUS_4, OPUS_4, OPUS_4_1))),
            "locale": self.rng.choice(("en", "en", "en-US", "en-GB")) if script.locale == "en" else script.locale,
            "started_at": stamp(moments[0]),
            "branch": {"id": name(self.rng, "br"), "parent_id": None, "forked_at_turn": None},
        }
        return self._tell(kind, script, moments, source=source, named=named)

    def _tell(self, kind: str, script: Script, moments: tuple[datetime, ...], *, source: str, named: Json) -> Told:
        """Make the event of a script, which ends a second after its last turn, and note its truth."""
        moment = moments[-1] + timedelta(seconds=1)
        data: Json = {"conversation": named}
        if kind == "conversation.ended":
            data["ending"] = ending(self.rng, script, policy=self._policy(moment), scored=source == MOBILE)
        else:
            data["sampling"] = {"rate": CONTROL_RATE}
        data["transcript"] = transcript(script.lines, moments)
        event = envelope(self.rng, kind, source, moment, data)
        self.events.append(event)
        self.truth[event["id"]] = truth_of(script, self.decks)
        return Told(script, moments, event)

    def _policy(self, moment: datetime) -> str:
        """Return the version that the surface read before this moment."""
        live = [policy.version for policy in POLICIES if moment >= self.clock.until - timedelta(days=policy.live_days_before)]
        return f"consumer-{max(live, default=1)}"


def truth_of(script: Script, decks: Decks) -> Truth:
    """Return what is true of a script by the marks of its lines."""
    right = right_turn(script.lines)
    crisis = first(script.lines, Mark.CRISIS)
    warning = first(script.lines, Mark.WARNING)
    turns = {"right": right, "crisis": crisis, "warning": warning, "after": None if warning is None else warning + 1}
    note = SLOT.sub(lambda match: str(turns[match.group(1)]), decks.deal(notes.NOTES[script.kind]))
    return Truth(
        kind=script.kind,
        expected=EXPECTED.get(script.kind),
        answer=ANSWERS[script.kind],
        right_from=right,
        crisis_from=crisis,
        category=script.harm,
        severity=script.severity,
        note=note,
        checks=checked(script.lines, ANSWERS[script.kind]),
    )


def _busy(source: str, since: datetime, hours: int) -> int:
    return sum(weight(since + timedelta(hours=hour), office=source == WORKPLACE) for hour in range(hours))


def _may_follow(told: Told) -> bool:
    eligible = EXPECTED[told.script.kind] is not Outcome.INELIGIBLE
    return eligible and told.script.locale == "en" and told.conversation["branch"]["parent_id"] is None
