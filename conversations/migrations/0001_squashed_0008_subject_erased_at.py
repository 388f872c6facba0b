"""The tables as they were when the many small migrations were put together."""

import conversations.public_ids
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.utils.timezone
import uuid
from pathlib import Path

from django.db import migrations, models

from conversations.migrations._tables import Tables


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('conversations', '0001_initial'),
        ('conversations', '0002_quarantine_settled'),
        ('conversations', '0003_keys_and_rates'),
        ('conversations', '0004_places_of_branches'),
        ('conversations', '0005_stored_answers'),
        ('conversations', '0006_quarantined_transcripts'),
        ('conversations', '0007_forked_branches'),
        ('conversations', '0008_subject_erased_at'),
    ]

    dependencies = [
    ]

    operations = [
        Tables(Path(__file__).with_name('0001_tables.sql'), [
        migrations.CreateModel(
            name='Conversation',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('public_id', models.CharField(default=conversations.public_ids.conversation, max_length=10, unique=True)),
                ('external_id', models.CharField(max_length=200)),
                ('model_name', models.CharField(blank=True, max_length=100)),
                ('model_version', models.CharField(blank=True, max_length=100)),
                ('locale', models.CharField(blank=True, max_length=35)),
                ('started_at', models.DateTimeField(null=True)),
                ('received_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.CreateModel(
            name='SurfaceKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(max_length=10, unique=True)),
                ('prefix', models.CharField(max_length=12)),
                ('digest', models.BinaryField(max_length=32, unique=True)),
                ('sealed_secret', models.BinaryField(default=bytes)),
                ('public_key', models.BinaryField(default=bytes, max_length=32)),
                ('per_minute', models.PositiveIntegerField(null=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('revoked_at', models.DateTimeField(null=True)),
                ('last_used_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='ReceivedEvent',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('public_id', models.CharField(default=conversations.public_ids.received, max_length=10, unique=True)),
                ('source', models.CharField(max_length=200)),
                ('event_id', models.CharField(max_length=200)),
                ('type', models.CharField(max_length=60)),
                ('body_sha256', models.BinaryField(max_length=32)),
                ('commitment', models.BinaryField(default=bytes, max_length=32)),
                ('sealed_salt', models.BinaryField(default=bytes)),
                ('time', models.DateTimeField()),
                ('received_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('receipt', models.JSONField(default=dict)),
            ],
        ),
        migrations.CreateModel(
            name='Subject',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('public_id', models.CharField(default=conversations.public_ids.subject, max_length=10, unique=True)),
                ('pseudonym', models.CharField(max_length=200)),
                ('erased_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Surface',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('public_id', models.CharField(default=conversations.public_ids.surface, max_length=10, unique=True)),
                ('source', models.CharField(max_length=200, unique=True)),
                ('name', models.CharField(max_length=100)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.CreateModel(
            name='Branch',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('public_id', models.CharField(default=conversations.public_ids.branch, max_length=10, unique=True)),
                ('external_id', models.CharField(max_length=200)),
                ('parent_external_id', models.CharField(blank=True, max_length=200)),
                ('forked_at_turn', models.PositiveIntegerField(null=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('began_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('placed_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('conversation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='branches', to='conversations.conversation')),
            ],
        ),
        migrations.CreateModel(
            name='KeyMinute',
            fields=[
                ('key', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='conversations.surfacekey')),
                ('minute', models.DateTimeField()),
                ('used', models.PositiveIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='Quarantined',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('public_id', models.CharField(default=conversations.public_ids.quarantined, max_length=10, unique=True)),
                ('problem', models.CharField(max_length=40)),
                ('fields', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=200), default=list, size=None)),
                ('detail', models.CharField(max_length=300)),
                ('shape', models.CharField(blank=True, max_length=30)),
                ('dated_at', models.DateTimeField(null=True)),
                ('sampling_rate', models.CharField(blank=True, max_length=30)),
                ('body_bytes', models.PositiveIntegerField()),
                ('body_sha256', models.BinaryField(max_length=32)),
                ('sealed_body', models.BinaryField()),
                ('received_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('state', models.CharField(default='held', max_length=10)),
                ('settled_at', models.DateTimeField(null=True)),
                ('settled_by', models.CharField(blank=True, max_length=20)),
                ('reason', models.CharField(blank=True, max_length=20)),
                ('became', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='conversations.receivedevent')),
                ('surface', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='quarantined', to='conversations.surface')),
            ],
        ),
        migrations.CreateModel(
            name='Replay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('sealed_body', models.BinaryField(default=bytes)),
                ('body_bytes', models.PositiveIntegerField()),
                ('body_sha256', models.BinaryField(max_length=32)),
                ('problem', models.CharField(blank=True, max_length=40)),
                ('fields', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=200), default=list, size=None)),
                ('detail', models.CharField(blank=True, max_length=300)),
                ('tried_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('tried_by', models.CharField(max_length=20)),
                ('quarantined', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='replays', to='conversations.quarantined')),
            ],
            options={
                'ordering': ['number'],
            },
        ),
        migrations.AddField(
            model_name='conversation',
            name='subject',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='conversations', to='conversations.subject'),
        ),
        migrations.AddField(
            model_name='surfacekey',
            name='surface',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='keys', to='conversations.surface'),
        ),
        migrations.AddField(
            model_name='subject',
            name='surface',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='subjects', to='conversations.surface'),
        ),
        migrations.CreateModel(
            name='StoredAnswer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=200)),
                ('part', models.PositiveIntegerField(default=0)),
                ('fingerprint', models.BinaryField(max_length=32)),
                ('body', models.BinaryField()),
                ('expires_at', models.DateTimeField()),
                ('surface', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='conversations.surface')),
            ],
        ),
        migrations.AddField(
            model_name='receivedevent',
            name='surface',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='events', to='conversations.surface'),
        ),
        migrations.CreateModel(
            name='MessageSignal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('conversation_external_id', models.CharField(max_length=200)),
                ('branch_external_id', models.CharField(max_length=200)),
                ('received_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('accepted', models.BooleanField()),
                ('at', models.DateTimeField()),
                ('branch', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='%(class)ss', to='conversations.branch')),
                ('surface', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='conversations.surface')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Feedback',
            fields=[
                ('conversation_external_id', models.CharField(max_length=200)),
                ('branch_external_id', models.CharField(max_length=200)),
                ('received_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('public_id', models.CharField(default=conversations.public_ids.feedback, max_length=10, unique=True)),
                ('thumbs', models.CharField(blank=True, max_length=4)),
                ('kind', models.CharField(blank=True, max_length=40)),
                ('sealed_text', models.BinaryField(default=bytes)),
                ('at_turn', models.PositiveIntegerField(null=True)),
                ('given_at', models.DateTimeField()),
                ('branch', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='%(class)ss', to='conversations.branch')),
                ('subject', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='feedback', to='conversations.subject')),
                ('surface', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='conversations.surface')),
            ],
        ),
        migrations.AddField(
            model_name='conversation',
            name='surface',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='conversations', to='conversations.surface'),
        ),
        migrations.CreateModel(
            name='Transcript',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField()),
                ('sealed', models.BinaryField()),
                ('commitment', models.BinaryField(max_length=32)),
                ('turn_count', models.PositiveIntegerField()),
                ('received_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('branch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='transcripts', to='conversations.branch')),
            ],
        ),
        migrations.CreateModel(
            name='RefusedEnd',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('actor', models.CharField(max_length=20)),
                ('reason', models.CharField(max_length=20)),
                ('category', models.CharField(blank=True, max_length=30)),
                ('at_turn', models.PositiveIntegerField()),
                ('surface_policy', models.CharField(blank=True, max_length=200)),
                ('reported_scores', models.JSONField(default=dict)),
                ('requested_at', models.DateTimeField()),
                ('received_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('public_id', models.CharField(default=conversations.public_ids.refusal, max_length=10, unique=True)),
                ('failed_check', models.CharField(blank=True, max_length=40)),
                ('branch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='refused_ends', to='conversations.branch')),
                ('surface', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='conversations.surface')),
                ('transcript', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='conversations.transcript')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ConversationEnd',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('actor', models.CharField(max_length=20)),
                ('reason', models.CharField(max_length=20)),
                ('category', models.CharField(blank=True, max_length=30)),
                ('at_turn', models.PositiveIntegerField()),
                ('surface_policy', models.CharField(blank=True, max_length=200)),
                ('reported_scores', models.JSONField(default=dict)),
                ('requested_at', models.DateTimeField()),
                ('received_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('public_id', models.CharField(default=conversations.public_ids.ending, max_length=10, unique=True)),
                ('branch', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='ending', to='conversations.branch')),
                ('surface', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='conversations.surface')),
                ('transcript', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='conversations.transcript')),
            ],
        ),
        migrations.CreateModel(
            name='ControlSample',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sampling_rate', models.CharField(max_length=30)),
                ('observed_at', models.DateTimeField()),
                ('received_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('branch', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='control', to='conversations.branch')),
                ('transcript', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='conversations.transcript')),
            ],
        ),
        migrations.CreateModel(
            name='Volume',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('hour', models.DateTimeField()),
                ('conversations', models.PositiveIntegerField()),
                ('received_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('surface', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='volumes', to='conversations.surface')),
            ],
        ),
        migrations.AddIndex(
            model_name='branch',
            index=django.contrib.postgres.indexes.BrinIndex(fields=['placed_at'], name='branch_placed'),
        ),
        migrations.AddIndex(
            model_name='branch',
            index=models.Index(condition=models.Q(('parent_external_id', ''), _negated=True), fields=['conversation'], name='branch_forked'),
        ),
        migrations.AddConstraint(
            model_name='branch',
            constraint=models.UniqueConstraint(fields=('conversation', 'external_id'), name='branch_identity'),
        ),
        migrations.AddConstraint(
            model_name='replay',
            constraint=models.UniqueConstraint(fields=('quarantined', 'number'), name='replay_number'),
        ),
        migrations.AddConstraint(
            model_name='subject',
            constraint=models.UniqueConstraint(fields=('surface', 'pseudonym'), name='subject_identity'),
        ),
        migrations.AddIndex(
            model_name='storedanswer',
            index=models.Index(fields=['expires_at'], name='answer_expiry'),
        ),
        migrations.AddConstraint(
            model_name='storedanswer',
            constraint=models.UniqueConstraint(fields=('surface', 'key', 'part'), name='answer_identity'),
        ),
        migrations.AddIndex(
            model_name='receivedevent',
            index=models.Index(fields=['surface', '-received_at'], name='event_newest'),
        ),
        migrations.AddConstraint(
            model_name='receivedevent',
            constraint=models.UniqueConstraint(fields=('source', 'event_id'), name='event_identity'),
        ),
        migrations.AddIndex(
            model_name='quarantined',
            index=models.Index(fields=['-received_at', '-id'], name='quarantined_newest'),
        ),
        migrations.AddIndex(
            model_name='quarantined',
            index=models.Index(condition=models.Q(('state', 'held')), fields=['-received_at', '-id'], name='quarantined_held'),
        ),
        migrations.AddConstraint(
            model_name='quarantined',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('became__isnull', False), ('state', 'replayed')), models.Q(models.Q(('state', 'replayed'), _negated=True), ('became', None)), _connector='OR'), name='replayed_became_an_event'),
        ),
        migrations.AddIndex(
            model_name='feedback',
            index=models.Index(fields=['-given_at', '-id'], name='feedback_newest'),
        ),
        migrations.AddIndex(
            model_name='conversation',
            index=models.Index(fields=['subject', 'started_at'], name='conversation_by_subject'),
        ),
        migrations.AddConstraint(
            model_name='conversation',
            constraint=models.UniqueConstraint(fields=('surface', 'external_id'), name='conversation_identity'),
        ),
        migrations.AddIndex(
            model_name='transcript',
            index=django.contrib.postgres.indexes.BrinIndex(fields=['received_at'], name='transcript_received'),
        ),
        migrations.AddConstraint(
            model_name='transcript',
            constraint=models.UniqueConstraint(fields=('branch', 'version'), name='transcript_version'),
        ),
        migrations.AddIndex(
            model_name='conversationend',
            index=models.Index(fields=['-requested_at', '-id'], name='ending_newest'),
        ),
        migrations.AddIndex(
            model_name='conversationend',
            index=models.Index(fields=['surface', '-requested_at', '-id'], name='ending_newest_by_surface'),
        ),
        migrations.AddIndex(
            model_name='volume',
            index=models.Index(fields=['surface', 'hour'], name='volume_by_hour'),
        ),
        ]),
        migrations.RunSQL('ALTER TABLE conversations_keyminute SET UNLOGGED', 'ALTER TABLE conversations_keyminute SET LOGGED'),
    ]
