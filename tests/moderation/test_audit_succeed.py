"""A database restored to an older state whose lost entries nobody holds: another log follows, and says so."""

import json
import re
import shutil
from dataclasses import replace
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qsl

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from moderation.actions import verifications
from moderation.actions.exports import BadOrder
from moderation.actions.witnesses import note_refusals
from moderation.audit import drops, keys, log, notes, origins, proofs, published, recovery, sequencer, succeeding, succession, witness
from moderation.audit.events import Event, Target, service
from moderation.audit.merkle import leaf_hash
from moderation.audit.notes import Checkpoint, Signer
from moderation.audit.rebuilding import Reached
from moderation.audit.verify import verify_slice
from moderation.audit.witnessing import Memory, Witness
from moderation.exports import bundle, verify_bundle
from moderation.models import Export, ExportFormat, ExportKind
from moderation.models.audit import AuditCheckpoint, AuditEntry
from moderation.models.witnesses import AuditWitness
from moderation.states import ExportState, Redaction
from tests import make
from tests.moderation.logs import act, acts, bundled, many_entries, order_of_leaves, sequence_all, tamper
from tests.moderation.test_audit_recover import restore, triggers_back
from tests.moderation.test_bundle import repack, replacing
from tests.moderation.test_exports import asked, built, request_export

KEPT, LAST_HELD, SIGNED = 256, 254, 260
OLD, NEW = "recourse.test/log", "recourse.test/log/2"


def replied(answer):
    """What arrives of a witness's answer."""
    return witness.Reply(answer.status, answer.text)


@pytest.fixture
def lost(own_log, settings):
    """A log signed at 254, 256 and 260, of which a backup held 256; then two acts that wait. Returns the last note."""
    act()
    for count in (LAST_HELD - 1, KEPT - LAST_HELD, SIGNED - KEPT):
        many_entries(count)
    note = sequencer.disk_copy().read_text()
    restore(KEPT)
    acts(2)
    return note


def succeed(*places, write=True):
    return succeeding.succeed([str(place) for place in places], write=write, using="default")


@pytest.fixture
def followed(lost):
    """The same, followed by another log, which is signed."""
    succeed()
    sequence_all()
    return lost


