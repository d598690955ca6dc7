"""Mainland mobile numbers as people write them, brought to the eleven digits that are dialled, or refused.

Everything that is mended is named in an explicit map or pattern below. General compatibility folding is not
used: it turns a superscript into a digit and makes eleven digits of a damaged ten, and `\\d` and `int()` take
Arabic-Indic digits. A number that needs a guess is refused with the reason.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import date, time, timedelta
from functools import partial
from typing import NamedTuple

from .cells import INVISIBLE_CHARACTERS, Cell, distinct, is_error_value
from .reason_codes import Fix, Notice, Reason, Refusal

# The current mobile ranges. tests/recipients/test_phone_numbers.py holds them against the verdict of the
# phonenumbers library for every prefix of five digits.
MOBILE_PATTERN = r"1(?:[38][0-9]|4[57]|[59][0-35-9]|6[2567]|7[0-35-8])[0-9]{8}|1(?:610[0-9]|740[0-5])[0-9]{6}"
MOBILE = re.compile(MOBILE_PATTERN)


class GoodPhone(NamedTuple):
    """A number that may be dialled: eleven bare digits, or country code and number for one abroad."""

    number: str
    fixes: tuple[Fix, ...] = ()
    notices: tuple[Notice, ...] = ()


_FULL_WIDTH = str.maketrans("０１２３４５６７８９＋（）－．Ｅ", "0123456789+()-.E")  # fmt: skip
_INVISIBLE = dict.fromkeys(map(ord, INVISIBLE_CHARACTERS))
_SPACES = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63"
_DOTS = "\u00b7\u2027\u30fb"
_SEPARATORS = str.maketrans(
    dict.fromkeys(_SPACES, " ") | dict.fromkeys(_DASHES, "-") | dict.fromkeys(_DOTS, ".")
)
_QUOTES = "'\"`´‘’‚‛“”„‟′″＇＂"

_DECIMAL = re.compile(r"([0-9]+)\.([0-9]+)")
_SCIENTIFIC = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)? ?[eE] ?[+-]? ?[0-9]+")
_DRESSED = re.compile(
    r"(?:(\( ?(?:\+ ?|00)?86 ?\)|(?:\+ ?|00)?86)[ .-]{0,3})?([0-9](?:[ .-]{0,3}[0-9])*)"  # +86 138-0013-8000
)
_ABROAD = re.compile(r"\(?(?:\+|00) ?(?!86)[0-9() .-]+")
_BETWEEN_NUMBERS = re.compile(r"[/／\\、，,;；|｜&＆\n\r\t]+|[和或及]| {2,}")
_MASK = re.compile(r"[*＊×✱•●○◯_?？]+|[xX#＃]{2,}|\.{3,}|…")
_LOOKALIKES = frozenset("OoIilL|!〇零ОоΟο")
_NONE_WORDS = frozenset(
    "-|--|---|/|\\|.|?|？|0|无|無|空|没有|暂无|未填|未知|不详|未提供|无电话|无手机|无号码".split("|")  # noqa: SIM905
) | {"n/a", "na", "none", "nan", "null", "nil", "tbd"}

_LANDLINE = re.compile(r"0(?:10|2[0-9]|[3-9][0-9]{2})[0-9]{7,13}|[2-9][0-9]{6,7}")
_LANDLINE_ABROAD_STYLE = re.compile(r"(?:10|2[0-9])[0-9]{8}|[3-9][0-9]{9,10}")  # after +86, without its 0
_SERVICE = re.compile(r"[48]00[0-9]{7}|95[0-9]{3,7}|1[0-2][0-9]{1,4}|106[0-9]{5,17}|9[0-9]{4}")
_NEIGHBOURS = re.compile(r"85[23][0-9]{8}|886[0-9]{9}")


_is_mobile = MOBILE.fullmatch
# What the class itself does, without its look-up of defaults, which costs as much as the match.
_good: Callable[[tuple[str, tuple[Fix, ...], tuple[Notice, ...]]], GoodPhone] = partial(
    tuple.__new__, GoodPhone
)


def judge_phone(cell: Cell) -> GoodPhone | Refusal:
    """Judge one cell of the phone column by the mainland rules.

    In: the cell as the reader gave it. Out: the eleven digits with what was mended, or the reason against.
    Never raises. The common case, eleven clean digits, costs one match of one compiled pattern.
    """
    if type(cell) is str:
        return _good((cell, (), ())) if _is_mobile(cell) else _judge_text(cell)
    if type(cell) is float:
        return _judge_float(cell)
    if type(cell) is int:
        return _judge_whole(cell)
    if cell is None:
        return Refusal(Reason.PHONE_EMPTY)
    if isinstance(cell, bool):
        return Refusal(Reason.PHONE_TEXT)
    if isinstance(cell, date | time | timedelta):
        return Refusal(Reason.PHONE_DATE)
    return _judge_text(str(cell))


def counts_as_number(cell: Cell) -> bool:
    """Whether the cell has at least seven digits.

    A phone column without one such cell is most likely another column: the caller asks which one it is.
    """
    if isinstance(cell, bool) or cell is None:
        return False
    if isinstance(cell, int | float):
        return abs(cell) >= 1_000_000
    return isinstance(cell, str) and sum(character.isdigit() for character in cell) >= 7


def masked(phone: str) -> str:
    """``138****8000``: enough to recognise a number, too little to dial it. For logs and pages."""
    if len(phone) < 7:
        return "*" * len(phone)
    return f"{phone[:3]}{'*' * (len(phone) - 7)}{phone[-4:]}"


# As people write a mobile number in the middle of a text: in one piece or in groups, with its country or without.
_IN_A_TEXT = re.compile(
    r"(?<![0-9])((?:\+?86|0086)?[ -]?)(1[3-9][0-9])[ -]?([0-9]{4})[ -]?([0-9]{4})(?![0-9])"
)


def numbers_masked(text: str) -> str:
    """The text with every mainland mobile number in it masked, whoever's it is."""
    return _IN_A_TEXT.sub(r"\1\2****\4", text)


