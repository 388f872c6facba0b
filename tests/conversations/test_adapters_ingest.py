"""`manage.py ingest --format` takes the files that people have."""

import gzip
import json
import os
from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command

from conversations.models import Branch, ControlSample, ConversationEnd, Subject, Surface
from tests import make
from tests.conversations.test_adapters import END, example

pytestmark = pytest.mark.django_db

SOURCE = "/surfaces/files"
ENDED = [{"role": "user", "content": "Hm"}, {"role": "assistant", "content": [{"type": "text", "text": "Bye."}, END]}]
WENT_ON = [{"role": "user", "content": "Hm"}, {"role": "assistant", "content": "Yes?"}]


@pytest.fixture(autouse=True)
def ground(db):
    make.make_ground()


@pytest.fixture
def ingest(tmp_path, capsys):
    """Return what becomes of a file of these bytes: the summary, and whether all was taken."""

    def run(content, *options, name="transcripts.json"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        os.utime(path, (1767607200, 1767607200))
        try:
            call_command("ingest", str(path), "--json", *options)
            code = 0
        except SystemExit as stop:
            code = stop.code
        return json.loads(capsys.readouterr().out), code

    return run


def options(shape="anthropic-messages", *more):
    return ("--format", shape, "--source", SOURCE, *more)


@pytest.mark.parametrize("shape", ["anthropic-messages", "openai-chat", "sharegpt", "session-log"])
def test_the_documented_example_is_stored_once(ingest, shape):
    value = example(shape)
    text = "\n".join(json.dumps(line) for line in value) if shape == "session-log" else json.dumps(value)
    first, code = ingest(text, *options(shape))
    again, _ = ingest(text, *options(shape))
    assert (code, first["refused"], first["accepted"]) == (0, 0, first["lines"])
    assert again["duplicate"] == first["lines"]
    end = ConversationEnd.objects.get()
    assert end.surface == Surface.objects.get(source=SOURCE)
    assert end.reason != "other"


FILES = [
    lambda one, two: f"{json.dumps(one)}\n\n{json.dumps(two)}\n",
    lambda one, two: json.dumps([one, two]),
    lambda one, two: json.dumps([one, two], indent=2),
    lambda one, two: gzip.compress(f"{json.dumps(one)}\n{json.dumps(two)}".encode()),
    lambda one, two: "\ufeff" + json.dumps([one, two], indent=2),
]


@pytest.mark.parametrize("pack", FILES)
def test_a_file_holds_lines_or_an_array_or_either_packed(ingest, pack):
    summary, code = ingest(pack({"id": "one", "messages": ENDED}, {"id": "two", "messages": ENDED}), *options())
    assert (code, summary["accepted"]) == (0, 2)


@pytest.mark.parametrize("content", [json.dumps(ENDED), json.dumps({"messages": ENDED}, indent=2)])
def test_one_conversation_may_be_the_whole_file(ingest, content):
    summary, code = ingest(content, *options())
    assert (code, summary["accepted"]) == (0, 1)


def test_what_came_out_of_a_log_is_judged(ingest):
    ingest("\n".join(json.dumps(line) for line in example("session-log")), "--format", "session-log", "--source", make.WEB)
    make.judge_all()
    assert ConversationEnd.objects.get().verdicts.get().outcome != "ineligible"


def test_a_list_of_what_was_said_is_one_conversation_of_a_set(ingest):
    turns = [{"from": "human", "value": "a"}, {"from": "function_call", "value": '{"name": "end_chat"}'}]
    summary, code = ingest(json.dumps(turns), *options("sharegpt"))
    assert (code, summary["accepted"]) == (0, 1)


def test_a_conversation_under_a_key_is_taken(ingest):
    lines = [{"body": {"messages": ENDED}}, {"head": {}}, 7]
    summary, code = ingest("\n".join(json.dumps(line) for line in lines), *options(), "--field", "body")
    assert (code, summary["accepted"], summary["reasons"]) == (1, 1, {"malformed: body is missing": 2})


def test_a_log_under_a_key_is_taken(ingest):
    text = "\n".join(json.dumps({"entry": line}) for line in example("session-log"))
    summary, code = ingest(text, *options("session-log"), "--field", "entry")
    assert (code, summary["refused"]) == (0, 0)


def test_one_bad_conversation_never_loses_its_neighbours(ingest):
    lines = [json.dumps({"messages": ENDED}), "{", json.dumps({"messages": WENT_ON}), json.dumps({"messages": "none"})]
    summary, code = ingest("\n".join(lines), *options())
    assert (code, summary["lines"], summary["accepted"], summary["refused"]) == (1, 4, 1, 3)
    assert summary["reasons"] == {
        "malformed: transcript is not well-formed JSON": 1,
        "no-end: transcript has no end in it": 1,
        "invalid: messages is missing or no list": 1,
    }


def test_conversations_without_an_end_are_a_sample_at_a_rate(ingest):
    summary, code = ingest(json.dumps({"messages": WENT_ON}), *options(), "--sampling-rate", "0.02")
    assert (code, summary["accepted"]) == (0, 1)
    assert ControlSample.objects.get().sampling_rate == "0.02"


def test_the_user_and_the_time_come_from_outside_where_the_log_has_none(ingest):
    ingest(json.dumps({"messages": ENDED}), *options(), "--user", "user-7", "--at", "2026-01-04T10:00:00Z")
    assert Subject.objects.get().pseudonym == "user-7"
    assert ConversationEnd.objects.get().requested_at == datetime(2026, 1, 4, 10, tzinfo=UTC)


def test_without_a_time_anywhere_the_file_s_own_is_taken_and_named(ingest):
    summary, _ = ingest(json.dumps({"messages": ENDED}), *options())
    assert ConversationEnd.objects.get().requested_at == datetime(2026, 1, 5, 10, tzinfo=UTC)
    assert summary["unknown"]["time: not in it, the one given or the file's own"] == 1


def test_branches_of_a_log_keep_their_parents(ingest):
    lines = example("session-log")
    ingest("\n".join(json.dumps(line) for line in lines), *options("session-log"))
    branch = Branch.objects.get(external_id="s1")
    assert (branch.parent_external_id, branch.forked_at_turn) == ("main", 3)


def test_a_log_that_went_on_growing_is_a_conflict(ingest):
    ingest(json.dumps({"id": "c", "messages": ENDED}), *options())
    summary, code = ingest(json.dumps({"id": "c", "messages": [*ENDED, *WENT_ON]}), *options())
    assert (code, summary["reasons"]) == (1, {"conflict: id": 1})


@pytest.mark.parametrize(
    "wrong",
    [
        ("--format", "anthropic-messages"),
        ("--source", SOURCE),
        ("--user", "u"),
        ("--format", "morse", "--source", SOURCE),
        options("sharegpt", "--sampling-rate", "often"),
        options("sharegpt", "--sampling-rate", "2"),
        options("sharegpt", "--at", "2026-01-04T10:00:00"),
    ],
)
def test_options_that_do_not_go_together_are_refused(ingest, wrong):
    with pytest.raises(CommandError):
        ingest(b"{}", *wrong)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(CommandError, match="No such file"):
        call_command("ingest", str(tmp_path / "none.json"), *options())


def test_an_empty_file_holds_nothing(ingest):
    assert ingest(b"", *options())[0]["lines"] == 0


def test_people_read_what_was_not_understood(tmp_path, capsys):
    path = tmp_path / "one.json"
    path.write_text(json.dumps({"messages": ENDED, "wishes": 1}))
    call_command("ingest", str(path), *options())
    out = capsys.readouterr().out
    assert "1 events: 1 accepted" in out
    assert "1 × conversation: key wishes, left out" in out
