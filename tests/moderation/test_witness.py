"""Our witness and our client of witnesses, over real HTTP on this machine: every status, and what each means for the log."""

import http.client
import threading
from datetime import UTC, datetime, timedelta

import pytest

from console.witness import server
from moderation.audit import keys, merkle, notes, published, sequencer, witness
from moderation.audit.notes import COSIGNATURE, Checkpoint, Signer
from moderation.audit.witnessing import Memory, Witness
from moderation.models.audit import AuditCheckpoint
from moderation.models.witnesses import AuditCosignature, AuditWitness
from tests.moderation.logs import acts, sequence_all, tamper

CAROL = Signer("witness.test/carol", b"\x05" * 32, COSIGNATURE)
OTHER = Signer("other.test/log", b"\x06" * 32)
LOG = Signer("recourse.test/log", b"\x07" * 32)
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


class World:
    """A log of its own, in memory, that can be grown and forked."""

    def __init__(self, leaves, seed=b""):
        self.nodes, self.leaves = {}, [merkle.leaf_hash(seed + bytes([place])) for place in range(leaves)]
        for run in merkle.Tree().extend(self.leaves):
            self.nodes |= {(level, index): value for level, index, value in run.named()}

    def note(self, size, *signers):
        return notes.sign_checkpoint(Checkpoint("recourse.test/log", size, merkle.root_of(self.leaves[:size])), *(signers or (LOG,)))

    def ask(self, old, size, *, note=None, proof=None):
        if proof is None:
            proof = merkle.consistency_proof(old, size, lambda *name: self.nodes[name]) if 0 < old <= size else []
        return "\n".join([f"old {old}", *map(notes.encode, proof), "", note or self.note(size)]).encode()


@pytest.fixture
def carol(tmp_path):
    return Witness(CAROL, [LOG.verifier, OTHER.verifier], Memory(tmp_path / "carol.sqlite"), clock=lambda: 1_795_262_400)


@pytest.fixture
def world():
    return World(9)


class TestWitness:
    def test_a_consistent_checkpoint_is_cosigned_and_remembered(self, carol, world):
        for old, new in ((0, 3), (3, 3), (3, 9)):
            answer = carol.add_checkpoint(world.ask(old, new))
            assert (answer.status, answer.media) == (200, "text/plain; charset=utf-8")
            note = notes.open_note((world.note(new) + answer.text).encode(), [CAROL.verifier])
            assert len(note.signatures) == 1
            assert int.from_bytes(note.signatures[0].time_bytes, "big") == 1_795_262_400
        served = carol.checkpoint("e9d3" + "0" * 60)
        assert served.status == 404

    def test_it_serves_what_it_cosigned_last(self, carol, world):
        answer = carol.add_checkpoint(world.ask(0, 9))
        digest = __import__("hashlib").sha256(b"recourse.test/log").hexdigest()
        assert carol.checkpoint(digest).text == world.note(9) + answer.text

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            (b"", 400),
            (b"old 1\n\nnonsense", 400),
            (b"old x\n\n" + World(3).note(3).encode(), 400),
            (b"old 01\n\n" + World(3).note(3).encode(), 400),
            (b"old 0\nAAAA\n\n" + World(3).note(3).encode(), 400),
            (b"old 0\n" + (notes.encode(bytes(32)) + "\n").encode() * 64 + b"\n" + World(3).note(3).encode(), 400),
            (b"old 0\n\n" + b"x" * 300_000, 400),
            (b"\xff\n\n", 400),
            (World(3).ask(5, 3), 400),
            (World(3).ask(0, 3, note=World(3).note(3, Signer("recourse.test/log", b"\x09" * 32))), 403),
            (World(3).ask(0, 3, note=World(3).note(3).replace("\n3\n", "\n4\n")), 403),
            (World(3).ask(0, 3, note=notes.sign_checkpoint(Checkpoint("unknown.test/log", 3, bytes(32)), OTHER)), 404),
            (World(3).ask(2, 3), 409),
            (World(3).ask(0, 3, proof=[bytes(32)]), 422),
            (World(3).ask(0, 0, note=notes.sign_checkpoint(Checkpoint("recourse.test/log", 0, bytes(32)), LOG)), 422),
        ],
    )
    def test_every_refusal_before_it_knows_the_log(self, carol, body, status):
        assert carol.add_checkpoint(body).status == status
        assert carol.memory.last("recourse.test/log") == (0, merkle.EMPTY_ROOT)

    def test_an_empty_tree_is_cosigned_as_what_it_is(self, carol):
        assert carol.add_checkpoint(World(0).ask(0, 0)).status == 200

    def test_another_size_than_it_knows_is_answered_with_that_size(self, carol, world):
        carol.add_checkpoint(world.ask(0, 5))
        answer = carol.add_checkpoint(world.ask(3, 9))
        assert (answer.status, answer.text, answer.media) == (409, "5\n", "text/x.tlog.size")

    @pytest.mark.parametrize(("old", "size"), [(5, 5), (5, 9)])
    def test_a_fork_is_refused(self, carol, world, old, size):
        carol.add_checkpoint(world.ask(0, 5))
        assert carol.add_checkpoint(World(9, b"fork").ask(old, size)).status == 422
        assert carol.memory.last("recourse.test/log")[0] == 5

    def test_a_bad_signature_of_a_known_key_beside_a_good_one_is_refused(self, carol, world):
        good = world.note(3)
        assert carol.add_checkpoint(world.ask(0, 3, note=good + good.splitlines()[-1].replace("A", "B", 1) + "\n")).status in {
            400,
            403,
            200,
        }
        bad = notes.Signature(LOG.name, LOG.verifier.key_id, bytes(64)).line()
        head, _, line = good.partition("\n\n")
        assert carol.add_checkpoint(World(3).ask(0, 3, note=f"{head}\n\n{bad}{line}")).status == 403

    def test_of_two_at_once_one_is_cosigned(self, carol, world):
        known = carol.memory.last("recourse.test/log")
        new = Checkpoint("recourse.test/log", 3, merkle.root_of(world.leaves[:3]))
        assert carol.memory.advance(known, new, "x")
        assert not carol.memory.advance(known, new, "x")

    def test_it_remembers_over_a_restart(self, carol, world, tmp_path):
        carol.add_checkpoint(world.ask(0, 5))
        again = Witness(CAROL, [LOG.verifier], Memory(tmp_path / "carol.sqlite"))
        assert again.add_checkpoint(World(9, b"fork").ask(5, 9)).status == 422


