"""Topics kept for later are reported and decided about as other contributions are."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from ledger.triggers import install, remove


def lift(apps, schema_editor):
    remove(schema_editor.connection)


def protect(apps, schema_editor):
    install(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [
        ("dialogue", "0010_taken_hands"),
        ("moderation", "0003_closed"),
        ("projects", "0002_append_only"),
        ("proposals", "0008_held_topics"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        # Around the new columns, in both directions: SQLite makes the table anew.
        migrations.RunPython(lift, protect),
        migrations.RemoveConstraint(
            model_name="decision",
            name="decision_on_contribution_or_person",
        ),
        migrations.RemoveConstraint(
            model_name="report",
            name="report_on_one_contribution",
        ),
        migrations.RemoveConstraint(
            model_name="sealedtext",
            name="sealed_text_of_proposal_or_question",
        ),
        migrations.AddField(
            model_name="decision",
            name="topic",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="decisions",
                to="proposals.parkedtopic",
            ),
        ),
        migrations.AddField(
            model_name="report",
            name="topic",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reports",
                to="proposals.parkedtopic",
            ),
        ),
        migrations.AddField(
            model_name="sealedtext",
            name="topic",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="sealed_texts",
                to="proposals.parkedtopic",
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
                        ("remark", None),
                        ("topic", None),
                    ),
                    models.Q(
                        models.Q(
                            (
                                "action__in",
                                ["silence", "end_silence", "exclude", "readmit"],
                            ),
                            _negated=True,
                        ),
                        ("remark", None),
                        models.Q(
                            models.Q(
                                ("comment", None),
                                ("proposal__isnull", False),
                                ("question", None),
                                ("topic", None),
                            ),
                            models.Q(
                                ("comment__isnull", False),
                                ("proposal", None),
                                ("question", None),
                                ("topic", None),
                            ),
                            models.Q(
                                ("comment", None),
                                ("proposal", None),
                                ("question__isnull", False),
                                ("topic", None),
                            ),
                            models.Q(
                                ("comment", None),
                                ("proposal", None),
                                ("question", None),
                                ("topic__isnull", False),
                            ),
                            _connector="OR",
                        ),
                    ),
                    models.Q(
                        ("action__in", ["hide", "restore"]),
                        ("comment", None),
                        ("proposal", None),
                        ("question", None),
                        ("remark__isnull", False),
                        ("topic", None),
                    ),
                    _connector="OR",
                ),
                name="decision_on_contribution_or_person",
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
                        ("topic", None),
                    ),
                    models.Q(
                        ("comment__isnull", False),
                        ("proposal", None),
                        ("question", None),
                        ("topic", None),
                    ),
                    models.Q(
                        ("comment", None),
                        ("proposal", None),
                        ("question__isnull", False),
                        ("topic", None),
                    ),
                    models.Q(
                        ("comment", None),
                        ("proposal", None),
                        ("question", None),
                        ("topic__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="report_on_one_contribution",
            ),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.UniqueConstraint(
                condition=models.Q(("settled_at", None), ("topic__isnull", False)),
                fields=("reporter_key", "topic"),
                name="one_open_report_on_topic",
            ),
        ),
        migrations.AddConstraint(
            model_name="sealedtext",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("proposal__isnull", False), ("question", None), ("topic", None)
                    ),
                    models.Q(
                        ("proposal", None), ("question__isnull", False), ("topic", None)
                    ),
                    models.Q(
                        ("proposal", None), ("question", None), ("topic__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="sealed_text_of_one_contribution",
            ),
        ),
        migrations.RunPython(protect, lift),
    ]
