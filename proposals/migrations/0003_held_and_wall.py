from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("proposals", "0002_redundant_indexes")]

    operations = []
