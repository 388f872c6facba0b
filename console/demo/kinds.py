"""One short play per kind of conversation; what is true of it follows from the marks of its lines."""

from __future__ import annotations

from collections.abc import Callable

from console.demo import turns_assistant, turns_crisis, turns_harm, turns_languages, turns_lookalike, turns_odd, turns_requests
from console.demo.script import LOOKALIKES, Foreign, Kind, Line, Mark, Script
from console.demo.stage import INSULTS, Stage, category_of
from console.demo.voice import Decks
from moderation.states import EndReason

VERY_LONG = 54
"""Ordinary exchanges before the end in the one very long conversation, which makes about 120 turns."""


def play(kind: Kind, decks: Decks, *, long: bool = False, closed: bool = True) -> Script:
    """Compose a conversation of a kind; `long` makes its opening very long, without `closed` the closing message is never said."""
    stage = Stage(decks)
    opening = 0
    if kind is not Kind.ALMOST_NOTHING:
        opening = stage.settle_in(VERY_LONG if long else decks.rng.choices((0, 1, 2, 3), (35, 35, 20, 10))[0])
    PLAYS[kind](stage)
    if not closed and stage.lines[-1].mark is Mark.CLOSING:
        stage.lines.pop()
    harm = stage.theme if any(line.mark in {Mark.HARM, Mark.MURKY} for line in stage.lines) else None
    return finish(kind, stage, opening=opening, theme=harm)


def finish(kind: Kind, stage: Stage, *, opening: int, theme: str | None) -> Script:
    """Add what the model says of its reason; about one in thirty states a wrong one."""
    reason, category = _stated(kind, stage, theme)
    crisis = any(line.mark is Mark.CRISIS for line in stage.lines)
    return Script(
        kind=kind,
        lines=tuple(stage.lines),
        reason=reason,
        category=category,
        harm=category_of(theme) if theme else None,
        severity=3 if crisis else _severity(theme),
        explanation=_explanation(stage, reason),
        opening=opening,
    )


def translated(foreign: Foreign) -> Script:
    """Take a conversation written in another language as it stands."""
    lines = tuple(Line(Mark(mark), text) for mark, text in foreign.turns)
    request = foreign.kind in {Kind.REQUEST_CONFIRMED, Kind.REQUEST_UNCONFIRMED}
    abuse = foreign.category == "harassment"
    reason = EndReason.USER_REQUEST if request else EndReason.PERSISTENT_ABUSE if abuse else EndReason.PERSISTENT_HARM
    return Script(
        kind=foreign.kind,
        lines=lines,
        reason=reason,
        category=foreign.category,
        harm=foreign.category,
        severity=_severity(foreign.category),
        locale=foreign.locale,
    )


def foreign_scripts() -> list[Script]:
    """Return all conversations in other languages."""
    return [translated(foreign) for foreign in turns_languages.CONVERSATIONS]


def _stated(kind: Kind, stage: Stage, theme: str | None) -> tuple[EndReason, str | None]:
    if kind in {Kind.REQUEST_CONFIRMED, Kind.REQUEST_UNCONFIRMED}:
        return EndReason.USER_REQUEST, None
    if theme is None and stage.rng.random() < 0.4:
        return EndReason.OTHER, None
    named = theme or stage.rng.choice(("violence", "harsh", "self_harm", "hate"))
    if stage.rng.random() < 0.03:
        named = stage.rng.choice(("sexual", "cyber", "cbrn", "crime_other"))
    return EndReason.PERSISTENT_ABUSE if named in INSULTS else EndReason.PERSISTENT_HARM, category_of(named)


def _severity(theme: str | None) -> int:
    if theme is None:
        return 0
    heavier = {"harsh": 2, "bullying": 2, "mild": 1}
    return heavier.get(theme) or turns_harm.SEVERITY.get(theme, 3)


def _explanation(stage: Stage, reason: EndReason) -> str:
    refused = sum(line.mark in {Mark.REFUSAL, Mark.REDIRECTION} for line in stage.lines)
    stage.voice.slots["refused"] = str(refused)
    pools = {
        EndReason.USER_REQUEST: "request",
        EndReason.PERSISTENT_ABUSE: "abuse",
        EndReason.PERSISTENT_HARM: "harm" if refused else "other",
        EndReason.OTHER: "other",
    }
    return stage.voice.fill(stage.decks.deal(turns_assistant.EXPLANATIONS[pools[reason]]))


