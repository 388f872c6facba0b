"""Many events at once: batches and lines, plain and packed; each answered in order, none lost to another."""

import base64
import gzip
import itertools
import json
import time
import tracemalloc
from uuid import uuid4

import pytest
import zstandard
from django.test import Client

from console.api.bodies import lines
from console.api.signatures import sign
from conversations.models import ConversationEnd, Quarantined, ReceivedEvent, Transcript, TurnedAway
from moderation import work
from moderation.actions.quarantine import replay_event
from moderation.audit.keys import verify_receipt
from moderation.models import AuditEntry, WorkItem
from tests import make, sender

pytestmark = pytest.mark.django_db
BATCH, LINES = "application/cloudevents-batch+json", "application/x-ndjson"


@pytest.fixture
def post(ground):
    key = make.make_key()

    def send(raw, media, encoding=None):
        message, now = f"msg-{uuid4().hex}", int(time.time())
        secret = base64.b64decode(key.signing_secret.removeprefix("whsec_"))
        headers = {
            "Authorization": f"Bearer {key.api_key}",
            "webhook-id": message,
            "webhook-timestamp": str(now),
            "webhook-signature": sign(secret, message, now, raw),
        } | ({"Content-Encoding": encoding} if encoding else {})
        return Client().post("/api/v1/events", raw, content_type=media, headers=headers)

    return send


def as_lines(events):
    return b"".join((one if isinstance(one, bytes) else json.dumps(one).encode()) + b"\n" for one in events)


def results(answer):
    assert answer.status_code == 200
    if answer["Content-Type"] == LINES:
        return [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]
    return answer.json()["results"]


PACKED = {None: lambda raw: raw, "gzip": gzip.compress, "zstd": zstandard.compress}


@pytest.mark.parametrize("encoding", PACKED)
def test_lines_plain_and_packed(post, encoding):
    events = [make.ended() for _ in range(5)]
    given = results(post(PACKED[encoding](as_lines(events)), LINES, encoding))
    assert [one["status"] for one in given] == ["accepted"] * 5
    assert [one["receipt"]["event_id"] for one in given] == [event["id"] for event in events]
    assert all(verify_receipt(one["receipt"]) for one in given)
    assert ConversationEnd.objects.count() == WorkItem.objects.count() == 5


def test_a_batch(post):
    events = [make.ended(), make.continued()]
    given = results(post(json.dumps(events).encode(), BATCH))
    assert [one["status"] for one in given] == ["accepted", "accepted"]


@pytest.mark.parametrize("media", [BATCH, LINES])
def test_one_bad_event_loses_no_neighbour(post, media):
    first, last = make.ended(), make.ended()
    bad = make.ended(at_turn="nine")
    changed = first | {"time": last["time"]}
    events = [first, bad, first, changed, {"no": "event"}, last]
    raw = as_lines(events) if media == LINES else json.dumps(events).encode()
    given = results(post(raw, media))
    assert [one["status"] for one in given] == ["accepted", "invalid", "duplicate", "conflict", "invalid", "accepted"]
    assert [one["index"] for one in given] == list(range(6))
    assert given[1]["field"] == "data.ending.at_turn"
    assert given[2]["receipt"] == given[0]["receipt"]
    assert Quarantined.objects.count() == 3
    assert ReceivedEvent.objects.count() == 2


def test_an_event_and_what_is_about_it_in_one_batch_in_any_order(post):
    event = make.ended()
    events = [make.about("feedback.given", event, thumbs="down", text="no"), event, make.about("message.accepted", event)]
    assert {one["status"] for one in results(post(as_lines(events), LINES))} == {"accepted"}
    ending = ConversationEnd.objects.get()
    assert (ending.branch.feedbacks.count(), ending.branch.messagesignals.count()) == (1, 1)


def test_two_ends_of_one_branch_in_one_batch(post):
    event = make.ended()
    given = results(post(as_lines([event, event | {"id": "another"}]), LINES))
    assert [one["status"] for one in given] == ["accepted", "invalid"]
    assert given[1]["problem"] == "already-ended"
    assert Transcript.objects.count() == 1