def _judge_float(number: float) -> GoodPhone | Refusal:
    try:
        whole = int(number)
    except (ValueError, OverflowError):  # nan, inf
        return Refusal(Reason.PHONE_NONE)
    return _judge_whole(whole) if whole == number else Refusal(Reason.PHONE_FRACTION)


def _judge_whole(number: int) -> GoodPhone | Refusal:
    digits = str(number)
    if not MOBILE.fullmatch(digits):
        return _judge_text(digits)
    if digits.endswith("000000"):
        # What a spreadsheet makes of 1.38E+10 cannot be told from a number that really is so.
        return GoodPhone(digits, (), (Notice.SIX_ZEROS,))
    return GoodPhone(digits)


def clean_text(text: str) -> tuple[str, list[Fix]]:
    """The text with ASCII digits and signs, without invisible marks, quotes and white space around it.

    Spaces, dashes and dots of every kind inside become the plain ones. Out too: what was mended on the way.
    """
    fixes: list[Fix] = []
    narrow = text.translate(_FULL_WIDTH)
    if narrow != text:
        fixes.append(Fix.FULL_WIDTH)
    visible = narrow.translate(_INVISIBLE)
    if visible != narrow:
        fixes.append(Fix.INVISIBLE)
    plain = visible.translate(_SEPARATORS).strip()
    if plain != visible:
        fixes.append(Fix.SEPARATORS)
    bare = _without_quotes(plain)
    if bare != plain:
        fixes.append(Fix.QUOTES)
    return bare, fixes


def _judge_text(text: str) -> GoodPhone | Refusal:
    bare, fixes = clean_text(text)
    if not bare:
        return Refusal(Reason.PHONE_EMPTY)
    if is_error_value(bare):
        return Refusal(Reason.FORMULA_ERROR, {"value": bare})
    if bare.casefold() in _NONE_WORDS:
        return Refusal(Reason.PHONE_NONE)
    decimal = _DECIMAL.fullmatch(bare)
    if decimal:
        # Without its dot 1380013800.0 has eleven digits and is a stranger: read it as the decimal it is.
        if decimal[2].strip("0"):
            return Refusal(Reason.PHONE_FRACTION)
        bare = decimal[1]
        fixes.append(Fix.DECIMAL_ZERO)
    dressed = _DRESSED.fullmatch(bare)
    if dressed:
        number = dressed[2]
        if not number.isdigit():
            number = number.replace(" ", "").replace("-", "").replace(".", "")
        if MOBILE.fullmatch(number):
            if dressed[1]:
                fixes.append(Fix.COUNTRY_CODE)
            if len(bare) > len(dressed[1] or "") + len(number) and Fix.SEPARATORS not in fixes:
                fixes.append(Fix.SEPARATORS)
            return GoodPhone(number, tuple(fixes))
    return _refusal(bare, dressed)


