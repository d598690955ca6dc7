"""The table of codes: one row of a test for each code that docs/reliability.md lists, and the rest by rule."""

from __future__ import annotations

import re

import pytest

from django_alisms.aliyun.codes import CODES, MODULES, Code, Outcome, explain


def words(text):
    return text.split()


PROVEN = words("""
InvalidAccessKeyId.NotFound InvalidAccessKeyId.Inactive InvalidAccessKeyId.New SignatureDoesNotMatch
IncompleteSignature InvalidTimeStamp.Expired InvalidTimeStamp.Format InvalidTimeStamp.New MissingPhoneNumbers
MissingSignName MissingAccessKeyId MissingSecurityToken MissingAnything InvalidParameter InvalidParameter.Format
InvalidParameterValue InvalidVersion InvalidAction.NotFound InvalidApi.NotFound Forbidden Forbidden.RAM
Forbidden.Anything NoPermission isp.RAM_PERMISSION_DENY Throttling Throttling.User Throttling.Api Throttling.New
isv.ACCOUNT_NOT_EXISTS isv.ACCOUNT_ABNORMAL isv.PRODUCT_UN_SUBSCRIPT isv.PRODUCT_UNSUBSCRIBE isv.DENY_IP_RANGE
isv.SMS_TEMPLATE_ILLEGAL isv.SMS_SIGNATURE_ILLEGAL isv.SMS_SIGN_ILLEGAL isv.SIGN_STATE_ILLEGAL
isv.SMS_SIGNATURE_SCENE_ILLEGAL isv.MOBILE_COUNT_OVER_LIMIT isv.INVALID_JSON_PARAM
""")

REFUSED_WITHOUT_PROOF = words("""
isv.OUT_OF_SERVICE isv.AMOUNT_NOT_ENOUGH isv.DAY_LIMIT_CONTROL isv.MONTH_LIMIT_CONTROL
isv.BUSINESS_LIMIT_CONTROL isv.MOBILE_NUMBER_ILLEGAL isv.BLACK_KEY_CONTROL_LIMIT isv.PARAM_LENGTH_LIMIT
isv.PARAM_NOT_SUPPORT_URL isv.SMS_CONTENT_ILLEGAL isv.TEMPLATE_MISSING_PARAMETERS isv.TEMPLATE_PARAMS_ILLEGAL
isv.INVALID_PARAMETERS isv.SMS_SIGN_NAME_ILLEGAL isv.SIGN_NAME_ILLEGAL isv.SIGNATURE_BLACKLIST
isv.SIGN_SOURCE_ILLEGAL isv.SMS_SIGN_EMOJI_ILLEGAL isv.UNSUPPORTED_CONTENT isv.SMS_CONTENT_MISMATCH_TEMPLATE_TYPE
isv.DOMESTIC_NUMBER_NOT_SUPPORTED isv.CUSTOMER_REFUSED isv.SECURITY_FROZEN_ACCOUNT isv.INTERFACE_OFFLINE
isv.EXTEND_CODE_ERROR isv.ONE_CODE_MULTIPLE_SIGN isv.CODE_EXCEED_LIMIT isv.CODE_ERROR
isv.SMS_TEST_SIGN_TEMPLATE_LIMIT isv.SMS_TEST_NUMBER_LIMIT isv.SMS_TEST_TEMPLATE_PARAMS_ILLEGAL
isv.SMS_OVER_LIMIT isv.SIGN_COUNT_OVER_LIMIT isv.TEMPLATE_COUNT_OVER_LIMIT isv.SIGN_FILE_LIMIT isv.SIGN_OVER_LIMIT
isv.TEMPLATE_OVER_LIMIT isv.ERROR_EMPTY_FILE isv.ERROR_SIGN_NOT_DELETE isv.ERROR_SIGN_NOT_MODIFY
isv.ERROR_TEMPLATE_NOT_DELETE isv.ERROR_TEMPLATE_NOT_MODIFY isv.SHORTURL_OVER_LIMIT isv.NO_AVAILABLE_SHORT_URL
isv.SHORTURL_NAME_ILLEGAL isv.SOURCEURL_OVER_LIMIT isv.SHORTURL_TIME_ILLEGAL isv.PHONENUMBERS_OVER_LIMIT
isv.SHORTURL_STILL_AVAILABLE isv.SHORTURL_DOMAIN_EMPTY isv.NOBODY_KNOWS_THIS isv.
""")

