"""What follows an ending: messages turned away, another try by branch or new thread, feedback, an appeal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from console.demo import turns_feedback
from console.demo.events import Json, Told, envelope, name, place, transcript
from console.demo.rhythm import stamp
from console.demo.script import EXPECTED, Kind, Line, Mark
from console.demo.voice import Decks, Voice
from moderation.states import WRONGFUL

LEAKS_EVERY = 95
"""In one of so many endings the lock leaked: a message was taken after the end."""
SAME_REQUEST, TAUNT = 0.2, 0.2
"""Of new threads after harm, the share that repeats the request, and the share that begins with a taunt."""


def follow(decks: Decks, told: Told, number: int) -> Iterator[Json]:
    """Yield the events that follow one ending; `number` counts endings."""
    yield from _messages(decks.rng, told, leaks=number % LEAKS_EVERY == LEAKS_EVERY // 2)
    yield from _another_try(decks, told)
    yield from _voices(decks, told)


def remark(decks: Decks, told: Told) -> Iterator[Json]:
    """Yield feedback on a conversation that went on, now and then."""
    if decks.rng.random() < 0.08:
        thumbs, kind, text = decks.deal(turns_feedback.ON_CONTROLS)
        yield _feedback(decks.rng, told, thumbs, (kind, text))


def _later(rng: Random, told: Told, *, low: int, high: int) -> datetime:
    """Return a moment so many seconds after the end, sooner rather than later."""
    return told.time + timedelta(seconds=low + int((high - low) * rng.random() ** 3))


def _messages(rng: Random, told: Told, *, leaks: bool) -> Iterator[Json]:
    tries = rng.choices((0, 1, 2, 3), (60, 22, 11, 7))[0]
    for kind in ["message.rejected"] * tries + ["message.accepted"] * leaks:
        yield envelope(rng, kind, told.source, _later(rng, told, low=5, high=900), {"conversation": place(told)})


def _another_try(decks: Decks, told: Told) -> Iterator[Json]:
    chance = decks.rng.random()
    forks = [index for index, line in enumerate(told.script.lines) if index and line.mark in {Mark.TALK, Mark.HARM}]
    if chance < 0.16 and forks and told.script.locale == "en":
        yield _branched(decks, told, decks.rng.choice(forks))
    elif chance < 0.4 and told.script.locale == "en":
        yield _new_thread(decks, told)


def _branched(decks: Decks, told: Told, fork: int) -> Json:
    """Return the event of a branch that edits the message in turn `fork`."""
    rng = decks.rng
    moment = _later(rng, told, low=20, high=7_200)
    edited = Line(Mark.TALK, Voice(decks).typed(decks.deal(turns_feedback.NEW_THREAD["edited"])))
    lines = (*told.script.lines[:fork], edited)
    branch = {"id": name(rng, "br"), "parent_id": told.conversation["branch"]["id"], "forked_at_turn": fork}
    data = {"conversation": {**told.conversation, "branch": branch}, "transcript": transcript(lines, (*told.moments[:fork], moment))}
    return envelope(rng, "conversation.branched", told.source, moment, data)


def _new_thread(decks: Decks, told: Told) -> Json:
    rng = decks.rng
    moment = _later(rng, told, low=15, high=80_000)
    line = Line(Mark.TALK, _first_message(decks, told))
    branch = {"id": name(rng, "br"), "parent_id": None, "forked_at_turn": None}
    named = {**told.conversation, "id": name(rng, "conv"), "branch": branch, "started_at": stamp(moment)}
    data = {"conversation": named, "transcript": transcript((line,), (moment,))}
    return envelope(rng, "conversation.started", told.source, moment, data)


def _first_message(decks: Decks, told: Told) -> str:
    """Return what a new thread begins with: mostly something else, now and then a taunt, or the very request that was turned down."""
    chance = decks.rng.random()
    asked = [line.text for line in told.script.lines if line.mark is Mark.HARM]
    if asked and chance < SAME_REQUEST:
        return decks.deal(turns_feedback.SAME_REQUEST) + decks.rng.choice(asked)
    pool = turns_feedback.NEW_THREAD["again" if asked and chance < SAME_REQUEST + TAUNT else "calm"]
    return Voice(decks).typed(decks.deal(pool))


def _voices(decks: Decks, told: Told) -> Iterator[Json]:
    """Speak up: those who were wronged far more often than those who were not."""
    rng = decks.rng
    kind = told.script.kind
    wronged = EXPECTED[kind] in WRONGFUL
    chance = rng.random()
    if chance < (0.4 if wronged else 0.12):
        yield _feedback(rng, told, "down", decks.deal(turns_feedback.WRONGED if wronged else turns_feedback.EARNED))
    elif not wronged and chance > 0.93:
        yield _feedback(rng, told, "up", decks.deal(turns_feedback.CONTENT))
    if rng.random() < (0.12 if wronged else 0.02) and kind is not Kind.REQUEST_CONFIRMED:
        text = decks.deal(turns_feedback.APPEALS_WRONGED if wronged else turns_feedback.APPEALS_EARNED)
        data = {"conversation": place(told), "text": text, "contact": f"ticket-{rng.randrange(10_000, 99_999)}"}
        yield envelope(rng, "appeal.filed", told.source, _later(rng, told, low=600, high=400_000), data)


def _feedback(rng: Random, told: Told, thumbs: str, said: tuple[str, str]) -> Json:
    kind, text = said
    at_turn = told.event["data"].get("ending", {}).get("at_turn", len(told.moments) - 1)
    data = {"conversation": place(told), "thumbs": thumbs, "kind": kind, "text": text, "at_turn": at_turn}
    return envelope(rng, "feedback.given", told.source, _later(rng, told, low=10, high=90_000), data)