def _without_quotes(text: str) -> str:
    """Without quotes around it, and without the ``="…"`` that some systems write to keep digits a text."""
    if text.startswith('="') and text.endswith('"') and len(text) > 3:
        text = text[1:]
    return text.strip(_QUOTES).strip()


def _refusal(text: str, dressed: re.Match[str] | None) -> Refusal:
    """Why this text, which is no mainland mobile, is none: the most telling reason first."""
    if _SCIENTIFIC.fullmatch(text):
        return Refusal(Reason.PHONE_SCIENTIFIC)
    odd = [
        character
        for character in text
        if not character.isascii() and unicodedata.digit(character, None) is not None
    ]
    if odd:
        decimal = any(unicodedata.category(character) == "Nd" for character in odd)
        reason = Reason.PHONE_FOREIGN_DIGITS if decimal else Reason.PHONE_SUPERSCRIPT
        return Refusal(reason, {"characters": distinct(odd)})
    digits = [character for character in text if "0" <= character <= "9"]
    if not digits:
        return Refusal(Reason.PHONE_TEXT)
    if len(digits) >= 3 and _MASK.search(text):
        return Refusal(Reason.PHONE_MASKED)
    if dressed:
        return _refusal_of_digits(re.sub(r"[^0-9]", "", dressed[2]), dressed[1] or "")
    pieces = sorted(sum("0" <= c <= "9" for c in piece) for piece in _BETWEEN_NUMBERS.split(text))
    if len(pieces) > 1 and pieces[-1] >= 7 and pieces[-2] >= 3:
        return Refusal(Reason.PHONE_SEVERAL)
    if _ABROAD.fullmatch(text):
        return Refusal(Reason.PHONE_OVERSEAS)
    others = [c for c in text if not ("0" <= c <= "9" or c in " .-+()")]
    if others and len(digits) >= 6 and _LOOKALIKES.issuperset(others):
        return Refusal(Reason.PHONE_LETTERS, {"characters": distinct(others)})
    if len(digits) < 7 and any(character.isalpha() for character in others):
        return Refusal(Reason.PHONE_TEXT)
    return Refusal(
        Reason.PHONE_OTHER_CHARACTERS, {"characters": distinct(others or list(text.strip("0123456789 ")))}
    )


def _refusal_of_digits(digits: str, prefix: str) -> Refusal:
    if prefix == "86" and len(digits) < 10:  # no country code, but a number that happens to begin so
        return _refusal_of_digits(prefix + digits, "")
    count = {"digits": len(digits)}
    if digits.startswith("0") and MOBILE.fullmatch(digits[1:]):
        return Refusal(Reason.PHONE_LEADING_ZERO)
    if not prefix and digits.startswith("00"):
        return Refusal(Reason.PHONE_OVERSEAS)
    if prefix and _LANDLINE_ABROAD_STYLE.fullmatch(digits):
        return Refusal(Reason.PHONE_LANDLINE)
    if _SERVICE.fullmatch(digits):
        return Refusal(Reason.PHONE_SERVICE)
    if _LANDLINE.fullmatch(digits):
        return Refusal(Reason.PHONE_LANDLINE)
    if _NEIGHBOURS.fullmatch(digits):
        return Refusal(Reason.PHONE_OVERSEAS)
    if len(digits) == 22 and MOBILE.fullmatch(digits[:11]) and MOBILE.fullmatch(digits[11:]):
        return Refusal(Reason.PHONE_SEVERAL)
    if len(digits) < 11:
        return Refusal(Reason.PHONE_TOO_SHORT, count | {"missing": 11 - len(digits)})
    if len(digits) > 11:
        return Refusal(Reason.PHONE_TOO_LONG, count)
    return Refusal(Reason.PHONE_NOT_MOBILE, {"prefix": digits[:3]})
