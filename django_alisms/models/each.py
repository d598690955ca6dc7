"""One conditional UPDATE, done for many rows at once.

A turn of the loop records up to some hundred answers. For each of them the ORM would build and compile the statement
anew, which costs several times what the database does with it; here it is written once and handed over with all rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connections, models


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
    using = connections[rows.db]
    fields = {field.name: field for field in rows.model._meta.concrete_fields}

    def column(name: str) -> str:
        return using.ops.quote_name(fields[name].column)

    def stored(name: str, value: Any) -> Any:
        return fields[name].get_db_prep_save(value, using)

    assignments = ", ".join(f"{column(name)} = %s" for name in (*fixed, *changing))
    conditions = [f"{column(name)} = %s" for name in key]
    conditions += [f"{column(name)} IN ({', '.join(['%s'] * len(values))})" for name, values in only.items()]
    same = [stored(name, value) for name, value in fixed.items()]
    allowed = [stored(name, value) for name, values in only.items() for value in values]
    varying = (*changing, *key)
    with using.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {using.ops.quote_name(rows.model._meta.db_table)} SET {assignments} "  # noqa: S608  (our own names)
            f"WHERE {' AND '.join(conditions)}",
            [
                [*same, *(stored(name, value) for name, value in zip(varying, row, strict=True)), *allowed]
                for row in each
            ],
        )
        return int(cursor.rowcount)
