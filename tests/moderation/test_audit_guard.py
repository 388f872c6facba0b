"""What the database refuses, whoever asks: the owner of the tables, the application, the sequencer, the auditor."""

import pytest
from django.db import DatabaseError, transaction

from moderation.audit import log
from moderation.models.audit import AuditEntry
from tests.moderation.logs import act, acts, run_sql, sequence_all

OVERLONG = """
    INSERT INTO audit_entry (id, tenant, body, leaf_hash) SELECT gen_random_uuid(), tenant, b, sha256('\\x00'::bytea || b)
    FROM audit_entry, convert_to(rtrim(convert_from(body, 'UTF8'), '}') || ',"pad":"' || repeat('x', 16384) || '"}', 'UTF8') AS b
"""
REFUSED = [
    "UPDATE audit_entry SET body = body",
    "UPDATE audit_entry SET tenant = gen_random_uuid()",
    "UPDATE audit_entry SET created_at = now() - interval '1 day', leaf_index = 99 WHERE leaf_index IS NULL",
    "UPDATE audit_entry SET leaf_index = leaf_index + 100 WHERE leaf_index IS NOT NULL",
    "UPDATE audit_entry SET leaf_index = NULL WHERE leaf_index IS NOT NULL",
    "UPDATE audit_entry SET leaf_index = -1 WHERE leaf_index IS NULL",
    "DELETE FROM audit_entry",
    "TRUNCATE audit_entry",
    "INSERT INTO audit_entry (id, tenant, body, leaf_hash, leaf_index) SELECT gen_random_uuid(), tenant, body, leaf_hash, 7 FROM audit_entry",
    "INSERT INTO audit_entry (id, tenant, body, leaf_hash) SELECT gen_random_uuid(), tenant, body, sha256(body) FROM audit_entry",
    "INSERT INTO audit_entry (id, tenant, body, leaf_hash) SELECT gen_random_uuid(), tenant, '{}', sha256('\\x007b7d') FROM audit_entry",
    "INSERT INTO audit_entry (id, tenant, body, leaf_hash) VALUES (gen_random_uuid(), gen_random_uuid(), 'no', sha256('\\x006e6f'))",
    OVERLONG,
    "UPDATE audit_node SET hash = hash",
    "DELETE FROM audit_node",
    "TRUNCATE audit_node",
    "UPDATE audit_checkpoint SET note = note",
    "DELETE FROM audit_checkpoint",
    "TRUNCATE audit_checkpoint",
]
APP_REFUSED = [
    *REFUSED,
    "UPDATE audit_entry SET leaf_index = 99 WHERE leaf_index IS NULL",
    "INSERT INTO audit_node (level, idx, hash) VALUES (9, 9, sha256('x'))",
    "INSERT INTO audit_checkpoint (size, note) VALUES (99, 'x')",
    "ALTER TABLE audit_entry DISABLE TRIGGER audit_rows",
    "ALTER TABLE audit_entry DISABLE TRIGGER ALL",
    "DROP TRIGGER audit_rows ON audit_entry",
    "DROP TABLE audit_checkpoint",
    "SET LOCAL session_replication_role = replica",
]
SEQUENCER_REFUSED = [
    *REFUSED,
    "INSERT INTO audit_entry (id, tenant, body, leaf_hash) SELECT gen_random_uuid(), tenant, body, leaf_hash FROM audit_entry",
]


@pytest.fixture
def mixed_log(own_log):
    """Two entries with a leaf, one without."""
    acts(2)
    sequence_all()
    act()


class TestGuard:
    def refused(self, statement):
        with pytest.raises(DatabaseError), transaction.atomic():
            run_sql(statement)

    @pytest.mark.parametrize("statement", REFUSED)
    def test_the_owner_is_refused(self, mixed_log, statement):
        self.refused(statement)

    @pytest.mark.parametrize("statement", REFUSED)
    def test_the_owner_is_refused_as_a_replica(self, mixed_log, statement):
        run_sql("SET LOCAL session_replication_role = replica")
        self.refused(statement)

    @pytest.mark.parametrize("statement", APP_REFUSED)
    def test_the_application_is_refused(self, mixed_log, statement):
        run_sql("SET LOCAL ROLE recourse_app")
        self.refused(statement)

    @pytest.mark.parametrize("statement", SEQUENCER_REFUSED)
    def test_the_sequencer_is_refused(self, mixed_log, statement):
        run_sql("SET LOCAL ROLE recourse_seq")
        self.refused(statement)

    @pytest.mark.parametrize("statement", [*APP_REFUSED, SEQUENCER_REFUSED[-1]])
    def test_the_auditor_only_reads(self, mixed_log, statement):
        run_sql("SET LOCAL ROLE recourse_audit")
        assert AuditEntry.objects.count() == 3
        self.refused(statement)

    def test_each_role_can_do_its_work(self, own_log):
        run_sql("SET LOCAL ROLE recourse_app")
        act()
        run_sql("SET LOCAL ROLE recourse_seq")
        assert len(sequence_all()) == 1
        run_sql("SET LOCAL ROLE recourse_audit")
        assert log.verify_log().ok
