"""The codes a judged row can carry: why it was refused, what was mended, what deserves a look.

They are stored and stand in JSON for other people's scripts, so a code never changes its meaning. The words
for them are in ``reasons``; nothing of Django is needed here.
"""

from enum import StrEnum
from typing import Any, NamedTuple


class Reason(StrEnum):
    """Why a row was refused."""

    PHONE_EMPTY = "phone_empty"
    PHONE_NONE = "phone_none"
    PHONE_TOO_SHORT = "phone_too_short"
    PHONE_TOO_LONG = "phone_too_long"
    PHONE_NOT_MOBILE = "phone_not_mobile"
    PHONE_LANDLINE = "phone_landline"
    PHONE_SERVICE = "phone_service"
    PHONE_SCIENTIFIC = "phone_scientific"
    PHONE_SEVERAL = "phone_several"
    PHONE_LETTERS = "phone_letters"
    PHONE_MASKED = "phone_masked"
    PHONE_OVERSEAS = "phone_overseas"
    PHONE_LEADING_ZERO = "phone_leading_zero"
    PHONE_SUPERSCRIPT = "phone_superscript"
    PHONE_FOREIGN_DIGITS = "phone_foreign_digits"
    PHONE_FRACTION = "phone_fraction"
    PHONE_TEXT = "phone_text"
    PHONE_OTHER_CHARACTERS = "phone_other_characters"
    PHONE_DATE = "phone_date"
    PHONE_DOMESTIC = "phone_domestic"
    PHONE_NO_COUNTRY = "phone_no_country"
    PHONE_INVALID_ABROAD = "phone_invalid_abroad"

    FORMULA_ERROR = "formula_error"
    FORMULA_WITHOUT_VALUE = "formula_without_value"
    EXTERNAL_LINK = "external_link"
    COVERED_BY_MERGE = "covered_by_merge"
    RAGGED_ROW = "ragged_row"

    VALUE_EMPTY = "value_empty"
    VALUE_TOO_LONG = "value_too_long"
    VALUE_TOO_SHORT = "value_too_short"
    VALUE_LONG_NUMBER = "value_long_number"
    VALUE_NOT_FINITE = "value_not_finite"
    VALUE_DATE_FORMAT = "value_date_format"
    VALUE_LINK = "value_link"
    VALUE_BRACKETS = "value_brackets"
    VALUE_CONTROL = "value_control"
    VALUE_EMOJI = "value_emoji"
    VALUE_NOT_A_CODE = "value_not_a_code"
    VALUE_NOT_LETTERS = "value_not_letters"
    VALUE_NOT_A_PHONE = "value_not_a_phone"
    VALUE_NOT_A_TIME = "value_not_a_time"
    MESSAGE_TOO_LONG = "message_too_long"
    REPEATED = "repeated"
    ALREADY_IN_DRAFT = "already_in_draft"
    SAME_NUMBER_DIFFERENT_VALUES = "same_number_different_values"

    # Of people taken over from another send.
    NUMBER_BAD_FOR_GOOD = "number_bad_for_good"
    OPTED_OUT = "opted_out"
    IN_ANOTHER_SEND = "in_another_send"


class Fix(StrEnum):
    """What was mended in a cell. The row is taken; the report counts these."""

    SEPARATORS = "separators"
    COUNTRY_CODE = "country_code"
    FULL_WIDTH = "full_width"
    INVISIBLE = "invisible"
    QUOTES = "quotes"
    DECIMAL_ZERO = "decimal_zero"


class Notice(StrEnum):
    """What deserves a look in a row that was taken."""

    SIX_ZEROS = "six_zeros"
    UNUSUAL_HANZI = "unusual_hanzi"
    SPECIAL_CHARACTERS = "special_characters"
    CONTACT = "contact"
    INVISIBLE_CHARACTERS = "invisible_characters"
    DIRECTION_CHARACTERS = "direction_characters"
    LOOKALIKE_LETTERS = "lookalike_letters"
    UNEXPECTED_KIND = "unexpected_kind"


class Refusal(NamedTuple):
    """Why a cell was refused, with what its sentence needs."""

    reason: Reason
    facts: dict[str, Any] = {}


class Remark(NamedTuple):
    """A notice about a cell that was taken, with what its sentence needs."""

    notice: Notice
    facts: dict[str, Any] = {}
