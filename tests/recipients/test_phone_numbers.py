"""Numbers as people write them. The numbers in the tables are spreadsheets cases."""

import datetime

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_alisms.recipients.phone_numbers import (
    MOBILE,
    GoodPhone,
    counts_as_number,
    judge_phone,
    masked,
)
from django_alisms.recipients.reason_codes import Fix, Notice, Reason, Refusal

OK = "13800138000"

MENDED = [
    # case, cell, fixes
    (19, "１３８００１３８０００", {Fix.FULL_WIDTH}),
    (19, "138００138000", {Fix.FULL_WIDTH}),
    (23, 13800138000, set()),
    (23, 13800138000.0, set()),
    (25, "13800138000.0", {Fix.DECIMAL_ZERO}),
    (25, "13800138000.00", {Fix.DECIMAL_ZERO}),
    (26, "+8613800138000", {Fix.COUNTRY_CODE}),
    (26, "8613800138000", {Fix.COUNTRY_CODE}),
    (26, 8613800138000, {Fix.COUNTRY_CODE}),
    (26, 8613800138000.0, {Fix.COUNTRY_CODE}),
    (26, "008613800138000", {Fix.COUNTRY_CODE}),
    (26, "+86-13800138000", {Fix.COUNTRY_CODE, Fix.SEPARATORS}),
    (26, "(+86)13800138000", {Fix.COUNTRY_CODE}),
    (26, "(+86) 138 0013 8000", {Fix.COUNTRY_CODE, Fix.SEPARATORS}),
    (26, "（＋86）13800138000", {Fix.COUNTRY_CODE, Fix.FULL_WIDTH}),
    (26, "+86 138-0013-8000", {Fix.COUNTRY_CODE, Fix.SEPARATORS}),
    (26, "+ 86 13800138000", {Fix.COUNTRY_CODE, Fix.SEPARATORS}),
    (26, "0086-138 0013 8000", {Fix.COUNTRY_CODE, Fix.SEPARATORS}),
    (27, "138 0013 8000", {Fix.SEPARATORS}),
    (27, " 13800138000 ", {Fix.SEPARATORS}),
    (27, "\t13800138000", {Fix.SEPARATORS}),
    (27, "13800138000\n", {Fix.SEPARATORS}),
    (27, "138\u00a00013\u00a08000", {Fix.SEPARATORS}),
    (27, "138\u30000013\u30008000", {Fix.SEPARATORS}),
    (27, "138\u20090013\u202f8000", {Fix.SEPARATORS}),
    (27, "138-0013-8000", {Fix.SEPARATORS}),
    (27, "138.0013.8000", {Fix.SEPARATORS}),
    (27, "138–0013–8000", {Fix.SEPARATORS}),
    (27, "138—0013—8000", {Fix.SEPARATORS}),
    (27, "138\u20110013\u22128000", {Fix.SEPARATORS}),
    (27, "138－0013－8000", {Fix.SEPARATORS, Fix.FULL_WIDTH}),
    (28, "\u202d13800138000\u202c", {Fix.INVISIBLE}),
    (28, "138\u200b00138000", {Fix.INVISIBLE}),
    (28, "\ufeff13800138000", {Fix.INVISIBLE}),
    (28, "\u2066+86 13800138000\u2069", {Fix.INVISIBLE, Fix.COUNTRY_CODE, Fix.SEPARATORS}),
    (29, "'13800138000", {Fix.QUOTES}),
    (29, "‘13800138000", {Fix.QUOTES}),
    (29, '"13800138000"', {Fix.QUOTES}),
    (29, "“13800138000”", {Fix.QUOTES}),
    (29, "'+86 13800138000", {Fix.QUOTES, Fix.COUNTRY_CODE, Fix.SEPARATORS}),
    (29, '="13800138000"', {Fix.QUOTES}),
]

