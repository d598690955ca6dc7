"""The carriers' codes: every one that the documents name has a row of its own, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from django_alisms.aliyun.codes import CODES, explain, explain_undelivered

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "aliyun-sms-api.md"

# code → (what it says of the recipient, why the number is bad for good)
RECEIPT_CODES = {
    "DELIVERED": ("delivered", ""),
    "REQUEST_SUCCESS": ("open", ""),
    "MOBILE_NOT_ON_SERVICE": ("undelivered", ""),
    "INVALID_NUMBER": ("undelivered", "invalid"),
    "MOBILE_SEND_LIMIT": ("undelivered", ""),
    "MOBILE_ACCOUNT_ABNORMAL": ("undelivered", ""),
    "MOBILE_IN_BLACK": ("undelivered", "opted_out"),
    "USER_REJECT": ("undelivered", "opted_out"),
    "MOBLLE_TERMINAL_ERROR": ("undelivered", ""),
    "MOBILE_TERMINAL_ERROR": ("undelivered", ""),
    "CONTENT_KEYWORD": ("undelivered", ""),
    "CONTENT_ERROR": ("undelivered", ""),
    "SIGNATURE_BLACKLIST": ("undelivered", ""),
    "PORT_NOT_REGISTERED": ("undelivered", ""),
    "NO_ROUTE": ("undelivered", ""),
    "IS_CLOSE": ("undelivered", ""),
    "PARAMS_ILLEGAL": ("undelivered", ""),
    "SP_NOT_BY_INTER_SMS": ("undelivered", "invalid"),
    "SP_UNKNOWN_ERROR": ("undelivered", ""),
    "EXPIRED": ("undelivered", ""),
    # Those two go by the receipt's own status.
    "UNKNOWN": ("", ""),
    "UNKNOW": ("", ""),
    "FILTER": ("undelivered", ""),
    "VALVE:M_MC": ("undelivered", ""),
    "VALVE:H_MC": ("undelivered", ""),
    "VALVE:D_MC": ("undelivered", ""),
    # Of the platform's own codes, which come in receipts too, those that concern the number.
    "isv.BLACK_KEY_CONTROL_LIMIT": ("undelivered", "opted_out"),
    "isv.CUSTOMER_REFUSED": ("undelivered", "opted_out"),
    "isv.MOBILE_NUMBER_ILLEGAL": ("undelivered", "invalid"),
}


@pytest.mark.parametrize("code", RECEIPT_CODES)
def test_every_carriers_code_has_a_row_in_both_languages(code: str) -> None:
    row = CODES[code]

    assert (row.receipt, row.for_good) == RECEIPT_CODES[code]
    assert (row.bad_for_good, row.opts_out) == (row.for_good != "", row.for_good == "opted_out")
    for text in (row.meaning("zh-hans"), row.advice("zh-hans")):
        assert re.search("[\u4e00-\u9fff].*。$", text)
    for text in (row.meaning("en"), row.advice("en")):
        assert text.endswith(".")


def reference(section: str) -> list[str]:
    """The codes in the first column of that section's table; neither families (``isv.*``) nor cases without a code."""
    text = REFERENCE.read_text().split(f"### {section} ")[1].split("\n##")[0]
    cells = re.findall(r"^\| ([^|]+) \|", text, re.M)
    words = [word for cell in cells if cell[0] != "*" for word in re.split(r"[\s,/()]+", cell)]
    return [
        word
        for word in words
        if word != "SKILL" and re.fullmatch(r"(is[vp]\.)?[A-Z][A-Z_]+(:[A-Z_]+)?", word)
    ]


def test_the_references_list_is_read_whole() -> None:
    assert len(reference("4.3")) == len(set(reference("4.3"))) >= 25
    assert len(reference("4.2")) >= 50


@pytest.mark.parametrize("code", reference("4.3"))
def test_no_receipt_code_of_the_reference_is_missing_here(code: str) -> None:
    assert code in RECEIPT_CODES


@pytest.mark.parametrize("code", [code for code in reference("4.2") if code != "OK"])
def test_every_platform_code_of_the_reference_has_its_words_when_it_comes_in_a_receipt(code: str) -> None:
    row = CODES[code]

    assert row.for_good == RECEIPT_CODES.get(code, ("", ""))[1]
    assert re.search("[\u4e00-\u9fff]", row.meaning("zh-hans") + row.advice("zh-hans"))
    assert row.meaning("en") != row.meaning("zh-hans")


def test_no_other_code_gives_a_number_up() -> None:
    assert {code for code, row in CODES.items() if row.bad_for_good} <= set(RECEIPT_CODES)


@pytest.mark.parametrize("code", ["MK:0012", "DB:0141", "isv.NO_SUCH_CODE_YET", ""])
def test_a_code_in_no_list_is_shown_and_gives_no_number_up(code: str) -> None:
    row = explain(code)

    assert (row.code, row.bad_for_good) == (code, False)
    assert all((row.meaning("zh"), row.meaning("en")))


@pytest.mark.parametrize("code", ["MK:0012", "DB:0141", "isv.NO_SUCH_CODE_YET", "isp.SYSTEM_ERROR", ""])
def test_of_somebody_who_did_not_get_it_nothing_is_called_uncertain(code: str) -> None:
    row = explain_undelivered(code)

    assert (row.code, row.receipt, row.bad_for_good) == (code, "undelivered", False)
    assert "not delivered" in row.meaning("en")
    assert "没有送达" in row.meaning("zh")
    said = row.meaning("en") + row.advice("en") + row.meaning("zh") + row.advice("zh")
    assert not any(word in said for word in ("certain", "look-up", "batch", "核实", "批次"))


@pytest.mark.parametrize("code", [*RECEIPT_CODES, "isv.SMS_CONTENT_ILLEGAL"])
def test_of_somebody_who_did_not_get_it_a_known_code_has_its_own_words(code: str) -> None:
    assert explain_undelivered(code) is CODES[code]
