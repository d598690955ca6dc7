"""One HTTP request for a batch, written and committed before its first byte. Append-only but for its answer."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from .batches import Batch


class AttemptQuerySet(models.QuerySet):
    def answer(self, out_id: str, **answer: Any) -> bool:
        """The answer of one attempt, once."""
        return bool(self.filter(out_id=out_id, outcome="").update(**answer))


class Attempt(models.Model):
    batch = models.ForeignKey(Batch, models.CASCADE, related_name="attempt_set", verbose_name=_("batch"))
    number = models.PositiveSmallIntegerField(_("attempt"))
    out_id = models.CharField("OutId", max_length=80, unique=True)
    worker = models.CharField(_("process"), max_length=100, blank=True)
    created_at = models.DateTimeField(_("written"))
    answered_at = models.DateTimeField(_("answered"), null=True)
    outcome = models.CharField(_("outcome"), max_length=16, blank=True)
    code = models.CharField("Code", max_length=64, blank=True)
    message = models.CharField("Message", max_length=200, blank=True)
    biz_id = models.CharField("BizId", max_length=64, blank=True)
    request_id = models.CharField("RequestId", max_length=64, blank=True)
    http_status = models.PositiveSmallIntegerField(null=True)

    objects = AttemptQuerySet.as_manager()

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.out_id
