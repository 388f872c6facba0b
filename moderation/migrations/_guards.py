"""Versions, never edits: the database refuses to change what judged people.

Classifications, verdicts, findings, labels and what else judged somebody take no UPDATE and no DELETE. A sealed policy keeps its terms: only
its way through the states goes on, and it changes again only by becoming a draft that never was in force. And one view over four tables.
"""

REFUSED = (
    "classification", "turnscore", "verdict", "finding", "label", "labelcheck", "recheck", "settlement", "roomseat", "roomitem",
    "roomanswer", "roomremark", "roomresult", "judgecall", "curve", "replytemplate", "policydecision", "certificate",
    "resolvedobjective", "rejudgement", "evaluation", "figure",
)

FIELDS = """version, rules_version, title, why, objective, author_id, crisis_cut, act_cut, harmful_turns, redirections, margin, eligible_models,
    eligible_surfaces, created_at, restores_id"""

SEALED = f"""
CREATE FUNCTION moderation_sealed_policy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.sealed_at IS NULL THEN RETURN COALESCE(NEW, OLD); END IF;
  IF TG_OP = 'UPDATE' AND ({", ".join(f"NEW.{one.strip()}" for one in FIELDS.split(","))})
     IS NOT DISTINCT FROM ({", ".join(f"OLD.{one.strip()}" for one in FIELDS.split(","))})
     AND (NEW.sealed_at IS NOT DISTINCT FROM OLD.sealed_at
          OR NEW.state = 'draft' AND OLD.live_from IS NULL)
  THEN RETURN NEW; END IF;
  RAISE EXCEPTION 'policy % is sealed', OLD.version;
END $$;

CREATE FUNCTION moderation_fixed_seal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND (NEW.policy_id, NEW.since, NEW.until, NEW.design, NEW.sha256, NEW.sealed_at)
     IS NOT DISTINCT FROM (OLD.policy_id, OLD.since, OLD.until, OLD.design, OLD.sha256, OLD.sealed_at)
     AND (OLD.voided_at IS NULL OR NEW.voided_at IS NOT DISTINCT FROM OLD.voided_at)
  THEN RETURN NEW; END IF;
  RAISE EXCEPTION 'a seal does not change';
END $$;

CREATE TRIGGER fixed_seal BEFORE UPDATE OR DELETE ON moderation_seal FOR EACH ROW EXECUTE FUNCTION moderation_fixed_seal();
ALTER TABLE moderation_seal ENABLE ALWAYS TRIGGER fixed_seal;
"""

REFUSE = """
CREATE FUNCTION moderation_refuse_edit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% takes versions, not edits (%)', TG_TABLE_NAME, TG_OP;
END $$;
"""

THRESHOLDS = """
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

AFTERMATH = """
CREATE FUNCTION moderation_aftermath_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.superseded_at IS NULL AND NEW.superseded_at IS NOT NULL
     AND to_jsonb(NEW) - 'superseded_at' = to_jsonb(OLD) - 'superseded_at' THEN RETURN NEW; END IF;
  RAISE EXCEPTION '% takes versions, not edits (%)', TG_TABLE_NAME, TG_OP;
END $$;

CREATE TRIGGER aftermath_stands BEFORE UPDATE ON moderation_aftermath FOR EACH ROW EXECUTE FUNCTION moderation_aftermath_stands();
CREATE TRIGGER refuse_edit BEFORE UPDATE ON moderation_followup FOR EACH ROW EXECUTE FUNCTION moderation_refuse_edit();
ALTER TABLE moderation_aftermath ENABLE ALWAYS TRIGGER aftermath_stands;
ALTER TABLE moderation_followup ENABLE ALWAYS TRIGGER refuse_edit;
"""

GUARD = """
CREATE TRIGGER refuse_edit BEFORE UPDATE OR DELETE ON moderation_{table}
  FOR EACH ROW EXECUTE FUNCTION moderation_refuse_edit();
ALTER TABLE moderation_{table} ENABLE ALWAYS TRIGGER refuse_edit;
"""

# One view over four tables, so that one list, filter and page serves them all. It runs with the rights of who asks. A kind and an id name a
# row; the id is the public one where there is one.
VIEW = """
CREATE VIEW unjoined WITH (security_invoker = true) AS
SELECT loose.kind || ':' || loose.name AS id, loose.kind, loose.surface_id, loose.conversation_external_id, loose.branch_external_id,
       loose.received_at, EXISTS (SELECT FROM moderation_setaside WHERE loose_end = loose.kind || ':' || loose.name) AS set_aside
FROM (
    SELECT 'feedback' AS kind, public_id AS name, surface_id, conversation_external_id, branch_external_id, received_at
    FROM conversations_feedback WHERE branch_id IS NULL
    UNION ALL
    SELECT 'appeal', public_id, surface_id, conversation_external_id, branch_external_id, received_at
    FROM moderation_appeal WHERE branch_id IS NULL
    UNION ALL
    SELECT 'message', id::text, surface_id, conversation_external_id, branch_external_id, received_at
    FROM conversations_messagesignal WHERE branch_id IS NULL
    UNION ALL
    SELECT 'branch', branch.public_id, conversation.surface_id, conversation.external_id, branch.parent_external_id, branch.created_at
    FROM conversations_branch AS branch JOIN conversations_conversation AS conversation ON conversation.id = branch.conversation_id
    WHERE branch.parent_external_id <> '' AND NOT EXISTS (
        SELECT FROM conversations_branch AS parent
        WHERE parent.conversation_id = branch.conversation_id AND parent.external_id = branch.parent_external_id)
) AS loose
"""

FOLLOWED = """
ALTER TABLE moderation_candidateturn ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX candidate_followed ON moderation_candidateturn (xid);
"""

SQL = REFUSE + SEALED + THRESHOLDS + AFTERMATH + "".join(GUARD.format(table=table) for table in REFUSED) + FOLLOWED + VIEW
