"""The send: one template, one sign name, its recipients, and where it stands.

Every arrow of its life is a verb here: a conditional UPDATE whose row count is the answer. Nothing else in the
app writes ``status``. Totals that the list shows are kept on the row; what became of the people is read from
the batches, at most one row per hundred people.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef
from django.utils.translation import gettext_lazy as _

from .prepared import Slot
from .sign_names import SignName
from .templates import Template


class SendStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    SENDING = "sending", _("Sending")
    PAUSED = "paused", _("Paused")
    FINISHED = "finished", _("Finished")
    CANCELLED = "cancelled", _("Cancelled")
    # A draft on its way out, in slices (services.removing).
    DELETING = "deleting", _("Being deleted")


OVER = (SendStatus.FINISHED, SendStatus.CANCELLED)

# A send whose newest attempt is older than this asks before it goes on.
LATE_AFTER = timedelta(minutes=30)

PROBE_READY = "ready"


class PauseReason(models.TextChoices):
    """Why a send does not move: each has a sentence, who must act and what follows in services.explaining."""

    PERSON = "person", _("paused by a person")
    ACCOUNT = "account", _("the account stopped")
    THROTTLED = "throttled", _("Alibaba Cloud keeps asking us to slow down")
    UNREACHABLE = "unreachable", _("Alibaba Cloud cannot be reached")
    UNKNOWNS = "unknowns", _("too many results unknown")
    LATE = "late", _("interrupted for too long")


class BatchSendQuerySet(models.QuerySet):
    def with_status(self, *statuses: str) -> BatchSendQuerySet:
        return self.filter(status__in=statuses)

    def sending(self) -> BatchSendQuerySet:
        return self.filter(status=SendStatus.SENDING)

    def over(self) -> BatchSendQuerySet:
        return self.filter(status__in=OVER)

    def unfinished(self) -> BatchSendQuerySet:
        return self.exclude(status__in=OVER)

    # -- drafts ------------------------------------------------------------------------------------------

    def touch_draft(self, pk: int, **changes: Any) -> bool:
        """Change a draft and its revision; False when it is no draft any more. Also the row lock of imports."""
        return bool(self.filter(pk=pk, status=SendStatus.DRAFT).update(revision=F("revision") + 1, **changes))

    def begin_delete(self, pk: int) -> bool:
        """draft → deleting, for good."""
        return bool(
            self.filter(pk=pk, status=SendStatus.DRAFT).update(
                status=SendStatus.DELETING, open_imports=0, revision=F("revision") + 1
            )
        )

    # -- arrows ------------------------------------------------------------------------------------------

    def start(
        self,
        pk: int,
        *,
        revision: int | None,
        now: datetime,
        actor: str,
        user_id: int | None,
        content: str,
        price_per_part: Any,
    ) -> bool:
        """draft → sending, once. Not while an import is open, not without recipients, not from a stale page."""
        draft = self.filter(
            pk=pk, status=SendStatus.DRAFT, open_imports=0, recipients_total__gt=F("left_out_total")
        )
        if revision is not None:
            draft = draft.filter(revision=revision)
        return bool(
            draft.update(
                status=SendStatus.SENDING,
                started_at=now,
                active_at=now,
                started_by=actor,
                started_by_user_id=user_id,
                content=content,
                price_per_part=price_per_part,
                reason="",
                reason_detail="",
                reason_since=None,
            )
        )

    def pause(self, pk: int, *, reason: str, detail: str = "", now: datetime, actor: str = "") -> bool:
        """sending → paused."""
        return bool(
            self.filter(pk=pk, status=SendStatus.SENDING).update(
                status=SendStatus.PAUSED,
                reason=reason,
                reason_detail=detail[:500],
                reason_since=now,
                reason_by=actor[:150],
                probing="",
            )
        )

    def resume(self, pk: int, *, now: datetime) -> bool:
        """paused → sending; the first batch goes alone."""
        return bool(
            self.filter(pk=pk, status=SendStatus.PAUSED).update(
                status=SendStatus.SENDING,
                reason="",
                reason_detail="",
                reason_since=None,
                reason_by="",
                active_at=now,
                probing=PROBE_READY,
                resumed_at=now,
            )
        )

    def cancel(self, pk: int, *, now: datetime, actor: str) -> bool:
        """any unfinished → cancelled; what is on the wire is still recorded."""
        return bool(
            self.filter(pk=pk, status__in=[SendStatus.DRAFT, SendStatus.SENDING, SendStatus.PAUSED]).update(
                status=SendStatus.CANCELLED,
                finished_at=now,
                reason=PauseReason.PERSON,
                reason_detail="",
                reason_since=now,
                reason_by=actor[:150],
            )
        )

    def reopen(self, pk: int, *, now: datetime) -> bool:
        """finished → sending: a person sends refused or absent batches again. Not once its numbers are masked."""
        return bool(
            self.filter(pk=pk, status=SendStatus.FINISHED, purge_begun_at__isnull=True).update(
                status=SendStatus.SENDING,
                finished_at=None,
                active_at=now,
                probing=PROBE_READY,
                resumed_at=now,
            )
        )

    def begin_purge(self, pks: Iterable[int], *, now: datetime) -> int:
        """The numbers of these are going to be masked, so nothing of them is sent again. Those that are over."""
        return self.over().filter(pk__in=list(pks), purge_begun_at__isnull=True).update(purge_begun_at=now)

    def probed(self) -> BatchSendQuerySet:
        """Their lone batch is on its way; nothing else of them goes."""
        return self.exclude(probing__in=["", PROBE_READY])

    def open_to(self, token: str | Slot) -> BatchSendQuerySet:
        """Sending; and where the first batch goes alone, only for the attempt with this token."""
        return self.sending().filter(probing__in=["", token])

    def take_probe(self, pk: int, token: str) -> bool:
        """The right to send the one batch that goes alone, as the attempt with this token; one process gets it."""
        return bool(self.filter(pk=pk, status=SendStatus.SENDING, probing=PROBE_READY).update(probing=token))

    def end_probe(self, pk: int, token: str, *, again: bool = False) -> bool:
        """The lone batch came back: the rest may follow, or (``again``) another goes alone.

        The answer of any other attempt, one from before the stop for instance, ends nothing.
        """
        return bool(self.filter(pk=pk, probing=token).update(probing=PROBE_READY if again else ""))

    def active(self, pks: Iterable[int], *, now: datetime) -> None:
        """Batches of these are on their way; written at most once a minute, so lateness is known to a minute."""
        self.filter(pk__in=list(pks), active_at__lt=now - timedelta(minutes=1)).update(active_at=now)

    def attended(self, now: datetime) -> int:
        """A loop that runs has these in its queue: they wait for their turn behind others, so they are not late.

        What is late already stays late, whoever comes to attend to it.
        """
        return self.filter(
            status=SendStatus.SENDING,
            active_at__lt=now - timedelta(minutes=1),
            active_at__gte=now - LATE_AFTER,
        ).update(active_at=now)

    def late(self, now: datetime) -> BatchSendQuerySet:
        """Sending, but no loop attended to it for over 30 minutes (docs/reliability.md)."""
        return self.filter(status=SendStatus.SENDING, active_at__lt=now - LATE_AFTER)

    def complete(self) -> BatchSendQuerySet:
        """Sending or paused, with nothing pending or on the wire."""
        from .batches import Batch

        return self.filter(
            ~Exists(Batch.objects.filter(batch_send=OuterRef("pk")).open()),
            status__in=[SendStatus.SENDING, SendStatus.PAUSED],
        )

    def finish(self, pk: int, *, now: datetime) -> bool:
        """sending or paused → finished, where nothing is pending or sending: a count, not the end of a loop."""
        return bool(
            self.complete()
            .filter(pk=pk)
            .update(
                status=SendStatus.FINISHED,
                finished_at=now,
                probing="",
                reason="",
                reason_detail="",
                reason_since=None,
                reason_by="",
            )
        )


LONGEST_EXTEND_CODE = 16


def is_extend_code(text: str) -> bool:
    """Whether it may be an extension code for replies: up to 16 of the digits 0 to 9; none at all is allowed."""
    return len(text) <= LONGEST_EXTEND_CODE and (not text or (text.isascii() and text.isdigit()))


class BatchSend(models.Model):
    """What staff make. ``revision`` counts every change of a draft, so a stale page cannot start it."""

    title = models.CharField(
        _("title"), max_length=100, help_text=_("For colleagues only; it is not part of the message.")
    )
    sign_name = models.ForeignKey(
        SignName, models.PROTECT, verbose_name=_("sign name"), related_name="batch_sends"
    )
    template = models.ForeignKey(
        Template, models.PROTECT, verbose_name=_("template"), related_name="batch_sends"
    )
    extend_code = models.CharField(
        _("extension code for replies"),
        max_length=LONGEST_EXTEND_CODE,
        blank=True,
        help_text=_(
            "Only where Alibaba Cloud gave you one (SmsUpExtendCodeJson). Digits. Usually left empty."
        ),
    )
    status = models.CharField(
        _("status"), max_length=16, choices=SendStatus.choices, default=SendStatus.DRAFT, editable=False
    )
    reason = models.CharField(max_length=32, blank=True, editable=False)
    reason_detail = models.CharField(max_length=500, blank=True, editable=False)
    reason_since = models.DateTimeField(null=True, editable=False)
    reason_by = models.CharField(max_length=150, blank=True, editable=False)
    # After a stop the first batch goes alone: "ready" until a process takes it, then its token until its answer.
    probing = models.CharField(max_length=8, blank=True, default="", editable=False)

    # What was agreed when it started; empty in a draft.
    content = models.TextField(blank=True, editable=False)
    price_per_part = models.DecimalField(max_digits=8, decimal_places=4, null=True, editable=False)

    # Totals of the draft, kept with every import; read, not recounted.
    rows_total = models.PositiveIntegerField(_("rows"), default=0, editable=False)
    recipients_total = models.PositiveIntegerField(_("recipients"), default=0, editable=False)
    duplicates_total = models.PositiveIntegerField(_("duplicates"), default=0, editable=False)
    rejected_total = models.PositiveIntegerField(_("not imported"), default=0, editable=False)
    left_out_total = models.PositiveIntegerField(_("left out"), default=0, editable=False)
    parts_total = models.PositiveIntegerField(_("parts"), default=0, editable=False)
    open_imports = models.PositiveIntegerField(default=0, editable=False)
    last_batch_number = models.PositiveIntegerField(default=0, editable=False)
    revision = models.PositiveIntegerField(default=0, editable=False)
    # Of a long draft: how many had opted out when they were counted, and of what (services.opted_out_count).
    opted_out_kept = models.JSONField(default=dict, blank=True, editable=False)

    # The send its people come from, and which part of it (a key of services.slices); none of an ordinary send.
    source = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("made from"),
        related_name="followers",
    )
    source_slice = models.CharField(max_length=80, blank=True, default="", editable=False)

    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("created by"),
        related_name="+",
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    started_by = models.CharField(_("started by"), max_length=150, blank=True, editable=False)
    started_by_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    started_at = models.DateTimeField(_("started"), null=True, editable=False)
    # The last time a loop attended to it or a person said "go on": what lateness is measured from.
    active_at = models.DateTimeField(null=True, editable=False)
    # The last time a person let it go on: older unknowns do not count against it.
    resumed_at = models.DateTimeField(null=True, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, editable=False)
    # Masking of old numbers (services.purging): from when on nothing is sent again, how far it is, when it was done.
    purge_begun_at = models.DateTimeField(null=True, editable=False)
    purged_through = models.PositiveIntegerField(default=0, editable=False)
    purged_at = models.DateTimeField(null=True, editable=False)

    objects = BatchSendQuerySet.as_manager()

    class Meta:
        verbose_name = _("send")
        verbose_name_plural = _("sends")
        ordering = ["-id"]
        indexes = [models.Index(fields=["status", "id"], name="alisms_send_status")]
        permissions = [
            ("import_recipients", _("Can import recipients")),
            ("send_batchsend", _("Can send messages")),
            ("resend_absent", _("Can send absent batches again")),
            ("view_full_number", _("Can see full phone numbers")),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def text(self) -> str:
        """The template's text this send uses: what was agreed at the start, or today's in a draft."""
        return self.content or self.template.content

    @property
    def to_send(self) -> int:
        """People the send is for, those left out not counted."""
        return self.recipients_total - self.left_out_total

    @property
    def is_draft(self) -> bool:
        return self.status == SendStatus.DRAFT

    @property
    def is_over(self) -> bool:
        return self.status in OVER

    @property
    def is_purged(self) -> bool:
        """Numbers and values are masked, or are being."""
        return self.purge_begun_at is not None
