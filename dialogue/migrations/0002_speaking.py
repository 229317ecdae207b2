import datetime

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import dialogue.models.speaking


class Migration(migrations.Migration):
    dependencies = [("dialogue", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="SpeakersList",
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
                ("circle", models.CharField(default="plenary", max_length=24)),
                ("is_open", models.BooleanField(default=False)),
                (
                    "rule",
                    models.CharField(
                        choices=[
                            ("first_come", "first come, first served"),
                            ("least_time", "whoever has spoken least comes first"),
                            ("first_timers", "whoever has not spoken yet comes first"),
                            ("alternating", "in favour and against take turns"),
                            ("tables", "the tables take turns"),
                        ],
                        default="first_timers",
                        max_length=12,
                    ),
                ),
                (
                    "seconds",
                    models.PositiveSmallIntegerField(
                        default=90,
                        validators=[
                            django.core.validators.MinValueValidator(15),
                            django.core.validators.MaxValueValidator(1800),
                        ],
                    ),
                ),
                ("people", models.PositiveIntegerField(default=0)),
                (
                    "dialogue",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="speakers_lists",
                        to="dialogue.dialogue",
                    ),
                ),
            ],
            options={
                "ordering": ["dialogue", "circle"],
            },
        ),
        migrations.CreateModel(
            name="Hand",
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
                ("name", models.CharField(blank=True, max_length=80)),
                ("name_key", models.CharField(blank=True, max_length=80)),
                (
                    "side",
                    models.CharField(
                        choices=[
                            ("neutral", "no side"),
                            ("pro", "in favour"),
                            ("contra", "against"),
                        ],
                        default="neutral",
                        max_length=8,
                    ),
                ),
                ("about", models.CharField(blank=True, max_length=140)),
                ("group", models.CharField(blank=True, max_length=24)),
                ("raised_at", models.DateTimeField()),
                ("is_away", models.BooleanField(default=False)),
                (
                    "entered_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="dialogue.participation",
                    ),
                ),
                (
                    "participation",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="dialogue.participation",
                    ),
                ),
                (
                    "speakers_list",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="hands",
                        to="dialogue.speakerslist",
                    ),
                ),
            ],
            options={
                "ordering": ["raised_at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Turn",
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
                ("name", models.CharField(blank=True, max_length=80)),
                ("name_key", models.CharField(blank=True, max_length=80)),
                (
                    "side",
                    models.CharField(
                        choices=[
                            ("neutral", "no side"),
                            ("pro", "in favour"),
                            ("contra", "against"),
                        ],
                        default="neutral",
                        max_length=8,
                    ),
                ),
                ("about", models.CharField(blank=True, max_length=140)),
                ("group", models.CharField(blank=True, max_length=24)),
                (
                    "rule",
                    models.CharField(
                        choices=[
                            ("first_come", "first come, first served"),
                            ("least_time", "whoever has spoken least comes first"),
                            ("first_timers", "whoever has not spoken yet comes first"),
                            ("alternating", "in favour and against take turns"),
                            ("tables", "the tables take turns"),
                        ],
                        max_length=12,
                    ),
                ),
                ("began_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("paused_at", models.DateTimeField(blank=True, null=True)),
                ("paused_for", models.DurationField(default=datetime.timedelta)),
                ("spoken_seconds", models.PositiveIntegerField(default=0)),
                ("is_override", models.BooleanField(default=False)),
                ("reason", models.CharField(blank=True, max_length=300)),
                (
                    "salt",
                    models.CharField(
                        default=dialogue.models.speaking.new_salt, max_length=32
                    ),
                ),
                (
                    "given_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="dialogue.participation",
                    ),
                ),
                (
                    "participation",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="dialogue.participation",
                    ),
                ),
                (
                    "speakers_list",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="turns",
                        to="dialogue.speakerslist",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.AddConstraint(
            model_name="speakerslist",
            constraint=models.UniqueConstraint(
                fields=("dialogue", "circle"), name="one_speakers_list_per_circle"
            ),
        ),
        migrations.AddConstraint(
            model_name="hand",
            constraint=models.UniqueConstraint(
                fields=("speakers_list", "participation"), name="one_hand_per_person"
            ),
        ),
        migrations.AddConstraint(
            model_name="hand",
            constraint=models.UniqueConstraint(
                condition=models.Q(("name_key", ""), _negated=True),
                fields=("speakers_list", "name_key"),
                name="one_hand_per_name",
            ),
        ),
        migrations.AddConstraint(
            model_name="turn",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)),
                fields=("speakers_list",),
                name="one_speaker_at_a_time",
            ),
        ),
    ]
