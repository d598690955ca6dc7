"""The same number again: the same message, which goes once, or another one, which a person decides on.

The numbers of a million rows in a dict are 120 MB. Here they lie in three flat arrays with open addressing,
40 MB for a million, and still exactly: the number itself is the key, so no two are ever taken for one another.
Values are compared by a 64-bit hash. A taken place is left by the jumps of CPython's dict, because lists of
numbers in a row would make a block that a step of one has to cross.
"""

from array import array
from enum import StrEnum
from typing import NamedTuple


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


_NEW = Sighting(Seen.NEW, 0)
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
        self._count = 0
        self.different: set[int] = set()
        """Numbers met with different values. International ones carry their country code."""

    def __len__(self) -> int:
        return self._count

    def see(self, row: int, phone: str, params_json: str) -> Sighting:
        """Compare a row with those seen before, and remember it. ``phone``: digits only."""
        number, values = int(phone), hash(params_json)
        numbers, mask = self._numbers, self._mask
        place, scatter = number & mask, number
        first_row = 0
        while known := numbers[place]:
            if known == number:
                if self._values[place] == values:
                    return Sighting(Seen.REPEATED, self._rows[place])
                first_row = first_row or self._rows[place]
            scatter >>= 5
            place = (place * 5 + scatter + 1) & mask
        numbers[place], self._values[place], self._rows[place] = number, values, row
        self._count += 1
        if self._count * 3 > mask * 2:
            self._grow()
        if first_row:
            self.different.add(number)
            return Sighting(Seen.DIFFERENT, first_row)
        return _NEW

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
        self._numbers, self._values, self._rows, self._mask = numbers, values, rows, mask


def _tables(size: int) -> "tuple[array[int], array[int], array[int]]":
    return array("Q", (0,)) * size, array("q", (0,)) * size, array("I", (0,)) * size
