"""Rates with second readers taken into account: beside a promise, and only where everything that had to be read again was."""

from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from moderation.actions.certificates import weigh_promises
from moderation.models import Certificate, Policy, Review, Settlement
from moderation.replay.sample import Sample
from moderation.second_looks import Looks, corrected
from moderation.states import Answer, Promise, Round
from moderation.statistics.censoring import NEVER
from moderation.statistics.intervals import Unanswerable
from tests import make
from tests.moderation.test_promises import world
from tests.moderation.test_replay_impact import everybody, told

RIGHT, WRONG = 1, NEVER


def looked(window, again, truth, rate=0.1):
    """Return looks at every unit: `again` of them confirmed (2), drawn (1) or not (0)."""
    again = np.asarray(again)
    return Looks(
        place=np.arange(len(window)),
        confirmed=again == 2,
        drawn=again == 1,
        rate=np.full(len(window), rate),
        settled=np.ones(len(window), bool),
        truth=told(truth),
    )


def ask(window, seen):
    turns = window.locked
    return corrected(everybody(window, seen.truth), seen, turns, Promise.WRONGFUL)


def test_an_overlooked_failure_weighs_as_much_as_its_draw_was_rare():
    window, _ = world(1_000)
    again = np.r_[np.full(20, 2), np.full(98, 1), np.zeros(882)].astype(int)
    truth = np.full(1_000, RIGHT)
    truth[:10] = WRONG  # half of what was confirmed
    truth[20] = WRONG  # one of those that the draw chose among the others
    found = ask(window, looked(window, again, truth))
    assert found.rate.value == pytest.approx((10 + 1 / 0.1) / 1_000)
    assert found.overlooked.value == pytest.approx((1 / 0.1) / 1_000)
    assert (found.again, found.rate.low < 0.02 < found.rate.high) == (118, True)


def test_what_a_first_reader_passed_on_counts_like_what_was_confirmed():
    """Of 100 endings 20 went straight to a senior, who found 15 wrongful: they have no draw of second readings and are no zeros."""
    window, _ = world(100)
    truth = np.full(100, RIGHT)
    truth[:15] = WRONG
    all_seen = looked(window, [1] * 100, truth, rate=1)
    some = np.arange(100) >= 20
    seen = Looks(
        place=all_seen.place[some], confirmed=all_seen.confirmed[some], drawn=all_seen.drawn[some], rate=all_seen.rate[some],
        settled=all_seen.settled[some], truth=told(truth[some]),
    )  # fmt: skip
    found = corrected(everybody(window, told(truth)), seen, window.locked, Promise.WRONGFUL)
    assert found.rate.value == pytest.approx(0.15)
    assert found.overlooked.value == 0


def test_a_rate_is_of_all_endings_however_many_happened_to_be_drawn():
    """Six of ten drawn at .5 say 1/.5 of ten, by Horvitz and Thompson: the size of the window is known."""
    window, _ = world(10)
    everyone = everybody(window, told([WRONG] + [RIGHT] * 9))
    six = np.arange(10) < 6
    drawn = Sample(
        everyone.place[six], np.full(6, 0.5), everyone.base[six], everyone.rates, everyone.labelled[six], told([WRONG] + [RIGHT] * 5),
        everyone.category[six],
    )  # fmt: skip
    seen = looked(window, [2] + [1] * 9, [WRONG] + [RIGHT] * 9, rate=1)
    found = corrected(drawn, seen, window.locked, Promise.WRONGFUL)
    assert found.rate.value == pytest.approx(1 / 0.5 / 10)


@pytest.mark.parametrize(("again", "words"), [([0] * 10, "rechecked"), ([2] + [0] * 9, "rechecked")])
def test_without_a_second_reader_of_the_others_nothing_is_said(again, words):
    window, _ = world(10)
    with pytest.raises(Unanswerable, match=words):
        ask(window, looked(window, again, [RIGHT] * 10))


def test_what_waits_for_its_second_reader_is_no_random_part():
    window, _ = world(10)
    seen = looked(window, [1] * 10, [RIGHT] * 10)
    seen.settled[3] = False
    with pytest.raises(Unanswerable, match="1 answers wait"):
        ask(window, seen)


@pytest.mark.django_db(transaction=True)
def test_it_is_kept_beside_the_certificate_and_shown(ground, settings, client_of, reviewer, second_reviewer):
    settings.SECOND_READ_RATE = "1"
    make.make_ending(time=(timezone.now() - timedelta(days=2)).isoformat())
    review = Review.objects.get()
    make.answer(review, reviewer)
    assert not Settlement.objects.exists()
    version = Policy.objects.live().get().version
    assert weigh_promises(version, actor=make.TESTS)[0].corrected is None
    make.answer(make.reading(review.unit, Round.SECOND), second_reviewer)
    assert Settlement.objects.get().label.answer == Answer.YES
    row = weigh_promises(version, actor=make.TESTS)[0]
    assert (row.promise, row.again, row.corrected, row.overlooked) == (Promise.WRONGFUL, 1, 0.0, 0.0)
    assert "read again; first readers overlooked" in client_of(reviewer).get("/promises/").content.decode()
    assert Certificate.objects.exclude(corrected=None).count() == 2
