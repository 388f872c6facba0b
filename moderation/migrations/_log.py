"""The tables of the log, their triggers and who may do what: SQL, since Django knows none of it.

There is no way back on purpose: a log that one command drops is none. The functions and triggers work on PostgreSQL 15 and later.
"""

# What pages filter by is generated from the body. `encode(…, 'escape')` is immutable where `convert_from` is not, and gives the same
# text because a body is ASCII without backslashes or zeroes; another body is no JSON any more and is refused.
ENTRIES = """
CREATE TABLE audit_entry (
  id uuid PRIMARY KEY,
  tenant uuid NOT NULL,
  body bytea NOT NULL CHECK (octet_length(body) <= 16384),
  leaf_hash bytea NOT NULL CHECK (leaf_hash = sha256('\\x00'::bytea || body)),
  leaf_index bigint UNIQUE CHECK (leaf_index >= 0),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  action text NOT NULL GENERATED ALWAYS AS (encode(body, 'escape')::jsonb #>> '{action}') STORED,
  actor_type text NOT NULL GENERATED ALWAYS AS (encode(body, 'escape')::jsonb #>> '{actor,type}') STORED,
  actor_id text NOT NULL GENERATED ALWAYS AS (encode(body, 'escape')::jsonb #>> '{actor,id}') STORED,
  target_type text NOT NULL GENERATED ALWAYS AS (encode(body, 'escape')::jsonb #>> '{target,type}') STORED,
  target_id text NOT NULL GENERATED ALWAYS AS (encode(body, 'escape')::jsonb #>> '{target,id}') STORED);
CREATE INDEX audit_pending ON audit_entry (id) WHERE leaf_index IS NULL;
CREATE INDEX audit_by_action ON audit_entry (action, id);
CREATE INDEX audit_by_actor ON audit_entry (actor_id, id);
CREATE INDEX audit_by_target ON audit_entry (target_id, id);

CREATE FUNCTION audit_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.leaf_index IS NULL THEN RETURN NEW; END IF;
  ELSIF TG_OP = 'UPDATE' THEN   -- the index may be set once, nothing else
    IF OLD.leaf_index IS NULL AND NEW.leaf_index IS NOT NULL
       AND (NEW.id, NEW.tenant, NEW.body, NEW.leaf_hash, NEW.created_at)
         = (OLD.id, OLD.tenant, OLD.body, OLD.leaf_hash, OLD.created_at)
    THEN RETURN NEW; END IF;
  END IF;
  RAISE EXCEPTION '% is append-only (%)', TG_TABLE_NAME, TG_OP;
END $$;
CREATE TRIGGER audit_rows BEFORE INSERT OR UPDATE OR DELETE ON audit_entry
  FOR EACH ROW EXECUTE FUNCTION audit_guard();
CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON audit_entry
  FOR EACH STATEMENT EXECUTE FUNCTION audit_guard();
ALTER TABLE audit_entry ENABLE ALWAYS TRIGGER audit_rows;
ALTER TABLE audit_entry ENABLE ALWAYS TRIGGER audit_truncate;
"""

TREE = """
CREATE TABLE audit_node (
  level smallint NOT NULL CHECK (level BETWEEN 0 AND 62),
  idx bigint NOT NULL CHECK (idx >= 0),
  hash bytea NOT NULL CHECK (octet_length(hash) = 32),
  PRIMARY KEY (level, idx));
CREATE TABLE audit_checkpoint (
  size bigint PRIMARY KEY CHECK (size >= 0),
  note text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp());

CREATE FUNCTION audit_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only (%)', TG_TABLE_NAME, TG_OP;
END $$;
CREATE TRIGGER audit_rows BEFORE UPDATE OR DELETE ON audit_node
  FOR EACH ROW EXECUTE FUNCTION audit_frozen();
CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON audit_node
  FOR EACH STATEMENT EXECUTE FUNCTION audit_frozen();
CREATE TRIGGER audit_rows BEFORE UPDATE OR DELETE ON audit_checkpoint
  FOR EACH ROW EXECUTE FUNCTION audit_frozen();
CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON audit_checkpoint
  FOR EACH STATEMENT EXECUTE FUNCTION audit_frozen();
ALTER TABLE audit_node ENABLE ALWAYS TRIGGER audit_rows;
ALTER TABLE audit_node ENABLE ALWAYS TRIGGER audit_truncate;
ALTER TABLE audit_checkpoint ENABLE ALWAYS TRIGGER audit_rows;
ALTER TABLE audit_checkpoint ENABLE ALWAYS TRIGGER audit_truncate;
"""

