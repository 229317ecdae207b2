from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("dialogue", "0005_qualification")]

    operations = []
