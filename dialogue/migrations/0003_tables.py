from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("dialogue", "0002_speaking")]

    operations = []
