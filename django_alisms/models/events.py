"""Who or which command did what to which send, and why. Append-only; no numbers in it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .batch_sends import BatchSend


class EventKind(models.TextChoices):
    CREATED = "created", _("created")
    EDITED = "edited", _("edited")
    IMPORTED = "imported", _("imported a file")
    IMPORT_DISCARDED = "import_discarded", _("discarded an import")
    MENDED = "mended", _("mended a row")
    TAKEN_OUT = "taken_out", _("took a recipient out")
    STARTED = "started", _("started")
    PAUSED = "paused", _("paused")
    RESUMED = "resumed", _("resumed")
    CANCELLED = "cancelled", _("cancelled")
    FINISHED = "finished", _("finished")
    ORPHANED = "orphaned", _("lease ran out")
    SETTLED = "settled", _("settled")
    RESENT = "resent", _("sent again")
    ACCOUNT_STOPPED = "account_stopped", _("stopped the account")
    ACCOUNT_RELEASED = "account_released", _("released the account")
    SYNCED = "synced", _("synced")
    FOLLOWED = "followed", _("made a new send from people of this one")
    EXPORTED = "exported", _("exported")
    OPT_OUTS_IMPORTED = "opt_outs_imported", _("imported opt-outs")
    PURGED = "purged", _("masked the numbers")
    NUMBERS_SHOWN = "numbers_shown", _("showed full numbers")


class Event(models.Model):
    batch_send = models.ForeignKey(
        BatchSend, models.CASCADE, null=True, related_name="events", verbose_name=_("send")
    )
    kind = models.CharField(_("what"), max_length=24, choices=EventKind.choices)
    # A user's name, or "alisms_worker@host:pid"; never empty.
    actor = models.CharField(_("who"), max_length=150)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    reason = models.CharField(_("why"), max_length=500, blank=True)
    facts = models.JSONField(default=dict, blank=True)
    at = models.DateTimeField(_("when"), db_index=True)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.actor}"