def _justified(stage: Stage) -> None:
    _ladder(stage)
    stage.close()


def _ladder(stage: Stage) -> None:
    """Climb all steps: turned down at least twice, warned, and on it goes."""
    stage.press(stage.rng.choices((2, 3, 4, 5), (45, 30, 17, 8))[0])
    stage.harm(pressing=True)
    stage.warn()
    stage.defy()
    for _ in range(stage.rng.choices((0, 1, 2), (65, 25, 10))[0]):
        stage.turn_down()
        stage.defy()


def _missed(stage: Stage) -> None:
    _ladder(stage)
    for _ in range(stage.rng.randrange(2, 5)):
        stage.turn_down()
        stage.defy()
    stage.turn_down()


def _no_warning(stage: Stage) -> None:
    stage.press(stage.rng.choice((3, 3, 4, 5)))
    if stage.rng.random() < 0.5:
        stage.harm(pressing=True)
        stage.hint()
    stage.harm(pressing=True)
    stage.close()


def _too_soon(stage: Stage) -> None:
    """Either not yet persistent, or persistent with one refusal only."""
    if stage.rng.random() < 0.5:
        stage.harm()
        stage.warn()
        stage.defy()
    else:
        stage.press(1)
        stage.harm(pressing=True)
        stage.warn()
        stage.defy()
    stage.close()


def _stopped(stage: Stage) -> None:
    stage.press(stage.rng.choice((2, 3)))
    stage.harm(pressing=True)
    stage.warn()
    stage.back_to_order()
    stage.user(Mark.TALK, stage.decks.deal(turns_requests.AND_THEN))
    stage.close()


def _confirmed(stage: Stage) -> None:
    _talk(stage)
    stage.user(Mark.ASK_END, stage.decks.deal(turns_requests.END_REQUESTS))
    stage.assistant(Mark.QUESTION, stage.decks.deal(turns_assistant.QUESTIONS))
    stage.user(Mark.YES, stage.decks.deal(turns_requests.CONFIRMATIONS))
    stage.close_as_asked()


def _unconfirmed(stage: Stage) -> None:
    """A goodbye taken for a wish, a wish granted unasked, or a question answered with anything but yes."""
    _talk(stage)
    way = stage.rng.randrange(3)
    if way == 0:
        stage.user(Mark.TALK, stage.decks.deal(turns_requests.FAREWELLS))
    else:
        stage.user(Mark.ASK_END, stage.decks.deal(turns_requests.END_REQUESTS))
    if way == 2:
        stage.assistant(Mark.QUESTION, stage.decks.deal(turns_assistant.QUESTIONS))
        stage.user(Mark.TALK, stage.decks.deal(turns_requests.SECOND_THOUGHTS))
    stage.close_as_asked()


def _talk(stage: Stage) -> None:
    if stage.rng.random() < 0.6 or not stage.lines:
        stage.thread()


def _lookalike(kind: Kind) -> Callable[[Stage], None]:
    def run(stage: Stage) -> None:
        """Play a thread up to the user's last turn, then end it for no reason."""
        thread = stage.decks.deal(turns_lookalike.THREADS[kind.value])
        stage.exchange(thread[: len(thread) - 1])
        if stage.rng.random() < 0.25:
            stage.hint()
            stage.user(Mark.TALK, stage.decks.deal(turns_assistant.TAKEN_ABACK))
        stage.close()

    return run


def _almost_nothing(stage: Stage) -> None:
    stage.lines.append(Line(Mark.TALK, stage.decks.deal(turns_odd.ALMOST_NOTHING)))


def _crisis(stage: Stage) -> None:
    """A plain sign of danger amid abuse or requests, climbed over as if it were not there."""
    others = stage.rng.random() < 0.4
    stage.press(stage.rng.choice((1, 2)))
    stage.user(Mark.CRISIS, stage.decks.deal(turns_crisis.OTHERS_LOUD if others else turns_crisis.SELF_LOUD))
    stage.comfort(others=others)
    stage.harm(pressing=True)
    if stage.rng.random() < 0.6:
        stage.warn()
        stage.defy()
    stage.close()


