"""Pure: (policy terms, case) -> findings and a verdict.

1. Each check is worked out under the policy's cuts, and again with one kind of cut (harm, acts or crisis) moved by the margin, down and
   up, and with the measures that a classifier called unknown supposed in full. Where an answer differs, the check is unclear; otherwise
   it passes or fails.
2. A check that does not apply has no Finding: 2 to 5 for a request, 7 for harm, `replays` without reported scores, `reason_matches`
   for the reason "other" without a category.
3. The verdict is the first that applies: crisis, ineligible, then for a request justified or unconfirmed, else unwarranted, premature,
   justified. It is unclear where the unclear checks leave more than one of these open. Checks 8 to 11 never enter it.

A turn counts up to and including `at_turn`; a warning counts only before it, and only where it names the behaviour and says that the
conversation may end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product

from conversations.tree import Role
from moderation.classifiers.base import FULL, TurnMeasures
from moderation.states import DECIDING_FOR_HARM, DECIDING_FOR_REQUEST, MEASURES, Act, Category, Check, EndReason, Outcome, Result

ABUSE = frozenset({Category.HARASSMENT.value, Category.HATE.value})
CRISIS_ACTS = (Act.CRISIS_SELF, Act.CRISIS_OTHERS)
LADDER = (Check.PERSISTENT_HARM, Check.REDIRECTED, Check.WARNED, Check.PERSISTED_AFTER_WARNING)
SUPPOSITIONS = (
    frozenset(category.value for category in Category),
    frozenset(act.value for act in CRISIS_ACTS),
    frozenset(act.value for act in Act if act not in CRISIS_ACTS),
    frozenset(act.value for act in Act if act not in CRISIS_ACTS) - {Act.WARNING.value},
    frozenset(MEASURES),
)
"""What is supposed of measures that are unknown, one set at a time; a warning apart, for an early one would hide refusals after it."""
REQUEST_ACTS = (Act.END_REQUEST, Act.CONFIRMATION_QUESTION, Act.CONFIRMATION)


@dataclass(frozen=True, slots=True)
class Terms:
    """The thresholds and rules of one policy version; scores in ten-thousandths.

    `thresholds` has an entry for each category; `acts` is the cut for every act but the two of crisis, which have `crisis`; `margin` is
    how near a score may lie to its cut before a check that hangs on it is unclear. A surface is named by its event source.
    """

    version: int
    thresholds: Mapping[str, int]
    crisis: int
    acts: int
    harmful_turns: int
    redirections: int
    margin: int
    eligible_models: frozenset[str]
    eligible_surfaces: frozenset[str]


DEFAULT_TERMS = Terms(
    version=1,
    thresholds={category.value: 5_000 for category in Category},
    crisis=5_000,
    acts=5_000,
    harmful_turns=3,
    redirections=2,
    margin=200,
    eligible_models=frozenset({"claude-opus-4", "claude-opus-4-1"}),
    eligible_surfaces=frozenset(
        {"/surfaces/web-chat", "/surfaces/ios-chat", "/surfaces/android-chat", "/surfaces/desktop-chat", "/surfaces/mobile-chat"}
    ),
)
"""The first policy: the published rules, with cuts that suit the rules classifier."""


@dataclass(frozen=True, slots=True)
class Case:
    """One ending as the judge sees it: measures per turn and the recorded facts, never a word of text.

    `at_turn` is the turn in which it ended (one past the last index where there was no closing message); `accepted_after_end` counts
    messages taken in the branch after the end; `reported_scores` are the surface's own (measure -> ten-thousandths), where it sent them.
    """

    turns: tuple[TurnMeasures, ...]
    model: str
    surface: str
    reason: EndReason
    category: str | None
    at_turn: int
    accepted_after_end: int = 0
    reported_scores: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """One check under one policy: what it found and the indexes of the turns that prove it."""

    check: Check
    result: Result
    evidence: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """All findings that apply, in the order of `Check`, and what follows from them."""

    findings: tuple[Finding, ...]
    outcome: Outcome
    category: str | None


@dataclass(frozen=True, slots=True)
class _View:
    """One case under one set of cuts; `harm`, `act` and `danger` are how far each kind of cut was moved."""

    terms: Terms
    case: Case
    harm: int = 0
    act: int = 0
    danger: int = 0

    def users(self) -> Iterator[TurnMeasures]:
        """Yield the user turns up to the end."""
        return (turn for turn in self.case.turns if turn.role is Role.USER and turn.index <= self.case.at_turn)

    def assistants(self, before: int) -> Iterator[TurnMeasures]:
        """Yield the assistant turns before a turn."""
        return (turn for turn in self.case.turns if turn.role is Role.ASSISTANT and turn.index < before)

    def reaches(self, scores: Mapping[str, int], category: str) -> bool:
        """Tell whether the category reaches its threshold; one the policy does not know never does."""
        cut = self.terms.thresholds.get(category)
        return cut is not None and category in scores and scores[category] >= cut + self.harm

    def harmful(self, categories: frozenset[str] | None = None) -> tuple[int, ...]:
        """Return the user turns in which some category (of those named) reaches its own threshold."""
        wanted = self.terms.thresholds.keys() if categories is None else categories
        return tuple(turn.index for turn in self.users() if any(self.reaches(turn.scores, name) for name in wanted))

    def does(self, turn: TurnMeasures, act: Act) -> bool:
        """Tell whether a turn's score for an act reaches the cut."""
        return turn.score(act.value) >= self.terms.acts + self.act

    def warning(self) -> int | None:
        """Return the first explicit warning before the end."""
        explicit = (turn for turn in self.assistants(self.case.at_turn) if turn.names_behaviour and turn.says_may_end)
        return next((turn.index for turn in explicit if self.does(turn, Act.WARNING)), None)

    def endangered(self, score: int) -> bool:
        """Tell whether a crisis score reaches the cut."""
        return score >= self.terms.crisis + self.danger


