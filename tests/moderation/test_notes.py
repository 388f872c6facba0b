"""Signed notes: the worked example of the specification, and everything a parser must refuse."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.audit import notes
from moderation.audit.notes import Checkpoint, NoteError, Signer

VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
SKEY = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
LINE = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
NOTE = f"{TEXT}\n{LINE}"

LOG = Signer("recourse.test/log", b"\x07" * 32)
OTHER = Signer("witness.test", b"\x08" * 32)
CHECKPOINT = Checkpoint("recourse.test/log", 42, b"\x2a" * 32)


def opened(note, *signers):
    return notes.open_note(note.encode(), [signer.verifier for signer in signers])


def test_the_worked_example_is_signed_byte_for_byte():
    assert notes.sign_note(TEXT, notes.parse_skey(SKEY)) == NOTE


def test_the_worked_example_verifies():
    note = notes.open_note(NOTE.encode(), [notes.parse_vkey(VKEY)])
    assert (note.text, len(note.signatures)) == (TEXT, 1)


def test_keys_travel_as_text():
    signer = notes.parse_skey(SKEY)
    assert (signer.skey, signer.verifier.vkey) == (SKEY, VKEY)
    assert notes.parse_vkey(VKEY) == signer.verifier


def test_a_private_key_never_shows_itself():
    assert "seed" not in repr(LOG)


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "name",
        "name+c74f20a3",
        VKEY.replace("c74f20a3", "c74f20a4"),
        VKEY.replace("c74f20a3", "C74F20A3"),
        VKEY.replace("PeterNeumann", "Peter Neumann"),
        VKEY.removeprefix("PeterNeumann"),
        VKEY[:-4],
        VKEY.replace("+ARpc", "+BRpc"),
        SKEY,
    ],
)
def test_malformed_verifier_keys_are_refused(vkey):
    with pytest.raises(NoteError):
        notes.parse_vkey(vkey)


@pytest.mark.parametrize("skey", [VKEY, SKEY[:-4], SKEY.replace("c74f20a3", "c74f20a4"), SKEY.replace("KEY+P", "KEY+p")])
def test_malformed_private_keys_are_refused_without_showing_them(skey):
    with pytest.raises(NoteError) as caught:
        notes.parse_skey(skey)
    assert "AYEKFALV" not in str(caught.value)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n\n",
        TEXT.encode(),
        f"{TEXT}{LINE}".encode(),
        NOTE[:-1].encode(),
        f"{NOTE}\n".encode(),
        NOTE.replace("— ", "- ").encode(),
        NOTE.replace("— Peter", "—Peter").encode(),
        NOTE.replace("PeterNeumann ", "").encode(),
        NOTE.replace("— PeterNeumann", "— Peter+Neumann").encode(),
        NOTE.replace("x08go", "x08g*").encode(),
        NOTE.replace("JnAM=", "JnAN=").encode(),
        NOTE.replace("JnAM=", "JnAM").encode(),
        f"{TEXT}\n— PeterNeumann x08gow==\n".encode(),
        NOTE.replace("think", "thi\tnk").encode(),
        NOTE.replace("think", "thi\x00nk").encode(),
        NOTE.replace("think", "thi\rnk").encode(),
        NOTE.encode().replace(b"think", b"thi\xffnk"),
        f"{TEXT}\n{LINE}{LINE.rstrip()} \n".encode(),
        f"{TEXT}\n{LINE * 101}".encode(),
    ],
)
def test_malformed_notes_are_refused(raw):
    with pytest.raises(NoteError):
        notes.parse_note(raw)


def test_a_note_may_hold_empty_lines_and_is_split_at_the_last():
    text = "one\n\ntwo\n\n\nthree\n"
    assert opened(notes.sign_note(text, LOG), LOG).text == text


def test_many_signatures_are_accepted_and_unknown_ones_ignored():
    strangers = [Signer(f"witness-{n}.test", bytes([n]) * 32) for n in range(1, 33)]
    note = opened(notes.sign_note(TEXT, *strangers, LOG), LOG)
    assert [signature.name for signature in note.signatures] == [LOG.name]


def test_a_note_that_no_known_key_signed_is_refused():
    with pytest.raises(NoteError, match="no known key"):
        opened(notes.sign_note(TEXT, OTHER), LOG)


def test_a_bad_signature_of_a_known_key_rejects_the_whole_note():
    good = notes.sign_note(TEXT, LOG)
    bad = notes.sign_note("another text\n", OTHER).rpartition("\n\n")[2]
    with pytest.raises(NoteError, match="does not verify"):
        opened(good + bad, LOG, OTHER)
    assert opened(good + bad, LOG).text == TEXT


def test_key_ids_are_only_hints():
    line = notes.sign_note(TEXT, OTHER).rpartition("— witness.test ")[2]
    with pytest.raises(NoteError, match="no known key"):
        opened(f"{TEXT}\n— {LOG.name} {line}", LOG)


@pytest.mark.parametrize("text", ["", "no newline", "tab\there\n"])
def test_only_a_proper_text_is_signed(text):
    with pytest.raises(NoteError):
        notes.sign_note(text, LOG)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u00a0b", "a\nb"])
def test_key_names_have_no_space_or_plus(name):
    with pytest.raises(NoteError):
        Signer(name, b"\x01" * 32)


@given(st.integers(0, 2**53), st.binary(min_size=32, max_size=32))
def test_a_checkpoint_survives_the_journey(size, root):
    checkpoint = Checkpoint(LOG.name, size, root)
    assert notes.open_checkpoint(notes.sign_checkpoint(checkpoint, LOG).encode(), [LOG.verifier]) == checkpoint


@given(st.data())
def test_one_flipped_bit_is_noticed(data):
    raw = bytearray(notes.sign_checkpoint(CHECKPOINT, LOG).encode())
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(NoteError):
        notes.open_checkpoint(bytes(raw), [LOG.verifier])


ROOT = base64.b64encode(b"\x2a" * 32).decode()


@pytest.mark.parametrize(
    "text",
    [
        f"log\n42\n{ROOT}\nextension\n",
        f"log\n042\n{ROOT}\n",
        f"log\n-1\n{ROOT}\n",
        f"log\n4२\n{ROOT}\n",
        f"log\n\n{ROOT}\n",
        f"\n42\n{ROOT}\n",
        f"log\n42\n{ROOT}",
        f"log\n42\n{ROOT[:-4]}\n",
        f"log\n42\n{base64.b64encode(bytes(31)).decode()}\n",
        f"log\n99999999999999999999\n{ROOT}\n",
        "log\n42\n",
    ],
)
def test_malformed_checkpoints_are_refused(text):
    with pytest.raises(NoteError):
        notes.parse_checkpoint(text)


def test_a_checkpoint_needs_its_own_log_key():
    with pytest.raises(NoteError, match="own key"):
        notes.open_checkpoint(notes.sign_checkpoint(CHECKPOINT, OTHER).encode(), [OTHER.verifier])
