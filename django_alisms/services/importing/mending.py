"""One refused row put right on the report's page: judged by the same rules, and in the draft like the rest of its file.

Two people may mend the same row, or two rows to the same number: all of it happens under the draft's row lock, and
the row leaves the refused ones by a conditional statement whose row count is the answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F, Max
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ...models import (
    NUMBERS_PER_BATCH,
    Batch,
    BatchSend,
    EventKind,
    ImportStatus,
    Recipient,
    RecipientImport,
    RejectedRow,
)
from ...recipients import reasons
from ...recipients.cells import cell_as_typed
from ...recipients.columns import PHONE, ColumnMap
from ...recipients.duplicates import DifferentValues
from ...recipients.reason_codes import Reason
from ...recipients.rows import AcceptedRow, Problem
from ...recipients.spreadsheet_text import LONGEST_CELL
from ..actors import Actor, note
from ..clock import database_now
from ..refusals import NotPossible
from . import from_draft
from .storing import store_batches

MIXED = 0
"""``first_row`` of a batch of mended rows: they come in no order."""


@dataclass(frozen=True)
class MendField:
    """A cell of the row that the message needs: where it stands, what it is, what is wrong with it ("": nothing)."""

    place: int
    columns: tuple[str, ...]
    header: str
    text: str
    wrong: str = ""
    remedy: str = ""


@dataclass(frozen=True)
class Mended:
    """What came of it. ``recipient``: the row is one now. ``duplicate``: it is the same as somebody in the draft.
    Neither: nothing was stored; ``problems`` say why, or ``same_number`` asks whether this shall be a message of
    its own."""

    row: int
    recipient: bool = False
    duplicate: bool = False
    problems: tuple[Problem, ...] = ()
    same_number: bool = False
    left: int = 0


def gone() -> NotPossible:
    """Somebody else was first."""
    return NotPossible(
        _(
            "This row was mended before, or its import was discarded. Nothing was changed; the report shows how it is now."
        )
    )


def mendable(row_id: int) -> RejectedRow:
    """The refused row with its import. Raises NotPossible with why it cannot be mended."""
    rows = RejectedRow.objects.select_related(
        "recipient_import__batch_send__template", "recipient_import__batch_send__sign_name"
    )
    row = rows.filter(pk=row_id, duplicate=False).first()
    if row is None:
        raise gone()
    opened = row.recipient_import
    if not opened.batch_send.is_draft:
        raise NotPossible(
            _("This send has started; its rows cannot be mended any more. Nothing was changed.")
        )
    if opened.is_from_send:
        raise NotPossible(
            _(
                "This person comes from another send and stays out for the reason given. Nothing was changed; a new number is "
                "added with a file."
            )
        )
    if opened.status != ImportStatus.DONE:
        raise NotPossible(
            _(
                "Nothing of this file was imported, so a row alone cannot be mended. Mend the file and upload it again."
            )
        )
    return row


def fields_of(row: RejectedRow, cells: Mapping[int, str], problems: Sequence[Problem]) -> list[MendField]:
    """What can be mended: the number and the variables, each with what stands there and what is wrong with it."""
    columns = _columns(row.recipient_import)
    wrong = {problem.place: problem for problem in reversed(problems)}
    names: dict[int, list[str]] = {columns.phone: [PHONE]}
    for variable, place in columns.variables:
        names.setdefault(place, []).append(f"${{{variable}}}")
    found = []
    for place, here in names.items():
        problem = wrong.get(place)
        found.append(
            MendField(
                place=place,
                columns=tuple(here),
                header=columns.header(place),
                text=cells[place] if place in cells else _text(row, place),
                wrong=str(reasons.sentence(problem.reason, **problem.facts)) if problem else "",
                remedy=str(reasons.remedy(problem.reason)) if problem else "",
            )
        )
    return found


def row_sentences(problems: Sequence[Problem]) -> list[tuple[str, str]]:
    """What is wrong with the row as a whole, and what to do."""
    return [
        (str(reasons.sentence(problem.reason, **problem.facts)), str(reasons.remedy(problem.reason)))
        for problem in problems
        if problem.place is None
    ]


def other_cells(row: RejectedRow) -> list[tuple[str, str]]:
    """The cells of the row that no message needs, by their header: they help to recognise the person."""
    columns = _columns(row.recipient_import)
    used = {columns.phone, *(place for _variable, place in columns.variables)}
    return [
        (columns.header(place), cell_as_typed(text))
        for place, text in enumerate(row.cells)
        if place not in used and place not in columns.ours and text
    ]


def result_sentence(found: Mended) -> str:
    """What came of a row that was mended, and how many are left."""
    said = (
        _("Row %(row)d was mended and is in the draft now.")
        if found.recipient
        else _("Row %(row)d is now the same as a message that is in the draft already; it goes once.")
    )
    left = ngettext(
        "%(count)d row of this file is not imported.",
        "%(count)d rows of this file are not imported.",
        found.left,
    )
    return f"{said % {'row': found.row}} {left % {'count': found.left}}"


def problems_of(row: RejectedRow) -> list[Problem]:
    """All that is wrong with the row, as it was stored."""
    first = Problem(
        row.column or PHONE,
        None if row.place < 0 else row.place,
        Reason(row.reason),
        row.cell,
        dict(row.facts),
    )
    others = [
        Problem(one["column"], one["place"], Reason(one["reason"]), one["cell"], dict(one["facts"]))
        for one in row.others
    ]
    return [first, *others]


def mend(row_id: int, cells: Mapping[int, str], *, actor: Actor, send_both: bool = False) -> Mended:
    """Put these texts into the row and judge it again; ``cells``: by their place in the row.

    ``send_both``: yes, where the number is in the draft with other values, this is a message of its own. A row that
    is still wrong changes nothing. Raises NotAllowed, and NotPossible for a row that is no longer there to mend.
    """
    actor.require("import_recipients")
    row = mendable(row_id)
    opened = row.recipient_import
    columns = _columns(opened)
    texts = _with(row, cells)
    # What stands in the row is text and as it would be sent: no format applies to it any more.
    rules = from_draft.rules_for(opened.batch_send.sign_name, opened.batch_send.template)
    judged = rules.judge(row.row, texts, columns)
    if judged is None:
        empty = Problem(PHONE, columns.phone, Reason.PHONE_EMPTY, "", {})
        return Mended(row.row, problems=(empty,))
    if not isinstance(judged, AcceptedRow):
        return Mended(row.row, problems=judged.problems)
    asked = opened.answers.get("same_number") != DifferentValues.KEEP_ALL and not send_both
    with transaction.atomic():
        _hold(opened)
        seen = _with_number(opened.batch_send_id, judged.phone)
        same = next((one for one in seen if one.params == judged.params_json), None)
        if same is not None:
            _to_duplicates(row, opened, same, texts)
        elif seen and asked:
            return Mended(row.row, same_number=True)
        else:
            _to_recipients(row, opened, judged)
        note(
            EventKind.MENDED,
            actor,
            opened.batch_send_id,
            at=database_now(),
            file=opened.file_name,
            row=row.row,
            duplicate=same is not None,
        )
        left = RejectedRow.objects.filter(recipient_import=opened, duplicate=False).count()
    return Mended(row.row, recipient=same is None, duplicate=same is not None, left=left)


# -- steps, inside the caller's transaction ------------------------------------------------------------------------


def _hold(opened: RecipientImport) -> None:
    """The draft's row lock. While a file of it is being read nobody joins, because that reading would not know."""
    if not BatchSend.objects.touch_draft(opened.batch_send_id):
        raise NotPossible(
            _("This send has started; its rows cannot be mended any more. Nothing was changed.")
        )
    statuses = dict(
        RecipientImport.objects.select_for_update()
        .filter(batch_send=opened.batch_send_id)
        .values_list("pk", "status")
    )
    if ImportStatus.READING in statuses.values():
        raise NotPossible(
            _(
                "Another file of this send is being read just now. Nothing was changed; try again when its report is there."
            )
        )
    if ImportStatus.DISCARDING in statuses.values():
        raise NotPossible(
            _(
                "A file of this send is being discarded just now. Nothing was changed; try again when it is gone."
            )
        )
    if statuses.get(opened.pk) != ImportStatus.DONE:
        raise gone()


