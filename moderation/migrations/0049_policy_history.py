"""Whatever changes a policy or a threshold leaves a row, also where raw SQL changed it and no act of ours is in the log.

The function runs as the owner of the tables, so that the application writes the history by changing a policy and in no other way.
"""

from django.db import migrations

SQL = """
CREATE TABLE policy_history (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  table_name text NOT NULL,
  op text NOT NULL,
  old jsonb,
  new jsonb,
  role text NOT NULL DEFAULT session_user,
  txid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  at timestamptz NOT NULL DEFAULT clock_timestamp());

CREATE FUNCTION policy_history_note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_LEVEL = 'STATEMENT' THEN
    INSERT INTO policy_history (table_name, op) VALUES (TG_TABLE_NAME, TG_OP);
  ELSE
    INSERT INTO policy_history (table_name, op, old, new) VALUES (TG_TABLE_NAME, TG_OP, to_jsonb(OLD), to_jsonb(NEW));
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER audit_rows BEFORE UPDATE OR DELETE ON policy_history FOR EACH ROW EXECUTE FUNCTION audit_frozen();
CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON policy_history FOR EACH STATEMENT EXECUTE FUNCTION audit_frozen();
ALTER TABLE policy_history ENABLE ALWAYS TRIGGER audit_rows;
ALTER TABLE policy_history ENABLE ALWAYS TRIGGER audit_truncate;
"""

NOTED = """
CREATE TRIGGER history_rows AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION policy_history_note();
CREATE TRIGGER history_truncate AFTER TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION policy_history_note();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER history_rows;
ALTER TABLE {table} ENABLE ALWAYS TRIGGER history_truncate;
"""

# As with the log: the roles come from the bootstrap of the server, which grants the application every new table.
GRANTS = """
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'recourse_app' AND rolname <> current_user) THEN
    REVOKE ALL ON policy_history FROM recourse_app;
    GRANT SELECT ON policy_history TO recourse_app;
  END IF;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'recourse_audit' AND rolname <> current_user) THEN
    GRANT SELECT ON policy_history TO recourse_audit;
  END IF;
END $$;
"""

UNNOTED = """
DROP TRIGGER history_rows ON {table};
DROP TRIGGER history_truncate ON {table};
"""

TABLES = ("moderation_policy", "moderation_threshold")


class Migration(migrations.Migration):

    dependencies = [
        ("moderation", "0048_exported_leaves"),
    ]

    operations = [
        migrations.RunSQL(
            SQL + "".join(NOTED.format(table=table) for table in TABLES) + GRANTS,
            "".join(UNNOTED.format(table=table) for table in TABLES) + "DROP TABLE policy_history; DROP FUNCTION policy_history_note();",
        ),
    ]
