"""The same number again: the same message, which goes once, or another one, which a person decides on.

The numbers of a million rows in a dict are 120 MB. Here they lie in three flat arrays with open addressing,
40 MB for a million, and still exactly: the number itself is the key, so no two are ever taken for one another.
Values are compared by a 64-bit hash. A taken place is left by the jumps of CPython's dict, because lists of
numbers in a row would make a block that a step of one has to cross.
"""

from array import array
from collections.abc import Iterable, Sequence
from enum import StrEnum
from operator import itemgetter
from typing import Any, NamedTuple


class DifferentValues(StrEnum):
    """What to do when a number comes with different values. Asked, because the last row is not always right."""

    ASK = "ask"
    KEEP_ALL = "keep_all"
    KEEP_FIRST = "keep_first"
    DROP_ALL = "drop_all"


class Seen(StrEnum):
    """What a row is to those before it."""

    NEW = "new"
    REPEATED = "repeated"
    DIFFERENT = "different"


class Sighting(NamedTuple):
    """``first_row``: the earlier row with this number (and, when repeated, these values); 0 when new."""

    seen: Seen
    first_row: int


NEW = Sighting(Seen.NEW, 0)
_beginning = itemgetter(0, 1, 2)
_FEWEST = 1 << 10


class Duplicates:
    """The numbers of one send so far, with their values.

    Every different pair of number and values is kept, so that a third row is compared with all before it.
    ``expected`` rows, where they are known, save the moments in which the arrays are copied to larger ones.
    """

    def __init__(self, expected: int = 0) -> None:
        size = _FEWEST
        while size * 2 < expected * 3:
            size *= 2
        self._mask = size - 1
        self._numbers, self._values, self._rows = _tables(size)
        # How many more fit before the tables are a third empty.
        self._room = size * 2 // 3
        self.different: set[int] = set()
        """Numbers met with different values. International ones carry their country code."""

    def __len__(self) -> int:
        return (self._mask + 1) * 2 // 3 - self._room

    def see(self, row: int, phone: str, params_json: str) -> Sighting:
        """Compare a row with those seen before, and remember it. ``phone``: digits only."""
        return self.see_all([(row, phone, params_json)]).get(row, NEW)

    def see_all(self, rows: Iterable[Sequence[Any]]) -> dict[int, Sighting]:
        """The same for rows that begin with number, phone and values, each compared with those before it too.

        By row number, those that are not new.
        """
        known: dict[int, Sighting] = {}
        numbers, all_values, all_rows, mask = self._numbers, self._values, self._rows, self._mask
        left = self._room
        for row, phone, params_json in map(_beginning, rows):
            number, values = int(phone), hash(params_json)
            place, scatter = number & mask, number
            first_row = 0
            while there := numbers[place]:
                if there == number:
                    if all_values[place] == values:
                        known[row] = Sighting(Seen.REPEATED, all_rows[place])
                        break
                    first_row = first_row or all_rows[place]
                scatter >>= 5
                place = (place * 5 + scatter + 1) & mask
            else:
                numbers[place], all_values[place], all_rows[place] = number, values, row
                left -= 1
                if first_row:
                    self.different.add(number)
                    known[row] = Sighting(Seen.DIFFERENT, first_row)
                if not left:
                    self._room = 0
                    self._grow()
                    numbers, all_values, all_rows, mask = self._numbers, self._values, self._rows, self._mask
                    left = self._room
        self._room = left
        return known

    def _grow(self) -> None:
        old = zip(self._numbers, self._values, self._rows, strict=True)
        size = (self._mask + 1) * 2
        numbers, values, rows = _tables(size)
        mask = size - 1
        for number, value, row in old:
            if number:
                place, scatter = number & mask, number
                while numbers[place]:
                    scatter >>= 5
                    place = (place * 5 + scatter + 1) & mask
                numbers[place], values[place], rows[place] = number, value, row
        self._room += size * 2 // 3 - (self._mask + 1) * 2 // 3
        self._numbers, self._values, self._rows, self._mask = numbers, values, rows, mask


def _tables(size: int) -> "tuple[array[int], array[int], array[int]]":
    return array("Q", (0,)) * size, array("q", (0,)) * size, array("I", (0,)) * size
