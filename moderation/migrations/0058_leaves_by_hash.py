"""An index for finding an entry by its leaf hash, or by what that begins with, as search does.

It is built beside the work, and holds only entries that have their leaf: so it grows with the sequencer, and no act waits for it.
"""

from django.db import migrations


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ("moderation", "0057_retention_body"),
    ]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX CONCURRENTLY audit_by_hash ON audit_entry (leaf_hash) WHERE leaf_index IS NOT NULL;",
            "DROP INDEX CONCURRENTLY audit_by_hash;",
        ),
    ]
