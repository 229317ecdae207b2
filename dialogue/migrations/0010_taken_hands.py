"""Why moderators took hands off the speakers' list."""

import dialogue.models.speaking
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("dialogue", "0009_vote_weight"),
    ]

    operations = [
        migrations.CreateModel(
            name="TakenHand",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300)),
                (
                    "salt",
                    models.CharField(
                        default=dialogue.models.speaking.new_salt, max_length=32
                    ),
                ),
                ("taken_at", models.DateTimeField()),
                ("is_shown", models.BooleanField(default=True)),
                (
                    "participation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="taken_hands",
                        to="dialogue.participation",
                    ),
                ),
                (
                    "speakers_list",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="taken_hands",
                        to="dialogue.speakerslist",
                    ),
                ),
                (
                    "taken_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="dialogue.participation",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
    ]
