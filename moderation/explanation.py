"""Pure: a policy, a verdict and its nearest boundary in plain English, made of measures and never of what was said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from moderation.classifiers.base import FULL, Span, TurnMeasures
from moderation.judge import Case, Finding, Terms, outcome_of
from moderation.states import Act, Category, Check, EndReason, Outcome, Result

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
NAMED_TURNS = 6
"""Turns that a sentence names before it counts the rest."""
MOST_CUTS = 400
"""Cuts tried in search of the nearest boundary: more than the scores of a long conversation ever give."""


@dataclass(frozen=True, slots=True)
class Boundary:
    """The nearest cut at which a verdict would be another: its name, where it stands, where it would have to; in ten-thousandths."""

    knob: str
    label: str
    now: int
    at: int
    outcome: Outcome


RESTS_ON: Mapping[Check, frozenset[str]] = {
    Check.PERSISTENT_HARM: frozenset(Category),
    Check.REDIRECTED: frozenset({Act.REFUSAL, Act.REDIRECTION}),
    Check.WARNED: frozenset({Act.WARNING}),
    Check.PERSISTED_AFTER_WARNING: frozenset(Category),
    Check.NO_CRISIS: frozenset({Act.CRISIS_SELF, Act.CRISIS_OTHERS}),
    Check.REQUEST_CONFIRMED: frozenset({Act.END_REQUEST, Act.CONFIRMATION_QUESTION, Act.CONFIRMATION}),
    Check.REASON_MATCHES: frozenset({*Category, Act.END_REQUEST}),
    Check.USER_INFORMED: frozenset({Act.CLOSING}),
}
"""Which measures a check rests on; the others rest on recorded facts."""


def evidence_spans(finding: Finding, turns: Sequence[TurnMeasures]) -> list[tuple[int, Span]]:
    """Return (turn, span) of what a finding rests on: in its evidence turns, where one of its measures was seen."""
    measures, proving = RESTS_ON.get(finding.check, frozenset[str]()), set(finding.evidence)
    return [(turn.index, span) for turn in turns if turn.index in proving for span in turn.spans if span.measure in measures]


def explain(findings: Sequence[Finding], reason: EndReason) -> str:
    """Return what was found in one or two sentences: the counts, the turns that prove them, and what is missing or in doubt."""
    found = {one.check: one for one in findings}
    parts = _request(found) if reason is EndReason.USER_REQUEST else _ladder(found)
    sentence = ", ".join(part for part in parts if part)
    return "; ".join(part for part in (sentence[:1].upper() + sentence[1:], _danger(found), _eligibility(found)) if part) + "."


def _ladder(found: Mapping[Check, Finding]) -> list[str]:
    return [
        _counted(found.get(Check.PERSISTENT_HARM), "harmful turn"),
        _counted(found.get(Check.REDIRECTED), "redirection"),
        _at(found.get(Check.WARNED), "warning at {}", "no warning", "perhaps a warning"),
        _went_on(found.get(Check.PERSISTED_AFTER_WARNING), found.get(Check.WARNED)),
    ]


def _request(found: Mapping[Check, Finding]) -> list[str]:
    request = found.get(Check.REQUEST_CONFIRMED)
    if request is None:
        return []
    if request.result is Result.UNCLEAR:
        return [f"perhaps asked to end and confirmed{_turns(request.evidence)}"]
    words = ("asked to end at {}", "asked back at {}", "confirmed at {}")
    said = [word.format(turn) for word, turn in zip(words, request.evidence, strict=False)]
    if request.result is Result.PASS:
        return said
    return [*said, "no yes to a question whether to end"] if said else ["no request to end"]


def _counted(finding: Finding | None, noun: str) -> str:
    if finding is None:
        return ""
    count = len(finding.evidence)
    number = NUMBERS[count] if count < len(NUMBERS) else str(count)
    perhaps = "perhaps " if finding.result is Result.UNCLEAR else ""
    only = "only " if finding.result is Result.FAIL and count else ""
    return f"{perhaps}{only}{number} {noun}{'' if count == 1 else 's'}{_turns(finding.evidence)}"


def _turns(indexes: Sequence[int]) -> str:
    named = ", ".join(str(index) for index in indexes[:NAMED_TURNS])
    more = f" and {len(indexes) - NAMED_TURNS} more" if len(indexes) > NAMED_TURNS else ""
    return f" ({named}{more})" if named else ""


def _at(finding: Finding | None, there: str, absent: str, perhaps: str) -> str:
    if finding is None:
        return ""
    if finding.result is Result.UNCLEAR:
        return perhaps + _turns(finding.evidence)
    return there.format(finding.evidence[0]) if finding.evidence else absent


def _went_on(finding: Finding | None, warned: Finding | None) -> str:
    if finding is None or (warned is not None and warned.result is Result.FAIL):
        return ""
    return _at(finding, "continued at {}", "stopped after it", "perhaps continued")


def _danger(found: Mapping[Check, Finding]) -> str:
    finding = found.get(Check.NO_CRISIS)
    if finding is None:
        return ""
    if finding.result is Result.PASS:
        return "no sign of crisis"
    return ("a sign of crisis" if finding.result is Result.FAIL else "perhaps a sign of crisis") + _turns(finding.evidence)


def _eligibility(found: Mapping[Check, Finding]) -> str:
    finding = found.get(Check.ELIGIBLE)
    return "this model may not end conversations there" if finding is not None and finding.result is Result.FAIL else ""


def nearest_boundary(terms: Terms, case: Case) -> Boundary | None:
    """Return the nearest single cut at which the verdict changes, None where moving none of them changes it.

    Exact: a verdict can only change where a cut, or a cut moved by the margin, passes a score, so those cuts are all there are to try;
    they are tried from the nearest outwards. Of cuts equally near, the one of the category that comes first. Cuts up to the margin are left
    out: under them even a score of 0 would count.
    """
    slim, stands = _slim(case), outcome_of(terms, case)
    for knob, label, now, at in islice(_by_distance(terms, slim), MOST_CUTS):
        outcome = outcome_of(_with_cut(terms, knob, at), slim)
        if outcome is not stands:
            return Boundary(knob, label, now, at, outcome)
    return None


def _slim(case: Case) -> Case:
    """Drop turns that measure nothing, where only the order of the others counts: a request looks at the very next turn."""
    if case.reason is EndReason.USER_REQUEST:
        return case
    kept = tuple(turn for turn in case.turns if turn.scores or turn.unknown)
    return replace(case, turns=kept)


def _by_distance(terms: Terms, case: Case) -> Iterator[tuple[str, str, int, int]]:
    tries = {(knob, label, now, at) for knob, label, now, scores in _knobs(terms, case) for at in _passing(scores, terms.margin, now)}
    order = [*terms.thresholds, "acts", "crisis"]
    yield from sorted(tries, key=lambda one: (abs(one[3] - one[2]), order.index(one[0]), one[3]))


def _knobs(terms: Terms, case: Case) -> Iterator[tuple[str, str, int, set[int]]]:
    """Yield each cut with its name, where it stands, and the scores that are held against it."""
    for category in Category:
        if category.value in terms.thresholds:
            scores = {turn.score(category.value) for turn in case.turns} - {0}
            yield category.value, f"threshold for {_inside(category.label)}", terms.thresholds[category.value], scores
    danger = {Act.CRISIS_SELF.value, Act.CRISIS_OTHERS.value}
    acts = {turn.score(act.value) for turn in case.turns for act in Act if act.value not in danger} - {0}
    yield "acts", "threshold of acts", terms.acts, acts
    yield "crisis", "crisis threshold", terms.crisis, {turn.score(act) for turn in case.turns for act in danger} - {0}


def _passing(scores: set[int], margin: int, now: int) -> Iterator[int]:
    for score in scores:
        for step in (-margin, 0, margin):
            yield from (at for at in (score - step, score - step + 1) if margin < at <= FULL and at != now)


def _with_cut(terms: Terms, knob: str, at: int) -> Terms:
    match knob:
        case "acts":
            return replace(terms, acts=at)
        case "crisis":
            return replace(terms, crisis=at)
        case _:
            return replace(terms, thresholds={**terms.thresholds, knob: at})


def _inside(label: str) -> str:
    """Return a label as it stands within a sentence: an acronym at its beginning stays one."""
    return label if label[:2].isupper() else label.lower()


def describe(terms: Terms) -> list[str]:
    """Return the rules and thresholds of a policy version as plain sentences for its page."""
    cuts: dict[int, list[str]] = {}
    for category in Category:
        if category.value in terms.thresholds:
            cuts.setdefault(terms.thresholds[category.value], []).append(_inside(category.label))
    return [
        f"These models may end a conversation: {_listed(terms.eligible_models)}.",
        f"They may do so on these surfaces: {_listed(terms.eligible_surfaces)}.",
        *(f"A user turn counts as harmful from a score of {cut} for: {'; '.join(names)}." for cut, names in sorted(cuts.items())),
        f"At least {terms.harmful_turns} user turns must be harmful.",
        f"The assistant must have refused or redirected at least {terms.redirections} times before the warning.",
        "An earlier message must have named the behaviour and said that the conversation may be ended.",
        "The user must have gone on after that warning.",
        f"No user turn may show a risk to self or others from a score of {terms.crisis}.",
        "In a crisis neither an ending nor a warning is right, however abusive the user.",
        "Where the user asks for the end, the assistant must have asked for confirmation and the user's next message must say yes.",
        f"Refusals, redirections, warnings, requests and confirmations count from a score of {terms.acts}.",
        f"A check is unclear where moving a score's cut by {terms.margin} either way would change it.",
        "All scores are in ten-thousandths, from 0 to 10000.",
    ]


def _listed(names: frozenset[str]) -> str:
    return ", ".join(sorted(names)) or "none"
