import django.db.models.deletion
from django.db import migrations, models

import dialogue.models.core


class Migration(migrations.Migration):
    dependencies = [
        ("dialogue", "0009_vote_weight"),
        ("proposals", "0006_opinions"),
    ]

    operations = [
        migrations.AddField(
            model_name="ballot",
            name="is_mixed",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.CreateModel(
            name="HandCount",
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
                    "channel",
                    models.CharField(
                        choices=[("hall", "in the hall"), ("phone", "by phone")],
                        max_length=8,
                    ),
                ),
                ("counted_at", models.DateTimeField()),
                (
                    "ballot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="hand_counts",
                        to="proposals.ballot",
                    ),
                ),
                (
                    "counted_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="dialogue.participation",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="HandSheet",
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
                ("copies", models.PositiveIntegerField()),
                (
                    "count",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sheets",
                        to="proposals.handcount",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="HandMark",
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
                ("value", models.IntegerField()),
                (
                    "option",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="proposals.option",
                    ),
                ),
                (
                    "sheet",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="marks",
                        to="proposals.handsheet",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Ticket",
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
                ("number", models.PositiveSmallIntegerField()),
                (
                    "code",
                    models.CharField(
                        default=dialogue.models.core.new_code, max_length=8
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[("hall", "in the hall"), ("phone", "by phone")],
                        default="hall",
                        max_length=8,
                    ),
                ),
                ("checked_in_at", models.DateTimeField(blank=True, null=True)),
                (
                    "dialogue",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tickets",
                        to="dialogue.dialogue",
                    ),
                ),
                (
                    "participation",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ticket",
                        to="dialogue.participation",
                    ),
                ),
            ],
            options={
                "ordering": ["number"],
            },
        ),
        migrations.CreateModel(
            name="TicketRollEntry",
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
                ("has_voted", models.BooleanField(default=False)),
                (
                    "ballot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ticket_roll",
                        to="proposals.ballot",
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="proposals.ticket",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="handcount",
            constraint=models.UniqueConstraint(
                fields=("ballot", "channel", "counted_by"),
                name="one_hand_count_per_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="handmark",
            constraint=models.UniqueConstraint(
                fields=("sheet", "option"), name="one_mark_per_option_on_hand_sheet"
            ),
        ),
        migrations.AddConstraint(
            model_name="ticket",
            constraint=models.UniqueConstraint(
                fields=("dialogue", "number"), name="one_ticket_per_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="ticket",
            constraint=models.UniqueConstraint(
                fields=("dialogue", "code"), name="one_ticket_per_code"
            ),
        ),
        migrations.AddConstraint(
            model_name="ticketrollentry",
            constraint=models.UniqueConstraint(
                fields=("ballot", "ticket"), name="one_roll_entry_per_ticket"
            ),
        ),
    ]