def test_blank_lines_and_a_last_line_without_its_end(post):
    raw = b"\n\n" + as_lines([make.ended()]) + b"\n  \n" + json.dumps(make.ended()).encode()
    assert len(results(post(raw, LINES))) == 2


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_a_cut_stream_keeps_what_was_answered_and_says_where_it_stopped(post, encoding):
    events = [make.ended() for _ in range(3)]
    packed = PACKED[encoding](as_lines(events) + b" " * 2_000_000)
    given = results(post(packed[: len(packed) - 8], LINES, encoding))
    assert given[-1]["status"] == "stopped"
    assert given[-1]["problem"] == "malformed"
    stored = sum(one["status"] == "accepted" for one in given)
    assert ConversationEnd.objects.count() == stored
    again = results(post(as_lines(events), LINES))
    assert [one["status"] for one in again] == ["duplicate"] * stored + ["accepted"] * (3 - stored)


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_nonsense_that_calls_itself_packed(post, encoding):
    given = results(post(b"this is not packed at all", LINES, encoding))
    assert [one["problem"] for one in given] == ["malformed"]
    assert post(b"this is not packed at all", "application/cloudevents+json", encoding).status_code == 400


@pytest.mark.parametrize("encoding", PACKED)
@pytest.mark.parametrize("media", [BATCH, LINES])
def test_an_event_that_is_too_long_loses_no_neighbour_and_is_not_kept(post, settings, media, encoding):
    settings.EVENT_MAX_UNPACKED = 4000
    long = make.ended()
    long["data"]["transcript"][0]["content"] = "x" * 4000
    events = [make.ended(), long, make.ended()]
    raw = as_lines(events) if media == LINES else json.dumps(events).encode()
    given = results(post(PACKED[encoding](raw), media, encoding))
    assert [one["status"] for one in given] == ["accepted", "invalid", "accepted"]
    assert [one["index"] for one in given] == [0, 1, 2]
    assert (given[1]["problem"], given[1]["field"]) == ("too-large", "event")
    assert not Quarantined.objects.exists()
    [refused] = AuditEntry.objects.filter(action="event.refused")
    assert refused.entry["codes"] == {"problem": "too-large"}


def test_the_longest_event_and_one_byte_more(post, settings):
    event = json.dumps(make.ended()).encode()
    settings.EVENT_MAX_UNPACKED = len(event)
    given = results(post(event + b"\n" + event + b" \n" + event, LINES))
    assert [one["status"] for one in given] == ["accepted", "invalid", "duplicate"]


@pytest.mark.parametrize("size", [1, 7, 64, 1000])
def test_lines_come_out_the_same_however_the_body_is_cut(settings, size):
    settings.EVENT_MAX_UNPACKED = 20
    body = b"short\n\n" + b"l" * 300 + b"\r\n  \n" + b"e" * 20 + b"\n" + b"f" * 21 + b"\nlast"
    pieces = (body[start : start + size] for start in range(0, len(body), size))
    assert list(lines(pieces)) == [b"short", b"l" * 21, b"e" * 20, b"f" * 21, b"last"]


def test_a_line_without_end_is_passed_over_in_the_memory_of_one_event(settings):
    settings.EVENT_MAX_UNPACKED = 1024 * 1024
    piece = b"x" * 256 * 1024
    tracemalloc.start()
    [first, last] = lines(itertools.chain(itertools.repeat(piece, 2000), [b"\nlast"]))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (len(first), last) == (1024 * 1024 + 1, b"last")
    assert peak < 5 * 1024 * 1024  # of 500 MiB


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_a_bomb_is_refused_while_it_unpacks(post, encoding):
    bomb = PACKED[encoding](b"x" * 200_000_000)
    assert len(bomb) < 400_000
    given = results(post(bomb, LINES, encoding))
    assert [one["problem"] for one in given] == ["too-large"]
    assert post(bomb, "application/cloudevents+json", encoding).status_code == 413
    assert post(bomb, BATCH, encoding).status_code == 413


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
@pytest.mark.parametrize("part", [b"1\n", b"\n", b"[]\n \n", b"{}\r\n"])
def test_a_bomb_of_small_lines_is_refused_before_they_are_taken(post, settings, encoding, part):
    settings.EVENT_MAX_UNPACKED, settings.STREAM_MAX_RATIO = 10_000, 20
    bomb = PACKED[encoding](part * 100_000)
    given = results(post(bomb, LINES, encoding))
    assert [(one["status"], one["problem"]) for one in given] == [("stopped", "too-large")]
    assert "20 times" in given[0]["detail"]
    assert not Quarantined.objects.exists()


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_what_came_before_a_bomb_is_taken(post, settings, encoding):
    settings.EVENT_MAX_UNPACKED = 100_000
    good = [make.ended() for _ in range(3)]
    given = results(post(PACKED[encoding](as_lines(good)) + PACKED[encoding](b"\n" * 30_000_000), LINES, encoding))
    assert [one["status"] for one in given] == ["accepted"] * 3 + ["stopped"]
    assert (given[3]["index"], given[3]["problem"]) == (3, "too-large")


