"""What is watched: evidence by day, volume, drift against chance."""

from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from console.lines import line
from moderation import monitoring
from moderation.models import Review
from moderation.monitoring import BEFORE, NOW, watch
from moderation.states import Answer
from tests import make
from tests.moderation.test_drift import world

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_empty_installation_is_quiet_and_says_why():
    found = watch(timezone.now())
    assert (found.alarms, found.evidence, found.volume.sums) == (0, (), None)
    assert (found.drift.groups, found.drift.moved) == ((), ())


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
    assert [(one.by, one.name, one.before, one.now, one.told) for one in found.drift.groups] == [
        ("version", "claude-opus-4-1 20250805", 3, 1, False),
        ("surface", make.WEB, 3, 1, False),
        ("language", "en", 3, 1, False),
    ]


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
    assert "3 groups have fewer than 20 conversations on a side: nothing can be said of them." in page


def test_page_and_api_show_what_moved(client_of, reviewer, monkeypatch):
    """A world of 240 conversations, of which those in German score higher this week, and a language that is new."""
    monkeypatch.setattr(monitoring, "window_of", lambda span: drifting(span.since))
    page = " ".join(client_of(reviewer).get("/monitoring/").content.decode().split())
    assert page.count("Beyond chance") > 0
    assert "By model version: 10 comparisons, 1 beyond chance" in page
    assert "4 groups of conversations, 10 categories of scores, two tests of each: 80 tests" in page
    assert "&lt;b&gt;" in page, "a name is whatever a surface sent"
    assert "<b>" not in page
    assert "is new since" in page
    told = client_of(reviewer).get("/api/v1/monitoring/").json()
    rows = {(one["by"], one["name"], one["category"]): one for one in told["drift"]}
    assert told["tests"] == 2 * len(rows) == 2 * 10 * sum(one["told"] for one in told["groups"])
    german = rows["language", "de", "violence"]
    assert (german["beyond_chance"], german["rose"], german["distance"]) == (True, True, pytest.approx(1.0))
    assert german["distance"] >= german["critical"]
    assert not rows["language", "<b>", "violence"]["beyond_chance"]
    opened = {one["name"]: one["opened"] for one in told["groups"]}
    assert opened["fr"] == (timezone.now() - timedelta(days=3)).date().isoformat()
    assert told["alarms"] == sum(one["beyond_chance"] for one in told["drift"])


def drifting(since):
    rows = [(day, "m 1", "s", name, 9_000 if name == "de" and day >= BEFORE else 100) for day in range(35) for name in ("de", "<b>") * 4]
    rows += [(BEFORE + NOW - 3, "m 1", "s", "fr", 100)] * 30
    return world(rows, since)
