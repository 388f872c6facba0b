"""The attacks of the specification, each made with the stated power, and who notices."""

import json
from dataclasses import replace

import pytest
from django.core.management import call_command
from django.db import connection

from moderation.audit import entries, keys, log, merkle, notes, sequencer
from moderation.audit.events import Actor, Event, Target
from moderation.audit.rebuilding import Reached
from moderation.audit.verify import verify_slice
from moderation.models.audit import AuditCheckpoint, AuditEntry
from tests.moderation.logs import OTHER_FORMS, act, acts, run_sql, sequence_all, tamper

EDIT = "UPDATE audit_entry SET body = convert_to(replace(convert_from(body, 'UTF8'), 'R-5', 'R-6'), 'UTF8') WHERE leaf_index = 5"
REHASH = "UPDATE audit_entry SET leaf_hash = sha256('\\x00'::bytea || body) WHERE leaf_hash <> sha256('\\x00'::bytea || body)"


@pytest.fixture
def sound_log(own_log):
    """Eleven entries under checkpoints of size 4, 8 and 11; returns the last note, as somebody outside holds it."""
    acts(11)
    return sequence_all(limit=4)[-1].note


def checks(report):
    """The names of the checks that found something, without the place of a checkpoint."""
    return {problem.check.partition(",")[0] for problem in report.problems}


