"""Whom a body names that cannot be taken: found where its shape has it, and nothing breaks on what has no shape."""

import json

import pytest

from conversations.adapters.named import Named, named_by_events, named_by_transcript

NOBODY = Named()


def event(**conversation):
    return {"id": "event-1", "data": {"conversation": conversation, "transcript": [{"id": "no", "user": "no"}]}}


def of(conversations="", users=""):
    return Named(frozenset(conversations.split()), frozenset(users.split()))


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (json.dumps(event(id="c", user="u")), of("c", "u")),
        (json.dumps([event(id="c"), event(id="d", user="u"), 5]), of("c d", "u")),
        ("\ufeff " + json.dumps(event(id="c")) + " and more", of("c")),
        (json.dumps(event(id=5, user=True)), of("5")),
        (json.dumps(event(id="\ud800", user="\0")), NOBODY),
        (json.dumps(event(id="c" * 201, user="")), NOBODY),
        ('{"data": {"conversation": ["c"]}}', NOBODY),
        ('{"data": {"conversation": {"id": "c"}', NOBODY),
        ("[" * 100_000, NOBODY),
        ("1" * 5000, NOBODY),
        ("", NOBODY),
    ],
)
def test_an_event_names_its_conversation_and_its_user(raw, found):
    assert named_by_events(raw.encode("utf-8", "surrogatepass")) == found


def test_bytes_that_are_no_text_hide_no_name():
    assert named_by_events(b'{"data": {"conversation": {"id": "c"}, "text": "\xff"}}') == of("c")


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ({"conversation_id": "c", "user": "u", "messages": [{"id": "no", "role": "user", "content": "x"}]}, of("c", "u")),
        ({"request": {"metadata": {"user_id": "u"}}, "response": {"id": "c"}}, of("c", "u")),
        ({"messages": []}, NOBODY),
        ([], NOBODY),
    ],
)
def test_a_transcript_names_them_where_its_shapes_do(raw, found):
    assert named_by_transcript(json.dumps(raw, indent=1).encode()) == found


def test_lines_name_them_too():
    assert named_by_transcript(b'{"session_id": "c"}\nnonsense\n{"sessionId": 1, "user": "u"}\n') == of("c", "u")
