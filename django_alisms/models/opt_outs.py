"""Numbers that are not to be messaged, and what people wrote back."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from ..recipients.phone_numbers import masked
from .batch_sends import BatchSend


class OptOutSource(models.TextChoices):
    STAFF = "staff", _("entered by staff")
    REPLY = "reply", _("reply of the person")
    IMPORT = "import", _("imported from a file")
    CARRIER = "carrier", _("receipt of the carrier")


class OptOut(models.Model):
    """A number that no send reaches, also one that is already running: it is looked at when a batch is marked."""

    phone = models.CharField(_("phone number"), max_length=20, unique=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    source = models.CharField(
        _("from where"),
        max_length=16,
        choices=OptOutSource.choices,
        default=OptOutSource.STAFF,
        editable=False,
    )
    since = models.DateTimeField(_("since"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("entered by"),
    )

    class Meta:
        verbose_name = _("opt-out")
        verbose_name_plural = _("opt-outs")
        ordering = ["-id"]

    def __str__(self) -> str:
        return masked(self.phone)


class Reply(models.Model):
    """A message sent back by a person (SmsUp). ``sequence_id`` is Aliyun's; the same reply comes more than once."""

    phone = models.CharField(_("phone number"), max_length=20, db_index=True)
    content = models.CharField(_("content"), max_length=500)
    sent_at = models.CharField(_("sent"), max_length=32, blank=True)
    dest_code = models.CharField(_("extension code for replies"), max_length=32, blank=True)
    sequence_id = models.CharField(max_length=64, unique=True)
    stored_at = models.DateTimeField(_("received"), auto_now_add=True)
    # The send it most likely answers: the newest that went to this number. By send and number, not by a key to the
    # recipient: a key would make Django fetch every recipient before it deletes them.
    batch_send = models.ForeignKey(
        BatchSend, models.SET_NULL, null=True, related_name="replies", verbose_name=_("send")
    )

    class Meta:
        verbose_name = _("reply")
        verbose_name_plural = _("replies")
        ordering = ["-id"]

    def __str__(self) -> str:
        return masked(self.phone)
