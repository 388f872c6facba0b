"""Drift of scores: what is compared with what, what is new, and which comparisons ring together."""

from datetime import UTC, datetime, timedelta
from itertools import repeat

import numpy as np
import pytest
from django.utils import timezone

from moderation import drift
from moderation.drift import GROUPED, QUIET, Group, Moved, held_together, look, sent_at
from moderation.proposals import Span, window_of
from moderation.replay.columns import CANDIDATE_COLUMNS, NAMED, View
from moderation.replay.features import CATEGORIES
from moderation.replay.rule import Frame
from moderation.replay.units import Window
from moderation.states import Category
from moderation.statistics.drift import Distance, Drift
from tests import make

SINCE = datetime(2026, 10, 1, tzinfo=UTC)
DAY = 86_400


def world(rows, since=SINCE):
    """Return the window of five weeks of conversations given as (day from `since`, version, surface, language, score of violence)."""
    n = len(rows)
    day, version, surface, language, score = zip(*rows, strict=True) if rows else [()] * 5
    columns = {name: np.zeros(n, kind) for name, kind in CANDIDATE_COLUMNS.items()}
    names = {name: [""] for name in NAMED}
    for name, values in (("version", version), ("surface", surface), ("language", language)):
        names[name] = sorted(set(values))
        columns[name] = np.array([names[name].index(one) for one in values], np.uint16)
    columns |= {
        "unit_low": np.arange(n),
        "decided_at": np.array([int(since.timestamp()) + one * DAY + 60 for one in day], np.int64),
        "alive": np.ones(n, bool),
    }
    none = np.zeros(n, np.uint16)
    frame = Frame(
        scores={name: np.array(score, np.uint16) if name == "violence" else none for name in CATEGORIES},
        counts=np.ones(n, np.uint32),
        bounds=np.arange(n + 1),
        crisis=none,
        redirections=none,
        confirmed=none.astype(bool),
        asked=none.astype(bool),
        model=none,
        surface=none,
        models=("m",),
        surfaces=("s",),
    )
    moments = since.timestamp(), (since + timedelta(days=35)).timestamp()
    return Window.between(View(frame, columns, names), *moments)


def looked(rows, since=SINCE, rates=None):
    window = world(rows, since)
    day = (window.view.decided_at[window.first] - int(since.timestamp())) // DAY
    found = look(window, day >= 28, since, np.ones(len(window)) if rates is None else np.array(rates, float))
    return found, {(one.by, one.name): one for one in found.groups}


def usual(days, *, version="m 1", language="en", many=3, score=100):
    return [(day, version, "s", language, score) for day in days for _ in range(many)]


def test_scores_are_compared_by_version_surface_and_language():
    found, groups = looked(usual(range(35)) + usual(range(35), version="m 2", language="de"))
    assert [(one.by, one.name) for one in found.groups] == [
        ("version", "m 1"),
        ("version", "m 2"),
        ("surface", "s"),
        ("language", "de"),
        ("language", "en"),
    ]
    assert (groups["surface", "s"].before, groups["surface", "s"].now) == (168, 42)
    assert len(found.moved) == 5 * len(Category) == found.tests / 2
    assert {one.group.by for one in found.moved} == set(GROUPED)
    assert not any(one.beyond_chance or one.distance.size for one in found.moved)


def test_what_moved_rings_in_its_category_and_groups_alone():
    rows = usual(range(28)) + usual(range(28, 35), score=9_000) + usual(range(35), language="de", many=20)
    found, _ = looked(rows)
    rang = {(one.group.name, one.category): one.distance for one in found.moved if one.beyond_chance}
    assert set(rang) == {("en", Category.VIOLENCE)} | {(name, Category.VIOLENCE) for name in ("m 1", "s")}
    assert (rang["en", Category.VIOLENCE].size, rang["en", Category.VIOLENCE].value) == (1.0, 100)
    assert rang["s", Category.VIOLENCE].size == pytest.approx(3 / 23)


def test_a_new_version_opens_a_window_of_its_own():
    """It came up three days ago and scores otherwise: nobody's scores drifted, and it has nothing before it."""
    found, groups = looked(usual(range(35)) + usual(range(32, 35), version="m 2", many=40, score=9_000))
    new = groups["version", "m 2"]
    assert (new.opened, new.before, new.now, new.told) == ((SINCE + timedelta(days=32)).date(), 0, 120, False)
    assert groups["language", "en"].now == groups["surface", "s"].now == 21, "what is new is left out of every other group"
    assert not any(one.beyond_chance for one in found.moved)
    assert groups["version", "m 1"].opened is None


def test_a_new_version_is_held_against_its_own_days():
    rows = usual(range(35)) + usual(range(20, 28), version="m 2", many=10) + usual(range(28, 35), version="m 2", many=10, score=9_000)
    found, groups = looked(rows)
    assert (groups["version", "m 2"].before, groups["version", "m 2"].now) == (80, 70)
    assert {one.group.name for one in found.moved if one.beyond_chance} == {"m 2"}


def test_a_new_language_opens_one_too():
    found, groups = looked(usual(range(35)) + usual(range(30, 35), language="de", many=40, score=9_000))
    assert groups["language", "de"].opened == (SINCE + timedelta(days=30)).date()
    assert groups["version", "m 1"].now == 21
    assert not any(one.beyond_chance for one in found.moved)


