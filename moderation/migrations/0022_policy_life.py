"""A proposal leaves its seal, flips, decisions and watch behind; what was sealed changes only by becoming a draft again."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

FIELDS = """version, rules_version, title, why, objective, author_id, crisis_cut, act_cut, harmful_turns, redirections, margin, eligible_models,
    eligible_surfaces, created_at, restores_id"""

SEALED = f"""
CREATE OR REPLACE FUNCTION moderation_sealed_policy() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER refuse_edit BEFORE UPDATE OR DELETE ON moderation_policydecision
  FOR EACH ROW EXECUTE FUNCTION moderation_refuse_edit();
ALTER TABLE moderation_policydecision ENABLE ALWAYS TRIGGER refuse_edit;
"""

UNDO = """
DROP TRIGGER refuse_edit ON moderation_policydecision;
DROP TRIGGER fixed_seal ON moderation_seal;
DROP FUNCTION moderation_fixed_seal;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('moderation', '0021_replies_and_inbox'),
    ]

    operations = [
        migrations.CreateModel(
            name='FlipToRead',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('newly', 'Newly ended'), ('no_longer', 'No longer ended'), ('earlier', 'Ended earlier'), ('later', 'Ended later')], max_length=20)),
            ],
        ),
        migrations.CreateModel(
            name='PolicyDecision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('approved', 'Approved'), ('returned', 'Returned with a comment'), ('reopened', 'Changed, approvals void'), ('cancelled', 'Cancelled'), ('restored', 'Restored as a draft'), ('rolled_back', 'Rolled back'), ('tripped', 'Tripped')], max_length=20)),
                ('comment', models.TextField(blank=True)),
                ('decided_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'ordering': ['-decided_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='PolicyWatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('until', models.DateTimeField()),
                ('factor', models.PositiveIntegerField()),
                ('endings_before', models.PositiveIntegerField()),
                ('conversations_before', models.PositiveBigIntegerField()),
                ('judged_before', models.PositiveIntegerField()),
                ('flags_before', models.PositiveIntegerField()),
                ('looked_at', models.DateTimeField(null=True)),
                ('tripped_by', models.CharField(blank=True, choices=[('endings', 'Endings per 1,000 conversations'), ('crisis', 'Endings that the judge finds to be in a crisis')], max_length=10)),
                ('closed_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Seal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateTimeField()),
                ('until', models.DateTimeField()),
                ('design', models.TextField()),
                ('sha256', models.CharField(max_length=64)),
                ('ended_live', models.PositiveIntegerField(null=True)),
                ('ended_draft', models.PositiveIntegerField(null=True)),
                ('newly', models.PositiveIntegerField(default=0)),
                ('no_longer', models.PositiveIntegerField(default=0)),
                ('earlier', models.PositiveIntegerField(default=0)),
                ('later', models.PositiveIntegerField(default=0)),
                ('unknown', models.PositiveIntegerField(default=0)),
                ('sealed_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('voided_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name='policy',
            name='objective',
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddField(
            model_name='policy',
            name='restores',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='moderation.policy'),
        ),
        migrations.AddField(
            model_name='policy',
            name='scheduled_for',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='policy',
            name='share',
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddConstraint(
            model_name='policy',
            constraint=models.CheckConstraint(condition=models.Q(('share__lte', 99)), name='policy_share_is_a_part'),
        ),
        migrations.AddField(
            model_name='fliptoread',
            name='unit',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='moderation.unit'),
        ),
        migrations.AddField(
            model_name='policydecision',
            name='actor',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='policydecision',
            name='policy',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='moderation.policy'),
        ),
        migrations.AddField(
            model_name='policywatch',
            name='former',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='moderation.policy'),
        ),
        migrations.AddField(
            model_name='policywatch',
            name='policy',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='watch', to='moderation.policy'),
        ),
        migrations.AddField(
            model_name='seal',
            name='policy',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='seals', to='moderation.policy'),
        ),
        migrations.AddField(
            model_name='fliptoread',
            name='seal',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='flips', to='moderation.seal'),
        ),
        migrations.AddConstraint(
            model_name='seal',
            constraint=models.UniqueConstraint(condition=models.Q(('voided_at', None)), fields=('policy',), name='one_seal_in_force'),
        ),
        migrations.AddConstraint(
            model_name='fliptoread',
            constraint=models.UniqueConstraint(fields=('seal', 'unit'), name='one_flip_per_unit'),
        ),
        migrations.RunSQL(SEALED, UNDO),
    ]
