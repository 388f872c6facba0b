"""The people of the demo world at their work: first and second readings, adjudications, golden items, a calibration room.

Most are careful; now and then somebody cannot tell, looks too quickly, or goes over to the machine, so that quality has something to show.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from datetime import timedelta
from itertools import cycle

from django.utils import timezone

from console.demo.compose import Truth, World
from moderation.actions import golden, labels, reviews, rooms, wellbeing
from moderation.actions.conversations import open_transcript
from moderation.models import BudgetOverride, GoldenItem, Label, Policy, Review, Room, Settlement, Unit, User
from moderation.statements import Checked, Statement
from moderation.states import Answer, Category, Check, Confidence, Lane, OverrideReason, Purpose, Result, ReviewState, Round, UnitKind

READ_SHARE = 3
"""One of so many reviews is decided already, so that there is something to see and much to do."""
BY_RULE_EVERY = 3
"""One of so many readings comes as the queue serves it today. The others are of endings under the policy in force in the order in which they
came, as the queue would have served them day by day: evidence about a promise is fed in this order."""
EXTRA_UNITS = 200
"""Exposure that a senior allows each reader of this one day, on which they read what others read in weeks."""
URGENT_EVERY = 8
"""One of so many readings comes from the urgent lane, so that some of it is left."""
REVEAL_EVERY = 3
"""After one of so many readings the reader asks to see the machine's verdict."""
DOUBT_EVERY = 5
"""One of so many second readers cannot tell, so that a senior has to."""
SECOND_READS, ADJUDICATED, GOLDEN, SEATED = 40, 6, 6, 3

Truths = Mapping[str, Truth]
People = Mapping[str, User]

DOUBT = Statement(Answer.CANNOT_TELL, confidence=Confidence.LOW, note="It could be read either way; the warning comes late.")
HASTY = Statement(
    Answer.NO,
    confidence=Confidence.MEDIUM,
    checks=(Checked(Check.REDIRECTED, Result.UNCLEAR, ()),),
    note="I saw one redirection only.",
)
REASONS = {
    "mara": "The first mention is a hint: it names no consequence. The second one counts.",
    "jonas": "For me the hint was enough, together with what came before.",
    "lena": "It names the behaviour but does not say that the conversation may end.",
}


def truths(made: World) -> dict[str, Truth]:
    """Return what is true of each ending by the name of its unit."""
    known = {}
    for event in made.events:
        if event["id"] in made.truth:
            conversation = event["data"]["conversation"]
            known[f"{event['source']}\n{conversation['id']}\n{conversation['branch']['id']}"] = made.truth[event["id"]]
    return known


def _statement(truth: Truth) -> Statement:
    """Return what a careful reviewer answers."""
    return Statement(
        answer=truth.answer,
        right_from=None if truth.answer is Answer.REQUESTED else truth.right_from,
        crisis_from=truth.crisis_from,
        checks=truth.checks,
        warning_names_behaviour=True if truth.answer is Answer.YES else None,
        warning_says_may_end=True if truth.answer is Answer.YES else None,
        category=Category(truth.category) if truth.category else None,
        severity=truth.severity,
        confidence=Confidence.MEDIUM if truth.answer is Answer.CANNOT_TELL else Confidence.HIGH,
        note=truth.note,
    )


def _answer(review: Review, said: Statement, reader: User) -> None:
    """Read a claimed review and answer it for good; the claim is put back by the time that a person would have taken."""
    seconds = 20 + zlib.crc32(review.unit.name.encode()) % 400
    Review.objects.filter(pk=review.pk).update(claimed_at=timezone.now() - timedelta(seconds=seconds))
    open_transcript(review.unit.branch, Purpose.REVIEW, actor=reader)
    reviews.submit_review(review.pk, said, actor=reader)
    reviews.decide_review(review.pk)


def read(known: Truths, people: People) -> None:
    """Let two reviewers work through a part of the queue, and leave one item in hand."""
    _allow(people)
    readers = [people["mara"], people["jonas"]]
    wanted = Review.objects.count() // READ_SHARE
    while (done := Label.objects.count()) < wanted:
        reader = readers[done % 2]
        review = None if done % BY_RULE_EVERY == 0 else _earliest(reader)
        review = review or reviews.claim_next(None if done % URGENT_EVERY == 0 else Lane.AUDIT, actor=reader)
        if review is None:
            return
        _answer(review, _statement(known[review.unit.name]), reader)
        if done % REVEAL_EVERY == 0:
            _look(review, reader, changes=done % (4 * REVEAL_EVERY) == 0)
    reviews.claim_next(Lane.AUDIT, actor=readers[1])


def _allow(people: People) -> None:
    """Let readers read on beyond their budgets, unless an interrupted run has."""
    for reader in ("mara", "jonas", "lena"):
        if not BudgetOverride.objects.filter(user=people[reader]).exists():
            wellbeing.override_budget(people[reader], units=EXTRA_UNITS, reason=OverrideReason.OWN_WISH, actor=people["ines"])


