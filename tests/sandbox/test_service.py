"""The sandbox over a real socket: the gateway, the sending operations, the look-ups."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from tests.sandbox.process import Reply, SandboxProcess, batch, call, exchange, signed_v1, signed_v3

SEED = batch(
    ["18040580000", "15088650000"],
    "短信迁移测试签名",
    "SMS_71175823",
    [{"code": "1234", "product": "ytx1"}, {"code": "5678", "product": "ytx2"}],
    "seed-1",
)


def today() -> str:
    return datetime.now(timezone(timedelta(hours=8))).strftime("%Y%m%d")


def test_the_seeds_example_is_accepted_and_written_down(sandbox: SandboxProcess) -> None:
    reply = call(sandbox.url, "SendBatchSms", **SEED)
    assert (reply.status, reply.code) == (200, "OK")
    assert set(reply.body) == {"RequestId", "Code", "Message", "BizId"}
    assert reply.headers["Content-Type"] == "application/json;charset=utf-8"
    assert reply.headers["x-acs-request-id"] == reply.body["RequestId"]
    [entry] = sandbox.ledger()
    assert datetime.fromisoformat(entry.pop("time")) <= datetime.now(UTC)
    assert entry == {
        "out_id": "seed-1",
        "biz_id": reply.body["BizId"],
        "template": "SMS_71175823",
        "numbers": ["18040580000", "15088650000"],
        "sign_names": ["短信迁移测试签名"] * 2,
        "params": [{"code": "1234", "product": "ytx1"}, {"code": "5678", "product": "ytx2"}],
        "texts": [
            "【短信迁移测试签名】验证码1234，您正在注册成为ytx1用户，感谢您的支持！",
            "【短信迁移测试签名】验证码5678，您正在注册成为ytx2用户，感谢您的支持！",
        ],
    }


def changed(base: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The parameters of a request with some changed: None takes one out, what is no text is put as JSON."""
    found = {place: dict(values) for place, values in base.items()}
    for name, value in changes.items():
        place = "query" if name in ("TemplateCode", "OutId") else "form"
        if value is None:
            del found[place][name]
        else:
            found[place][name] = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return found


SHIPPED = batch(
    ["13800138000"], template="SMS_218740035", values=[{"name": "王芳", "code": "DD1", "amount": "268.00"}]
)
PROMOTION = batch(["13800138000"])
CAPTCHA = batch(["13800138000"], template="SMS_154950909", values=[{"code": "1234"}])


def values(**changes: Any) -> list[dict[str, Any]]:
    return [{"name": "王芳", "code": "DD1", "amount": "268.00", **changes}]


