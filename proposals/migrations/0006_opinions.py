import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("dialogue", "0007_rehearsal"),
        ("proposals", "0005_deciding"),
    ]

    operations = [
        migrations.CreateModel(
            name="OpinionMap",
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
                (
                    "mode",
                    models.CharField(
                        choices=[
                            ("open", "Every published statement counts at once"),
                            (
                                "strict",
                                "A statement counts once the moderation has taken it in",
                            ),
                        ],
                        default="open",
                        max_length=6,
                    ),
                ),
                ("is_shown", models.BooleanField(default=False)),
                ("on_projector", models.BooleanField(default=False)),
                ("is_final", models.BooleanField(default=False)),
                ("basis", models.CharField(blank=True, default="", max_length=64)),
                ("facts", models.JSONField(default=dict)),
                ("drawn_at", models.DateTimeField(blank=True, null=True)),
                (
                    "dialogue",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="opinion_map",
                        to="dialogue.dialogue",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="StatementMark",
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
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Not looked at"),
                            ("in", "Taken in"),
                            ("out", "Left out"),
                        ],
                        default="open",
                        max_length=4,
                    ),
                ),
                ("is_meta", models.BooleanField(default=False)),
                (
                    "proposal",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="statement_mark",
                        to="proposals.proposal",
                    ),
                ),
            ],
        ),
    ]
