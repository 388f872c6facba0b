"""The sampling plan on its page, and the planner against the table of the method."""

import pytest
from django.utils import timezone

from moderation.sampling import plan_now, planned
from moderation.states import UnitKind
from tests import make

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("alpha", "unknown", "small"),
    [("0.05", (59, 93, 124, 153), 54), ("0.01", (299, 473, 628, 773), 196), ("0.001", (2_995, 4_742, 6_294, 7_752), 475)],
)
def test_the_planner_gives_the_numbers_of_the_method(alpha, unknown, small):
    found = planned(alpha, 500, 100, 0.0)
    assert tuple(one.unknown for one in found.needs) == unknown
    assert found.needs[0].sized == small
    assert found.needs[0].months == small / 100
    assert planned(alpha, 500, 500, 0.0).chance == 1.0


def test_the_plan_counts_what_was_drawn_and_read(ground, reviewer):
    make.make_ending()
    make.answer(make.make_review(), reviewer)
    found = plan_now(timezone.now())
    ended = found.frames[0]
    assert (ended.kind, ended.units, ended.rate, ended.drawn, ended.labelled) == (UnitKind.ENDED, 2, "1", 2, 1)
    assert (found.pace, found.asked, found.strain) == (1, 2.0, 2.0)
    assert found.ledgers[-1].units + found.ledgers[0].units == 2


def test_the_page_answers_and_says_where_it_cannot(ground, client_of, reviewer, outsider):
    client = client_of(reviewer)
    page = client.get("/sampling/", {"alpha": "0.001", "population": 500, "pace": 100, "true_rate": "0"}).content.decode()
    assert "2\u202f995 base-draw reviews without a failure" in page
    assert "475 of 500 endings" in page
    assert client.get("/sampling/", {"population": "many"}).status_code == 422
    assert "At this pace never" in client.get("/sampling/", {"pace": 0}).content.decode()
    assert client_of(outsider).get("/sampling/").status_code == 403


def test_before_the_first_plan_it_says_so(client_of, reviewer):
    assert "No plan" in client_of(reviewer).get("/sampling/").content.decode()
