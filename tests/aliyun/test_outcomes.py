"""What an answer proves, as a table; and that nothing personal or secret survives in what is kept of it."""

from __future__ import annotations

import json

import pytest

from django_alisms.aliyun.codes import CODES, explain
from django_alisms.aliyun.outcomes import Answer, Outcome, failed, judge
from django_alisms.aliyun.scrubbing import scrub

A, R, U = Outcome.ACCEPTED, Outcome.REFUSED, Outcome.UNKNOWN
OK = {"RequestId": "6F9C3B52-0D1A-5E77-9A41-3C0A7B1E2D44", "Code": "OK", "Message": "OK", "BizId": "4129^0"}
LIMIT = {"RequestId": "R-1", "Code": "isv.BUSINESS_LIMIT_CONTROL", "Message": "触发天级流控Permits:10"}
THROTTLED = {"RequestId": "R-1", "HostId": "h", "Code": "Throttling.User", "Message": "slow"}


def without(envelope, *names):
    return {name: value for name, value in envelope.items() if name not in names}


# status, body, what comes of it, code
TABLE = {
    "accepted": (200, OK, A, "OK"),
    "biz id of digits": (200, {**OK, "BizId": 9006197469364984400}, A, "OK"),
    "more fields than known": (200, {**OK, "Extra": {"a": [1]}}, A, "OK"),
    "OK without BizId": (200, without(OK, "BizId"), U, "wire.no_biz_id"),
    "OK with an empty BizId": (200, {**OK, "BizId": ""}, U, "wire.no_biz_id"),
    "OK with a BizId that is no text": (200, {**OK, "BizId": {"a": 1}}, U, "wire.no_biz_id"),
    "OK with a BizId of true": (200, {**OK, "BizId": True}, U, "wire.no_biz_id"),
    "OK with a BizId of 65": (200, {**OK, "BizId": "9" * 65}, U, "wire.no_biz_id"),
    "OK with a BizId of two lines": (200, {**OK, "BizId": "1\n2"}, U, "wire.no_biz_id"),
    "OK without RequestId": (200, without(OK, "RequestId"), U, "wire.no_request_id"),
    "OK in small letters": (200, {**OK, "Code": "ok"}, U, "ok"),
    "OK with a blank": (200, {**OK, "Code": "OK "}, U, "wire.no_code"),
    "lower-case names": (200, {"requestId": "R", "code": "OK", "bizId": "1^0"}, U, "wire.no_code"),
    "OK under 400": (400, OK, U, "wire.http_4xx"),
    "OK under 201": (201, OK, U, "wire.no_code"),
    "OK under 302": (302, OK, U, "wire.redirect"),
    "OK under 500": (500, OK, U, "wire.http_5xx"),
    "refused without proof": (200, LIMIT, R, "isv.BUSINESS_LIMIT_CONTROL"),
    "refused under 400": (400, LIMIT, R, "isv.BUSINESS_LIMIT_CONTROL"),
    "refused without RequestId": (200, without(LIMIT, "RequestId"), U, "wire.no_request_id"),
    "refused under 502": (502, LIMIT, U, "wire.http_5xx"),
    "refused under 307": (307, LIMIT, U, "wire.redirect"),
    "a new isv code": (200, {**LIMIT, "Code": "isv.BRAND_NEW"}, R, "isv.BRAND_NEW"),
    "a new isp code": (200, {**LIMIT, "Code": "isp.BRAND_NEW"}, U, "isp.BRAND_NEW"),
    "system error": (200, {**LIMIT, "Code": "isp.SYSTEM_ERROR"}, U, "isp.SYSTEM_ERROR"),
    "right missing": (200, {**LIMIT, "Code": "isp.RAM_PERMISSION_DENY"}, R, "isp.RAM_PERMISSION_DENY"),
    "throttled, 400": (400, THROTTLED, R, "Throttling.User"),
    "throttled, 429": (429, THROTTLED, R, "Throttling.User"),
    "throttled, 503": (503, THROTTLED, U, "wire.http_5xx"),
    "throttled without RequestId": (400, without(THROTTLED, "RequestId"), U, "wire.no_request_id"),
    "key unknown, 404": (
        404,
        {**THROTTLED, "Code": "InvalidAccessKeyId.NotFound"},
        R,
        "InvalidAccessKeyId.NotFound",
    ),
    "internal error, 500": (500, {**THROTTLED, "Code": "InternalError"}, U, "InternalError"),
    "unavailable, 503": (503, {**THROTTLED, "Code": "ServiceUnavailable"}, U, "ServiceUnavailable"),
    "nonce used": (400, {**THROTTLED, "Code": "SignatureNonceUsed"}, U, "SignatureNonceUsed"),
    "a code nobody knows": (400, {**THROTTLED, "Code": "Surprise"}, U, "Surprise"),
    "a code of ours from outside": (200, {**LIMIT, "Code": "local.dns"}, U, "wire.no_code"),
    "a receipt's code": (200, {**LIMIT, "Code": "DELIVERED"}, U, "DELIVERED"),
    "code is a number": (200, {**OK, "Code": 0}, U, "wire.no_code"),
    "code is a list": (200, {**OK, "Code": ["OK"]}, U, "wire.no_code"),
    "code is markup": (200, {**OK, "Code": "<b>OK</b>"}, U, "wire.no_code"),
    "code is empty": (200, {**OK, "Code": ""}, U, "wire.no_code"),
    "code of 65": (200, {**OK, "Code": "isv." + "A" * 61}, U, "wire.no_code"),
    "no code": (200, {"RequestId": "R-1", "BizId": "1^0"}, U, "wire.no_code"),
    "request id is markup": (200, {**OK, "RequestId": "<a b>"}, U, "wire.no_request_id"),
    "foreign JSON": (200, {"code": 0, "msg": "ok"}, U, "wire.no_code"),
    "a list": (200, [OK], U, "wire.not_json"),
    "a string": (200, "OK", U, "wire.not_json"),
    "null": (200, None, U, "wire.not_json"),
    "HTML": (200, b"<html><body>Welcome to the WiFi</body></html>", U, "wire.not_json"),
    "XML": (200, b"<Error><Code>OK</Code></Error>", U, "wire.not_json"),
    "half": (200, json.dumps(OK).encode()[:40], U, "wire.not_json"),
    "twice": (200, json.dumps(OK).encode() * 2, U, "wire.not_json"),
    "not text": (200, b"\xff\xfe\xfd\x00\xd8", U, "wire.not_json"),
    "nested beyond reason": (200, b"[" * 60000, U, "wire.not_json"),
    "nested object beyond reason": (200, b'{"a":' * 12000, U, "wire.not_json"),
    "number beyond reason": (200, b'{"Code": 1' + b"0" * 60000 + b"}", U, "wire.not_json"),
    "empty": (200, b"", U, "wire.empty"),
    "blanks": (200, b" \r\n ", U, "wire.empty"),
    "204": (204, b"", U, "wire.empty"),
    "301": (301, b"", U, "wire.redirect"),
    "302": (302, b"", U, "wire.redirect"),
    "307": (307, b"", U, "wire.redirect"),
    "308": (308, b"", U, "wire.redirect"),
    "400, HTML": (400, b"<html>", U, "wire.http_4xx"),
    "403, proxy": (403, b"Forbidden", U, "wire.http_4xx"),
    "407": (407, b"", U, "wire.http_4xx"),
    "408": (408, b"", U, "wire.http_4xx"),
    "413": (413, b"", U, "wire.http_4xx"),
    "429 without body": (429, b"", U, "wire.http_4xx"),
    "500": (500, b"", U, "wire.http_5xx"),
    "502, HTML": (502, b"<html>", U, "wire.http_5xx"),
    "503": (503, b"", U, "wire.http_5xx"),
    "504": (504, b"", U, "wire.http_5xx"),
}


