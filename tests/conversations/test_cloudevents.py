"""Whatever is sent, the reader gives a valid event or names the field."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.adapters.cloudevents import Invalid, read, ten_thousandths
from tests import make


def changed(path, value):
    """Return a valid ending with one thing changed; the value `...` takes it away."""
    event = json.loads(json.dumps(make.ended()))
    *parents, last = path
    place = event
    for step in parents:
        place = place[step]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return json.dumps(event).encode()


def test_a_valid_ending_is_read():
    event = read(json.dumps(make.ended()).encode())
    assert event.type == "conversation.ended"
    assert event.data.ending.allowed
    assert event.time.tzinfo is not None


FAULTS = [
    (["specversion"], "0.3", "specversion"),
    (["type"], "conversation.paused", "type"),
    (["type"], ..., "type"),
    (["source"], "", "source"),
    (["id"], 7, "id"),
    (["id"], "a\u0000b", "id"),
    (["time"], "yesterday", "time"),
    (["time"], "2026-09-26T07:39:38", "time"),
    (["time"], "0001-01-01T00:00:00+23:59", "time"),
    (["data", "conversation", "started_at"], "9999-12-31T23:59:59-23:59", "data.conversation.started_at"),
    (["data", "transcript", 0, "at"], "0001-01-01T00:00:00+01:00", "data.transcript[0].at"),
    (["data", "conversation", "model", "name"], "m" * 101, "data.conversation.model.name"),
    (["data"], ..., "data"),
    (["data", "transcript"], ..., "data.transcript"),
    (["data", "transcript"], [], "data.transcript"),
    (["data", "transcript"], "text", "data.transcript"),
    (["data", "transcript", 0, "role"], "narrator", "data.transcript[0].role"),
    (["data", "transcript", 0, "content"], None, "data.transcript[0].content"),
    (["data", "transcript", 0, "content"], "x" * 300_000, "data.transcript[0].content"),
    (["data", "transcript", 1, "index"], 5, "data.transcript[1].index"),
    (["data", "transcript", 1, "index"], -1, "data.transcript[1].index"),
    (["data", "ending"], ..., "data.ending"),
    (["data", "ending", "reason"], "boredom", "data.ending.reason"),
    (["data", "ending", "at_turn"], 99, "data.ending.at_turn"),
    (["data", "ending", "at_turn"], "last", "data.ending.at_turn"),
    (["data", "ending", "scores"], {"hate": 1.5}, "data.ending.scores"),
    (["data", "ending", "scores"], {"hate": 10_001}, "data.ending.scores"),
    (["data", "ending", "scores"], {"hate": -1}, "data.ending.scores"),
    (["data", "conversation", "user"], ..., "data.conversation.user"),
    (["data", "conversation", "model"], ..., "data.conversation.model"),
    (["data", "conversation", "branch"], ..., "data.conversation.branch"),
    (["data", "conversation", "branch", "id"], "", "data.conversation.branch.id"),
]


@pytest.mark.parametrize(("path", "value", "field"), FAULTS)
def test_a_fault_is_named_by_its_field(path, value, field):
    with pytest.raises(Invalid) as caught:
        read(changed(path, value))
    assert caught.value.field.startswith(field)


def test_an_answer_never_quotes_what_was_sent():
    with pytest.raises(Invalid) as caught:
        read(changed(["data", "transcript", 0, "role"], "my secret role"))
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("raw", [b"", b"{", b"null", b"[]", b"\xff\xfe", b'{"a":' * 50_000, b"1e999", b'"\\ud800"'])
def test_what_is_no_event_is_refused(raw):
    with pytest.raises(Invalid):
        read(raw)


def test_depth_is_survived():
    deep = b"[" * 100_000
    with pytest.raises(Invalid):
        read(json.dumps(make.ended()).encode().replace(b'"Persistent."', deep + b"]" * 100_000))


@pytest.mark.parametrize("rate", ["0", "-1", "1.01", "nan", "inf", "x", ""])
def test_a_sampling_rate_is_a_decimal_in_range(rate):
    with pytest.raises(Invalid) as caught:
        read(json.dumps(make.continued(rate=rate)).encode())
    assert caught.value.field == "data.sampling.rate"


@given(st.binary(max_size=400))
def test_any_bytes_give_an_event_or_a_reason(raw):
    with pytest.raises(Invalid):
        read(raw)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(field=st.sampled_from(["conversation", "ending", "transcript"]), value=json_values)
def test_any_json_in_any_part_gives_an_event_or_a_reason(field, value):
    with pytest.raises(Invalid) as caught:
        read(changed(["data", field], value))
    assert caught.value.field


@pytest.mark.parametrize(("given", "kept"), [(0.93, 9300), (1.0, 10_000), (9300, 9300), (1, 1), (0, 0)])
def test_scores_come_as_shares_or_as_ten_thousandths(given, kept):
    event = read(changed(["data", "ending", "scores"], {"hate": given}))
    assert ten_thousandths(event.data.ending.scores["hate"]) == kept


def test_moments_of_signals_and_volumes_are_in_the_calendar_too():
    event = make.ended()
    signal = make.about("message.accepted", event, at="0001-01-01T00:00:00+01:00")
    volume = make.cloud("surface.volume", make.WEB, "v", event["time"], hour="9999-12-31T23:59:59-01:00", conversations=1)
    for one, field in ((signal, "data.at"), (volume, "data.hour")):
        with pytest.raises(Invalid) as caught:
            read(json.dumps(one).encode())
        assert caught.value.field == field


WORDS = [
    (["ending", "actor"], "x", "is none of the values it may have"),
    (["ending", "actor"], ..., "is missing"),
    (["ending", "at_turn"], -1, "must be 0 at least"),
    (["ending", "at_turn"], 9999, "must be 2000 at most"),
    (["ending", "at_turn"], None, "must be a whole number, not null"),
    (["ending", "allowed"], "yes", "must be true or false, not text"),
    (["ending", "scores"], {"A b": 1}, "has a name that holds characters that are not allowed"),
    (["conversation", "id"], "", "must not be empty"),
    (["conversation", "id"], "a" * 201, "must have 200 characters at most"),
    (["conversation", "user"], 7, "must be text or null, not a whole number"),
    (["conversation", "started_at"], "yesterday", "must be a date and time as in RFC 3339"),
    (["conversation", "started_at"], "2026-01-01T00:00:00", "must say its offset from UTC, such as Z"),
    (["transcript"], [], "must not be empty"),
    (["transcript"], {}, "must be a list, not an object"),
]


@pytest.mark.parametrize(("path", "value", "reason"), WORDS, ids=str)
def test_what_is_wrong_is_said_in_words(path, value, reason):
    with pytest.raises(Invalid) as caught:
        read(changed(["data", *path], value))
    assert (caught.value.field, caught.value.reason) == (".".join(["data", *path]), reason)
