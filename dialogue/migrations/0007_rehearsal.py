"""Rehearsals: what is rehearsed, how fast, and by how many simulated citizens."""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

from ledger.triggers import install, remove


def lift(apps, schema_editor):
    remove(schema_editor.connection)


def protect(apps, schema_editor):
    install(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [
        ("dialogue", "0006_minutes"),
        ("ledger", "0003_rehearsal"),
    ]

    operations = [
        # Around the new columns, in both directions: SQLite makes the table anew.
        migrations.RunPython(lift, protect),
        migrations.CreateModel(
            name="Rehearsal",
            fields=[
                (
                    "dialogue",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="rehearsal",
                        serialize=False,
                        to="dialogue.dialogue",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Citizens are on their way"),
                            ("running", "Citizens are there"),
                            ("ended", "Citizens have left"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                (
                    "citizens",
                    models.PositiveSmallIntegerField(
                        default=30,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="simulated citizens",
                    ),
                ),
                (
                    "minutes",
                    models.PositiveSmallIntegerField(
                        default=60,
                        validators=[
                            django.core.validators.MinValueValidator(5),
                            django.core.validators.MaxValueValidator(180),
                        ],
                        verbose_name="minutes at most, by the clock",
                    ),
                ),
                ("kinds", models.CharField(blank=True, max_length=120)),
                ("seed", models.PositiveIntegerField(default=1)),
                ("planned_at", models.DateTimeField()),
                ("begun_at", models.DateTimeField(blank=True, null=True)),
                ("heard_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("stop_wanted", models.BooleanField(default=False)),
                ("trouble", models.CharField(blank=True, max_length=300)),
            ],
        ),
        migrations.AddField(
            model_name="dialogue",
            name="rehearsal_of",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="rehearsals",
                to="dialogue.dialogue",
            ),
        ),
        migrations.AddField(
            model_name="dialogue",
            name="ends_by",
            field=models.DateTimeField(
                blank=True, null=True, verbose_name="must end by"
            ),
        ),
        migrations.AddField(
            model_name="dialogue",
            name="speed",
            field=models.PositiveSmallIntegerField(db_default=1, default=1),
        ),
        migrations.RunPython(protect, lift),
    ]
