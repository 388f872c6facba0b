"""A policy names the version of the rules text that it was judged by, and keeps it once sealed."""

from django.db import migrations, models

SEALED = """
CREATE OR REPLACE FUNCTION moderation_sealed_policy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.sealed_at IS NULL THEN RETURN COALESCE(NEW, OLD); END IF;
  IF TG_OP = 'UPDATE' AND (NEW.version, NEW.rules_version, NEW.title, NEW.why, NEW.author_id, NEW.crisis_cut, NEW.act_cut, NEW.harmful_turns,
                           NEW.redirections, NEW.margin, NEW.eligible_models, NEW.eligible_surfaces, NEW.created_at)
     IS NOT DISTINCT FROM (OLD.version, OLD.rules_version, OLD.title, OLD.why, OLD.author_id, OLD.crisis_cut, OLD.act_cut, OLD.harmful_turns,
                           OLD.redirections, OLD.margin, OLD.eligible_models, OLD.eligible_surfaces, OLD.created_at)
  THEN RETURN NEW; END IF;
  RAISE EXCEPTION 'policy % is sealed', OLD.version;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("moderation", "0003_versions_not_edits")]

    operations = [
        migrations.AddField(model_name="policy", name="rules_version", field=models.PositiveIntegerField(default=1)),
        migrations.RunSQL(SEALED, migrations.RunSQL.noop),
    ]
