"""Every index that another one of its table begins with goes.

By SQL alone: `AlterField` would make the foreign key of each column anew, which reads both tables whole and lets nobody write meanwhile.
"""

import django.db.models.deletion
from django.db import migrations, models

from conversations.migrations._tables import BySql

DROPPED = (
    ('conversations_branch_conversation_id_f8f182c0', 'conversations_branch', 'conversation_id'),
    ('conversations_conversation_subject_id_f357b00f', 'conversations_conversation', 'subject_id'),
    ('conversations_conversation_surface_id_c3ce48b1', 'conversations_conversation', 'surface_id'),
    ('conversations_conversationend_surface_id_6e8dd546', 'conversations_conversationend', 'surface_id'),
    ('conversations_replay_quarantined_id_227e87e1', 'conversations_replay', 'quarantined_id'),
    ('conversations_subject_surface_id_7feaeff2', 'conversations_subject', 'surface_id'),
    ('conversations_transcript_branch_id_df308369', 'conversations_transcript', 'branch_id'),
    ('conversations_volume_surface_id_554630e5', 'conversations_volume', 'surface_id'),
)
"""Each index, its table and its column."""


class Migration(migrations.Migration):

    dependencies = [
        ('conversations', '0012_emptied'),
    ]

    operations = [
        BySql(
            [f'DROP INDEX IF EXISTS {index}' for index, _, _ in DROPPED],
            [f'CREATE INDEX {index} ON {table} ({column})' for index, table, column in DROPPED],
            state_operations=[
                migrations.AlterField(
                    model_name='branch',
                    name='conversation',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='branches', to='conversations.conversation'),
                ),
                migrations.AlterField(
                    model_name='conversation',
                    name='subject',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='conversations', to='conversations.subject'),
                ),
                migrations.AlterField(
                    model_name='conversation',
                    name='surface',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='conversations', to='conversations.surface'),
                ),
                migrations.AlterField(
                    model_name='conversationend',
                    name='surface',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='conversations.surface'),
                ),
                migrations.AlterField(
                    model_name='replay',
                    name='quarantined',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='replays', to='conversations.quarantined'),
                ),
                migrations.AlterField(
                    model_name='subject',
                    name='surface',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='subjects', to='conversations.surface'),
                ),
                migrations.AlterField(
                    model_name='transcript',
                    name='branch',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='transcripts', to='conversations.branch'),
                ),
                migrations.AlterField(
                    model_name='volume',
                    name='surface',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='volumes', to='conversations.surface'),
                ),
            ],
        ),
    ]
