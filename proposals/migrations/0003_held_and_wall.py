import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F


def fill_published_at(apps, schema_editor):
    """Until now everything was published when it was written."""
    for name in ("Comment", "Question"):
        rows = apps.get_model("proposals", name).objects.all()
        rows.update(published_at=F("written_at"))


class Migration(migrations.Migration):
    dependencies = [
        ("dialogue", "0001_initial"),
        ("proposals", "0002_redundant_indexes"),
    ]

    operations = [
        migrations.CreateModel(
            name="HoldingRule",
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
                    "holds_everything",
                    models.BooleanField(
                        default=False,
                        verbose_name="Everything is read before it is published",
                    ),
                ),
                (
                    "holds_links",
                    models.BooleanField(
                        default=False, verbose_name="Whatever contains a link"
                    ),
                ),
                (
                    "holds_first",
                    models.BooleanField(
                        default=False, verbose_name="A person's first contribution"
                    ),
                ),
                (
                    "holds_words",
                    models.BooleanField(
                        default=False,
                        verbose_name="Whatever contains a word of the lists below",
                    ),
                ),
                (
                    "most_in_ten_minutes",
                    models.PositiveSmallIntegerField(
                        default=0,
                        verbose_name="More contributions of one person in ten minutes than",
                    ),
                ),
                (
                    "dialogue",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="holding_rules",
                        to="dialogue.dialogue",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="dialogue.agendaitem",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("item", None)),
                        fields=("dialogue",),
                        name="one_holding_rule_per_dialogue",
                    ),
                    models.UniqueConstraint(
                        fields=("item",), name="one_holding_rule_per_item"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="WordList",
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
                ("words", models.TextField(blank=True, max_length=8000)),
                (
                    "dialogue",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="word_list",
                        to="dialogue.dialogue",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.Value(1),
                        condition=models.Q(("dialogue", None)),
                        name="one_list_of_the_city",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="comment",
            name="held_for",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=60
            ),
        ),
        migrations.AddField(
            model_name="comment",
            name="published_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="proposal",
            name="held_for",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=60
            ),
        ),
        migrations.AddField(
            model_name="proposal",
            name="merged_into",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="sources",
                to="proposals.proposal",
            ),
        ),
        migrations.AddField(
            model_name="question",
            name="answer",
            field=models.TextField(
                blank=True, db_default="", default="", max_length=2000
            ),
        ),
        migrations.AddField(
            model_name="question",
            name="answered_minute",
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="question",
            name="held_for",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=60
            ),
        ),
        migrations.AddField(
            model_name="question",
            name="is_on_stage",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="question",
            name="is_shortlisted",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="question",
            name="merged_into",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="sources",
                to="proposals.question",
            ),
        ),
        migrations.AddField(
            model_name="question",
            name="published_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="question",
            name="topic",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=60
            ),
        ),
        migrations.AddField(
            model_name="support",
            name="is_carried",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AlterField(
            model_name="comment",
            name="state",
            field=models.CharField(
                choices=[
                    ("pending", "Waiting for the moderation"),
                    ("published", "Published"),
                    ("hidden", "Hidden by the moderation"),
                    ("withdrawn", "Withdrawn"),
                ],
                default="published",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="proposal",
            name="state",
            field=models.CharField(
                choices=[
                    ("draft", "Draft"),
                    ("pending", "Waiting for the moderation"),
                    ("published", "Published"),
                    ("hidden", "Hidden by the moderation"),
                    ("withdrawn", "Withdrawn"),
                    ("merged", "Merged"),
                ],
                default="draft",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="question",
            name="state",
            field=models.CharField(
                choices=[
                    ("pending", "Waiting for the moderation"),
                    ("published", "Published"),
                    ("hidden", "Hidden by the moderation"),
                    ("withdrawn", "Withdrawn"),
                    ("merged", "Merged"),
                ],
                default="published",
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="question",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_on_stage", True)),
                fields=("dialogue",),
                name="one_question_on_stage",
            ),
        ),
        migrations.RunPython(
            fill_published_at, migrations.RunPython.noop, elidable=True
        ),
    ]
