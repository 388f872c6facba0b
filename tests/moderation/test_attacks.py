"""The attack suite: each attack is made with the power it takes, and the one who has to notice it does. The run ends with the table."""

import pytest
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, transaction

from conversations import vault
from conversations.models import Transcript
from moderation.audit import keys, log, merkle, notes, proofs, published, sequencer, succeeding
from moderation.audit.notes import COSIGNATURE, Checkpoint, Signer
from moderation.audit.witnessing import Memory, Witness
from moderation.exports import bundle, verify_bundle
from moderation.models.audit import AuditCheckpoint, AuditEntry
from tests import make
from tests.moderation.logs import act, acts, bundled, run_sql, sequence_all, tamper
from tests.moderation.test_audit_verify import EDIT, REHASH, rewrite_history

CAROL = Signer("witness.test/carol", b"\x05" * 32, COSIGNATURE)
APP = {
    "UPDATE": "UPDATE audit_entry SET body = body",
    "DELETE": "DELETE FROM audit_entry",
    "TRUNCATE": "TRUNCATE audit_entry",
    "DISABLE TRIGGER": "ALTER TABLE audit_entry DISABLE TRIGGER ALL",
    "replica role": "SET LOCAL session_replication_role = replica",
    "preset leaf_index": "INSERT INTO audit_entry (id, tenant, body, leaf_hash, leaf_index) "
    "SELECT gen_random_uuid(), tenant, body, leaf_hash, 70 FROM audit_entry LIMIT 1",
    "wrong leaf_hash": "INSERT INTO audit_entry (id, tenant, body, leaf_hash) "
    "SELECT gen_random_uuid(), tenant, body, sha256(body) FROM audit_entry LIMIT 1",
}
SEQUENCER = {
    "give an entry another index": "UPDATE audit_entry SET leaf_index = leaf_index + 100",
    "clear an index": "UPDATE audit_entry SET leaf_index = NULL",
}
REWRITES = {
    "edit a body and all hashes, sign again": [EDIT],
    "delete the tail": ["DELETE FROM audit_entry WHERE leaf_index >= 9"],
    "reorder": [
        "UPDATE audit_entry SET leaf_index = 99 WHERE leaf_index = 2",
        "UPDATE audit_entry SET leaf_index = 2 WHERE leaf_index = 3",
        "UPDATE audit_entry SET leaf_index = 3 WHERE leaf_index = 99",
    ],
    "backdate": [
        "UPDATE audit_entry SET leaf_index = 99 WHERE leaf_index = 10",
        "UPDATE audit_entry SET leaf_index = leaf_index + 200 WHERE leaf_index BETWEEN 4 AND 9",
        "UPDATE audit_entry SET leaf_index = leaf_index - 199 WHERE leaf_index > 200",
        "UPDATE audit_entry SET leaf_index = 4 WHERE leaf_index = 99",
    ],
}


@pytest.fixture
def noticed(record_property):
    """Put a row into the table that the run prints."""

    def note(attack, power, by):
        record_property("attack", f"{attack} | {power} | {by}")

    return note


@pytest.fixture
def held(own_log):
    """Eleven entries; the last checkpoint as somebody outside holds it."""
    acts(11)
    return sequence_all(limit=4)[-1].note


@pytest.fixture
def carol(held, tmp_path):
    """A witness that has cosigned the tree of eleven."""
    watcher = Witness(CAROL, keys.log_verifiers(), Memory(tmp_path / "carol.sqlite"))
    assert watcher.add_checkpoint(f"old 0\n\n{held}".encode()).status == 200
    return watcher


def exit_of(*arguments):
    with pytest.raises(SystemExit) as ended:
        call_command(*arguments)
    return ended.value.code


def shown(old, leaves, note):
    """What the witness is asked when it knows `old`: the best proof that the attacker's own tree gives."""
    nodes = {}
    for run in merkle.Tree().extend(leaves):
        nodes |= {(level, index): value for level, index, value in run.named()}
    size = len(leaves)
    proof = merkle.consistency_proof(old, size, lambda *name: nodes[name]) if old <= size else []
    return "\n".join([f"old {min(old, size)}", *map(notes.encode, proof), "", note]).encode()


@pytest.mark.parametrize("attack", APP)
def test_the_application_is_refused(held, noticed, attack):
    run_sql("SET LOCAL ROLE recourse_app")
    with pytest.raises(DatabaseError), transaction.atomic():
        run_sql(APP[attack])
    noticed(attack, "application role", "PostgreSQL refuses")


@pytest.mark.parametrize("attack", SEQUENCER)
def test_the_sequencer_is_refused(held, noticed, attack):
    run_sql("SET LOCAL ROLE recourse_seq")
    with pytest.raises(DatabaseError), transaction.atomic():
        run_sql(SEQUENCER[attack])
    noticed(attack, "sequencer role", "PostgreSQL refuses")


def test_an_edited_body(held, noticed, capsys):
    tamper(EDIT)
    assert exit_of("audit_verify") == 1
    assert "entry.hash at 5" in capsys.readouterr().out
    noticed("edit a body", "superuser", "audit_verify")