REFUSED = [
    (20, "1³800138000", Reason.PHONE_SUPERSCRIPT),
    (20, "¹³⁸⁰⁰¹³⁸⁰⁰⁰", Reason.PHONE_SUPERSCRIPT),
    (20, "①③⑧00138000", Reason.PHONE_SUPERSCRIPT),
    (20, "1380013800²", Reason.PHONE_SUPERSCRIPT),
    (21, "١٣٨٠٠١٣٨٠٠٠", Reason.PHONE_FOREIGN_DIGITS),
    (21, "1380013800٠", Reason.PHONE_FOREIGN_DIGITS),
    (21, "१३८००१३८०००", Reason.PHONE_FOREIGN_DIGITS),
    (21, "𝟏𝟑𝟖𝟎𝟎𝟏𝟑𝟖𝟎𝟎𝟎", Reason.PHONE_FOREIGN_DIGITS),
    (22, "1.38E+10", Reason.PHONE_SCIENTIFIC),
    (22, "1.38e10", Reason.PHONE_SCIENTIFIC),
    (22, "1.38001E+10", Reason.PHONE_SCIENTIFIC),
    (22, "1.38Ｅ＋10", Reason.PHONE_SCIENTIFIC),
    (22, "1.38E+ 10", Reason.PHONE_SCIENTIFIC),
    (25, 13800138000.5, Reason.PHONE_FRACTION),
    (25, "13800138000.5", Reason.PHONE_FRACTION),
    (25, "1380013800.0", Reason.PHONE_TOO_SHORT),  # eleven digits without the dot
    (25, "1380013800.5", Reason.PHONE_FRACTION),
    (25, "13800138.000", Reason.PHONE_TOO_SHORT),
    (25, 1380013800.0, Reason.PHONE_TOO_SHORT),
    (30, "013800138000", Reason.PHONE_LEADING_ZERO),
    (30, "+86 013800138000", Reason.PHONE_LEADING_ZERO),
    (31, "13912345678/13687654321", Reason.PHONE_SEVERAL),
    (31, "13912345678、13687654321", Reason.PHONE_SEVERAL),
    (31, "13912345678\n13687654321", Reason.PHONE_SEVERAL),
    (31, "13912345678,13687654321", Reason.PHONE_SEVERAL),
    (31, "13912345678；13687654321", Reason.PHONE_SEVERAL),
    (31, "13912345678 13687654321", Reason.PHONE_SEVERAL),
    (31, "1391234567813687654321", Reason.PHONE_SEVERAL),
    (31, "13912345678/010-62581234", Reason.PHONE_SEVERAL),
    (31, "13912345678或13687654321", Reason.PHONE_SEVERAL),
    (32, "1380013800", Reason.PHONE_TOO_SHORT),
    (32, 1380013800, Reason.PHONE_TOO_SHORT),
    (32, "1380013", Reason.PHONE_TOO_SHORT),
    (32, "86 1380013800", Reason.PHONE_TOO_SHORT),
    (32, "138001380001", Reason.PHONE_TOO_LONG),
    (32, "138001380001380", Reason.PHONE_TOO_LONG),
    (32, "010-62581234", Reason.PHONE_LANDLINE),
    (32, "01062581234", Reason.PHONE_LANDLINE),
    (32, "0571-82123456", Reason.PHONE_LANDLINE),
    (32, "0571-82123456-801", Reason.PHONE_LANDLINE),
    (32, "+86 10 6258 1234", Reason.PHONE_LANDLINE),
    (32, "62581234", Reason.PHONE_LANDLINE),
    (32, "86123456", Reason.PHONE_LANDLINE),
    (32, "400-123-1234", Reason.PHONE_SERVICE),
    (32, "8008203800", Reason.PHONE_SERVICE),
    (32, "95588", Reason.PHONE_SERVICE),
    (32, "10086", Reason.PHONE_SERVICE),
    (32, 12306, Reason.PHONE_SERVICE),
    (32, "110", Reason.PHONE_SERVICE),
    (32, "14012345678", Reason.PHONE_NOT_MOBILE),
    (32, "12345678901", Reason.PHONE_NOT_MOBILE),
    (32, "23800138000", Reason.PHONE_NOT_MOBILE),
    (33, "+852 6123 4567", Reason.PHONE_OVERSEAS),
    (33, "85261234567", Reason.PHONE_OVERSEAS),
    (33, "00852-61234567", Reason.PHONE_OVERSEAS),
    (33, "+853 6612 3456", Reason.PHONE_OVERSEAS),
    (33, "+886912345678", Reason.PHONE_OVERSEAS),
    (33, "+1 (415) 555-0100", Reason.PHONE_OVERSEAS),
    (33, "+13800138000", Reason.PHONE_OVERSEAS),  # +1 380 013 8000 is not the mainland's
    (36, "138****0000", Reason.PHONE_MASKED),
    (36, "138＊＊＊＊0000", Reason.PHONE_MASKED),
    (36, "138xxxx0000", Reason.PHONE_MASKED),
    (36, "138●●●●0000", Reason.PHONE_MASKED),
    (37, None, Reason.PHONE_EMPTY),
    (37, "", Reason.PHONE_EMPTY),
    (37, "  \u3000\u200b", Reason.PHONE_EMPTY),
    (37, "'", Reason.PHONE_EMPTY),
    (37, "-", Reason.PHONE_NONE),
    (37, "——", Reason.PHONE_NONE),
    (37, "无", Reason.PHONE_NONE),
    (37, "N/A", Reason.PHONE_NONE),
    (37, "None", Reason.PHONE_NONE),
    (37, "nan", Reason.PHONE_NONE),
    (37, float("nan"), Reason.PHONE_NONE),
    (37, float("inf"), Reason.PHONE_NONE),
    (37, 0, Reason.PHONE_NONE),
    (38, "王芳", Reason.PHONE_TEXT),
    (38, "王芳2", Reason.PHONE_TEXT),
    (38, "一三八零零一三八零零零", Reason.PHONE_TEXT),
    (38, True, Reason.PHONE_TEXT),
    (39, datetime.datetime(2026, 11, 23), Reason.PHONE_DATE),
    (39, datetime.date(2026, 11, 23), Reason.PHONE_DATE),
    (39, datetime.time(9, 30), Reason.PHONE_DATE),
    (39, datetime.timedelta(hours=30), Reason.PHONE_DATE),
    (51, "#N/A", Reason.FORMULA_ERROR),
    (51, "#REF!", Reason.FORMULA_ERROR),
    (51, "#DIV/0!", Reason.FORMULA_ERROR),
    (51, "Err:502", Reason.FORMULA_ERROR),
    (0, "138 0013 80OO", Reason.PHONE_LETTERS),
    (0, "l3800138000", Reason.PHONE_LETTERS),
    (0, "138OO138OOO", Reason.PHONE_LETTERS),
    (0, -13800138000, Reason.PHONE_OTHER_CHARACTERS),
    (0, "-13800138000", Reason.PHONE_OTHER_CHARACTERS),
    (0, "13800138000-", Reason.PHONE_OTHER_CHARACTERS),
    (0, "13,800,138,000", Reason.PHONE_OTHER_CHARACTERS),
    (0, "电话13800138000", Reason.PHONE_OTHER_CHARACTERS),
    (0, "13800138000(王)", Reason.PHONE_OTHER_CHARACTERS),
    (0, "13800138000\x00", Reason.PHONE_OTHER_CHARACTERS),
    (0, "13800138000\ud800", Reason.PHONE_OTHER_CHARACTERS),
    (0, "+86", Reason.PHONE_OTHER_CHARACTERS),
    (0, "DD1123004817", Reason.PHONE_OTHER_CHARACTERS),
]


