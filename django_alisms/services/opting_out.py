"""Numbers that are not to be messaged. They win over every send, also one that is already running."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from ..models import EventKind, LeftOut, OptOut, OptOutSource, Recipient
from ..recipients.cells import is_blank
from ..recipients.columns import ColumnQuestions, match_header
from ..recipients.file_refused import FileRefused
from ..recipients.headers import HEADER_ROWS, find_header
from ..recipients.phone_numbers import GoodPhone, judge_phone
from ..recipients.readers.opening import Workbook, open_recipients_file
from ..recipients.readers.refusals import sentence as refusal_sentence
from . import leaving_out
from .actors import Actor, note
from .clock import database_now
from .opted_out_count import has_opted_out
from .refusals import NotPossible

IN_ONE_LIST = 500
MOST_SHOWN = 20


def opt_out(phone: str, *, actor: Actor, reason: str = "", source: str = OptOutSource.STAFF) -> OptOut:
    """From now on this number gets nothing. The number may be written as in a list; again is no error."""
    if source == OptOutSource.STAFF:
        actor.require("add_optout")
    judged = judge_phone(phone)
    if not isinstance(judged, GoodPhone):
        raise NotPossible(_("This is no mobile number of the Chinese mainland. Nothing was changed."))
    row, _created = OptOut.objects.get_or_create(
        phone=judged.number, defaults={"reason": reason[:200], "source": source, "created_by": actor.user}
    )
    return row


@dataclass(frozen=True)
class ImportedOptOuts:
    """What a file of opt-outs did. ``refused``: rows whose number is none, the first ``MOST_SHOWN`` by their place."""

    rows: int
    new: int
    known: int
    refused: int
    refused_rows: tuple[int, ...]


def import_file(path: Path, file_name: str, *, actor: Actor, reason: str = "") -> ImportedOptOuts:
    """Every number of a list is opted out: all of them or, where the file cannot be read, none.

    The column is told by its header as in a list of recipients; a file with one column needs none. Raises NotAllowed,
    or NotPossible with a sentence for people.
    """
    actor.require("add_optout")
    try:
        with open_recipients_file(path, file_name) as workbook:
            numbers, rows, refused = _numbers_in(workbook)
    except FileRefused as unreadable:
        raise NotPossible(refusal_sentence(unreadable)) from unreadable
    if not rows:
        raise NotPossible(_("There is no row in the file. Nothing was changed."))
    new = 0
    with transaction.atomic():
        listed = sorted(numbers)
        for at in range(0, len(listed), IN_ONE_LIST):
            some = listed[at : at + IN_ONE_LIST]
            known = set(OptOut.objects.filter(phone__in=some).values_list("phone", flat=True))
            # Judged numbers and a text that fits: the only conflict is one that somebody enters at this moment.
            OptOut.objects.bulk_create(
                (
                    OptOut(
                        phone=number, reason=reason[:200], source=OptOutSource.IMPORT, created_by=actor.user
                    )
                    for number in some
                    if number not in known
                ),
                ignore_conflicts=True,
            )
            new += len(some) - len(known)
        note(EventKind.OPT_OUTS_IMPORTED, actor, at=database_now(), reason=reason, new=new, rows=rows)
    return ImportedOptOuts(
        rows=rows,
        new=new,
        known=len(numbers) - new,
        refused=len(refused),
        refused_rows=tuple(refused[:MOST_SHOWN]),
    )


def _numbers_in(workbook: Workbook) -> tuple[set[str], int, list[int]]:
    """The numbers, how many rows had something in their column, and the rows whose number is none."""
    sheets = [sheet for sheet in workbook.sheets if sheet.visible]
    if len(sheets) != 1:
        raise NotPossible(
            _("The file has %(count)d sheets. Nothing was changed; keep the one with the numbers.")
            % {"count": len(sheets)}
        )
    body = iter(workbook.rows(sheets[0].name))
    head = list(islice(body, HEADER_ROWS))
    column, first = _column_of([cells for _number, cells in head])
    numbers: set[str] = set()
    refused: list[int] = []
    rows = 0
    for number, cells in chain(head[first:], body):
        cell = cells[column] if column < len(cells) else None
        if is_blank(cell):
            continue
        rows += 1
        judged = judge_phone(cell)
        if isinstance(judged, GoodPhone):
            numbers.add(judged.number)
        else:
            refused.append(number)
    return numbers, rows, refused


def _column_of(head: list[Sequence[Any]]) -> tuple[int, int]:
    """The column of the numbers, and the first row below the header. Nothing is guessed."""
    header = find_header(head, ())
    if header.index is None:
        if head and max(len(cells) for cells in head) == 1:
            return 0, 0
        raise NotPossible(
            _("No column is headed 手机号 or phone. Nothing was changed; name the column of the numbers.")
        )
    columns = match_header(head[header.index], ())
    if isinstance(columns, ColumnQuestions):
        raise NotPossible(
            _("More than one column could be the number. Nothing was changed; name one of them 手机号.")
        )
    return columns.phone, header.index + 1


def leave_out(batch_ids: Collection[int]) -> set[int]:
    """People of these pending batches who have opted out do not go; the batches that have nobody left are cancelled.

    Inside the loop's transaction, before marking. Returns the ids of the cancelled ones.
    """
    rows = Recipient.objects.to_send().filter(has_opted_out(), batch__in=batch_ids)
    return leaving_out.leave_out(
        rows.values_list("pk", "batch_id", "batch__batch_send_id", "parts"), LeftOut.OPTED_OUT
    )
