import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("dialogue", "0010_taken_hands"),
        ("proposals", "0009_counted_tickets"),
    ]

    operations = [
        migrations.AddField(
            model_name="proposal",
            name="note",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="finding",
                to="dialogue.tablenote",
            ),
        ),
    ]
