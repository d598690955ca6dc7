"""What each call puts on the wire, what its answer becomes, and what is never written anywhere."""

from __future__ import annotations

import json
import logging
from datetime import date, datetime
from urllib.parse import parse_qsl, urlsplit

import pytest

from django_alisms.aliyun import auth
from django_alisms.aliyun.credentials import Credentials
from django_alisms.aliyun.endpoint import Endpoint
from django_alisms.aliyun.operations import Client, send_details, sign_record, sign_records, template_record
from django_alisms.aliyun.operations import template_records as templates_of
from django_alisms.aliyun.outcomes import Answer, Outcome
from django_alisms.aliyun.records import BEIJING

from .conftest import KEYS
from .loopback import OK, LoopbackServer, serve_all

A, R, U = Outcome.ACCEPTED, Outcome.REFUSED, Outcome.UNKNOWN


def send(client, **changes):
    given = {
        "phones": ["15000000000", "15000000001"],
        "sign_name": "示例公司",
        "template_code": "SMS_000000001",
        "params_json": ['{"name":"张三"}', '{"name":"李四"}'],
        "out_id": "send-1-batch-1",
    }
    return client.send_batch_sms(**{**given, **changes})


CALLS = {
    "SendBatchSms": (send, {"OutId": "send-1-batch-1", "TemplateCode": "SMS_000000001"}),
    "QuerySendDetails": (
        lambda client: client.query_send_details("15000000000", date(2026, 1, 2), 3),
        {"PhoneNumber": "15000000000", "SendDate": "20260102", "PageSize": "50", "CurrentPage": "3"},
    ),
    "QuerySendDetails ": (
        lambda client: client.query_send_details("15000000000", date(2026, 1, 2), 1, 10, "4129^0"),
        {
            "PhoneNumber": "15000000000",
            "SendDate": "20260102",
            "PageSize": "10",
            "CurrentPage": "1",
            "BizId": "4129^0",
        },
    ),
    "QuerySendStatistics": (
        lambda client: client.query_send_statistics(date(2026, 1, 2), date(2026, 1, 31), 2),
        {
            "IsGlobe": "1",
            "StartDate": "20260102",
            "EndDate": "20260131",
            "PageIndex": "2",
            "PageSize": "50",
        },
    ),
    "QuerySmsSignList": (
        lambda client: client.query_sms_sign_list(2, 20),
        {"PageIndex": "2", "PageSize": "20"},
    ),
    "QuerySmsTemplateList": (
        lambda client: client.query_sms_template_list(1),
        {"PageIndex": "1", "PageSize": "50"},
    ),
    "GetSmsSign": (lambda client: client.get_sms_sign("示例 公司+"), {"SignName": "示例 公司+"}),
    "GetSmsTemplate": (lambda client: client.get_sms_template("SMS_1"), {"TemplateCode": "SMS_1"}),
}


@pytest.mark.parametrize("action", CALLS)
@pytest.mark.parametrize("token", [None, "STS/token+with=marks"])
def test_what_goes_on_the_wire_is_signed(action, token):
    call, query = CALLS[action]
    keys = Credentials("LTAI5tKeyId", "theSecret", token)
    with LoopbackServer(serve_all) as server:
        client = Client(Endpoint(server.url), lambda: keys)
        assert call(client).outcome is A
        client.close()
        (head, body), *none = server.requests
    assert not none
    first, *lines = head.decode("ascii").split("\r\n")[:-2]
    method, target, protocol = first.split(" ")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    assert len(headers) == len(lines), "no header twice"
    assert (method, protocol) == ("POST", "HTTP/1.1")
    assert dict(parse_qsl(urlsplit(target).query, keep_blank_values=True)) == query
    assert headers["x-acs-action"] == action.strip()
    assert headers["x-acs-version"] == "2017-05-25"
    assert headers["host"] == f"127.0.0.1:{server.port}"
    assert headers["accept-encoding"] == "identity"
    assert headers["user-agent"].startswith("django-alisms/")
    assert headers.get("x-acs-security-token") == token
    assert ("content-type" in headers) is bool(body)
    # The other side's view: the signed headers as they came, everything of Aliyun's among them.
    scheme, rest = headers["authorization"].split(" ", 1)
    given = dict(part.split("=", 1) for part in rest.split(","))
    names = given["SignedHeaders"].split(";")
    assert set(names) >= {name for name in headers if name.startswith("x-acs-")} | {"host"}
    text, signed = auth.canonical_headers({name: headers[name] for name in names})
    request = auth.canonical_request(
        method, "/", auth.canonical_query(query), text, signed, auth.hashed_payload(body)
    )
    assert given["Signature"] == auth.signature("theSecret", auth.string_to_sign(request))
    assert headers["x-acs-content-sha256"] == auth.hashed_payload(body)
    assert scheme == auth.ALGORITHM


