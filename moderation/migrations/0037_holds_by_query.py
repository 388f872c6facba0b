# Written by makemigrations, then put behind one file of SQL: the tables are made in one go
from pathlib import Path

from django.db import migrations, models

from conversations.migrations._tables import Tables


class Migration(migrations.Migration):

    dependencies = [
        ('moderation', '0001_squashed_0036_evaluations'),
    ]

    operations = [
        Tables(Path(__file__).with_name('0037_holds_by_query.sql'), [
        migrations.AddField(
            model_name='legalhold',
            name='category',
            field=models.CharField(blank=True, choices=[('sexual', 'Sexual'), ('sexual_minors', 'Sexual, minors'), ('violence', 'Violence'), ('mass_violence_terror', 'Mass violence, terror'), ('cbrn', 'CBRN weapons'), ('cyber', 'Cyber attacks'), ('hate', 'Hate'), ('harassment', 'Harassment'), ('self_harm', 'Self-harm'), ('crime_other', 'Other crime')], max_length=30),
        ),
        migrations.AddField(
            model_name='legalhold',
            name='since',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='legalhold',
            name='until',
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name='legalhold',
            name='about_name',
            field=models.CharField(blank=True, max_length=10),
        ),
        migrations.AlterField(
            model_name='legalhold',
            name='scope',
            field=models.CharField(choices=[('subject', 'One person'), ('conversation', 'One conversation'), ('surface', 'A whole surface'), ('query', 'All endings of a time')], max_length=12),
        ),
        migrations.AddConstraint(
            model_name='legalhold',
            constraint=models.CheckConstraint(condition=models.Q(('scope', 'query'), ('since', None), ('until', None), _negated=True), name='hold_by_query_has_a_time'),
        ),
        migrations.AlterField(
            model_name='export',
            name='format',
            field=models.CharField(choices=[('ndjson', 'NDJSON'), ('csv', 'CSV'), ('parquet', 'Parquet'), ('html', 'HTML to print'), ('syslog', 'Syslog, RFC 5424')], max_length=10),
        ),
        ]),
    ]
