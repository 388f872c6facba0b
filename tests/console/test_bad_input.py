"""What senders and strangers get wrong at the event door: refused by name, or stored to the letter; never an error of ours."""

import gzip
import io
import json
from datetime import timedelta

import pytest
import zstandard
from django.test import Client, RequestFactory
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from console.api.bodies import Received, Unreadable, lines, unpacked, whole
from console.requests import Handler, Request
from conversations.adapters.cloudevents import Invalid, read
from conversations.models import ConversationEnd, Quarantined, ReceivedEvent
from moderation.actions.batches import accept_batch
from tests import make
from tests.fuzzing import tries
from tests.sender import BATCH, LINES, SINGLE, post, results, signed

pytestmark = pytest.mark.fuzz
PACK = {"gzip": gzip.compress, "zstd": zstandard.compress}
REFUSED = {400, 401, 409, 411, 413, 415, 422}


@pytest.fixture
def key(ground):
    return make.make_key()


def body(raw, encoding=""):
    return unpacked(Received(io.BytesIO(raw), len(raw), []), encoding)


@pytest.mark.parametrize("encoding", PACK)
def test_a_packed_body_cut_at_any_byte_is_unreadable(encoding):
    packed = PACK[encoding](json.dumps(make.ended()).encode())
    assert whole(body(packed, encoding), 1_000_000)
    for cut in range(len(packed)):
        with pytest.raises(Unreadable):
            whole(body(packed[:cut], encoding), 1_000_000)


@pytest.mark.parametrize("encoding", PACK)
@tries(100)
@given(place=st.integers(0, 10_000), bit=st.integers(0, 7), said=st.binary(max_size=2_000))
def test_a_packed_body_with_a_bit_turned_is_itself_or_unreadable(encoding, place, bit, said):
    packed = bytearray(zstandard.ZstdCompressor(write_checksum=True).compress(said) if encoding == "zstd" else PACK[encoding](said))
    packed[place % len(packed)] ^= 1 << bit
    try:
        found = whole(body(bytes(packed), encoding), 1_000_000)
    except Unreadable:
        return
    assert found == said


@tries(200)
@given(
    rows=st.lists(st.binary(max_size=30).filter(lambda row: b"\n" not in row), max_size=8), cuts=st.lists(st.integers(1, 40), max_size=12)
)
def test_lines_are_the_same_however_the_body_comes_in_pieces(rows, cuts):
    text, pieces, start = b"\n".join(rows), [], 0
    for cut in [*cuts, len(text) + 1]:
        pieces.append(text[start : start + cut])
        start += cut
    assert list(lines(iter(pieces))) == [row for row in rows if row.strip()]


@tries(300)
@given(place=st.integers(0, 100_000), put=st.binary(min_size=1, max_size=6))
def test_an_event_with_any_bytes_put_into_it_is_read_or_refused_by_name(place, put):
    raw = json.dumps(make.ended(id="e", conversation=make.a_conversation(id="c"))).encode()
    place %= len(raw)
    refusal = None
    try:
        read(raw[:place] + put + raw[place:])
    except Invalid as error:
        refusal = error
    assert refusal is None or (refusal.field and refusal.reason)


def said(content):
    """Return the JSON of an ending whose first turn holds JSON text as it is given here."""
    return json.dumps(make.ended(("user", "CONTENT"), ("assistant", "I end this."))).replace('"CONTENT"', content)