class TestOpened:
    def test_the_first_entry_commits_to_the_last_checkpoint_and_what_waited_comes_after(self, lost):
        with pytest.raises(sequencer.SequencingRefused, match="restored"):
            log.sequence(using="default")
        waiting = list(AuditEntry.objects.pending().values_list("id", flat=True))
        opened = succeed()
        sequence_all()
        first = AuditEntry.objects.get(pk=order_of_leaves()[0])
        assert (first.action, first.number, first.log.name) == ("log.succeeded", "2/0", NEW)
        codes = first.entry["codes"]
        assert (codes["origin"], codes["size"], codes["kept"]) == (OLD, SIGNED, KEPT)
        assert codes["root"] == notes.parse_checkpoint(notes.parse_note(lost.encode()).text).root.hex()
        assert order_of_leaves()[1:3] == waiting
        assert [entry.action for entry in AuditEntry.objects.sequenced()[3:]] == ["log.opened", "log.key_added"]
        assert opened.follows == succession.read(origins.newest())
        assert published.head().note.startswith(f"{NEW}\n5\n")

    def test_verification_passes_and_names_the_gap(self, followed):
        report = log.verify_log(canonical=True)
        assert report.ok, report.text()
        assert (report.origin, report.size) == (NEW, 5)
        assert f"{NEW} follows {OLD} was signed up to {SIGNED}" in report.proven
        assert "256 to 259 were lost" in report.proven
        assert "itself signed the first 256" in report.proven

    def test_slices_verify_both_like_one(self, followed, monkeypatch):
        whole, reached, sizes = log.verify_log(), Reached(), []
        monkeypatch.setattr("moderation.audit.pages.PAGE", 100)
        while (report := verify_slice(reached, enough=lambda: True)) is None:
            sizes.append((reached.before[1].tree.size, reached.tree.size))
        assert sizes == [(100, 0), (200, 0)]
        assert replace(report, seconds=0) == replace(whole, seconds=0)

    def test_every_problem_of_the_old_log_is_counted(self, followed):
        tamper("UPDATE audit_entry SET leaf_hash = sha256('x') WHERE leaf_index BETWEEN 0 AND 59")
        report = log.verify_log()
        assert (report.found, len(report.problems)) == (60, 50)

    def test_a_worker_verifies_both_in_slices(self, followed, senior, monkeypatch):
        monkeypatch.setattr("moderation.audit.pages.PAGE", 100)
        monkeypatch.setattr(verifications, "SLICE_SECONDS", 0)
        monkeypatch.setattr(sequencer, "alias", lambda: "default")
        verification = verifications.request_verification(actor=senior)
        make.judge_all()
        verification.refresh_from_db()
        assert (verification.sound, verification.error) == (True, "")
        assert verification.reached["before"]["1"]["size"] == 200
        assert f"{OLD} itself signed the first 256" in verification.report["proven"]

    def test_the_old_log_stays_served_and_proven_as_it_was(self, followed, client):
        old = AuditEntry.objects.get(leaf_index=7)
        with origins.at(1):
            assert proofs.prove(old).verify(leaf_hash(bytes(old.body)), keys.log_verifiers())
        assert client.get("/log/1/checkpoint").content.decode().startswith(f"{OLD}\n{KEPT}\n")
        assert len(client.get("/log/1/tile/0/000").content) == 256 * 32
        assert client.get("/log/2/checkpoint").content.decode().startswith(f"{NEW}\n5\n")
        assert len(client.get("/log/2/tile/0/000.p/5").content) == 5 * 32
        assert client.get("/log/3/checkpoint").status_code == client.get("/log/0/checkpoint").status_code == 404

    def test_an_address_that_may_be_kept_for_ever_never_answers_otherwise(self, lost, client):
        paths = ["/log/tile/0/000", "/log/tile/1/000.p/1"]
        before = [client.get(path).content for path in paths]
        succeed()
        many_entries(300)
        sequence_all()
        assert [client.get(path).content for path in paths] == before
        assert client.get("/log/2/tile/0/000").content != before[0]
        assert client.get("/log/checkpoint").content == client.get("/log/1/checkpoint").content

    def test_receipts_name_the_new_log_and_old_ones_still_hold(self, lost):
        fields = {"event_id": "e", "entry_id": "1", "leaf_hash": "ab", "commit": "cd", "received_at": "2026-11-21T04:00:00Z"}
        before = keys.sign_receipt(fields)
        succeed()
        after = keys.sign_receipt(fields)
        assert (before["origin"], after["origin"]) == (OLD, NEW)
        assert before["key_id"] != after["key_id"]
        assert keys.verify_receipt(before)
        assert keys.verify_receipt(after)
        assert not keys.verify_receipt(after | {"origin": OLD})

    def test_a_witness_takes_it_as_a_log_of_its_own(self, lost, tmp_path, settings, monkeypatch):
        old = keys.log_verifiers()
        succeed()
        signer, memory = Signer("witness.test/carol", b"\x05" * 32, notes.COSIGNATURE), Memory(tmp_path / "witness.sqlite")
        carol = Witness(signer, [*old, *keys.log_verifiers()], memory)
        assert carol.add_checkpoint(f"old 0\n\n{lost}".encode()).status == 200
        settings.LOG_POLICY = tmp_path / "policy"
        settings.LOG_POLICY.write_text(f"witness carol {signer.verifier.vkey} http://127.0.0.1:9\nquorum carol\n")
        monkeypatch.setattr(witness, "post", lambda _, body: replied(carol.add_checkpoint(body.encode())))
        sequence_all()
        assert witness.ask_witnesses(using="default") == []
        report = log.verify_log()
        assert (report.ok, report.cosignatures, report.witnessed) == (True, 1, 5)
        assert memory.last(OLD)[0], memory.last(NEW)[0] == (SIGNED, 5)

    def test_copies_lie_beside_those_of_the_old_log(self, lost, tmp_path, settings):
        settings.LOG_DROPS = [str(tmp_path / "copy")]
        drops.copy_to(drops.drop_at(settings.LOG_DROPS[0]), published.head())
        succeed(tmp_path / "copy")
        sequence_all()
        drops.copy_to(drops.drop_at(settings.LOG_DROPS[0]), published.head())
        assert (tmp_path / "copy/checkpoint").read_text().startswith(f"{OLD}\n{KEPT}\n")
        assert (tmp_path / "copy/origin-2/checkpoint").read_text().startswith(f"{NEW}\n5\n")
        report = log.verify_log()
        assert report.ok, report.text()

    def test_a_copy_with_a_broken_checkpoint_is_passed_over_and_stays_a_finding(self, lost, tmp_path, settings, monkeypatch, capsys):
        monkeypatch.setattr(recovery, "alias", lambda: "default")
        broken = tmp_path / "broken"
        broken.mkdir()
        (broken / "checkpoint").write_text(lost.replace(f"\n{SIGNED}\n", f"\n{SIGNED + 40}\n"))
        settings.LOG_DROPS = [str(broken)]
        call_command("audit_succeed", "--write")
        assert f"Warning: {broken} is passed over: the checkpoint {broken} is not one of ours" in capsys.readouterr().err
        sequence_all()
        assert succession.read(origins.newest()).size == SIGNED
        assert {problem.check for problem in log.verify_log().problems} == {f"checkpoint.signature, {broken}, {OLD}"}

    def test_the_third_follows_the_second(self, followed):
        acts(3)
        sequence_all()
        tamper(
            f"DELETE FROM audit_entry WHERE leaf_index >= {origins.SPAN + 6}",
            f"DELETE FROM audit_node WHERE idx >= ({origins.SPAN} + 6) >> level AND (idx + 1) << level > {origins.SPAN} + 6",
            f"DELETE FROM audit_checkpoint WHERE size > {origins.SPAN + 6}",
        )
        triggers_back()
        assert succeed().origin == f"{OLD}/3"
        sequence_all()
        report = log.verify_log()
        assert report.ok, report.text()
        assert f"{OLD}/3 follows {NEW} was signed up to 8" in report.proven
        assert f"{NEW} follows {OLD}" in report.proven

    def test_after_a_crash_it_goes_on_with_the_same_entry_and_keys(self, lost, monkeypatch):
        replace_file = keys.replace_file

        def fill_up(path, text):
            if path.name == origins.FOLLOWS:
                raise OSError("full")
            replace_file(path, text)

        with monkeypatch.context() as patched:
            patched.setattr(keys, "replace_file", fill_up)
            with pytest.raises(OSError, match="full"):
                succeed()
        (first,) = AuditEntry.objects.filter(action="log.succeeded")
        assert origins.newest().number == 1
        with pytest.raises(sequencer.SequencingRefused, match="restored"):
            log.sequence(using="default")
        assert "entry.beyond" in {problem.check for problem in log.verify_log().problems}
        succeed()
        sequence_all()
        assert order_of_leaves()[0] == first.pk
        assert AuditEntry.objects.filter(action="log.succeeded").count() == 1
        assert log.verify_log().ok


