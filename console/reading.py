"""What a transcript shows once it is opened: turns with their marks, what people wrote about the end, scores turn by turn.

Text is read only under an `Opening` that the log already holds; marks and scores are measures, never text.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from console.checklist import CheckRow
from conversations import vault
from conversations.models import Feedback, Transcript
from conversations.tree import Role, Turn
from moderation.models import Appeal, Classification, Finding, Label, Policy, TurnScore, Verdict
from moderation.states import Act, Category, Check, Result

SIGNS = {Result.PASS: "✓", Result.FAIL: "✗", Result.UNCLEAR: "?"}
NUMBERS = {check.value: number for number, check in enumerate(Check, 1)}
CRISIS = (Act.CRISIS_SELF, Act.CRISIS_OTHERS)
WORTH_SHOWING = 1_000
NEVER = 10_001
"""The cut of a category that a policy does not name: no score reaches it."""
STRIPS = 3
QUOTED = 120


@dataclass(frozen=True, slots=True)
class Mark:
    """A sign in the margin of a turn; `check` is the one it stands for, `href` where on the page that is told."""

    label: str
    tone: str
    title: str
    check: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A score in the margin, and whether it reaches its cut."""

    label: str
    value: int
    over: bool


@dataclass(slots=True)
class ShownTurn:
    """One turn as the page shows it: its text, what in it was measured, scores and marks in its margin, whether it is folded."""

    turn: Turn
    spans: list[tuple[int, int, str]] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    scores: list[Shown] = field(default_factory=list)
    evidence: bool = False
    fold: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Strip:
    """How one measure ran through the turns, with the cut of the policy that judged and that of the one in force now."""

    label: str
    points: list[tuple[int, int]]
    cut: int
    now: int
    tone: str = "plain"

    def peak(self) -> int:
        """Return the highest score."""
        return max((value for _, value in self.points), default=0)


@dataclass(frozen=True, slots=True)
class Remark:
    """What somebody wrote about an ending, if anything: the text where it was opened, or why it cannot be read."""

    about: Feedback | Appeal | Label
    written: bool = False
    text: str = ""
    lost: str = ""


def read_turns(transcript: Transcript) -> tuple[list[Turn], str]:
    """Open a transcript; returns its turns and the model's explanation. Raises vault.Erased or vault.Tampered."""
    content: vault.Content = transcript.content()
    return list(content.turns), content.explanation


def shown_turns(turns: Sequence[Turn], verdict: Verdict | None, at_turn: int, forks: Iterable[int] = ()) -> list[ShownTurn]:
    """Return the turns with spans, folds, scores and margin marks, in order; `forks` are the turns at which other branches part."""
    if verdict is None:
        rows = [ShownTurn(turn) for turn in turns]
    else:
        rows = measured_turns(turns, verdict.classification, verdict.policy)
        _mark_evidence(rows, [one for one in verdict.findings.all() if one.evidence])
    _mark_forks(rows, frozenset(forks))
    _mark_end(rows, at_turn)
    return rows


def measured_turns(turns: Sequence[Turn], classification: Classification, policy: Policy) -> list[ShownTurn]:
    """Return the turns with what was measured of each, folded and marked as the cuts of a policy have it."""
    rows = [ShownTurn(turn) for turn in turns]
    scores = {score.turn: score for score in classification.turns.all()}
    cuts = _cuts(policy)
    for row in rows:
        _measure(row, scores.get(row.turn.index), cuts, policy.crisis_cut)
    _mark_ladder(rows, scores, policy)
    return rows


def mark_asked(rows: Sequence[ShownTurn], at: Collection[int]) -> None:
    """Mark each turn in which the model asked to end and was refused."""
    for row in rows:
        if row.turn.index in at:
            row.marks.append(Mark("REFUSED", "plain", "The model asked to end here, and was refused"))


def quote_evidence(rows: Iterable[CheckRow], turns: Sequence[Turn]) -> None:
    """Give each check the words it rests on, cut short; for a transcript that is open only."""
    text = {turn.index: turn.content for turn in turns}
    for row in rows:
        row.quotes[:] = [(turn, _cut(text[turn][span.start : span.end])) for turn, span in row.spans if turn in text]


def _cut(words: str) -> str:
    return words if len(words) <= QUOTED else f"{words[:QUOTED]}…"


def _measure(row: ShownTurn, score: TurnScore | None, cuts: Mapping[str, int], crisis_cut: int) -> None:
    """Underline what was measured, note a user turn's scores, and fold one that reaches a threshold under the word for it."""
    if score is None:
        return
    row.spans = [(start, end, measure) for measure, start, end in score.spans]
    over = [(getattr(score, one.value), one.label) for one in Category if getattr(score, one.value) >= cuts.get(one.value, NEVER)]
    if over and row.turn.role == Role.USER:
        row.fold = max(over)[1]
    if row.turn.role == Role.USER:
        row.scores = _margin(score, cuts, crisis_cut)


def _margin(score: TurnScore, cuts: Mapping[str, int], crisis_cut: int) -> list[Shown]:
    """Return the strongest category and the sign of a crisis, where they say anything; the rest stands in the table of scores."""
    value, one = max(((getattr(score, one.value), one) for one in Category), key=lambda found: found[0])
    found = [Shown(one.label, value, value >= cuts.get(one.value, NEVER)), Shown("Crisis", _crisis(score), _crisis(score) >= crisis_cut)]
    return [shown for shown in found if shown.value >= WORTH_SHOWING]


