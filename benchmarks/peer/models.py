from __future__ import annotations

from django.db import models


class Contact(models.Model):
    phone = models.CharField(max_length=20, db_index=True)
    name = models.CharField(max_length=100)
    code = models.CharField(max_length=100)
    amount = models.CharField(max_length=100)

    class Meta:
        app_label = "peer"

    def __str__(self) -> str:
        return self.phone
