"""One accepted row. Whether it was accepted by Aliyun is read from its batch."""

from __future__ import annotations

import json
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from ..recipients.phone_numbers import masked
from .batches import Batch


class LeftOut(models.TextChoices):
    """Why a recipient does not go although the row was good."""

    TAKEN_OUT = "taken_out", _("taken out by a person")
    OPTED_OUT = "opted_out", _("opted out")
    REACHED = "reached", _("reached meanwhile by the send they come from")


class Delivery(models.TextChoices):
    """The carrier's verdict. ``delivered`` and ``undelivered`` are final: what comes later changes nothing."""

    WAITING = "waiting", _("Waiting for receipt")
    DELIVERED = "delivered", _("Delivered")
    UNDELIVERED = "undelivered", _("Undelivered")


class RecipientQuerySet(models.QuerySet):
    def of(self, batch_send_id: int) -> RecipientQuerySet:
        return self.filter(batch__batch_send=batch_send_id)

    def to_send(self) -> RecipientQuerySet:
        return self.filter(left_out="")

    def waiting(self) -> RecipientQuerySet:
        """Went, as far as this row knows, and no verdict yet. Whether it went at all is its batch's to say."""
        return self.to_send().filter(delivery=Delivery.WAITING)

    def leave_out(self, pk: int, *, why: str) -> bool:
        """Once; the row stays and is counted as left out."""
        return bool(self.filter(pk=pk, left_out="").update(left_out=why))


class Recipient(models.Model):
    # Its index is the constraint below, which begins with it.
    batch = models.ForeignKey(
        Batch, models.CASCADE, related_name="recipients", verbose_name=_("batch"), db_index=False
    )
    row = models.PositiveIntegerField(_("row"))
    phone = models.CharField(_("phone number"), max_length=20)
    # The JSON object text that goes on the wire, compact, values strings, keys in template order.
    params = models.TextField(_("variables"), default="{}")
    parts = models.PositiveSmallIntegerField(_("parts"), default=1)
    left_out = models.CharField(_("left out"), max_length=16, choices=LeftOut.choices, blank=True, default="")
    # The carrier's verdict. Database defaults, because imports write rows without the ORM. No index: the batch
    # counts its verdicts, so the batches that have some are found first and their hundred rows after that.
    delivery = models.CharField(
        _("receipt"),
        max_length=12,
        choices=Delivery.choices,
        default=Delivery.WAITING,
        db_default=Delivery.WAITING,
        editable=False,
    )
    receipt_code = models.CharField(
        _("receipt code"), max_length=64, blank=True, default="", db_default="", editable=False
    )
    # The carrier's own time, Beijing's clock taken for what it says; ours where it says none.
    reported_at = models.DateTimeField(_("reported"), null=True, editable=False)
    # SmsSize of the receipt: what Alibaba Cloud counts, delivered or not; null until it says so.
    billed_parts = models.PositiveSmallIntegerField(_("billed parts"), null=True, editable=False)

    objects = RecipientQuerySet.as_manager()

    class Meta:
        verbose_name = _("recipient")
        verbose_name_plural = _("recipients")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["batch", "phone"], name="alisms_phone_once_in_batch")]
        indexes = [models.Index(fields=["phone"], name="alisms_recipient_phone")]

    def __str__(self) -> str:
        return masked(self.phone)

    @property
    def values(self) -> dict[str, Any]:
        return json.loads(self.params)