def _with_number(batch_send_id: int, phone: str) -> list[Recipient]:
    """Who has this number in the draft; locked, because on MySQL a plain read would see an older moment."""
    batches = Batch.objects.filter(batch_send=batch_send_id)
    people = Recipient.objects.filter(phone=phone, batch__in=batches.values("pk"))
    return list(people.select_for_update().order_by("pk"))


def _to_duplicates(row: RejectedRow, opened: RecipientImport, same: Recipient, texts: list[str]) -> None:
    own = Batch.objects.filter(pk=same.batch_id, recipient_import=opened).exists()
    place = _columns(opened).phone
    changed = RejectedRow.objects.filter(pk=row.pk, duplicate=False).update(
        duplicate=True,
        column=PHONE,
        place=place,
        cell=cell_as_typed(texts[place]),
        reason=Reason.REPEATED if own else Reason.ALREADY_IN_DRAFT,
        facts={"first_row": same.row if own else 0},
        others=[],
        cells=texts,
    )
    if not changed:
        raise gone()
    _count(opened, "duplicates", "duplicates_total")


def _to_recipients(
    row: RejectedRow, opened: RecipientImport, judged: AcceptedRow, of: str = "rejected"
) -> None:
    deleted, _models = RejectedRow.objects.filter(pk=row.pk, duplicate=of == "duplicates").delete()
    if not deleted:
        raise gone()
    number = _into_a_batch(opened, judged)
    _count(opened, "good", "recipients_total", parts=judged.parts, of=of)
    facts = dict(RecipientImport.objects.values_list("reading", flat=True).get(pk=opened.pk))
    RecipientImport.objects.filter(pk=opened.pk).update(reading=_remembering(facts, judged, number))


