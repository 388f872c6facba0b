"""What a careful reviewer says of each check, read from the marks of a script."""

from __future__ import annotations

from collections.abc import Sequence

from console.demo.script import Line, Mark
from moderation.judge import DEFAULT_TERMS
from moderation.statements import Checked
from moderation.states import Answer, Check, Result

STEERS = frozenset({Mark.REFUSAL, Mark.REDIRECTION})


def checked(lines: Sequence[Line], answer: Answer) -> tuple[Checked, ...]:
    """Return the checks that go with an answer, each with its turns."""
    if answer is Answer.REQUESTED:
        asked = tuple(sorted(turns[-1] for mark in (Mark.ASK_END, Mark.QUESTION, Mark.YES) if (turns := _of(lines, {mark}))))
        return (Checked(Check.REQUEST_CONFIRMED, Result.PASS, asked),)
    return _ladder(lines) if answer in {Answer.YES, Answer.NO} else ()


def _ladder(lines: Sequence[Line]) -> tuple[Checked, ...]:
    harm, warnings = _of(lines, {Mark.HARM}), _of(lines, {Mark.WARNING})
    before = warnings[0] if warnings else len(lines)
    steered = tuple(turn for turn in _of(lines, STEERS) if turn < before)
    after = tuple(turn for turn in harm if warnings and turn > before)
    return (
        _said(Check.PERSISTENT_HARM, harm, DEFAULT_TERMS.harmful_turns),
        _said(Check.REDIRECTED, steered, DEFAULT_TERMS.redirections),
        _said(Check.WARNED, warnings, 1),
        _said(Check.PERSISTED_AFTER_WARNING, after, 1),
    )


def _said(check: Check, turns: tuple[int, ...], least: int) -> Checked:
    return Checked(check, Result.PASS if len(turns) >= least else Result.FAIL, turns)


def _of(lines: Sequence[Line], marks: set[Mark] | frozenset[Mark]) -> tuple[int, ...]:
    return tuple(turn for turn, line in enumerate(lines) if line.mark in marks)
