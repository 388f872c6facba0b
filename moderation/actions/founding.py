"""Lay the ground of an installation, once: keys and first entries of the log, keys of the draw, the first plan, the first policy.

Whatever is there is left alone, so that it can be done again after anything. The first policy comes into force by whoever sets an
installation up, because nobody is there yet who could approve: it holds the published rules in numbers, and the log says who brought it.
Every later one takes two people.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.db import connection, transaction

from moderation.actions.draws import FIRST_RATES, adopt_plan, commit_periods
from moderation.actions.publication import rule_at_once
from moderation.audit.events import Actor
from moderation.audit.log import open_log
from moderation.judge import DEFAULT_TERMS, Terms
from moderation.models import Policy, SamplingPlan
from moderation.readiness import Needed, is_there

FOUNDING_LOCK = 0x5265636F_666F756E
"""Key of the advisory lock under which the ground is laid: two who set up at once do it once."""

FIRST_TITLE = "The published rules, as thresholds"
FIRST_WHY = (
    "This is the first version. It puts the published rules into numbers: three harmful turns, two refusals or redirections, an explicit "
    "warning, and a user who goes on. It came into force when this installation was set up, before there were two people to agree on one."
)


@transaction.atomic
def lay_ground(*, actor: Actor, terms: Terms = DEFAULT_TERMS) -> Mapping[Needed, bool]:
    """Make whatever is missing before the first event; returns what was made now.

    Args:
        actor: who sets up.
        terms: those of the first policy; of no account where one came into force before.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [FOUNDING_LOCK])
    was_there = {needed: is_there(needed) for needed in Needed}
    open_log()
    first_plan(actor=actor)
    first_policy(terms, actor=actor)
    return {needed: not was for needed, was in was_there.items()}


@transaction.atomic
def first_plan(*, actor: Actor) -> SamplingPlan | None:
    """Commit to the keys of the draw and adopt the first sampling plan; returns None where there is one."""
    commit_periods()
    return None if is_there(Needed.PLAN) else adopt_plan(FIRST_RATES, actor=actor)


@transaction.atomic
def first_policy(terms: Terms, *, actor: Actor) -> Policy | None:
    """Bring the first policy into force; returns None where one ever was. Raises OutOfRails."""
    return None if is_there(Needed.POLICY) else rule_at_once(terms, title=FIRST_TITLE, why=FIRST_WHY, actor=actor)