def forget(settings, tmp_path):
    """Go on as a process whose folder of keys does not have the second log; returns where that one's is."""
    aside = tmp_path / "aside"
    origins.Origin(2).folder.rename(aside)
    origins._known.clear()
    return aside


class TestKeysThatDoNotKnowIt:
    """A machine, or a restored folder, without `origin-2`: the old log is never signed again, nor filled."""

    @pytest.fixture(autouse=True)
    def elsewhere(self, own_log, tmp_path, settings):
        """Five entries signed, three kept, two of the log that follows; then keys as they were when three were signed."""
        acts(3)
        sequence_all()
        earlier = sequencer.disk_copy().read_text()
        acts(2)
        sequence_all()
        drops.copy_to(drops.Folder(tmp_path / "copy"), published.head())
        self.signed = sequencer.disk_copy().read_text()
        restore(3)
        succeed()
        act()
        sequence_all()
        self.aside = forget(settings, tmp_path)
        keys.replace_file(sequencer.disk_copy(), earlier)

    def test_nothing_is_signed(self):
        act()
        with pytest.raises(sequencer.SequencingRefused, match="origin-2"):
            log.sequence(using="default")
        assert AuditCheckpoint.objects.latest_signed().leaves == 3
        assert AuditEntry.objects.sequenced().count() == 3

    def test_nothing_is_brought_back(self, tmp_path):
        with pytest.raises(recovery.NotRecoverable, match="origin-2"):
            recovery.recover([str(tmp_path / "copy")], write_back=True, using="default")

    def test_no_other_keys_are_made(self):
        keys.replace_file(sequencer.disk_copy(), self.signed)
        with pytest.raises(recovery.Contradicted, match="origin-2"):
            succeed()
        assert not origins.Origin(2).folder.exists()

    def test_with_them_it_goes_on(self):
        self.aside.rename(origins.Origin(2).folder)
        act()
        sequence_all()
        assert log.verify_log().ok


