"""A slice of a send as a table that goes back to whoever uploaded the list.

What is kept of an upload is what a message needs: the row's number, the phone number and the template's variables. They
go back under the uploader's own headers and in the uploader's order. Columns the template has no use for are not stored.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from ..aliyun.codes import explain, explain_undelivered
from ..models import (
    Batch,
    BatchSend,
    BatchStatus,
    Delivery,
    EventKind,
    ImportStatus,
    LeftOut,
    RecipientImport,
)
from ..recipients.columns import PHONE
from ..recipients.list_files import Cell
from ..recipients.phone_numbers import masked, numbers_masked
from . import slices
from .actors import Actor, note
from .clock import database_now, local
from .slices import Kind, Slice
from .status import language

FIELDS = (
    "row",
    "phone",
    "params",
    "parts",
    "left_out",
    "delivery",
    "receipt_code",
    "reported_at",
    "billed_parts",
)


@dataclass(frozen=True)
class Export:
    """A table that is read while it is written. Words are in the language that was active when it was made."""

    headers: list[str]
    people: int
    full: bool
    lines: Iterator[list[Cell]]


def export(batch_send: BatchSend, part: Slice, *, actor: Actor, full: bool) -> Export:
    """The slice as a table; the history keeps who took what.

    ``full``: whole numbers, for those with the right ``view_full_number``. Raises NotAllowed.
    """
    actor.require("view_recipient")
    if full:
        actor.require("view_full_number")
    columns = Columns.of(batch_send)
    people = how_many(batch_send, part)
    note(
        EventKind.EXPORTED,
        actor,
        batch_send,
        at=database_now(),
        slice=part.key,
        recipients=people,
        full=full,
    )
    return Export(
        headers=columns.headers(),
        people=people,
        full=full,
        lines=_lines(batch_send, part, columns, Words.now(), full=full),
    )


def how_many(batch_send: BatchSend, part: Slice) -> int:
    """People in the slice, from counters."""
    if part.code:
        by_code = (
            slices.refused_by_code(batch_send)
            if part.kind == Kind.REFUSED
            else slices.undelivered_by_code(batch_send)
        )
        return by_code.get(part.code, 0)
    return slices.counts(batch_send)[part.kind]


@dataclass(frozen=True)
class Columns:
    """The uploader's columns that are kept: (variable, or ``phone``; header), in the uploader's order."""

    kept: list[tuple[str, str]]
    files: dict[int, str]
    """Where a send has several files: their names, by import."""

    @classmethod
    def of(cls, batch_send: BatchSend) -> Columns:
        done = list(
            RecipientImport.objects.filter(batch_send=batch_send, status=ImportStatus.DONE).order_by("pk")
        )
        reading: dict[str, Any] = done[0].reading if done else {}
        reading = reading.get("uploaded", reading)
        headers, places = reading.get("columns", {}), reading.get("places", {})
        variables = batch_send.template.variables
        number = "phone_number" if PHONE in variables else PHONE
        kept = [(PHONE, str(headers.get(PHONE) or number), places.get(PHONE, -1))]
        for at, variable in enumerate(variables):
            key = f"${{{variable}}}"
            place = len(places) + at if variable == PHONE else places.get(variable, len(places) + at)
            kept.append((key, str(headers.get(key) or variable), place))
        kept.sort(key=lambda one: one[2])
        return cls(
            [one[:2] for one in kept], {one.pk: one.file_name for one in done} if len(done) > 1 else {}
        )

    def headers(self) -> list[str]:
        """Of the whole table: ours on both sides of the uploader's."""
        return [
            *([_("File")] if self.files else []),
            _("Row"),
            *(header for _key, header in self.kept),
            _("Status"),
            _("Code"),
            _("Explanation"),
            _("Advice"),
            _("Time"),
            _("Parts expected"),
            _("Parts counted by Alibaba Cloud"),
            _("Batch"),
        ]


@dataclass(frozen=True)
class Words:
    """The words of every state, looked up once: a table may be read after the language was put away."""

    language: str
    states: dict[str, str]
    left_out: dict[str, str]

    @classmethod
    def now(cls) -> Words:
        states = {value: str(label) for value, label in BatchStatus.choices}
        states |= {value: str(label) for value, label in Delivery.choices}
        states[Kind.LEFT_OUT] = _("Left out")
        return cls(language(), states, {value: str(label) for value, label in LeftOut.choices})


def _lines(
    batch_send: BatchSend, part: Slice, columns: Columns, words: Words, *, full: bool
) -> Iterator[list[Cell]]:
    told: dict[tuple[str, str], tuple[str, str]] = {}

    def tell(kind: str, code: str) -> tuple[str, str]:
        if (kind, code) not in told:
            row = explain_undelivered(code) if kind == Kind.UNDELIVERED else explain(code)
            told[kind, code] = (row.meaning(words.language), row.advice(words.language))
        return told[kind, code]

    for some in slices.walk(batch_send, part, FIELDS):
        for batch, row in some:
            kind = slices.part_of(row["left_out"], row["delivery"], batch.status)
            code, moment = _answer(kind, batch, row)
            if kind == Kind.LEFT_OUT:
                meaning, advice = words.left_out.get(row["left_out"], row["left_out"]), ""
            else:
                known = "DELIVERED" if kind == Kind.DELIVERED else code
                meaning, advice = tell(kind, known) if code and code != "OK" else ("", "")
            yield [
                *([columns.files.get(batch.recipient_import_id or 0, "")] if columns.files else []),
                row["row"],
                *_own(row, columns, full),
                words.states[kind],
                code,
                meaning,
                advice,
                local(moment),
                row["parts"],
                _charged(kind, row["billed_parts"]),
                batch.number,
            ]


def _charged(kind: Kind, counted: int | None) -> Cell:
    """Whoever was not delivered to is not charged for, although the receipt counts the parts of the message too."""
    if counted is None:
        return ""
    return 0 if kind == Kind.UNDELIVERED else counted


def _answer(kind: Kind, batch: Batch, row: dict[str, Any]) -> tuple[str, Any]:
    """The code that says why, and when it was said: the carrier's, else Alibaba Cloud's of the batch."""
    if kind in (Kind.DELIVERED, Kind.UNDELIVERED):
        return row["receipt_code"], row["reported_at"]
    if kind in (Kind.WAITING, Kind.REFUSED, Kind.UNKNOWN, Kind.ABSENT):
        return batch.code, batch.answered_at or batch.marked_at
    return "", None


def _own(row: dict[str, Any], columns: Columns, full: bool) -> list[str]:
    """The uploader's own cells. Masked, a number in a value is masked too."""
    values = json.loads(row["params"])
    phone = row["phone"]
    shown = phone if full else masked(phone)
    cells = []
    for key, _header in columns.kept:
        if key == PHONE:
            cells.append(shown)
        else:
            value = str(values.get(key.removeprefix("${").removesuffix("}"), ""))
            cells.append(value if full else numbers_masked(value))
    return cells
