"""The file comes in: kept privately under a random name, held by its digest, until it is read or discarded."""

from __future__ import annotations

import hashlib
import os
import secrets
from datetime import timedelta
from typing import Any

from django.core.files.base import File
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from ...conf import conf
from ...models import (
    Batch,
    BatchSend,
    EventKind,
    ImportStatus,
    LeftOut,
    Recipient,
    RecipientImport,
)
from .. import previewing
from ..actors import Actor, note
from ..clock import database_now
from ..refusals import NotPossible

# docs/spreadsheets.md: what is larger is refused before it is stored.
LARGEST_UPLOAD = 100 * 1024 * 1024
# For how long an import is its reader's without a sign of life.
LEASE = timedelta(minutes=2)


def upload(
    batch_send: BatchSend,
    file: File,
    file_name: str,
    *,
    actor: Actor,
    answers: dict[str, Any] | None = None,
    refuse_all_on_bad_row: bool = False,
    read_here: bool = False,
) -> RecipientImport:
    """Keep the file and open an import that waits to be read. From here on the draft cannot start.

    ``answers``: what is known beforehand: {"columns": {"phone": "收货人电话"}, "sheet": "…", …}. ``read_here``: the
    caller reads it next, so no worker takes it before its lease has run out.
    Raises NotAllowed, or NotPossible for a send that is no draft, an empty file and one that is too large.
    """
    actor.require("import_recipients")
    size = file.size
    if not size:
        raise NotPossible(
            _("The file is empty (0 bytes). Nothing was imported; save it again and upload it.")
        )
    if size > LARGEST_UPLOAD:
        raise NotPossible(
            _(
                "The file has %(size)d MB; at most %(limit)d MB are read. Nothing was imported; split it into several files."
            )
            % {"size": size // 2**20, "limit": LARGEST_UPLOAD // 2**20}
        )
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    opened = RecipientImport(
        batch_send=batch_send,
        file_name=shown_name(file_name),
        digest=digest.hexdigest(),
        size=size,
        answers=answers or {},
        refuse_all_on_bad_row=refuse_all_on_bad_row,
        created_by=actor.user,
        lease_until=database_now() + LEASE if read_here else None,
    )
    opened.file.save(f"{secrets.token_hex(16)}.upload", file, save=False)
    try:
        with transaction.atomic():
            if not BatchSend.objects.touch_draft(batch_send.pk, open_imports=F("open_imports") + 1):
                raise NotPossible(
                    _("This send has started; a file can only be added to a draft. Nothing was imported.")
                )
            opened.save()
    except BaseException:
        opened.file.delete(save=False)
        raise
    return opened


def open_without_file(batch_send: BatchSend, actor: Actor) -> RecipientImport:
    """An import for rows that come from code."""
    actor.require("import_recipients")
    with transaction.atomic():
        if not BatchSend.objects.touch_draft(batch_send.pk, open_imports=F("open_imports") + 1):
            raise NotPossible(
                _("This send has started; rows can only be added to a draft. Nothing was imported.")
            )
        return RecipientImport.objects.create(
            batch_send=batch_send,
            file_name=_("rows from code"),
            digest="",
            created_by=actor.user,
            lease_until=database_now() + LEASE,
        )


# What a row of a list takes in a file at the least: a number, a name, a separator; in a workbook after packing.
BYTES_A_ROW = 32


def is_small(size: int) -> bool:
    """Whether a file of so many bytes may be read within a request: not more rows than IMPORT_INLINE_ROWS."""
    return size <= conf.IMPORT_INLINE_ROWS * BYTES_A_ROW


def shown_name(file_name: str) -> str:
    """The file's own name without folders and control characters; shown, never used as a path."""
    name = os.path.basename(file_name.replace("\\", "/"))
    return "".join(character for character in name if character.isprintable())[-255:] or "?"


def close(opened: RecipientImport) -> None:
    """After reading: the file goes, the draft is held no more. Inside the caller's transaction."""
    BatchSend.objects.filter(pk=opened.batch_send_id, open_imports__gt=0).update(
        open_imports=F("open_imports") - 1
    )
    name, storage = opened.file.name, opened.file.storage
    if name:
        RecipientImport.objects.filter(pk=opened.pk).update(file="")
        transaction.on_commit(lambda: storage.delete(name))


def answer(opened: RecipientImport, answers: dict[str, Any], *, actor: Actor) -> None:
    """A person's answers to the file's questions: it waits to be read again. Remembered for the template."""
    actor.require("import_recipients")
    merged = {**opened.answers, **answers}
    if not RecipientImport.objects.answer(opened.pk, answers=merged):
        raise NotPossible(_("This import is not waiting for an answer any more. Nothing was changed."))


def take_out(recipient: Recipient, *, actor: Actor) -> None:
    """Take one person out of a draft. The row stays and is counted as left out."""
    actor.require("import_recipients")
    batch = recipient.batch
    with transaction.atomic():
        if not BatchSend.objects.touch_draft(batch.batch_send_id):
            raise NotPossible(
                _("This send has started; nobody can be taken out any more. Pause or cancel it instead.")
            )
        going = RecipientImport.objects.filter(batches=batch.pk, status=ImportStatus.DISCARDING)
        if going.exists():
            raise NotPossible(_("The import of this person is being discarded. Nothing was changed."))
        if not Recipient.objects.leave_out(recipient.pk, why=LeftOut.TAKEN_OUT):
            raise NotPossible(_("This person was taken out before. Nothing was changed."))
        Batch.objects.filter(pk=batch.pk).update(
            left_out=F("left_out") + 1, parts=F("parts") - recipient.parts
        )
        BatchSend.objects.filter(pk=batch.batch_send_id).update(
            left_out_total=F("left_out_total") + 1, parts_total=F("parts_total") - recipient.parts
        )
        previewing.keep_longest(batch.batch_send, recipient)
        note(EventKind.TAKEN_OUT, actor, batch.batch_send_id, at=database_now(), row=recipient.row)