class TestLostAgain:
    def test_a_second_restore_takes_the_whole_second_log(self, own_log):
        acts(3)
        sequence_all()
        acts(2)
        sequence_all()
        restore(3)
        succeed()
        act()
        sequence_all()
        tamper(
            f"DELETE FROM audit_entry WHERE leaf_index >= {origins.SPAN}",
            f"DELETE FROM audit_node WHERE (idx + 1) << level > {origins.SPAN}",
            f"DELETE FROM audit_checkpoint WHERE size > {origins.SPAN}",
        )
        triggers_back()
        opened = succeed()
        assert (opened.origin, opened.follows.kept) == (f"{OLD}/3", 0)
        sequence_all()
        report = log.verify_log()
        assert report.ok, report.text()
        assert f"What {NEW} said of {OLD} is lost with it" in report.proven
        assert f"{OLD} itself signed the first 3" in report.proven
        (origins.Origin(2).folder / origins.FOLLOWS).write_text("no note")
        assert {problem.check for problem in log.verify_log().problems} == {"succession.note"}


class TestPages:
    @pytest.fixture(autouse=True)
    def short(self, own_log):
        """Seven entries signed, five of them kept, one since, and the log that follows: five more."""
        acts(5)
        sequence_all()
        acts(2)
        sequence_all()
        restore(5)
        act()
        succeed()
        act()
        sequence_all()

    def test_the_log_names_what_it_follows_and_entries_their_log(self, client_of, auditor):
        client, place = client_of(auditor), origins.SPAN
        page = client.get("/audit/").content.decode()
        assert f"{OLD} was signed up to 7 entries" in page
        assert f"/audit/{place}/" in page
        entry = client.get(f"/audit/{place}/").content.decode()
        assert "Entry 2/0: log.succeeded" in entry
        assert "the checkpoint over 5 entries" in entry
        assert f"/audit/{place - 1}/" not in entry
        assert "the checkpoint over 5 entries" in client.get("/audit/4/").content.decode()
        assert client.get("/search/", {"q": "2/0"})["Location"] == f"/audit/{place}/"
        assert client.get("/search/", {"q": "4"})["Location"] == "/audit/4/"
        told = [(one["log"], one["leaf_index"]) for one in client.get("/api/v1/audit/").json()["results"]]
        assert {(OLD, 4), (NEW, 0), (NEW, 4)} <= set(told)

    def test_bars_count_the_entries_of_both(self, client_of, auditor):
        assert client_of(auditor).get("/audit/").context["brush"].total == AuditEntry.objects.count()


class TestRefused:
    def test_a_log_that_can_go_on(self, own_log):
        with pytest.raises(succeeding.NotOpened, match="signed nothing yet"):
            succeed()
        acts(3)
        sequence_all()
        with pytest.raises(succeeding.NotOpened, match="it can go on"):
            succeed()
        assert origins.newest().number == 1

    def test_one_that_a_copy_can_fill(self, own_log, tmp_path):
        acts(5)
        sequence_all()
        drops.copy_to(drops.Folder(tmp_path / "copy"), published.head())
        restore(3)
        with pytest.raises(succeeding.NotOpened, match="audit_recover brings it back"):
            succeed(tmp_path / "copy")

    def test_one_whose_rest_was_changed(self, lost):
        tamper("UPDATE audit_entry SET body = convert_to(replace(convert_from(body, 'UTF8'), 'R-0', 'R-9'), 'UTF8') WHERE leaf_index = 5")
        with pytest.raises(recovery.Contradicted, match="is not what it signed"):
            succeed()
        assert origins.newest().number == 1

    def test_without_being_asked_to_it_writes_nothing(self, lost, monkeypatch, capsys):
        monkeypatch.setattr(recovery, "alias", lambda: "default")
        call_command("audit_succeed")
        said = capsys.readouterr().out
        assert f"{NEW} would follow it; nothing was written" in said
        assert "2 entries wait" in said
        assert not (origins.Origin(2).folder).exists()
        assert not AuditEntry.objects.filter(action="log.succeeded").exists()
        call_command("audit_succeed", "--write", "--json")
        assert json.loads(capsys.readouterr().out)["follows"]["size"] == SIGNED
        with pytest.raises(SystemExit) as ended:
            call_command("audit_succeed", "--write")
        assert ended.value.code == 2


