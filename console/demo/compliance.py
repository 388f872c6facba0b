"""What compliance has to do in the demo world: a person to be erased, holds, rules of retention, readings and a broken glass."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from django.utils import timezone

from conversations.models import Branch, ConversationEnd
from moderation.actions.conversations import open_transcript
from moderation.actions.erasures import request_erasure
from moderation.actions.holds import Query, place_hold
from moderation.actions.retention import Rule, approve_retention, propose_retention
from moderation.actions.watching import break_glass
from moderation.models import Appeal, Erasure, Review, Standing, User
from moderation.states import Category, EmergencyReason, ErasureReason, HoldGround, HoldScope, Outcome, Purpose

READ = (("ines", Purpose.APPEAL), ("priya", Purpose.INCIDENT), ("ines", Purpose.INCIDENT), ("amal", Purpose.LEGAL))
REVIEW_WITHIN = timedelta(days=90)
HELD_SINCE = timedelta(days=30)


def comply(people: Mapping[str, User]) -> None:
    """Leave something to decide for a second person, and something to find in the lists; nothing where it was done before."""
    if Erasure.objects.exists():
        return
    erased, held, *read = _settled(len(READ) + 3)
    now, amal, viktor = timezone.now(), people["amal"], people["viktor"]
    review_on = (now + REVIEW_WITHIN).date()
    request_erasure(erased.conversation.subject, ErasureReason.REQUEST, asked_by=amal)
    name = held.conversation.public_id
    place_hold(HoldScope.CONVERSATION, name, ground=HoldGround.CLAIM, review_on=review_on, actor=amal)
    query = Query(now - HELD_SINCE, now, Category.MASS_VIOLENCE_TERROR)
    place_hold(HoldScope.QUERY, "", ground=HoldGround.INVESTIGATION, review_on=review_on, actor=amal, query=query)
    first = propose_retention([Rule("", "", 183), Rule("", Outcome.CRISIS.value, 365)], actor=amal)
    approve_retention(first.version, actor=viktor)
    propose_retention([Rule("", "", 183), Rule("", Outcome.CRISIS.value, 730), Rule(Category.CBRN.value, "", 365)], actor=amal)
    for (reader, purpose), branch in zip(READ, read, strict=False):
        open_transcript(branch, purpose, actor=people[reader])
    break_glass(read[-1], EmergencyReason.DANGER, actor=viktor)


def _settled(many: int) -> list[Branch]:
    """Return branches whose ending has its label and waits for nobody: reading them takes nothing from the queue, and no appeal is open."""
    found = ConversationEnd.objects.filter(pk__in=Standing.objects.exclude(answer="").values("ending"))
    waiting = Review.objects.unfinished().values("unit__branch")
    found = found.exclude(branch__in=waiting).exclude(branch__in=Appeal.objects.values("branch"))
    rows = found.select_related("branch__conversation__subject").order_by("requested_at")[:many]
    return [one.branch for one in rows]
