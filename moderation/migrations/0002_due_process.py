"""Reports, appeals and rulings; decisions about people; what must stay stays."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import moderation.models
import proposals.models
from ledger.triggers import install, remove

PROTECTED = ["moderation_decision", "moderation_appeal", "moderation_ruling"]


def protect(apps, schema_editor):
    install(schema_editor.connection, PROTECTED)


def unprotect(apps, schema_editor):
    remove(schema_editor.connection, PROTECTED)


class Migration(migrations.Migration):
    dependencies = [
        ("dialogue", "0001_initial"),
        ("moderation", "0001_initial"),
        ("proposals", "0001_initial"),
        ("ledger", "0002_append_only"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Appeal",
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
                ("made_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["made_at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="AppealText",
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
                ("text", models.TextField(max_length=1200)),
            ],
        ),
        migrations.CreateModel(
            name="Report",
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
                    "rule",
                    models.CharField(
                        choices=[
                            ("insult", "Insult or threat"),
                            ("discrimination", "Discrimination"),
                            ("personal_data", "Private data of others"),
                            ("unlawful", "Unlawful content"),
                            ("advertising", "Advertising or campaigning"),
                            ("off_topic", "Off topic"),
                            ("duplicate", "Said already, word for word"),
                            ("unreadable", "Cannot be read or understood"),
                        ],
                        max_length=16,
                    ),
                ),
                ("explanation", models.TextField(blank=True, max_length=1200)),
                ("place", models.CharField(blank=True, max_length=200)),
                ("name", models.CharField(blank=True, max_length=80)),
                ("email", models.EmailField(blank=True, max_length=254)),
                ("reporter_key", models.CharField(blank=True, max_length=64)),
                (
                    "receipt",
                    models.CharField(
                        default=moderation.models.new_receipt,
                        max_length=10,
                        unique=True,
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["made_at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Ruling",
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
                    "outcome",
                    models.CharField(
                        choices=[
                            ("upheld", "the decision stands"),
                            ("reversed", "the decision was reversed"),
                        ],
                        max_length=8,
                    ),
                ),
                ("reason", models.TextField(max_length=600)),
                ("ruled_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["-ruled_at", "-pk"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="decision",
            name="decision_on_one_contribution",
        ),
        migrations.AddField(
            model_name="decision",
            name="reverses",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reversals",
                to="moderation.decision",
            ),
        ),
        migrations.AddField(
            model_name="decision",
            name="salt",
            field=models.CharField(default=proposals.models.new_salt, max_length=32),
        ),
        migrations.AddField(
            model_name="decision",
            name="until",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="decision",
            name="waited_since",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="decision",
            name="wording_digest",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AlterField(
            model_name="decision",
            name="action",
            field=models.CharField(
                choices=[
                    ("hide", "hidden"),
                    ("restore", "restored"),
                    ("approve", "approved"),
                    ("ask_revision", "sent back to be reworded"),
                    ("merge", "merged with another contribution"),
                    ("silence", "asked to listen for a time"),
                    ("end_silence", "may speak again"),
                    ("exclude", "excluded from the dialogue"),
                    ("readmit", "let in again"),
                ],
                max_length=14,
            ),
        ),
        migrations.AlterField(
            model_name="decision",
            name="decided_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="dialogue.participation",
            ),
        ),
        migrations.AlterField(
            model_name="decision",
            name="rule",
            field=models.CharField(
                choices=[
                    ("insult", "Insult or threat"),
                    ("discrimination", "Discrimination"),
                    ("personal_data", "Private data of others"),
                    ("unlawful", "Unlawful content"),
                    ("advertising", "Advertising or campaigning"),
                    ("off_topic", "Off topic"),
                    ("duplicate", "Said already, word for word"),
                    ("unreadable", "Cannot be read or understood"),
                    ("none", "No rule was broken"),
                ],
                max_length=16,
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        (
                            "action__in",
                            ["silence", "end_silence", "exclude", "readmit"],
                        ),
                        ("comment", None),
                        ("proposal", None),
                        ("question", None),
                    ),
                    models.Q(
                        models.Q(
                            (
                                "action__in",
                                ["silence", "end_silence", "exclude", "readmit"],
                            ),
                            _negated=True,
                        ),
                        models.Q(
                            models.Q(
                                ("comment", None),
                                ("proposal__isnull", False),
                                ("question", None),
                            ),
                            models.Q(
                                ("comment__isnull", False),
                                ("proposal", None),
                                ("question", None),
                            ),
                            models.Q(
                                ("comment", None),
                                ("proposal", None),
                                ("question__isnull", False),
                            ),
                            _connector="OR",
                        ),
                    ),
                    _connector="OR",
                ),
                name="decision_on_contribution_or_person",
            ),
        ),
        migrations.AddField(
            model_name="appeal",
            name="decision",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="appeal",
                to="moderation.decision",
            ),
        ),
        migrations.AddField(
            model_name="appealtext",
            name="appeal",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="words",
                to="moderation.appeal",
            ),
        ),
        migrations.AddField(
            model_name="report",
            name="author",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="dialogue.participation",
            ),
        ),
        migrations.AddField(
            model_name="report",
            name="comment",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reports",
                to="proposals.comment",
            ),
        ),
        migrations.AddField(
            model_name="report",
            name="decision",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reports",
                to="moderation.decision",
            ),
        ),
        migrations.AddField(
            model_name="report",
            name="dialogue",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reports",
                to="dialogue.dialogue",
            ),
        ),
        migrations.AddField(
            model_name="report",
            name="proposal",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reports",
                to="proposals.proposal",
            ),
        ),
        migrations.AddField(
            model_name="report",
            name="question",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reports",
                to="proposals.question",
            ),
        ),
        migrations.AddField(
            model_name="report",
            name="reporter",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="reports",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="ruling",
            name="appeal",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="ruling",
                to="moderation.appeal",
            ),
        ),
        migrations.AddField(
            model_name="ruling",
            name="ruled_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("comment", None),
                        ("proposal__isnull", False),
                        ("question", None),
                    ),
                    models.Q(
                        ("comment__isnull", False),
                        ("proposal", None),
                        ("question", None),
                    ),
                    models.Q(
                        ("comment", None),
                        ("proposal", None),
                        ("question__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="report_on_one_contribution",
            ),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.UniqueConstraint(
                condition=models.Q(("proposal__isnull", False), ("settled_at", None)),
                fields=("reporter_key", "proposal"),
                name="one_open_report_on_proposal",
            ),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.UniqueConstraint(
                condition=models.Q(("comment__isnull", False), ("settled_at", None)),
                fields=("reporter_key", "comment"),
                name="one_open_report_on_comment",
            ),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.UniqueConstraint(
                condition=models.Q(("question__isnull", False), ("settled_at", None)),
                fields=("reporter_key", "question"),
                name="one_open_report_on_question",
            ),
        ),
        migrations.RunPython(protect, unprotect),
    ]
