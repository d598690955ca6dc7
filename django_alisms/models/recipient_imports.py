"""One uploaded file, how it was read, and the rows that did not become recipients."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.files.storage import Storage, storages
from django.db import models
from django.utils.translation import gettext_lazy as _

from .batch_sends import BatchSend


def private_storage() -> Storage:
    """Where uploads wait: the project's storage ``alisms``, else the default one. Never served by the app."""
    return storages["alisms" if "alisms" in storages.backends else "default"]


class ImportStatus(models.TextChoices):
    WAITING = "waiting", _("Waiting to be read")
    READING = "reading", _("Being read")
    ASKING = "asking", _("Waiting for an answer")
    DONE = "done", _("Done")
    FAILED = "failed", _("Not imported")
    DISCARDED = "discarded", _("Discarded")
    # On its way out, in slices (services.removing).
    DISCARDING = "discarding", _("Being discarded")


# The answer that says which send's people the rows are, and which part of them.
FROM_SEND = "from_send"

# While one of these holds, the send cannot start.
OPEN_IMPORTS = (ImportStatus.WAITING, ImportStatus.READING, ImportStatus.ASKING, ImportStatus.DISCARDING)


class RecipientImportQuerySet(models.QuerySet):
    def open(self) -> RecipientImportQuerySet:
        return self.filter(status__in=OPEN_IMPORTS)

    def waiting(self, now: datetime) -> RecipientImportQuerySet:
        """To be read by whoever comes; not those that the process which brought them is about to read itself."""
        return self.filter(status=ImportStatus.WAITING).exclude(lease_until__gt=now)

    def abandoned(self, now: datetime) -> RecipientImportQuerySet:
        """Being read by a process whose lease has run out."""
        return self.filter(status=ImportStatus.READING, lease_until__lt=now)

    def begin(self, pk: int, *, token: str, lease_until: datetime, now: datetime) -> bool:
        """waiting, or abandoned → reading, by exactly one process."""
        mine = self.filter(pk=pk).filter(
            models.Q(status=ImportStatus.WAITING) | models.Q(status=ImportStatus.READING, lease_until__lt=now)
        )
        return bool(
            mine.update(
                status=ImportStatus.READING,
                token=token,
                lease_until=lease_until,
                started_at=now,
                rows=0,
                good=0,
                duplicates=0,
                rejected=0,
            )
        )

    def give_back(self, pk: int, *, token: str) -> bool:
        """reading → waiting, by the process that reads it and is to end."""
        return bool(
            self.filter(pk=pk, status=ImportStatus.READING, token=token).update(
                status=ImportStatus.WAITING, lease_until=None
            )
        )

    def progress(self, pk: int, *, token: str, lease_until: datetime, **counts: Any) -> bool:
        """A slice stored: counts and lease; False when the import is no longer this process's."""
        return bool(
            self.filter(pk=pk, status=ImportStatus.READING, token=token).update(
                lease_until=lease_until, **counts
            )
        )

    def settle(self, pk: int, *, token: str, to: str, **facts: Any) -> bool:
        """reading → done, asking or failed, by the process that reads it."""
        return bool(
            self.filter(pk=pk, status=ImportStatus.READING, token=token).update(
                status=to, token="", lease_until=None, **facts
            )
        )

    def again(self, pk: int, *, token: str) -> bool:
        """reading → waiting, by the process that reads it: to be read once more from the start."""
        return bool(
            self.filter(pk=pk, status=ImportStatus.READING, token=token).update(
                status=ImportStatus.WAITING, token="", lease_until=None
            )
        )

    def answer(self, pk: int, *, answers: dict[str, Any]) -> bool:
        """asking → waiting, with a person's answers."""
        return bool(
            self.filter(pk=pk, status=ImportStatus.ASKING).update(
                status=ImportStatus.WAITING, answers=answers, questions=[]
            )
        )

    def begin_discard(self, pk: int) -> bool:
        """anything but reading, discarding or discarded → discarding."""
        beyond = [ImportStatus.READING, ImportStatus.DISCARDING, ImportStatus.DISCARDED]
        mine = self.filter(pk=pk).exclude(status__in=beyond)
        return bool(mine.update(status=ImportStatus.DISCARDING, questions=[]))

    def end_discard(self, pk: int) -> bool:
        """discarding → discarded."""
        mine = self.filter(pk=pk, status=ImportStatus.DISCARDING)
        return bool(mine.update(status=ImportStatus.DISCARDED))

    def close_all(self) -> int:
        """Of a draft that is deleted: any → discarded, also what somebody is reading."""
        return self.update(status=ImportStatus.DISCARDED, token="", lease_until=None, questions=[])


