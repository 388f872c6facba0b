"""The event door: what it takes, and how it refuses."""

import base64
import json
import time
from uuid import uuid4

import pytest
from django.test import Client

from console.api.signatures import sign
from conversations.models import ConversationEnd, Quarantined, ReceivedEvent, SurfaceKey, Transcript
from moderation.actions.surfaces import revoke_surface_key
from moderation.audit.keys import verify_receipt
from moderation.models import AuditEntry, WorkItem
from tests import make

pytestmark = pytest.mark.django_db
MEDIA = "application/cloudevents+json"


@pytest.fixture
def key(ground):
    return make.make_key()


@pytest.fixture
def post(key):
    """Return a function that posts a body as its surface would; headers given replace the right ones, None takes one away."""

    def send(body, content_type=MEDIA, **headers):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        message, now = f"msg-{uuid4().hex}", int(time.time())
        secret = base64.b64decode(key.signing_secret.removeprefix("whsec_"))
        good = {
            "Authorization": f"Bearer {key.api_key}",
            "webhook-id": message,
            "webhook-timestamp": str(now),
            "webhook-signature": sign(secret, message, now, raw),
        }
        kept = {name: value for name, value in (good | headers).items() if value is not None}
        return Client(raise_request_exception=True).post("/api/v1/events", raw, content_type=content_type, headers=kept)

    return send


def test_an_event_is_taken_with_a_receipt(post):
    answer = post(make.ended())
    assert answer.status_code == 202
    receipt = answer.json()
    assert verify_receipt(receipt)
    assert AuditEntry.objects.filter(pk=receipt["entry_id"]).exists()
    assert ConversationEnd.objects.count() == WorkItem.objects.count() == 1


def test_a_repeat_gets_the_first_answer(post):
    event = make.ended()
    first, second = post(event), post(event)
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json() == second.json()
    assert second["Idempotent-Replayed"] == "true"
    assert ReceivedEvent.objects.count() == 1


def test_the_same_id_with_another_body_is_a_conflict_and_both_are_kept(post):
    event = make.ended()
    post(event)
    answer = post(event | {"time": make.ended()["time"], "datacontenttype": "application/json"})
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:recourse:problem:conflict"
    assert Quarantined.objects.get().problem == "conflict"
    assert AuditEntry.objects.about("quarantined", Quarantined.objects.get().public_id).get().action == "event.conflicted"


def test_a_second_end_of_a_branch_is_a_conflict(post):
    event = make.ended()
    post(event)
    answer = post(event | {"id": "another"})
    assert (answer.status_code, answer.json()["field"]) == (409, "data.conversation.branch.id")
    assert Transcript.objects.count() == 1


@pytest.mark.parametrize(
    ("headers", "problem"),
    [
        ({"Authorization": None}, "unknown-key"),
        ({"Authorization": "Bearer"}, "unknown-key"),
        ({"Authorization": "Bearer wrong"}, "unknown-key"),
        ({"Authorization": "Basic abc"}, "unknown-key"),
        ({"Authorization": "Bearer \u00e4"}, "unknown-key"),
        ({"webhook-id": None}, "bad-signature"),
        ({"webhook-id": "other"}, "bad-signature"),
        ({"webhook-timestamp": None}, "bad-signature"),
        ({"webhook-timestamp": "soon"}, "bad-signature"),
        ({"webhook-timestamp": "-5"}, "bad-signature"),
        ({"webhook-timestamp": "1"}, "bad-signature"),
        ({"webhook-timestamp": "9" * 400}, "bad-signature"),
        ({"webhook-timestamp": "١٢٣"}, "bad-signature"),
        ({"webhook-signature": None}, "bad-signature"),
        ({"webhook-signature": ""}, "bad-signature"),
        ({"webhook-signature": "v1"}, "bad-signature"),
        ({"webhook-signature": "v1,"}, "bad-signature"),
        ({"webhook-signature": "v1,not base64"}, "bad-signature"),
        ({"webhook-signature": "v1,\u00fc"}, "bad-signature"),
        ({"webhook-signature": "v2,AAAA v9,BBBB ,, ,"}, "bad-signature"),
    ],
)
def test_a_stranger_is_turned_away_and_leaves_nothing(post, headers, problem):
    answer = post(make.ended(), **headers)
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["type"].endswith(problem)
    assert not Quarantined.objects.exists()
    assert not ReceivedEvent.objects.exists()


