"""What is watched: evidence by day, volume, drift against chance."""

from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from console.lines import line
from moderation.models import Review
from moderation.monitoring import BEFORE, NOW, Moved, held_together, watch
from moderation.states import Answer, Category
from moderation.statistics.monitor import Drift
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_empty_installation_is_quiet_and_says_why():
    found = watch(timezone.now())
    assert (found.alarms, found.evidence, found.volume.sums) == (0, (), None)
    assert all(one.drift is None for one in found.moved)


def test_labels_are_fed_by_day_and_a_wrongful_run_rings(reviewer):
    make.make_ground()
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    for day in (9, 8, 8, 2):
        make.make_ending(time=(now - timedelta(days=day)).isoformat())
    for review in Review.objects.order_by("unit__decided_at")[:3]:
        make.answer(review, reviewer, make.statement(Answer.NO))
    make.agree()
    found = watch(timezone.now())
    wrongful, crisis = found.evidence
    assert (wrongful.labels.tolist(), wrongful.failures.tolist()) == ([1, 2], [1, 2])
    assert wrongful.waiting_since == (now - timedelta(days=2)).date()
    assert wrongful.violated == (now - timedelta(days=8)).date()
    assert wrongful.alarm is None, "three labels are few for a year without a false alarm"
    assert crisis.violated is None
    assert found.volume.counts.sum() == 1
    assert found.volume.expected == pytest.approx(3 / BEFORE)
    assert [(one.name, one.before, one.now) for one in dict(found.slices)["language"]] == [("en", 3, 1)]
    assert dict(found.slices)["language"][0].ratio == pytest.approx(1 / (3 * NOW / BEFORE))


def cells(*p_values):
    """Return what is beyond chance of cells with these p-values, None where too few units tell nothing."""
    drifts = [None if one is None else Drift(0.5, 0.1, one) for one in p_values]
    return [one.beyond_chance for one in held_together([Moved(Category.HATE, str(n), 100, 100, drift) for n, drift in enumerate(drifts)])]


def test_drift_is_held_against_chance_over_all_cells():
    assert cells(0.001) == [True]
    assert cells(0.2, None) == [False, False]
    assert cells(0.009, *[0.5] * 49) == [False] * 50, "one of fifty cells falls below a hundredth in two weeks of five"
    assert cells(0.004, 0.0001, 0.009, 0.02) == [False, True, False, False]
    assert cells(0.003, 0.0001, 0.005, 0.02) == [True, True, True, False], "each against what is left of the level"


def test_quiet_weeks_do_not_ring():
    """Under chance alone p-values are uniform: over 2,000 weeks of fifty cells about one of a hundred rings."""
    weeks = np.random.default_rng(3).random((2_000, 50))
    rang = np.mean([any(cells(*week)) for week in weeks])
    assert 0.004 < rang < 0.018


def test_a_line_stays_in_its_box():
    drawn = line([0.0, 3.0, -1.0], 2.0)
    assert drawn.path.startswith("M0.0 100.0L160.0 ")
    assert 0 < drawn.limit < 100
    assert line([], 1.0).limit is None
    assert np.isclose(line([1.0], 2.0).limit, 4.8, atol=0.1)


def test_the_page_is_drawn(client_of, reviewer):
    make.make_ground()
    make.make_ending(time=(timezone.now() - timedelta(days=3)).isoformat())
    page = client_of(reviewer).get("/monitoring/").content.decode()
    assert page.count("of 1 endings that were drawn, 0 have a label") == 2
    assert "nothing can be said of them" in page