def insert_in_another_form():
    """Insert an entry with the rights of the app role, in which a key stands twice, and sequence it."""
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO audit_entry (id, tenant, body, leaf_hash)
            SELECT gen.id, gen.tenant, gen.body, sha256('\\x00'::bytea || gen.body) FROM (
                SELECT fresh.id, tenant, convert_to(replace(replace(convert_from(body, 'UTF8'), audit_entry.id::text, fresh.id::text),
                    '{"action":"review.claimed"', '{"action":"review.decided","action":"review.claimed"'), 'UTF8') AS body
                FROM audit_entry, (SELECT gen_random_uuid() AS id) AS fresh WHERE leaf_index = 5
            ) AS gen"""
        )
    sequence_all()


def rewrite_history():
    """Make the tree fit the rows again and sign it: what the database and the log key together can do."""
    run_sql(REHASH, "DELETE FROM audit_node", "DELETE FROM audit_checkpoint")
    sequencer.disk_copy().unlink(missing_ok=True)
    leaves = [merkle.leaf_hash(bytes(row.body)) for row in AuditEntry.objects.sequenced()]
    tree = merkle.Tree()
    for leaf in leaves:
        for run in tree.extend([leaf]):
            run_sql(*(f"INSERT INTO audit_node VALUES ({lv}, {i}, '\\x{value.hex()}')" for lv, i, value in run.named()))
    sequence_all()


class TestSound:
    def test_a_sound_log_is_proven_to_its_last_checkpoint(self, sound_log):
        act()
        report = log.verify_log()
        assert report.ok
        assert (report.size, report.last_good, report.unsequenced, report.found) == (11, 11, 1, 0)
        assert notes.parse_checkpoint(notes.parse_note(sound_log.encode()).text).root.hex() == report.root
        assert report.proven.startswith("11 entries are exactly those that recourse.test/log signed. 1 wait")

    def test_entries_with_a_leaf_but_no_checkpoint_are_counted_apart(self, sound_log):
        act()
        sequencer._grow("default", 10)
        report = log.verify_log()
        assert (report.ok, report.size, report.last_good) == (True, 12, 11)
        assert "1 more have a leaf" in report.proven

    def test_an_empty_log_is_sound(self, own_log):
        assert log.verify_log().ok

    def test_any_older_checkpoint_held_outside_agrees(self, sound_log):
        for row in AuditCheckpoint.objects.all():
            report = log.verify_log(against=row.note)
            assert report.ok
            assert "from outside agrees" in report.proven

    def test_many_batches_verify_like_one(self, sound_log, monkeypatch):
        monkeypatch.setattr("moderation.audit.pages.PAGE", 3)
        seen = []
        assert log.verify_log(lambda done, total: seen.append((done, total))).ok
        assert seen == [(3, 11), (6, 11), (9, 11), (11, 11)]

    def test_slices_verify_like_one(self, sound_log, monkeypatch):
        monkeypatch.setattr("moderation.audit.pages.PAGE", 3)
        whole, reached, sizes = log.verify_log(), Reached(), []
        while (report := verify_slice(reached, enough=lambda: True)) is None:
            sizes.append(reached.tree.size)
        assert sizes == [3, 6, 9]
        assert replace(report, seconds=0) == replace(whole, seconds=0)

    @pytest.mark.parametrize("page", [1, 3, 4, 11])
    @pytest.mark.parametrize(
        "damage",
        [
            "DELETE FROM audit_entry WHERE leaf_index >= 9",
            "DELETE FROM audit_entry WHERE leaf_index = 2",
            "UPDATE audit_entry SET leaf_hash = sha256('x') WHERE leaf_index = 7",
            "UPDATE audit_node SET hash = sha256('x') WHERE level = 1 AND idx = 1",
            "UPDATE audit_checkpoint SET note = replace(note, 'recourse', 'retourse') WHERE size = 8",
        ],
    )
    def test_slices_find_what_one_finds(self, sound_log, monkeypatch, page, damage):
        tamper(damage)
        whole, reached = log.verify_log(), Reached()
        monkeypatch.setattr("moderation.audit.pages.PAGE", page)
        while (report := verify_slice(reached, enough=lambda: True)) is None:
            pass
        assert not report.ok
        assert sorted(report.problems, key=str) == sorted(whole.problems, key=str)
        assert (report.size, report.root, report.last_good, report.found) == (whole.size, whole.root, whole.last_good, whole.found)

    def test_a_log_that_grows_between_slices_is_sound(self, sound_log, monkeypatch):
        monkeypatch.setattr("moderation.audit.pages.PAGE", 3)
        reached = Reached()
        verify_slice(reached, enough=lambda: True)
        acts(6)
        sequence_all(limit=2)
        while (report := verify_slice(reached, enough=lambda: True)) is None:
            pass
        assert (report.ok, report.size, report.last_good) == (True, 17, 17)

    def test_without_a_public_key_it_cannot_run(self, sound_log):
        (keys.folder() / "log.vkey").unlink()
        with pytest.raises(keys.KeyUnusable):
            log.verify_log()


class TestForm:
    """The sequencer takes what the app role inserts; the form of a body is for verification."""

    @pytest.mark.parametrize(("old", "new"), [*OTHER_FORMS, (b"review.", "revieẃ.".encode()), (b'"v":1}', b'"v":null}')])
    def test_what_can_be_written_otherwise_is_not_canonical(self, own_log, old, new):
        act()
        body = bytes(AuditEntry.objects.latest("created_at").body)
        assert entries.is_canonical(body)
        assert old in body
        assert not entries.is_canonical(body.replace(old, new))

    def test_an_entry_in_another_form_is_found_where_it_is_asked_for(self, sound_log):
        insert_in_another_form()
        assert log.verify_log().ok
        report = log.verify_log(canonical=True)
        assert [(problem.check, problem.index) for problem in report.problems] == [("entry.canonical", "11")]

    def test_a_sound_log_is_canonical(self, sound_log):
        assert log.verify_log(canonical=True).ok


class TestSuperuser:
    """Triggers disabled, no log key."""

    @pytest.mark.parametrize(
        ("found", "statements"),
        [
            (
                {"entry.hash", "entry.columns", "node.hash", "checkpoint.root"},
                [EDIT, "ALTER TABLE audit_entry ALTER target_id DROP EXPRESSION"],
            ),
            ({"entry.hash", "node.hash", "checkpoint.root"}, [EDIT]),
            ({"node.hash", "checkpoint.root"}, [EDIT, REHASH]),
            ({"entry.columns"}, ["UPDATE audit_entry SET tenant = gen_random_uuid() WHERE leaf_index = 5"]),
            ({"entry.columns"}, ["UPDATE audit_entry SET id = gen_random_uuid() WHERE leaf_index = 5"]),
            ({"node.hash"}, ["UPDATE audit_node SET hash = sha256('x') WHERE level = 1 AND idx = 2"]),
            ({"node.hash"}, ["DELETE FROM audit_node WHERE level = 0 AND idx = 5"]),
            ({"node.beyond"}, ["INSERT INTO audit_node VALUES (0, 11, sha256('x'))"]),
            ({"node.beyond"}, ["INSERT INTO audit_node VALUES (62, 0, sha256('x'))"]),
            ({"checkpoint.size"}, ["DELETE FROM audit_entry WHERE leaf_index = 10", "DELETE FROM audit_node WHERE idx = 10 AND level = 0"]),
            (
                {"entry.index", "node.hash", "node.beyond", "checkpoint.root", "checkpoint.size"},
                ["DELETE FROM audit_entry WHERE leaf_index = 5"],
            ),
            ({"entry.index"}, ["UPDATE audit_entry SET leaf_index = 12 WHERE leaf_index = 10"]),
            ({"checkpoint.signature"}, ["UPDATE audit_checkpoint SET note = replace(note, '8', '9') WHERE size = 8"]),
            ({"checkpoint.signature"}, ["UPDATE audit_checkpoint SET note = 'nonsense' WHERE size = 8"]),
            ({"checkpoint.size"}, ["UPDATE audit_checkpoint SET size = 9 WHERE size = 8"]),
            ({"checkpoint.size"}, ["UPDATE audit_checkpoint SET size = 99 WHERE size = 11"]),
        ],
    )
    def test_is_noticed(self, sound_log, found, statements):
        statements.sort(key=lambda statement: not statement.startswith("ALTER"))
        tamper(*statements)
        report = log.verify_log()
        assert not report.ok
        assert checks(report) == found

    def test_swapping_two_entries_is_noticed(self, sound_log):
        tamper(
            "UPDATE audit_entry SET leaf_index = 99 WHERE leaf_index = 2",
            "UPDATE audit_entry SET leaf_index = 2 WHERE leaf_index = 3",
            "UPDATE audit_entry SET leaf_index = 3 WHERE leaf_index = 99",
        )
        assert "checkpoint.root" in checks(log.verify_log())

    def test_a_body_that_is_no_entry_is_noticed(self, sound_log):
        columns = ", ".join(f"ALTER {name} DROP EXPRESSION" for name in ("action", "actor_type", "actor_id", "target_type", "target_id"))
        tamper(f"ALTER TABLE audit_entry {columns}", "UPDATE audit_entry SET body = '\\xff22' WHERE leaf_index = 1")
        assert {"entry.hash", "entry.columns"} <= checks(log.verify_log())

    def test_the_report_names_the_place_and_the_last_sound_checkpoint(self, sound_log):
        tamper(EDIT)
        report = log.verify_log()
        assert (report.problems[0].check, report.problems[0].index) == ("entry.hash", "5")
        assert report.last_good == 4
        assert "entry.hash at 5" in report.proven
        assert "The first 4 are sound" in report.proven

    def test_of_many_problems_the_first_are_named_and_all_are_counted(self, own_log):
        acts(60)
        sequence_all()
        tamper("UPDATE audit_entry SET leaf_hash = sha256('x')")
        report = log.verify_log()
        assert (len(report.problems), report.found) == (50, 60)

    def test_a_deleted_tail_is_noticed_by_the_copy_on_disk(self, sound_log):
        tamper("DELETE FROM audit_entry WHERE leaf_index >= 8", "DELETE FROM audit_checkpoint WHERE size > 8")
        run_sql("DELETE FROM audit_node WHERE (idx + 1) << level > 8")
        report = log.verify_log()
        assert [(problem.check, problem.index) for problem in report.problems] == [("checkpoint.size, on disk", "11")]
        assert report.last_good == 8


class TestSuperuserWithLogKey:
    """The rows, the tree and the signatures agree with each other again: only a checkpoint from outside can tell."""

    def noticed_only_from_outside(self, note):
        rewrite_history()
        assert log.verify_log().ok
        report = log.verify_log(against=note)
        assert not report.ok
        return checks(report)

    def test_editing_a_body(self, sound_log):
        tamper(EDIT)
        assert self.noticed_only_from_outside(sound_log) == {"checkpoint.root"}

    def test_deleting_the_tail(self, sound_log):
        tamper("DELETE FROM audit_entry WHERE leaf_index >= 9")
        assert self.noticed_only_from_outside(sound_log) == {"checkpoint.size"}

    def test_backdating_an_insert(self, sound_log):
        forged = entries.leaf_of(log.Entry(Event.REVIEW_CLAIMED, Target("review", "R-0"), Actor("user", "1", "session")), None)
        tamper(
            "UPDATE audit_entry SET leaf_index = leaf_index + 100 WHERE leaf_index >= 3",
            "UPDATE audit_entry SET leaf_index = leaf_index - 99 WHERE leaf_index > 100",
        )
        AuditEntry.objects.create(id=forged.id, tenant=forged.tenant, body=forged.body, leaf_hash=forged.leaf_hash, leaf_index=3)
        assert self.noticed_only_from_outside(sound_log) == {"checkpoint.root"}

    def test_reordering(self, sound_log):
        tamper(
            "UPDATE audit_entry SET leaf_index = 99 WHERE leaf_index = 2",
            "UPDATE audit_entry SET leaf_index = 2 WHERE leaf_index = 3",
            "UPDATE audit_entry SET leaf_index = 3 WHERE leaf_index = 99",
        )
        assert self.noticed_only_from_outside(sound_log) == {"checkpoint.root"}


class TestAgainst:
    @pytest.mark.parametrize("note", ["", "nonsense", "recourse.test/log\n4\nAAAA\n\n"])
    def test_what_is_no_checkpoint_proves_nothing(self, sound_log, note):
        assert checks(log.verify_log(against=note)) == {"checkpoint.signature"}

    def test_a_checkpoint_by_another_key_proves_nothing(self, sound_log):
        other = notes.Signer("recourse.test/log", b"\x07" * 32)
        forged = notes.sign_checkpoint(notes.Checkpoint(other.name, 4, b"\x00" * 32), other)
        assert checks(log.verify_log(against=forged)) == {"checkpoint.signature"}


class TestCommand:
    def run(self, capsys, *arguments):
        with pytest.raises(SystemExit) as ended:
            call_command("audit_verify", *arguments)
        return ended.value.code, capsys.readouterr()

    def test_a_sound_log_ends_with_0(self, sound_log, capsys, tmp_path):
        (tmp_path / "held").write_text(sound_log)
        code, printed = self.run(capsys, "--against", str(tmp_path / "held"))
        assert code == 0
        assert "The checkpoint from outside agrees." in printed.out

    def test_a_tampered_log_ends_with_1_and_names_check_and_index(self, sound_log, capsys):
        tamper(EDIT)
        code, printed = self.run(capsys)
        assert code == 1
        assert "entry.hash at 5: expected" in printed.out

    def test_the_form_is_looked_at_on_request(self, sound_log, capsys):
        insert_in_another_form()
        assert self.run(capsys)[0] == 0
        code, printed = self.run(capsys, "--canonical")
        assert code == 1
        assert "entry.canonical at 11: expected a body in canonical form" in printed.out

    def test_json_is_one_object(self, sound_log, capsys):
        code, printed = self.run(capsys, "--json")
        report = json.loads(printed.out)
        assert (code, report["ok"], report["size"], report["problems"]) == (0, True, 11, [])

    def test_what_cannot_run_ends_with_2(self, sound_log, capsys, tmp_path):
        code, printed = self.run(capsys, "--against", str(tmp_path / "nowhere"))
        assert code == 2
        assert "Could not verify" in printed.err
