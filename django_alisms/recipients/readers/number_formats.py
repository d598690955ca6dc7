"""What a number's format shows: the form of ``values.number_text`` that writes the number as the person sees it."""

from __future__ import annotations

import re

from ..reason_codes import Refusal
from ..values import number_text

STORED, OTHER = "stored", "other"
"""As it is stored; and a format that none of our forms writes."""

_BUILT_IN = {
    **dict.fromkeys((0, 49), "General"),
    **dict.fromkeys((1,), "0"),
    **dict.fromkeys((2,), "0.00"),
    **dict.fromkeys((3, 37, 38, 41, 42), "#,##0"),
    **dict.fromkeys((4, 39, 40, 43, 44), "#,##0.00"),
    9: "0%",
    10: "0.00%",
    **dict.fromkeys((11, 48), "0.00E+00"),
    **dict.fromkeys((12, 13), "# ?/?"),
}
_BESIDE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_WORDS = re.compile(r'"([^"]*)"|\\(.)')
_MOMENT = re.compile(r"[ymdhs]", re.IGNORECASE)
_FORM = re.compile(r"(?:(?P<grouped>#,##)|(?P<pad>0+)|#*)0(?:\.(?P<decimals>0+))?(?P<percent>%)?")


def form_of(identity: int, code: str = "") -> str:
    """The form of a number format; empty for one of dates, which the reader has made dates already."""
    code = (code or _BUILT_IN.get(identity, "yyyy")).partition(";")[0].strip()
    plain = _BESIDE.sub("", code).strip()
    words = "".join(quoted or escaped for quoted, escaped in _WORDS.findall(code))
    if plain.lower() in ("general", "@", ""):
        return OTHER if words.strip() else STORED
    if _MOMENT.search(plain):
        return ""
    found = _FORM.fullmatch(plain)
    if found is None or words.strip() or "[$" in code:
        return OTHER
    decimals = len(found["decimals"] or "")
    if found["percent"]:
        return f"percent.{decimals}" if not found["pad"] else OTHER
    if found["grouped"]:
        return f"grouped.{decimals}"
    if found["pad"]:
        return OTHER if decimals else f"pad.{len(found['pad']) + 1}"
    return f"fixed.{decimals}"


def shown(number: float, form: str) -> str:
    """The number as this form writes it; empty where it has no text."""
    text = number_text(number, STORED if form == OTHER else form)
    return "" if isinstance(text, Refusal) else text


def form_seen(number: float, text: str) -> str:
    """The form in which this text is the number; ods files keep what was seen."""
    if shown(number, STORED) == text:
        return STORED
    decimals = len(text.rstrip("%").partition(".")[2])
    candidates = [f"{kind}.{decimals}" for kind in ("percent", "fixed", "grouped")]
    candidates.append(f"pad.{len(text.lstrip('-'))}")
    return next((form for form in candidates if shown(number, form) == text), OTHER)
