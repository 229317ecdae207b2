from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("dialogue", "0007_rehearsal")]

    operations = [
        migrations.AddField(
            model_name="tableremark",
            name="salt",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=32
            ),
        ),
    ]
