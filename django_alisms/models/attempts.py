"""One HTTP request for a batch, written and committed before its first byte. Append-only but for its answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import models
from django.utils.translation import gettext_lazy as _

from .batches import Batch
from .each import insert_each, update_each


class Answered(NamedTuple):
    """What came of one attempt; the words no longer than their columns."""

    out_id: str
    outcome: str
    code: str
    message: str
    biz_id: str
    request_id: str
    http_status: int | None


class AttemptQuerySet(models.QuerySet):
    def write(self, attempts: Sequence[tuple[int, int, str]], *, worker: str, created_at: datetime) -> None:
        """New attempts: (batch, number, OutId) of each."""
        insert_each(
            self,
            ("batch", "number", "out_id"),
            attempts,
            fixed={"worker": worker, "created_at": created_at}
            | dict.fromkeys(("outcome", "code", "message", "biz_id", "request_id"), ""),
        )

    def answer(self, answers: Sequence[Answered], *, answered_at: datetime) -> int:
        """The answers of attempts, once each; how many were the first."""
        return update_each(
            self,
            ("out_id",),
            ("outcome", "code", "message", "biz_id", "request_id", "http_status"),
            [(*one[1:], one.out_id) for one in answers],
            only={"outcome": ("",)},
            fixed={"answered_at": answered_at},
        )


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
