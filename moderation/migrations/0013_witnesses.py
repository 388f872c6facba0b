"""What others said of the log: cosignatures, timestamps, and where each witness stands. SQL, as the tables of the log themselves.

Cosignatures and timestamps take no change. Where a witness stands does change, and proves nothing: it only says what to show and what to
send next.
"""

import django.db.models.functions.datetime
from django.db import migrations, models

TABLES = """
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

GRANTS = """
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

SQL = TABLES + GRANTS


class Migration(migrations.Migration):
    """Make the tables of witnesses."""

    dependencies = [("moderation", "0012_second_opinions")]
    operations = [
        migrations.RunSQL(SQL),
        migrations.CreateModel(
            name='AuditCosignature',
            fields=[
                ('pk', models.CompositePrimaryKey('size', 'witness', blank=True, editable=False, primary_key=True, serialize=False)),
                ('size', models.BigIntegerField()),
                ('witness', models.TextField()),
                ('line', models.TextField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'audit_cosignature',
                'managed': False,
            },
        ),
        migrations.CreateModel(
            name='AuditTimestamp',
            fields=[
                ('size', models.BigIntegerField(primary_key=True, serialize=False)),
                ('token', models.BinaryField()),
                ('chain', models.TextField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'audit_timestamp',
                'managed': False,
            },
        ),
        migrations.CreateModel(
            name='AuditWitness',
            fields=[
                ('name', models.TextField(primary_key=True, serialize=False)),
                ('size', models.BigIntegerField(default=0)),
                ('status', models.SmallIntegerField(default=0)),
                ('asked_at', models.DateTimeField(null=True)),
                ('agreed_at', models.DateTimeField(null=True)),
                ('refused_at', models.DateTimeField(null=True)),
                ('refused_size', models.BigIntegerField(null=True)),
            ],
            options={
                'db_table': 'audit_witness',
                'managed': False,
            },
        ),
    ]
