from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("transactions", "0006_names_to_translate")]

    operations = [
        migrations.AddField(
            model_name="job",
            name="last_turn_at",
            field=models.DateTimeField(
                blank=True, editable=False, null=True, verbose_name="last turn at"
            ),
        ),
    ]