# The roles come from the bootstrap of the server; where they do not exist, or one of them owns the tables, that one does everything.
GRANTS = """
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'recourse_app' AND rolname <> current_user) THEN
    REVOKE ALL ON audit_entry, audit_node, audit_checkpoint FROM recourse_app;
    GRANT SELECT, INSERT ON audit_entry TO recourse_app;
    GRANT SELECT ON audit_node, audit_checkpoint TO recourse_app;
  END IF;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'recourse_seq' AND rolname <> current_user) THEN
    REVOKE ALL ON audit_entry, audit_node, audit_checkpoint FROM recourse_seq;
    GRANT SELECT, UPDATE (leaf_index) ON audit_entry TO recourse_seq;
    GRANT SELECT, INSERT ON audit_node, audit_checkpoint TO recourse_seq;
  END IF;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'recourse_audit' AND rolname <> current_user) THEN
    REVOKE ALL ON audit_entry, audit_node, audit_checkpoint FROM recourse_audit;
    GRANT SELECT ON audit_entry, audit_node, audit_checkpoint TO recourse_audit;
  END IF;
END $$;
"""

# What others said of the log. Cosignatures and timestamps take no change. Where a witness stands does change, and proves nothing: it
# only says what to show and what to send next.
WITNESSES = """
CREATE TABLE audit_cosignature (
  size bigint NOT NULL CHECK (size >= 0),
  witness text NOT NULL,
  line text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (size, witness));
CREATE TABLE audit_timestamp (
  size bigint PRIMARY KEY CHECK (size >= 0),
  token bytea NOT NULL,
  chain text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE TABLE audit_witness (
  name text PRIMARY KEY,
  size bigint NOT NULL DEFAULT 0 CHECK (size >= 0),
  status smallint NOT NULL DEFAULT 0,
  asked_at timestamptz,
  agreed_at timestamptz,
  refused_at timestamptz,
  refused_size bigint);

CREATE TRIGGER audit_rows BEFORE UPDATE OR DELETE ON audit_cosignature
  FOR EACH ROW EXECUTE FUNCTION audit_frozen();
CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON audit_cosignature
  FOR EACH STATEMENT EXECUTE FUNCTION audit_frozen();
CREATE TRIGGER audit_rows BEFORE UPDATE OR DELETE ON audit_timestamp
  FOR EACH ROW EXECUTE FUNCTION audit_frozen();
CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON audit_timestamp
  FOR EACH STATEMENT EXECUTE FUNCTION audit_frozen();
ALTER TABLE audit_cosignature ENABLE ALWAYS TRIGGER audit_rows;
ALTER TABLE audit_cosignature ENABLE ALWAYS TRIGGER audit_truncate;
ALTER TABLE audit_timestamp ENABLE ALWAYS TRIGGER audit_rows;
ALTER TABLE audit_timestamp ENABLE ALWAYS TRIGGER audit_truncate;
"""

WITNESS_GRANTS = """
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'recourse_app' AND rolname <> current_user) THEN
    REVOKE ALL ON audit_cosignature, audit_timestamp, audit_witness FROM recourse_app;
    GRANT SELECT ON audit_cosignature, audit_timestamp, audit_witness TO recourse_app;
  END IF;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'recourse_seq' AND rolname <> current_user) THEN
    REVOKE ALL ON audit_cosignature, audit_timestamp, audit_witness FROM recourse_seq;
    GRANT SELECT, INSERT ON audit_cosignature, audit_timestamp TO recourse_seq;
    GRANT SELECT, INSERT, UPDATE ON audit_witness TO recourse_seq;
  END IF;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'recourse_audit' AND rolname <> current_user) THEN
    REVOKE ALL ON audit_cosignature, audit_timestamp, audit_witness FROM recourse_audit;
    GRANT SELECT ON audit_cosignature, audit_timestamp, audit_witness TO recourse_audit;
  END IF;
END $$;
"""

SQL = ENTRIES + TREE + GRANTS + WITNESSES + WITNESS_GRANTS
