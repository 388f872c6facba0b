"""Logs of their own: the real one outlives every test, for nothing can empty it."""

import secrets

import pytest
from django.db import connection, connections

from moderation.audit import keys
from moderation.migrations._log import SQL as TABLES_SQL

ROLES = ("recourse_app", "recourse_seq", "recourse_audit")


@pytest.fixture
def log_keys(settings, tmp_path):
    """Keys of a log that only this test knows."""
    settings.KEYS_DIR = tmp_path / "keys"
    settings.LOG_ORIGIN = "recourse.test/log"
    keys.ensure_keys()


@pytest.fixture
def own_log(db, log_keys):
    """An empty log in a schema that vanishes with the test's transaction, with the database roles of a real installation."""
    with connection.cursor() as cursor:
        for role in ROLES:
            cursor.execute(f"DO $$ BEGIN IF to_regrole('{role}') IS NULL THEN CREATE ROLE {role}; END IF; END $$")
        cursor.execute("CREATE SCHEMA own_log")
        cursor.execute(f"GRANT USAGE ON SCHEMA own_log TO {', '.join(ROLES)}")
        cursor.execute("SET LOCAL search_path = own_log, public")
        cursor.execute(TABLES_SQL)


@pytest.fixture
def lasting_log(transactional_db, django_db_blocker, log_keys):
    """An empty log in a schema that all connections see and that is dropped afterwards, for tests that need real commits."""
    schema = f"log_{secrets.token_hex(4)}"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {schema}")
        cursor.execute(f"SET search_path = {schema}, public")
        cursor.execute(TABLES_SQL)
    before = _enter(schema)
    yield schema
    for alias, options in before.items():
        connections[alias].close()
        connections[alias].settings_dict["OPTIONS"] = options
    with connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA {schema} CASCADE")


def _enter(schema):
    """Let every connection, present and future, find the schema first; returns the options to restore."""
    before = {alias: connections[alias].settings_dict.get("OPTIONS", {}) for alias in connections}
    for alias, options in before.items():
        connections[alias].close()
        connections[alias].settings_dict["OPTIONS"] = options | {"options": f"-c search_path={schema},public"}
    return before
