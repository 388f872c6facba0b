"""An index for what one actor did of one kind: both may have millions of entries and hardly any in common."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('moderation', '0044_unlinking'),
    ]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX audit_by_actor_and_action ON audit_entry (actor_id, action, id);",
            "DROP INDEX audit_by_actor_and_action;",
        ),
    ]
