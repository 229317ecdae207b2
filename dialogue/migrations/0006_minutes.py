"""Conference, remarks, corrections, and minutes that refuse change and removal."""

import dialogue.models.minutes
import django.db.models.deletion
from django.db import migrations, models

from ledger.triggers import install, remove


def protect(apps, schema_editor):
    install(schema_editor.connection, ["dialogue_frozenminutes"])


def unprotect(apps, schema_editor):
    remove(schema_editor.connection, ["dialogue_frozenminutes"])


class Migration(migrations.Migration):
    dependencies = [
        ("dialogue", "0005_qualification"),
        ("projects", "0002_append_only"),
    ]

    operations = [
        migrations.CreateModel(
            name="Conference",
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
                    "kind",
                    models.CharField(
                        choices=[
                            ("none", "no video"),
                            ("link", "any address"),
                            ("jitsi", "Jitsi Meet of the city"),
                            ("bbb", "BigBlueButton of the city"),
                        ],
                        max_length=8,
                        default="none",
                        verbose_name="where the video is",
                    ),
                ),
                (
                    "link",
                    models.URLField(
                        blank=True, max_length=400, verbose_name="address of the video"
                    ),
                ),
                (
                    "meeting",
                    models.CharField(
                        default=dialogue.models.minutes.new_meeting, max_length=20
                    ),
                ),
                (
                    "is_embedded",
                    models.BooleanField(
                        default=False,
                        verbose_name="can be shown on the page of the room",
                    ),
                ),
                (
                    "captions_link",
                    models.URLField(
                        blank=True,
                        max_length=400,
                        verbose_name="address of the live captions",
                    ),
                ),
                (
                    "phone",
                    models.CharField(
                        blank=True,
                        max_length=40,
                        verbose_name="phone number to dial in",
                    ),
                ),
                (
                    "pin",
                    models.CharField(
                        blank=True, max_length=20, verbose_name="PIN for the phone"
                    ),
                ),
                (
                    "dialogue",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="conference",
                        to="dialogue.dialogue",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CorrectionRequest",
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
                ("text", models.TextField(max_length=1000)),
                ("asked_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "not answered yet"),
                            ("accepted", "accepted"),
                            ("declined", "declined"),
                        ],
                        default="open",
                        max_length=8,
                    ),
                ),
                ("reason", models.TextField(blank=True, max_length=1000)),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                (
                    "answered_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="dialogue.participation",
                    ),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="corrections",
                        to="dialogue.participation",
                    ),
                ),
                (
                    "dialogue",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="corrections",
                        to="dialogue.dialogue",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="corrections",
                        to="dialogue.agendaitem",
                    ),
                ),
            ],
            options={
                "ordering": ["asked_at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="FrozenMinutes",
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
                ("canonical", models.TextField()),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("frozen_at", models.DateTimeField()),
                (
                    "dialogue",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="minutes",
                        to="dialogue.dialogue",
                    ),
                ),
                (
                    "result",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="minutes",
                        to="projects.resultrecord",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Remark",
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
                ("text", models.TextField(max_length=2000)),
                ("written_at", models.DateTimeField()),
                (
                    "dialogue",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="remarks",
                        to="dialogue.dialogue",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="remarks",
                        to="dialogue.agendaitem",
                    ),
                ),
                (
                    "written_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="remarks",
                        to="dialogue.participation",
                    ),
                ),
            ],
            options={
                "ordering": ["written_at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="MinutesText",
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
                ("key", models.CharField(max_length=60)),
                ("salt", models.CharField(blank=True, max_length=32)),
                ("text", models.TextField(blank=True)),
                (
                    "writer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="dialogue.participation",
                    ),
                ),
                (
                    "minutes",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="texts",
                        to="dialogue.frozenminutes",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("minutes", "key"), name="one_minutes_text_per_key"
                    )
                ],
            },
        ),
        migrations.RunPython(protect, unprotect),
    ]