def test_the_form_of_a_batch():
    with LoopbackServer(serve_all) as server:
        client = Client(Endpoint(server.url), lambda: KEYS)
        send(client, extend_code="90999")
        client.close()
    form = {name: json.loads(text) for name, text in parse_qsl(server.requests[0][1].decode("ascii"))}
    assert form == {
        "PhoneNumberJson": ["15000000000", "15000000001"],
        "SignNameJson": ["示例公司", "示例公司"],
        "TemplateParamJson": [{"name": "张三"}, {"name": "李四"}],
        "SmsUpExtendCodeJson": ["90999", "90999"],
    }


def test_what_an_accepted_batch_brings(client_of):
    with LoopbackServer(serve_all) as server:
        made = send(client_of(server.url))
    assert made == Answer(A, "OK", "OK", OK["RequestId"], OK["BizId"], http_status=200, elapsed=made.elapsed)


def broken_credentials():
    raise RuntimeError("the vault says: theSecret")


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"phones": []}, "1 to 100"),
        ({"phones": ["15000000000"]}, "sets of variables"),
        ({"sign_name": ""}, "sign name"),
        ({"template_code": ""}, "template code"),
        ({"out_id": "x" * 256}, "OutId"),
        ({"params_json": ['{"name":"\ud800"}', "{}"]}, "UnicodeEncodeError"),
        ({"params_json": [None, "{}"]}, "TypeError"),
    ],
)
def test_a_batch_that_makes_no_request_leaves_nothing(changes, word, client_of):
    with LoopbackServer(serve_all) as server:
        made = send(client_of(server.url), **changes)
        assert (made.outcome, made.code) == (R, "local.build")
        assert word in made.message
        assert server.connections == 0


def test_credentials_are_asked_for_at_every_call_and_may_fail():
    keys = [KEYS, Credentials("LTAI5tSecondKey", "another")]
    with LoopbackServer(serve_all) as server:
        client = Client(Endpoint(server.url), lambda: keys.pop(0))
        assert [send(client).outcome for _ in "ab"] == [A, A]
        made = send(client)
        client.close()
        assert (made.outcome, made.code) == (R, "local.credentials")
        assert b"LTAI5tSecondKey" in server.requests[1][0]
        assert len(server.requests) == 2
    made = send(Client(Endpoint(server.url), broken_credentials))
    assert (made.code, made.message) == ("local.credentials", "RuntimeError")


def test_nothing_of_a_request_is_logged_or_shown(caplog, capfd):
    caplog.set_level(logging.DEBUG)
    echo = json.dumps(
        {**OK, "Code": "isv.X", "Message": f"15000000000 {KEYS.access_key_secret} {KEYS.access_key_id}"}
    )

    def behave(peer):
        while True:
            peer.request()
            peer.answer(echo.encode())

    with LoopbackServer(behave) as server:
        client = Client(Endpoint(server.url), lambda: KEYS)
        shown = [repr(send(client)), repr(client.query_send_details("15000000000", date(2026, 1, 2), 1))]
        shown += [repr(client), caplog.text, *capfd.readouterr()]
        client.close()
    for text in shown:
        for hidden in ("15000000000", KEYS.access_key_secret, KEYS.access_key_id, "张三"):
            assert hidden not in text


# -- records


def answered(body):
    return Answer(A, "OK", "OK", data={"Code": "OK", **body})


