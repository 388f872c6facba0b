"""Destroy text that is past its time, and names later: rules take two people, and a worker applies them each night.

1. A branch is due so many days after the latest of its end, the arrival of its transcript and the last step of its appeal; one with an open
   appeal never is. How many days, the rule for its category and outcome says; the more exact rule goes before the others. No rule may be
   shorter than `RETENTION_DAYS`, which also holds where none applies.
2. What a legal hold keeps is left out, and looked at anew before each batch is destroyed, under the lock that holds are placed under.
3. A night takes `RETENTION_MOST` branches at most, in batches. Each ends in one transaction with its entry, its counts and the work item of
   the next, so that a night that was killed goes on where it was.
4. Of a due branch everything goes that was said or derived from it: sealed transcripts, what users wrote of the end, the index, signatures,
   measures by turn, salts and digests. Verdicts, scores and labels stay; a note stays under the person's key until they are erased.
5. Then bodies in quarantine go that are past their time (`emptying.py`), and what was written of branches that never came, which has no
   rule of its own, goes by the last one (`parked.py`).
6. Once no text is due any more, conversations lose what points at somebody, after a time of their own (`unlinking.py`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from conversations.models import Branch, Conversation, Feedback, MessageSignal, Transcript
from moderation import leases, tasks, work
from moderation.actions import emptying, parked, unlinking
from moderation.actions.candidates import forget_candidates
from moderation.actions.closing import close_unreadable
from moderation.actions.erasures import under_hold_lock
from moderation.actions.forgetting import events_about, forget_events
from moderation.actions.policies import SamePerson
from moderation.audit.events import NIL, Event, Target, service
from moderation.audit.log import record
from moderation.leases import Leased
from moderation.models import (
    Appeal,
    CandidateTurn,
    FeedbackEcho,
    Kind,
    LegalHold,
    RequestSignature,
    Retention,
    RetentionRule,
    RetentionRun,
    Unit,
    User,
    Words,
)
from moderation.states import HoldScope, RetentionState

BATCH = 200
LONGEST = 36_500
RETAINER = service("retention")


class RuleRefused(ValueError):
    """A rule is shorter than the floor, longer than a century, or there twice."""


@dataclass(frozen=True, slots=True, order=True)
class Rule:
    """So many days for a category and an outcome; empty for any. Names go after `unlink_days`, or `UNLINK_DAYS`, never before the text."""

    category: str
    outcome: str
    days: int
    unlink_days: int | None = None

    @property
    def unlinked_after(self) -> int:
        """After how many days names go."""
        return max(self.days, settings.UNLINK_DAYS) if self.unlink_days is None else self.unlink_days

    @property
    def matches(self) -> Q:
        """What it is about."""
        one = Q(ending__standing__category=self.category) if self.category else Q()
        return one & Q(ending__standing__outcome=self.outcome) if self.outcome else one

    @property
    def rank(self) -> int:
        """The lower goes first: both named, then a category, then an outcome, then any."""
        return 3 - 2 * bool(self.category) - bool(self.outcome)


@dataclass(frozen=True, slots=True)
class Due:
    """How much is due under one rule; what never joined a branch, `unjoined`, goes under the one for all that no other names."""

    rule: Rule
    branches: int
    transcripts: int
    unlinked: int
    unjoined: int


def rules_of(retention: Retention | None) -> list[Rule]:
    """Return the rules in their order of precedence; the last one is for all that no other names."""
    rows = retention.rules.all() if retention else ()
    rules = [Rule(row.category, row.outcome, row.days, row.unlink_days) for row in rows]
    if not any(rule.rank == 3 for rule in rules):
        rules.append(Rule("", "", settings.RETENTION_DAYS))
    return sorted(rules, key=lambda rule: (rule.rank, rule.category, rule.outcome))


def in_force() -> Retention | None:
    """Return the version in force, None before the first was approved: then the default holds for everything."""
    return Retention.objects.filter(state=RetentionState.LIVE).first()


def due(rules: Sequence[Rule], at: datetime | None = None) -> list[tuple[Rule, QuerySet[Branch]]]:
    """Return for each rule the branches whose text is past its time."""
    now, found = at or timezone.now(), []
    for rule, mine in _by_rule(rules, _full_branches()):
        past = Q(last_step__lt=now - timedelta(days=rule.days))
        found.append((rule, mine.filter(past)))
    return found


def _by_rule(rules: Sequence[Rule], branches: QuerySet[Branch]) -> Iterator[tuple[Rule, QuerySet[Branch]]]:
    """Yield each rule with the branches that it is the first to fit."""
    for place, rule in enumerate(rules):
        mine = branches.filter(rule.matches)
        for earlier in rules[:place]:
            mine = mine.exclude(earlier.matches)
        yield rule, mine


def _free_branches() -> QuerySet[Branch]:
    """Return branches that nothing keeps: no open appeal, no legal hold."""
    held = {scope: LegalHold.objects.holding().filter(scope=scope).values("about") for scope in HoldScope}
    branches = Branch.objects.exclude(Exists(Appeal.objects.filter(branch=OuterRef("pk"), state__in=parked.UNDECIDED)))
    for hold in LegalHold.objects.by_query():
        branches = branches.exclude(conversation__in=hold.endings().values("branch__conversation"))
    return (
        branches.exclude(conversation__in=held[HoldScope.CONVERSATION])
        .exclude(conversation__subject__in=held[HoldScope.SUBJECT])
        .exclude(conversation__surface__in=held[HoldScope.SURFACE])
    )


def _full_branches() -> QuerySet[Branch]:
    """Return branches that hold text and that nothing keeps, with the last step that matters."""
    full = Transcript.objects.filter(branch=OuterRef("pk")).exclude(sealed=b"")
    arrived = full.order_by("-received_at").values("received_at")[:1]
    appeals = Appeal.objects.filter(branch=OuterRef("pk"))
    step = appeals.order_by().values("branch").annotate(last=Max(Coalesce("decided_at", "filed_at"))).values("last")
    last = Greatest(Subquery(arrived), F("ending__requested_at"), Subquery(step))
    return _free_branches().filter(Exists(full)).annotate(last_step=last)


def waiting_to_unlink(rules: Sequence[Rule], at: datetime) -> QuerySet[Conversation]:
    """Return the conversations whose names are past their time."""
    return unlinking.due(rules, _free_branches(), at)


def _written_before(rules: Sequence[Rule], at: datetime) -> datetime:
    """Return until when what never joined a branch must have come for its text to be past its time."""
    return at - timedelta(days=rules[-1].days)


def _named_before(rules: Sequence[Rule], at: datetime) -> datetime:
    """Return the same for its names."""
    return at - timedelta(days=rules[-1].unlinked_after)


def survey(retention: Retention | None, at: datetime | None = None) -> list[Due]:
    """Return what would go under a version now, rule by rule: the dry run."""
    rules, now = rules_of(retention), at or timezone.now()
    named = Branch.objects.filter(conversation__in=waiting_to_unlink(rules, now).values("pk"))
    unlinked = {rule: mine.count() for rule, mine in _by_rule(rules, named)}
    return [
        Due(
            rule,
            branches.count(),
            Transcript.objects.filter(branch__in=branches.values("pk")).exclude(sealed=b"").count(),
            unlinked[rule],
            parked.count_written(_written_before(rules, now)) if rule == rules[-1] else 0,
        )
        for rule, branches in due(rules, now)
    ]


def _target(retention: Retention | None) -> Target:
    return Target("retention", retention.public_id if retention else "retention-0")


@transaction.atomic
def propose_retention(rules: Iterable[Rule], *, actor: User) -> Retention:
    """Propose a version of the rules; another person brings it into force. Raises RuleRefused."""
    chosen = sorted(rules)
    _check(chosen)
    latest = Retention.objects.select_for_update().first()
    made = Retention.objects.create(version=latest.version + 1 if latest else 1, author=actor)
    RetentionRule.objects.bulk_create(
        RetentionRule(retention=made, category=rule.category, outcome=rule.outcome, days=rule.days, unlink_days=rule.unlink_days)
        for rule in chosen
    )
    lines = (f"{one.category} {one.outcome} {one.days} {one.unlinked_after}\n" for one in chosen)
    digest = hashlib.sha256("".join(lines).encode()).hexdigest()
    record(Event.RETENTION_PROPOSED, _target(made), actor=actor.as_actor(), rules=len(chosen), sha256=digest)
    return made


def _check(rules: Sequence[Rule]) -> None:
    for rule in rules:
        if not settings.RETENTION_DAYS <= rule.days <= LONGEST:
            raise RuleRefused(f"A rule takes from {settings.RETENTION_DAYS} to {LONGEST} days.")
        if not rule.days <= rule.unlinked_after <= LONGEST:
            raise RuleRefused(f"Names go with the text or after it, within {LONGEST} days.")
    if len({(rule.category, rule.outcome) for rule in rules}) < len(rules):
        raise RuleRefused("Two rules are about the same category and outcome.")


@transaction.atomic
def approve_retention(version: int, *, actor: User) -> Retention:
    """Bring a proposal of another person into force from the next night on; raises SamePerson."""
    found = Retention.objects.select_for_update().get(version=version)
    if found.author_id == actor.pk:
        raise SamePerson(found.public_id)
    found.move_to(RetentionState.LIVE)
    for former in Retention.objects.select_for_update().filter(state=RetentionState.LIVE):
        former.move_to(RetentionState.SUPERSEDED)
        former.superseded_at = timezone.now()
        former.save(update_fields=["state", "superseded_at"])
        record(Event.RETENTION_SUPERSEDED, _target(former), actor=actor.as_actor())
    found.approver, found.decided_at = actor, timezone.now()
    found.save(update_fields=["state", "approver", "decided_at"])
    record(Event.RETENTION_APPROVED, _target(found), actor=actor.as_actor())
    return found


@transaction.atomic
def refuse_retention(version: int, *, actor: User) -> Retention:
    """Set a proposal aside; its author may do so too."""
    found = Retention.objects.select_for_update().get(version=version)
    found.move_to(RetentionState.REFUSED)
    found.decided_at = timezone.now()
    found.save(update_fields=["state", "decided_at"])
    record(Event.RETENTION_REFUSED, _target(found), actor=actor.as_actor())
    return found


@work.periodic
def retire_nightly() -> None:
    """Begin a night where none has begun since the hour at which one is due, in UTC."""
    now = timezone.now()
    hour = now.replace(hour=settings.RETENTION_HOUR, minute=0, second=0, microsecond=0)
    since = hour if hour <= now else hour - timedelta(days=1)
    if not RetentionRun.objects.filter(started_at__range=(since, now)).exists():
        begin_retention()


@transaction.atomic
def begin_retention() -> RetentionRun:
    """Count what is due, note it, and let a worker begin; a night with nothing due is over at once."""
    retention, now = in_force(), timezone.now()
    rules, counted = rules_of(retention), survey(retention, now)
    text = min(sum(one.branches for one in counted), settings.RETENTION_MOST)
    names = min(waiting_to_unlink(rules, now).count(), settings.RETENTION_MOST)
    unjoined, bodies = sum(one.unjoined for one in counted), min(emptying.due(now).count(), settings.RETENTION_MOST)
    over = None if text or names or unjoined or bodies or parked.count_named(_named_before(rules, now)) else now
    run = RetentionRun.objects.create(retention=retention, due=text, unlink_due=names, started_at=now, finished_at=over)
    if over is None:
        codes: dict[str, Any] = {"rules": retention.version if retention else 0, "due": text, "unlink_due": names}
        record(Event.RETENTION_STARTED, _target(retention), actor=RETAINER, **codes, unjoined=unjoined, bodies_due=bodies)
        _go_on(run, 1)
    return run


def _go_on(run: RetentionRun, batch: int) -> None:
    work.add(Kind.RETAIN, run.id, version=str(batch), tenant=NIL, priority=work.BULK)
    tasks.wake.delay_on_commit(Kind.RETAIN.value)


@work.handles(Kind.RETAIN, at_once=1)
def retire_batch(item: Leased) -> None:
    """Destroy the next text that is due, or unlink the next conversations, with entry and counts; raises LeaseLost if too late."""
    unlinking.destroy_left_keys()
    with transaction.atomic():
        under_hold_lock()
        run = RetentionRun.objects.select_for_update(of=["self"]).select_related("retention").get(pk=item.subject)
        if any(step(run) for step in STEPS):
            _go_on(run, int(item.version) + 1)
        else:
            run.finished_at = timezone.now()
        run.save(update_fields=["records", "done", "body", "unlinked", "cursor", "keys", "finished_at"])
        leases.finish(item)


def _destroy_next(run: RetentionRun) -> bool:
    """Destroy the text of the next branches; returns whether there were any."""
    branches = _next(run)
    if branches:
        counts = destroy_text(branches)
        record(Event.RETENTION_APPLIED, _target(run.retention), actor=RETAINER, branches=len(branches), records=sum(counts.values()))
        _count(run, counts)
        run.done += len(branches)
    return bool(branches)


def _count(run: RetentionRun, counts: Mapping[str, int]) -> None:
    run.records |= {kind: run.records.get(kind, 0) + count for kind, count in counts.items()}


def _empty_next(run: RetentionRun) -> bool:
    """Empty the next bodies in quarantine; returns whether there were any to look at."""
    room = max(0, min(BATCH, settings.RETENTION_MOST - run.records.get("quarantined", 0)))
    seen, free = emptying.chosen(run.started_at, room, after=run.body)
    if seen:
        run.body = seen[-1]
    if emptied := emptying.empty(free):
        record(Event.RETENTION_APPLIED, _target(run.retention), actor=RETAINER, branches=0, records=len(emptied), bodies=len(emptied))
        _count(run, {"quarantined": len(emptied)})
        run.keys = [str(one) for one in emptied]
    return bool(seen)


def _destroy_parked(run: RetentionRun) -> bool:
    """Destroy what was written of the next branches that never came; returns whether there was any."""
    room = max(0, min(BATCH, settings.RETENTION_MOST - run.records.get("unjoined", 0)))
    counts = parked.destroy_written(_written_before(rules_of(run.retention), run.started_at), room)
    if counts:
        codes: dict[str, Any] = {"branches": 0, "unjoined": counts["unjoined"], "records": sum(counts.values()) - counts["unjoined"]}
        record(Event.RETENTION_APPLIED, _target(run.retention), actor=RETAINER, **codes)
        _count(run, counts)
    return bool(counts)


def _unlink_parked(run: RetentionRun) -> bool:
    """Take the names of the next rows that never joined; returns whether there were any."""
    room = max(0, min(BATCH, settings.RETENTION_MOST - run.records.get("unjoined_names", 0)))
    counts, former = parked.take_names(_named_before(rules_of(run.retention), run.started_at), room)
    if counts.total():
        run.keys = [str(one) for one in unlinking.leave_nobody(former)]
        codes: dict[str, Any] = {"messages": counts[MessageSignal], "feedback": counts[Feedback], "appeals": counts[Appeal]}
        record(Event.UNJOINED_UNLINKED, _target(run.retention), actor=RETAINER, **codes)
        _count(run, {"unjoined_names": counts.total()})
    return bool(counts.total())


def _unlink_next(run: RetentionRun) -> bool:
    """Unlink the next conversations; returns whether there were any to look at."""
    room = min(BATCH, settings.RETENTION_MOST - run.unlinked)
    return room > 0 and unlinking.unlink(run, waiting_to_unlink(rules_of(run.retention), run.started_at), room)


STEPS = (_destroy_next, _empty_next, _destroy_parked, _unlink_next, _unlink_parked)
"""What a night does, in this order: the next step begins when nothing is left for the one before."""


def _next(run: RetentionRun) -> list[UUID]:
    """Return the next branches of a night, oldest first; none once it has had its share."""
    room = min(BATCH, settings.RETENTION_MOST - run.done)
    for _, branches in due(rules_of(run.retention), run.started_at):
        if room > 0 and (found := list(branches.order_by(F("last_step")).values_list("pk", flat=True)[:room])):
            return found
    return []


def destroy_text(branches: Sequence[UUID]) -> Mapping[str, int]:
    """Empty and delete, in the running transaction, what was said in branches and what was derived from it; returns counts by kind."""
    theirs = Q(branch__in=branches)
    feedback, appeals = Feedback.objects.filter(theirs).exclude(sealed_text=b""), Appeal.objects.filter(theirs)
    names = _names(branches)
    events = events_about(names)
    counts = {  # transcripts first: whoever stores what they read of one locks it, and sees whether it is empty
        "transcripts": Transcript.objects.filter(theirs).exclude(sealed=b"").update(sealed=b""),
        "words": Words.objects.filter(branch__in=branches).delete()[0],
        "signatures": RequestSignature.objects.filter(transcript__branch__in=branches).delete()[0],
        "echoes": FeedbackEcho.objects.filter(feedback__branch__in=branches).delete()[0],
        "candidates": CandidateTurn.objects.filter(unit__branch__in=branches, gone=False).count(),
        "feedback": feedback.update(sealed_text=b""),
        "appeals": appeals.exclude(sealed_text=b"", sealed_contact=b"").update(sealed_text=b"", sealed_contact=b""),
        "events": len(events),
    }
    for unit in Unit.objects.filter(branch__in=branches, candidates__gone=False).distinct():
        forget_candidates(unit)
    forget_events(events)
    close_unreadable(Unit.objects.filter(branch__in=branches))
    return counts


def _names(branches: Sequence[UUID]) -> list[str]:
    """Return the names under which the log knows what is theirs."""
    known = Branch.objects.filter(pk__in=branches)
    columns = ("public_id", "ending__public_id", "refused_ends__public_id", "feedbacks__public_id", "appeals__public_id")
    return [name for column in columns for name in known.values_list(column, flat=True) if name]