@pytest.mark.parametrize("attack", REWRITES)
def test_rewritten_history(held, carol, noticed, tmp_path, attack, capsys):
    (tmp_path / "held").write_text(held)
    tamper(*REWRITES[attack])
    run_sql(REHASH)
    rewrite_history()
    assert exit_of("audit_verify") == 0
    assert exit_of("audit_verify", "--against", str(tmp_path / "held")) == 1
    acts(12)
    sequence_all()
    leaves = [merkle.leaf_hash(bytes(row.body)) for row in AuditEntry.objects.sequenced()]
    assert carol.add_checkpoint(shown(11, leaves, published.head().note)).status == 422
    noticed(attack, "superuser + log key", "audit_verify --against, witness 422")


def test_a_fork(held, carol, noticed):
    fork = [merkle.leaf_hash(b"fork %d" % place) for place in range(11)]
    note = notes.sign_checkpoint(Checkpoint("recourse.test/log", 11, merkle.root_of(fork)), *keys.log_signers())
    assert carol.add_checkpoint(shown(11, fork, note)).status == 422
    noticed("fork", "operator", "witness 422")


def test_an_accepted_event_that_is_dropped(own_log, noticed):
    make.make_ground()
    receipt = make.send(make.ended()).receipt
    tamper(f"DELETE FROM audit_entry WHERE id = '{receipt['entry_id']}'")
    sequence_all()
    assert log.verify_log().ok
    assert keys.verify_receipt(receipt)
    assert not AuditEntry.objects.filter(pk=receipt["entry_id"]).exists()
    leaf = bytes.fromhex(receipt["leaf_hash"])
    assert not any(proofs.prove(one).verify(leaf, keys.log_verifiers()) for one in AuditEntry.objects.sequenced())
    noticed("drop an accepted event", "superuser", "receipt without proof")


def test_an_old_backup(held, carol, noticed, capsys):
    tamper("DELETE FROM audit_entry WHERE leaf_index >= 8", "DELETE FROM audit_checkpoint WHERE size > 8")
    run_sql("DELETE FROM audit_node WHERE (idx + 1) << level > 8")
    act()
    with pytest.raises(sequencer.SequencingRefused, match="restored"):
        sequence_all()
    answer = carol.add_checkpoint(f"old 8\n\n{published.head().note}".encode())
    assert (answer.status, answer.text) == (409, "11\n")
    noticed("restore an old backup", "operator", "audit_sequence refuses, witness 409 with a larger size")


def test_a_succession_that_hides_what_was_signed(held, carol, noticed, tmp_path, capsys):
    """Back to four entries, as if eight had been all that was ever signed."""
    (tmp_path / "held").write_text(held)
    keys.replace_file(sequencer.disk_copy(), AuditCheckpoint.objects.get(size=8).note)
    tamper("DELETE FROM audit_entry WHERE leaf_index >= 4", "DELETE FROM audit_checkpoint WHERE size > 4")
    run_sql("DELETE FROM audit_node WHERE (idx + 1) << level > 4")
    succeeding.succeed([], write=True, using="default")
    sequence_all()
    assert exit_of("audit_verify") == 0
    assert exit_of("audit_verify", "--against", str(tmp_path / "held")) == 1
    assert "checkpoint.size, outside" in capsys.readouterr().out
    assert carol.add_checkpoint(f"old 11\n\n{published.head().note}".encode()).status == 404
    noticed("follow after less than was signed", "operator", "audit_verify --against")


@pytest.mark.parametrize("part", ["entry", "proof", "tile", "note"])
def test_one_flipped_bit(own_log, noticed, part):
    acts(300)
    sequence_all()
    content = bundled(bundle.Wanted(0, 299 if part == "tile" else 3))
    name = {"entry": "entries.ndjson", "proof": "proofs/2.tlog-proof", "tile": "tile/0/000", "note": "checkpoint"}[part]
    members = verify_bundle.read_zip(content)
    changed = bytearray(members[name])
    changed[len(changed) // 2] ^= 1
    flipped = b"".join(verify_bundle.zip_parts((members | {name: bytes(changed)}).items()))
    verdict = verify_bundle.verify(flipped, bundle.policy_text())
    assert verdict.code == 1
    assert verdict.lines[0].startswith(f"{name}: ")
    noticed(f"flip a bit of the {part}", "anyone", "verify_bundle.py")


def test_swapped_ciphertexts(ground, noticed):
    first, second = make.make_ending(), make.make_ending()
    rows = [Transcript.objects.filter(branch=ending.branch).latest("version") for ending in (first, second)]
    sealed = rows[0].sealed
    Transcript.objects.filter(pk=rows[1].pk).update(sealed=sealed)
    with pytest.raises(vault.Tampered):
        Transcript.objects.get(pk=rows[1].pk).content()
    noticed("swap ciphertexts between conversations", "database administrator", "AES-GCM, on opening")


def test_two_sequencers(held, noticed):
    row = act()
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditEntry.objects.assign(10, [row.id])
    noticed("two sequencers", "accident", "advisory lock, unique index")