def test_sign_names_of_a_page():
    row = {
        "SignName": "示例公司",
        "AuditStatus": "AUDIT_STATE_NOT_PASS",
        "BusinessType": "通用类型",
        "CreateDate": "2026-01-02 11:04:06",
        "Reason": {"RejectInfo": "资质不符", "RejectSubInfo": "执照过期"},
    }
    total, (first, second) = sign_records(
        answered(
            {"TotalCount": 51, "SmsSignList": [row, {**row, "BusinessType": "验证码类型", "Reason": None}]}
        )
    )
    assert total == 51
    assert (first.name, first.audit_status, first.reason) == ("示例公司", "rejected", "资质不符; 执照过期")
    assert (first.applied_at, first.verification_only, first.carriers) == ("2026-01-02 11:04:06", False, None)
    assert (second.verification_only, second.reason) == (True, "")


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ("AUDIT_STATE_INIT", "reviewing"),
        ("AUDIT_STATE_PASS", "approved"),
        ("AUDIT_STATE_NOT_PASS", "rejected"),
        ("AUDIT_STATE_CANCEL", "withdrawn"),
        ("AUDIT_SATE_CANCEL", "withdrawn"),
        ("AUDIT_STATE_NEW", "unrecognised"),
        ("", "unrecognised"),
        (None, "unrecognised"),
        (0, "reviewing"),
        (1, "approved"),
        (2, "rejected"),
        (10, "withdrawn"),
        ("0", "reviewing"),
        ("1", "approved"),
        ("2", "rejected"),
        ("10", "withdrawn"),
        (True, "unrecognised"),
        (3, "unrecognised"),
    ],
)
def test_a_review_is_one_word_however_it_is_told(given, word):
    rows = [{"AuditStatus": given}]
    assert sign_records(answered({"SmsSignList": rows}))[1][0].audit_status == word
    assert templates_of(answered({"SmsTemplateList": rows}))[1][0].audit_status == word
    assert sign_record(answered({"SignStatus": given})).audit_status == word
    assert template_record(answered({"TemplateStatus": given})).audit_status == word


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ({"OuterTemplateType": 0, "TemplateType": 2}, "verification"),
        ({"OuterTemplateType": 1, "TemplateType": 0}, "notification"),
        ({"OuterTemplateType": 2, "TemplateType": 1}, "promotion"),
        ({"OuterTemplateType": 3, "TemplateType": 6}, "international"),
        ({"OuterTemplateType": "2"}, "promotion"),
        ({"TemplateType": 0}, "notification"),
        ({"TemplateType": 1}, "promotion"),
        ({"TemplateType": 2}, "verification"),
        ({"TemplateType": 6}, "international"),
        ({"TemplateType": 3}, "unrecognised"),
        ({"OuterTemplateType": 7, "TemplateType": 0}, "unrecognised"),
        ({}, "unrecognised"),
    ],
)
def test_the_kind_of_a_listed_template(row, kind):
    assert templates_of(answered({"SmsTemplateList": [row]}))[1][0].kind == kind


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ("0", "verification"),
        ("1", "notification"),
        (2, "promotion"),
        ("3", "international"),
        ("6", "unrecognised"),
    ],
)
def test_the_kind_of_a_template(given, kind):
    assert template_record(answered({"TemplateType": given})).kind == kind


def test_a_template_with_the_rules_of_its_variables():
    record = template_record(
        answered(
            {
                "TemplateCode": "SMS_1",
                "TemplateName": "验证码",
                "TemplateContent": "您的验证码为${code}",
                "TemplateStatus": "2",
                "TemplateType": "0",
                "AuditInfo": {"RejectInfo": "不通过"},
                "VariableAttribute": '{"code":"numberCaptcha","n":5}',
            }
        )
    )
    assert (record.code, record.name, record.content) == ("SMS_1", "验证码", "您的验证码为${code}")
    assert (record.reason, record.variable_attributes) == ("不通过", {"code": "numberCaptcha"})


@pytest.mark.parametrize("text", [None, "", "{", "[]", '"x"', 5, "[" * 5000])
def test_rules_that_cannot_be_read_are_not_said(text):
    assert template_record(answered({"VariableAttribute": text})).variable_attributes is None


