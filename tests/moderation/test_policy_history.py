"""Whatever changes a policy or a threshold leaves a row that nobody changes, whoever changes it and by whatever means."""

import json

import pytest
from django.db import DatabaseError, connection, transaction

from moderation.models import Threshold
from tests import make
from tests.moderation.logs import run_sql

pytestmark = pytest.mark.django_db


def noted(since):
    """What the history took since a row: table, what was done, before, after; each by this session, in this transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, op, old, new, role = session_user AND txid = pg_current_xact_id() FROM policy_history WHERE id > %s ORDER BY id",
            [since],
        )
        rows = cursor.fetchall()
    assert all(by for *_, by in rows)
    return [(table, op, *(said and json.loads(said) for said in (old, new))) for table, op, old, new, _ in rows]


def last():
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM policy_history")
        return cursor.fetchone()[0]


@pytest.mark.parametrize("powers", [[], ["SET LOCAL ROLE recourse_app"], ["SET LOCAL session_replication_role = replica"]])
def test_raw_sql_leaves_a_trace(ground, powers):
    threshold = Threshold.objects.latest("pk")
    was, since = threshold.policy.crisis_cut, last()
    run_sql("SET CONSTRAINTS ALL IMMEDIATE")
    run_sql(
        "ALTER TABLE moderation_policy DISABLE TRIGGER sealed_policy", "ALTER TABLE moderation_threshold DISABLE TRIGGER sealed_threshold"
    )
    run_sql(
        *powers,
        f"UPDATE moderation_policy SET crisis_cut = {was + 1} WHERE id = {threshold.policy_id}",
        f"DELETE FROM moderation_threshold WHERE id = {threshold.pk}",
    )
    updated, deleted = noted(since)
    assert updated[:2] == ("moderation_policy", "UPDATE")
    assert [said["crisis_cut"] for said in updated[2:]] == [was, was + 1]
    assert (*deleted[:2], deleted[2]["id"], deleted[3]) == ("moderation_threshold", "DELETE", threshold.pk, None)


def test_emptying_the_tables_leaves_a_trace(ground):
    since = last()
    run_sql("SET CONSTRAINTS ALL IMMEDIATE", "TRUNCATE moderation_policy, moderation_threshold CASCADE")
    assert {("moderation_policy", "TRUNCATE", None, None), ("moderation_threshold", "TRUNCATE", None, None)} <= set(noted(since))


def test_acts_of_ours_are_noted_too(ground):
    since = last()
    made = make.make_policy()
    drafted = next(new for table, op, _, new in noted(since) if (table, op) == ("moderation_policy", "INSERT"))
    assert drafted["version"] == made.version


@pytest.mark.parametrize("role", ["", "recourse_app", "recourse_seq", "recourse_audit"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE policy_history SET op = 'x'",
        "DELETE FROM policy_history",
        "TRUNCATE policy_history",
        "ALTER TABLE moderation_policy DISABLE TRIGGER history_rows",
        "INSERT INTO policy_history (table_name, op) VALUES ('moderation_policy', 'UPDATE')",
    ],
)
def test_it_takes_no_change(ground, role, statement):
    if not role and statement.startswith(("ALTER", "INSERT")):
        pytest.skip("the owner of the tables may, which is why the log is held by others")
    if role:
        run_sql(f"SET LOCAL ROLE {role}")
    with pytest.raises(DatabaseError), transaction.atomic():
        run_sql(statement)
