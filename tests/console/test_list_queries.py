"""What lists ask of the database: as much for a long history as for a short one."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from moderation.models import Review
from moderation.states import ReviewState, Round
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def history(ground, reviewer):
    """One review that waits, behind many that are decided and were due before it."""
    waiting = make.make_review()
    past = timezone.now() - timedelta(days=30)
    facts = {"unit": waiting.unit, "surface": waiting.surface, "lane": waiting.lane, "round": Round.OWED, "state": ReviewState.DECIDED}
    Review.objects.bulk_create(Review(**facts, reviewer=reviewer, due_at=past - timedelta(minutes=n)) for n in range(3_000))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE moderation_review")
    return waiting


def asked(client, path):
    with CaptureQueriesContext(connection) as seen:
        assert client.get(path).status_code == 200
    return [query["sql"] for query in seen if "moderation_review" in query["sql"]]


def plan(query):
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {query}")
        return "\n".join(line for (line,) in cursor.fetchall())


def test_the_queue_is_read_past_its_history(history, client_of, senior):
    [page] = [query for query in asked(client_of(senior), "/reviews/") if "LIMIT 51" in query]
    assert "review_unfinished" in plan(page)


def test_the_queue_is_counted_past_its_history(history, client_of, senior):
    [count] = [query for query in asked(client_of(senior), "/reviews/") if "LIMIT 10001" in query]
    assert "review_unfinished" in plan(count)
    assert "turn_count" not in count, "what a row tells is asked for each row that is counted"
    assert "moderation_enrichment" not in count


def test_the_count_is_right(history, client_of, senior):
    assert client_of(senior).get("/reviews/").context["count"] == 1
    assert client_of(senior).get("/reviews/?state=decided").context["count"] == 3_000
