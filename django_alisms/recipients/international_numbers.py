"""Numbers outside the mainland, for international templates only: judged by the phonenumbers library.

The library is the extra ``international``; without it an international template cannot be used, and says so.
Rule: Alibaba Cloud's SendBatchSms page wants country code and number without ``+`` or ``00``.
"""

import re
from types import ModuleType

from .cells import Cell
from .phone_numbers import GoodPhone, clean_text, judge_phone
from .reason_codes import Fix, Reason, Refusal


class InternationalExtraMissing(RuntimeError):
    """The phonenumbers library is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "International templates need the phonenumbers library: pip install 'django-alisms[international]'"
        )


_SHAPE = re.compile(r"(\+|00)? ?([0-9 .-]{5,30})")
_MAINLAND_REFUSALS_THAT_STAND = frozenset(
    [
        Reason.PHONE_EMPTY,
        Reason.PHONE_NONE,
        Reason.PHONE_SCIENTIFIC,
        Reason.PHONE_SEVERAL,
        Reason.PHONE_LETTERS,
        Reason.PHONE_MASKED,
        Reason.PHONE_SUPERSCRIPT,
        Reason.PHONE_FOREIGN_DIGITS,
        Reason.PHONE_FRACTION,
        Reason.PHONE_TEXT,
        Reason.PHONE_DATE,
        Reason.FORMULA_ERROR,
    ]
)


def library() -> ModuleType:
    """The phonenumbers library, imported when first needed. Raises InternationalExtraMissing."""
    try:
        import phonenumbers
    except ImportError as missing:
        raise InternationalExtraMissing from missing
    return phonenumbers


def judge_international_phone(cell: Cell) -> GoodPhone | Refusal:
    """Judge one cell of the phone column of an international template.

    Taken: ``+`` or ``00`` or nothing, then country code and number. A mainland number is refused, also without
    its +86, although eleven such digits may be a number in America: with ``+1`` it is one.
    """
    phonenumbers = library()
    mainland = judge_phone(cell)
    if isinstance(mainland, GoodPhone):
        return Refusal(Reason.PHONE_DOMESTIC)
    if mainland.reason in _MAINLAND_REFUSALS_THAT_STAND:
        return mainland
    text, fixes = clean_text(str(int(cell)) if isinstance(cell, float) else str(cell))
    shape = _SHAPE.fullmatch(re.sub("[()]", " ", text).strip())
    if not shape:
        return mainland
    digits = re.sub("[^0-9]", "", shape[2])
    if len(digits) < len(shape[2]) and Fix.SEPARATORS not in fixes:
        fixes.append(Fix.SEPARATORS)
    if not shape[1] and len(digits) == 11 and digits.startswith("1"):
        return Refusal(Reason.PHONE_NO_COUNTRY)  # America's, or a mainland number with a wrong digit
    try:
        number = phonenumbers.parse(f"+{digits}")
    except phonenumbers.NumberParseException:
        return Refusal(Reason.PHONE_NO_COUNTRY)
    if number.country_code == 86:
        return Refusal(Reason.PHONE_DOMESTIC)
    kinds = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)
    if not phonenumbers.is_valid_number(number):
        return Refusal(Reason.PHONE_INVALID_ABROAD if shape[1] else Reason.PHONE_NO_COUNTRY)
    if phonenumbers.number_type(number) not in kinds:
        return Refusal(Reason.PHONE_INVALID_ABROAD)
    return GoodPhone(f"{number.country_code}{phonenumbers.national_significant_number(number)}", tuple(fixes))
