"""The sequencer: the order of leaves, the signed tree, and everything at which it stops instead of signing."""

import json
import signal
import threading
import time
from uuid import UUID

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection, connections, transaction

from moderation.audit import entries, keys, log, merkle, notes, sequencer
from moderation.audit.events import Actor, Event, Target
from moderation.models.audit import AuditCheckpoint, AuditEntry, AuditNode
from tests.moderation.logs import act, acts, order_of_leaves, run_sql, sequence_all, tamper

TARGET = Target("review", "R-7Q4M2F9C", UUID(int=7))
ACTOR = Actor("user", "3f0c", "session")


class TestSequence:
    def test_entries_get_their_leaves_in_order_and_the_tree_is_signed(self, own_log):
        ids = acts(5)
        (batch,) = sequence_all()
        assert order_of_leaves() == ids
        assert list(AuditEntry.objects.sequenced().values_list("leaf_index", flat=True)) == [0, 1, 2, 3, 4]
        leaves = [bytes(value) for value in AuditEntry.objects.sequenced().values_list("leaf_hash", flat=True)]
        assert batch.checkpoint == notes.Checkpoint("recourse.test/log", 5, merkle.root_of(leaves))
        assert notes.open_checkpoint(batch.note.encode(), [keys.log_verifier()]) == batch.checkpoint
        assert sequencer.disk_copy().read_text() == AuditCheckpoint.objects.latest_signed().note == batch.note

    def test_all_completed_nodes_are_stored(self, own_log):
        acts(7)
        sequence_all(limit=3)
        assert {(node.level, node.idx) for node in AuditNode.objects.all()} == {(lv, i) for lv in range(3) for i in range(7 >> lv)}

    def test_batches_continue_one_tree(self, own_log):
        acts(10)
        batches = sequence_all(limit=3)
        assert [(batch.entries, batch.checkpoint.size) for batch in batches] == [(3, 3), (3, 6), (3, 9), (1, 10)]
        assert log.verify_log().ok

    def test_nothing_to_do_is_nothing_signed(self, own_log):
        assert sequence_all() == []
        act()
        sequence_all()
        assert sequence_all() == []

    def test_an_entry_inserted_late_with_a_lower_id_is_not_passed_over(self, own_log):
        early = entries.leaf_of(log.Entry(Event.REVIEW_CLAIMED, TARGET, ACTOR), None)
        later = act()
        sequence_all()
        AuditEntry.objects.create(id=early.id, tenant=early.tenant, body=early.body, leaf_hash=early.leaf_hash)
        sequence_all()
        assert order_of_leaves() == [later.id, early.id]

    def test_a_flipped_bit_stops_it_before_anything_is_signed(self, own_log):
        act()
        tamper("UPDATE audit_entry SET body = set_byte(body, 60, get_byte(body, 60) # 1)")
        with pytest.raises(sequencer.SequencingRefused, match="leaf hash"), transaction.atomic():
            sequence_all()
        assert not order_of_leaves()
        assert not sequencer.disk_copy().exists()

    def test_a_changed_node_stops_it(self, own_log):
        acts(4)
        sequence_all()
        tamper("UPDATE audit_node SET hash = sha256('forged') WHERE level = 2")
        act()
        with pytest.raises(sequencer.SequencingRefused, match="does not continue"):
            sequence_all()
        assert AuditCheckpoint.objects.latest_signed().size == 4

    def test_a_missing_node_stops_it(self, own_log):
        acts(4)
        sequence_all()
        tamper("DELETE FROM audit_node WHERE level = 2")
        act()
        with pytest.raises(sequencer.SequencingRefused, match="missing"):
            sequence_all()

    def test_a_database_restored_to_an_older_state_stops_it(self, own_log):
        acts(4)
        sequence_all(limit=2)
        tamper("DELETE FROM audit_entry WHERE leaf_index >= 2", "DELETE FROM audit_checkpoint WHERE size > 2")
        run_sql("DELETE FROM audit_node WHERE (idx + 1) << level > 2")
        late = act()
        with pytest.raises(sequencer.SequencingRefused, match="restored"):
            sequence_all()
        assert late.id not in order_of_leaves()

    def test_a_missing_disk_copy_stops_it(self, own_log):
        act()
        sequence_all()
        sequencer.disk_copy().unlink()
        act()
        with pytest.raises(sequencer.SequencingRefused, match="is missing"):
            sequence_all()

    def test_a_foreign_disk_copy_stops_it(self, own_log):
        act()
        other = notes.Signer("recourse.test/log", b"\x07" * 32)
        sequencer.disk_copy().write_text(notes.sign_checkpoint(notes.Checkpoint(other.name, 1, b"\x00" * 32), other))
        with pytest.raises(sequencer.SequencingRefused, match="not one of ours"):
            sequence_all()

    def test_a_crash_before_signing_is_made_good(self, own_log):
        acts(3)
        sequencer._grow("default", 100)
        (batch,) = sequence_all()
        assert (batch.entries, batch.checkpoint.size) == (0, 3)

    def test_a_crash_between_disk_and_database_gives_the_same_note_again(self, own_log):
        acts(3)
        (first,) = sequence_all()
        tamper("DELETE FROM audit_checkpoint")
        (again,) = sequence_all()
        assert again.note == first.note
        assert AuditCheckpoint.objects.latest_signed().note == first.note

    def test_no_key_no_signature(self, own_log):
        act()
        (keys.folder() / "log.key").unlink()
        with pytest.raises(keys.KeyUnusable):
            sequence_all()