UNKNOWN = words("""
InternalError ServiceUnavailable isp.SYSTEM_ERROR isp.GATEWAY_ERROR isp.NOBODY_KNOWS_THIS SignatureNonceUsed
wire.read_timeout wire.reset wire.half_answer wire.not_http wire.not_json wire.empty wire.no_code
wire.no_request_id wire.no_biz_id wire.encoding wire.too_large wire.redirect wire.http_4xx wire.http_5xx
wire.error wire.orphaned wire.new local.new SignatureNotFound TemplateNotFound SIGNATURE_BLACKLIST
template_parameter_count_illegal UnsupportedHTTPMethod InvalidSignatureMethod InvalidSecurityToken.Expired
InvalidSecurityToken.Malformed ok Ok OKAY NobodyKnowsThis ISV.AMOUNT_NOT_ENOUGH throttling InvalidAccessKeyId
""")
UNKNOWN += ["", " OK", "OK ", "错误", "200"]

LOCAL = words("""
local.dns local.connect_refused local.connect_timeout local.connect_failed local.proxy local.tls local.late
local.credentials local.build
""")


@pytest.mark.parametrize("code", PROVEN)
def test_proves_that_nothing_was_sent(code):
    row = explain(code)
    assert (row.code, row.outcome, row.proof) == (code, Outcome.REFUSED, True)
    assert row.retry == ("machine" if code.startswith("Throttling") else "person")


@pytest.mark.parametrize("code", LOCAL)
def test_proves_that_nothing_left_this_machine(code):
    row = explain(code)
    assert (row.code, row.outcome, row.proof) == (code, Outcome.REFUSED, True)
    assert row.retry == ("person" if code in ("local.credentials", "local.build") else "machine")


@pytest.mark.parametrize("code", REFUSED_WITHOUT_PROOF)
def test_refuses_without_proof_for_the_whole_batch(code):
    row = explain(code)
    assert (row.code, row.outcome, row.proof, row.retry) == (code, Outcome.REFUSED, False, "person")


@pytest.mark.parametrize("code", UNKNOWN)
def test_proves_nothing(code):
    row = explain(code)
    assert (row.code, row.outcome, row.proof) == (code, Outcome.UNKNOWN, False)
    assert row.retry == "person"


def test_only_one_code_accepts():
    assert [row.code for row in CODES.values() if row.outcome is Outcome.ACCEPTED] == ["OK"]
    assert explain("OK").retry == "never"


STOPS = words("""
InvalidAccessKeyId.NotFound InvalidAccessKeyId.Inactive InvalidAccessKeyId.New MissingAccessKeyId
SignatureDoesNotMatch IncompleteSignature MissingSecurityToken InvalidSecurityToken.Expired InvalidTimeStamp.Expired
InvalidTimeStamp.New Forbidden Forbidden.RAM Forbidden.New NoPermission isp.RAM_PERMISSION_DENY InvalidVersion
InvalidAction.NotFound InvalidApi.NotFound isv.INTERFACE_OFFLINE isv.ACCOUNT_NOT_EXISTS isv.ACCOUNT_ABNORMAL
isv.SECURITY_FROZEN_ACCOUNT isv.PRODUCT_UN_SUBSCRIPT isv.PRODUCT_UNSUBSCRIBE isv.AMOUNT_NOT_ENOUGH
isv.OUT_OF_SERVICE isv.DAY_LIMIT_CONTROL isv.MONTH_LIMIT_CONTROL isv.DENY_IP_RANGE isv.SMS_SIGNATURE_ILLEGAL
isv.SMS_SIGN_NAME_ILLEGAL isv.SMS_SIGN_ILLEGAL isv.SIGN_STATE_ILLEGAL isv.SMS_SIGNATURE_SCENE_ILLEGAL
isv.SIGNATURE_BLACKLIST SIGNATURE_BLACKLIST SignatureNotFound isv.SMS_TEMPLATE_ILLEGAL TemplateNotFound
isv.SMS_TEST_SIGN_TEMPLATE_LIMIT local.credentials
""")

