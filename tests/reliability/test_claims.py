"""Many reviewers at once: nobody holds what another holds."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from moderation.actions import reviews
from moderation.models import Review
from moderation.states import IllegalMove, ReviewState
from tests import make


@pytest.mark.django_db(transaction=True)
def test_reviewers_who_ask_at_once_get_different_items():
    for _ in range(6):
        make.make_review()
    people = [make.make_person("reviewer") for _ in range(8)]

    def ask(person):
        try:
            return reviews.claim_next(None, actor=person)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        got = [review.pk for review in pool.map(ask, people) if review]
    assert len(got) == len(set(got)) >= 5
    assert Review.objects.filter(state=ReviewState.CLAIMED).count() == len(got)


@pytest.mark.django_db(transaction=True)
def test_one_item_claimed_by_many_goes_to_one():
    review = make.make_review()
    people = [make.make_person("reviewer") for _ in range(8)]

    def claim(person):
        try:
            reviews.claim_review(review.pk, actor=person)
        except IllegalMove:
            return False
        else:
            return True
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(claim, people)) == 1


@pytest.mark.django_db(transaction=True)
def test_one_reviewer_asking_from_many_tabs_gets_one_item():
    for _ in range(6):
        make.make_review()
    person = make.make_person("reviewer")

    def ask(_):
        try:
            return reviews.claim_next(None, actor=person).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(ask, range(6)))) == 1


@pytest.mark.django_db(transaction=True)
def test_eighty_rounds_of_racing_for_one_item_never_give_it_twice():
    review = make.make_review()
    people = [make.make_person("reviewer") for _ in range(4)]
    gate = Barrier(len(people) + 1)
    got = [[] for _ in range(80)]

    def race(person):
        try:
            for winners in got:
                gate.wait(60)
                if reviews.claim_next(None, actor=person) is not None:
                    winners.append(person.pk)
                gate.wait(60)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(people)) as pool:
        racing = [pool.submit(race, person) for person in people]
        for winners in got:
            gate.wait(60)
            gate.wait(60)
            assert [Review.objects.get(pk=review.pk).reviewer_id] == winners
            Review.objects.update(state=ReviewState.OPEN, reviewer=None)
        for one in racing:
            one.result()
