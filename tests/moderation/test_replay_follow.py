"""The columns follow the table: everything once, late commits too, what is replaced switched off, what is gone blanked."""

import threading
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from moderation.actions.candidates import forget_candidates
from moderation.judge import DEFAULT_TERMS
from moderation.models import CandidateTurn, Unit
from moderation.replay import follow
from moderation.replay.columns import Store
from moderation.replay.features import CATEGORIES, Features
from moderation.replay.rule import fires
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)

COUNT = """
WITH newest AS (
    SELECT DISTINCT ON (unit_id, at_turn, asked) * FROM moderation_candidateturn ORDER BY unit_id, at_turn, asked, id DESC
), harm AS (
    SELECT newest.id, count(score.id) FILTER (WHERE {reached}) AS harmful,
           count(score.id) FILTER (WHERE ({reached}) AND score.turn > newest.warned_at) AS later
    FROM newest LEFT JOIN moderation_turnscore score
      ON score.classification_id = newest.classification_id AND score.role = 'user' AND score.turn <= newest.at_turn
    GROUP BY newest.id
)
SELECT count(*) FROM newest JOIN harm USING (id)
WHERE asked AND NOT gone AND crisis < %(crisis)s AND model = ANY(%(models)s) AND source = ANY(%(sources)s)
  AND (confirmed OR (harmful >= %(n)s AND redirections >= %(r)s AND later > 0))
"""


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.REPLAY_DIR = tmp_path / "replay"
    return settings.REPLAY_DIR


def count_in_sql(terms):
    reached = " OR ".join(f"score.{name} >= {cut}" for name, cut in terms.thresholds.items())
    with connection.cursor() as cursor:
        cursor.execute(
            COUNT.format(reached=reached),
            {
                "crisis": terms.crisis,
                "models": sorted(terms.eligible_models),
                "sources": sorted(terms.eligible_surfaces),
                "n": terms.harmful_turns,
                "r": terms.redirections,
            },
        )
        return cursor.fetchone()[0]


def row(unit, at_turn=3, *, score=9_000, asked=True, **more):
    turns = np.array([[turn, *[score] * len(CATEGORIES)] for turn in (0, 2)], np.uint16)
    packed = Features(turns, 0, 0, None, confirmed=False).packed()
    return CandidateTurn.objects.create(
        unit=unit, asked=asked, ended=asked, at_turn=at_turn, decided_at=timezone.now(), source=make.WEB, model="m", turns=packed, **more
    )


def unit():
    """Make a unit without candidates of its own."""
    found = Unit.objects.get(branch=make.make_ending(judged=False).branch)
    CandidateTurn.objects.filter(unit=found).delete()
    return found


def ids(view):
    return sorted(view.id[view.alive].tolist())


def test_judging_keeps_the_candidates_and_the_count_is_that_of_sql():
    make.make_ending()
    make.make_ending(*make.ORDINARY)
    make.send(make.continued(*make.LADDER))
    make.judge_all()
    view = follow.current()
    assert len(view.frame) == CandidateTurn.objects.count() == 3
    for cut in (1, 3_000, 5_000, 9_000, 10_000):
        terms = replace(DEFAULT_TERMS, thresholds=dict.fromkeys(CATEGORIES, cut), redirections=1)
        assert fires(view.frame, terms).sum() == count_in_sql(terms)
    assert fires(view.frame, DEFAULT_TERMS).sum() == 1


def test_each_row_is_taken_once_and_nothing_new_costs_nothing():
    first = row(unit())
    assert follow.refresh() == 1
    assert follow.refresh() == 0
    second = row(unit())
    assert ids(follow.current()) == [first.id, second.id]


def test_a_row_with_a_lower_id_that_commits_later_is_not_missed():
    early, late = unit(), unit()
    written, go_on, found = threading.Event(), threading.Event(), []

    def slow():
        with transaction.atomic():
            found.append(row(late).id)
            written.set()
            assert go_on.wait(10)
        connections.close_all()

    thread = threading.Thread(target=slow)
    thread.start()
    assert written.wait(10)
    higher = row(early).id
    follow.refresh()
    go_on.set()
    thread.join(10)
    assert found[0] < higher
    assert ids(follow.current()) == [found[0], higher]


def test_measuring_again_switches_the_older_row_off():
    one = unit()
    row(one, score=9_000)
    follow.refresh()
    newer = row(one, score=100)
    view = follow.current()
    assert ids(view) == [newer.id]
    assert not view.shared.any()
    assert view.frame.asked.sum() == 1


def test_two_requests_of_one_unit_share_it_and_rows_of_one_batch_replace_each_other():
    one = unit()
    row(one, 3)
    last, other = row(one, 3), row(one, 5)
    view = follow.current()
    assert ids(view) == [last.id, other.id]
    assert view.shared[view.alive].all()


def test_what_is_forgotten_is_blanked_here_and_in_the_table():
    one, kept = unit(), unit()
    row(one)
    stays = row(kept)
    follow.refresh()
    assert forget_candidates(one) == 1
    view = follow.current()
    assert ids(view) == [stays.id]
    assert [column.sum() for column in view.frame.scores.values()] == [18_000] * len(CATEGORIES), "those of the one that stays"
    assert not CandidateTurn.objects.filter(unit=one).exclude(turns=b"").exists()


def test_what_a_crash_left_behind_is_cut_off(folder):
    row(unit())
    follow.refresh()
    for file in folder.iterdir():
        if file.name not in {"lock", "state.json"}:
            file.write_bytes(file.read_bytes() + b"half a row")
    second = row(unit())
    view = follow.current()
    assert len(view.frame) == 2
    assert view.id[1] == second.id
    assert view.frame.bounds.tolist() == [0, 2, 4]


def test_files_of_another_database_or_none_are_built_anew(folder):
    first = row(unit())
    follow.refresh()
    store = Store(folder)
    with store.writing("another/1") as state:
        assert state.candidates == 0
    (folder / "state.json").write_text("not json")
    assert ids(follow.current()) == [first.id]


def test_two_at_once_take_each_row_once():
    rows = sorted(row(unit()).id for _ in range(4))
    threads = [threading.Thread(target=lambda: (follow.refresh(), connections.close_all())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert ids(follow.current()) == rows


def test_a_later_request_is_a_candidate_once_its_turns_are_measured():
    made = make.make_ending()
    held = CandidateTurn.objects.get(unit__branch=made.branch)
    assert held.asked
    assert held.ended
    assert held.at_turn == made.at_turn
    assert held.warned_at == 5
    assert held.redirections == 2
    assert timezone.now() - held.created_at < timedelta(minutes=1)
