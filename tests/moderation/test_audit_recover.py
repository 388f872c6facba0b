"""A database restored to an older state: its lost entries come back from a copy, or nothing is written."""

import json
import shutil

import pytest
from django.core.management import call_command

from moderation.audit import drops, keys, log, merkle, notes, recovery, sequencer, tiles
from moderation.audit.drops import Folder
from moderation.audit.events import Event
from moderation.audit.published import head
from moderation.models.audit import AuditCheckpoint, AuditEntry, AuditNode
from tests.moderation.logs import TABLES, act, many_entries, order_of_leaves, run_sql, sequence_all, tamper
from tests.moderation.test_audit_verify import REHASH

HELD = 254
SIGNED = 260
EDIT = "UPDATE audit_entry SET body = convert_to(replace(convert_from(body, 'UTF8'), 'R-0', 'R-9'), 'UTF8') WHERE leaf_index = 5"


def restore(size):
    """Bring the database to where it was when so many entries had their leaf; afterwards its triggers stand as before."""
    tamper(
        f"DELETE FROM audit_entry WHERE leaf_index >= {size}",
        f"DELETE FROM audit_node WHERE (idx + 1) << level > {size}",
        f"DELETE FROM audit_checkpoint WHERE size > {size}",
    )
    triggers_back()


