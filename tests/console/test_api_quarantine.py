"""Quarantine in the API: metadata, replay, discard; never a body."""

import json

import pytest

from conversations.models import Quarantined
from moderation.actions.batches import accept_one
from tests import make

pytestmark = pytest.mark.django_db
LIST = "/api/v1/quarantine/"


@pytest.fixture
def event(ground):
    """An event that would be taken."""
    return make.ended()


@pytest.fixture
def kept(event):
    """That event without its time."""
    raw = json.dumps({name: value for name, value in event.items() if name != "time"}).encode()
    accept_one(raw, make.make_surface(), auth="test")
    return Quarantined.objects.get()


def post(client, path, data=None):
    return client.post(path, json.dumps(data or {}), content_type="application/json")


def test_it_lists_and_shows_metadata_and_no_body(client_of, operator, kept):
    client = client_of(operator)
    (row,) = client.get(LIST).json()["results"]
    assert row == client.get(f"{LIST}{kept.public_id}/").json()
    assert (row["id"], row["problem"], row["fields"], row["state"]) == (kept.public_id, "invalid", ["time"], "held")
    assert row["body_sha256"] == bytes(kept.body_sha256).hex()
    assert "bomb" not in json.dumps(row)


def test_it_counts_what_is_held_by_problem_and_by_surface(client_of, operator, auditor, reviewer, event, kept):
    other = make.make_surface("/surfaces/second")
    for surface in (make.make_surface(), other):
        accept_one(b"{", surface, auth="test")
    counts = client_of(auditor).get(f"{LIST}counts/").json()
    assert counts["by_problem"] == [{"problem": "malformed", "count": 2}, {"problem": "invalid", "count": 1}]
    assert counts["by_surface"] == [
        {"id": make.make_surface().public_id, "name": make.make_surface().name, "count": 2},
        {"id": other.public_id, "name": other.name, "count": 1},
    ]
    post(client_of(operator), f"{LIST}{kept.public_id}/discard/", {"reason": "test"})
    assert client_of(operator).get(f"{LIST}counts/").json()["by_problem"] == [{"problem": "malformed", "count": 2}]
    assert client_of(reviewer).get(f"{LIST}counts/").status_code == 403
    assert post(client_of(operator), f"{LIST}counts/").status_code == 405


def test_a_refused_replay_says_why(client_of, operator, kept):
    answer = post(client_of(operator), f"{LIST}{kept.public_id}/replay/")
    assert (answer.status_code, answer.json()["problem"], answer.json()["fields"]) == (422, "invalid", ["time"])


def test_a_corrected_body_is_taken(client_of, operator, event, kept):
    client = client_of(operator)
    answer = post(client, f"{LIST}{kept.public_id}/replay/", {"body": json.dumps(event)})
    assert (answer.status_code, answer.json()["problem"]) == (200, "")
    shown = client.get(f"{LIST}{kept.public_id}/").json()
    assert (shown["state"], shown["became"][:2]) == ("replayed", "N-")
    assert client.get(LIST).json()["results"] == []


def test_it_is_discarded_for_a_reason(client_of, operator, kept):
    client = client_of(operator)
    assert post(client, f"{LIST}{kept.public_id}/discard/", {"reason": "no"}).status_code == 422
    assert post(client, f"{LIST}{kept.public_id}/discard/", {"reason": "test"}).json()["state"] == "discarded"
    assert post(client, f"{LIST}{kept.public_id}/discard/", {"reason": "test"}).status_code == 409


@pytest.mark.parametrize("body", ['"\\u0000"', '"\\ud800"', "5.5", "[]", "{}", '""'])
def test_no_body_breaks_it(client_of, operator, kept, body):
    answer = client_of(operator).post(f"{LIST}{kept.public_id}/replay/", f'{{"body": {body}}}', content_type="application/json")
    assert answer.status_code == 422


def test_other_methods_roles_and_ids_are_refused(client_of, operator, auditor, reviewer, kept):
    for verb in ("replay", "discard"):
        path = f"{LIST}{kept.public_id}/{verb}/"
        assert client_of(operator).get(path).status_code == 405
        assert post(client_of(auditor), path, {"reason": "test"}).status_code == 403
        assert post(client_of(operator), f"{LIST}Z-00000000/{verb}/", {"reason": "test"}).status_code == 404
    assert client_of(auditor).get(f"{LIST}{kept.public_id}/").status_code == 200
    assert client_of(reviewer).get(LIST).status_code == 403
    assert client_of(operator).delete(f"{LIST}{kept.public_id}/").status_code == 405
