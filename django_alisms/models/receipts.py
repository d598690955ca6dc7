"""What the receipts of a send add up to over time, and the receipts that had no row to land on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext_lazy as _

from .batch_sends import BatchSend
from .batches import Batch
from .each import add_each
from .recipients import Delivery


class Tally(NamedTuple):
    """So many verdicts of one kind, and their billed parts."""

    verdicts: int
    parts: int
    batch_send: int
    minute: datetime
    delivery: str
    code: str


class ReceiptTallyQuerySet(models.QuerySet):
    def add(self, tallies: Sequence[Tally]) -> None:
        """So many more of these kinds. Inside the transaction that stores the verdicts; safe beside others."""
        for new in self._add(tallies):
            try:
                with transaction.atomic():
                    self.create(
                        batch_send_id=new.batch_send,
                        minute=new.minute,
                        delivery=new.delivery,
                        code=new.code,
                        count=new.verdicts,
                        parts=new.parts,
                    )
            except IntegrityError:  # somebody else made it meanwhile
                self._add([new])

    def _add(self, tallies: Sequence[Tally]) -> list[Tally]:
        """Those of which there is no row yet."""
        return add_each(self, ("batch_send", "minute", "delivery", "code"), ("count", "parts"), tallies)


class ReceiptTally(models.Model):
    """How many verdicts of one kind the carrier gave in one minute (its own time): what charts are drawn from."""

    batch_send = models.ForeignKey(
        BatchSend, models.CASCADE, related_name="receipt_tallies", db_index=False, verbose_name=_("send")
    )
    minute = models.DateTimeField()
    delivery = models.CharField(max_length=12, choices=Delivery.choices)
    code = models.CharField(max_length=64)
    count = models.PositiveIntegerField(default=0)
    # Billed parts of these.
    parts = models.PositiveIntegerField(default=0)

    objects = ReceiptTallyQuerySet.as_manager()

    class Meta:
        ordering = ["batch_send", "minute", "delivery", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["batch_send", "minute", "delivery", "code"], name="alisms_receipt_tally"
            )
        ]

    def __str__(self) -> str:
        return f"{self.batch_send_id} {self.delivery} {self.count}"


class KeptFor(models.TextChoices):
    STRANGER = "stranger", _("belongs to no message of ours")
    CONTRADICTORY = "contradictory", _("contradicts the verdict that came first")


class KeptReceipt(models.Model):
    """A receipt that changed nothing: a stranger's (perhaps too early for us to know it), or a contradiction.

    Kept once and capped, the oldest go first. The number is masked; ``phone_digest`` (keyed with SECRET_KEY) is
    what a stranger is matched by when the answer with its BizId arrives after it.
    """

    why = models.CharField(_("why"), max_length=16, choices=KeptFor.choices)
    # Of a contradiction; the person is found in it by the digest of the number.
    batch = models.ForeignKey(
        Batch, models.CASCADE, null=True, related_name="kept_receipts", verbose_name=_("batch")
    )
    phone = models.CharField(_("phone number"), max_length=20)
    phone_digest = models.CharField(max_length=64)
    out_id = models.CharField("OutId", max_length=80, blank=True)
    biz_id = models.CharField("BizId", max_length=64, blank=True, db_index=True)
    delivery = models.CharField(_("receipt"), max_length=12, choices=Delivery.choices)
    code = models.CharField(_("receipt code"), max_length=64, blank=True)
    parts = models.PositiveSmallIntegerField(null=True)
    reported_at = models.DateTimeField(_("reported"), null=True)
    stored_at = models.DateTimeField(_("received"), db_index=True)
    # Of everything above: the same receipt comes more than once.
    digest = models.CharField(max_length=64, unique=True)

    class Meta:
        verbose_name = _("receipt set aside")
        verbose_name_plural = _("receipts set aside")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.phone} {self.code}"
