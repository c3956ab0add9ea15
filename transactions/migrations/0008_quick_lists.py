from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("transactions", "0007_job_turns")]

    operations = [
        migrations.AddIndex(
            model_name="bucket",
            index=models.Index(
                condition=models.Q(("status", "CANCELED")),
                fields=["id"],
                name="bucket_canceled",
            ),
        ),
        migrations.AddIndex(
            model_name="bucket",
            index=models.Index(
                condition=models.Q(("status", "EXPIRED")),
                fields=["id"],
                name="bucket_expired",
            ),
        ),
        migrations.AddIndex(
            model_name="bucket",
            index=models.Index(fields=["earned_at", "id"], name="bucket_earned"),
        ),
        migrations.AddIndex(
            model_name="bucket",
            index=models.Index(fields=["expires_at", "id"], name="bucket_expires"),
        ),
        migrations.AddIndex(
            model_name="transaction",
            index=models.Index(
                condition=models.Q(("status", "REJECTED")),
                fields=["type", "processed_at"],
                name="transaction_rejected_lately",
            ),
        ),
        migrations.AddIndex(
            model_name="transaction",
            index=models.Index(
                condition=models.Q(("status", "REJECTED")),
                fields=["id"],
                name="transaction_rejected",
            ),
        ),
        migrations.AddIndex(
            model_name="transaction",
            index=models.Index(fields=["type", "id"], name="transaction_of_type"),
        ),
        migrations.AddIndex(
            model_name="transaction",
            index=models.Index(
                fields=["effective_at", "id"], name="transaction_effective"
            ),
        ),
        migrations.AddIndex(
            model_name="transaction",
            index=models.Index(fields=["created_at", "id"], name="transaction_created"),
        ),
    ]
