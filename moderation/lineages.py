"""What followed the endings of some users: read, measured where it has not been, compared. Writes nothing; `actions/lineages.py` does.

1. Read all threads of each user, and from them the steps after each ending (`conversations/tree.py`). A user is a pseudonym of one surface.
2. Measure the transcripts that matter with the classifier in use, and take the signatures of the user's turns (`similarity.py`); what was
   measured before is not measured again. What cannot be opened, because its person was erased, stays not known.
3. It is the same request where a harmful turn of the ended conversation and a turn of the step are alike enough.
4. A step is *ended again* where its branch or thread has an ending; *the same behaviour* where the request is the same, or a user turn
   reaches the threshold of a category that the ended conversation reached too; *harmful in another way* for other categories; *benign*
   where every turn could be measured and none reaches any; else *not known*. Thresholds are those in force at the ending. Of a branch
   only its own turns count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from uuid import UUID

from django.db.models import Exists, OuterRef

from conversations.models import Branch, Conversation, ConversationEnd, Transcript
from conversations.tree import EndedAt, Step, StepKind, Thread, episodes, steps_after
from moderation.classifiers.base import Classifier, TurnMeasures
from moderation.lineage_texts import Fresh, Texts
from moderation.models import Policy, RequestSignature
from moderation.similarity import Match, best_match
from moderation.states import Category, Next, Then

Thresholds = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Rule:
    """By which rules a run looks: how long a step counts, from which likeness on a request is the same, which classifier measures."""

    window: timedelta
    cut: int
    classifier: Classifier


@dataclass(frozen=True, slots=True)
class Followed:
    """One step and what became of it."""

    kind: StepKind
    conversation: UUID
    branch: UUID
    began_at: datetime
    then: Then
    match: Match | None


@dataclass(frozen=True, slots=True)
class Found:
    """What followed one ending; `root` is the first conversation of its episode."""

    ending: ConversationEnd
    root: UUID
    complete: bool
    next_ended_at: datetime | None
    steps: tuple[Followed, ...]

    @property
    def next(self) -> Next:
        """The first step, or that there was none, or that it is too soon to say."""
        if self.steps:
            return Next(self.steps[0].kind.value)
        return Next.LEFT if self.complete else Next.OPEN

    @property
    def then(self) -> Then | None:
        """The outcome of all steps, None where there was none."""
        outcomes = {step.then for step in self.steps}
        return next((one for one in Then if one in outcomes), None)

    @property
    def likeness(self) -> int | None:
        """The highest likeness of a request, None where nothing could be compared."""
        return max((step.match.likeness for step in self.steps if step.match), default=None)


@dataclass(frozen=True)
class Person:
    """The threads of one user and how they ended."""

    conversations: Mapping[str, Conversation]

    @cached_property
    def threads(self) -> list[Thread]:
        """All threads, as the tree reads them."""
        return [one.thread() for one in self.conversations.values()]

    @cached_property
    def branches(self) -> dict[tuple[str, str], Branch]:
        """All branches by conversation and the surface's name for them."""
        return {(thread, one.external_id): one for thread, whole in self.conversations.items() for one in whole.branches.all()}

    @cached_property
    def endings(self) -> list[tuple[str, ConversationEnd]]:
        """All endings with their thread, in order of time."""
        found = [(thread, branch.ending) for (thread, _), branch in self.branches.items() if hasattr(branch, "ending")]
        return sorted(found, key=lambda one: (one[1].requested_at, one[1].public_id))

    def branches_of(self, step: Step) -> list[Branch]:
        """Return what a step is judged by: the branch, or every branch of the new thread."""
        if step.kind is StepKind.BRANCHED:
            return [self.branches[step.thread, step.branch]]
        return list(self.conversations[step.thread].branches.all())


@dataclass(frozen=True, slots=True)
class Examined:
    """What a look at some users found, with what had to be measured and signed for it."""

    found: list[Found]
    fresh: list[Fresh]
    signed: list[RequestSignature]


@dataclass(frozen=True, slots=True)
class Looking:
    """What a look at some users goes by: what was said and measured, the rule, and which policy ruled at a moment."""

    texts: Texts
    rule: Rule
    ruler: Callable[[datetime], Policy]


def examine(subjects: Iterable[UUID], rule: Rule, now: datetime) -> Examined:
    """Return what followed each ending of some users, as far as it is known at a moment."""
    people = _people(subjects)
    steps = {ending.pk: _steps(person, thread, ending, rule) for person in people for thread, ending in person.endings}
    looking = Looking(Texts(_transcripts(people, steps), rule.classifier), rule, Policy.objects.rulers())
    found = [one for person in people for one in _found(person, steps, looking, now)]
    return Examined(found, looking.texts.fresh, looking.texts.signed)


def _people(subjects: Iterable[UUID]) -> list[Person]:
    threads: dict[UUID, dict[str, Conversation]] = {subject: {} for subject in subjects}
    rows = Conversation.objects.filter(subject__in=threads).prefetch_related("branches__ending")
    for one in rows:
        threads[one.subject_id][str(one.pk)] = one
    return [Person(conversations) for conversations in threads.values()]


