from django.db import migrations, models


class Migration(migrations.Migration):
    """The lists of refused requests and of conversations that went on are read newest first."""

    dependencies = [("conversations", "0013_one_index_each")]

    operations = [
        migrations.AddIndex(
            model_name="refusedend",
            index=models.Index(fields=["-requested_at", "-id"], name="refused_newest"),
        ),
        migrations.AddIndex(
            model_name="controlsample",
            index=models.Index(fields=["-observed_at", "-id"], name="control_newest"),
        ),
    ]
