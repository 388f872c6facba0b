"""Sealed content opens in its place, under its key, and never otherwise."""

import secrets
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from conversations import vault
from conversations.tree import Role, Turn

TURNS = (Turn(0, Role.USER, "hello"), Turn(1, Role.ASSISTANT, "\u202ehidden\u0000"))


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(st.text(max_size=2_000))
def test_what_was_sealed_opens_again(text):
    subject = uuid4()
    assert vault.unseal_text(subject, vault.seal_text(subject, text, "here"), "here") == text


def test_a_transcript_opens_with_its_commitment():
    subject = uuid4()
    content = vault.Content(TURNS, "why it ended")
    sealed, commitment = vault.seal_content(vault.store().get_many([subject])[subject], content, "place")
    assert vault.unseal_content(subject, sealed, "place", commitment) == content
    with pytest.raises(vault.Tampered):
        vault.unseal_content(subject, sealed, "place", secrets.token_bytes(32))


def test_two_seals_of_the_same_text_differ():
    subject = uuid4()
    key = vault.store().get_many([subject])[subject]
    first, second = (vault.seal_content(key, vault.Content(TURNS), "place") for _ in range(2))
    assert first[0] != second[0]
    assert first[1] != second[1]


def test_moved_elsewhere_it_no_longer_opens():
    subject = uuid4()
    sealed = vault.seal(subject, b"text", "conversation one")
    with pytest.raises(vault.Tampered):
        vault.unseal(subject, sealed, "conversation two")


def test_another_persons_key_does_not_open_it():
    first, second = uuid4(), uuid4()
    sealed = vault.seal(first, b"text", "here")
    vault.store().make([second])
    with pytest.raises(vault.Tampered):
        vault.unseal(second, sealed, "here")


@pytest.mark.parametrize("position", [0, 5, 30, 62, 70, 80, -1])
def test_a_flipped_bit_is_noticed(position):
    subject = uuid4()
    sealed = bytearray(vault.seal(subject, b"text that is long enough", "here"))
    sealed[position] ^= 1
    with pytest.raises(vault.Tampered):
        vault.unseal(subject, bytes(sealed), "here")


def test_a_salt_opens_in_its_place_under_its_key_until_that_is_destroyed():
    subject, other = uuid4(), uuid4()
    keys = vault.store().get_many([subject, other])
    sealed, salt = vault.seal_salt(keys[subject], b"s" * 32, "here"), b"s" * 32
    assert vault.unseal(subject, sealed, "here") == salt
    assert salt not in sealed
    flipped = sealed[:-1] + bytes([sealed[-1] ^ 1])
    for who, blob, place in ((other, sealed, "here"), (subject, sealed, "there"), (subject, flipped, "here")):
        with pytest.raises(vault.Tampered):
            vault.unseal(who, blob, place)
    vault.store().destroy(subject)
    with pytest.raises(vault.Erased):
        vault.unseal(subject, sealed, "here")


def test_a_sealed_salt_is_no_data_key_and_the_other_way_round():
    subject = uuid4()
    key = vault.store().get_many([subject])[subject]
    salt = secrets.token_bytes(32)
    brief, nonce = vault.seal_salt(key, salt, "here"), secrets.token_bytes(vault.NONCE)
    forged = vault.FORMAT + brief[1:] + nonce + AESGCM(salt).encrypt(nonce, vault._compress(b"forged"), b"here")
    whole = vault.seal_under(key, b"text", "here")
    for blob in (forged, vault.BRIEF + whole[1 : 1 + vault.WRAPPED]):
        with pytest.raises(vault.Tampered):
            vault.unseal(subject, blob, "here")


def test_a_destroyed_key_is_gone_from_the_store_and_its_file():
    subject = uuid4()
    sealed = vault.seal(subject, b"text", "here")
    with vault.store()._open() as db:
        wrapped = db.execute("SELECT wrapped FROM kek WHERE subject = ?", [subject.bytes]).fetchone()[0]
    assert wrapped in vault.store().path.read_bytes()
    assert vault.store().destroy(subject)
    with pytest.raises(vault.Erased):
        vault.unseal(subject, sealed, "here")
    assert wrapped not in vault.store().path.read_bytes()
    assert not vault.store().destroy(subject)


def test_keys_lie_in_files_only_their_owner_reads():
    store = vault.store()
    store.make([uuid4()])
    for file in store.path.parent.iterdir():
        assert file.stat().st_mode & 0o077 == 0, file.name


def test_what_is_ours_opens_in_its_place_only():
    sealed = vault.seal_own(b"secret", "surface-key|one")
    assert vault.unseal_own(sealed, "surface-key|one") == b"secret"
    with pytest.raises(vault.Tampered):
        vault.unseal_own(sealed, "surface-key|two")


def test_a_bomb_is_refused():
    subject = uuid4()
    sealed = vault.seal(subject, b"\0" * (vault.MAX_OPENED + 1), "here")
    with pytest.raises(vault.Tampered):
        vault.unseal(subject, sealed, "here")