class RecipientImport(models.Model):
    """rows = good + duplicates + rejected, always."""

    batch_send = models.ForeignKey(BatchSend, models.CASCADE, related_name="imports", verbose_name=_("send"))
    status = models.CharField(
        _("status"), max_length=16, choices=ImportStatus.choices, default=ImportStatus.WAITING
    )
    file = models.FileField(storage=private_storage, upload_to="alisms/imports", max_length=200, blank=True)
    file_name = models.CharField(_("file name"), max_length=255)
    digest = models.CharField(max_length=64, db_index=True)
    size = models.PositiveBigIntegerField(_("size"), default=0)
    # What was chosen: {"columns": {"phone": "收货人电话", …}, "sheet": "…", …} by the uploader, command or memory.
    answers = models.JSONField(default=dict, blank=True)
    # What must be answered before the file can be read: [{"key": "sheet", "facts": {…}, "choices": [...]}].
    questions = models.JSONField(default=list, blank=True)
    # How it was read: sheet, header row, columns used and unused, mended cells by kind, warnings by kind.
    reading = models.JSONField(default=dict, blank=True)
    rows = models.PositiveIntegerField(_("rows"), default=0)
    good = models.PositiveIntegerField(_("recipients"), default=0)
    duplicates = models.PositiveIntegerField(_("duplicates"), default=0)
    rejected = models.PositiveIntegerField(_("not imported"), default=0)
    parts = models.PositiveIntegerField(_("parts"), default=0)
    refuse_all_on_bad_row = models.BooleanField(default=False)
    error = models.CharField(_("error"), max_length=500, blank=True)
    token = models.CharField(max_length=32, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = RecipientImportQuerySet.as_manager()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_from_send(self) -> bool:
        """Whether its rows are people of another send instead of a file's."""
        return FROM_SEND in self.answers

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_IMPORTS


class RejectedRow(models.Model):
    """A row of the file that did not become a recipient: a bad cell, or a duplicate of another row."""

    recipient_import = models.ForeignKey(RecipientImport, models.CASCADE, related_name="rejected_rows")
    row = models.PositiveIntegerField(_("row"))
    duplicate = models.BooleanField(default=False)
    column = models.CharField(_("column"), max_length=100, blank=True)
    reason = models.CharField(_("reason"), max_length=40)
    # The wrong cell as it was typed, and its place in the row (-1: the whole row).
    cell = models.CharField(max_length=200, blank=True)
    place = models.SmallIntegerField(default=-1)
    # What the sentence of the reason needs: {"length": 38, "limit": 35} …
    facts = models.JSONField(default=dict, blank=True)
    # What else is wrong with the row: [{"column", "place", "reason", "cell", "facts"}].
    others = models.JSONField(default=list, blank=True)
    # The whole row as text, in the file's own order, for the workbook that goes back.
    cells = models.JSONField(default=list, blank=True)

    class Meta:
        verbose_name = _("row not imported")
        verbose_name_plural = _("rows not imported")
        ordering = ["id"]
        indexes = [models.Index(fields=["recipient_import", "duplicate", "row"], name="alisms_rejected_row")]

    def __str__(self) -> str:
        return f"{self.row}"
