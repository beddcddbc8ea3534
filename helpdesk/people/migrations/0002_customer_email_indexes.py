import django.contrib.postgres.indexes
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """No query asked for LOWER(email): addresses are stored in lower case, and searched by their parts."""

    atomic = False  # indexes of a big table are built beside its writers

    dependencies = [
        ("people", "0001_initial"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="customer",
            index=models.Index(fields=["email"], name="customer_email_exact"),
        ),
        AddIndexConcurrently(
            model_name="customer",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["email"], name="customer_email_trgm", opclasses=["gin_trgm_ops"]
            ),
        ),
        RemoveIndexConcurrently(model_name="customer", name="customer_email"),
    ]