@pytest.mark.parametrize("encoding", PACKED)
def test_what_packs_well_is_no_bomb(post, settings, encoding):
    settings.EVENT_MAX_UNPACKED = 1_000_000
    events = [make.ended() for _ in range(3)]
    for event in events:
        event["data"]["transcript"][0]["content"] = "no " * 10_000
    assert len(results(post(PACKED[encoding](as_lines(events)), LINES, encoding))) == 3


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_a_batch_of_millions_is_refused_before_it_is_decoded(post, settings, encoding, monkeypatch):
    bomb = PACKED[encoding](b"[" + b"1," * 5_000_000 + b"1]")
    answer = post(bomb, BATCH, encoding)
    assert (answer.status_code, answer.json()["type"]) == (413, "urn:recourse:problem:too-large")
    assert "100 times" in answer.json()["detail"]
    settings.STREAM_MAX_RATIO = 1_000_000
    monkeypatch.setattr("console.api.answers.msgspec", None)
    answer = post(bomb, BATCH, encoding)
    assert (answer.status_code, answer.json()["type"]) == (413, "urn:recourse:problem:too-large")
    assert "10000 items" in answer.json()["detail"]


def test_as_many_events_as_a_batch_may_have_and_one_more(post, settings):
    settings.EVENT_MAX_BATCH = 3
    events = [make.ended() for _ in range(4)]
    assert len(results(post(json.dumps(events[:3]).encode(), BATCH))) == 3
    assert post(json.dumps(events).encode(), BATCH).status_code == 413
    assert len(results(post(as_lines(events), LINES))) == 4


def test_other_encodings_and_bodies_that_are_no_batch(post):
    assert post(b"[]", BATCH, "br").status_code == 415
    for raw in (b"{}", b"[", b" ", b"[" * 100_000):
        assert post(raw, BATCH).status_code == 400
    assert results(post(b"[]", BATCH)) == []


def test_a_body_that_is_no_batch_is_kept_with_its_reason_once(ground):
    key, raw = make.make_key(), b'{"user": "u-1", "text": "SECRET"}'
    given = [sender.post(key, raw, BATCH, **{"Idempotency-Key": "one"}) for _ in range(2)]
    for answer in given:
        assert (answer.status_code, answer.json()["field"]) == (400, "batch")
    assert given[1]["Idempotent-Replayed"] == "true"
    assert b"SECRET" not in given[0].content
    kept = Quarantined.objects.get()
    assert (kept.problem, kept.fields, kept.shape, kept.body()) == ("malformed", ["batch"], "cloudevents-batch", raw)
    assert not TurnedAway.objects.exists()
    assert AuditEntry.objects.about("quarantined", kept.public_id).get().action == "event.quarantined"


def test_a_corrected_batch_is_taken_whole_or_not_at_all(ground, operator):
    sender.post(make.make_key(), b"[", BATCH)
    kept, first = Quarantined.objects.get(), make.ended()
    for body, field in ((b"[", "batch"), (b"[]", "batch"), (json.dumps([first, {}]).encode(), "specversion")):
        tried = replay_event(kept, actor=operator, body=body)
        assert (tried.problem != "", tried.fields) == (True, [field])
        assert not ReceivedEvent.objects.exists()
    assert replay_event(kept, actor=operator, body=json.dumps([first, make.ended()]).encode()).problem == ""
    kept.refresh_from_db()
    assert (kept.state, kept.became.event_id, ReceivedEvent.objects.count()) == ("replayed", first["id"], 2)


def test_too_much_waiting_work_turns_senders_away(post, settings):
    settings.WORK_MAX_DEPTH = 0
    assert len(results(post(as_lines([make.ended()]), LINES))) == 1
    work.counted.cache_clear()  # a second later
    answer = post(as_lines([make.ended()]), LINES)
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert ConversationEnd.objects.count() == 1
