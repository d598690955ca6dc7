"""Numbers of other countries and regions. spreadsheets case 33 with international on."""

import sys

import pytest

from django_alisms.recipients.columns import match_header
from django_alisms.recipients.international_numbers import (
    InternationalExtraMissing,
    judge_international_phone,
)
from django_alisms.recipients.phone_numbers import GoodPhone
from django_alisms.recipients.reason_codes import Reason
from django_alisms.recipients.rows import RowRules


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("+852 6123 4567", "85261234567"),
        ("85261234567", "85261234567"),
        (85261234567.0, "85261234567"),
        ("0085261234567", "85261234567"),
        ("(+852) 6123-4567", "85261234567"),
        ("＋８５２61234567", "85261234567"),
        ("+853 6612 3456", "85366123456"),
        ("+886 912 345 678", "886912345678"),
        ("+1 415 555 2671", "14155552671"),
        ("+44 7400 123456", "447400123456"),
        ("+65 8123 4567", "6581234567"),
    ],
)
def test_country_code_and_number_without_plus(cell, number):
    verdict = judge_international_phone(cell)
    assert isinstance(verdict, GoodPhone), verdict
    assert verdict.number == number


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("13800138000", Reason.PHONE_DOMESTIC),
        ("+86 13800138000", Reason.PHONE_DOMESTIC),
        ("+86 10 6258 1234", Reason.PHONE_DOMESTIC),
        ("14155552671", Reason.PHONE_NO_COUNTRY),  # America's, or a mainland number with a wrong digit
        ("61234567", Reason.PHONE_NO_COUNTRY),
        ("+852 1234", Reason.PHONE_INVALID_ABROAD),
        ("+44 20 7946 0958", Reason.PHONE_INVALID_ABROAD),  # a landline
        ("+999 12345678", Reason.PHONE_NO_COUNTRY),
        ("", Reason.PHONE_EMPTY),
        ("无", Reason.PHONE_NONE),
        ("1.38E+10", Reason.PHONE_SCIENTIFIC),
        ("852****4567", Reason.PHONE_MASKED),
        ("王芳", Reason.PHONE_TEXT),
        (True, Reason.PHONE_TEXT),
        (float("nan"), Reason.PHONE_NONE),
    ],
)
def test_what_cannot_be_told_is_refused(cell, reason):
    assert judge_international_phone(cell).reason is reason


def test_an_international_template_judges_its_rows_by_these():
    rules = RowRules(content="Hello ${name}", international=True)
    columns = match_header(["phone", "name"], ("name",))
    assert rules.judge(2, ["+852 6123 4567", "Wong"], columns).phone == "85261234567"
    assert rules.judge(2, ["13800138000", "Wong"], columns).reason is Reason.PHONE_DOMESTIC


def test_without_the_library_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "phonenumbers", None)
    with pytest.raises(InternationalExtraMissing, match=r"django-alisms\[international\]"):
        RowRules(content="Hello ${name}", international=True)