@pytest.mark.parametrize(("case", "cell", "fixes"), MENDED)
def test_a_number_that_needs_no_guess_is_mended_and_the_mending_is_named(case, cell, fixes):
    verdict = judge_phone(cell)
    assert isinstance(verdict, GoodPhone), verdict
    assert verdict.number == OK
    assert set(verdict.fixes) == fixes
    assert len(verdict.fixes) == len(fixes)


@pytest.mark.parametrize(("case", "cell", "reason"), REFUSED)
def test_a_number_that_needs_a_guess_is_refused_with_its_own_reason(case, cell, reason):
    verdict = judge_phone(cell)
    assert isinstance(verdict, Refusal), verdict
    assert verdict.reason is reason


def test_the_facts_say_how_many_digits_are_missing():
    assert judge_phone("1380013800").facts == {"digits": 10, "missing": 1}
    assert judge_phone("138 0013 80OO").facts == {"characters": "O"}
    assert judge_phone("13800138000\x00").facts == {"characters": "U+0000"}


@pytest.mark.parametrize("cell", [13800000000, 13800000000.0, 13912000000])
def test_a_numeric_cell_with_six_zeros_is_taken_with_a_warning(cell):
    """spreadsheets case 24: rounded by a spreadsheet or really so, nobody can tell."""
    assert judge_phone(cell).notices == (Notice.SIX_ZEROS,)


