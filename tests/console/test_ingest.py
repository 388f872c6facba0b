"""`manage.py ingest`: the same events from a file."""

import gzip
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from conversations.models import ConversationEnd, Quarantined, Surface
from tests import make

pytestmark = pytest.mark.django_db


def ingest(path, *options):
    out = StringIO()
    try:
        call_command("ingest", str(path), "--json", *options, stdout=out)
    except SystemExit as ended:
        return json.loads(out.getvalue()), ended.code
    return json.loads(out.getvalue()), 0


def write(path, rows):
    data = b"".join((row if isinstance(row, bytes) else json.dumps(row).encode()) + b"\n" for row in rows)
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


@pytest.mark.parametrize("name", ["events.ndjson", "events.ndjson.gz"])
def test_plain_and_packed_files(ground, tmp_path, name):
    path = write(tmp_path / name, [make.ended() for _ in range(5)])
    summary, code = ingest(path)
    assert (summary["lines"], summary["accepted"], code) == (5, 5, 0)
    summary, code = ingest(path)
    assert (summary["duplicate"], summary["accepted"], code) == (5, 0, 0)
    make.judge_all()
    assert ConversationEnd.objects.count() == 5


def test_events_nested_in_each_line(ground, tmp_path):
    rows = [{"kind": "x", "event": make.ended()} for _ in range(3)]
    summary, _ = ingest(write(tmp_path / "suite.ndjson", rows), "--field", "event")
    assert summary["accepted"] == 3


def test_one_bad_line_loses_no_neighbour(ground, tmp_path):
    rows = [
        make.ended(),
        b"{",
        make.ended(at_turn="nine"),
        {"source": "no path"},
        b"null",
        make.ended(source="/surfaces/new-chat"),
        make.ended(),
    ]
    summary, code = ingest(write(tmp_path / "events.ndjson", rows))
    assert (summary["accepted"], summary["refused"], code) == (3, 4, 1)
    assert summary["reasons"]["invalid: data.ending.at_turn"] == 1
    assert Quarantined.objects.count() == 1
    assert Surface.objects.get(source="/surfaces/new-chat").name == "New chat"


def test_a_file_that_is_none(ground, tmp_path):
    with pytest.raises(CommandError):
        call_command("ingest", str(tmp_path / "missing.ndjson"))
    broken = tmp_path / "broken.ndjson.gz"
    broken.write_bytes(gzip.compress(json.dumps(make.ended()).encode())[:40])
    with pytest.raises(CommandError):
        call_command("ingest", str(broken))


def test_people_get_a_sentence(ground, tmp_path):
    out = StringIO()
    call_command("ingest", str(write(tmp_path / "events.ndjson", [make.ended()])), stdout=out)
    assert "1 lines: 1 accepted" in out.getvalue()