BATCHES: dict[str, tuple[dict[str, Any], int, str]] = {
    "no variables, no TemplateParamJson": (PROMOTION, 200, "OK"),
    "variables": (SHIPPED, 200, "OK"),
    "a hundred numbers": (batch([str(13800000000 + n) for n in range(100)]), 200, "OK"),
    "a hundred and one": (
        batch([str(13800000000 + n) for n in range(101)]),
        200,
        "isv.MOBILE_COUNT_OVER_LIMIT",
    ),
    "no number": (changed(PROMOTION, PhoneNumberJson=[], SignNameJson=[]), 200, "isv.INVALID_PARAMETERS"),
    "fewer sign names": (
        changed(batch(["13800138000"] * 2), SignNameJson=["某某商城"]),
        200,
        "isv.INVALID_PARAMETERS",
    ),
    "more values": (changed(SHIPPED, TemplateParamJson=values() * 2), 200, "isv.INVALID_PARAMETERS"),
    "PhoneNumberJson missing": (changed(PROMOTION, PhoneNumberJson=None), 400, "MissingPhoneNumberJson"),
    "SignNameJson missing": (changed(PROMOTION, SignNameJson=None), 400, "MissingSignNameJson"),
    "TemplateCode missing": (changed(PROMOTION, TemplateCode=None), 400, "MissingTemplateCode"),
    "not JSON": (changed(PROMOTION, PhoneNumberJson="13800138000,"), 200, "isv.INVALID_JSON_PARAM"),
    "JSON, no array": (changed(PROMOTION, PhoneNumberJson={"a": "b"}), 200, "isv.INVALID_JSON_PARAM"),
    "numbers as numbers": (changed(PROMOTION, PhoneNumberJson=[13800138000]), 200, "isv.INVALID_JSON_PARAM"),
    "deep JSON": (changed(PROMOTION, PhoneNumberJson="[" * 100_000), 200, "isv.INVALID_JSON_PARAM"),
    "half a surrogate pair": (
        changed(SHIPPED, TemplateParamJson='[{"name":"\\ud83d","code":"1","amount":"1"}]'),
        200,
        "isv.INVALID_JSON_PARAM",
    ),
    "value no text": (changed(SHIPPED, TemplateParamJson=values(amount=268)), 200, "isv.INVALID_JSON_PARAM"),
    "values no object": (changed(SHIPPED, TemplateParamJson=["王芳"]), 200, "isv.INVALID_JSON_PARAM"),
    "one more key": (changed(SHIPPED, TemplateParamJson=values(remark="x")), 200, "OK"),
    "a variable missing": (
        changed(SHIPPED, TemplateParamJson=[{"name": "王芳"}]),
        200,
        "isv.TEMPLATE_MISSING_PARAMETERS",
    ),
    "a variable empty": (
        changed(SHIPPED, TemplateParamJson=values(name="")),
        200,
        "isv.TEMPLATE_MISSING_PARAMETERS",
    ),
    "no TemplateParamJson": (
        changed(SHIPPED, TemplateParamJson=None),
        200,
        "isv.TEMPLATE_MISSING_PARAMETERS",
    ),
    "35 characters": (changed(SHIPPED, TemplateParamJson=values(name="名" * 35)), 200, "OK"),
    "36 characters": (
        changed(SHIPPED, TemplateParamJson=values(name="名" * 36)),
        200,
        "isv.PARAM_LENGTH_LIMIT",
    ),
    "a link": (changed(SHIPPED, TemplateParamJson=values(code="a.com/x")), 200, "isv.PARAM_NOT_SUPPORT_URL"),
    "captcha": (CAPTCHA, 200, "OK"),
    "captcha of letters": (
        changed(CAPTCHA, TemplateParamJson=[{"code": "abcd"}]),
        200,
        "isv.TEMPLATE_PARAMS_ILLEGAL",
    ),
    "captcha of seven": (
        changed(CAPTCHA, TemplateParamJson=[{"code": "1234567"}]),
        200,
        "isv.PARAM_LENGTH_LIMIT",
    ),
    "template unknown": (changed(PROMOTION, TemplateCode="SMS_1"), 200, "isv.SMS_TEMPLATE_ILLEGAL"),
    "template in review": (changed(PROMOTION, TemplateCode="SMS_221405518"), 200, "isv.SMS_TEMPLATE_ILLEGAL"),
    "template rejected": (changed(PROMOTION, TemplateCode="SMS_221377020"), 200, "isv.SMS_TEMPLATE_ILLEGAL"),
    "template withdrawn": (changed(SHIPPED, TemplateCode="SMS_223000301"), 200, "isv.SMS_TEMPLATE_ILLEGAL"),
    "template for abroad": (
        changed(SHIPPED, TemplateCode="SMS_223000304"),
        200,
        "isv.DOMESTIC_NUMBER_NOT_SUPPORTED",
    ),
    "sign unknown": (changed(PROMOTION, SignNameJson=["别人的"]), 200, "isv.SMS_SIGNATURE_ILLEGAL"),
    "sign in review": (changed(PROMOTION, SignNameJson=["某某优选"]), 200, "isv.SMS_SIGNATURE_ILLEGAL"),
    "sign rejected": (changed(PROMOTION, SignNameJson=["某某到家"]), 200, "isv.SMS_SIGNATURE_ILLEGAL"),
    "sign withdrawn": (changed(PROMOTION, SignNameJson=["某某书店"]), 200, "isv.SIGN_STATE_ILLEGAL"),
    "sign for codes, promotion": (
        changed(PROMOTION, SignNameJson=["某某验证"]),
        200,
        "isv.SMS_SIGNATURE_SCENE_ILLEGAL",
    ),
    "sign for codes, code": (changed(CAPTCHA, SignNameJson=["某某验证"]), 200, "OK"),
    "two sign names": (
        changed(batch(["13800138000", "13800138001"]), SignNameJson=["某某商城", "某某物流"]),
        200,
        "OK",
    ),
    "all numbers wrong": (batch(["12345", "03800138000"]), 200, "isv.MOBILE_NUMBER_ILLEGAL"),
    "two numbers in one text": (batch(["13800138000,13800138001"]), 200, "isv.MOBILE_NUMBER_ILLEGAL"),
    "one number wrong": (batch(["12345", "13800138000"]), 200, "OK"),
    "the same number twice": (batch(["13800138000"] * 2), 200, "OK"),
    "prefixes": (batch(["+8613800138000", "8613800138001", "008613800138002", "+13800138003"]), 200, "OK"),
    "OutId of 255": (changed(PROMOTION, OutId="x" * 255), 200, "OK"),
    "OutId of 256": (changed(PROMOTION, OutId="x" * 256), 200, "isv.INVALID_PARAMETERS"),
    "OutId empty": (changed(PROMOTION, OutId=""), 200, "OK"),
    "extension code": (changed(PROMOTION, SmsUpExtendCodeJson=["90999"]), 200, "OK"),
    "extension code no number": (changed(PROMOTION, SmsUpExtendCodeJson=["9x"]), 200, "isv.CODE_ERROR"),
    "extension code for two sign names": (
        changed(
            batch(["13800138000", "13800138001"]),
            SignNameJson=["某某商城", "某某物流"],
            SmsUpExtendCodeJson=["1", "1"],
        ),
        200,
        "isv.EXTEND_CODE_ERROR",
    ),
}


