"""The index of what was said is kept by branch: refused requests and conversations that went on are searched too.

By SQL, since a primary key takes another's place. The rows move; `manage.py search_index` asks for those that were never indexed. The index is
made anew: it would take every word of every row a second time, one by one.
"""

import django.db.models.deletion
from django.db import migrations, models

from conversations.migrations._tables import BySql

SQL = """
DROP INDEX words_vector;
ALTER TABLE moderation_words ADD COLUMN branch_id uuid;
UPDATE moderation_words AS words SET branch_id = ending.branch_id
    FROM conversations_conversationend AS ending WHERE ending.id = words.standing_id;
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE moderation_words DROP COLUMN standing_id;
ALTER TABLE moderation_words ADD CONSTRAINT moderation_words_pkey PRIMARY KEY (branch_id);
ALTER TABLE moderation_words ADD CONSTRAINT moderation_words_branch_id_9c2f61d4_fk_conversations_branch_id
    FOREIGN KEY (branch_id) REFERENCES conversations_branch (id) DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX words_vector ON moderation_words USING gin (vector);
"""


class Migration(migrations.Migration):
    dependencies = [('moderation', '0061_one_index_each')]

    operations = [
        BySql(
            SQL,
            state_operations=[
                migrations.RemoveField('words', 'standing'),
                migrations.AddField(
                    'words',
                    'branch',
                    models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='words', serialize=False, to='conversations.branch'),
                    preserve_default=False,
                ),
            ],
        ),
    ]