def triggers_back():
    run_sql(*(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}" for table in TABLES for name in ("audit_rows", "audit_truncate")))


def recover(*places, write_back=True):
    return recovery.recover([str(place) for place in places], write_back=write_back, using="default")


def rows():
    return (
        list(AuditEntry.objects.sequenced().values_list("leaf_index", "id", "tenant", "body", "leaf_hash")),
        list(AuditNode.objects.order_by("level", "idx").values_list("level", "idx", "hash")),
        list(AuditCheckpoint.objects.order_by("size").values_list("size", "note")),
    )


@pytest.fixture
def signed(own_log, tmp_path, settings):
    """The rows of a log of 260 entries, signed at 254 and 260, of which there is a copy."""
    act()
    many_entries(HELD - 1)
    many_entries(SIGNED - HELD)
    settings.LOG_DROPS = [str(tmp_path / "copy")]
    drops.copy_to(Folder(tmp_path / "copy"), head())
    return rows()


@pytest.fixture
def copy(signed, tmp_path):
    """The copy, after the database was restored to the first 254."""
    restore(HELD)
    return tmp_path / "copy"


def test_what_was_lost_comes_back_as_it_was(copy, signed):
    with pytest.raises(sequencer.SequencingRefused, match="restored"):
        log.sequence(using="default")
    since = act(1000)
    found = recover(copy)
    assert (found.stored, found.signed, found.actions, found.written) == (HELD, SIGNED, {"review.claimed": SIGNED - HELD}, True)
    assert rows() == signed
    sequence_all()
    assert order_of_leaves()[SIGNED] == since.id
    entry = AuditEntry.objects.get(leaf_index=SIGNED + 1)
    assert entry.action == "log.recovered"
    assert entry.entry["codes"] == {"first": HELD, "size": SIGNED, "root": found.root}
    report = log.verify_log()
    assert report.ok, report.text()
    assert report.size == SIGNED + 2
    lost = AuditEntry.objects.get(leaf_index=HELD)
    assert lost.created_at.isoformat().replace("+00:00", "Z") == lost.entry["ts"]


def test_without_being_asked_to_it_writes_nothing(copy):
    before = rows()
    found = recover(copy, write_back=False)
    assert not found.written
    assert "6 entries are missing here, 254 to 259" in found.text()
    assert rows() == before
    assert not AuditEntry.objects.pending().exists()


def test_an_empty_database_is_filled_and_the_copy_on_disk_is_made_again(copy):
    restore(0)
    sequencer.disk_copy().unlink()
    recover(copy)
    assert [row[0] for row in rows()[0]] == list(range(SIGNED))
    assert notes.open_checkpoint(sequencer.disk_copy().read_bytes(), keys.log_verifiers()).size == SIGNED
    assert log.verify_log().ok


def test_an_entry_that_had_no_leaf_in_the_backup_gets_the_one_it_had(copy, signed):
    _, identity, tenant, body, leaf = signed[0][SIGNED - 1]
    AuditEntry.objects.create(id=identity, tenant=tenant, body=body, leaf_hash=leaf)
    recover(copy)
    assert rows() == signed


def test_what_is_not_missing_needs_no_copy(copy):
    recover(copy)
    found = recover()
    assert found.text().startswith("Nothing is missing: 260")


class TestSeveralCopies:
    """Of which one is broken: it is named, and the next that reaches as far as what was signed serves."""

    @pytest.fixture
    def broken(self, copy, tmp_path):
        """Another copy, which is looked at first."""
        return shutil.copytree(copy, tmp_path / "broken")

    @pytest.mark.parametrize(
        ("change", "why"),
        [
            (lambda note: note[:-30], "no signatures"),
            (lambda note: note[: note.index(b"\n\n")], "no signatures"),
            (lambda note: note.replace(b"\n260\n", b"\n9999\n"), "does not verify"),
            (lambda _: b"", "no signatures"),
        ],
        ids=["cut in its signature", "without one", "larger than was signed", "empty"],
    )
    def test_a_broken_checkpoint_is_passed_over(self, copy, signed, broken, change, why):
        (broken / "checkpoint").write_bytes(change((broken / "checkpoint").read_bytes()))
        found = recover(broken, copy)
        assert (found.copy, found.signed, found.written) == (str(copy), SIGNED, True)
        [warning] = found.passed_over
        assert warning.startswith(f"{broken} is passed over: ")
        assert why in warning
        assert rows() == signed

    def test_one_without_all_its_tiles_is_passed_over(self, copy, signed, broken):
        (broken / "tile/entries/001.p/4").unlink()
        found = recover(broken, copy)
        assert (found.copy, found.passed_over) == (str(copy), (f"{broken} is passed over: {broken}: tile entries/001.p/4 is missing",))
        assert rows() == signed

    def test_where_none_is_whole_nothing_is_written(self, copy, broken):
        before = rows()
        for place in (copy, broken):
            (place / "tile/entries/001.p/4").unlink()
        with pytest.raises(tiles.TileError, match=f"{broken}: tile"):
            recover(broken, copy)
        assert rows() == before

    def test_the_command_warns(self, copy, broken, monkeypatch, capsys):
        monkeypatch.setattr(recovery, "alias", lambda: "default")
        (broken / "checkpoint").write_bytes(b"")
        call_command("audit_recover", "--from", str(broken), "--from", str(copy))
        told = capsys.readouterr()
        assert f"Warning: {broken} is passed over" in told.err
        assert "--write brings them back" in told.out


class TestRefused:
    @pytest.fixture(autouse=True)
    def unchanged(self, copy):
        """Whatever is refused leaves the log and the copy on disk as they were."""
        self.copy, disk = copy, sequencer.disk_copy().read_bytes()
        yield
        assert AuditEntry.objects.sequenced().count() == HELD
        assert not AuditEntry.objects.naming(Event.LOG_RECOVERED).exists()
        assert sequencer.disk_copy().read_bytes() == disk

    def refused(self, *, as_=recovery.Contradicted, match=None):
        with pytest.raises(as_, match=match):
            recover(self.copy)

    def test_what_is_stored_is_another(self):
        tamper("INSERT INTO audit_node VALUES (0, 9000, sha256('x'))")
        self.refused(match="beyond")
        tamper(EDIT)
        self.refused(match="do not all have their hash")
        tamper(REHASH)
        self.refused(match="nodes of the tree")
        tamper("DELETE FROM audit_node", "DELETE FROM audit_checkpoint")
        tree = merkle.Tree()
        AuditNode.objects.store(tree.extend(bytes(row.leaf_hash) for row in AuditEntry.objects.sequenced()))
        self.refused(match="entry 5 here is not the one in")

    def test_a_tile_of_the_copy_has_a_flipped_bit_or_is_cut_or_gone(self):
        for name in ("tile/entries/000", "tile/entries/001.p/4", "tile/0/000", "tile/0/001.p/4"):
            tile = self.copy / name
            whole = tile.read_bytes()
            tile.write_bytes(whole[:-5] + bytes([whole[-5] ^ 1]) + whole[-4:])
            self.refused()
            tile.write_bytes(whole[:-32])
            self.refused(as_=tiles.TileError)
            tile.unlink()
            self.refused(as_=tiles.TileError, match="missing")
            tile.write_bytes(whole)

    def test_a_copy_of_another_log(self):
        other = notes.Signer("recourse.test/log", b"\x07" * 32)
        (self.copy / "checkpoint").write_text(notes.sign_checkpoint(notes.Checkpoint(other.name, SIGNED, b"\x00" * 32), other))
        self.refused(as_=recovery.NotRecoverable, match="no copy reaches that far; .*copy is passed over: .*not one of ours")

    def test_the_checkpoint_on_disk_or_in_the_database_is_broken(self):
        disk = sequencer.disk_copy().read_bytes()
        sequencer.disk_copy().write_bytes(disk[:-30])
        with pytest.raises(recovery.Contradicted, match="on disk is not one of ours"):
            recover(self.copy)
        sequencer.disk_copy().write_bytes(disk)
        tamper(f"UPDATE audit_checkpoint SET note = replace(note, 'recourse', 'discourse') WHERE size = {HELD}")
        self.refused(match="in the database is not one of ours")

    def test_a_waiting_entry_of_the_same_id_that_says_something_else(self, signed):
        _, identity, tenant, body, _ = signed[0][SIGNED - 1]
        body = bytes(body).replace(b"R-0", b"R-1")
        AuditEntry.objects.create(id=identity, tenant=tenant, body=body, leaf_hash=merkle.leaf_hash(body))
        self.refused(match="not as it was signed")

    def test_a_copy_that_does_not_reach_what_was_signed(self):
        shutil.rmtree(self.copy)
        self.refused(as_=recovery.NotRecoverable, match="no copy reaches that far")

    def test_a_copy_that_changes_between_proof_and_writing(self, monkeypatch):
        prove = recovery._prove

        def then_change(copied, *given):
            proven = prove(copied, *given)
            (self.copy / "tile/entries/001.p/4").unlink()
            return proven

        monkeypatch.setattr(recovery, "_prove", then_change)
        self.refused(as_=tiles.TileError)


class TestCommand:
    @pytest.fixture(autouse=True)
    def one_connection(self, monkeypatch):
        monkeypatch.setattr(recovery, "alias", lambda: "default")

    def test_it_says_what_it_would_do_does_it_and_says_that_nothing_is_missing(self, copy, capsys):
        call_command("audit_recover")
        assert "--write brings them back" in capsys.readouterr().out
        call_command("audit_recover", "--write", "--json")
        said = json.loads(capsys.readouterr().out)
        assert (said["stored"], said["signed"], said["written"]) == (HELD, SIGNED, True)
        call_command("audit_recover", "--from", str(copy))
        assert "Nothing is missing" in capsys.readouterr().out

    def run(self, *arguments):
        with pytest.raises(SystemExit) as ended:
            call_command("audit_recover", *arguments)
        return ended.value.code

    def test_a_contradiction_ends_with_1_and_what_cannot_run_with_2(self, copy, capsys):
        (copy / "tile/entries/000").unlink()
        assert self.run() == 1
        assert "Nothing was written" in capsys.readouterr().err
        assert self.run("--from", str(copy.parent / "nowhere")) == 2
        assert "no copy reaches that far" in capsys.readouterr().err
