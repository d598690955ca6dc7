"""Judged rows into the draft, slice by slice, by one process at a time.

An import that dies is read again from the start by whoever comes next: what it had staged goes first, so the
result is the same. Until it is done the draft cannot start, so nobody is sent half a list.
"""

from __future__ import annotations

import gc
import logging
import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from itertools import islice
from operator import itemgetter
from typing import Any

from django.db import transaction
from django.db.models import F, Max
from django.utils.translation import gettext as _

from ... import failpoints
from ...models import (
    Batch,
    BatchSend,
    EventKind,
    ImportStatus,
    Recipient,
    RecipientImport,
    RejectedRow,
)
from ...recipients import reasons
from ...recipients.file_refused import FileRefused
from ...recipients.phone_numbers import masked
from ...recipients.readers.refusals import sentence as refusal_sentence
from ...recipients.rows import AcceptedRow
from ...recipients.rows import RejectedRow as JudgedBad
from .. import waking
from ..actors import Actor, note
from ..clock import database_now
from ..patience import patiently
from . import from_file, from_send, uploading
from .answers import remember
from .reading import Reading, Refused, words_of
from .storing import Filler, count_for_the_planner, store_batches, store_rejected
from .unstaging import unstage
from .uploading import LEASE

logger = logging.getLogger("django_alisms.importing")

SLICE_ROWS = 5000
SHOWN_VALUES = 4


@contextmanager
def rare_collections() -> Iterator[None]:
    """Rows make no circles, and looking for some after each few hundred of them was a fifth of the import."""
    was = gc.get_threshold()
    gc.set_threshold(50_000, *was[1:])
    try:
        yield
    finally:
        gc.set_threshold(*was)


class Stopped(Exception):
    """Raised by a ``pulse`` when this process is to end: the import is given back and read anew by the next."""


def stop_if(stopping: threading.Event) -> None:
    """The ``pulse`` of a process that can be told to end."""
    if stopping.is_set():
        raise Stopped


class Lost(Exception):
    """The import is no longer this process's: its lease ran out, or it was discarded."""


class Overtaken(Exception):
    """While the file was read another one came into the draft, or went: who is a duplicate must be judged anew."""


def read(import_id: int, *, actor: Actor, pulse: Callable[[], None] = lambda: None) -> RecipientImport:
    """Read a waiting import, if nobody else does. Never raises for what is in the file: the import says it."""
    opened = RecipientImport.objects.select_related("batch_send__template", "batch_send__sign_name").get(
        pk=import_id
    )
    try:
        while True:
            with _open(opened) as judged:
                try:
                    return _stage(opened, judged, actor=actor, pulse=pulse)
                except Overtaken:  # by one that is done; so this ends
                    logger.info("import %s is read again, because another one came or went", opened.pk)
    except Refused as refused:
        return _fail(opened, refused.sentence)
    except FileNotFoundError:
        return _fail(
            opened, _("The uploaded file is not there any more. Nothing was imported; upload it again.")
        )


def read_if_small(opened: RecipientImport, *, actor: Actor) -> RecipientImport:
    """Read it here and now, within a request; a larger one waits for a worker, who is told."""
    if uploading.is_small(opened.size):
        return read(opened.pk, actor=actor)
    waking.announce(opened.batch_send_id)
    return opened


@contextmanager
def _open(opened: RecipientImport) -> Iterator[Reading]:
    """What the import is of: its file, or people of another send."""
    if opened.is_from_send:
        yield from_send.reading_of(opened)
        return
    if not opened.file:
        raise Refused(
            _(
                "The program that gave these rows ended before all were read. Nothing was imported; run it again."
            )
        )
    with opened.file.open("rb") as upload, from_file.open_upload(opened, upload) as judged:
        yield judged


def stage(
    opened: RecipientImport,
    judged: Reading,
    *,
    actor: Actor,
    pulse: Callable[[], None] = lambda: None,
) -> RecipientImport:
    """Store what the reading judges. Ends ``done``, ``asking`` or ``failed``; returned fresh from the database."""
    try:
        return _stage(opened, judged, actor=actor, pulse=pulse)
    except Overtaken:
        return _fail(
            opened,
            _(
                "Another file came into this send at the same moment. Nothing of this one was imported; upload it again."
            ),
        )


def _stage(
    opened: RecipientImport, judged: Reading, *, actor: Actor, pulse: Callable[[], None]
) -> RecipientImport:
    token = secrets.token_hex(8)
    now = database_now()
    others = patiently(partial(_begin, opened, token, now))
    if others is None:
        opened.refresh_from_db()
        return opened
    try:
        _stage_anew(opened, token, judged, actor, pulse, others)
    except Overtaken:
        RecipientImport.objects.again(opened.pk, token=token)
        raise
    except Lost:
        logger.info("import %s was taken over or discarded", opened.pk)
    except Stopped:
        RecipientImport.objects.give_back(opened.pk, token=token)
    except (Refused, FileRefused) as refused:
        return _fail(opened, words_of(refused), token)
    opened.refresh_from_db()
    if opened.status == ImportStatus.DONE:
        count_for_the_planner(opened.good)
    return opened


