"""Transcripts as people have them, over HTTP: taken like events, refused by name, kept and replayed in their own shape."""

import base64
import json
import re
import time
from pathlib import Path
from uuid import uuid4

import pytest
from django.test import Client

from console.api.signatures import sign
from conversations.models import ControlSample, ConversationEnd, Quarantined, ReceivedEvent
from moderation.actions.quarantine import replay_event
from moderation.audit.keys import verify_receipt
from tests import make

pytestmark = pytest.mark.django_db
JSON, LINES = "application/json", "application/x-ndjson"
DOCUMENT = (Path(__file__).parents[2] / "docs/formats.md").read_text()
HEADINGS = {"anthropic-messages": "Anthropic Messages", "openai-chat": "OpenAI chat completions", "sharegpt": "ShareGPT"}
AT = "at=2026-01-05T10:00:00Z"


def example(shape):
    """Return the example of a shape as it stands in the document."""
    title = HEADINGS.get(shape, "Session logs")
    return re.search(rf"## {title}\n.*?```json\n(.*?)```", DOCUMENT, re.DOTALL)[1].encode()


@pytest.fixture
def key(ground):
    return make.make_key()


@pytest.fixture
def post(key):
    def send(raw, query, media=JSON, message=None):
        message, now = message or f"msg-{uuid4().hex}", int(time.time())
        secret = base64.b64decode(key.signing_secret.removeprefix("whsec_"))
        headers = {
            "Authorization": f"Bearer {key.api_key}",
            "webhook-id": message,
            "webhook-timestamp": str(now),
            "webhook-signature": sign(secret, message, now, raw),
        }
        return Client().post(f"/api/v1/events?{query}", raw, content_type=media, headers=headers)

    return send


def results(answer):
    if answer.streaming:
        return [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]
    return answer.json()["results"]


@pytest.mark.parametrize("shape", HEADINGS)
def test_the_documents_examples_are_taken_with_receipts(post, shape):
    answer = post(example(shape), f"format={shape}&{AT}")
    assert answer.status_code == 200
    [result] = results(answer)
    assert result["status"] == "accepted"
    assert all(verify_receipt(event["receipt"]) for event in result["events"])
    ending = ConversationEnd.objects.get()
    assert ending.surface.source == make.WEB
    assert ending.public_id


def test_a_session_log_is_one_conversation_in_lines(post):
    [result] = results(post(example("session-log"), "format=session-log", LINES))
    assert result["status"] == "accepted"
    assert len(result["events"]) == 2
    assert ConversationEnd.objects.get().reason == "persistent_abuse"
    assert post(example("session-log"), "format=session-log", JSON).status_code == 415


def compact(shape):
    return json.dumps(json.loads(example(shape)))


def test_an_array_and_lines_hold_many_and_one_bad_one_loses_no_other(post):
    good, other = compact("anthropic-messages"), compact("anthropic-messages").replace("chat-17", "chat-99")
    bad = json.dumps({"id": "chat-98", "messages": [{"role": "narrator", "content": "once"}]})
    array = results(post(f"[{good}, {bad}]".encode(), "format=anthropic-messages"))
    assert [one["status"] for one in array] == ["accepted", "invalid"]
    assert array[1]["field"]
    lines = results(post(f"{bad}\n{good}\n{other}\n".encode(), "format=anthropic-messages", LINES))
    assert [one["status"] for one in lines] == ["invalid", "duplicate", "accepted"]
    assert [one["index"] for one in lines] == [0, 1, 2]
    assert Quarantined.objects.count() == 2


@pytest.mark.parametrize("media", [JSON, LINES])
def test_a_transcript_that_is_too_long_loses_no_other_but_a_session_log_may_have_any_length(post, settings, media):
    good, long = compact("anthropic-messages"), json.dumps({"id": "chat-98", "messages": [{"role": "user", "content": "x" * 5000}]})
    settings.EVENT_MAX_UNPACKED = 5000
    raw = f"[{long}, {good}]" if media == JSON else f"{long}\n{good}\n"
    first, second = results(post(raw.encode(), "format=anthropic-messages", media))
    assert (first["status"], first["problem"], first["field"]) == ("invalid", "too-large", "transcript")
    assert second["status"] == "accepted"
    assert not Quarantined.objects.exists()
    settings.EVENT_MAX_UNPACKED = len(example("session-log")) // 2
    [log] = results(post(example("session-log"), "format=session-log", LINES))
    assert log["status"] == "accepted"


def test_an_array_has_no_more_transcripts_than_a_batch_events(post, settings):
    settings.EVENT_MAX_BATCH = 2
    good = compact("anthropic-messages")
    assert len(results(post(f"[{good}, {good}]".encode(), "format=anthropic-messages"))) == 2
    assert post(f"[{good}, {good}, {good}]".encode(), "format=anthropic-messages").status_code == 413