def _into_a_batch(opened: RecipientImport, judged: AcceptedRow) -> int:
    """The mended rows of an import share batches of their own. Out: the batch's number."""
    with_number = Recipient.objects.filter(phone=judged.phone).values("batch")
    batch = (
        Batch.objects.filter(recipient_import=opened, first_row=MIXED, size__lt=NUMBERS_PER_BATCH)
        .exclude(pk__in=with_number)
        .order_by("number")
        .first()
    )
    if batch is None:
        last = Batch.objects.filter(batch_send=opened.batch_send_id).aggregate(last=Max("number"))["last"]
        number = (last or 0) + 1
        store_batches(opened.batch_send_id, opened.pk, number, [[judged]])
        Batch.objects.filter(batch_send=opened.batch_send_id, number=number).update(first_row=MIXED)
        return number
    Recipient.objects.create(
        batch=batch, row=judged.row, phone=judged.phone, params=judged.params_json, parts=judged.parts
    )
    Batch.objects.filter(pk=batch.pk).update(size=F("size") + 1, parts=F("parts") + judged.parts)
    return batch.number


def _count(opened: RecipientImport, to: str, total: str, parts: int = 0, of: str = "rejected") -> None:
    """One row less there, one more here: rows = recipients + duplicates + refused, as before."""
    RecipientImport.objects.filter(pk=opened.pk).update(
        **{of: F(of) - 1, to: F(to) + 1, "parts": F("parts") + parts}
    )
    BatchSend.objects.filter(pk=opened.batch_send_id).update(
        **{f"{of}_total": F(f"{of}_total") - 1, total: F(total) + 1, "parts_total": F("parts_total") + parts}
    )


