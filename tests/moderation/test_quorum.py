"""Policies: who has to cosign before a checkpoint counts."""

import pytest

from moderation.audit import notes, quorum
from moderation.audit.notes import COSIGNATURE, Checkpoint, Signer
from moderation.exports import verify_bundle

LOG = Signer("recourse.test/log", b"\x01" * 32)
ALICE, BOB, CAROL = (Signer(f"{name}.test", bytes([seed]) * 32, COSIGNATURE) for seed, name in enumerate(("alice", "bob", "carol"), 2))
LINES = f"""
# who watches
log {LOG.verifier.vkey}
witness alice {ALICE.verifier.vkey} https://alice.test/
witness bob {BOB.verifier.vkey}
witness carol {CAROL.verifier.vkey}
group friends any bob carol
group everybody 2 alice friends
"""


def test_a_quorum_of_groups():
    policy = quorum.read(LINES + "quorum everybody\n")
    assert policy.witnesses["alice"].url == "https://alice.test"
    assert policy.logs == [LOG.verifier]
    met = [names for names in ([], ["alice"], ["bob", "carol"], ["alice", "bob"], ["alice", "bob", "carol"]) if policy.met_by(names)]
    assert met == [["alice", "bob"], ["alice", "bob", "carol"]]


def test_no_quorum_is_always_met():
    assert quorum.read(LINES + "quorum none").met_by([])
    assert quorum.read("").met_by([])


def test_only_cosignatures_that_verify_count():
    policy, text = quorum.read(LINES + "quorum alice"), Checkpoint("recourse.test/log", 4, bytes(32)).text()
    lines = [LOG.sign(text), ALICE.cosign(text, 1), Signer("x.test", b"\x09" * 32, COSIGNATURE).cosign(text, 1)]
    forged = notes.Signature(BOB.name, BOB.verifier.key_id, BOB.cosign(text, 1).value[:-1] + b"\x00")
    note = text + "\n" + "".join(line.line() for line in [*lines, forged])
    assert set(policy.cosigners(note)) == {"alice"}


UNCLEAR = pytest.mark.parametrize(
    "text",
    [
        "nonsense x",
        f"log {ALICE.verifier.vkey}",
        f"witness alice {LOG.verifier.vkey}\nquorum alice",
        f"witness alice {ALICE.verifier.vkey}",
        f"witness none {ALICE.verifier.vkey}\nquorum none",
        f"witness alice {ALICE.verifier.vkey} ftp://alice\nquorum alice",
        "witness alice\nquorum alice",
        f"witness a/b {ALICE.verifier.vkey}\nquorum a/b",
        f"witness alice {ALICE.verifier.vkey}\nwitness bob {ALICE.verifier.vkey}\nquorum alice",
        f"witness alice {ALICE.verifier.vkey}\nwitness alice {BOB.verifier.vkey}\nquorum alice",
        LINES + "quorum nobody",
        LINES + "quorum alice\nquorum bob",
        LINES + "group alice any bob\nquorum alice",
        LINES + "group more 3 alice bob\nquorum more",
        LINES + "group more 0 alice bob\nquorum more",
        LINES + "group more -1 alice bob\nquorum more",
        LINES + "group more any\nquorum more",
        LINES + "group more 1 alice alice\nquorum more",
        LINES + "group more some alice\nquorum more",
        LINES + "group more any dave\nquorum more",
        LINES + "quorum",
        LINES + "quorum alice bob",
    ],
)


@UNCLEAR
def test_what_is_unclear_is_refused_by_line(text):
    with pytest.raises(quorum.PolicyError):
        quorum.read(text)


NAMED = f"log {LOG.verifier.vkey}\n"


@UNCLEAR
def test_the_offline_verifier_refuses_the_same(text):
    with pytest.raises(verify_bundle.CannotTell):
        verify_bundle.read_policy(NAMED + text, reading_nothing)


@pytest.mark.parametrize("text", ["", LINES + "quorum none", LINES + "quorum everybody", LINES + "group two all alice bob\nquorum two"])
def test_both_readers_count_alike(text):
    ours, theirs = quorum.read(text), verify_bundle.read_policy(NAMED + text, reading_nothing)
    for names in ([], ["alice"], ["bob"], ["alice", "carol"], ["alice", "bob"], ["bob", "carol"]):
        assert ours.met_by(names) is theirs.met_by(theirs.quorum, set(names))


@pytest.mark.parametrize("word", ["log", "export", "receipt"])
def test_only_witnesses_cosign(word):
    with pytest.raises(verify_bundle.CannotTell, match="type 1"):
        verify_bundle.read_policy(f"{NAMED}{word} {ALICE.verifier.vkey}\n", reading_nothing)


def reading_nothing(name):
    raise FileNotFoundError(name)
