"""The keys of the log as files, and the receipts signed with one of them."""

import json

import pytest
from django.core.management import call_command

from moderation.audit import keys, log, notes
from moderation.models.audit import AuditEntry
from tests.moderation.logs import acts, sequence_all


class TestKeys:
    def test_private_files_are_the_owners_alone(self, log_keys):
        assert keys.folder().stat().st_mode & 0o777 == 0o700
        modes = {path.name: path.stat().st_mode & 0o777 for path in keys.folder().glob("*.key")}
        assert modes == {"log.key": 0o600, "receipt.key": 0o600, "export.key": 0o600}

    def test_making_keys_again_changes_nothing(self, log_keys):
        before = keys.log_signers()
        keys.ensure_keys()
        assert keys.log_signers() == before
        assert not [path for path in keys.folder().iterdir() if path.name.startswith(".")]

    def test_a_key_is_never_overwritten(self, log_keys, capsys):
        before = keys.log_signers()
        with pytest.raises(SystemExit) as ended:
            call_command("audit_keygen", "log")
        assert ended.value.code == 2
        assert keys.log_signers() == before

    def test_the_command_prints_the_public_half(self, settings, tmp_path, capsys):
        settings.KEYS_DIR = tmp_path / "fresh"
        call_command("audit_keygen", "receipt", "--json")
        made = json.loads(capsys.readouterr().out)
        assert notes.parse_vkey(made["vkey"]).name.endswith("/receipt")

    def test_a_key_that_others_can_read_is_not_used(self, log_keys):
        (keys.folder() / "log.key").chmod(0o640)
        with pytest.raises(keys.KeyUnusable, match="0600"):
            keys.log_signers()

    def test_the_key_of_another_log_is_not_used(self, log_keys, settings):
        settings.LOG_ORIGIN = "recourse.test/log/2"
        with pytest.raises(keys.KeyUnusable, match="belongs to"):
            keys.log_signers()
        with pytest.raises(keys.KeyUnusable, match="belongs to"):
            keys.log_verifier()


class TestReceipts:
    FIELDS = {"event_id": "end-1", "entry_id": "01", "leaf_hash": "ab" * 32, "commit": "cd" * 32, "received_at": "2026-11-21T04:00:00Z"}

    def test_a_receipt_states_its_terms_and_verifies(self, log_keys, settings):
        receipt = keys.sign_receipt(self.FIELDS)
        assert receipt.keys() == {*self.FIELDS, "v", "origin", "mmd", "key_id", "sig"}
        assert (receipt["origin"], receipt["mmd"]) == (settings.LOG_ORIGIN, settings.MERGE_DELAY_SECONDS)
        assert keys.verify_receipt(receipt)

    @pytest.mark.parametrize("field", [*FIELDS, "v", "origin", "mmd", "key_id", "sig"])
    def test_a_receipt_with_any_other_word_does_not(self, log_keys, field):
        receipt = keys.sign_receipt(self.FIELDS)
        assert not keys.verify_receipt(receipt | {field: "other"})
        assert not keys.verify_receipt({name: value for name, value in receipt.items() if name != field})

    def test_the_log_key_signs_no_receipts(self, log_keys):
        assert not keys.verify_receipt(keys.sign_receipt(self.FIELDS), keys.log_verifier())


class TestRotation:
    def test_both_keys_sign_until_the_older_is_retired(self, own_log):
        acts(2)
        sequence_all()
        old = keys.log_verifier()
        new = log.rotate_key()
        (both,) = sequence_all()
        assert [line.key_id for line in notes.open_note(both.note.encode(), keys.log_verifiers()).signatures] == [old.key_id, new.key_id]
        assert log.retire_key() == old
        (alone,) = sequence_all()
        assert [line.key_id for line in notes.parse_note(alone.note.encode()).signatures] == [new.key_id]
        assert [entry.action for entry in AuditEntry.objects.sequenced()][2:] == ["log.key_added", "log.key_retired"]
        assert log.verify_log().ok

    def test_the_only_key_is_not_retired(self, own_log):
        with pytest.raises(keys.KeyUnusable, match="only log key"):
            log.retire_key()

    def test_a_retired_key_is_not_made_anew(self, own_log):
        log.rotate_key()
        log.retire_key()
        keys.ensure_keys()
        assert len(keys.log_signers()) == 1
        assert len(keys.log_verifiers()) == 2

    def test_the_command_rotates(self, own_log, capsys):
        call_command("audit_keygen", "log", "--next")
        assert capsys.readouterr().out.strip() == keys.log_verifier().vkey
        call_command("audit_keygen", "log", "--retire")
        assert len(keys.log_signers()) == 1
        with pytest.raises(SystemExit) as ended:
            call_command("audit_keygen", "log", "--retire")
        assert ended.value.code == 2

    def test_a_witness_key_has_a_name_and_cosigns(self, log_keys, capsys):
        call_command("audit_keygen", "witness", "--name", "witness.test/carol")
        assert notes.parse_vkey(capsys.readouterr().out.strip()).kind == notes.COSIGNATURE
        assert keys.witness_signer(keys.folder() / "witness.key").name == "witness.test/carol"
        with pytest.raises(SystemExit):
            call_command("audit_keygen", "witness")
