"""One statement for many rows at once.

A turn of the loop marks and records up to some hundred batches. For each of them the ORM would build and compile the
statement anew, which costs several times what the database does with it; here it is written once and handed over with
all rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from django.db import connections, models

PLAIN_FIELDS = (models.CharField, models.TextField, models.IntegerField, models.ForeignKey)
AS_IT_IS = (str, int)

Row = TypeVar("Row", bound=tuple[Any, ...])


def update_each(
    rows: models.QuerySet[Any],
    key: Sequence[str],
    changing: Sequence[str],
    each: Sequence[tuple[Any, ...]],
    *,
    only: Mapping[str, Sequence[Any]],
    fixed: Mapping[str, Any],
) -> int:
    """UPDATE with other values for each row; how many rows it found.

    ``each``: for every row the values of ``changing``, then those of ``key`` by which it is found. ``only``: columns that
    must have one of the values given, the condition of the arrow. ``fixed``: what all get alike. All names are fields of
    the table itself: a conditional UPDATE has no joins. The rows are locked in the order in which they are given.
    """
    if not each:
        return 0
    table = _Table(rows)
    assignments = ", ".join(f"{table.column(name)} = %s" for name in (*fixed, *changing))
    conditions = [f"{table.column(name)} = %s" for name in key]
    conditions += [
        f"{table.column(name)} IN ({', '.join(['%s'] * len(values))})" for name, values in only.items()
    ]
    same = [table.stored(name, value) for name, value in fixed.items()]
    allowed = [table.stored(name, value) for name, values in only.items() for value in values]
    varying = (*changing, *key)
    return table.execute(
        f"UPDATE {table.name} SET {assignments} WHERE {' AND '.join(conditions)}",  # noqa: S608  (our own names)
        [[*same, *table.stored_row(varying, row), *allowed] for row in each],
    )


def insert_each(
    rows: models.QuerySet[Any],
    varying: Sequence[str],
    each: Sequence[tuple[Any, ...]],
    *,
    fixed: Mapping[str, Any],
) -> None:
    """INSERT. ``each``: for every row the values of ``varying``; ``fixed``: what all get alike. The rest is NULL."""
    if not each:
        return
    table = _Table(rows)
    names = (*fixed, *varying)
    same = [table.stored(name, value) for name, value in fixed.items()]
    table.execute(
        f"INSERT INTO {table.name} ({', '.join(map(table.column, names))}) "  # noqa: S608  (our own names)
        f"VALUES ({', '.join(['%s'] * len(names))})",
        [[*same, *table.stored_row(varying, row)] for row in each],
    )


def add_each(
    rows: models.QuerySet[Any], key: Sequence[str], adding: Sequence[str], each: Sequence[Row]
) -> list[Row]:
    """UPDATE that adds to numbers; the rows of ``each`` that are not there. Locked in the order in which they are given.

    ``each``: for every row what is added to the columns ``adding``, then the values of ``key`` by which it is found.
    """
    table = _Table(rows)
    sums = ", ".join(f"{column} = {column} + %s" for column in map(table.column, adding))
    conditions = " AND ".join(f"{table.column(name)} = %s" for name in key)
    statement = f"UPDATE {table.name} SET {sums} WHERE {conditions}"  # noqa: S608  (our own names)
    varying = (*adding, *key)
    return [row for row in each if not table.execute(statement, [table.stored_row(varying, row)])]


class _Table:
    """A model's table as statements name it, and values as its columns take them."""

    def __init__(self, rows: models.QuerySet[Any]) -> None:
        self._using = connections[rows.db]
        self._fields = {field.name: field for field in rows.model._meta.concrete_fields}
        self._plain = {name for name, field in self._fields.items() if isinstance(field, PLAIN_FIELDS)}
        self.name = self._using.ops.quote_name(rows.model._meta.db_table)

    def column(self, name: str) -> str:
        return self._using.ops.quote_name(self._fields[name].column)

    def stored(self, name: str, value: Any) -> Any:
        return self._fields[name].get_db_prep_save(value, self._using)

    def stored_row(self, names: Sequence[str], row: Sequence[Any]) -> list[Any]:
        """Texts and whole numbers for columns of such are stored as they are, and most values of most rows are."""
        return [
            value if type(value) in AS_IT_IS and name in self._plain else self.stored(name, value)
            for name, value in zip(names, row, strict=True)
        ]

    def execute(self, statement: str, rows: Sequence[Sequence[Any]]) -> int:
        with self._using.cursor() as cursor:
            cursor.executemany(statement, rows)
            return int(cursor.rowcount)