def _earliest(reader: User) -> Review | None:
    """Claim the first drawn ending under the policy in force that nobody has read."""
    since = Policy.objects.live().values_list("live_from", flat=True)[0]
    waiting = Review.objects.open_to(reader).filter(
        round=Round.FIRST, state=ReviewState.OPEN, unit__kind=UnitKind.ENDED, unit__in_base=True
    )
    found = waiting.filter(unit__decided_at__gte=since).order_by("unit__decided_at", "unit").first()
    return reviews.claim_review(found.pk, actor=reader) if found else None


def _look(review: Review, reader: User, *, changes: bool) -> None:
    """See the machine's verdict, and now and then go over to its side."""
    reviews.reveal_review(review.pk, actor=reader)
    if changes and review.unit.kind == UnitKind.ENDED and not Label.objects.filter(review=review, answer=HASTY.answer).exists():
        labels.amend_label(review.pk, HASTY, actor=reader)


def read_again(known: Truths, people: People) -> None:
    """Let a third reviewer read a part of what has to be read twice, and a senior decide where she cannot tell."""
    for number in range(SECOND_READS):
        review = reviews.claim_next(Lane.SECOND, actor=people["lena"])
        if review is None:
            break
        careful = _statement(known[review.unit.name])
        quick = HASTY if careful.answer is Answer.YES else careful
        _answer(review, DOUBT if number % DOUBT_EVERY == 0 else quick, people["lena"])
    for _ in range(ADJUDICATED):
        review = reviews.claim_next(Lane.DISPUTE, actor=people["ines"])
        if review is None:
            return
        _answer(review, _statement(known[review.unit.name]), people["ines"])


def curate(known: Truths, people: People) -> None:
    """Let seniors agree on some golden items, one more wait for them, and readers answer those they have not read before."""
    settled = Settlement.objects.filter(label__round=Round.FIRST, unit__kind=UnitKind.ENDED).order_by("unit__decided_at", "unit_id")
    units = Unit.objects.in_bulk(list(settled.exclude(label__reviewer=people["lena"]).values_list("unit_id", flat=True)[: GOLDEN + 1]))
    known_golden = set(GoldenItem.objects.values_list("unit_id", flat=True))
    for unit in (unit for unit in units.values() if unit.pk not in known_golden):
        golden.nominate_golden(unit.pk, actor=people["priya"])
    for unit in list(units.values())[:GOLDEN]:
        for senior in ("ines", "oskar"):
            _answer_golden(unit, _statement(known[unit.name]), people[senior])
    for number, item in enumerate(GoldenItem.objects.active().select_related("unit").order_by("nominated_at")):
        for reader in ("lena", "mara", "jonas"):
            hasty = (reader, number) in {("lena", 1), ("jonas", 2)}
            _answer_golden(item.unit, HASTY if hasty else _statement(known[item.unit.name]), people[reader])


def _answer_golden(unit: Unit, said: Statement, reader: User) -> None:
    """Answer a golden item that waits, if this person may read it."""
    review = Review.objects.open_to(reader).filter(unit=unit, round=Round.GOLDEN, state=ReviewState.OPEN).first()
    if review is not None:
        _answer(reviews.claim_review(review.pk, actor=reader), said, reader)


def sit_together(people: People) -> None:
    """Let three readers calibrate themselves on what was adjudicated; a second room has just been opened."""
    lead, seats = people["ines"], [people["mara"], people["jonas"], people["lena"]]
    chosen = [unit.pk for unit in rooms.fit_units()[: 2 * SEATED]]
    if len(chosen) < 2 * SEATED or Room.objects.exists():
        return
    done = rooms.open_room("When is a hint a warning?", units=chosen[:SEATED], readers=seats, actor=lead)
    _talk(done, people)
    fresh = rooms.open_room("How quiet may a sign of risk be?", units=chosen[SEATED:], readers=seats, actor=lead)
    _say(fresh, 1, people["lena"], Answer.NO, "It is said in passing, but it is said.")


def _talk(room: Room, people: People) -> None:
    answers = cycle((Answer.NO, Answer.YES, Answer.NO, Answer.NO))
    for reader, reason in REASONS.items():
        for place in range(1, SEATED + 1):
            _say(room, place, people[reader], next(answers), reason)
    first = room.items.get(place=1)
    rooms.remark_on(first.pk, "The rules say that it names the behaviour and the consequence. Both are needed.", actor=people["lena"])
    rooms.remark_on(first.pk, "Agreed. I took the tone for the consequence.", actor=people["jonas"])
    note = "Say in the rules that a request to be polite is a hint, whatever follows from it."
    rooms.conclude_item(first.pk, Answer.NO, note, actor=people["ines"])


def _say(room: Room, place: int, reader: User, answer: Answer, reason: str) -> None:
    item = room.items.select_related("unit__branch__conversation").get(place=place)
    open_transcript(item.unit.branch, Purpose.QUALITY, actor=reader)
    rooms.answer_item(item.pk, answer, reason, actor=reader)
