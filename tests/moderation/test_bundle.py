"""Evidence bundles: built from the log, verified by a process that knows nothing of this project, and refused when any bit is another."""

import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tracemalloc
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace

import pytest
from django.core.management import call_command

from moderation.actions import evidence
from moderation.audit import entries, keys, notes, published, witness
from moderation.audit.notes import COSIGNATURE, Signer
from moderation.exports import bundle, packing, verify_bundle
from moderation.exports.bundle import BadRange, NotYet, Wanted
from moderation.models.audit import AuditEntry
from moderation.models.witnesses import AuditCosignature, AuditWitness
from tests import make
from tests.moderation.logs import OTHER_FORMS, act, acts, bundled, many_entries, sequence_all

FLIPS = int(os.environ.get("BUNDLE_FLIPS", "10000"))
CAROL = Signer("witness.test/carol", b"\x05" * 32, COSIGNATURE)


@pytest.fixture
def watched(own_log, settings, tmp_path):
    """A log whose policy asks for a witness."""
    settings.LOG_POLICY = tmp_path / "watched"
    settings.LOG_POLICY.write_text(f"witness carol {CAROL.verifier.vkey} http://127.0.0.1:9\nquorum carol\n")


def interrupted(monkeypatch, module):
    """Let a module fail with the first piece of a bundle, as a full disk does; returns the directories of bundles that were begun."""
    begun, make_file = [], packing.tempfile.SpooledTemporaryFile

    def begin(**given):
        begun.append(make_file(**given))
        return begun[-1]

    def fail(_piece):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(packing.tempfile, "SpooledTemporaryFile", begin)
    monkeypatch.setattr(module, "hashlib", SimpleNamespace(sha256=lambda: SimpleNamespace(update=fail)))
    return begun


def cosign():
    head = published.head()
    line = CAROL.cosign(head.note.partition("\n\n")[0] + "\n", 1_795_262_400).line()
    AuditCosignature.objects.create(size=head.size, witness="carol", line=line)
    AuditWitness.objects.update_or_create(name="carol", defaults={"size": head.size})


def signed(count):
    acts(count)
    sequence_all()


def verdict(content, **given):
    found = verify_bundle.verify(content, given.pop("policy", bundle.policy_text()), **given)
    return found.code, " ".join(found.lines)


