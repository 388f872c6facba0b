"""Two ways to judge what is due, as Celery tasks: the usual one, a task for each event, and ours, which works until nothing is due.

`moderation.wake` works for all kinds in turn, what judging causes among them. Here both ways judge, and leave the rest alone.
"""

from __future__ import annotations

from celery import shared_task

from moderation import work
from moderation.models import Kind


@shared_task(name="benchmark.judge_one")
def judge_one() -> int:
    """Judge one conversation; returns how many there were."""
    return work.run([Kind.JUDGE], limit=1)


@shared_task(name="benchmark.judge_due")
def judge_due() -> int:
    """Judge as whoever is woken does, a batch after the other; returns how many there were."""
    done = 0
    while taken := work.run([Kind.JUDGE]):
        done += taken
    return done