DOES_NOT_STOP = words("""
OK Throttling Throttling.User isv.BUSINESS_LIMIT_CONTROL isv.MOBILE_NUMBER_ILLEGAL isv.BLACK_KEY_CONTROL_LIMIT
isv.PARAM_LENGTH_LIMIT isv.TEMPLATE_PARAMS_ILLEGAL isv.TEMPLATE_MISSING_PARAMETERS isv.SMS_CONTENT_ILLEGAL
isv.INVALID_PARAMETERS isp.SYSTEM_ERROR isp.GATEWAY_ERROR InternalError ServiceUnavailable SignatureNonceUsed
local.dns local.connect_refused local.tls wire.read_timeout wire.http_5xx isv.NOBODY_KNOWS_THIS NobodyKnowsThis
""")


@pytest.mark.parametrize("code", STOPS)
def test_stops_the_account(code):
    assert explain(code).stops_account


@pytest.mark.parametrize("code", DOES_NOT_STOP)
def test_does_not_stop_the_account(code):
    assert not explain(code).stops_account


RECEIPTS = {
    "DELIVERED": "delivered",
    "REQUEST_SUCCESS": "open",
    "UNKNOWN": "",
    "UNKNOW": "",
    "Q7": "",
    "": "",
    "OK": "",
    "wire.reset": "",
    "Throttling": "",
    **dict.fromkeys(
        words("""
        MOBILE_NOT_ON_SERVICE INVALID_NUMBER MOBILE_SEND_LIMIT MOBILE_ACCOUNT_ABNORMAL MOBILE_IN_BLACK USER_REJECT
        MOBLLE_TERMINAL_ERROR MOBILE_TERMINAL_ERROR CONTENT_KEYWORD CONTENT_ERROR SIGNATURE_BLACKLIST
        PORT_NOT_REGISTERED NO_ROUTE IS_CLOSE PARAMS_ILLEGAL SP_NOT_BY_INTER_SMS SP_UNKNOWN_ERROR EXPIRED FILTER
        VALVE:M_MC VALVE:H_MC VALVE:D_MC isv.BUSINESS_LIMIT_CONTROL isv.NOBODY_KNOWS_THIS isp.SYSTEM_ERROR
        """),
        "undelivered",
    ),
}


@pytest.mark.parametrize(("code", "verdict"), RECEIPTS.items())
def test_what_a_receipt_says(code, verdict):
    assert explain(code).receipt == verdict


def test_receipt_codes_are_no_answers_to_a_request():
    for code, verdict in RECEIPTS.items():
        if verdict and not code.startswith(("isv.", "isp.")):
            assert explain(code).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("code", [*CODES, "isv.NEW", "isp.NEW", "Missing.New", "NobodyKnowsThis"])
def test_every_code_speaks_to_staff_in_both_languages(code):
    row = explain(code)
    for text in (row.meaning("en"), row.advice("en-gb"), row.advice_when_reading("en")):
        assert re.fullmatch(r"[A-Z].+\.", text)
    for text in (row.meaning("zh-hans"), row.advice("zh-CN"), row.advice_when_reading("zh-hans")):
        assert re.search(r"[\u4e00-\u9fff]", text)
        assert text.endswith("。")
        assert not re.search(r"[\u4e00-\u9fff][,;:.]|[!！]", text), "full-width punctuation, and no shouting"
    assert row.meaning("de") == row.meaning_en


def test_no_code_stands_in_two_rows():
    rows = [row for module in MODULES for row in module.ROWS]
    assert len({row.code for row in rows}) == len(rows) == len(CODES)


def test_proof_and_a_machine_only_for_a_refusal():
    rows: list[Code] = [*CODES.values(), explain("isv.NEW"), explain("NobodyKnowsThis")]
    for row in rows:
        assert not row.proof or row.outcome is Outcome.REFUSED
        assert row.retry != "machine" or row.proof


def test_a_call_that_only_reads_is_not_advised_about_people():
    for code in ("wire.read_timeout", "isp.SYSTEM_ERROR", "Throttling.User", "NobodyKnowsThis"):
        assert explain(code).advice_when_reading("en").startswith("Try again")
        assert explain(code).advice_when_reading("zh-hans").startswith("请过几分钟再试")
    wrong_key = explain("SignatureDoesNotMatch")
    assert wrong_key.advice_when_reading("en") == wrong_key.advice("en")
