"""Find feedback that says what another piece says, so that the inbox can fold it.

1. A worker opens the text of a piece, makes its signature (`moderation/similarity.py`) and compares it with those of the latest first
   pieces of the same surface. From a likeness of 0.7 on it is an echo of the one it is most like; else it is a first itself.
2. Nothing is closed by itself: to mark echoes as duplicates is a move of people.
3. A text of fewer than four words says too little; one that was erased says nothing any more. Neither has a row.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

from django.db import transaction

from conversations import vault
from conversations.models import Feedback
from moderation import leases, tasks, work
from moderation.leases import Leased
from moderation.models import FeedbackEcho, Kind
from moderation.similarity import METHOD, likeness, signature

ALIKE = 7_000
"""From this likeness on, in ten-thousandths, two texts say the same."""
SINCE = timedelta(days=60)
COMPARED = 500
"""So many of the latest first pieces are looked at."""


def ask_for_echo(feedback: Feedback) -> None:
    """Ask a worker to compare a piece with the others, once under each key and method."""
    if not feedback.sealed_text:
        return
    version = f"{METHOD}:{str(feedback.subject_id)[:8]}"
    work.add(Kind.ECHO, feedback.id, version=version, tenant=feedback.surface_id, priority=work.BULK)
    tasks.wake.delay_on_commit(Kind.ECHO.value)


def compare_anew(feedback: Feedback) -> None:
    """Forget what was found of a piece that is sealed under another key now, and ask again."""
    FeedbackEcho.objects.filter(feedback=feedback).delete()
    ask_for_echo(feedback)


@work.handles(Kind.ECHO)
def find_echo(item: Leased) -> None:
    """Compare one piece with the first ones before it; raises LeaseLost if too late."""
    feedback = Feedback.objects.get(pk=item.subject)
    own = _signature(feedback)
    found = max(_likenesses(feedback, own), default=(0, None)) if own else (0, None)
    with transaction.atomic():
        if own:
            _keep(feedback, own, *found)
        leases.finish(item)


def _signature(feedback: Feedback) -> bytes | None:
    try:
        return signature(feedback.text())
    except vault.Erased:
        return None


def _likenesses(feedback: Feedback, own: bytes) -> Iterator[tuple[int, UUID]]:
    """Yield how alike the latest first pieces of the surface are, those left out whose key is gone."""
    firsts = FeedbackEcho.objects.filter(first=None, method=METHOD, feedback__surface=feedback.surface_id)
    near = firsts.filter(feedback__given_at__gte=feedback.given_at - SINCE).exclude(feedback=feedback)
    for one in near.select_related("feedback").order_by("-feedback__given_at")[:COMPARED]:
        try:
            yield likeness(own, one.signature(one.feedback.subject_id)), one.feedback_id
        except vault.Erased:
            continue


def _keep(feedback: Feedback, own: bytes, alike: int, first: UUID | None) -> None:
    echo = FeedbackEcho(feedback=feedback, method=METHOD)
    if first is not None and alike >= ALIKE:
        echo.first_id, echo.likeness = first, alike
    echo.seal(own, feedback.subject_id)
    FeedbackEcho.objects.filter(feedback=feedback).delete()
    echo.save(force_insert=True)