@pytest.fixture
def running(tmp_path, settings, own_log):
    """A witness of this test's log that listens, and a policy that asks for it."""
    watcher = Witness(CAROL, keys.log_verifiers(), Memory(tmp_path / "witness.sqlite"))
    listening = server(watcher, "127.0.0.1", 0)
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    settings.LOG_POLICY = tmp_path / "policy"
    settings.LOG_POLICY.write_text(f"witness carol {CAROL.verifier.vkey} http://127.0.0.1:{listening.server_port}\nquorum carol\n")
    yield listening
    listening.shutdown()
    thread.join()
    listening.server_close()


def ask(minutes=0):
    return witness.ask_witnesses(using="default", now=NOW + timedelta(minutes=minutes))


class TestClient:
    def test_a_checkpoint_is_cosigned_and_served_with_the_cosignature(self, running):
        acts(3)
        sequence_all()
        assert ask() == []
        assert AuditWitness.objects.get().size == 3
        assert set(witness.policy().cosigners(published.head().note)) == {"carol"}
        assert witness.witnessed_size(witness.policy()) == 3
        assert witness.witnessed_checkpoint(witness.policy(), 2) == 3
        assert witness.witnessed_checkpoint(witness.policy(), 4) is None

    def test_each_witness_is_asked_once_a_minute(self, running):
        for minutes, expected in ((0, 2), (0.5, 2), (1, 6)):
            acts(2)
            sequence_all()
            ask(minutes)
            assert AuditWitness.objects.get().size == expected
        assert list(AuditCosignature.objects.order_by("size").values_list("size", flat=True)) == [2, 6]

    def test_a_clock_that_was_ahead_silences_no_witness(self, running):
        acts(2)
        sequence_all()
        ask()
        AuditWitness.objects.update(asked_at=NOW + timedelta(days=3))
        acts(2)
        sequence_all()
        ask()
        assert AuditWitness.objects.get().size == 4

    def test_a_witness_that_knows_another_size_is_asked_with_the_right_proof(self, running):
        acts(3)
        sequence_all()
        ask()
        AuditWitness.objects.update(size=0)
        acts(2)
        sequence_all()
        assert ask(2) == []
        assert AuditWitness.objects.get().size == 5

    def test_rewritten_history_is_refused_and_nothing_newer_is_published(self, running):
        acts(3)
        sequence_all()
        ask()
        self.rewrite()
        acts(2)
        sequence_all()
        assert AuditCheckpoint.objects.latest_signed().size == 5
        assert ask(2) == ["carol refused the tree of 5"]
        assert AuditWitness.objects.get().refused_size == 5
        assert published.head().size == 3

    def rewrite(self):
        """Change a body, rebuild the tree and sign it again: what the database and the log key together can do."""
        tamper("UPDATE audit_entry SET body = set_byte(body, 60, 65)", "UPDATE audit_entry SET leaf_hash = sha256('\\x00'::bytea || body)")
        tamper("UPDATE audit_entry SET leaf_index = NULL", "DELETE FROM audit_node", "DELETE FROM audit_checkpoint")
        sequencer.disk_copy().unlink()
        sequence_all()

    def test_a_restored_database_is_noticed_by_the_larger_size_it_knows(self, running):
        acts(3)
        sequence_all()
        acts(2)
        sequence_all()
        ask()
        tamper("DELETE FROM audit_checkpoint WHERE size = 5")
        AuditWitness.objects.update(size=0)
        assert ask(2) == ["carol refused the tree of 3"]
        assert published.head() is None

    def test_it_publishes_again_once_the_witness_agrees(self, running):
        acts(3)
        sequence_all()
        AuditWitness.objects.create(name="carol", refused_size=2)
        assert published.head() is None
        assert ask() == []
        assert published.head().size == 3

    def test_a_witness_that_the_policy_no_longer_names_freezes_nothing(self, running, settings):
        acts(3)
        sequence_all()
        AuditWitness.objects.create(name="gone", refused_size=1)
        assert published.head().size == 3
        assert witness.standing().refused == ()
        settings.LOG_POLICY.write_text("nothing clear\n")
        assert published.head() is None
        assert witness.standing().refused == (("gone", 1),)

    def test_a_witness_that_is_away_costs_its_cosignature_and_is_said(self, running, settings):
        settings.LOG_POLICY.write_text(f"witness carol {CAROL.verifier.vkey} http://127.0.0.1:9\nquorum carol\n")
        acts(3)
        sequence_all()
        assert ask() == ["carol did not cosign: -1"]
        assert published.head().size == 3
        assert not witness.lapsed(now=datetime.now(UTC))
        assert witness.lapsed(now=datetime.now(UTC) + timedelta(minutes=3))

    def test_a_cosignature_by_another_key_is_not_taken(self, running, settings):
        dave = Signer("witness.test/carol", b"\x08" * 32, COSIGNATURE)
        settings.LOG_POLICY.write_text(settings.LOG_POLICY.read_text().replace(CAROL.verifier.vkey, dave.verifier.vkey))
        acts(1)
        sequence_all()
        assert ask() == ["carol did not cosign: -2"]
        assert not AuditCosignature.objects.exists()

    def test_without_a_policy_nobody_is_asked(self, own_log):
        acts(1)
        sequence_all()
        assert ask() == []
        assert not witness.lapsed(now=datetime.now(UTC) + timedelta(days=1))


class TestDoor:
    def get(self, listening, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", listening.server_port, timeout=5)
        connection.putrequest(method, path)
        for name, value in (headers or {"Content-Length": str(len(body or b""))}).items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status

    @pytest.mark.parametrize(
        ("method", "path", "headers", "status"),
        [
            ("GET", "/add-checkpoint", None, 405),
            ("POST", "/add-checkpoint", None, 400),
            ("POST", "/add-checkpoint", {"Content-Length": "x"}, 411),
            ("POST", "/add-checkpoint", {"Content-Length": "9999999"}, 413),
            ("GET", "/" + "0" * 64 + "/checkpoint", None, 404),
            ("POST", "/" + "0" * 64 + "/checkpoint", None, 405),
            ("GET", "/", None, 404),
        ],
    )
    def test_the_litany(self, running, method, path, headers, status):
        assert self.get(running, method, path, headers=headers) == status