WITHOUT_SOCKETS = """
import runpy, socket, sys
def refused(*arguments, **named):
    raise OSError("the network is cut")
socket.socket = socket.create_connection = socket.getaddrinfo = refused
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def cut_off():
    """How Python is run without a network: in a namespace that has none, else without sockets."""
    if shutil.which("unshare") and subprocess.run(["unshare", "-rn", "true"], capture_output=True, check=False).returncode == 0:
        return ["unshare", "-rn", sys.executable, "-I"]
    return [sys.executable, "-I", "-c", WITHOUT_SOCKETS]


def alone(tmp_path, content, *arguments, policy=True, python=(sys.executable, "-I")):
    """Verify as an outsider does: the file that lies in the bundle, in a process of its own, away from the project."""
    members = verify_bundle.read_zip(content)
    (tmp_path / "verify_bundle.py").write_bytes(members["verify_bundle.py"])
    (tmp_path / "bundle.zip").write_bytes(content)
    (tmp_path / "policy").write_text(bundle.policy_text())
    options = ["--policy", str(tmp_path / "policy")] if policy else []
    command = [*python, str(tmp_path / "verify_bundle.py"), str(tmp_path / "bundle.zip"), *options, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=tmp_path, env={"PATH": os.defpath}, check=False)
    return done.returncode, done.stdout + done.stderr


def test_an_outsider_verifies_a_few_entries(own_log, tmp_path):
    signed(12)
    content = bundled(Wanted(3, 7))
    code, text = alone(tmp_path, content)
    assert (code, text) == (0, "5 entries are in the log recourse.test/log, in the tree of 12 that it signed.\n")
    assert {f"proofs/{index}.tlog-proof" for index in range(3, 8)} <= verify_bundle.read_zip(content).keys()
    assert shutil.which("unzip") is None or subprocess.run(["unzip", "-tq", tmp_path / "bundle.zip"], check=False).returncode == 0


def test_an_outsider_verifies_a_range_by_its_tiles(own_log, tmp_path):
    signed(700)
    content = bundled(Wanted(200, 600))
    members = verify_bundle.read_zip(content)
    assert [name for name in members if name.startswith("tile/")] == ["tile/0/000", "tile/0/001", "tile/0/002.p/188", "tile/1/000.p/2"]
    assert not any(name.startswith("proofs/") for name in members)
    assert alone(tmp_path, content)[0] == 0


@pytest.mark.parametrize("python", [cut_off(), [sys.executable, "-I", "-c", WITHOUT_SOCKETS]], ids=["cut off", "without sockets"])
def test_it_verifies_with_the_network_cut(own_log, tmp_path, python):
    signed(3)
    (tmp_path / "probe.py").write_text("import socket\nsocket.create_connection(('127.0.0.1', 9), 1)\n")
    probe = subprocess.run([*python, str(tmp_path / "probe.py")], capture_output=True, text=True, timeout=60, check=False)
    assert "unreachable" in probe.stderr or "the network is cut" in probe.stderr
    assert alone(tmp_path, bundled(Wanted(0, 2)), python=python)[0] == 0


def test_without_a_policy_it_is_only_self_consistent(own_log, tmp_path):
    signed(3)
    code, text = alone(tmp_path, bundled(Wanted(0, 2)), policy=False)
    assert code == 2
    assert "not authenticated" in text


def test_equal_input_gives_equal_bytes(own_log):
    signed(5)
    assert bundled(Wanted(0, 4)) == bundled(Wanted(0, 4))


def test_entries_are_the_bytes_that_were_hashed(own_log):
    signed(4)
    lines = verify_bundle.read_zip(bundled(Wanted(1, 2)))["entries.ndjson"].splitlines()
    bodies = [bytes(row.body) for row in AuditEntry.objects.filter(leaf_index__in=[1, 2]).order_by("leaf_index")]
    assert [line[len(b'{"entry":') : -len(b',"index":1}')] for line in lines] == bodies
    assert [json.loads(line)["index"] for line in lines] == [1, 2]


@pytest.mark.fuzz
@pytest.mark.parametrize("span", [(0, 9), (0, 299)])
def test_any_flipped_bit_is_refused(own_log, span):
    """Ten thousand bits by default; BUNDLE_FLIPS asks for more."""
    signed(span[1] + 2)
    content, policy, chance = bytearray(bundled(Wanted(*span))), bundle.policy_text(), random.Random(9162)
    assert verdict(bytes(content))[0] == 0
    for _ in range(FLIPS // 4):
        at, bit = chance.randrange(len(content)), 1 << chance.randrange(8)
        content[at] ^= bit
        assert verify_bundle.verify(bytes(content), policy).code == 1, at
        content[at] ^= bit


@pytest.mark.fuzz
@pytest.mark.parametrize("reseal", [False, True], ids=["with no key", "with the key of exports"])
def test_any_flipped_bit_of_a_member_is_refused_where_checksums_are_made_to_fit(own_log, reseal):
    """With the key of exports the manifest is no help: then proofs, signatures and hashes alone refuse."""
    signed(12)
    content, policy, chance = bundled(Wanted(2, 9)), bundle.policy_text(), random.Random(6962)
    names = [name for name in verify_bundle.read_zip(content) if not reseal or name.startswith(("proofs/", "entries", "checkpoint"))]
    for _ in range(FLIPS // 4):
        name = chance.choice(names)

        def flip(members, name=name):
            changed = bytearray(members[name])
            changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
            members[name] = bytes(changed)

        assert verify_bundle.verify(repack(content, flip, reseal=reseal), policy).code == 1, name


def repack(content, change, *, reseal=True):
    """Change members and write everything else to fit, as somebody who lacks the keys can: hashes, sizes, checksums."""
    members = verify_bundle.read_zip(content)
    change(members)
    if reseal:
        manifest = json.loads(members["manifest.json"])
        manifest["files"] = {
            name: {"sha256": hashlib.sha256(one).hexdigest(), "size": len(one)}
            for name, one in members.items()
            if name not in verify_bundle.UNSIGNED
        }
        manifest["entries"] = members["entries.ndjson"].count(b"\n")
        members["manifest.json"] = verify_bundle.canonical(manifest)
        text = f"{verify_bundle.MANIFEST_HEADER}\n{hashlib.sha256(members['manifest.json']).hexdigest()}\n"
        members["manifest.sig"] = notes.sign_note(text, keys.export_signer()).encode()
    return b"".join(verify_bundle.zip_parts(members.items()))


def replacing(name, old, new):
    def change(members):
        assert old in members[name]
        members[name] = members[name].replace(old, new)

    return change


class TestMembers:
    """Each part refuses on its own: here even the manifest is signed anew, with the stolen key of exports."""

    @pytest.fixture
    def content(self, own_log):
        signed(4)
        earlier = published.head().note
        signed(6)
        return bundled(Wanted(2, 5, earlier=earlier))

    @pytest.mark.parametrize(
        ("change", "named"),
        [
            (replacing("entries.ndjson", b"review.claimed", b"review.decided"), "proofs/2.tlog-proof"),
            (replacing("entries.ndjson", b'"index":3', b'"index":7'), "entries.ndjson"),
            (lambda members: members.pop("proofs/4.tlog-proof"), "entries.ndjson"),
            (lambda members: members.update({"proofs/4.tlog-proof": members["proofs/3.tlog-proof"]}), "proofs/4.tlog-proof"),
            (replacing("checkpoint", b"\n10\n", b"\n11\n"), "checkpoint"),
            (lambda members: members.update(checkpoint=members["checkpoint"][:-20]), "checkpoint"),
            (lambda members: members.update(checkpoint=b""), "checkpoint"),
            (replacing("earlier", b"\n4\n", b"\n5\n"), "earlier"),
            (replacing("consistency", b"old 4", b"old 3"), "consistency"),
            (lambda members: members.update(consistency=b"old 4\n\n"), "consistency"),
            (replacing("manifest.json", b'"last":5', b'"last":6'), "entries.ndjson"),
            (replacing("manifest.json", b'"first":2', b'"first":1'), "entries.ndjson"),
        ],
    )
    def test_a_changed_member_is_named(self, content, change, named):
        code, text = verdict(repack(content, change))
        assert code == 1
        assert text.startswith(f"{named}: ")

    @pytest.mark.parametrize("name", ["README", "policy", "verify_bundle.py", "entries.ndjson", "proofs/3.tlog-proof", "checkpoint"])
    def test_without_the_key_every_member_is_held_by_the_manifest(self, content, name):
        changed = repack(content, lambda members: members.update({name: members[name] + b" "}), reseal=False)
        assert verdict(changed) == (1, f"{name}: it is not as the manifest lists it")

    def test_added_and_missing_members_are_named(self, content):
        assert verdict(repack(content, lambda members: members.update(more=b""), reseal=False))[1].startswith("more: ")
        assert verdict(repack(content, lambda members: members.pop("README"), reseal=False))[1] == "README: it is missing"

    def test_a_cut_or_foreign_file_is_refused(self, content):
        for cut in (content[:-1], content[: len(content) // 2], b"", b"PK", content + b"x"):
            assert verdict(cut)[0] == 1

    def test_another_log_key_is_not_believed(self, content):
        other = Signer("recourse.test/log", b"\x08" * 32).verifier.vkey
        policy = bundle.policy_text().replace(keys.log_verifier().vkey, other)
        assert verdict(content, policy=policy) == (1, "checkpoint: no trusted log key signed it")

    def test_a_policy_that_names_nobody_decides_nothing(self, content):
        for policy in ("", "nonsense", bundle.policy_text().replace("export ", "# ")):
            assert verdict(content, policy=policy)[0] == 2

    def test_it_continues_the_checkpoint_that_is_held(self, content, tmp_path):
        members = verify_bundle.read_zip(content)
        (tmp_path / "held").write_bytes(members["earlier"])
        code, text = alone(tmp_path, content, "--earlier", str(tmp_path / "held"))
        assert code == 0
        assert "continues the checkpoint over 4" in text

    def test_a_fork_from_the_checkpoint_that_is_held_is_refused(self, content):
        fork = notes.sign_checkpoint(notes.Checkpoint("recourse.test/log", 4, bytes(32)), *keys.log_signers())
        code, text = verdict(content, earlier=fork)
        assert code == 1
        assert text.startswith("earlier: ")


class TestOrigin:
    """A reader who trusts two logs is never told that entries of the one are of the other, whichever keys are stolen."""

    other = Signer("other.test/log", b"\x09" * 32)
    others_exports = Signer("other.test/log/export", b"\x0a" * 32)

    @pytest.fixture
    def content(self, own_log):
        signed(4)
        return bundled(Wanted(1, 2))

    def refusal(self, content):
        both = f"{bundle.policy_text()}log {self.other.verifier.vkey}\nexport {self.others_exports.verifier.vkey}\n"
        code, text = verdict(content, policy=both)
        assert code == 1
        return text

    def under(self, note):
        """Put another checkpoint into a bundle, and under each of its proofs."""

        def change(members):
            before = members["checkpoint"]
            members.update({name: one.replace(before, note.encode()) for name, one in members.items() if name.startswith("proofs/")})
            members["checkpoint"] = note.encode()

        return change

    def test_a_checkpoint_of_another_log_by_its_own_trusted_key(self, content):
        head = notes.parse_checkpoint(notes.parse_note(published.head().note.encode()).text)
        note = notes.sign_checkpoint(notes.Checkpoint(self.other.name, head.size, head.root), self.other)
        assert self.refusal(repack(content, self.under(note))) == (
            "checkpoint: it is of the log other.test/log, the manifest says that the bundle is of recourse.test/log"
        )

    def test_a_checkpoint_that_names_this_log_by_the_key_of_another(self, content):
        text = notes.parse_note(published.head().note.encode()).text
        assert self.refusal(repack(content, self.under(notes.sign_note(text, self.other)))) == (
            "checkpoint: it says that it is of the log recourse.test/log, and other.test/log signed it, the key of another log"
        )

    def test_a_manifest_that_names_another_log(self, content):
        swapped = repack(content, replacing("manifest.json", b'"origin":"recourse.test/log"', b'"origin":"other.test/log"'))
        assert self.refusal(swapped) == (
            "manifest.sig: the manifest says that it is of the log other.test/log, "
            "and recourse.test/log/export signed it, a key of another log"
        )

    def test_a_manifest_that_names_another_log_by_that_ones_key(self, content, monkeypatch):
        monkeypatch.setattr(keys, "export_signer", lambda: self.others_exports)
        swapped = repack(content, replacing("manifest.json", b'"origin":"recourse.test/log"', b'"origin":"other.test/log"'))
        assert self.refusal(swapped).startswith("checkpoint: it is of the log recourse.test/log, the manifest says")
        assert self.refusal(repack(content, lambda _: None)).startswith(
            "manifest.sig: the manifest says that it is of the log recourse.test/log"
        )


def test_memory_does_not_grow_with_the_entries(own_log):
    acts(1)
    many_entries(28_000)
    few, many = peak(Wanted(0, 3_999)), peak(Wanted(0, 27_999))
    assert many < few + 64 * 1024  # the lines of the further entries alone have 9 MB


def peak(what):
    """Build a bundle and pass over it; returns the most memory that took at once."""
    tracemalloc.start()
    with TemporaryDirectory() as folder, closing(bundle.build(what, Path(folder)).parts()) as parts:
        for _ in parts:
            pass
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


class TestQuorum:
    def test_it_waits_for_the_witness_and_says_who_cosigned(self, watched, tmp_path):
        signed(4)
        with pytest.raises(NotYet):
            bundled(Wanted(0, 3))
        cosign()
        signed(2)
        made = bundled(Wanted(0, 3))
        assert json.loads(verify_bundle.read_zip(made)["manifest.json"])["checkpoint"] == 4
        code, text = alone(tmp_path, made)
        assert code == 0
        assert "cosigned by carol" in text

    def test_a_checkpoint_without_the_quorum_of_the_reader_is_refused(self, own_log):
        signed(3)
        policy = bundle.policy_text() + f"witness carol {CAROL.verifier.vkey}\nquorum carol\n"
        assert verdict(bundled(Wanted(0, 2)), policy=policy)[0] == 1

    def test_the_client_and_the_verifier_agree_on_the_newest_witnessed_tree(self, watched):
        signed(4)
        cosign()
        assert witness.witnessed_checkpoint(witness.policy(), 1) == 4


class TestForm:
    @pytest.mark.parametrize(("old", "new"), OTHER_FORMS)
    def test_a_leaf_that_can_be_written_otherwise_is_refused(self, own_log, monkeypatch, old, new):
        """Everything is signed and proven: the log itself took it."""
        written = entries.canonical

        def otherwise(value):
            return written(value).replace(old, new)

        acts(2)
        monkeypatch.setattr(entries, "canonical", otherwise)
        act()
        sequence_all()
        assert verdict(bundled(Wanted(0, 1)))[0] == 0
        assert verdict(bundled(Wanted(0, 2))) == (1, "entries.ndjson: entry 2 is not canonical JSON")


class TestReceipts:
    def test_receipts_come_along_and_hold(self, own_log):
        make.make_ground()
        receipt = make.send(make.ended()).receipt
        sequence_all()
        entry = AuditEntry.objects.get(pk=receipt["entry_id"])
        content = bundled(Wanted(entry.leaf_index, entry.leaf_index, receipts=True))
        assert verdict(content) == (0, verdict(content)[1])
        assert "1 receipts hold" in verdict(content)[1]
        name = f"receipts/{receipt['entry_id']}.json"
        assert verdict(repack(content, replacing(name, receipt["commit"].encode(), b"0" * 64)))[1].startswith(f"{name}: ")


class TestRange:
    @pytest.mark.parametrize("span", [(3, 2), (-1, 2), (0, 9), (0, 1_000_000)])
    def test_what_is_no_range_is_refused(self, own_log, span):
        signed(3)
        with pytest.raises(BadRange):
            bundled(Wanted(*span))

    def test_an_earlier_checkpoint_of_another_log_is_refused(self, own_log):
        signed(3)
        for note in ("nonsense", notes.sign_checkpoint(notes.Checkpoint("recourse.test/log", 9, bytes(32)), *keys.log_signers())):
            with pytest.raises(BadRange):
                bundled(Wanted(0, 2, earlier=note))

    def test_entries_without_a_checkpoint_are_not_ready(self, own_log):
        signed(3)
        act()
        with pytest.raises(NotYet):
            bundled(Wanted(0, 3))


class TestCommand:
    @pytest.fixture
    def sequencer_at_work(self, monkeypatch):
        """What another process does while the command waits."""
        monkeypatch.setattr(evidence.time, "sleep", lambda _: sequence_all())

    def test_it_writes_a_bundle_that_proves_its_own_request(self, own_log, sequencer_at_work, tmp_path, capsys):
        signed(3)
        out = tmp_path / "out.zip"
        call_command("audit_export", "0", "2", "--out", str(out), "--json")
        facts = json.loads(capsys.readouterr().out)
        assert facts["sha256"] == hashlib.sha256(out.read_bytes()).hexdigest()
        assert (facts["rows"], facts["tree"]) == (3, 4)
        assert verdict(out.read_bytes())[0] == 0
        requested, produced = AuditEntry.objects.filter(target_type="export").order_by("id")
        assert json.loads(verify_bundle.read_zip(out.read_bytes())["manifest.json"])["log_entry"] == str(requested.id)
        assert produced.entry["codes"]["sha256"] == facts["sha256"]

    @pytest.mark.parametrize("arguments", [("0", "99", "--wait", "0"), ("2", "1"), ("0", "2", "--wait", "0")])
    def test_what_cannot_be_written_leaves_nothing_behind(self, own_log, tmp_path, arguments, monkeypatch):
        monkeypatch.setattr(evidence.time, "sleep", lambda _: None)
        signed(3)
        with pytest.raises(SystemExit) as ended:
            call_command("audit_export", *arguments, "--out", str(tmp_path / "out.zip"))
        assert ended.value.code == 2
        assert not (tmp_path / "out.zip").exists()

    def test_what_is_interrupted_leaves_no_file_and_none_open(self, own_log, sequencer_at_work, tmp_path, monkeypatch):
        signed(3)
        begun = interrupted(monkeypatch, evidence)
        with pytest.raises(OSError, match="No space") as refused:
            evidence.write_evidence(Wanted(0, 2), tmp_path / "out.zip", patience=5)
        assert [one.closed for one in begun] == [True], refused  # whose traceback holds on to all that is left
        assert not (tmp_path / "out.zip").exists()

    def test_a_file_that_is_there_is_never_written_over(self, own_log, tmp_path):
        (tmp_path / "out.zip").write_text("mine")
        with pytest.raises(SystemExit) as ended:
            call_command("audit_export", "0", "2", "--out", str(tmp_path / "out.zip"))
        assert ended.value.code == 2
        assert (tmp_path / "out.zip").read_text() == "mine"
