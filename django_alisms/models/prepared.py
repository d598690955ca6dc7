"""A query of the ORM that is compiled once and run often.

A turn of the loop asks the same few things again and again, and to build and compile a statement costs several times what
the database does with it. Here the query is still written with the ORM, once, with a ``Slot`` where a value will stand.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connection, models
from django.db.models.sql import UpdateQuery

# Compiled in place of a number of rows, which stands in the statement itself.
_LIMIT = 987_654_321


class Slot(models.Expression):
    """Where a value stands in a prepared query. ``field``: what kind; in a list (``__in=[slot]``) it takes a list
    of whole numbers."""

    def __init__(self, name: str, field: models.Field[Any, Any]) -> None:
        super().__init__(output_field=field)
        self.name = name

    def as_sql(self, _compiler: Any, _connection: Any) -> tuple[str, list[Any]]:
        return "%s", [self]


class Prepared:
    """``query``: makes the queryset, with slots in it; asked once for each kind of database.

    ``update``: of an UPDATE what ``QuerySet.update`` is given.
    """

    def __init__(self, query: Callable[[], models.QuerySet[Any]], **update: Any) -> None:
        self._query = query
        self._update = update
        self._compiled: dict[str, tuple[list[str], list[Any]]] = {}

    def rows(self, limit: int | None = None, **values: Any) -> list[tuple[Any, ...]]:
        """As the driver gives them: for columns that need no conversion. ``limit``: of a query that ends in ``[:ROWS]``."""
        with connection.cursor() as cursor:
            cursor.execute(*self._statement(limit, values))
            return list(cursor.fetchall())

    def execute(self, **values: Any) -> int:
        """Run the UPDATE; how many rows it found."""
        with connection.cursor() as cursor:
            cursor.execute(*self._statement(None, values))
            return int(cursor.rowcount)

    def _statement(self, limit: int | None, values: dict[str, Any]) -> tuple[str, list[Any]]:
        if connection.vendor not in self._compiled:
            self._compiled[connection.vendor] = self._compile()
        pieces, slots = self._compiled[connection.vendor]
        statement, given = [pieces[0]], []
        for piece, slot in zip(pieces[1:], slots, strict=True):
            value = _stored(slot, values[slot.name]) if isinstance(slot, Slot) else slot
            many = value if isinstance(value, list) else [value]
            given += many
            statement += [", ".join(["%s"] * len(many)), piece]
        text = "".join(statement)
        return (text if limit is None else text.replace(str(_LIMIT), str(int(limit)))), given

    def _compile(self) -> tuple[list[str], list[Any]]:
        queryset = self._query()
        query: Any = queryset.query
        if self._update:
            query = queryset.query.chain(UpdateQuery)
            query.add_update_values(self._update)
        text, slots = query.get_compiler(connection=connection).as_sql()
        pieces = text.split("%s")
        if len(pieces) != len(slots) + 1 or "%%" in text:
            raise ValueError("the statement has a percent sign of its own")
        return pieces, list(slots)


ROWS = slice(None, _LIMIT)
"""For a prepared query: as many rows as ``limit`` says."""


def _stored(slot: Slot, value: Any) -> Any:
    """As the driver takes it; lists are of numbers, which need nothing."""
    return value if isinstance(value, list) else slot.output_field.get_db_prep_value(value, connection)