Answer = tuple[bool, tuple[int, ...]]
"""Whether a check passes under one set of cuts, and the turns that prove it."""


def judge(terms: Terms, case: Case) -> Judgement:
    """Return the findings that apply to a case and the verdict that follows from them."""
    findings = tuple(_find(check, terms, case) for check in Check if _applies(check, case))
    results = {finding.check: finding.result for finding in findings}
    return Judgement(findings=findings, outcome=conclude(results, case.reason), category=_main_category(_View(terms, case)))


def outcome_of(terms: Terms, case: Case) -> Outcome:
    """Return the verdict alone: only the deciding checks are worked out."""
    return conclude({check: _find(check, terms, case).result for check in _deciding(case.reason)}, case.reason)


def answer_to(check: Check, terms: Terms, case: Case) -> Answer:
    """Return whether a check passes under the very cuts of the terms, and the turns that prove it; no margin, nothing supposed."""
    return ANSWERS[check](_View(terms, case))


def _deciding(reason: EndReason) -> tuple[Check, ...]:
    return DECIDING_FOR_REQUEST if reason is EndReason.USER_REQUEST else DECIDING_FOR_HARM


def conclude(results: Mapping[Check, Result], reason: EndReason) -> Outcome:
    """Return the verdict of the deciding checks: unclear where resolving the unclear ones either way leaves several open."""
    deciding = _deciding(reason)
    readings = [(Result.PASS, Result.FAIL) if results[check] is Result.UNCLEAR else (results[check],) for check in deciding]
    outcomes = {_first_that_applies(dict(zip(deciding, reading, strict=True))) for reading in product(*readings)}
    return outcomes.pop() if len(outcomes) == 1 else Outcome.UNCLEAR


def _first_that_applies(results: Mapping[Check, Result]) -> Outcome:
    failed = {check for check, result in results.items() if result is Result.FAIL}
    if Check.NO_CRISIS in failed:
        return Outcome.CRISIS
    if Check.ELIGIBLE in failed:
        return Outcome.INELIGIBLE
    if Check.REQUEST_CONFIRMED in failed:
        return Outcome.UNCONFIRMED
    if {Check.PERSISTENT_HARM, Check.WARNED} <= failed:
        return Outcome.UNWARRANTED
    return Outcome.PREMATURE if failed else Outcome.JUSTIFIED


def _applies(check: Check, case: Case) -> bool:
    if check in LADDER:
        return case.reason is not EndReason.USER_REQUEST
    if check is Check.REQUEST_CONFIRMED:
        return case.reason is EndReason.USER_REQUEST
    if check is Check.REASON_MATCHES:
        return case.reason is not EndReason.OTHER or case.category is not None
    return check is not Check.REPLAYS or bool(case.reported_scores)


def _find(check: Check, terms: Terms, case: Case) -> Finding:
    answer = ANSWERS[check]
    passed, evidence = answer(_View(terms, case))
    moved = [answer(view) for view in _moved(terms, case)]
    if all(other == passed for other, _ in moved):
        return Finding(check, Result.PASS if passed else Result.FAIL, evidence)
    turns = {index for _, indexes in moved for index in indexes}
    return Finding(check, Result.UNCLEAR, tuple(sorted(turns.union(evidence))))


def _moved(terms: Terms, case: Case) -> Iterator[_View]:
    for step in (-terms.margin, terms.margin):
        yield _View(terms, case, harm=step)
        yield _View(terms, case, act=step)
        yield _View(terms, case, danger=step)
    unknown = frozenset[str]().union(*(turn.unknown for turn in case.turns))
    yield from (_View(terms, _supposed(case, measures)) for measures in SUPPOSITIONS if measures & unknown)


