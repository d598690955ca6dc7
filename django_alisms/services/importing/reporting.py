"""What a report of an import shows: counts that add up, reasons counted, the first rows, the rows that go back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count

from ...models import BatchSend, ImportStatus, RecipientImport, RejectedRow
from ...recipients import reasons
from ...recipients.columns import PHONE

SHOWN_ROWS = 20


@dataclass(frozen=True)
class ReasonCount:
    """How many rows for reasons that share a heading, and the share of the largest in per cent (for a bar)."""

    heading: str
    rows: int
    share: float


@dataclass(frozen=True)
class ShownRow:
    """One rejected row for a page: the cell as it was typed, why it is bad, what to do. ``place``: where the wrong cell
    stands, where mending that one is all that is needed."""

    pk: int
    row: int
    column: str
    cell: str
    sentence: str
    remedy: str
    place: int | None = None


@dataclass(frozen=True)
class Progress:
    """How far an import is, while it is read. ``expected``: about how many rows there are, 0 where nobody knows;
    ``share``: of them, in per cent; ``seconds_left``: at the pace so far, None where it cannot be told yet."""

    rows: int
    expected: int
    share: float
    seconds_left: float | None


def progress(opened: RecipientImport, now: datetime) -> Progress:
    """By the counts of the slices that are stored."""
    expected = int(opened.reading.get("expected") or 0)
    rows = min(opened.rows, expected) if expected else opened.rows
    if not (rows and expected and opened.started_at):
        return Progress(rows, expected, 0.0, None)
    took = max((now - opened.started_at).total_seconds(), 0.0)
    return Progress(rows, expected, 100 * rows / expected, took / rows * (expected - rows))


@dataclass(frozen=True)
class NotImported:
    """Rows of one import that are not in the draft by themselves. ``from_send``: people of another send, who stay out."""

    name: str
    rows: int
    from_send: bool


def not_imported(batch_send: BatchSend) -> list[NotImported]:
    """By file, the first uploaded first. Of a row that was mended in a workbook and uploaded again nobody knows which
    it is in the new file, so what the files leave out must not be added up to people who get nothing."""
    done = RecipientImport.objects.filter(batch_send=batch_send, status=ImportStatus.DONE, rejected__gt=0)
    return [NotImported(one.file_name, one.rejected, one.is_from_send) for one in done.order_by("pk")]


def counted(done: RecipientImport) -> list[ReasonCount]:
    """Reasons by how many rows they cost, the most first."""
    by_heading: dict[str, int] = {}
    rows = done.rejected_rows.filter(duplicate=False).order_by().values("reason").annotate(rows=Count("id"))
    for row in rows:
        heading = str(reasons.heading(row["reason"]))
        by_heading[heading] = by_heading.get(heading, 0) + row["rows"]
    most = max(by_heading.values(), default=1)
    return [
        ReasonCount(heading, rows, round(100 * rows / most, 1))
        for heading, rows in sorted(by_heading.items(), key=lambda pair: -pair[1])
    ]


def first_rows(done: RecipientImport, limit: int = SHOWN_ROWS) -> list[ShownRow]:
    """The first rejected rows in the file's order."""
    rows = done.rejected_rows.filter(duplicate=False).order_by("row")[:limit]
    return [_shown(done, row) for row in rows]


@dataclass(frozen=True)
class Repeated:
    """A row that is the same message as another one: what was typed as number, and what it would have said."""

    row: int
    cell: str
    values: str
    sentence: str


def repeated(done: RecipientImport, limit: int = SHOWN_ROWS) -> list[Repeated]:
    """The first rows that were collapsed into one before them, in the file's order."""
    places: dict[str, int] = done.reading.get("variables", {})
    rows = done.rejected_rows.filter(duplicate=True).order_by("row")[:limit]
    return [
        Repeated(
            row=row.row,
            cell=row.cell,
            values=" · ".join(str(row.cells[place]) for place in places.values() if place < len(row.cells)),
            sentence=str(reasons.sentence(row.reason, **row.facts)),
        )
        for row in rows
    ]


def header_of(done: RecipientImport, column: str) -> str:
    """What the uploader calls a column: its header in the file."""
    columns = done.reading.get("columns", {})
    return str(columns.get(PHONE if column == PHONE else f"${{{column}}}", column))


def rejected_rows(done: RecipientImport) -> Iterator[RejectedRow]:
    """All rows that were not taken, duplicates not among them, in the file's order."""
    return done.rejected_rows.filter(duplicate=False).order_by("row").iterator(chunk_size=2000)


def fixes(done: RecipientImport) -> list[tuple[str, int]]:
    """What was mended, in words, with how often."""
    found: dict[str, int] = dict(done.reading.get("fixes", {}))
    return [(str(reasons.fix_sentence(fix)), count) for fix, count in found.items()]


def notices(done: RecipientImport) -> list[tuple[str, int]]:
    """What deserves a look in rows that were taken, in words, with how often."""
    found: dict[str, int] = dict(done.reading.get("notices", {}))
    return [(str(reasons.notice_sentence(notice)), count) for notice, count in found.items()]


def _shown(done: RecipientImport, row: RejectedRow) -> ShownRow:
    facts: dict[str, Any] = dict(row.facts)
    return ShownRow(
        pk=row.pk,
        row=row.row,
        column=header_of(done, row.column),
        cell=row.cell,
        sentence=str(reasons.sentence(row.reason, **facts)),
        remedy=str(reasons.remedy(row.reason)),
        place=row.place if row.place >= 0 and not row.others else None,
    )
