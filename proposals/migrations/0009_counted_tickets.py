from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("proposals", "0008_held_topics"),
    ]

    operations = [
        migrations.AddField(
            model_name="handcount",
            name="ticked",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
    ]
