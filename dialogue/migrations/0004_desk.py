from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("dialogue", "0003_tables")]

    operations = []