def test_a_revoked_key_opens_nothing(post, key):
    revoke_surface_key(key.key, actor=make.TESTS)
    assert post(make.ended()).status_code == 401


def test_one_good_signature_among_others_is_enough(post, key):
    event = json.dumps(make.ended()).encode()
    now = int(time.time())
    good = sign(base64.b64decode(key.signing_secret.removeprefix("whsec_")), "m", now, event)
    headers = {"webhook-id": "m", "webhook-timestamp": str(now), "webhook-signature": f"v1a,AAAA v1,AAAA {good}"}
    assert post(event, **headers).status_code == 202


def test_another_surfaces_source_is_refused(post):
    answer = post(make.ended(source="/surfaces/other"))
    assert (answer.status_code, answer.json()["field"]) == (403, "source")


def without(path):
    event = make.ended()
    place = event
    for step in path[:-1]:
        place = place[step]
    del place[path[-1]]
    return event


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (b"{", 400, "event"),
        (b"[1]", 422, "event"),
        (b"\xff\xfe\x00", 400, "event"),
        (without(["data", "transcript"]), 422, "data.transcript"),
        (without(["time"]), 422, "time"),
        (make.ended(at_turn="nine"), 422, "data.ending.at_turn"),
        (make.ended(("narrator", "once upon a time")), 422, "data.transcript[0].role"),
        (make.ended(time="2999-01-01T00:00:00Z"), 422, "time"),
    ],
)
def test_a_bad_event_of_a_genuine_sender_is_named_and_kept(post, body, status, field):
    answer = post(body)
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["field"] == field
    kept = Quarantined.objects.get()
    assert AuditEntry.objects.about("quarantined", kept.public_id).exists()
    assert not ReceivedEvent.objects.exists()
    assert not ConversationEnd.objects.exists()
    assert not WorkItem.objects.exists()


def test_a_body_of_ten_megabytes_is_refused(post):
    answer = post(b"x" * 10_000_000)
    assert (answer.status_code, answer.json()["type"]) == (413, "urn:recourse:problem:too-large")


def test_another_media_type_is_refused(post):
    assert post(make.ended(), content_type="application/json").status_code == 415


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_only_post(method):
    answer = getattr(Client(), method)("/api/v1/events")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")


def test_a_key_notes_when_it_was_used_and_never_shows_its_secret(post, key):
    assert post(make.ended()).status_code == 202
    stored = SurfaceKey.objects.get()
    assert stored.last_used_at is not None
    assert key.api_key.encode() not in bytes(stored.digest)
    assert base64.b64decode(key.signing_secret.removeprefix("whsec_")) not in bytes(stored.sealed_secret)


def test_controls_signals_volume_feedback_and_appeals_are_taken(post):
    event = make.ended()
    events = [
        event,
        make.continued(),
        make.about("message.rejected", event),
        make.about("message.accepted", event),
        make.about("feedback.given", event, thumbs="down", text="no", kind="disagree"),
        make.about("appeal.filed", event, text="again", contact="ref-1"),
        make.cloud("surface.volume", make.WEB, "v1", "2026-01-01T00:00:00Z", hour="2026-01-01T00:00:00Z", conversations=120),
        make.cloud("conversation.started", make.WEB, "s1", "2026-01-01T00:00:00Z", conversation=make.a_conversation()),
        make.cloud(
            "conversation.branched",
            make.WEB,
            "b1",
            "2026-01-01T00:00:00Z",
            conversation={**event["data"]["conversation"], "branch": {"id": "br-2", "parent_id": "br-1", "forked_at_turn": 2}},
        ),
    ]
    assert [post(one).status_code for one in events] == [202] * len(events)
    ending = ConversationEnd.objects.get()
    assert ending.branch.feedbacks.count() == ending.branch.appeals.count() == 1
    assert ending.branch.messagesignals.count() == 2
    assert ending.branch.conversation.branches.count() == 2
