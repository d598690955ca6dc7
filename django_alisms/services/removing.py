"""A draft that is deleted and an import that is discarded go in slices: a million people in one statement would hold the
database for seconds, and in the admin's own way they would all be read into memory first.

Only what was never sent goes, so nothing is lost that could tell of a second message. From the first moment on nobody can
send it: a draft is ``deleting``, a draft with an import that is ``discarding`` cannot start. What is short goes at once,
the rest is a worker's; whoever is killed between two slices leaves the rest to the next.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

from django.db import transaction
from django.db.models import F, Sum
from django.utils.translation import gettext as _

from ..conf import conf
from ..models import (
    Batch,
    BatchSend,
    EventKind,
    ImportStatus,
    RecipientImport,
    RejectedRow,
    SendStatus,
)
from . import waking
from .actors import Actor, note
from .clock import database_now
from .importing import mending, uploading
from .importing.unstaging import slices
from .patience import patiently
from .refusals import NotPossible

Pulse = Callable[[], None]


def delete_draft(batch_send: BatchSend, *, now: bool = True) -> bool:
    """The draft with all it has staged. Out: whether it is gone; else a worker goes on.

    ``now``: however long it takes; without, a long one is left to a worker. Raises NotPossible for anything that was started.
    """
    with transaction.atomic():
        if not BatchSend.objects.begin_delete(batch_send.pk):
            raise NotPossible(_("This send has started and cannot be deleted."))
        # Whoever is reading one finds that it is not his any more.
        RecipientImport.objects.filter(batch_send=batch_send).close_all()
        long = left_of(batch_send) > conf.IMPORT_INLINE_ROWS and not now
        if long:
            waking.announce(batch_send.pk)
    if long:
        return False
    _delete(batch_send.pk, lambda: None)
    return True


def discard(opened: RecipientImport, *, actor: Actor) -> bool:
    """Take everything of this import out of the draft again, as if it had never been uploaded. Out: whether it is out; else
    a worker goes on, and until then the draft does not start.

    Who stood in another file too, and was left out there as the same, comes in from there.
    """
    actor.require("import_recipients")
    with transaction.atomic():
        if not BatchSend.objects.touch_draft(opened.batch_send_id):
            raise NotPossible(_("This send has started; its imports cannot be discarded any more."))
        opened.refresh_from_db()
        was = opened.status
        if not RecipientImport.objects.begin_discard(opened.pk):
            raise NotPossible(_("This import is being read or was discarded before. Nothing was changed."))
        if was not in (ImportStatus.WAITING, ImportStatus.ASKING):  # those hold the draft already
            BatchSend.objects.filter(pk=opened.batch_send_id).update(open_imports=F("open_imports") + 1)
        if was == ImportStatus.DONE:
            mending.refuse_too_many_left_out(opened.batch_send_id)
            _subtract(opened)
        note(
            EventKind.IMPORT_DISCARDED, actor, opened.batch_send_id, at=database_now(), file=opened.file_name
        )
        long = opened.rows > conf.IMPORT_INLINE_ROWS
        if long:
            waking.announce(opened.batch_send_id)
    if not long:
        _finish_discard(opened.pk, lambda: None)
    opened.refresh_from_db()
    return not long


def remove_due(stopping: threading.Event, pulse: Pulse = lambda: None) -> None:
    """Everything that somebody has begun to delete or to discard, until it is gone or ``stopping`` is set."""
    for pk in BatchSend.objects.with_status(SendStatus.DELETING).values_list("pk", flat=True):
        _delete(pk, pulse, stopping)
    for pk in RecipientImport.objects.filter(status=ImportStatus.DISCARDING).values_list("pk", flat=True):
        _finish_discard(pk, pulse, stopping)


def left_of(batch_send: BatchSend) -> int:
    """People who are still there of a draft that is being deleted."""
    return Batch.objects.filter(batch_send=batch_send).aggregate(people=Sum("size"))["people"] or 0


def left_of_import(opened: RecipientImport) -> int:
    """The same of an import that is being discarded."""
    return Batch.objects.filter(recipient_import=opened).aggregate(people=Sum("size"))["people"] or 0


# -- in slices --------------------------------------------------------------------------------------------------------


def _delete(pk: int, pulse: Pulse, stopping: threading.Event | None = None) -> None:
    rows = RejectedRow.objects.filter(recipient_import__batch_send=pk)
    for _slice in slices(Batch.objects.filter(batch_send=pk), rows):
        pulse()
        if stopping is not None and stopping.is_set():
            return
    patiently(partial(_delete_rest, pk))


def _delete_rest(pk: int) -> None:
    """The empty draft, its files and its history."""
    with transaction.atomic():
        files = RecipientImport.objects.filter(batch_send=pk).exclude(file="")
        for opened in files:
            transaction.on_commit(partial(opened.file.storage.delete, str(opened.file.name)))
        Batch.objects.take_back(pk)
        BatchSend.objects.with_status(SendStatus.DELETING).filter(pk=pk).delete()


def _finish_discard(pk: int, pulse: Pulse, stopping: threading.Event | None = None) -> None:
    rows = RejectedRow.objects.filter(recipient_import=pk)
    for _slice in slices(Batch.objects.filter(recipient_import=pk), rows):
        pulse()
        if stopping is not None and stopping.is_set():
            return
    patiently(partial(_end_discard, pk))


def _end_discard(pk: int) -> None:
    """The draft is free again, once; a draft that is being deleted meanwhile needs nothing more."""
    opened = RecipientImport.objects.get(pk=pk)
    with transaction.atomic():
        if not BatchSend.objects.touch_draft(opened.batch_send_id):
            return
        if not RecipientImport.objects.end_discard(pk):
            return
        uploading.close(opened)
        mending.return_left_out(opened.batch_send_id)
        if opened.is_from_send:
            Batch.objects.take_back(opened.batch_send_id)


def _subtract(opened: RecipientImport) -> None:
    """What it had brought, from the draft's totals; by the counters of its batches."""
    sums = Batch.objects.filter(recipient_import=opened).aggregate(out=Sum("left_out"), going=Sum("parts"))
    BatchSend.objects.filter(pk=opened.batch_send_id).update(
        rows_total=F("rows_total") - opened.rows,
        recipients_total=F("recipients_total") - opened.good,
        duplicates_total=F("duplicates_total") - opened.duplicates,
        rejected_total=F("rejected_total") - opened.rejected,
        left_out_total=F("left_out_total") - (sums["out"] or 0),
        parts_total=F("parts_total") - (sums["going"] or 0),
    )
