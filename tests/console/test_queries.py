"""No page asks the database more often because there is more to show."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from moderation.actions.quarantine import quarantine_event
from moderation.models import Review
from moderation.states import ReviewState
from tests import make

pytestmark = pytest.mark.django_db

MOST_AT_FIRST, MOST_FOR_NEXT = 23, 20
"""Statements of one `n`, the two that begin and end its transaction among them; they were 41. Who comes for the first time gets a desk."""

LISTS = {
    "/reviews/": "senior",
    "/reviews/?lane=urgent": "reviewer",
    "/endings/": "senior",
    "/endings/refused/": "compliance",
    "/endings/refused/facets/": "compliance",
    "/endings/continued/": "compliance",
    "/endings/continued/facets/": "compliance",
    "/quality/": "senior",
    "/calibration/": "senior",
    "/reviews/bulk/": "senior",
    "/api/v1/bulk/": "senior",
    "/api/v1/rooms/": "senior",
    "/quality/me/": "senior",
    "/feedback/": "senior",
    "/appeals/": "senior",
    "/replies/": "senior",
    "/api/v1/appeals/": "senior",
    "/api/v1/replies/": "senior",
    "/audit/": "senior",
    "/policies/": "senior",
    "/promises/": "senior",
    "/sampling/": "senior",
    "/sampling/allocation/": "senior",
    "/monitoring/": "senior",
    "/classifiers/": "senior",
    "/lineages/": "senior",
    "/": "senior",
    "/exports/": "compliance",
    "/exports/transparency/": "compliance",
    "/erasure/": "compliance",
    "/erasure/holds/": "compliance",
    "/erasure/retention/": "compliance",
    "/readings/": "compliance",
    "/readings/openings/": "compliance",
    "/api/v1/openings/": "compliance",
    "/api/v1/reading-alarms/": "compliance",
    "/api/v1/erasures/": "compliance",
    "/api/v1/holds/": "compliance",
    "/work/": "operator",
    "/quarantine/": "operator",
    "/surfaces/": "operator",
    "/alarms/": "operator",
    "/unjoined/": "operator",
    "/people/": "operator",
    "/api/v1/people/": "operator",
    "/api/v1/endings/": "senior",
    "/api/v1/refused/": "compliance",
    "/api/v1/continued/": "compliance",
    "/api/v1/reviews/": "senior",
    "/api/v1/feedback/": "senior",
    "/api/v1/policies/": "senior",
    "/api/v1/sampling/": "senior",
    "/api/v1/sampling/changes/": "senior",
    "/api/v1/monitoring/": "senior",
    "/campaigns/": "policy_owner",
    "/api/v1/campaigns/": "policy_owner",
    "/api/v1/lineages/": "senior",
    "/api/v1/lineages/rates/": "senior",
    "/api/v1/audit/": "senior",
    "/api/v1/quarantine/": "operator",
    "/api/v1/surfaces/": "operator",
    "/api/v1/alarms/": "operator",
    "/api/v1/unjoined/": "operator",
}


def queries(client, path):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def fill():
    make.make_person("auditor")
    event = make.ended()
    make.send(event)
    make.send(make.about("feedback.given", event, thumbs="down", text="no"))
    make.make_reply()
    make.send(make.about("appeal.filed", event, text="again"))
    make.send(make.about("message.accepted", event))
    make.send(make.about("message.accepted", make.ended()))
    make.send(make.ended(allowed=False))
    make.send(make.continued())
    quarantine_event(b"{}", make.make_surface(), problem="invalid", field="data", detail="is missing", auth="test")
    make.send(make.started(event, make.LADDER[0], minutes=2))
    make.judge_all()
    make.link()


def test_a_list_asks_the_same_for_two_rows_as_for_eight(ground, client_of):
    clients = {role: client_of(make.make_person(role)) for role in sorted(set(LISTS.values()))}
    for _ in range(2):
        fill()
    for path, role in LISTS.items():
        clients[role].get(path)
    few = {path: queries(clients[role], path) for path, role in LISTS.items()}
    for _ in range(6):
        fill()
    many = {path: queries(clients[role], path) for path, role in LISTS.items()}
    assert {path: (few[path], asked) for path, asked in many.items() if asked > few[path]} == {}


def test_an_ending_asks_the_same_for_a_long_transcript(ground, client_of, senior):
    client = client_of(senior)
    short = make.make_ending()
    long = make.make_ending(*(make.LADDER * 10))
    for ending in (short, long):
        client.post(f"/endings/{ending.public_id}/open/", {"purpose": "quality"})
    counts = [queries(client, f"/endings/{ending.public_id}/") for ending in (short, long)]
    assert counts[1] <= counts[0] + 1


def test_the_next_item_asks_no_more_than_it_has_to(ground, client_of, reviewer):
    client = client_of(reviewer)
    for _ in range(3):
        make.make_ending()
    first, second = (_next_item(client) for _ in range(2))
    assert (len(first), len(second)) == (MOST_AT_FIRST, MOST_FOR_NEXT), "\n".join(second)
    assert sum("moderation_goldenitem" in sql for sql in second) == 2  # what may be served at all, then the one that is


def _next_item(client):
    """Return the statements of one press of `n`; what it brought waits behind all others then."""
    with CaptureQueriesContext(connection) as captured:
        page = client.post("/reviews/next/", headers={"HX-Request": "true"})
    assert page.context["turns"]
    held = Review.objects.filter(pk=page.context["review"].pk)
    held.update(state=ReviewState.OPEN, reviewer=None, due_at=timezone.now() + timedelta(days=30))
    return [one["sql"] for one in captured]
