"""A workbook to fill in for one template: the headers it needs, two example rows, every column set to text.

Text, because a spreadsheet program rewrites what it takes for a number: 007 becomes 7, an order number becomes
1.1E+17, and a phone number loses its last digits.
"""

from collections.abc import Mapping, Sequence
from typing import BinaryIO

import xlsxwriter

from .rejected_workbook import phone_header
from .spreadsheet_text import spreadsheet_text
from .value_checks import check_value
from .variable_rules import VariableRule

# The carriers' own service numbers of the two oldest ranges: nobody's phone.
PHONES = ("13800138000", "13900139000")
PHONES_ABROAD = ("+852 6123 4567", "+65 8123 4567")

_BY_KIND: dict[str, tuple[str, str]] = {
    "numberCaptcha": ("123456", "654321"),
    "characterWithNumber": ("AB1234", "CD5678"),
    "characterWithNumber2": ("AB1234", "CD5678"),
    "phone_number2": ("400-123-1234", "10086"),
    "time": ("2026-11-23 14:30", "2026-11-24 09:00"),
    "money": ("268.00", "19.90"),
    "name": ("王小芳", "李强"),
    "tracking_number": ("SF12345678", "SF87654321"),
    "pick_up_code": ("12-3456", "65-4321"),
    "email_address": ("wang@example.com", "li@example.com"),
    "verifyTime": ("5", "10"),
    "unit_name": ("某某公司", "某某商城"),
}
_BY_NAME: dict[str, tuple[str, str]] = {
    "name": ("王芳", "李强"),
    "username": ("王芳", "李强"),
    "code": ("DD1123004817", "DD1123004818"),
    "order": ("DD1123004817", "DD1123004818"),
    "amount": ("268.00", "19.90"),
    "money": ("268.00", "19.90"),
    "price": ("268.00", "19.90"),
    "time": ("2026-11-23 14:30", "2026-11-24 09:00"),
    "date": ("2026-11-23", "2026-11-24"),
    "address": ("北京市朝阳区", "杭州市西湖区"),
}
_ANY = {"zh": ("示例一", "示例二"), "en": ("example 1", "example 2")}


def write_sample_workbook(
    file: BinaryIO,
    variables: Sequence[str],
    *,
    rules: Mapping[str, VariableRule] | None = None,
    international: bool = False,
    language: str = "en",
) -> None:
    """Write the sample to ``file``, which stays open. Its two rows are good ones by the template's own rules."""
    chinese = language.lower().startswith("zh")
    headers = [phone_header(variables, language), *variables]
    columns: list[tuple[str, str]] = [PHONES_ABROAD if international else PHONES]
    columns += [_examples(name, (rules or {}).get(name, VariableRule()), chinese) for name in variables]
    book = xlsxwriter.Workbook(file, {"constant_memory": True})
    text = book.add_format({"num_format": "@"})
    bold = book.add_format({"num_format": "@", "bold": True, "bottom": 1})
    sheet = book.add_worksheet("名单" if chinese else "Recipients")
    sheet.set_column(0, len(headers) - 1, 20, text)
    sheet.freeze_panes(1, 0)
    for place, header in enumerate(headers):
        sheet.write_string(0, place, spreadsheet_text(header), bold)
    for line in (0, 1):
        for place, examples in enumerate(columns):
            # Not defused: these are our own texts, and +852 is to be seen as it may be typed.
            sheet.write_string(line + 1, place, examples[line], text)
    book.close()


def _examples(variable: str, rule: VariableRule, chinese: bool) -> tuple[str, str]:
    """The first pair that the rule takes without a word; digits of the right length when none does."""
    candidates = [
        _BY_KIND.get(rule.kind),
        _BY_NAME.get(variable.casefold()),
        _ANY["zh" if chinese else "en"],
        ("A" * rule.minimum, "B" * rule.minimum),
        ("1" * rule.minimum, "2" * rule.minimum),
    ]
    good = [
        pair for pair in candidates if pair and all(check_value(variable, text, rule) == [] for text in pair)
    ]
    return good[0] if good else ("1" * rule.minimum, "2" * rule.minimum)
