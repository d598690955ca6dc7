"""A cell as the text that a person sees in the spreadsheet, because that text is what will be sent.

A text is taken as it is. Where sight and store differ (dates, percents, padded zeros) the caller asks and
hands the answer in: ``date_format`` and ``number_form``.
"""

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from math import isfinite

from .cells import Cell, is_error_value
from .reason_codes import Reason, Refusal

SPREADSHEET_DIGITS = 15
"""A number cell keeps this many digits; what comes after them was lost when it was typed."""

DATE_FORMATS: dict[str, str] = {
    "iso": "{0.year:04d}-{0.month:02d}-{0.day:02d}",
    "slash": "{0.year:04d}/{0.month:02d}/{0.day:02d}",
    "chinese": "{0.year}年{0.month}月{0.day}日",
    "chinese_month_day": "{0.month}月{0.day}日",
}
"""How dates can be written, by the name under which the answer is remembered; the first is offered first."""

_NUMBER_FORM = re.compile(r"(percent|fixed|grouped|pad)\.([0-9]{1,2})")


def text_of(cell: Cell, date_format: str = "", number_form: str = "stored") -> str | Refusal:
    """The text of a cell.

    ``date_format``: a key of DATE_FORMATS; empty while nobody has chosen, and then a date is refused.
    ``number_form``: see ``number_text``. Out: the text, which may be empty, or the reason why there is none.
    """
    if isinstance(cell, str):
        return Refusal(Reason.FORMULA_ERROR, {"value": cell.strip()}) if is_error_value(cell) else cell
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, int | float):
        return number_text(cell, number_form)
    if not date_format:
        return Refusal(Reason.VALUE_DATE_FORMAT)
    return date_text(cell, date_format)


def number_text(number: int | float, form: str = "stored") -> str | Refusal:
    """A number without exponent, without ``.0``, without binary artefacts: 0.1 + 0.2 is 0.3.

    ``form`` is what the column's format shows: ``stored`` as stored, ``percent.N`` 0.85 as 85%, ``fixed.N``
    with N decimals, ``grouped.N`` with thousands separated too, ``pad.N`` filled with zeros to N digits. Halves
    are rounded away from zero, as spreadsheets do. More than 15 digits before the point are refused.
    """
    if isinstance(number, float) and not isfinite(number):
        return Refusal(Reason.VALUE_NOT_FINITE)
    if abs(number) >= 10**SPREADSHEET_DIGITS:
        return Refusal(Reason.VALUE_LONG_NUMBER, {"digits": len(str(abs(int(number))))})
    if isinstance(number, float) and number.is_integer():
        number = int(number)
    if form == "stored":
        return str(number) if isinstance(number, int) else _positional(_as_shown(number))
    match = _NUMBER_FORM.fullmatch(form)
    if not match:
        raise ValueError(f"unknown number form {form!r}")
    return _FORMS[match[1]](_as_shown(number), int(match[2]))


def _as_shown(number: int | float) -> Decimal:
    """The number by its first fifteen digits, which is all that the spreadsheet program knows of it."""
    return Decimal(f"{number:.{SPREADSHEET_DIGITS}g}")


def _positional(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _rounded(number: Decimal, decimals: int) -> Decimal:
    rounded = number.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return rounded if rounded else abs(rounded)


def _padded(number: Decimal, digits: int) -> str:
    text = f"{_rounded(number, 0):f}"
    return "-" + text[1:].zfill(digits) if text.startswith("-") else text.zfill(digits)


_FORMS: dict[str, Callable[[Decimal, int], str]] = {
    "percent": lambda number, decimals: f"{_rounded(number * 100, decimals):f}%",
    "fixed": lambda number, decimals: f"{_rounded(number, decimals):f}",
    "grouped": lambda number, decimals: f"{_rounded(number, decimals):,f}",
    "pad": _padded,
}


def is_number_form(form: str) -> bool:
    """Whether ``number_text`` knows this form."""
    return form == "stored" or _NUMBER_FORM.fullmatch(form) is not None


def date_text(moment: date | datetime | time | timedelta, date_format: str) -> str:
    """A date, time or duration as text; without the midnight of a date, and without seconds if there are none."""
    if isinstance(moment, timedelta):
        return _duration_text(moment)
    if isinstance(moment, time):
        return _time_text(moment)
    text = DATE_FORMATS[date_format].format(moment)
    if isinstance(moment, datetime) and moment.time() != time.min:
        return f"{text} {_time_text(moment.time())}"
    return text


def date_samples(moment: date | datetime | time | timedelta) -> dict[str, str]:
    """This moment in every form that can be chosen, for the question on the page."""
    return {name: date_text(moment, name) for name in DATE_FORMATS}


def _time_text(moment: time) -> str:
    return f"{moment:%H:%M:%S}" if moment.second else f"{moment:%H:%M}"


def _duration_text(duration: timedelta) -> str:
    seconds = round(duration.total_seconds())
    sign = "-" if seconds < 0 else ""
    minutes, second = divmod(abs(seconds), 60)
    hour, minute = divmod(minutes, 60)
    return f"{sign}{hour}:{minute:02d}" + (f":{second:02d}" if second else "")
