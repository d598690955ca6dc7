"""Many rows judged at once, where there is nothing to say about any of them: most of most lists.

A stretch of rows is one text, matched whole by one pattern; a call for each row and cell would cost more than all
else that becomes of it. Whatever is not plain is judged row by row, with the same verdict for every row of it.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import repeat
from operator import itemgetter
from typing import Any

from . import links
from .cells import Cell
from .columns import ColumnMap
from .judged_rows import AcceptedRow
from .parts import LONGEST_MESSAGE, ONE_PART, parts_of
from .phone_numbers import MOBILE_PATTERN
from .value_checks import BETWEEN

NumberedRow = tuple[int, Sequence[Cell]]

_join = BETWEEN.join
_number, _cells = itemgetter(0), itemgetter(1)
_are_mobiles = re.compile(f"(?>(?:{MOBILE_PATTERN}){BETWEEN})*+").fullmatch
# A named tuple made by its own class's __new__ costs twice as much.
_accepted = partial(tuple.__new__, AcceptedRow)


class PlainRows:
    """The shortest way of one import.

    ``patterns``: of each variable's plain values (``value_checks.plain_pattern``), in the order of the columns.
    ``names``: the variables as JSON texts. ``fixed``: how long the message is without its values. ``width``: how many
    cells each row must have; 0 where that does not matter.
    """

    def __init__(
        self, columns: ColumnMap, patterns: Iterable[str], names: Iterable[str], fixed: int, width: int
    ) -> None:
        self._phone = itemgetter(columns.phone)
        self._values = _getter([index for _name, index in columns.variables])
        cells = [f"(?:{pattern})" for pattern in patterns]
        # A row without values is what stands between rows all the same.
        self._betweens = max(len(cells), 1)
        row = "".join(cell + BETWEEN for cell in cells) or BETWEEN
        # Possessive: a row that has matched is not tried again in another way because a later one does not.
        self._are_plain = re.compile(f"(?>{row})*+").fullmatch
        # The number goes into nothing; plain values need no escapes.
        escaped = [name.replace("%", "%%") for name in names]
        self._json = "{" + ",".join(f'{name}:"%s"' for name in escaped) + "}"
        self._fixed = fixed - len(self._json % (("",) * len(cells)))
        self._width = width

    def judge(self, rows: Sequence[NumberedRow]) -> list[AcceptedRow] | None:
        """All of them, accepted; None where at least one of them wants a closer look."""
        cells = list(map(_cells, rows))
        if self._width and set(map(len, cells)) != {self._width}:
            return None
        try:
            phones: list[Any] = list(map(self._phone, cells))
            values: list[Sequence[Any]] = list(map(self._values, cells))
            numbers, text = _join(phones) + BETWEEN, _join(map(_join, values)) + BETWEEN
        except (IndexError, TypeError):  # a row is too short, or a cell is no text
            return None
        # The counts: what stands between cells stands in none of them, so nobody's value can pass for another row.
        if numbers.count(BETWEEN) != len(rows) or not _are_mobiles(numbers):
            return None
        if text.count(BETWEEN) != len(rows) * self._betweens or not self._are_plain(text):
            return None
        # Contacts are looked for in all values at once; one that only seems to be there costs a closer look.
        if links.PHONE_NUMBER.search(text) or links.CHAT_ID.search(text):
            return None
        params = list(map(self._json.__mod__, map(tuple, values)))
        lengths = [self._fixed + length for length in map(len, params)]
        longest = max(lengths)
        if longest > LONGEST_MESSAGE:
            return None
        parts: Iterable[int] = repeat(1) if longest <= ONE_PART else map(parts_of, lengths)
        places = map(_number, rows)
        return list(
            map(_accepted, zip(places, phones, params, parts, repeat(()), lengths, repeat(()), strict=False))
        )


def _getter(places: Sequence[int]) -> Callable[[Sequence[Any]], Sequence[Any]]:
    """Cells of a row, as a sequence however many there are."""
    if not places:
        return lambda _cells: ()
    # Of one place itemgetter makes no tuple.
    return itemgetter(*places) if len(places) > 1 else itemgetter(slice(places[0], places[0] + 1))
