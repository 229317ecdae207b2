from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("dialogue", "0004_desk")]

    operations = []