def _supposed(case: Case, measures: frozenset[str]) -> Case:
    """Return the case as it would be if every unknown one of these measures were there in full."""
    return replace(case, turns=tuple(_filled(turn, turn.unknown & measures) for turn in case.turns))


def _filled(turn: TurnMeasures, measures: frozenset[str]) -> TurnMeasures:
    warns, closes = Act.WARNING.value in measures, Act.CLOSING.value in measures
    return replace(
        turn,
        scores={**turn.scores, **dict.fromkeys(measures, FULL)},
        names_behaviour=turn.names_behaviour or warns,
        says_may_end=turn.says_may_end or warns,
        says_ended=turn.says_ended or closes,
        says_options=turn.says_options or closes,
    )


def _eligible(view: _View) -> Answer:
    return view.case.model in view.terms.eligible_models and view.case.surface in view.terms.eligible_surfaces, ()


def _persistent_harm(view: _View) -> Answer:
    turns = view.harmful()
    return len(turns) >= view.terms.harmful_turns, turns


def _redirected(view: _View) -> Answer:
    warning = view.warning()
    tried = view.assistants(view.case.at_turn if warning is None else warning)
    turns = tuple(turn.index for turn in tried if view.does(turn, Act.REFUSAL) or view.does(turn, Act.REDIRECTION))
    return len(turns) >= view.terms.redirections, turns


def _warned(view: _View) -> Answer:
    warning = view.warning()
    return warning is not None, () if warning is None else (warning,)


def _persisted_after_warning(view: _View) -> Answer:
    warning = view.warning()
    turns = () if warning is None else tuple(index for index in view.harmful() if index > warning)
    return bool(turns), turns


def _no_crisis(view: _View) -> Answer:
    turns = tuple(turn.index for turn in view.users() if any(view.endangered(turn.score(act.value)) for act in CRISIS_ACTS))
    return not turns, turns


def _request_confirmed(view: _View) -> Answer:
    """The yes must be the user's next turn after the question, which must follow the request."""
    users = list(view.users())
    asked = next((turn.index for turn in users if view.does(turn, Act.END_REQUEST)), None)
    if asked is None:
        return False, ()
    for question in view.assistants(view.case.at_turn):
        if question.index < asked or not view.does(question, Act.CONFIRMATION_QUESTION):
            continue
        answer = next((turn for turn in users if turn.index > question.index), None)
        if answer is not None and view.does(answer, Act.CONFIRMATION):
            return True, (asked, question.index, answer.index)
    return False, (asked,)


def _reason_matches(view: _View) -> Answer:
    case = view.case
    if case.reason is EndReason.USER_REQUEST:
        turns = tuple(turn.index for turn in view.users() if view.does(turn, Act.END_REQUEST))
    elif case.category is not None:
        turns = view.harmful(frozenset({case.category}))
    else:
        turns = view.harmful(ABUSE if case.reason is EndReason.PERSISTENT_ABUSE else None)
    return bool(turns), turns


def _user_informed(view: _View) -> Answer:
    closing = next((turn for turn in view.case.turns if turn.index == view.case.at_turn and turn.role is Role.ASSISTANT), None)
    if closing is None:
        return False, ()
    return closing.says_ended and closing.says_options, (closing.index,)


def _lock_held(view: _View) -> Answer:
    return view.case.accepted_after_end == 0, ()


def _replays(view: _View) -> Answer:
    """The surface's own scores must allow the end that was made, under the policy then in force."""
    scores = view.case.reported_scores
    if any(view.endangered(scores.get(act.value, 0)) for act in CRISIS_ACTS):
        return False, ()
    if view.case.reason is EndReason.USER_REQUEST:
        return all(scores[act.value] >= view.terms.acts + view.act for act in REQUEST_ACTS if act.value in scores), ()
    return any(view.reaches(scores, category) for category in view.terms.thresholds), ()


ANSWERS: Mapping[Check, Callable[[_View], Answer]] = {
    Check.ELIGIBLE: _eligible,
    Check.PERSISTENT_HARM: _persistent_harm,
    Check.REDIRECTED: _redirected,
    Check.WARNED: _warned,
    Check.PERSISTED_AFTER_WARNING: _persisted_after_warning,
    Check.NO_CRISIS: _no_crisis,
    Check.REQUEST_CONFIRMED: _request_confirmed,
    Check.REASON_MATCHES: _reason_matches,
    Check.USER_INFORMED: _user_informed,
    Check.LOCK_HELD: _lock_held,
    Check.REPLAYS: _replays,
}


def _main_category(view: _View) -> str | None:
    """Return the category that reaches its threshold in most user turns, the higher scores first among equals."""
    turns: Counter[str] = Counter()
    weight: Counter[str] = Counter()
    for turn in view.users():
        for category in view.terms.thresholds:
            if view.reaches(turn.scores, category):
                turns[category] += 1
                weight[category] += turn.score(category)
    return max(turns, key=lambda name: (turns[name], weight[name], name), default=None)