def _steps(person: Person, thread: str, ending: ConversationEnd, rule: Rule) -> tuple[Step, ...]:
    return steps_after(EndedAt(thread, ending.requested_at), person.threads, rule.window)


def _transcripts(people: Sequence[Person], steps: Mapping[UUID, Sequence[Step]]) -> dict[UUID, Transcript]:
    """Return the transcripts that matter by branch: of endings with a step, and of what was stepped into.

    Of several versions it is the one that the end was made on, else the longest: first messages may come after the whole.
    """
    matter: set[UUID] = set()
    for person in people:
        for _, ending in person.endings:
            matter |= {branch.pk for step in steps[ending.pk] for branch in person.branches_of(step)}
            matter |= {ending.branch_id} if steps[ending.pk] else set()
    rows = Transcript.objects.filter(branch__in=matter).select_related("branch__conversation").defer("sealed")
    at_end = Exists(ConversationEnd.objects.filter(transcript=OuterRef("pk")))
    best = rows.annotate(at_end=at_end).order_by("branch", "-at_end", "-turn_count", "-version").distinct("branch")
    return {one.branch_id: one for one in best}


def _found(person: Person, steps: Mapping[UUID, Sequence[Step]], looking: Looking, now: datetime) -> Iterable[Found]:
    window = looking.rule.window
    ends = [EndedAt(thread, ending.requested_at) for thread, ending in person.endings]
    roots = episodes(person.threads, ends, window)
    for number, (thread, ending) in enumerate(person.endings):
        yield Found(
            ending=ending,
            root=UUID(roots[thread]),
            complete=ending.requested_at + window <= now,
            next_ended_at=next((end.at for end in ends[number + 1 :] if end.at > ending.requested_at), None),
            steps=tuple(_followed(person, ending, step, looking) for step in steps[ending.pk]),
        )


def _followed(person: Person, ending: ConversationEnd, step: Step, looking: Looking) -> Followed:
    texts, thresholds = looking.texts, looking.ruler(ending.requested_at).terms().thresholds
    branches = person.branches_of(step)
    ours = reached((one for one in texts.scores(ending.branch_id) or () if one.index <= ending.at_turn), thresholds)
    matches = [(match, branch) for branch in branches if (match := _match(ours, ending, branch, texts))]
    match, where = max(matches, key=lambda one: one[0].likeness, default=(None, person.branches[step.thread, step.branch]))
    again = match is not None and match.likeness >= looking.rule.cut
    return Followed(
        kind=step.kind,
        conversation=where.conversation_id,
        branch=where.pk,
        began_at=step.at,
        then=_then(branches, frozenset().union(*ours.values()) or frozenset({ending.category}), thresholds, texts, again=again),
        match=match,
    )


def reached(scores: Iterable[TurnMeasures], thresholds: Thresholds) -> dict[int, frozenset[str]]:
    """Return the turns that reach the threshold of some category, with those categories."""
    found = {one.index: frozenset(name for name, cut in thresholds.items() if one.score(name) >= cut) for one in scores}
    return {turn: categories for turn, categories in found.items() if categories}


def _then(branches: Sequence[Branch], ours: frozenset[str], thresholds: Thresholds, texts: Texts, *, again: bool) -> Then:
    if any(hasattr(branch, "ending") for branch in branches):
        return Then.ENDED_AGAIN
    scores = [_own(branch, texts.scores(branch.pk)) for branch in branches]
    theirs: frozenset[str] = frozenset().union(*(one for known in scores for one in reached(known or (), thresholds).values()))
    if again or theirs & ours:
        return Then.SAME_BEHAVIOUR
    if theirs:
        return Then.OTHER_HARM
    return Then.BENIGN if all(known and not any(_hidden(one) for one in known) for known in scores) else Then.UNKNOWN


def _own(branch: Branch, scores: Sequence[TurnMeasures] | None) -> list[TurnMeasures]:
    """Return the turns that a branch does not share with its parent; none where nothing is known of them."""
    fork = (branch.forked_at_turn or 0) if branch.parent_external_id else 0
    return [one for one in scores or () if one.index >= fork]


def _hidden(measured: TurnMeasures) -> bool:
    """Return whether some category of a turn could not be measured."""
    return bool(measured.unknown & {one.value for one in Category})


def _match(ours: Mapping[int, frozenset[str]], ending: ConversationEnd, branch: Branch, texts: Texts) -> Match | None:
    """Return the most alike pair of a harmful turn of the ended branch and an own turn of another one."""
    if not ours:
        return None
    asked = {turn: one for turn, one in (texts.signatures(ending.branch_id) or {}).items() if turn in ours}
    own = {one.index for one in _own(branch, texts.scores(branch.pk))}
    return best_match(asked, {turn: one for turn, one in (texts.signatures(branch.pk) or {}).items() if turn in own})