@pytest.mark.parametrize("case", BATCHES)
def test_send_batch_sms(sandbox: SandboxProcess, case: str) -> None:
    parameters, status, code = BATCHES[case]
    reply = call(sandbox.url, "SendBatchSms", **parameters)
    assert (reply.status, reply.code) == (status, code)
    assert ("BizId" in reply.body) == (code == "OK") == (len(sandbox.ledger()) == 1)
    assert ("HostId" in reply.body and "Recommend" in reply.body) == (status != 200)
    assert sandbox.state()["by_code"] == {code: 1}


def test_an_extension_code_stays_with_its_sign_name(sandbox: SandboxProcess) -> None:
    with_code = changed(PROMOTION, SmsUpExtendCodeJson=["90999"])
    assert call(sandbox.url, "SendBatchSms", **with_code).code == "OK"
    assert call(sandbox.url, "SendBatchSms", **with_code).code == "OK"
    other = changed(with_code, SignNameJson=["某某物流"])
    assert call(sandbox.url, "SendBatchSms", **other).code == "isv.ONE_CODE_MULTIPLE_SIGN"


def test_the_parameters_may_all_be_in_the_query_or_all_in_the_form(sandbox: SandboxProcess) -> None:
    every = {**SEED["query"], **SEED["form"]}
    for places in ({"query": every}, {"form": every}, {"query": every, "method": "GET"}):
        assert call(sandbox.url, "SendBatchSms", **places).code == "OK", places
    for places in ({"query": every}, {"form": every}, {"query": every, "method": "GET"}):
        request = signed_v1(sandbox.url, "SendBatchSms", **places)
        assert exchange(sandbox.url, request).code == "OK", places
    assert [entry["texts"] for entry in sandbox.ledger()] == [sandbox.ledger()[0]["texts"]] * 6