def encoded(body):
    return body if isinstance(body, bytes) else json.dumps(body).encode()


@pytest.mark.parametrize(("status", "body", "outcome", "code"), TABLE.values(), ids=TABLE)
def test_what_an_answer_to_a_send_proves(status, body, outcome, code):
    answer = judge(status, {}, encoded(body), sending=True, elapsed=0.5)
    assert (answer.outcome, answer.code) == (outcome, code)
    assert answer.outcome is explain(answer.code).outcome
    assert (answer.http_status, answer.elapsed) == (status, 0.5)
    assert answer.data is None
    assert bool(answer.biz_id) is (outcome is A)
    assert len(answer.message) <= 200


@pytest.mark.parametrize("code", [code for code in CODES if not code.startswith(("local.", "wire."))])
def test_every_code_counts_under_every_status_below_500_but_ok(code):
    for status in (200, 400, 403, 404, 429):
        answer = judge(status, {}, encoded({**OK, "Code": code}), sending=True)
        if code == "OK" and status != 200:
            assert (answer.outcome, answer.code) == (U, "wire.http_4xx")
        else:
            assert (answer.outcome, answer.code) == (explain(code).outcome, code)


@pytest.mark.parametrize("code", CODES)
def test_no_code_proves_anything_under_5xx(code):
    for status in (500, 502, 503, 504, 599):
        assert judge(status, {}, encoded({**OK, "Code": code}), sending=True).outcome is U


def test_a_look_up_needs_no_biz_id_and_keeps_its_body_out_of_the_repr():
    body = {**without(OK, "BizId"), "TotalCount": 1, "PhoneNum": "13800138000"}
    answer = judge(200, {}, encoded(body), sending=False)
    assert (answer.outcome, answer.data) == (A, body)
    assert "13800138000" not in repr(answer)
    assert judge(200, {}, encoded(LIMIT), sending=False).data is None


