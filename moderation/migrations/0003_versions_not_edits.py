"""Versions, never edits: the database refuses to change what judged people.

Classifications, verdicts, findings and labels take no UPDATE and no DELETE. A sealed policy keeps its terms; only its way through the states goes on.
"""

from django.db import migrations

REFUSED = ("classification", "turnscore", "verdict", "finding", "label", "labelcheck")

FUNCTIONS = """
CREATE FUNCTION moderation_refuse_edit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% takes versions, not edits (%)', TG_TABLE_NAME, TG_OP;
END $$;

CREATE FUNCTION moderation_sealed_policy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.sealed_at IS NULL THEN RETURN COALESCE(NEW, OLD); END IF;
  IF TG_OP = 'UPDATE' AND (NEW.version, NEW.title, NEW.why, NEW.author_id, NEW.crisis_cut, NEW.act_cut, NEW.harmful_turns,
                           NEW.redirections, NEW.margin, NEW.eligible_models, NEW.eligible_surfaces, NEW.created_at)
     IS NOT DISTINCT FROM (OLD.version, OLD.title, OLD.why, OLD.author_id, OLD.crisis_cut, OLD.act_cut, OLD.harmful_turns,
                           OLD.redirections, OLD.margin, OLD.eligible_models, OLD.eligible_surfaces, OLD.created_at)
  THEN RETURN NEW; END IF;
  RAISE EXCEPTION 'policy % is sealed', OLD.version;
END $$;

CREATE FUNCTION moderation_sealed_threshold() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE whose bigint := COALESCE(NEW.policy_id, OLD.policy_id);
BEGIN
  IF EXISTS (SELECT 1 FROM moderation_policy WHERE id = whose AND sealed_at IS NOT NULL) THEN
    RAISE EXCEPTION 'the thresholds of a sealed policy do not change';
  END IF;
  RETURN COALESCE(NEW, OLD);
END $$;

CREATE TRIGGER sealed_policy BEFORE UPDATE OR DELETE ON moderation_policy
  FOR EACH ROW EXECUTE FUNCTION moderation_sealed_policy();
CREATE TRIGGER sealed_threshold BEFORE INSERT OR UPDATE OR DELETE ON moderation_threshold
  FOR EACH ROW EXECUTE FUNCTION moderation_sealed_threshold();
ALTER TABLE moderation_policy ENABLE ALWAYS TRIGGER sealed_policy;
ALTER TABLE moderation_threshold ENABLE ALWAYS TRIGGER sealed_threshold;
"""

GUARD = """
CREATE TRIGGER refuse_edit BEFORE UPDATE OR DELETE ON moderation_{table}
  FOR EACH ROW EXECUTE FUNCTION moderation_refuse_edit();
ALTER TABLE moderation_{table} ENABLE ALWAYS TRIGGER refuse_edit;
"""

UNDO = """
DROP TRIGGER sealed_policy ON moderation_policy;
DROP TRIGGER sealed_threshold ON moderation_threshold;
DROP FUNCTION moderation_sealed_policy, moderation_sealed_threshold;
"""


class Migration(migrations.Migration):
    dependencies = [("moderation", "0002_audit_log")]

    operations = [
        migrations.RunSQL(
            FUNCTIONS + "".join(GUARD.format(table=table) for table in REFUSED),
            "".join(f"DROP TRIGGER refuse_edit ON moderation_{table};" for table in REFUSED)
            + "DROP FUNCTION moderation_refuse_edit;"
            + UNDO,
        ),
    ]
