import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("dialogue", "0003_tables"),
        ("proposals", "0003_held_and_wall"),
    ]

    operations = [
        migrations.AddField(
            model_name="proposal",
            name="table",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="findings",
                to="dialogue.table",
            ),
        ),
    ]
