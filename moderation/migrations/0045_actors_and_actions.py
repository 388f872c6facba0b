"""An index for what one actor did of one kind: both may have millions of entries and hardly any in common.

It is built beside the work: the log is written to all the time.
"""

from django.db import migrations


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('moderation', '0044_unlinking'),
    ]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX CONCURRENTLY audit_by_actor_and_action ON audit_entry (actor_id, action, id);",
            "DROP INDEX CONCURRENTLY audit_by_actor_and_action;",
        ),
    ]
