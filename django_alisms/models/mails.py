"""Mails to the person who made a send: written with the change they tell of, sent later by a worker."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from .batch_sends import BatchSend

MOST_TRIES = 5
# A mail whose sender died is taken up by another after so long; a server that refuses it is asked again then.
TRY_AGAIN = timedelta(minutes=5)


class MailQuerySet(models.QuerySet):
    def due(self, now: datetime) -> MailQuerySet:
        return self.filter(sent_at__isnull=True, tries__lt=MOST_TRIES, not_before__lte=now)

    def take(self, pk: int, *, tries: int, now: datetime) -> bool:
        """The right to send it now: one process gets it."""
        return bool(
            self.filter(pk=pk, sent_at__isnull=True, tries=tries).update(
                tries=F("tries") + 1, not_before=now + TRY_AGAIN
            )
        )

    def sent(self, pk: int, *, now: datetime) -> bool:
        return bool(self.filter(pk=pk, sent_at__isnull=True).update(sent_at=now))


class Mail(models.Model):
    batch_send = models.ForeignKey(BatchSend, models.CASCADE, related_name="mails", verbose_name=_("send"))
    # An EventKind; the text is made when it is sent, so it says what is so then.
    change = models.CharField(max_length=24)
    created_at = models.DateTimeField()
    not_before = models.DateTimeField(db_index=True)
    tries = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)

    objects = MailQuerySet.as_manager()

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.change
