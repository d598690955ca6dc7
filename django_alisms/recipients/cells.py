"""A cell as the readers hand it over, and what a spreadsheet program writes where a value should be."""

import re
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

Cell = str | int | float | bool | date | datetime | time | timedelta | None
"""A text, a number, a truth, a moment, or nothing. ``datetime`` is a ``date`` too: ask for it first."""

INVISIBLE_CHARACTERS = (
    "\u00ad\u034f\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\u206a\u206b\u206c\u206d\u206e\u206f\ufeff"
)
"""Marks without a shape: str.strip() leaves them, contacts apps and web pages put them around numbers."""

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

_REMOVE_INVISIBLE = dict.fromkeys(map(ord, INVISIBLE_CHARACTERS))

# Excel's and WPS's error values, and LibreOffice's "Err:502".
_ERROR_VALUE = re.compile(
    r"#(?:N/A|REF!|DIV/0!|VALUE!|NAME\?|NUM!|NULL!|SPILL!|CALC!|FIELD!|BLOCKED!|CONNECT!|BUSY!|UNKNOWN!|"
    r"GETTING_DATA)|Err:[0-9]{3}"
)


def without_invisible(text: str) -> str:
    """The text without the marks that have no shape."""
    return text.translate(_REMOVE_INVISIBLE)


def is_blank(cell: Cell) -> bool:
    """Nothing, an empty text, or a text of white space and invisible marks only."""
    if cell is None:
        return True
    return isinstance(cell, str) and not without_invisible(cell).strip()


def is_error_value(cell: Cell) -> bool:
    """Whether the cell says that its formula failed, such as ``#N/A``."""
    return isinstance(cell, str) and _ERROR_VALUE.fullmatch(cell.strip()) is not None


def distinct(characters: Iterable[str], most: int = 5) -> str:
    """The first few different characters, for a sentence; those without a shape by their code, ``U+200B``."""
    shown = [
        character if character.isprintable() and not character.isspace() else f"U+{ord(character):04X}"
        for character in dict.fromkeys(characters)
    ]
    return " ".join(shown[:most])


def cell_as_typed(cell: Cell, limit: int = 200) -> str:
    """The cell as a person would recognise it in a report, at most ``limit`` characters, always valid UTF-8.

    A whole number has no ``.0`` and no exponent; a date is ISO; NUL and lone surrogates become U+FFFD, because
    databases and pages cannot hold them.
    """
    if cell is None:
        return ""
    if isinstance(cell, bool):
        text = "TRUE" if cell else "FALSE"
    elif isinstance(cell, float):
        text = str(int(cell)) if cell.is_integer() and abs(cell) < 1e21 else f"{cell:.15g}"
    elif isinstance(cell, datetime):
        text = cell.isoformat(" ", "seconds").removesuffix(" 00:00:00")
    elif isinstance(cell, str):
        text = _UNSTORABLE.sub("\ufffd", cell)
    else:
        text = str(cell)
    return text if len(text) <= limit else text[: limit - 1] + "…"
