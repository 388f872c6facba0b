"""The log as the world reads it: checkpoint, tiles, bundles and proofs at their addresses."""

from uuid import uuid4

import pytest
from django.test import Client

from moderation.audit import keys, merkle, notes, proofs, tiles
from moderation.models import AuditCheckpoint, AuditEntry, AuditWitness
from tests.moderation.conftest import log_keys, own_log  # noqa: F401  # fixtures, found by name
from tests.moderation.logs import act, acts, sequence_all
from tests.moderation.test_witness import CAROL

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_log")]

ANYBODY = Client()


@pytest.fixture
def signed():
    """Three hundred leaves: a full tile and a partial one."""
    acts(300)
    sequence_all()
    return AuditCheckpoint.objects.latest_signed()


def test_the_checkpoint_is_public_and_fresh(signed):
    answer = ANYBODY.get("/log/checkpoint")
    assert (answer.status_code, answer["Content-Type"], answer["Cache-Control"]) == (200, "text/plain; charset=utf-8", "public, max-age=5")
    assert notes.open_checkpoint(answer.content, keys.log_verifiers()).size == 300


def test_before_the_first_checkpoint_nothing_is_served():
    act()
    assert ANYBODY.get("/log/checkpoint").status_code == 404
    assert ANYBODY.get("/log/tile/0/000.p/1").status_code == 404


def test_the_tree_is_rebuilt_from_its_tiles_alone(signed):
    leaves = []
    for tile in (tile for tile in tiles.tiles_of(300) if tile.level == 0):
        answer = ANYBODY.get(f"/log/tile/{tile.path}")
        assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
        leaves += tiles.split(answer.content)
    assert merkle.root_of(leaves).hex() == signed.root()
    assert tiles.split(ANYBODY.get("/log/tile/1/000.p/1").content) == [merkle.root_of(leaves[:256])]


@pytest.mark.parametrize("path", ["0/001", "0/001.p/45", "1/000", "2/000.p/1", "0/1", "entries/000", "9/000"])
def test_what_the_signed_tree_has_not_is_not_found(signed, path):
    assert ANYBODY.get(f"/log/tile/{path}").status_code in {403, 404}


def test_entries_beyond_the_checkpoint_are_not_served(signed):
    acts(2)
    assert ANYBODY.get("/log/tile/0/001.p/45").status_code == 404
    sequence_all()
    assert ANYBODY.get("/log/tile/0/001.p/46").status_code == 200
    assert ANYBODY.get("/log/tile/0/001.p/44").status_code == 200


def test_entry_bundles_hold_the_leaves_and_are_for_auditors(signed, client_of, auditor, reviewer):
    answer = client_of(auditor).get("/log/tile/entries/001.p/44")
    assert answer["Cache-Control"] == "private, max-age=31536000, immutable"
    bodies = [bytes(body) for body in AuditEntry.objects.sequenced().values_list("body", flat=True)]
    assert tiles.unbundle(answer.content) == bodies[256:]
    assert client_of(auditor).get("/log/tile/entries/002").status_code == 404
    assert client_of(reviewer).get("/log/tile/entries/001.p/44").status_code == 403
    assert ANYBODY.get("/log/tile/entries/001.p/44").status_code == 403


def test_the_proof_of_an_entry_verifies_against_its_hash(signed, client_of, auditor):
    entry = AuditEntry.objects.get(leaf_index=77)
    proof = proofs.read(client_of(auditor).get(f"/log/proof/{entry.id}").content.decode())
    assert proof.verify(bytes(entry.leaf_hash), keys.log_verifiers())
    assert not proof.verify(merkle.leaf_hash(b"another"), keys.log_verifiers())


def test_an_entry_that_waits_says_when_to_come_back(signed, client_of, auditor):
    answer = client_of(auditor).get(f"/log/proof/{act().id}")
    assert answer.status_code == 409
    assert answer.json()["type"].endswith("pending")
    assert 0 < int(answer["Retry-After"]) <= 60


def test_nothing_newer_than_what_a_witness_refused_is_served(signed, settings, tmp_path):
    settings.LOG_POLICY = tmp_path / "policy"
    settings.LOG_POLICY.write_text(f"witness carol {CAROL.verifier.vkey}\nquorum none\n")
    acts(1)
    sequence_all()
    AuditWitness.objects.create(name="carol", refused_size=301)
    assert notes.open_checkpoint(ANYBODY.get("/log/checkpoint").content, keys.log_verifiers()).size == 300


def test_other_methods_roles_and_ids(signed, client_of, auditor, reviewer):
    for path in ("/log/checkpoint", "/log/tile/0/000"):
        assert ANYBODY.post(path).status_code == 405
    assert ANYBODY.get("/log/checkpoint/").status_code == 404
    entry = AuditEntry.objects.get(leaf_index=0)
    assert client_of(auditor).post(f"/log/proof/{entry.id}").status_code == 405
    assert client_of(reviewer).get(f"/log/proof/{entry.id}").status_code == 403
    assert client_of(auditor).get(f"/log/proof/{uuid4()}").status_code == 404