class TestForged:
    """Each succession that hides something is told from the true one."""

    def found(self, against=None):
        report = log.verify_log(against=against)
        assert not report.ok, report.text()
        return {problem.check for problem in report.problems}

    def test_a_smaller_checkpoint_than_others_hold(self, lost):
        with origins.at(1):
            smaller = AuditCheckpoint.objects.latest_signed().note
            keys.replace_file(sequencer.disk_copy(), smaller)
        with pytest.raises(succeeding.NotOpened, match="it can go on"):
            succeed()
        restore(LAST_HELD)
        assert smaller.split("\n")[1] == str(KEPT)
        succeed()
        sequence_all()
        assert log.verify_log().ok
        assert self.found(against=lost) == {f"checkpoint.size, outside, {OLD}"}

    def test_a_checkpoint_in_the_gap_cannot_be_compared(self, lost):
        with origins.at(1):
            signer, held = keys.log_signers()[0], notes.parse_checkpoint(notes.parse_note(lost.encode()).text)
        succeed()
        sequence_all()
        assert log.verify_log(against=lost).ok
        within = notes.sign_checkpoint(Checkpoint(OLD, 258, b"\x01" * 32), signer)
        with pytest.raises(notes.NoteError, match="some were lost"):
            log.verify_log(against=within)
        other = notes.sign_checkpoint(Checkpoint(OLD, SIGNED, held.root[::-1]), signer)
        assert self.found(against=other) == {f"checkpoint.root, outside, {OLD}"}

    def test_a_note_that_the_old_log_never_signed(self, followed):
        stranger = Signer(OLD, b"\x07" * 32)
        forged = notes.sign_checkpoint(Checkpoint(OLD, SIGNED, b"\x01" * 32), stranger)
        (origins.Origin(2).folder / origins.FOLLOWS).write_text(forged)
        assert self.found() == {"succession.note"}

    def test_another_note_than_the_entry_commits_to(self, followed):
        with origins.at(1):
            signed = notes.sign_checkpoint(Checkpoint(OLD, SIGNED + 1, b"\x01" * 32), *keys.log_signers())
        (origins.Origin(2).folder / origins.FOLLOWS).write_text(signed)
        assert self.found() == {"succession.entry"}

    def test_a_log_that_begins_with_anything_else(self, lost):
        with origins.at(2):
            keys.ensure_keys()
        keys.replace_file(origins.Origin(2).folder / origins.FOLLOWS, lost)
        with pytest.raises(sequencer.SequencingRefused, match="audit_succeed"):
            log.sequence(using="default")
        assert succeed().origin == NEW

    def test_a_first_entry_that_leaves_out_what_it_has_to_say(self, followed):
        tamper(
            f"""UPDATE audit_entry SET body = convert_to(replace(convert_from(body, 'UTF8'), '"kept":', '"keep":'), 'UTF8')
            WHERE leaf_index = {origins.SPAN}"""
        )
        assert "succession.entry" in self.found()

    def test_what_was_kept_and_is_gone_or_changed_since(self, followed):
        tamper("DELETE FROM audit_entry WHERE leaf_index = 255")
        assert f"succession.kept, {OLD}" in self.found()

    def test_entries_put_into_the_gap(self, followed):
        tamper(f"UPDATE audit_entry SET leaf_index = {KEPT} WHERE leaf_index = {origins.SPAN + 4}")
        assert f"succession.kept, {OLD}" in self.found()