def test_what_was_seen_before_the_five_weeks_or_in_the_first_of_an_installation_is_not_new():
    _, groups = looked(usual([-60]) + usual([-40], version="m 2") + usual(range(10, 35)) + usual(range(20, 35), version="m 2"))
    assert groups["version", "m 2"].opened is None
    _, groups = looked(usual(range(20, 35)) + usual(range(24, 35), version="m 2") + usual(range(27, 35), version="m 3"))
    assert [groups["version", name].opened is None for name in ("m 1", "m 2", "m 3")] == [True, True, False]


def test_only_what_was_sent_at_one_rate_is_compared():
    """All endings, and one of fifty that went on, of which this week twice as many came: no score moved, though the mix did."""
    ended, went_on = usual(range(35), score=8_000), usual(range(35), many=2) + usual(range(28, 35), many=8)
    rates = [1.0] * len(ended) + [0.02] * len(went_on)
    found, _ = looked(ended + went_on, rates=rates)
    assert not any(one.beyond_chance or one.distance.size for one in found.moved)
    of = {one.rate: (one.before, one.now) for one in found.groups if one.by == "language"}
    assert of == {1.0: (84, 21), 0.02: (56, 70)}
    assert any(one.beyond_chance for one in looked(ended + went_on)[0].moved), "counted together it looks like drift"


def test_a_rate_that_is_new_has_nothing_to_be_held_against():
    rows = usual(range(35)) + usual(range(28)) + usual(range(28, 35), score=5_000, many=30)
    found, _ = looked(rows, rates=[1.0] * 105 + [0.02] * 84 + [0.1] * 210)
    assert {one.rate: one.told for one in found.groups if one.by == "surface"} == {1.0: True, 0.02: False, 0.1: False}
    assert not any(one.beyond_chance for one in found.moved)


def test_quiet_weeks_ring_no_oftener_than_said_however_unequal_the_rates_are(monkeypatch):
    """This week brings three times as many endings as one before, and sampled conversations, at two rates, have scores of their own."""
    monkeypatch.setattr(drift, "GROUPED", ("language",))
    monkeypatch.setattr(drift, "Category", (Category.VIOLENCE,))
    rng, rang, together = np.random.default_rng(8), [], []
    parts = ((1.0, 8_000, (200, 150)), (0.1, 2_500, (160, 30)), (0.01, 900, (120, 60)))
    for _ in range(300):
        rows, rates = [], []
        for rate, score, sizes in parts:
            for days, size in zip(((0, 28), (28, 35)), sizes, strict=True):
                scores = np.clip(rng.normal(score, 900, size), 0, 10_000).astype(int)
                rows += [(day, "m 1", "s", "en", one) for day, one in zip(rng.integers(*days, size).tolist(), scores.tolist(), strict=True)]
                rates += [rate] * size
        rows[0] = (0, *rows[0][1:])
        rang.append(any(one.beyond_chance for one in looked(rows, rates=rates)[0].moved))
        if len(together) < 20:
            together.append(any(one.beyond_chance for one in looked(rows)[0].moved))
    assert np.mean(rang) <= QUIET + 2 * (QUIET * (1 - QUIET) / 300) ** 0.5
    assert all(together)


@pytest.mark.django_db(transaction=True)
def test_the_rates_of_a_window_are_those_of_its_units(ground):
    for rate in ("0.02", "0.1"):
        make.send(make.continued(*make.LADDER, rate=rate))
    make.send(make.ended())
    make.judge_all()
    until = timezone.now() + timedelta(minutes=1)
    window = window_of(Span(until - timedelta(days=1), until))
    assert sorted(sent_at(window, until - timedelta(days=1)).tolist()) == [0.02, 0.1, 1.0]


def test_a_group_too_small_to_tell_is_named():
    found, groups = looked(usual(range(35)) + usual([1, 30], language="de"))
    assert (groups["language", "de"].told, groups["language", "en"].told) == (False, True)
    assert "de" not in {one.group.name for one in found.moved}


def test_without_conversations_there_is_nothing_to_compare():
    found, _ = looked([])
    assert (found.groups, found.moved, found.tests) == ((), (), 0)


def cells(*p_values, distance=None):
    """Return what rings of comparisons with these p-values of bands and of distances."""
    group = Group("language", "en", 100, 100)
    pairs = zip(p_values, distance if distance is not None else repeat(1.0), strict=False)
    rows = [Moved(group, Category.HATE, Drift(0.5, 0.1, bands), Distance(0.2, 5, rose=True, p_value=all_)) for bands, all_ in pairs]
    return [one.beyond_chance for one in held_together(rows)]


def test_drift_is_held_against_chance_over_all_comparisons():
    assert cells(0.004) == [True]
    assert cells(0.006) == [False], "two tests share the level"
    assert cells(0.009, *[0.5] * 49) == [False] * 50, "one of fifty falls below a hundredth in two weeks of five"
    assert cells(0.002, 0.0001, 0.009, 0.02) == [False, True, False, False]
    assert cells(0.5, 0.5, distance=[0.0001, 0.5]) == [True, False], "either test rings"


def test_the_distance_that_rings_by_itself_is_told():
    rows = [Moved(Group("language", "en", 80, 20), Category.HATE, Drift(0, 0, 1), Distance(0.1, 5, rose=True, p_value=1))] * 4
    one = held_together(rows)[0]
    assert one.critical == pytest.approx(np.sqrt(-0.5 * np.log(QUIET / 8 / 2) * (1 / 80 + 1 / 20)), rel=1e-3)  # Smirnov's first term


def test_quiet_weeks_do_not_ring():
    """Under chance alone p-values are uniform: over 2,000 weeks of fifty comparisons about one of a hundred rings."""
    weeks = np.random.default_rng(3).random((500, 2, 25))
    rang = np.mean([any(cells(*bands, distance=along)) for bands, along in weeks])
    assert rang < 0.025