def test_our_word_for_it_keeps_theirs_in_the_message():
    assert judge(503, {}, encoded(THROTTLED), sending=True).message == "Throttling.User: slow"
    assert judge(200, {}, encoded(without(OK, "BizId")), sending=True).message == "OK: OK"
    assert judge(200, {}, encoded({"code": "Oops", "message": "no"}), sending=True).message == "Oops: no"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"x-acs-retry-after": "1500"}, 1.5),
        ({"retry-after": "2"}, 2.0),
        ({"x-acs-retry-after": "250", "retry-after": "9"}, 0.25),
        ({"x-acs-retry-after": "0"}, None),
        ({"x-acs-retry-after": "-5"}, None),
        ({"x-acs-retry-after": "soon"}, None),
        ({"x-acs-retry-after": "²"}, None),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        ({"x-acs-retry-after": "999999999999"}, 3600.0),
        ({"x-acs-retry-after": "9" * 5000}, None),
    ],
)
def test_retry_after(headers, seconds):
    assert judge(429, headers, encoded(THROTTLED), sending=True).retry_after == seconds


@pytest.mark.parametrize("status", [200, 400, 403, 500])
def test_the_message_of_a_wrong_signature_is_dropped(status):
    message = (
        "Specified signature is not matched with our calculation. server string to sign is:"
        "POST&%2F&AccessKeyId%3DLTAI5tExampleKeyId%26PhoneNumberJson%3D%255B%252213800138000%2522%255D"
    )
    for code in ("SignatureDoesNotMatch", "IncompleteSignature"):
        answer = judge(status, {}, encoded({**THROTTLED, "Code": code, "Message": message}), sending=True)
        assert answer.message in ("", code)


KEY_LIKE = "kQ8vJ2mZxW4nRt7YpLs1BcDf9GhA3E"
SCRUBBED = {
    "a number": ("number 13800138000 is wrong", "13800138000"),
    "a number in groups": ("number 138 0013 8000 is wrong", "0013"),
    "a number in hyphens": ("number 138-0013-8000 is wrong", "0013"),
    "a number with country code": ("+8613800138000", "13800138000"),
    "a number, full width": ("１３８００１３８０００", "８００"),
    "a number, percent-encoded": ("%5B%2213800138000%22%5D", "13800138000"),
    "seven digits": ("1234567", "1234567"),
    "a key id": ("AccessKey LTAI5tQk3 not found", "LTAI5tQk3"),
    "a token": ("token STS.NUgYrLnoC37mZZCNnAbez", "NUgYrLnoC37mZZCNnAbez"),
    "a secret": (f"secret={KEY_LIKE};", KEY_LIKE),
    "a secret, percent-encoded": ("kQ8vJ2mZ%2FxW4nRt7YpLs%3D%3D", "kQ8vJ2mZ"),
    "a signature": ("51562b98d3b52f6c5d2edcdf78efe4a5d7ba990e7bb113fe6f2e550e250eec3b", "51562b98"),
    "a secret given by name": ("the word is swordfish", "swordfish"),
    "an escape sequence": ("\x1b[31mred\x07", "\x1b"),
    "a line break": ("one\r\ntwo\u2028three", "\n"),
    "turned text": ("abc\u202edef", "\u202e"),
}


@pytest.mark.parametrize(("text", "gone"), SCRUBBED.values(), ids=SCRUBBED)
def test_scrub_takes_out(text, gone):
    assert gone not in scrub(text, ["swordfish", ""])
    assert (
        gone
        not in judge(
            400, {}, encoded({**THROTTLED, "Message": text}), sending=True, secrets=["swordfish"]
        ).message
    )
    assert gone not in failed("wire.reset", text.replace("swordfish", "")).message


@pytest.mark.parametrize(
    "text",
    [
        "触发天级流控Permits:10",
        "签名不合法(不存在或被拉黑)",
        "PhoneNumberJson is mandatory for this action.",
        "isv.SMS_CONTENT_MISMATCH_TEMPLATE_TYPE",
        "[Errno 111] Connection refused",
        "123456",
    ],
)
def test_scrub_leaves_what_helps(text):
    assert scrub(text) == text


def test_scrub_cuts_and_ends_quickly():
    assert len(scrub("错" * 5000)) == 200
    assert len(scrub("a1" * 500_000)) <= 200
    assert len(scrub("-1" * 500_000)) <= 200


def test_a_failure_has_the_outcome_of_its_code():
    assert failed("local.dns", "no such host").outcome is R
    assert failed("wire.reset").outcome is U
    assert failed("wire.reset", elapsed=2.0).elapsed == 2.0
    assert failed("local.nobody_knows").outcome is U


def test_an_answer_does_not_change():
    answer = Answer(A, "OK", "OK")
    with pytest.raises(AttributeError):
        answer.code = "isv.X"