class TestBundle:
    def proven(self, earlier=None, first=0):
        made = bundled(bundle.Wanted(first, 4))
        return verify_bundle.verify(made, bundle.policy_text(), earlier=earlier)

    def test_it_says_which_log_it_follows_to_who_holds_a_checkpoint_of_that(self, followed):
        assert self.proven().code == 0
        assert f"its entry 0 says that it follows {OLD}, signed up to {SIGNED} and kept up to {KEPT}" in self.proven().lines[0]
        held = self.proven(earlier=followed)
        assert (held.code, f"follows the checkpoint of {OLD} over {SIGNED} that you hold" in held.lines[0]) == (0, True)
        assert self.proven(earlier=followed, first=1).code == 2

    def test_entries_that_this_log_does_not_have_are_not_waited_for(self, followed):
        with pytest.raises(bundle.BadRange, match="no such entries"):
            bundled(bundle.Wanted(0, 100))

    def test_who_holds_a_checkpoint_of_a_log_further_back_is_not_told_that_something_was_changed(self, followed):
        tamper(
            f"DELETE FROM audit_entry WHERE leaf_index >= {origins.SPAN + 3}",
            f"DELETE FROM audit_node WHERE idx >= ({origins.SPAN} + 3) >> level AND (idx + 1) << level > {origins.SPAN} + 3",
            f"DELETE FROM audit_checkpoint WHERE size > {origins.SPAN + 3}",
        )
        triggers_back()
        succeed()
        sequence_all()
        made = bundled(bundle.Wanted(0, 1))
        verdict = verify_bundle.verify(made, bundle.policy_text(), earlier=followed)
        assert (verdict.code, NEW in verdict.lines[0]) == (2, True)

    def test_an_entry_that_names_a_log_the_reader_does_not_know(self, followed):
        said = verify_bundle.follows(verify_bundle.read_zip(bundled(bundle.Wanted(0, 0))), Checkpoint(NEW, 5, b""))
        policy = verify_bundle.read_policy(bundle.policy_text(), lambda _: b"")
        head = verify_bundle.Checkpoint(NEW, 5, b"", frozenset(), "")
        with pytest.raises(verify_bundle.Bad, match="follows recourse"):
            verify_bundle.check_followed(head, said | {"origin": "recourse.test/other"}, policy, followed)

    def test_an_older_checkpoint_in_it_is_of_the_same_log(self, followed):
        made = verify_bundle.read_zip(bundled(bundle.Wanted(0, 0)))
        policy = verify_bundle.read_policy(bundle.policy_text(), lambda _: b"")
        head = verify_bundle.open_checkpoint("checkpoint", made["checkpoint"], policy)
        with origins.at(1):
            same = notes.sign_checkpoint(Checkpoint(OLD, head.size, head.root), *keys.log_signers())
        with pytest.raises(verify_bundle.Bad, match="another log"):
            verify_bundle.check_continues("earlier", "by", {"earlier": same.encode(), "by": b"old 5\n\n"}, head, policy)

    def test_who_holds_more_or_other_than_it_says_is_told(self, followed):
        with origins.at(1):
            (signer,) = keys.log_signers()
        larger = notes.sign_checkpoint(Checkpoint(OLD, SIGNED + 1, b"\x01" * 32), signer)
        other = notes.sign_checkpoint(Checkpoint(OLD, SIGNED, b"\x01" * 32), signer)
        smaller = notes.sign_checkpoint(Checkpoint(OLD, SIGNED - 1, b"\x01" * 32), signer)
        assert [self.proven(earlier=note).code for note in (larger, other, smaller)] == [1, 1, 2]
        stranger = notes.sign_checkpoint(Checkpoint(OLD, SIGNED, b"\x01" * 32), Signer(OLD, b"\x07" * 32))
        assert self.proven(earlier=stranger).code == 1


