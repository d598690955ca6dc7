from django.db import migrations, models

BATCHES_AT_ONCE = 500


def fill(apps, schema_editor):
    """Undelivered people by code, of receipts that were stored before: batches of 500, each by its index."""
    using = schema_editor.connection.alias
    batches = apps.get_model("django_alisms", "Batch").objects.using(using)
    recipients = apps.get_model("django_alisms", "Recipient").objects.using(using)
    after = 0
    while pks := list(
        batches.filter(undelivered__gt=0, pk__gt=after).order_by("pk").values_list("pk", flat=True)[:BATCHES_AT_ONCE]
    ):
        after = pks[-1]
        codes = {}
        rows = recipients.filter(batch__in=pks, delivery="undelivered").order_by()
        for batch, code, people in rows.values_list("batch", "receipt_code").annotate(people=models.Count("pk")).order_by("receipt_code"):
            codes[batch] = f"{codes.get(batch, '')}\n{code}\t{people}"
        for pk, some in codes.items():
            batches.filter(pk=pk).update(undelivered_by_code=some)


class Migration(migrations.Migration):
    dependencies = [
        ("django_alisms", "0009_opt_outs_imported"),
    ]

    operations = [
        migrations.AddField(
            model_name="batch",
            name="undelivered_by_code",
            field=models.TextField(blank=True, default="", editable=False),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
    ]
