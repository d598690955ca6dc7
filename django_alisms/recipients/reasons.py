"""The words for why a row was not taken, what was mended and what deserves a look: one table, three columns.

The codes are those of ``reason_codes``; sentences are translated when they are shown, not when they are made.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from .reason_codes import Fix, Notice, Reason

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

__all__ = [
    "Fix",
    "Notice",
    "Reason",
    "explanation",
    "fix_sentence",
    "heading",
    "notice_sentence",
    "remedy",
    "sentence",
]


class Words(NamedTuple):
    """How a reason is told: a heading to count under, the sentence for one row, what to do."""

    heading: "_StrPromise"
    sentence: "_StrPromise"
    remedy: "_StrPromise"


_RETYPE = _("Type the number again from its source; first set the column's format to text")
_COMPLETE = _("Check the number and complete it")
_USE_MOBILE = _("Use a mobile number, or delete this row")
_ONE_BY_ONE = _("Leave one number in each row; to send to both, make two rows of it")
_FILL_IN = _("Fill it in, or delete this row")
_DELETE_THEM = _("Delete these characters")

WORDS: dict[Reason, Words] = {
    Reason.PHONE_EMPTY: Words(_("No number"), _("The number is empty"), _FILL_IN),
    Reason.PHONE_NONE: Words(_("No number"), _("There is no number, only a word that says so"), _FILL_IN),
    Reason.PHONE_TOO_SHORT: Words(
        _("Number too short (cut off)"),
        _("Only {digits} digits; a mobile number has 11, {missing} more"),
        _COMPLETE,
    ),
    Reason.PHONE_TOO_LONG: Words(
        _("Number too long"),
        _("{digits} digits; a mobile number has 11"),
        _("Check the number and take out what is too much"),
    ),
    Reason.PHONE_NOT_MOBILE: Words(
        _("Not a mobile number"),
        _("No mobile number begins with {prefix}"),
        _("Check the number against its source"),
    ),
    Reason.PHONE_LANDLINE: Words(
        _("Not a mobile number"), _("A landline, which cannot receive messages"), _USE_MOBILE
    ),
    Reason.PHONE_SERVICE: Words(
        _("Not a mobile number"), _("A service or short number, not a mobile number"), _USE_MOBILE
    ),
    Reason.PHONE_SCIENTIFIC: Words(
        _("Number in scientific notation"),
        _("The spreadsheet stored the number in scientific notation; its last digits are lost"),
        _RETYPE,
    ),
    Reason.PHONE_SEVERAL: Words(
        _("Several numbers in one cell"), _("There are several numbers in one cell"), _ONE_BY_ONE
    ),
    Reason.PHONE_LETTERS: Words(
        _("Letters in the number"),
        _("Letters stand where digits should be: {characters}"),
        _("Replace them by the digits that are meant, such as O by 0"),
    ),
    Reason.PHONE_MASKED: Words(
        _("Masked number"), _("Part of the number is hidden"), _("Export the list again with full numbers")
    ),
    Reason.PHONE_OVERSEAS: Words(
        _("Number outside the mainland"),
        _("A number outside the mainland; this template is for the mainland only"),
        _("Delete this row, or use an international template"),
    ),
    Reason.PHONE_LEADING_ZERO: Words(
        _("Zero before the number"),
        _("A 0 stands before the mobile number"),
        _("Take out the 0 if the rest is right"),
    ),
    Reason.PHONE_SUPERSCRIPT: Words(
        _("Unusual digits in the number"), _("Raised or circled digits in the number: {characters}"), _RETYPE
    ),
    Reason.PHONE_FOREIGN_DIGITS: Words(
        _("Unusual digits in the number"), _("Digits of another script in the number: {characters}"), _RETYPE
    ),
    Reason.PHONE_FRACTION: Words(
        _("Not a mobile number"),
        _("A number with decimals is no phone number"),
        _("Check the number against its source"),
    ),
    Reason.PHONE_TEXT: Words(
        _("Text instead of a number"),
        _("This is a text, not a number; perhaps two columns are swapped"),
        _("Check that this is the column with the numbers"),
    ),
    Reason.PHONE_OTHER_CHARACTERS: Words(
        _("Other characters in the number"),
        _("There is something besides the number: {characters}"),
        _("Leave only the number in this cell"),
    ),
    Reason.PHONE_DATE: Words(
        _("Not a mobile number"), _("A date or time stands in place of the number"), _RETYPE
    ),
    Reason.PHONE_DOMESTIC: Words(
        _("Mainland number"),
        _("A mainland number; this template is for other countries and regions only"),
        _("Delete this row, or use a template for the mainland"),
    ),
    Reason.PHONE_NO_COUNTRY: Words(
        _("Country code missing"),
        _("It cannot be told which country or region this number belongs to"),
        _("Write the number with + and its country code"),
    ),
    Reason.PHONE_INVALID_ABROAD: Words(
        _("Not a mobile number"),
        _("Not a mobile number of its country or region"),
        _("Check the number against its source"),
    ),
    Reason.FORMULA_ERROR: Words(
        _("Formula without a result"),
        _("The formula failed and has no value: {value}"),
        _("Mend the formula in the spreadsheet, or type the value"),
    ),
    Reason.FORMULA_WITHOUT_VALUE: Words(
        _("Formula without a result"),
        _("The file has a formula here but no value"),
        _("Open the file in a spreadsheet program and save it, or type the value"),
    ),
    Reason.EXTERNAL_LINK: Words(
        _("Formula without a result"),
        _("The value lies in another file, which is not opened"),
        _("Paste the value itself into this cell"),
    ),
    Reason.COVERED_BY_MERGE: Words(
        _("Merged cells"),
        _("This cell is covered by a merged one and has no value of its own"),
        _("Unmerge the cells and fill in each row"),
    ),
    Reason.RAGGED_ROW: Words(
        _("Cells missing or too many"),
        _("{cells} cells where the header has {expected}; the values may stand in the wrong columns"),
        _("Check the separators of this row; put a value that contains one in quotes"),
    ),
    Reason.VALUE_EMPTY: Words(_("Variable empty"), _("Variable {variable} is empty"), _FILL_IN),
    Reason.VALUE_TOO_LONG: Words(
        _("Variable too long"),
        _("{length} characters; variable {variable} may have {limit}"),
        _("Shorten it, or make two rows of it"),
    ),
    Reason.VALUE_TOO_SHORT: Words(
        _("Variable too short"), _("{length} characters; variable {variable} needs {limit}"), _("Complete it")
    ),
    Reason.VALUE_LONG_NUMBER: Words(
        _("Long number cut by the spreadsheet"),
        _("Spreadsheets keep 15 digits of a number; this one has {digits}, the last ones are lost"),
        _("Set the column's format to text and type it again"),
    ),
    Reason.VALUE_NOT_FINITE: Words(
        _("Formula without a result"), _("This is not a number that can be shown"), _("Type the value")
    ),
    Reason.VALUE_DATE_FORMAT: Words(
        _("Date without a format"),
        _("A date or time, and no choice was made how to write it"),
        _("Choose how dates are written, or type it as text"),
    ),
    Reason.VALUE_LINK: Words(
        _("Link in a variable"),
        _("Links and web addresses are not allowed in variables: {found}"),
        _("Delete the address; a link belongs in the template"),
    ),
    Reason.VALUE_BRACKETS: Words(
        _("Brackets 【】 in a variable"),
        _("The brackets 【】 are kept for the sign name"),
        _("Delete the brackets"),
    ),
    Reason.VALUE_CONTROL: Words(
        _("Line break or control character"),
        _("A line break, tab or control character in the value: {characters}"),
        _("Write it in one line, without tabs"),
    ),
    Reason.VALUE_EMOJI: Words(
        _("Unsupported characters"), _("Messages cannot carry this symbol: {characters}"), _DELETE_THEM
    ),
    Reason.VALUE_NOT_A_CODE: Words(
        _("Variable of the wrong kind"),
        _("Variable {variable} takes 4 to 6 digits"),
        _("Write 4 to 6 digits"),
    ),
    Reason.VALUE_NOT_LETTERS: Words(
        _("Variable of the wrong kind"),
        _("Variable {variable} takes 4 to 6 letters, or letters with digits"),
        _("Write 4 to 6 letters, or letters with digits"),
    ),
    Reason.VALUE_NOT_A_PHONE: Words(
        _("Variable of the wrong kind"),
        _("Variable {variable} takes a phone number"),
        _("Write a mobile number, or a landline of digits and hyphens"),
    ),
    Reason.VALUE_NOT_A_TIME: Words(
        _("Variable of the wrong kind"),
        _("Variable {variable} takes a date or time"),
        _("Write it like 2026-11-23 or 2026-11-23 14:30"),
    ),
    Reason.MESSAGE_TOO_LONG: Words(
        _("Message too long"),
        _("The whole message has {length} characters; at most {limit} are allowed"),
        _("Shorten the values of this row"),
    ),
    Reason.REPEATED: Words(
        _("The same number with the same values"),
        _("The same as row {first_row}; it goes once"),
        _("Nothing to do"),
    ),
    Reason.NUMBER_BAD_FOR_GOOD: Words(
        _("Number is bad for good"),
        _("The carrier says that another message would end the same way ({code})"),
        _("Ask the person for another number"),
    ),
    Reason.OPTED_OUT: Words(_("Opted out"), _("This number has opted out"), _("Nothing to do")),
    Reason.IN_ANOTHER_SEND: Words(
        _("In another new send already"),
        _("Another new send made from the same one has this person; the message goes once"),
        _("Nothing to do"),
    ),
    Reason.ALREADY_IN_DRAFT: Words(
        _("The same number with the same values"),
        _("Another file brought this person into this send already; the message goes once"),
        _("Nothing to do"),
    ),
    Reason.SAME_NUMBER_DIFFERENT_VALUES: Words(
        _("Same number, different values"),
        _("Row {first_row} has the same number with different values"),
        _("Keep the row that is right"),
    ),
}

FIX_WORDS: "dict[Fix, _StrPromise]" = {
    Fix.SEPARATORS: _("spaces, dashes and dots removed"),
    Fix.COUNTRY_CODE: _("prefix +86 removed"),
    Fix.FULL_WIDTH: _("full-width digits"),
    Fix.INVISIBLE: _("invisible characters removed"),
    Fix.QUOTES: _("quotes removed"),
    Fix.DECIMAL_ZERO: _("decimal zero removed"),
}

NOTICE_WORDS: "dict[Notice, _StrPromise]" = {
    Notice.SIX_ZEROS: _("The number ends in six zeros, as numbers do that a spreadsheet has rounded"),
    Notice.UNUSUAL_HANZI: _(
        "Traditional or rare characters, which may stop the message at the carrier: {characters}"
    ),
    Notice.SPECIAL_CHARACTERS: _(
        "Special characters, which may stop the message at the carrier: {characters}"
    ),
    Notice.CONTACT: _("Looks like a phone number, QQ or WeChat id, which carriers may stop"),
    Notice.INVISIBLE_CHARACTERS: _("Invisible characters in the value: {characters}"),
    Notice.DIRECTION_CHARACTERS: _("Characters that turn the direction of writing: {characters}"),
    Notice.LOOKALIKE_LETTERS: _("Letters of different scripts that look alike: {characters}"),
    Notice.UNEXPECTED_KIND: _("Variable {variable} is declared as {kind}; this value does not look like it"),
}


class _Facts(dict[str, Any]):
    """A sentence lacking a fact is still a sentence: an old row must not break the page that shows it."""

    def __missing__(self, key: str) -> str:
        return "…"


def _fill(template: Any, facts: dict[str, Any]) -> str:
    return str(template).format_map(_Facts(facts))


_fill_lazily: Callable[[Any, dict[str, Any]], str] = lazy(_fill, str)


def sentence(reason: Reason | str, **facts: Any) -> str:
    """What is wrong with this row, translated when it is shown. Facts as the judge gave them."""
    return _fill_lazily(WORDS[Reason(reason)].sentence, facts)


def explanation(row: int, column: str, reason: Reason | str, facts: dict[str, Any]) -> str:
    """Where, what and what to do in one line, for the reason column of a workbook. ``column``: "" for the row."""
    told = {"row": row, "column": column, "sentence": sentence(reason, **facts), "remedy": remedy(reason)}
    return _fill_lazily(_IN_ONE_LINE if column else _IN_ONE_LINE_FOR_THE_ROW, told)


_IN_ONE_LINE = _("Row {row}, {column}: {sentence}. {remedy}.")
_IN_ONE_LINE_FOR_THE_ROW = _("Row {row}: {sentence}. {remedy}.")


def remedy(reason: Reason | str) -> "_StrPromise":
    """What the person can do, translated when it is shown."""
    return WORDS[Reason(reason)].remedy


def heading(reason: Reason | str) -> "_StrPromise":
    """The short line under which a report counts; several reasons may share one."""
    return WORDS[Reason(reason)].heading


def fix_sentence(fix: Fix | str) -> "_StrPromise":
    """What was mended, for "318 times: …"."""
    return FIX_WORDS[Fix(fix)]


def notice_sentence(notice: Notice | str, **facts: Any) -> str:
    """What deserves a look, translated when it is shown."""
    return _fill_lazily(NOTICE_WORDS[Notice(notice)], facts)
