"""Topics kept for later are held, reported and hidden as other contributions are."""

import secrets

import django.db.models.deletion
from django.db import migrations, models

import proposals.models.contributions


def fill(apps, schema_editor):
    """What stands there was published at once; an erased text proves nothing."""
    topics = apps.get_model("proposals", "ParkedTopic").objects
    found = list(topics.all())
    for topic in found:
        topic.state = "removed" if topic.is_removed else "published"
        topic.published_at = topic.written_at
        # One default for the column would be the same salt for all.
        topic.salt = secrets.token_hex(16) if topic.text else ""
    # Each row once: after a second change in one transaction PostgreSQL checks its
    # foreign keys at commit, and lets no column go before.
    topics.bulk_update(found, ["state", "published_at", "salt"], batch_size=500)


def empty(apps, schema_editor):
    """Whatever is not on the list for all stays off it."""
    topics = apps.get_model("proposals", "ParkedTopic").objects
    topics.exclude(state="published").update(is_removed=True)


class Migration(migrations.Migration):
    dependencies = [
        ("dialogue", "0010_taken_hands"),
        ("proposals", "0007_channels"),
    ]

    operations = [
        migrations.RenameField("parkedtopic", "parked_at", "written_at"),
        migrations.AlterModelOptions(
            name="parkedtopic", options={"ordering": ["written_at", "pk"]}
        ),
        migrations.AddField(
            model_name="parkedtopic",
            name="state",
            field=models.CharField(
                choices=[
                    ("pending", "Waiting for the moderation"),
                    ("published", "Published"),
                    ("hidden", "Hidden by the moderation"),
                    ("withdrawn", "Withdrawn"),
                    ("removed", "Dealt with"),
                ],
                default="published",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="parkedtopic",
            name="held_for",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=60
            ),
        ),
        migrations.AddField(
            model_name="parkedtopic",
            name="salt",
            field=models.CharField(
                default=proposals.models.contributions.new_salt, max_length=32
            ),
        ),
        migrations.AddField(
            model_name="parkedtopic",
            name="published_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="parkedtopic",
            name="author",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="parked_topics",
                to="dialogue.participation",
            ),
        ),
        migrations.RunPython(fill, empty),
        migrations.RemoveField(model_name="parkedtopic", name="is_removed"),
    ]