def _stage_anew(
    opened: RecipientImport,
    token: str,
    judged: Reading,
    actor: Actor,
    pulse: Callable[[], None],
    others: frozenset[int],
) -> None:
    """From the start, whatever a process before this one has left; and leaving nothing where the file is no good."""
    try:
        _unstage(opened, token, pulse)
        if judged.questions:
            _ask(opened, token, judged)
        else:
            with rare_collections():
                _stage_rows(opened, token, judged, actor, pulse, others)
    except (Overtaken, Refused, FileRefused):
        _unstage(opened, token, pulse)
        raise


def _unstage(
    opened: RecipientImport, token: str, pulse: Callable[[], None], *, keep_rejected: bool = False
) -> None:
    """Raises Lost rather than deleting what another process, which took the import over, has staged."""
    for _slice in unstage(opened.pk, partial(_claim, opened, token), keep_rejected=keep_rejected):
        pulse()


def _claim(opened: RecipientImport, token: str, **facts: Any) -> None:
    """First in each transaction of a reading: the import is still this process's, and now for longer. Raises Lost."""
    lease = database_now() + LEASE
    if not RecipientImport.objects.progress(opened.pk, token=token, lease_until=lease, **facts):
        raise Lost


def _begin(opened: RecipientImport, token: str, now: datetime) -> frozenset[int] | None:
    """This process reads it, and these are the imports beside it. None: somebody else does, or it is not waiting."""
    with transaction.atomic():
        # The draft's row lock: a row that is being mended is either in what this reading knows, or is refused.
        BatchSend.objects.touch_draft(opened.batch_send_id)
        if not RecipientImport.objects.begin(opened.pk, token=token, lease_until=now + LEASE, now=now):
            transaction.set_rollback(True)  # a draft that nobody changed has no new revision
            return None
        return _done_beside(opened)


_parts = itemgetter(AcceptedRow._fields.index("parts"))


def _stage_rows(
    opened: RecipientImport,
    token: str,
    judged: Reading,
    actor: Actor,
    pulse: Callable[[], None],
    others: frozenset[int],
) -> None:
    counts = dict.fromkeys(("rows", "good", "duplicates", "rejected", "parts"), 0)
    filler = Filler()
    rows = iter(judged)
    while slice_of := list(islice(rows, SLICE_ROWS)):
        good = [row for row in slice_of if type(row) is AcceptedRow]
        # Most slices have none.
        bad = [row for row in slice_of if isinstance(row, JudgedBad)] if len(good) < len(slice_of) else []
        duplicates = sum(row.duplicate for row in bad)
        counts["rows"] += len(slice_of)
        counts["good"] += len(good)
        counts["parts"] += sum(map(_parts, good))
        counts["duplicates"] += duplicates
        counts["rejected"] += len(bad) - duplicates
        patiently(partial(_store_slice, opened, token, filler.fill(good), bad, counts, judged.expected))
        pulse()
    patiently(partial(_store_slice, opened, token, list(filler.rest()), [], counts, judged.expected))
    if judged.questions:  # what only the whole file shows, such as one number with different values
        _add_examples(opened, judged)
        _unstage(opened, token, pulse, keep_rejected=True)
        _ask(opened, token, judged)
    elif opened.refuse_all_on_bad_row and counts["rejected"]:
        _unstage(opened, token, pulse, keep_rejected=True)
        _settle(
            opened,
            token,
            ImportStatus.FAILED,
            judged,
            actor,
            counts,
            error=_("Some rows are bad, and this import was to be all or nothing. Nothing was imported."),
        )
    elif not counts["rows"]:
        _settle(
            opened,
            token,
            ImportStatus.FAILED,
            judged,
            actor,
            counts,
            error=str(refusal_sentence(FileRefused("only_header"))),
        )
    else:
        done = ImportStatus.DONE
        patiently(partial(_settle, opened, token, done, judged, actor, counts, others=others))


def _store_slice(
    opened: RecipientImport,
    token: str,
    batches: list[list[AcceptedRow]],
    bad: Sequence[JudgedBad],
    counts: dict[str, int],
    expected: int,
) -> None:
    """One transaction: the lease is still ours, the draft still a draft, and the rows. ``expected``: for those who watch."""
    with transaction.atomic():
        _claim(opened, token, reading={"expected": expected}, **counts)
        if not BatchSend.objects.touch_draft(opened.batch_send_id):
            raise Lost
        last = (
            Batch.objects.filter(batch_send=opened.batch_send_id).aggregate(last=Max("number"))["last"] or 0
        )
        store_batches(opened.batch_send_id, opened.pk, last + 1, batches)
        store_rejected(opened.pk, bad)
        failpoints.reach("import.uncommitted")
    failpoints.reach("import.committed")


