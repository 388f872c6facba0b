"""Join what crossed: what is about a branch and the branch itself, taken in the same moment by two processes, do not see each other."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from conversations.models import Branch, Feedback, MessageSignal
from moderation import work
from moderation.actions.events import tell_ending
from moderation.actions.joins import LATER, join
from moderation.audit.events import Event, Target, service
from moderation.audit.log import record
from moderation.models import Appeal

JOINER = service("joiner")
LOOKED_BACK = timedelta(days=1)
"""What waits longer did not cross: whoever takes a branch joins what was there before."""
MOST = 100


@work.periodic
def join_crossed() -> int:
    """Join what waits although its branch is here; returns for how many branches."""
    return sum(_joined(branch) for branch in _crossed())


def _crossed() -> set[UUID]:
    """Return branches that something waits for, a few at a time."""
    recent = timezone.now() - LOOKED_BACK
    named = {
        "conversation__surface": OuterRef("surface"),
        "conversation__external_id": OuterRef("conversation_external_id"),
        "external_id": OuterRef("branch_external_id"),
    }
    here = Subquery(Branch.objects.filter(**named).values("pk"))
    waiting = (kind.objects.parked().filter(received_at__gte=recent).annotate(here=here).exclude(here=None) for kind in LATER)
    return {branch for rows in waiting for branch in rows.values_list("here", flat=True)[:MOST]}


@transaction.atomic
def _joined(branch_id: UUID) -> bool:
    """Join what waits for a branch, and let its ending know; False where another process has just done so."""
    held = Branch.objects.select_for_update(of=("self",), no_key=True)
    branch = held.select_related("conversation__surface").get(pk=branch_id)
    joined = join(branch)
    for one in joined:
        tell_ending(branch, one)
    if joined:
        found = Counter(map(type, joined))
        target = Target("branch", branch.public_id, branch.conversation.surface_id)
        record(
            Event.UNJOINED_JOINED,
            target,
            actor=JOINER,
            messages=found[MessageSignal],
            feedback=found[Feedback],
            appeals=found[Appeal],
        )
    return bool(joined)