SINGLES: dict[str, tuple[dict[str, str], str, int]] = {
    "one": ({}, "OK", 1),
    "a thousand": ({"PhoneNumbers": ",".join(str(13800000000 + n) for n in range(1000))}, "OK", 1000),
    "a thousand and one": (
        {"PhoneNumbers": ",".join(str(13800000000 + n) for n in range(1001))},
        "isv.MOBILE_COUNT_OVER_LIMIT",
        0,
    ),
    "number missing": ({"PhoneNumbers": ""}, "MissingPhoneNumbers", 0),
    "sign missing": ({"SignName": ""}, "MissingSignName", 0),
    "variable missing": ({"TemplateParam": "{}"}, "isv.TEMPLATE_MISSING_PARAMETERS", 0),
    "an array": ({"TemplateParam": "[]"}, "isv.INVALID_JSON_PARAM", 0),
}


@pytest.mark.parametrize("case", SINGLES)
def test_send_sms(sandbox: SandboxProcess, case: str) -> None:
    changes, code, count = SINGLES[case]
    given = {
        "PhoneNumbers": "13800138000",
        "SignName": "短信迁移测试签名",
        "TemplateCode": "SMS_71175823",
        "TemplateParam": '{"code":"1234","product":"ytx1"}',
        "OutId": "single-1",
        **changes,
    }
    assert call(sandbox.url, "SendSms", form=given).code == code
    assert [len(entry["numbers"]) for entry in sandbox.ledger()] == ([count] if count else [])


V3_REFUSALS: dict[str, tuple[dict[str, Any], int, str]] = {
    "wrong secret": ({"secret": "sandbax"}, 400, "SignatureDoesNotMatch"),
    "unknown key": ({"key_id": "nobody"}, 404, "InvalidAccessKeyId.NotFound"),
    "host not signed": ({"unsigned": ["host"]}, 400, "SignatureDoesNotMatch"),
    "content-type not signed": ({"unsigned": ["content-type"]}, 400, "SignatureDoesNotMatch"),
    "an x-acs header not signed": ({"unsigned": ["x-acs-version"]}, 400, "SignatureDoesNotMatch"),
    "accept not signed": ({"headers": {"accept": "application/json"}, "unsigned": ["accept"]}, 200, "OK"),
    "accept and user-agent signed": ({"headers": {"accept": "*/*", "user-agent": "x/1  y"}}, 200, "OK"),
    "hash of another body": ({"headers": {"x-acs-content-sha256": "00" * 32}}, 400, "SignatureDoesNotMatch"),
    "another version": ({"headers": {"x-acs-version": "2018-05-01"}}, 400, "InvalidVersion"),
    "no date": ({"headers": {"x-acs-date": ""}}, 400, "MissingTimestamp"),
    "no nonce": ({"headers": {"x-acs-signature-nonce": ""}}, 400, "MissingSignatureNonce"),
    "date in words": ({"headers": {"x-acs-date": "today"}}, 400, "InvalidTimeStamp.Format"),
    "no such date": ({"headers": {"x-acs-date": "2026-13-01T00:00:00Z"}}, 400, "InvalidTimeStamp.Format"),
    "ten minutes ago": ({"clock_off": timedelta(minutes=-10)}, 200, "OK"),
    "an hour ago": ({"clock_off": timedelta(hours=-1)}, 400, "InvalidTimeStamp.Expired"),
    "in an hour": ({"clock_off": timedelta(hours=1)}, 400, "InvalidTimeStamp.Expired"),
    "PUT": ({"method": "PUT"}, 400, "UnsupportedHTTPMethod"),
    "operation unknown": ({"headers": {"x-acs-action": "SendBatchSMS"}}, 404, "InvalidAction.NotFound"),
}


@pytest.mark.parametrize("case", V3_REFUSALS)
def test_the_gateway_checks_version_3(sandbox: SandboxProcess, case: str) -> None:
    options, status, code = V3_REFUSALS[case]
    reply = call(sandbox.url, "SendBatchSms", **SEED, **options)
    assert (reply.status, reply.code) == (status, code)
    assert len(sandbox.ledger()) == (code == "OK")


