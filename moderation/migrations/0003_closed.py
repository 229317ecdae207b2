"""Decisions by staff and about remarks at tables; texts of results that were hidden."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

from ledger.triggers import install, remove

ON_PERSON = ["silence", "end_silence", "exclude", "readmit"]
ABOUT_ONE = (
    Q(("comment", None), ("proposal__isnull", False), ("question", None))
    | Q(("comment__isnull", False), ("proposal", None), ("question", None))
    | Q(("comment", None), ("proposal", None), ("question__isnull", False))
)


def lift(apps, schema_editor):
    remove(schema_editor.connection)


def protect(apps, schema_editor):
    install(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [
        ("dialogue", "0008_on_behalf"),
        ("moderation", "0002_due_process"),
        ("projects", "0002_append_only"),
        ("proposals", "0004_table"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        # Around the new columns, in both directions: SQLite makes the table anew.
        migrations.RunPython(lift, protect),
        migrations.AddField(
            model_name="decision",
            name="remark",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="decisions",
                to="dialogue.tableremark",
            ),
        ),
        migrations.AddField(
            model_name="decision",
            name="decided_as_staff",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RemoveConstraint(
            model_name="decision", name="decision_on_contribution_or_person"
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=(
                    Q(("action__in", ON_PERSON))
                    & Q(proposal=None, comment=None, question=None, remark=None)
                )
                | (~Q(("action__in", ON_PERSON)) & Q(remark=None) & ABOUT_ONE)
                | Q(
                    action__in=["hide", "restore"],
                    remark__isnull=False,
                    proposal=None,
                    comment=None,
                    question=None,
                ),
                name="decision_on_contribution_or_person",
            ),
        ),
        migrations.CreateModel(
            name="SealedText",
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
                ("salt", models.CharField(max_length=32)),
                ("text", models.TextField()),
                (
                    "minutes_text",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="seal",
                        to="dialogue.minutestext",
                    ),
                ),
                (
                    "proposal",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sealed_texts",
                        to="proposals.proposal",
                    ),
                ),
                (
                    "question",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sealed_texts",
                        to="proposals.question",
                    ),
                ),
                (
                    "result_text",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="seal",
                        to="projects.resulttext",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(
                            ("minutes_text", None), ("result_text__isnull", False)
                        )
                        | Q(("minutes_text__isnull", False), ("result_text", None)),
                        name="sealed_text_of_result_or_minutes",
                    ),
                    models.CheckConstraint(
                        condition=Q(("proposal__isnull", False), ("question", None))
                        | Q(("proposal", None), ("question__isnull", False)),
                        name="sealed_text_of_proposal_or_question",
                    ),
                ],
            },
        ),
        migrations.RunPython(protect, lift),
    ]
