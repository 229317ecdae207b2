from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("proposals", "0006_opinions")]

    operations = []