def test_registration_at_the_carriers():
    rows = [
        {"OperatorCode": "mobile", "RegisterStatus": 3},
        {"OperatorCode": "unicom", "RegisterStatus": -1},
        {"OperatorCode": "telecom", "RegisterStatus": 9},
        {"RegisterStatus": 1},
        "nonsense",
    ]
    record = sign_record(answered({"SignName": "示例公司", "SignIspRegisterDetailList": rows}))
    assert record.carriers == {"mobile": "registered", "unicom": "in_progress", "telecom": "unrecognised"}
    states = [
        sign_record(
            answered({"SignIspRegisterDetailList": [{"OperatorCode": "m", "RegisterStatus": number}]})
        )
        for number in (-2, -1, 0, 1, 2, 3)
    ]
    assert [record.carriers["m"] for record in states] == [
        "not_submitted", "in_progress", "failed", "awaiting_proof", "lapsed", "registered",
    ]  # fmt: skip


def test_send_details():
    row = {
        "PhoneNum": "15000000000",
        "SendStatus": 3,
        "ErrCode": "DELIVERED",
        "TemplateCode": "SMS_1",
        "Content": "【示例公司】您的取件码为1234",
        "SendDate": "2026-01-02 11:04:06",
        "ReceiveDate": "",
        "OutId": "batch-1",
    }
    total, (detail,) = send_details(
        answered({"TotalCount": "1", "SmsSendDetailDTOs": {"SmsSendDetailDTO": [row]}})
    )
    assert total == 1
    assert (detail.phone, detail.status, detail.code) == ("15000000000", "delivered", "DELIVERED")
    assert (detail.sent_at, detail.received_at) == (datetime(2026, 1, 2, 11, 4, 6, tzinfo=BEIJING), None)
    assert (detail.out_id, detail.template_code) == ("batch-1", "SMS_1")
    assert "15000000000" not in repr(detail)


@pytest.mark.parametrize(
    ("given", "word"),
    [(1, "waiting"), ("2", "undelivered"), (3, "delivered"), (4, "unrecognised"), (None, "unrecognised")],
)
def test_the_status_of_a_message(given, word):
    body = {"TotalCount": 1, "SmsSendDetailDTOs": {"SmsSendDetailDTO": [{"SendStatus": given}]}}
    assert send_details(answered(body))[1][0].status == word


@pytest.mark.parametrize(
    ("body", "total", "count"),
    [
        ({"TotalCount": 2, "SmsSendDetailDTOs": {"SmsSendDetailDTO": []}}, 2, 0),
        ({"TotalCount": "2"}, 2, 0),
        ({"TotalCount": 0, "SmsSendDetailDTOs": {}}, 0, 0),
        ({"SmsSendDetailDTOs": {"SmsSendDetailDTO": []}}, -1, 0),
        ({"TotalCount": None}, -1, 0),
        ({"TotalCount": "two"}, -1, 0),
        ({"TotalCount": -1}, -1, 0),
        ({"TotalCount": 1.0}, -1, 0),
        ({"TotalCount": True}, -1, 0),
        ({"TotalCount": "²"}, -1, 0),
        ({"TotalCount": 10**30}, -1, 0),
        ({"TotalCount": 2, "SmsSendDetailDTOs": {"SmsSendDetailDTO": [{}, None, "x"]}}, 2, 1),
        ({"TotalCount": 1, "SmsSendDetailDTOs": {"SmsSendDetailDTO": {"OutId": "x"}}}, 1, 0),
        ({"TotalCount": 1, "SmsSendDetailDTOs": [{"OutId": "x"}]}, 1, 0),
    ],
)
def test_details_that_are_not_what_they_should_be(body, total, count):
    counted, details = send_details(answered(body))
    assert (counted, len(details)) == (total, count)


def test_records_of_an_answer_without_a_body_are_empty():
    none = Answer(U, "wire.reset", "")
    assert send_details(none) == sign_records(none) == templates_of(none) == (-1, [])
    assert (sign_record(none).name, template_record(none).code) == ("", "")