def _settle(
    opened: RecipientImport,
    token: str,
    to: ImportStatus,
    judged: Reading,
    actor: Actor,
    counts: dict[str, int],
    error: str = "",
    others: frozenset[int] = frozenset(),
) -> None:
    now = database_now()
    with transaction.atomic():
        if to == ImportStatus.DONE:
            if not BatchSend.objects.touch_draft(opened.batch_send_id):
                raise Lost
            if _done_beside(opened) != others:
                raise Overtaken
        facts = judged.facts() | _longest(opened, judged)
        if not RecipientImport.objects.settle(
            opened.pk, token=token, to=to, finished_at=now, reading=facts, error=error[:500], **counts
        ):
            raise Lost
        if to == ImportStatus.DONE:
            BatchSend.objects.filter(pk=opened.batch_send_id).update(
                rows_total=F("rows_total") + counts["rows"],
                recipients_total=F("recipients_total") + counts["good"],
                duplicates_total=F("duplicates_total") + counts["duplicates"],
                rejected_total=F("rejected_total") + counts["rejected"],
                parts_total=F("parts_total") + counts["parts"],
            )
            remember(opened)
        uploading.close(opened)
        note(
            EventKind.IMPORTED,
            actor,
            opened.batch_send_id,
            at=now,
            **({"file": opened.file_name, "status": to.value} | counts),  # type: ignore[arg-type]
        )


def _done_beside(opened: RecipientImport) -> frozenset[int]:
    """The other imports whose people this one is compared with. Under the draft's row lock."""
    imports = RecipientImport.objects.filter(batch_send=opened.batch_send_id, status=ImportStatus.DONE)
    # Locked, because on MySQL a plain read would see an older moment.
    return frozenset(imports.exclude(pk=opened.pk).select_for_update().values_list("pk", flat=True))


def _longest(opened: RecipientImport, judged: Reading) -> dict[str, Any]:
    """Where the longest message is, found by its row among the batches of this import."""
    if judged.longest_row is None:
        return {}
    at = (
        Recipient.objects.filter(
            batch__recipient_import=opened, batch__first_row__lte=judged.longest_row, row=judged.longest_row
        )
        .values_list("batch__number", flat=True)
        .first()
        if judged.longest_row
        else None
    )
    return {
        "shortest": judged.shortest,
        "long": judged.long,
        "longest_at": {"batch": at, "row": judged.longest_row, "length": judged.longest},
    }


def _add_examples(opened: RecipientImport, judged: Reading) -> None:
    """The rows of the first numbers that come with different values, for the page that asks; before they go again."""
    people = (
        Recipient.objects.of(opened.batch_send_id).filter(phone__in=judged.examples).order_by("row", "pk")
    )
    rows: dict[str, list[dict[str, Any]]] = {phone: [] for phone in judged.examples}
    for person in people.select_related("batch"):
        if len(rows[person.phone]) < SHOWN_VALUES:
            own = person.batch.recipient_import_id == opened.pk
            values = " · ".join(map(str, person.values.values()))
            rows[person.phone].append({"row": person.row if own else 0, "values": values})
    for question in judged.questions:
        if question["key"] == "same_number":
            question["facts"]["examples"] = [
                {"phone": masked(phone), "rows": found} for phone, found in rows.items()
            ]


def _ask(opened: RecipientImport, token: str, judged: Reading) -> None:
    if not RecipientImport.objects.settle(
        opened.pk, token=token, to=ImportStatus.ASKING, questions=judged.questions, reading=judged.facts()
    ):
        raise Lost


def _fail(opened: RecipientImport, sentence: str, token: str = "") -> RecipientImport:
    """The file itself is no good: said in one sentence, nothing imported."""
    now = database_now()
    if not token:
        token = secrets.token_hex(8)
        if not RecipientImport.objects.begin(opened.pk, token=token, lease_until=now + LEASE, now=now):
            opened.refresh_from_db()
            return opened
        # A reading that died may have come far; now nobody can open the file, and half of it must not go.
        _unstage(opened, token, lambda: None)
    with transaction.atomic():
        if RecipientImport.objects.settle(
            opened.pk, token=token, to=ImportStatus.FAILED, finished_at=now, error=str(sentence)[:500]
        ):
            uploading.close(opened)
    opened.refresh_from_db()
    return opened


def rejected_rows(done: RecipientImport) -> list[dict[str, Any]]:
    """Every row of the import that was not taken, duplicates not counted: row, column, code, reason."""
    rows: Iterator[RejectedRow] = done.rejected_rows.filter(duplicate=False).order_by("row").iterator()
    return [
        {
            "row": row.row,
            "column": row.column,
            "code": row.reason,
            "reason": str(reasons.sentence(row.reason, **row.facts)),
        }
        for row in rows
    ]
