"""What two people, or a person and the breaker, do to the policy in force in the same moment."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event
from time import monotonic, sleep

import pytest
from django.db import connection, transaction

from moderation.actions import policies, publication
from moderation.judge import DEFAULT_TERMS
from moderation.models import Policy
from moderation.states import PolicyState, TripCause
from moderation.statistics.breaker import Band
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)
SOON = 20
"""Seconds after which a thread that should have come is lost."""
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"


def proposed(actor, cut):
    """Return a policy that is scheduled and due."""
    terms = replace(DEFAULT_TERMS, thresholds=dict(DEFAULT_TERMS.thresholds) | {"harassment": cut})
    drafted = policies.draft_policy(terms, title="Next", why="", actor=actor)
    policies.seal_policy(drafted.version, actor=actor)
    policies.approve_policy(drafted.version, actor=make.make_approver())
    policies.schedule_policy(drafted.version, actor=actor)
    return drafted.version


def apart(do):
    """Return what does something in a thread and closes its connection."""

    def closing():
        try:
            return do()
        finally:
            connection.close()

    return closing


def until_somebody_waits():
    with connection.cursor() as cursor:
        end = monotonic() + SOON
        while monotonic() < end:
            cursor.execute(WAITING)
            if cursor.fetchone()[0]:
                return
            sleep(0.02)
    raise AssertionError("nobody waits for a lock")


@pytest.mark.parametrize("how", ["rolled back", "tripped"])
def test_what_is_published_while_the_one_in_force_is_taken_back_follows_what_came_in_its_place(policy_owner, how):
    make.make_ground()
    ruling = publication.publish_policy(proposed(policy_owner, 4_500), actor=policy_owner)
    following = proposed(policy_owner, 4_600)
    taken, published = Event(), Event()

    def take_back():
        with transaction.atomic():
            if how == "tripped":
                publication.trip_policy(ruling.version, TripCause.CRISIS, Band(9, 0, 1))
            else:
                publication.roll_back_policy(ruling.version, actor=policy_owner, reason="Complaints.")
            taken.set()
            assert published.wait(SOON)

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(apart(take_back))
        assert taken.wait(SOON)
        second = pool.submit(apart(lambda: publication.publish_policy(following, actor=policy_owner)))
        until_somebody_waits()
        published.set()
        first.result(SOON)
        assert second.result(SOON).version == following
    assert Policy.objects.live().get().version == following
    between = Policy.objects.get(restores__isnull=False)
    assert between.state == PolicyState.SUPERSEDED, "what came in its place ruled for a moment"


def test_who_publishes_and_who_takes_back_never_wait_for_each_other(policy_owner, monkeypatch):
    """The proposal is the latest version: who publishes holds it before what rules, who takes back needs it after what rules."""
    make.make_ground()
    ruling = publication.publish_policy(proposed(policy_owner, 4_500), actor=policy_owner)
    following, held = proposed(policy_owner, 4_600), Event()

    def slowly(version):
        found = policies.locked(version)
        if version == following:
            held.set()
            until_somebody_waits()
        return found

    monkeypatch.setattr(publication, "locked", slowly)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(apart(lambda: publication.publish_policy(following, actor=policy_owner)))
        assert held.wait(SOON)
        second = pool.submit(apart(lambda: publication.trip_policy(ruling.version, TripCause.CRISIS, Band(9, 0, 1))))
        assert first.result(SOON).version == following
        assert second.result(SOON) is None, "what was to be taken back was superseded"
    assert Policy.objects.live().get().version == following
