"""The keys of the log as files, and the receipts signed with one of them."""

import json

import pytest
from django.core.management import call_command

from moderation.audit import keys, notes


class TestKeys:
    def test_private_files_are_the_owners_alone(self, log_keys):
        assert keys.folder().stat().st_mode & 0o777 == 0o700
        assert {path.name: path.stat().st_mode & 0o777 for path in keys.folder().glob("*.key")} == {"log.key": 0o600, "receipt.key": 0o600}

    def test_making_keys_again_changes_nothing(self, log_keys):
        before = keys.log_signer()
        keys.ensure_keys()
        assert keys.log_signer() == before
        assert not [path for path in keys.folder().iterdir() if path.name.startswith(".")]

    def test_a_key_is_never_overwritten(self, log_keys, capsys):
        before = keys.log_signer()
        with pytest.raises(SystemExit) as ended:
            call_command("audit_keygen", "log")
        assert ended.value.code == 2
        assert keys.log_signer() == before

    def test_the_command_prints_the_public_half(self, settings, tmp_path, capsys):
        settings.KEYS_DIR = tmp_path / "fresh"
        call_command("audit_keygen", "receipt", "--json")
        made = json.loads(capsys.readouterr().out)
        assert notes.parse_vkey(made["vkey"]).name.endswith("/receipt")

    def test_a_key_that_others_can_read_is_not_used(self, log_keys):
        (keys.folder() / "log.key").chmod(0o640)
        with pytest.raises(keys.KeyUnusable, match="0600"):
            keys.log_signer()

    def test_the_key_of_another_log_is_not_used(self, log_keys, settings):
        settings.LOG_ORIGIN = "recourse.test/log/2"
        with pytest.raises(keys.KeyUnusable, match="belongs to"):
            keys.log_signer()
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