BAD = {
    "nothing": (b"", 400, "event"),
    "blanks": (b" \n ", 400, "event"),
    "UTF-16": (json.dumps(make.ended()).encode("utf-16"), 400, "event"),
    "UTF-32": (json.dumps(make.ended()).encode("utf-32-le"), 400, "event"),
    "a byte order mark": (b"\xef\xbb\xbf" + json.dumps(make.ended()).encode(), 400, "event"),
    "Latin-1": (said('"caf\xe9"').encode("latin-1"), 400, "event"),
    "a raw NUL": (said('"a\x00b"').encode(), 400, "event"),
    "an escaped lone surrogate": (said('"a\\ud800b"').encode(), 400, "data"),
    "two halves in the wrong order": (said('"\\udc00\\ud800"').encode(), 400, "data"),
    "the bytes of a lone surrogate": (said('"X"').encode().replace(b"X", b"\xed\xa0\x80"), 400, "event"),
    "an overlong NUL": (said('"X"').encode().replace(b"X", b"\xc0\x80"), 400, "event"),
    "a number as text": (json.dumps(make.ended(at_turn="1")).encode(), 422, "data.ending.at_turn"),
    "text as a number": (said("7").encode(), 422, "data.transcript[0].content"),
    "NaN": (said("NaN").encode(), 400, "event"),
    "Infinity": (said("-Infinity").encode(), 400, "event"),
    "a huge number": (said("1" * 5_000).encode(), 422, "data.transcript[0].content"),
    "a huge index": (json.dumps(make.ended(at_turn=10**30)).encode(), 422, "data.ending.at_turn"),
    "deep nesting": (said("[" * 50_000 + "]" * 50_000).encode(), 422, "event"),
    "a NUL in a name": (json.dumps(make.ended(id="a\u0000b")).encode(), 422, "id"),
    "an offset that is none": (json.dumps(make.ended(time="2026-01-01T00:00:00+24:00")).encode(), 422, "time"),
    "a time in the future": (json.dumps(make.ended(time=(timezone.now() + timedelta(hours=1)).isoformat())).encode(), 422, "time"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_body_is_refused_by_name_in_every_form(key, name):
    raw, status, field = BAD[name]
    answer = post(key, raw)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert answer.json()["field"].startswith(field) or status == 400
    neighbours = [json.dumps(make.ended()).encode() for _ in range(2)]
    if raw.strip() and b"\n" not in raw:
        given = results(post(key, b"\n".join([neighbours[0], raw, neighbours[1]]), LINES))
        assert [one["status"] for one in given] == ["accepted", "invalid", "accepted"]
    batch = post(key, b"[" + raw + b"]", BATCH)
    assert batch.status_code in {200, 400}
    assert not ReceivedEvent.objects.filter(event_id="a\ufffdb").exists()


TEXTS = [
    "NUL \u0000 within",
    "controls \u0001\u001f\u007f\u0085",
    "half-width \ufeff and \u200b\u2060",
    "\u202eturned round\u202c",
    "no characters \ufffe\uffff\U0010ffff",
    "a family \U0001f469\u200d\U0001f469\u200d\U0001f467",
    "line\u2028and paragraph\u2029",
    "<script>alert(1)</script> \" \\ ' {{ x }}",
]


@pytest.mark.parametrize("text", TEXTS)
def test_strange_text_is_stored_to_the_letter_and_shown(key, reviewer, client_of, text):
    event = make.ended(("user", text), ("assistant", "I end this."), at_turn=1)
    assert post(key, event).status_code == 202
    make.judge_all()
    ending = ConversationEnd.objects.get()
    assert ending.transcript.content().turns[0].content == text
    client = client_of(reviewer)
    assert client.post(f"/endings/{ending.public_id}/open/", {"purpose": "quality"}).status_code in {200, 302}
    page = client.get(f"/endings/{ending.public_id}/")
    assert page.status_code == 200
    assert b"<script>alert(1)" not in page.content


@pytest.mark.parametrize("offset", ["+15:59", "-15:59", "+16:00", "-23:59", "+23:59"])
def test_every_offset_that_a_time_may_have_is_taken(key, offset):
    then = f"2020-06-01T12:00:00{offset}"
    event = make.ended(time=then, conversation=make.a_conversation(started_at=then))
    events = [event, make.about("message.rejected", event, at=then)]
    events += [make.cloud("surface.volume", make.WEB, "v", then, hour=then, conversations=1), make.continued()]
    assert [post(key, one).status_code for one in events] == [202] * 4


def test_old_events_and_clocks_a_little_fast_are_taken(key):
    for time in ("1999-12-31T23:59:59Z", (timezone.now() + timedelta(minutes=5)).isoformat()):
        assert post(key, make.ended(time=time)).status_code == 202


def test_an_event_of_another_age_is_refused_by_name_but_not_from_a_file(key, settings):
    settings.EVENT_MAX_AGE_DAYS = 30
    old, new = ((timezone.now() - timedelta(days=days)).isoformat() for days in (31, 29))
    answer = post(key, make.ended(id="old", time=old))
    assert (answer.status_code, answer.json()["field"]) == (422, "time")
    assert answer.json()["detail"] == "time lies more than 30 days back: old events come in from a file."
    lines = b"\n".join(json.dumps(make.ended(time=time)).encode() for time in (old, new))
    assert [one["status"] for one in results(post(key, lines, LINES))] == ["invalid", "accepted"]
    kept = Quarantined.objects.first()
    assert (kept.problem, kept.fields) == ("invalid", ["time"])
    [taken] = accept_batch([kept.body()], kept.surface, auth="file")
    assert taken.status == "accepted"


def test_a_transcript_of_more_turns_than_allowed_is_refused_by_name(key, settings):
    settings.EVENT_MAX_TURNS = 3
    turns = [("user", "a"), ("assistant", "b"), ("user", "c"), ("assistant", "d")]
    assert post(key, make.ended(*turns[:2])).status_code == 202
    answer = post(key, make.ended(*turns))
    assert (answer.status_code, answer.json()["detail"]) == (422, "data.transcript has more than 3 turns.")


def nested(levels):
    """Return an event in which so many arrays and objects lie in each other, in a part of it that nobody reads."""
    event = make.ended()
    event["data"]["more"] = None
    for level in range(levels - 2):  # the event and its data are two
        event["data"]["more"] = [event["data"]["more"]] if level % 2 else {"text [[[{": event["data"]["more"]}
    return event


def test_an_event_may_be_as_deep_as_the_limit_says_and_no_deeper(key, settings):
    assert post(key, nested(32)).status_code == 202
    answer = post(key, nested(33))
    assert (answer.status_code, answer.json()["type"], answer.json()["field"]) == (422, "urn:recourse:problem:too-deep", "event")
    assert answer.json()["detail"] == "event goes deeper than 32 arrays and objects in each other."
    assert Quarantined.objects.get().problem == "too-deep"
    given = results(post(key, [nested(33), nested(32)], BATCH))
    assert [one["status"] for one in given] == ["invalid", "accepted"]
    settings.EVENT_MAX_DEPTH = 33
    assert post(key, nested(33)).status_code == 202


def test_brackets_that_were_said_are_not_depth(key):
    turns = [("user", '[{"' * 40), ("assistant", '\\" ' + "[" * 60)] * 20
    assert post(key, make.ended(*turns)).status_code == 202


@pytest.mark.parametrize("shape", ["openai-chat", "session-log"])
def test_a_transcript_that_is_too_deep_is_refused_by_name(key, shape):
    message = {"role": "user", "content": "hm", "more": json.loads("[" * 40 + "]" * 40)}
    lines = shape == "session-log"
    media, said = (LINES, message) if lines else ("application/json", {"messages": [message]})
    raw = json.dumps(said).encode()
    answer = Client().generic("POST", f"/api/v1/events?format={shape}&at=2026-01-05T10:00:00Z", raw, headers=signed(key, raw, media))
    [result] = results(answer)
    assert (result["status"], result["problem"], result["field"]) == ("invalid", "too-deep", "transcript")


REASONS = {
    "UTF-16": "is not UTF-8 from byte 0 of it on",
    "a byte order mark": "begins with a byte order mark: send UTF-8 without one",
    "Latin-1": "is not UTF-8 from byte",
    "an escaped lone surrogate": "holds half a character (a lone surrogate)",
    "two halves in the wrong order": "holds half a character (a lone surrogate)",
    "the bytes of a lone surrogate": "is not UTF-8 from byte",
    "nothing": "is not well-formed JSON: it breaks off",
    "NaN": "is not well-formed JSON from byte",
    "a raw NUL": "is not well-formed JSON from byte",
    "a number as text": "must be a whole number, not text",
    "text as a number": "must be text, not a whole number",
    "a NUL in a name": "holds characters that are not allowed",
}


@pytest.mark.parametrize("name", REASONS)
def test_a_refusal_says_what_is_wrong_in_words(key, name):
    answer = post(key, BAD[name][0]).json()
    assert answer["detail"].startswith(f"{answer['field']} {REASONS[name]}")


def test_of_two_keys_in_one_object_the_last_counts_and_the_bytes_are_kept(key):
    raw = said('"first","content":"second"').encode()
    first = post(key, raw)
    assert first.status_code == 202
    assert post(key, raw).json() == first.json()
    other = post(key, raw.replace(b'"first",', b'"other",'))
    assert other.status_code == 409


def test_empty_streams_and_batches(key):
    assert results(post(key, b"", LINES)) == []
    assert results(post(key, b"\n\n", LINES)) == []
    assert post(key, b"", BATCH).status_code == 400
    assert results(post(key, b"[]", BATCH)) == []


@pytest.mark.parametrize("encoding", ["gzip", "zstd", "br", "identity, gzip", "gzip, gzip", "\x00", "GZIP "])
def test_a_body_that_is_not_packed_as_it_says(key, encoding):
    answer = post(key, make.ended(), SINGLE, encoding)
    assert answer.status_code in {400, 415}
    assert not ReceivedEvent.objects.exists()
    assert not Quarantined.objects.filter(state="replayed").exists()


@pytest.mark.parametrize("charset", ["utf-16", "latin-1", "hex", "rot13", "undefined", "idna", "nothing", '"', "utf-8"])
def test_json_is_utf_8_whatever_charset_is_named(key, charset):
    media = f"application/cloudevents+json; charset={charset}"
    raw = json.dumps(make.ended(("user", "caf\u00e9"), ("assistant", "I end this."), at_turn=1), ensure_ascii=False).encode()
    for address in ("/api/v1/events", "/api/v1/events?format=cloudevents"):
        environ = RequestFactory().generic("POST", address, raw, headers=signed(key, raw)).environ
        answer = Handler().get_response(Request(environ | {"CONTENT_TYPE": media}))
        assert answer.status_code == 202
    assert ConversationEnd.objects.get().transcript.content().turns[0].content == "caf\u00e9"


LATIN = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=60)
HEADER = st.one_of(LATIN, st.text("v1a, =+/AZ.", max_size=60), st.integers().map(str))
NAMES = (
    "Authorization",
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
    "Content-Encoding",
    "Idempotency-Key",
    "Content-Type",
)


@tries(200, most=100_000)
@given(headers=st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, HEADER)), raw=st.binary(max_size=60), whole_key=st.booleans())
def test_no_header_and_no_body_makes_the_door_fall_over(key, headers, raw, whole_key):
    given = signed(key, raw) if whole_key else {"Content-Type": SINGLE}
    answer = Client().generic("POST", "/api/v1/events", raw, headers=given | headers)
    assert answer.status_code in REFUSED | {200}
    assert answer.status_code != 200 or whole_key
