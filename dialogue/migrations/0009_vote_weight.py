from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("dialogue", "0008_on_behalf")]

    operations = [
        migrations.AddField(
            model_name="participation",
            name="vote_weight",
            field=models.PositiveSmallIntegerField(db_default=1, default=1),
        )
    ]
