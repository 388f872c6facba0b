"""What an erasure leaves on disk: searched in the files themselves, heap, indexes and write-ahead log, after CHECKPOINT and VACUUM FULL.

The caveat of every database stands: its write-ahead log and backups keep old pages for a while. So text and keys must never have been in any of
them in the clear, before the erasure or after; names that a surface gave a person, and the sealed bytes that no key opens, are gone
from the tables, and from the log and backups when their horizon is reached, which the certificate states.
"""

import mmap
from pathlib import Path

import pytest
from django.db import connection

from conversations import vault
from conversations.models import ConversationEnd, Subject
from moderation import words
from moderation.actions import erasures
from moderation.audit import log
from moderation.exports import bundle, verify_bundle
from moderation.exports.bundle import Wanted
from moderation.models import Erasure
from moderation.states import ErasureReason
from tests import make
from tests.moderation.logs import bundled, sequence_all

SECRET = "quetzalcoatl zugzwang"
TELLING = (("user", f"{SECRET} one two three"), ("assistant", "No."), ("user", f"{SECRET} four five six"), ("assistant", "Bye."))


def files(*folders):
    """Yield the files of the database that hold anything."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW data_directory")
        [root] = cursor.fetchone()
    try:
        found = [path for folder in folders for path in (Path(root) / folder).rglob("*") if path.is_file() and path.stat().st_size]
    except PermissionError:
        found = []
    if not found:
        pytest.skip("the files of this PostgreSQL cannot be read from here")
    return found


def holding(needle, *folders):
    """Return the files that hold some bytes."""
    return [path.name for path in files(*folders) if _holds(path, needle)]


def _holds(path, needle):
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return content.find(needle) >= 0
    except (FileNotFoundError, ValueError):  # an old file of VACUUM FULL: the server empties it, then removes it, when it likes
        return False


def settle_files():
    connection.ensure_connection()
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
        cursor.execute("VACUUM FULL")
        cursor.execute("CHECKPOINT")


@pytest.fixture
def told(lasting_log):
    make.make_ground()
    event = make.ended(*TELLING)
    make.send(make.about("feedback.given", event, thumbs="down", text=f"{SECRET} early"))
    make.send(event)
    make.send(make.about("appeal.filed", event, text=f"{SECRET} again", contact=f"{SECRET}@home.example"))
    make.judge_all()
    return event


def test_text_and_keys_are_in_no_file_and_the_log_still_verifies(told, lasting_log):
    name = told["data"]["conversation"]["user"]
    subject, ending = Subject.objects.get(pseudonym=name), ConversationEnd.objects.get()
    store = vault.store()
    with store._open() as db:
        keks = [bytes(wrapped) for (wrapped,) in db.execute("SELECT wrapped FROM kek")]
    assert any(_holds(store.path, kek) for kek in keks)
    sealed = bytes(ending.transcript.sealed)
    lexeme = words.lexeme("quetzalcoatl", vault.search_key())
    settle_files()
    assert holding(name.encode(), "base"), "the search finds what is there"
    assert holding(sealed[-64:], "base")
    assert holding(lexeme.encode(), "base")

    made = erasures.request_erasure(subject, ErasureReason.REQUEST, asked_by=make.make_person("compliance"))
    erasures.approve_erasure(made.public_id, actor=make.make_person("operator"))
    make.judge_all()
    settle_files()
    everywhere = "base", "global", "pg_wal"
    for text in (SECRET, SECRET.split(maxsplit=1)[0], "again@home"):
        assert holding(text.encode(), *everywhere) == []
    for key in keks:
        assert holding(key, *everywhere) == []
    for gone in (name.encode(), sealed[-64:], lexeme.encode()):
        assert holding(gone, "base") == []
    left = [kek for kek in keks if _holds(store.path, kek)]
    assert len(left) == len(keks) - 2, "the keys of the person and of the stand-in are overwritten"

    sequence_all()
    assert log.verify_log().ok
    content = whole_log()
    found = verify_bundle.verify(content, bundle.policy_text())
    assert found.code == 0, found.lines
    assert Erasure.objects.get().certificate["log_entry"].encode() in verify_bundle.read_zip(content)["entries.ndjson"]


def whole_log():
    size = log.verify_log().size
    return bundled(Wanted(0, size - 1))