def test_an_array_of_messages_is_one_conversation(post):
    said = json.loads(example("anthropic-messages"))["messages"]
    [result] = results(post(json.dumps(said).encode(), f"format=anthropic-messages&{AT}"))
    assert result["status"] == "accepted"
    assert any(part.startswith("user: not in it") for part in result["unknown"])


def test_what_is_not_understood_is_named_and_never_quoted(post):
    told = json.loads(example("anthropic-messages")) | {"mood": "SECRET"}
    [result] = results(post(json.dumps(told).encode(), "format=anthropic-messages"))
    assert any("mood" in part for part in result["unknown"])
    assert "SECRET" not in json.dumps(result)


def test_the_same_request_gets_the_same_answer(post):
    first, second = (post(example("sharegpt"), f"format=sharegpt&{AT}", message="m") for _ in range(2))
    assert first.content == second.content
    assert second["Idempotent-Replayed"] == "true"
    assert post(example("sharegpt"), f"format=anthropic-messages&{AT}", message="m").status_code == 422
    [again] = results(post(example("sharegpt"), f"format=sharegpt&{AT}"))
    assert again["status"] == "duplicate"


@pytest.mark.parametrize(
    ("body", "query", "problem"),
    [
        (b"{", AT, "malformed"),
        (b"[]", AT, "invalid"),
        (b"[1, 2", AT, "malformed"),
        (b'[{"a": 1, "a": 2}]', AT, "malformed"),
        (b"\xff\xfe", AT, "malformed"),
        (json.dumps({"conversations": [{"from": "human", "value": "Hi."}, {"from": "gpt", "value": "Hello."}]}).encode(), AT, "no-end"),
        (example("sharegpt"), "", "no-time"),
    ],
)
def test_a_refused_transcript_is_named_and_kept_in_its_shape(post, body, query, problem):
    [result] = results(post(body, f"format=sharegpt&{query}"))
    assert (result["status"], result["problem"]) == ("invalid", problem)
    kept = Quarantined.objects.get()
    assert (kept.shape, kept.problem) == ("sharegpt", problem)
    assert kept.body() in body or kept.body() == body
    assert not ReceivedEvent.objects.exists()


def test_a_kept_transcript_is_corrected_and_replayed_in_its_shape(post, operator, client_of):
    post(b'{"id": "chat-19", "conversations": []}', f"format=sharegpt&{AT}")
    kept = Quarantined.objects.get()
    assert b"sharegpt" in client_of(operator).get(f"/quarantine/{kept.public_id}/").content
    tried = replay_event(kept, actor=operator, body=example("sharegpt"))
    assert not tried.problem
    kept.refresh_from_db()
    assert kept.became.type == "conversation.ended"
    assert ConversationEnd.objects.count() == 1


def test_of_a_replayed_transcript_all_events_are_taken_or_none(post, operator):
    log = example("session-log")
    post(b'{"type": "nothing"}', "format=session-log", LINES)
    [result] = results(post(log, "format=session-log", LINES))
    grown = log.replace(b"Find the bug.", b"Find the flaw.")
    tried = replay_event(Quarantined.objects.get(), actor=operator, body=grown)
    assert tried.problem == "conflict"
    assert ReceivedEvent.objects.count() == len(result["events"])


def test_a_sample_says_at_which_rate_it_was_drawn(post):
    went_on = json.dumps({"conversations": [{"from": "human", "value": "Hi."}, {"from": "gpt", "value": "Hello."}]}).encode()
    [result] = results(post(went_on, f"format=sharegpt&{AT}&sampling_rate=0.01"))
    assert result["status"] == "accepted"
    assert ControlSample.objects.get().sampling_rate == "0.01"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("format=smoke-signals", "format"),
        ("format=sharegpt&at=yesterday", "at"),
        ("format=sharegpt&at=2026-01-05T10:00:00", "at"),
        ("format=sharegpt&sampling_rate=2", "sampling_rate"),
        ("format=sharegpt&sampling_rate=0", "sampling_rate"),
        ("format=sharegpt&sampling_rate=0.000", "sampling_rate"),
    ],
)
def test_a_parameter_that_cannot_be_read_is_named(post, query, field):
    answer = post(example("sharegpt"), query)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert not Quarantined.objects.exists()


def test_other_media_are_refused_and_events_are_still_events(post):
    assert post(b"x", "format=sharegpt", "text/plain").status_code == 415
    assert post(json.dumps(make.ended()).encode(), "format=cloudevents", "application/cloudevents+json").status_code == 202
