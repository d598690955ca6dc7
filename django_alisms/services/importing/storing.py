"""Rows on their way into the database: COPY on PostgreSQL, executemany elsewhere (bulk_create costs 11-20 times it)."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from itertools import chain
from operator import itemgetter

from django.db import DatabaseError, connection

from ...models import NUMBERS_PER_BATCH, Batch, Recipient, RejectedRow
from ...models.each import insert_each
from ...recipients.rows import AcceptedRow
from ...recipients.rows import RejectedRow as JudgedBad

logger = logging.getLogger("django_alisms.importing")

_phone, _stored = itemgetter(1), itemgetter(0, 1, 2, 3)


# From so many rows on a table that PostgreSQL has not looked at costs more than the look.
MANY = 10_000


class Filler:
    """Accepted rows into batches: at most 100 people, and no number twice in one batch."""

    def __init__(self) -> None:
        self._batch: list[AcceptedRow] = []
        self._phones: set[str] = set()
        self._held: list[AcceptedRow] = []

    def fill(self, rows: Sequence[AcceptedRow]) -> list[list[AcceptedRow]]:
        """The batches that these rows make full."""
        full: list[list[AcceptedRow]] = []
        at = 0
        while at < len(rows):
            if not self._batch:  # most batches are a hundred rows as they come, all of different numbers
                some = list(rows[at : at + NUMBERS_PER_BATCH])
                if len(some) == NUMBERS_PER_BATCH and len(set(map(_phone, some))) == NUMBERS_PER_BATCH:
                    full.append(some)
                    full += self._again()
                    at += NUMBERS_PER_BATCH
                    continue
            self._add(rows[at])
            at += 1
            if len(self._batch) == NUMBERS_PER_BATCH:
                full.append(self._take())
                full += self._again()
        return full

    def _add(self, row: AcceptedRow) -> None:
        if row.phone in self._phones:
            self._held.append(row)
        else:
            self._batch.append(row)
            self._phones.add(row.phone)

    def rest(self) -> Iterator[list[AcceptedRow]]:
        """What is left when the file ends: the last batch, and those whose number was in it already."""
        while self._batch or self._held:
            if self._batch:
                yield self._take()
            yield from self._again()

    def _take(self) -> list[AcceptedRow]:
        batch, self._batch, self._phones = self._batch, [], set()
        return batch

    def _again(self) -> list[list[AcceptedRow]]:
        held, self._held = self._held, []
        return self.fill(held) if held else []


def store_batches(
    batch_send_id: int, import_id: int | None, first_number: int, batches: Sequence[Sequence[AcceptedRow]]
) -> None:
    """The batches and their recipients, numbered from ``first_number``. Inside the caller's transaction."""
    if not batches:
        return
    varying = ("number", "size", "first_row", "parts")
    # The rest is as in any new batch; bulk_create would look at each of thirty fields of each of them.
    new = Batch(batch_send_id=batch_send_id, recipient_import_id=import_id)
    insert_each(
        Batch.objects.all(),
        varying,
        [
            (number, len(rows), rows[0].row, sum([row.parts for row in rows]))
            for number, rows in enumerate(batches, first_number)
        ],
        fixed={
            field.name: field.value_from_object(new)
            for field in Batch._meta.concrete_fields
            if not field.primary_key and field.name not in varying
        },
    )
    # Asked for again, because MySQL does not give the ids of a bulk insert back.
    ids = dict(
        Batch.objects.filter(
            batch_send=batch_send_id, number__gte=first_number, number__lt=first_number + len(batches)
        ).values_list("number", "pk")
    )
    _insert(
        [(ids[number], *_stored(row)) for number, rows in enumerate(batches, first_number) for row in rows]
    )


def count_for_the_planner(rows: int) -> None:
    """After a long list has come in, outside of its transaction: what PostgreSQL knows of the tables is of before.

    It looks by itself within a minute or so; until then each turn of sending would read the whole table of people for the
    few that go. Where the database user may not analyze, that is how it stays.
    """
    if connection.vendor != "postgresql" or rows < MANY or connection.in_atomic_block:
        return
    tables = [connection.ops.quote_name(model._meta.db_table) for model in (Recipient, Batch)]
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {', '.join(tables)}")
    except DatabaseError as refused:
        logger.info("the tables were not analyzed: %s", type(refused).__name__)


def store_rejected(import_id: int, rows: Sequence[JudgedBad]) -> None:
    """Rows that were not taken, with their reasons. Inside the caller's transaction.

    A file that is uploaded twice has a million of them.
    """
    insert_each(
        RejectedRow.objects.all(),
        ("row", "duplicate", "column", "reason", "cell", "place", "facts", "others", "cells"),
        [
            (
                row.row,
                row.duplicate,
                row.column[:100],
                row.reason,
                row.cell[:200],
                -1 if row.place is None else row.place,
                row.facts,
                [problem._asdict() for problem in row.others],
                list(row.cells),
            )
            for row in rows
        ],
        fixed={"recipient_import": import_id},
    )


# After the first, the fields of an accepted row in their order; nobody is left out.
COLUMNS = ("batch_id", "row", "phone", "params", "parts")
# 500 parameters; old SQLite takes 999.
ROWS_PER_STATEMENT = 100
assert AcceptedRow._fields[:4] == ("row", "phone", "params_json", "parts")


def _insert(rows: Sequence[tuple[int | str, ...]]) -> None:
    table = connection.ops.quote_name(Recipient._meta.db_table)
    columns = ", ".join(connection.ops.quote_name(column) for column in (*COLUMNS, "left_out"))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row((*row, ""))
            return
        # SQLite takes half the time for a hundred rows in one statement; MySQL's driver puts them into one by itself.
        most = ROWS_PER_STATEMENT if connection.vendor == "sqlite" else 1
        whole = len(rows) - len(rows) % most
        for part, each in ((rows[:whole], most), (rows[whole:], len(rows) - whole)):
            if part:
                places = ", ".join(["(" + "%s, " * len(COLUMNS) + "'')"] * each)
                cursor.executemany(
                    f"INSERT INTO {table} ({columns}) VALUES {places}",  # noqa: S608  (our own names)
                    [list(chain.from_iterable(part[at : at + each])) for at in range(0, len(part), each)],
                )
