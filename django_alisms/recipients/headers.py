"""Where the header row is, and when two headers are the same."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .cells import Cell, is_blank, without_invisible
from .column_aliases import names_of, phone_names

HEADER_ROWS = 10
"""The header is looked for in this many rows."""


@dataclass(frozen=True, slots=True)
class HeaderRow:
    """Where the header seems to be, counted from 0 among the rows looked at; None where no row looks like one.

    Not ``certain``: a person should say so, because other text stands above it (``above``), or there is none.
    """

    index: int | None
    certain: bool
    above: tuple[int, ...] = ()


def find_header(
    rows: Iterable[Sequence[Cell]],
    variables: Sequence[str],
    column_options: Mapping[str, str] | None = None,
    aliases: Mapping[str, Iterable[str]] | None = None,
) -> HeaderRow:
    """Look for the header in the first ten rows: the first that names the number, else the first that names a
    variable. Only blank rows above it make it certain."""
    told = {normal_header(header) for header in (column_options or {}).values()}
    phones = {normal_header(name) for name in phone_names(aliases)} | told
    names = {normal_header(name) for variable in variables for name in names_of(variable, aliases)}
    head = [row for row, _ in zip(rows, range(HEADER_ROWS), strict=False)]
    for known in (phones, names):
        for index, row in enumerate(head):
            if any(isinstance(cell, str) and normal_header(cell) in known for cell in row):
                above = tuple(place for place in range(index) if not all(map(is_blank, head[place])))
                return HeaderRow(index, certain=not above, above=above)
    return HeaderRow(None, certain=False)


def normal_header(text: str) -> str:
    """A header for comparison: half width, no case, no white space, no star, no colon, no "(required)".

    Folding may do here what it must not do in a number: nobody is dialled by a header.
    """
    folded = unicodedata.normalize("NFKC", without_invisible(text)).casefold()
    plain = re.sub(r"\s+", "", folded).strip("=").strip("'\"*:")
    return re.sub(r"\((?:必填|选填|必须|required|optional)\)", "", plain).strip("*:") or plain


def column_letter(index: int) -> str:
    """A, B, … Z, AA, as the spreadsheet program names it; ``index`` counts from 0."""
    letters = ""
    number = index + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def column_index(letters: str) -> int | None:
    """The index of a column given by its letters, or None when these are not a column's."""
    if not re.fullmatch("[A-Za-z]{1,3}", letters):
        return None
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