class TestBundleOfTheOldLog:
    def test_an_earlier_log_is_bundled_and_verified_by_its_own_head(self, followed):
        made = bundled(bundle.Wanted(3, 7, log=1))
        manifest = json.loads(verify_bundle.read_zip(made)["manifest.json"])
        assert (manifest["origin"], manifest["asked_in"], manifest["checkpoint"]) == (OLD, NEW, KEPT)
        verdict = verify_bundle.verify(made, bundle.policy_text())
        assert (verdict.code, verdict.lines) == (
            0,
            [f"5 entries are in the log {OLD}, in the tree of {KEPT} that it signed; asked for in the log {NEW}, which follows."],
        )

    def test_many_come_with_the_tiles_of_the_old_tree(self, lost, monkeypatch):
        monkeypatch.setattr(bundle, "FEW", 100)
        succeed()
        many_entries(300)  # the new log has tiles at the same paths
        sequence_all()
        made = bundled(bundle.Wanted(0, KEPT - 1, log=1))
        assert "tile/1/000.p/1" in verify_bundle.read_zip(made)
        assert verify_bundle.verify(made, bundle.policy_text()).code == 0

    def test_it_continues_an_older_checkpoint_of_its_own(self, followed):
        with origins.at(1):
            held = AuditCheckpoint.objects.over(LAST_HELD).get().note
        verdict = verify_bundle.verify(bundled(bundle.Wanted(0, 1, earlier=held, log=1)), bundle.policy_text(), earlier=held)
        assert (verdict.code, f"continues the checkpoint over {LAST_HELD}" in verdict.lines[0]) == (0, True)

    def test_the_command_proves_its_own_entry_in_the_new_log(self, followed, tmp_path, monkeypatch, capsys):
        monkeypatch.setattr("moderation.actions.evidence.time.sleep", lambda _: sequence_all())
        call_command("audit_export", "0", "1", "--log", "1", "--out", str(tmp_path / "old.zip"))
        assert f"2 entries of {OLD} under {KEPT}" in capsys.readouterr().out
        made = (tmp_path / "old.zip").read_bytes()
        assert b'"action":"export.requested"' in verify_bundle.read_zip(made)["asked/entries.ndjson"]
        assert verify_bundle.verify(made, bundle.policy_text()).code == 0

    @pytest.mark.parametrize(("last", "number"), [(KEPT, 1), (0, 3), (0, 0)])
    def test_what_it_never_had_or_signed_is_refused_at_once(self, followed, last, number):
        with pytest.raises(bundle.BadRange):
            bundled(bundle.Wanted(0, last, log=number))

    def test_who_knows_the_old_log_alone_has_to_learn_the_new_key(self, followed):
        policy = "".join(line for line in bundle.policy_text().splitlines(keepends=True) if f"{NEW}+" not in line)
        assert verify_bundle.verify(bundled(bundle.Wanted(0, 1, log=1)), policy).lines == ["asked/checkpoint: no trusted log key signed it"]

    def test_each_part_of_it_is_held_against_the_others(self, followed):
        made = bundled(bundle.Wanted(0, 1, log=1))
        with origins.at(2):
            swaps = {
                '"asked_in":"other.test/2"': "other.test/2",
                f'"asked_in":"{OLD}/1x"': "1x",
            }
            for swap in swaps:
                changed = repack(made, replacing("manifest.json", f'"asked_in":"{NEW}"'.encode(), swap.encode()))
                assert verify_bundle.verify(changed, bundle.policy_text()).lines[0].startswith("manifest.sig: the manifest says")
            old = verify_bundle.read_zip(made)["checkpoint"]
            other = repack(made, lambda members: members.update({"asked/checkpoint": old}))
            assert verify_bundle.verify(other, bundle.policy_text()).lines[0].startswith("asked/checkpoint: it is of the log")

    def test_a_log_that_follows_another_than_this_did_not_ask_for_it(self, followed):
        policy = verify_bundle.read_policy(bundle.policy_text(), lambda _: b"")
        head = verify_bundle.open_checkpoint("checkpoint", verify_bundle.read_zip(bundled(bundle.Wanted(0, 0)))["checkpoint"], policy)
        verify_bundle.check_origin({"origin": NEW, "asked_in": f"{OLD}/3"}, head)
        for stranger in (f"{OLD}/2", f"{OLD}/1", "other.test/log/3", OLD, "3"):
            with pytest.raises(verify_bundle.Bad, match="no log that follows"):
                verify_bundle.check_origin({"origin": NEW, "asked_in": stranger}, head)