def _remembering(facts: dict[str, Any], judged: AcceptedRow, number: int) -> dict[str, Any]:
    """What the report and the preview know of the whole file, with this row in it."""
    for name, codes in (
        ("fixes", judged.fixes),
        ("notices", [finding.notice for finding in judged.findings]),
    ):
        counts = dict(facts.get(name, {}))
        for code in codes:
            counts[str(code)] = counts.get(str(code), 0) + 1
        facts[name] = counts
    longest = facts.get("longest_at")
    if longest is None or judged.length > longest["length"]:
        facts["longest_at"] = {"batch": number, "row": judged.row, "length": judged.length}
    facts["shortest"] = min(judged.length, facts.get("shortest") or judged.length)
    facts["long"] = facts.get("long", 0) + (judged.parts > 1)
    return facts


# -- after a discard -------------------------------------------------------------------------------------------

MOST_RETURNED = 5000


def return_left_out(batch_send_id: int) -> int:
    """An import was discarded: rows of other files that were left out as the same as its people go now.

    When its people are gone, under the draft's row lock. Out: how many rows became recipients.
    """
    rows = _left_out(batch_send_id).select_related(
        "recipient_import__batch_send__template", "recipient_import__batch_send__sign_name"
    )
    return sum(_return(row) for row in rows.order_by("pk"))


def _left_out(batch_send_id: int) -> Any:
    return RejectedRow.objects.filter(
        recipient_import__batch_send=batch_send_id,
        recipient_import__status=ImportStatus.DONE,
        duplicate=True,
        reason=Reason.ALREADY_IN_DRAFT,
    )


def refuse_too_many_left_out(batch_send_id: int) -> None:
    """Before a discard begins. Raises NotPossible where those who would come in are too many for one moment."""
    if _left_out(batch_send_id).count() > MOST_RETURNED:
        raise NotPossible(
            _(
                "Other files of this draft left out more than %(count)d people because this one had brought them. "
                "Nothing was changed; discard those files first and upload them again."
            )
            % {"count": MOST_RETURNED}
        )


def _return(row: RejectedRow) -> bool:
    opened = row.recipient_import
    rules = from_draft.rules_for(opened.batch_send.sign_name, opened.batch_send.template)
    columns = _columns(opened)
    judged = rules.judge(row.row, _with(row, {}), columns)
    if not isinstance(judged, AcceptedRow):  # the template changed meanwhile: a person looks at it
        RejectedRow.objects.filter(pk=row.pk).update(duplicate=False)
        _count(opened, "rejected", "rejected_total", of="duplicates")
        return False
    seen = _with_number(opened.batch_send_id, judged.phone)
    if any(one.params == judged.params_json for one in seen):
        return False
    if seen:
        facts = {"first_row": seen[0].row}
        RejectedRow.objects.filter(pk=row.pk).update(
            duplicate=False, reason=Reason.SAME_NUMBER_DIFFERENT_VALUES, facts=facts
        )
        _count(opened, "rejected", "rejected_total", of="duplicates")
        return False
    _to_recipients(row, opened, judged, of="duplicates")
    return True


# -- the row ---------------------------------------------------------------------------------------------------


def _columns(opened: RecipientImport) -> ColumnMap:
    """Which column was which when the file was read."""
    facts = opened.reading
    places: dict[str, int] = dict(facts["places"])
    variables = opened.batch_send.template.variables
    kept: dict[str, int] = dict(facts.get("variables", {}))
    return ColumnMap(
        phone=places[PHONE],
        variables=tuple((name, kept.get(name, places.get(name, places[PHONE]))) for name in variables),
        headers=tuple(facts.get("headers", ())),
        ours=tuple(facts.get("ours", ())),
    )


def _text(row: RejectedRow, place: int) -> str:
    return str(row.cells[place]) if place < len(row.cells) else ""


def _with(row: RejectedRow, cells: Mapping[int, str]) -> list[str]:
    """The row's texts with these in their places; places that no message needs are left alone."""
    columns = _columns(row.recipient_import)
    wanted = {columns.phone, *(place for _variable, place in columns.variables)}
    texts = [_text(row, place) for place in range(max(len(row.cells), max(wanted) + 1))]
    for place, text in cells.items():
        if place in wanted:
            texts[place] = cell_as_typed(text, LONGEST_CELL)
    return texts