V1_REFUSALS: dict[str, tuple[dict[str, Any], int, str]] = {
    "right": ({}, 200, "OK"),
    "wrong secret": ({"secret": "sandbax"}, 400, "SignatureDoesNotMatch"),
    "unknown key": ({"key_id": "nobody"}, 404, "InvalidAccessKeyId.NotFound"),
    "no key": ({"AccessKeyId": ""}, 400, "MissingAccessKeyId"),
    "no nonce": ({"SignatureNonce": ""}, 400, "MissingSignatureNonce"),
    "no timestamp": ({"Timestamp": ""}, 400, "MissingTimestamp"),
    "another method": ({"SignatureMethod": "HMAC-SHA256"}, 400, "InvalidSignatureMethod"),
    "another version": ({"Version": "2018-05-01"}, 400, "InvalidVersion"),
    "no operation": ({"Action": ""}, 400, "MissingAction"),
    "expired": ({"clock_off": timedelta(hours=-1)}, 400, "InvalidTimeStamp.Expired"),
}


@pytest.mark.parametrize("case", V1_REFUSALS)
def test_the_gateway_checks_version_1(sandbox: SandboxProcess, case: str) -> None:
    options, status, code = V1_REFUSALS[case]
    reply = exchange(sandbox.url, signed_v1(sandbox.url, "SendBatchSms", **SEED, **options))
    assert (reply.status, reply.code) == (status, code)
    assert len(sandbox.ledger()) == (code == "OK")


def test_a_mismatch_tells_the_string_that_the_server_signed(sandbox: SandboxProcess) -> None:
    request = signed_v1(sandbox.url, "SendBatchSms", **SEED, secret="sandbax")
    assert "server string to sign is:POST&%2F&AccessKeyId" in exchange(sandbox.url, request).body["Message"]
    reply = call(sandbox.url, "SendBatchSms", **SEED, secret="sandbax")
    assert "server string to sign is:ACS3-HMAC-SHA256\n" in reply.body["Message"]


@pytest.mark.parametrize("signed", [signed_v1, signed_v3])
def test_the_same_request_twice_is_refused_the_second_time(sandbox: SandboxProcess, signed: Any) -> None:
    request = signed(sandbox.url, "SendBatchSms", **SEED)
    assert [exchange(sandbox.url, request).code for _ in range(2)] == ["OK", "SignatureNonceUsed"]
    assert len(sandbox.ledger()) == 1


def test_a_security_token_must_be_the_sandboxs_own() -> None:
    with SandboxProcess(key_id="STS.id", secret="its-secret", security_token="token/==") as process:
        cases = {"token/==": "OK", "token/=": "InvalidSecurityToken.Malformed", "": "MissingSecurityToken"}
        for token, code in cases.items():
            headers = {"x-acs-security-token": token} if token else {}
            options: dict[str, Any] = {"key_id": "STS.id", "secret": "its-secret", "headers": headers}
            assert call(process.url, "SendBatchSms", **SEED, **options).code == code
            common: dict[str, Any] = {"key_id": "STS.id", "secret": "its-secret", "SecurityToken": token}
            request = signed_v1(process.url, "SendBatchSms", **SEED, **common)
            assert exchange(process.url, request).code == code


def details(sandbox: SandboxProcess, phone: str, **changes: str) -> Reply:
    given = {"PhoneNumber": phone, "SendDate": today(), "PageSize": "50", "CurrentPage": "1", **changes}
    return call(sandbox.url, "QuerySendDetails", given)


def test_an_accepted_message_is_in_the_details_at_once(sandbox: SandboxProcess) -> None:
    biz_id = call(sandbox.url, "SendBatchSms", **SEED).body["BizId"]
    body = details(sandbox, "15088650000").body
    assert (body["Code"], body["TotalCount"]) == ("OK", 1)
    [row] = body["SmsSendDetailDTOs"]["SmsSendDetailDTO"]
    assert row.pop("SendDate") <= row.pop("ReceiveDate")
    assert row == {
        "PhoneNum": "15088650000",
        "SendStatus": 3,
        "ErrCode": "DELIVERED",
        "TemplateCode": "SMS_71175823",
        "Content": "【短信迁移测试签名】验证码5678，您正在注册成为ytx2用户，感谢您的支持！",
        "OutId": "seed-1",
    }
    assert details(sandbox, "15088650000", BizId=biz_id).body["TotalCount"] == 1
    assert details(sandbox, "15088650000", BizId="1^0").body["TotalCount"] == 0
    assert details(sandbox, "15088650001").body["SmsSendDetailDTOs"] == {"SmsSendDetailDTO": []}