@pytest.mark.django_db(transaction=True, databases=["default", "sequencer"])
class TestProcess:
    @pytest.fixture
    def signals(self):
        """Leaves the test run's own signal handlers as they were."""
        before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
        yield
        for number, handler in before.items():
            signal.signal(number, handler)

    def rival(self, schema):
        facts = connection.get_connection_params()
        return psycopg.connect(host=facts.get("host"), port=facts.get("port"), user=facts.get("user"), password=facts.get("password"),
                               dbname=facts["dbname"], options=f"-c search_path={schema},public", autocommit=False)  # fmt: skip

    def test_a_transaction_that_commits_late_with_a_lower_id_is_not_passed_over(self, lasting_log):
        early = entries.leaf_of(log.Entry(Event.REVIEW_CLAIMED, TARGET, ACTOR), None)
        with self.rival(lasting_log) as rival:
            rival.execute(
                "INSERT INTO audit_entry (id, tenant, body, leaf_hash) VALUES (%s, %s, %s, %s)",
                [early.id, early.tenant, early.body, early.leaf_hash],
            )
            later = act()
            assert log.sequence().entries == 1
            rival.commit()
            assert log.sequence().entries == 1
        assert order_of_leaves() == [later.id, early.id]
        assert log.verify_log().ok

    def test_the_command_sequences_what_is_there_and_ends(self, lasting_log, signals, capsys):
        acts(3)
        call_command("audit_sequence", "--once", "--json")
        line = json.loads(capsys.readouterr().out)
        assert (line["entries"], line["size"]) == (3, 3)

    def test_a_second_sequencer_stands_back(self, lasting_log, signals):
        act()
        with self.rival(lasting_log) as rival:
            rival.execute("SELECT pg_advisory_lock(%s)", [sequencer.LOCK])
            with pytest.raises(SystemExit) as ended:
                call_command("audit_sequence", "--once")
        assert ended.value.code == 2
        assert not order_of_leaves()

    def test_a_contradiction_ends_it_with_1(self, lasting_log, signals, capsys):
        act()
        log.sequence()
        sequencer.disk_copy().unlink()
        with pytest.raises(SystemExit) as ended:
            call_command("audit_sequence")
        assert ended.value.code == 1
        assert "Nothing was signed" in capsys.readouterr().err

    def test_started_before_setup_it_waits_and_then_goes_on(self, lasting_log):
        for path in keys.folder().glob("log.*"):
            path.unlink()
        first, stop, news = act(), threading.Event(), []
        thread = threading.Thread(target=self.wait_and_follow, args=(stop, news))
        thread.start()
        try:
            self.wait_for(lambda: news)
            assert news == [sequencer.Hindrance("waiting for the log to be opened: run manage.py setup")]
            log.open_log()
            self.wait_for(lambda: first.id in order_of_leaves())
        finally:
            stop.set()
            thread.join(10)
        assert log.verify_log().ok

    def test_started_before_the_tables_are_there_it_says_what_to_run(self, lasting_log):
        stop, news = threading.Event(), []
        with connections["sequencer"].cursor() as cursor:
            cursor.execute("SET search_path = pg_catalog")
        sequencer.await_log(stop, 0, tell=lambda one: (news.append(one.reason), stop.set()))
        assert news == ["waiting for the tables: run manage.py migrate"]

    def test_a_log_that_was_opened_and_lost_its_key_ends_it_with_2(self, lasting_log, signals, capsys):
        log.open_log()
        (keys.folder() / "log.key").unlink()
        with pytest.raises(SystemExit) as ended:
            call_command("audit_sequence")
        assert ended.value.code == 2
        assert "there is no key" in capsys.readouterr().err

    def test_it_survives_a_lost_connection_and_stops_when_told(self, lasting_log):
        stop, news = threading.Event(), []
        thread = threading.Thread(target=self.follow, args=(stop, news))
        thread.start()
        try:
            first = act()
            self.wait_for(lambda: first.id in order_of_leaves())
            run_sql(f"SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = {sequencer.LOCK & 0xFFFFFFFF}")
            second = act()
            self.wait_for(lambda: second.id in order_of_leaves())
        finally:
            stop.set()
            thread.join(10)
        assert not thread.is_alive()
        assert any(isinstance(item, sequencer.Hindrance) for item in news)

    def wait_and_follow(self, stop, news):
        try:
            sequencer.await_log(stop, 0.05, tell=news.append)
            sequencer.follow(stop, 0.05, tell=news.append)
        finally:
            connections.close_all()

    def follow(self, stop, news):
        try:
            sequencer.follow(stop, 0.05, tell=news.append)
        finally:
            connections.close_all()

    def wait_for(self, condition):
        deadline = time.monotonic() + 10
        while not condition():
            assert time.monotonic() < deadline
            time.sleep(0.05)