@pytest.mark.parametrize("cell", ["13800000000", 13800100000])
def test_a_text_or_fewer_zeros_raise_no_warning(cell):
    assert judge_phone(cell).notices == ()


def test_five_spellings_are_one_number():
    """spreadsheets case 34."""
    spellings = [OK, "+86 138 0013 8000", "0086-13800138000", "１３８００１３８０００", 13800138000.0]
    assert {judge_phone(spelling).number for spelling in spellings} == {OK}


def test_every_prefix_of_five_digits_has_the_verdict_of_the_phonenumbers_library():
    """Mobile and valid for +86 there is taken here, and nothing else is."""
    kinds = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)
    wrong = []
    for prefix in range(10_000, 20_000):
        digits = f"{prefix}123456"
        parsed = phonenumbers.parse("+86" + digits)
        theirs = phonenumbers.is_valid_number(parsed) and phonenumbers.number_type(parsed) in kinds
        if theirs != isinstance(judge_phone(digits), GoodPhone):
            wrong.append(prefix)
    assert wrong == []


@given(st.text() | st.integers() | st.floats() | st.booleans() | st.none() | st.datetimes())
def test_no_cell_raises_and_what_is_taken_is_eleven_ascii_digits(cell):
    verdict = judge_phone(cell)
    if isinstance(verdict, GoodPhone):
        assert MOBILE.fullmatch(verdict.number)
        assert verdict.number.isascii()


@given(st.from_regex(MOBILE, fullmatch=True), st.data())
def test_a_number_survives_its_dress(number, data):
    dress = data.draw(
        st.lists(st.sampled_from(["", " ", "-", "\u00a0", "–", "\u200b"]), min_size=11, max_size=11)
    )
    prefix = data.draw(st.sampled_from(["", "+86", "86", "0086", "+86-", "(+86)", "+86 ", "'"]))
    dressed = (
        prefix + number[0] + "".join(mark + digit for mark, digit in zip(dress, number[1:], strict=False))
    )
    assert judge_phone(dressed).number == number


@given(st.text(alphabet="0123456789 +-.()/eE１²٣Oo*无"))
def test_what_is_taken_has_these_digits_and_no_others(text):
    """No verdict invents, drops or reorders a digit, except the country code and a decimal zero."""
    verdict = judge_phone(text)
    if isinstance(verdict, GoodPhone):
        digits = "".join(c for c in text.replace("１", "1") if c in "0123456789")
        assert verdict.number in digits
        rest = digits.replace(verdict.number, "", 1)
        assert rest in ("", "86", "0086") or set(rest) == {"0"}


@pytest.mark.parametrize(
    ("cell", "counts"),
    [
        (OK, True),
        (13800138000.0, True),
        ("王芳", False),
        ("1.38E+10", False),
        (None, False),
        (True, False),
        (7, False),
    ],
)
def test_a_column_without_seven_digits_anywhere_is_no_phone_column(cell, counts):
    """spreadsheets case 38."""
    assert counts_as_number(cell) is counts


def test_a_masked_number_cannot_be_dialled():
    assert masked("13800138000") == "138****8000"
    assert masked("12345") == "*****"
