"""A cell as the text that a person sees. The numbers in the tables are spreadsheets cases."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_alisms.recipients.reason_codes import Reason, Refusal
from django_alisms.recipients.values import DATE_FORMATS, date_samples, is_number_form, number_text, text_of

SEEN = [
    # case, cell, text
    (99, "007", "007"),
    (99, "1e5", "1e5"),
    (99, "True", "True"),
    (96, "  a\"b\\c'</script> ", "  a\"b\\c'</script> "),
    (0, 268, "268"),
    (0, 268.0, "268"),
    (0, -0.0, "0"),
    (0, 268.5, "268.5"),
    (0, 0.1 + 0.2, "0.3"),
    (0, 1e-7, "0.0000001"),
    (0, 123456789012345.0, "123456789012345"),
    (0, 1e14, "100000000000000"),
    (0, 1.1 * 3, "3.3"),
    (57, True, "TRUE"),
    (57, False, "FALSE"),
    (37, None, ""),
]


@pytest.mark.parametrize(("case", "cell", "text"), SEEN)
def test_what_is_seen_is_what_is_sent(case, cell, text):
    assert text_of(cell) == text


@pytest.mark.parametrize(
    ("case", "cell", "reason"),
    [
        (51, "#N/A", Reason.FORMULA_ERROR),
        (51, " #DIV/0! ", Reason.FORMULA_ERROR),
        (57, 110101199003074518, Reason.VALUE_LONG_NUMBER),
        (57, 1.10101199003074e17, Reason.VALUE_LONG_NUMBER),
        (57, 1e15, Reason.VALUE_LONG_NUMBER),
        (51, float("nan"), Reason.VALUE_NOT_FINITE),
        (51, float("-inf"), Reason.VALUE_NOT_FINITE),
        (56, datetime(2026, 11, 23), Reason.VALUE_DATE_FORMAT),
        (56, time(9, 30), Reason.VALUE_DATE_FORMAT),
    ],
)
def test_what_cannot_be_seen_or_was_lost_is_refused(case, cell, reason):
    refusal = text_of(cell)
    assert isinstance(refusal, Refusal)
    assert refusal.reason is reason


@pytest.mark.parametrize(
    ("moment", "texts"),
    [
        (date(2026, 1, 3), ["2026-01-03", "2026/01/03", "2026年1月3日", "1月3日"]),
        (datetime(2026, 11, 23), ["2026-11-23", "2026/11/23", "2026年11月23日", "11月23日"]),
        (
            datetime(2026, 11, 23, 14, 30),
            ["2026-11-23 14:30", "2026/11/23 14:30", "2026年11月23日 14:30", "11月23日 14:30"],
        ),
        (time(9, 30, 5), ["09:30:05"] * 4),
        (timedelta(hours=30, minutes=5), ["30:05"] * 4),
        (timedelta(hours=-1, seconds=-5), ["-1:00:05"] * 4),
    ],
)
def test_a_date_is_written_in_the_chosen_form(moment, texts):
    """spreadsheets case 56."""
    assert list(date_samples(moment).values()) == texts
    assert [text_of(moment, date_format=name) for name in DATE_FORMATS] == texts


@pytest.mark.parametrize(
    ("number", "form", "text"),
    [
        (0.85, "percent.0", "85%"),
        (0.855, "percent.1", "85.5%"),
        (1.005, "percent.1", "100.5%"),
        (7, "pad.3", "007"),
        (7.0, "pad.3", "007"),
        (-7, "pad.3", "-007"),
        (12345, "pad.3", "12345"),
        (268, "fixed.2", "268.00"),
        (2.675, "fixed.2", "2.68"),  # halves away from zero, by the digits that are shown
        (-0.001, "fixed.2", "0.00"),
        (1234567.5, "grouped.2", "1,234,567.50"),
        (0.85, "stored", "0.85"),
    ],
)
def test_a_number_can_be_written_as_its_format_shows_it(number, form, text):
    """spreadsheets case 39."""
    assert is_number_form(form)
    assert number_text(number, form) == text


@pytest.mark.parametrize("form", ["percent", "percent.x", "money.2", ""])
def test_an_unknown_form_is_a_mistake_of_the_caller(form):
    assert not is_number_form(form)
    with pytest.raises(ValueError, match="number form"):
        number_text(1, form)


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e14, max_value=1e14))
def test_a_number_never_has_an_exponent_and_means_the_same(number):
    text = number_text(number)
    assert "e" not in text.lower()
    assert float(text) == float(f"{number:.15g}")
    assert not text.endswith(".0")
