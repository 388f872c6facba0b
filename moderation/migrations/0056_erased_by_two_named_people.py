"""Nobody approves an erasure that nobody is named as having asked for.

Such requests were made by command before it had to name somebody. What was approved and has not begun waits for a second person again, whom
it cannot get: it is refused and asked for anew. What is under way goes on. What is done stays as it was, so the constraint holds from now
on and says nothing of the rows before.
"""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

UNNAMED = """
UPDATE moderation_erasure SET approved_by_id = NULL, approved_at = NULL, hold_id = NULL,
  state = CASE WHEN state IN ('approved', 'deferred') THEN 'requested' ELSE state END
WHERE asked_by_id IS NULL AND state <> 'done';
SET CONSTRAINTS ALL IMMEDIATE;  -- with checks pending the table could not be altered
"""


class Migration(migrations.Migration):

    dependencies = [
        ("moderation", "0055_designs_of_certificates"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='erasure',
            name='erased_by_two_people',
        ),
        migrations.RunSQL(UNNAMED, migrations.RunSQL.noop),
        AddConstraintNotValid(
            model_name='erasure',
            constraint=models.CheckConstraint(condition=models.Q(('approved_by', None), models.Q(('asked_by__isnull', False), models.Q(('approved_by', models.F('asked_by')), _negated=True)), _connector='OR'), name='erased_by_two_people'),
        ),
    ]