def test_details_come_in_pages_with_the_newest_first(sandbox: SandboxProcess) -> None:
    for number in range(5):
        call(sandbox.url, "SendBatchSms", **batch(["13800138000"], out_id=f"out-{number}"))
    pages = [
        details(sandbox, "13800138000", PageSize="2", CurrentPage=str(page)).body for page in (1, 2, 3, 4)
    ]
    assert {page["TotalCount"] for page in pages} == {5}
    found = [[row["OutId"] for row in page["SmsSendDetailDTOs"]["SmsSendDetailDTO"]] for page in pages]
    assert found == [["out-4", "out-3"], ["out-2", "out-1"], ["out-0"], []]


ENDINGS = [
    ("13800138000", 3, "DELIVERED"),
    ("13800138901", 2, "MOBILE_NOT_ON_SERVICE"),
    ("13800138905", 2, "MOBILE_IN_BLACK"),
    ("13800138907", 2, "MOBLLE_TERMINAL_ERROR"),
    ("13800138918", 2, "isv.BLACK_KEY_CONTROL_LIMIT"),
    ("13800138920", 1, ""),
    ("13800138921", 1, "REQUEST_SUCCESS"),
]


def test_the_ending_of_a_number_decides_its_receipt(sandbox: SandboxProcess) -> None:
    call(sandbox.url, "SendBatchSms", **batch([phone for phone, _, _ in ENDINGS] + ["1234567"]))
    for phone, status, code in [*ENDINGS, ("1234567", 2, "isv.MOBILE_NUMBER_ILLEGAL")]:
        [row] = details(sandbox, phone).body["SmsSendDetailDTOs"]["SmsSendDetailDTO"]
        assert (row["SendStatus"], row["ErrCode"]) == (status, code), phone
        assert bool(row["ReceiveDate"]) == (status != 1)


@pytest.mark.parametrize(
    ("name", "code"),
    [("王芳", "DELIVERED"), ("王😀", "isv.UNSUPPORTED_CONTENT"), ("【王】", "isv.UNSUPPORTED_CONTENT")],
)
def test_what_cannot_be_shown_fails_by_its_receipt(sandbox: SandboxProcess, name: str, code: str) -> None:
    call(sandbox.url, "SendBatchSms", **changed(SHIPPED, TemplateParamJson=values(name=name)))
    [row] = details(sandbox, "13800138000").body["SmsSendDetailDTOs"]["SmsSendDetailDTO"]
    assert row["ErrCode"] == code


DETAILS_REFUSED = {
    "date with dashes": ({"SendDate": "2026-01-02"}, "isv.INVALID_PARAMETERS"),
    "no such day": ({"SendDate": "20261301"}, "isv.INVALID_PARAMETERS"),
    "page of 51": ({"PageSize": "51"}, "isv.INVALID_PARAMETERS"),
    "page of none": ({"PageSize": "0"}, "isv.INVALID_PARAMETERS"),
    "page nought": ({"CurrentPage": "0"}, "isv.INVALID_PARAMETERS"),
    "two numbers": ({"PhoneNumber": "13800138000,13800138001"}, "isv.MOBILE_NUMBER_ILLEGAL"),
    "no number": ({"PhoneNumber": ""}, "MissingPhoneNumber"),
    "no date": ({"SendDate": ""}, "MissingSendDate"),
}


@pytest.mark.parametrize("case", DETAILS_REFUSED)
def test_details_refuse(sandbox: SandboxProcess, case: str) -> None:
    changes, code = DETAILS_REFUSED[case]
    assert details(sandbox, "13800138000", **changes).code == code
