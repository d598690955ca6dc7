"""Text on its way into a spreadsheet that a person will open: nothing in it may run as a formula.

Rule: OWASP's page on CSV injection, and the full-width twins that Chinese spreadsheet programs take as well.
"""

import re

LONGEST_CELL = 32_767
"""Characters that a cell of a workbook can hold."""

_FORMULA = re.compile("[\\s\u200b\ufeff]*[=+\\-@\t\r\n＝＋－﹣﹢＠﹦﹫]")
_DEFUSED = re.compile("'[\\s\u200b\ufeff]*[=+\\-@\t\r\n＝＋－﹣﹢＠﹦﹫]")
_TEXT_FORMULA = re.compile('="([^"]*)"')
_SURROGATE = re.compile("[\ud800-\udfff]")


def spreadsheet_text(text: str) -> str:
    """The text with an apostrophe before it when a program could take it for a formula.

    Used for every cell that leaves: workbooks, csv, exports. Lone surrogates, which no file can hold, become
    U+FFFD; what is longer than a cell is cut.
    """
    if _SURROGATE.search(text):
        text = _SURROGATE.sub("\ufffd", text)
    if _FORMULA.match(text):
        text = f"'{text}"
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"


def without_defusing(text: str) -> str:
    """The text as it was before ``spreadsheet_text``: a mended workbook comes back, and nobody is sent the mark."""
    return text[1:] if text.startswith("'") and _DEFUSED.match(text) else text


def without_text_formula(text: str) -> str:
    """What a program shows for ``="007"``, which shops and banks write into a csv so that it stays a text."""
    found = _TEXT_FORMULA.fullmatch(text)
    return found[1] if found else text