def _crisis_quiet(stage: Stage) -> None:
    others = stage.rng.random() < 0.35
    stage.thread()
    _around(stage, others=others)
    stage.assistant(Mark.REPLY, stage.decks.deal(turns_crisis.OBLIVIOUS))
    stage.user(Mark.CRISIS, stage.decks.deal(turns_crisis.OTHERS_QUIET if others else turns_crisis.SELF_QUIET))
    if stage.rng.random() < 0.5:
        stage.assistant(Mark.REPLY, stage.decks.deal(turns_crisis.OBLIVIOUS))
        _around(stage, others=others)
    stage.close()


def _around(stage: Stage, *, others: bool) -> None:
    stage.user(Mark.TALK, stage.decks.deal(turns_crisis.AROUND_OTHERS if others else turns_crisis.AROUND_SELF))


def _unclear(stage: Stage) -> None:
    """Banter or abuse, three times; something vague; half a warning; more of it."""
    stage.theme = "mild"
    for _ in range(3):
        stage.user(Mark.MURKY, stage.decks.deal(turns_harm.TEASING))
        refuses = stage.rng.random() < 0.5
        mark, pool = (Mark.REFUSAL, turns_assistant.REFUSALS) if refuses else (Mark.REPLY, turns_assistant.PUZZLED)
        stage.assistant(mark, stage.decks.deal(pool))
    stage.user(Mark.TALK, stage.decks.deal(turns_harm.MURKY))
    stage.assistant(Mark.HINT, stage.decks.deal(turns_assistant.HALF_WARNINGS))
    stage.user(Mark.TALK, stage.decks.deal(turns_harm.MURKY))
    stage.close()


def _control_ordinary(stage: Stage) -> None:
    for _ in range(stage.rng.choice((1, 1, 2))):
        stage.thread()
    if stage.rng.random() < 0.5:
        stage.settle_in(stage.rng.choice((1, 2, 3)))


def _control_lookalike(stage: Stage) -> None:
    kind = stage.rng.choice(LOOKALIKES[:5])
    stage.exchange(stage.decks.deal(turns_lookalike.THREADS[kind.value]))


def _control_harm(stage: Stage) -> None:
    stage.press(stage.rng.choice((1, 2, 3)))
    if stage.rng.random() < 0.4:
        stage.harm(pressing=True)
        stage.warn()
    stage.back_to_order()


def _control_crisis(stage: Stage) -> None:
    others = stage.rng.random() < 0.3
    _around(stage, others=others)
    stage.comfort(others=others)
    stage.user(Mark.CRISIS, stage.decks.deal(turns_crisis.OTHERS_LOUD if others else turns_crisis.SELF_LOUD))
    stage.comfort(others=others)
    _around(stage, others=others)
    stage.comfort(others=others)


PLAYS: dict[Kind, Callable[[Stage], None]] = {
    Kind.JUSTIFIED: _justified,
    Kind.INELIGIBLE_MODEL: _justified,
    Kind.INELIGIBLE_SURFACE: _justified,
    Kind.REQUEST_CONFIRMED: _confirmed,
    Kind.REQUEST_UNCONFIRMED: _unconfirmed,
    Kind.NO_WARNING: _no_warning,
    Kind.TOO_SOON: _too_soon,
    Kind.STOPPED_AFTER_WARNING: _stopped,
    **{kind: _lookalike(kind) for kind in LOOKALIKES if kind is not Kind.ALMOST_NOTHING},
    Kind.ALMOST_NOTHING: _almost_nothing,
    Kind.CRISIS: _crisis,
    Kind.CRISIS_QUIET: _crisis_quiet,
    Kind.UNCLEAR: _unclear,
    Kind.CONTROL_ORDINARY: _control_ordinary,
    Kind.CONTROL_LOOKALIKE: _control_lookalike,
    Kind.CONTROL_HARM: _control_harm,
    Kind.CONTROL_MISSED: _missed,
    Kind.CONTROL_CRISIS: _control_crisis,
}