def _mark_ladder(rows: Sequence[ShownTurn], scores: Mapping[int, TurnScore], policy: Policy) -> None:
    """Number the redirections R1, R2 …, and mark the warning and every sign of a crisis, by the policy that judged."""
    redirections, warned = 0, False
    for row in rows:
        score = scores.get(row.turn.index)
        if score is None:
            continue
        if score.warning >= policy.act_cut and not warned:
            warned = True
            row.rule = "Warning: the conversation may be ended"
            row.marks.append(_of_check("WARN", "unclear", "The explicit warning", Check.WARNED))
        elif max(score.refusal, score.redirection) >= policy.act_cut and not warned:
            redirections += 1
            row.marks.append(_of_check(f"R{redirections}", "plain", "Refusal or redirection", Check.REDIRECTED))
        if _crisis(score) >= policy.crisis_cut:
            row.marks.append(_of_check("CRISIS", "crisis", "Sign of risk to self or others", Check.NO_CRISIS))


def _of_check(label: str, tone: str, title: str, check: Check) -> Mark:
    return Mark(label, tone, title, check, f"#check-{NUMBERS[check]}")


def _crisis(score: TurnScore) -> int:
    return max(score.crisis_self, score.crisis_others)


def _mark_evidence(rows: Sequence[ShownTurn], findings: Sequence[Finding]) -> None:
    """Mark each turn that a check rests on, by the number of the check, unless a mark of the ladder says so already."""
    for row in rows:
        said = {mark.check for mark in row.marks}
        proven = [one for one in findings if row.turn.index in one.evidence]
        row.evidence = bool(proven)
        row.marks += [_evidence_mark(one) for one in proven if one.check_name not in said]


def _evidence_mark(finding: Finding) -> Mark:
    check, result = Check(finding.check_name), Result(finding.result)
    tone = "plain" if result is Result.PASS else result.tone
    return _of_check(f"{NUMBERS[check]} {SIGNS[result]}", tone, f"{check.label}: {result.label.lower()}", check)


def _mark_forks(rows: Sequence[ShownTurn], forks: frozenset[int]) -> None:
    """Mark each turn that was edited or answered anew into another branch."""
    for row in rows:
        if row.turn.index in forks:
            row.marks.append(Mark("FORK", "plain", "Another branch parts here", href="#lineage"))


def _mark_end(rows: Sequence[ShownTurn], at_turn: int) -> None:
    """Mark the turn in which it ended; a rule under it where more turns follow, since the page's own rule comes last."""
    for row in rows:
        if row.turn.index == at_turn:
            row.marks.append(Mark("END", "plain", "The conversation ended here"))
            if row is not rows[-1]:
                row.rule = "The conversation ended here"


def strips(verdict: Verdict | None, now: Policy | None = None) -> list[Strip]:
    """Return the strips of what a verdict rests on, none before the first; `now` is the policy in force."""
    return measured_strips(verdict.classification, verdict.policy, now) if verdict else []


def measured_strips(classification: Classification, policy: Policy, now: Policy | None = None) -> list[Strip]:
    """Return the strongest categories over the user's turns, and always the signs of a crisis; `now` is the policy in force."""
    scores = [one for one in classification.turns.all() if one.role == Role.USER]
    then, live = _cuts(policy), _cuts(now or policy)
    categories = [_strip(one, scores, then, live) for one in Category]
    strongest = sorted((one for one in categories if one.peak()), key=Strip.peak, reverse=True)[:STRIPS]
    points = [(one.turn, _crisis(one)) for one in scores]
    return [*strongest, Strip("Crisis", points, policy.crisis_cut, (now or policy).crisis_cut, "crisis")]


def _cuts(policy: Policy) -> dict[str, int]:
    return {row.category: row.value for row in policy.thresholds.all()}


def _strip(one: Category, scores: Sequence[TurnScore], then: Mapping[str, int], now: Mapping[str, int]) -> Strip:
    points = [(score.turn, getattr(score, one.value)) for score in scores]
    return Strip(one.label, points, then.get(one.value, NEVER), now.get(one.value, NEVER))


def scores_by_turn(classification: Classification | None) -> list[tuple[int, list[tuple[str, int]]]]:
    """Return what was measured of each turn, strongest first; measures below 0.10 say nothing and are left out."""
    return [(one.turn, _scores(one)) for one in classification.turns.all()] if classification else []


def _scores(score: TurnScore) -> list[tuple[str, int]]:
    found = ((term.label, getattr(score, term.value)) for term in (*Category, *Act))
    return sorted(((label, value) for label, value in found if value >= WORTH_SHOWING), key=lambda one: -one[1])


def remarks(rows: Iterable[Feedback | Appeal | Label], *, opened: bool) -> list[Remark]:
    """Return what people wrote about an ending, in words only where the transcript is opened."""
    return [_remark(row, opened=opened) for row in rows]


def _remark(row: Feedback | Appeal | Label, *, opened: bool) -> Remark:
    sealed, open_it = (row.sealed_note, row.note) if isinstance(row, Label) else (row.sealed_text, row.text)
    if not sealed or not opened:
        return Remark(row, written=bool(sealed))
    try:
        return Remark(row, written=True, text=open_it())
    except vault.Erased:
        return Remark(row, written=True, lost="Erased under retention.")
    except vault.Tampered:
        return Remark(row, written=True, lost="Stored text does not match its seal.")