class TestExports:
    """A window, and an ending, that reach back into the old log."""

    @pytest.fixture(autouse=True)
    def both(self, own_log, ground):
        self.ending = make.make_ending()
        sequence_all()
        self.kept = AuditEntry.objects.sequenced().count()
        acts(2)
        sequence_all()
        restore(self.kept)
        succeed()
        with transaction.atomic():
            log.record(Event.TRANSCRIPT_VIEWED, Target("ending", self.ending.public_id), actor=service("test"), purpose="legal")
        sequence_all()

    def test_a_window_says_what_lies_in_the_log_before(self):
        export, members = built(ExportKind.AUDIT)
        method = members["METHOD"].decode()
        assert f"{self.kept} entries of this window lie in {OLD}" in method
        assert "/log/tile/entries/" in method
        assert export.rows == json.loads(members["manifest.json"])["rows"] == AuditEntry.objects.sequenced().count() - 1

    @pytest.mark.parametrize("form", [ExportFormat.NDJSON, ExportFormat.CSV])
    def test_the_old_log_is_exported_by_its_number(self, form):
        export, members = built(ExportKind.AUDIT, form, log=1)
        manifest = json.loads(members["manifest.json"])
        assert (export.log.name, export.rows, export.asked_entries) == (OLD, self.kept, (0, self.kept - 1))
        assert (manifest["origin"], manifest["asked_in"], manifest["order"]["log"]) == (OLD, NEW, OLD)
        assert f"Proven in the log {OLD}." in members["METHOD"].decode()
        assert b"export.requested" in members["asked/entries.ndjson"]
        assert f"of {OLD}" in members["README"].decode()

    def test_a_window_of_it_is_fixed_when_it_is_asked_for(self):
        export = request_export(
            asked(ExportKind.AUDIT, log=1, since=timezone.now() - timedelta(days=1)), actor=make.make_person("compliance")
        )
        assert export.asked_entries == (0, self.kept - 1)

    @pytest.mark.parametrize("wrong", [{"log": 3}, {"log": 0}, {"log": 1, "kind": ExportKind.ENDINGS}, {"log": 1, "leaves": (0, 9999)}])
    def test_no_such_log_or_entries_are_refused(self, wrong):
        wrong = {"kind": ExportKind.AUDIT, **wrong}
        with pytest.raises(BadOrder):
            request_export(asked(wrong.pop("kind"), **wrong), actor=make.make_person("compliance"))

    def test_page_and_api_name_the_log_and_offer_the_old_one(self, client_of, compliance):
        client = client_of(compliance)
        form = client.get("/exports/new/").content.decode()
        assert f'<option value="1">{OLD}</option>' in form
        given = {"kind": "audit", "format": "ndjson", "log": "1", "first": "0", "last": "1"}
        page = client.post("/exports/new/", given, follow=True).content.decode()
        assert f"Entries 0 to 1 of {OLD}" in page
        told = client.post("/api/v1/exports/", {"kind": "audit", "format": "ndjson", "log": OLD}, content_type="application/json")
        assert (told.status_code, told.json()["log"]) == (202, OLD)
        refused = client.post("/api/v1/exports/", {"kind": "audit", "format": "ndjson", "log": "x"}, content_type="application/json")
        assert (refused.status_code, list(refused.json()["fields"])) == (422, ["log"])
        sequence_all()
        make.judge_all()
        for one in Export.objects.all():
            assert f'the log <span class="mono">{OLD}</span>' in client.get(f"/exports/{one.public_id}/").content.decode()

    def test_what_was_asked_of_the_old_log_is_asked_again_as_its_link_says(self, client_of, compliance):
        export, _ = built(ExportKind.AUDIT, log=1, since=timezone.now() - timedelta(days=1))
        Export.objects.update(state=ExportState.EXPIRED)
        client = client_of(compliance)
        [query] = re.findall(r'href="/exports/new/\?([^"#]*)#ask"', client.get(f"/exports/{export.public_id}/").content.decode())
        given = dict(parse_qsl(unescape(query)))
        assert client.post("/exports/new/", given).status_code == 302
        assert Export.objects.exclude(pk=export.pk).get().asked_entries == (0, self.kept - 1)

    def test_a_case_file_tells_of_both(self):
        _, members = built(ExportKind.CASE, ExportFormat.HTML, redaction=Redaction.TEXT, subject=self.ending.public_id)
        trail = json.loads(members["case.json"])["trail"]
        assert {one["log"] for one in trail} == {OLD, NEW}
        assert [one["log"] for one in trail] == sorted(one["log"] for one in trail)
        assert NEW in members["case.html"].decode()


def test_numbers_that_meant_entries_of_the_old_log_go_on_to_mean_these(own_log, ground):
    acts(5)
    sequence_all()
    kept = AuditEntry.objects.sequenced().count()
    acts(2)
    sequence_all()
    restore(kept)
    export = request_export(asked(ExportKind.AUDIT, leaves=(0, 1)), actor=make.make_person("compliance"))
    succeed()
    sequence_all()
    make.judge_all()
    export.refresh_from_db()
    assert export.error == ""
    assert (export.term, export.log.name, export.rows) == (ExportState.READY, OLD, 2)
    assert verify_bundle.verify(export.path.read_bytes(), bundle.policy_text()).code == 0


def test_a_witness_that_refuses_the_new_log_at_a_size_of_the_old_is_an_alarm(own_log, settings):
    acts(3)
    sequence_all()
    AuditWitness.objects.create(name="carol", refused_size=2, status=422)
    assert note_refusals() == 1
    sequence_all()
    restore(4)
    keys.replace_file(sequencer.disk_copy(), notes.sign_checkpoint(Checkpoint(OLD, 5, b"\x01" * 32), *keys.log_signers()))
    succeed()
    sequence_all()
    assert note_refusals() == 0
    AuditWitness.objects.update(refused_size=origins.SPAN + 2)
    assert [note_refusals(), note_refusals()] == [1, 0]


def test_an_export_folder_of_keys_is_all_that_a_second_machine_needs(followed, settings, tmp_path):
    shutil.copytree(settings.KEYS_DIR, tmp_path / "elsewhere")
    settings.KEYS_DIR = tmp_path / "elsewhere"
    assert origins.current().name == NEW
    assert log.verify_log().ok
