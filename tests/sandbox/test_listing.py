"""The catalogue in Aliyun's words: lists over all pages, one sign name, one template, changes while it runs."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

import pytest

from tests.sandbox.process import SandboxProcess, call


def pages(sandbox: SandboxProcess, action: str, key: str, size: int) -> list[list[dict[str, Any]]]:
    """All pages, until as many came as TotalCount says."""
    found: list[list[dict[str, Any]]] = []
    for number in range(1, 100):
        reply = call(sandbox.url, action, {"PageIndex": str(number), "PageSize": str(size)})
        assert (reply.body["CurrentPage"], reply.body["PageSize"]) == (number, size)
        found.append(reply.body[key])
        if sum(map(len, found)) >= reply.body["TotalCount"]:
            return found
    raise AssertionError("no end")


def templates(sandbox: SandboxProcess) -> dict[str, dict[str, Any]]:
    listed = pages(sandbox, "QuerySmsTemplateList", "SmsTemplateList", 50)
    return {row["TemplateCode"]: row for page in listed for row in page}


def sign_names(sandbox: SandboxProcess) -> dict[str, dict[str, Any]]:
    return {
        row["SignName"]: row for page in pages(sandbox, "QuerySmsSignList", "SmsSignList", 50) for row in page
    }


def test_templates_fill_more_than_one_page_of_the_largest_size(sandbox: SandboxProcess) -> None:
    listed = pages(sandbox, "QuerySmsTemplateList", "SmsTemplateList", 50)
    assert len(listed[0]) == 50
    assert listed[1]
    rows = [row for page in listed for row in page]
    for key in ("TemplateCode", "TemplateName", "TemplateContent"):
        assert len({row[key] for row in rows}) == len(rows), key
    assert [
        row for page in pages(sandbox, "QuerySmsTemplateList", "SmsTemplateList", 7) for row in page
    ] == rows


def test_a_template_of_the_list(sandbox: SandboxProcess) -> None:
    assert templates(sandbox)["SMS_221377020"] == {
        "TemplateCode": "SMS_221377020",
        "TemplateName": "会员专享",
        "TemplateContent": "会员专享价今日开启，全场低至五折。",
        "AuditStatus": "AUDIT_STATE_NOT_PASS",
        "TemplateType": 1,
        "OuterTemplateType": 2,
        "SignatureName": "",
        "Reason": {
            "RejectDate": "2026-03-03 09:10:11",
            "RejectInfo": "缺少退订方式：结尾加上「拒收请回复R」后重新提交",
            "RejectSubInfo": "",
        },
        "CreateDate": "2026-03-03 09:10:11",
        "OrderId": templates(sandbox)["SMS_221377020"]["OrderId"],
        "TrafficDriving": "[]",
    }


def test_the_account_has_all_kinds(sandbox: SandboxProcess) -> None:
    rows = templates(sandbox).values()
    kinds = Counter((row["TemplateType"], row["OuterTemplateType"]) for row in rows)
    assert set(kinds) == {(0, 1), (1, 2), (2, 0), (6, 3)}
    assert {row["AuditStatus"] for row in rows} == {
        "AUDIT_STATE_INIT",
        "AUDIT_STATE_PASS",
        "AUDIT_STATE_NOT_PASS",
        "AUDIT_SATE_CANCEL",
    }
    counts = {len(re.findall(r"\$\{\w+\}", row["TemplateContent"])) for row in rows}
    assert counts == {0, 1, 2, 3}
    assert {row["AuditStatus"] for row in sign_names(sandbox).values()} == {
        "AUDIT_STATE_INIT",
        "AUDIT_STATE_PASS",
        "AUDIT_STATE_NOT_PASS",
        "AUDIT_STATE_CANCEL",
    }


def test_the_demonstration_keeps_aliyuns_own_rules_of_content(sandbox: SandboxProcess) -> None:
    for row in templates(sandbox).values():
        content, approved = row["TemplateContent"], row["AuditStatus"] == "AUDIT_STATE_PASS"
        assert len(content) <= 500
        assert "}${" not in content
        if approved and row["OuterTemplateType"] == 2:
            assert content.endswith("拒收请回复R"), content
        if approved and row["OuterTemplateType"] == 1:
            assert "拒收请回复R" not in content, content
        if row["OuterTemplateType"] == 0:
            assert re.search("验证码|注册码|校验码|动态码", content), content
        assert row["SignatureName"] in {"", *sign_names(sandbox)}


def test_a_sign_name_of_the_list(sandbox: SandboxProcess) -> None:
    row = sign_names(sandbox)["某某到家"]
    assert row.pop("OrderId").isdigit()
    assert row == {
        "SignName": "某某到家",
        "AuditStatus": "AUDIT_STATE_NOT_PASS",
        "BusinessType": "通用类型",
        "CreateDate": "2026-11-18 11:26:54",
        "Reason": {
            "RejectDate": "2026-11-18 11:26:54",
            "RejectInfo": "营业执照名称与签名主体不一致",
            "RejectSubInfo": "",
        },
        "AuthorizationLetterId": None,
        "AppIcpRecordId": None,
        "TrademarkId": None,
        "authorizationLetterAuditPass": False,
    }
    assert sign_names(sandbox)["某某验证"]["BusinessType"] == "验证码类型"


SIGNS = {
    "某某商城": (1, [3, 3, 3], [[], [], []]),
    "某某商城会员": (1, [3, 3, -1], [[], [], ["REGISTERING"]]),
    "某某物流": (1, [3, 0, 3], [[], ["QUALIFICATION_ERROR"], []]),
    "某某旅行": (1, [2, 2, 2], [["NO_SEND_RECORD"]] * 3),
    "某某学堂": (1, [3, 1, 1], [[], ["DETECTING"], ["DETECTING"]]),
    "某某优选": (0, [-2, -2, -2], [["NON_REGISTER"]] * 3),
    "某某到家": (2, [-2, -2, -2], [["NON_REGISTER"]] * 3),
    "某某书店": (10, [-2, -2, -2], [["NON_REGISTER"]] * 3),
}


@pytest.mark.parametrize("name", SIGNS)
def test_get_sms_sign(sandbox: SandboxProcess, name: str) -> None:
    status, states, reasons = SIGNS[name]
    body = call(sandbox.url, "GetSmsSign", {"SignName": name}).body
    assert (body["Code"], body["SignName"], body["SignStatus"]) == ("OK", name, status)
    carriers = body["SignIspRegisterDetailList"]
    assert [carrier["OperatorCode"] for carrier in carriers] == ["mobile", "unicom", "telecom"]
    assert [carrier["RegisterStatus"] for carrier in carriers] == states
    assert [
        [reason["ReasonCode"] for reason in carrier["RegisterStatusReasons"]] for carrier in carriers
    ] == reasons
    assert bool(body["AuditInfo"]["RejectInfo"]) == (status == 2)


TEMPLATES = {
    "SMS_218740035": ("1", "1", "某某商城", {}),
    "SMS_154950909": ("1", "0", "", {"code": "numberCaptcha"}),
    "SMS_220016377": ("1", "2", "某某商城", {}),
    "SMS_221405518": ("0", "1", "", {}),
    "SMS_221377020": ("2", "2", "", {}),
    "SMS_223000301": ("10", "1", "", {}),
    "SMS_223000304": ("1", "3", "", {}),
}


@pytest.mark.parametrize("code", TEMPLATES)
def test_get_sms_template(sandbox: SandboxProcess, code: str) -> None:
    status, kind, sign_name, attributes = TEMPLATES[code]
    body = call(sandbox.url, "GetSmsTemplate", {"TemplateCode": code}).body
    assert (body["Code"], body["TemplateCode"]) == ("OK", code)
    assert (body["TemplateStatus"], body["TemplateType"]) == (status, kind)
    assert json.loads(body["VariableAttribute"]) == attributes
    assert body["SignList"] == {"SignList": [sign_name] if sign_name else []}
    assert body["FileUrlList"] == {"FileUrl": []}
    assert body["TemplateContent"] == templates(sandbox)[code]["TemplateContent"]
    assert ("IntlType" in body) == (kind == "3")


REFUSED = [
    ("GetSmsSign", {"SignName": "别人的"}, "isv.SMS_SIGNATURE_ILLEGAL"),
    ("GetSmsSign", {}, "MissingSignName"),
    ("GetSmsTemplate", {"TemplateCode": "SMS_1"}, "isv.SMS_TEMPLATE_ILLEGAL"),
    ("GetSmsTemplate", {}, "MissingTemplateCode"),
    ("QuerySmsSignList", {"PageSize": "51"}, "isv.INVALID_PARAMETERS"),
    ("QuerySmsTemplateList", {"PageIndex": "0"}, "isv.INVALID_PARAMETERS"),
    ("QuerySmsTemplateList", {"PageIndex": "x"}, "isv.INVALID_PARAMETERS"),
]


@pytest.mark.parametrize(("action", "given", "code"), REFUSED)
def test_a_look_up_is_refused(sandbox: SandboxProcess, action: str, given: dict[str, str], code: str) -> None:
    assert call(sandbox.url, action, given).code == code


def test_without_page_and_size_ten_come(sandbox: SandboxProcess) -> None:
    body = call(sandbox.url, "QuerySmsTemplateList").body
    assert (len(body["SmsTemplateList"]), body["CurrentPage"], body["PageSize"]) == (10, 1, 10)
    assert isinstance(body["TotalCount"], int)


def test_the_account_changes_while_it_runs(sandbox: SandboxProcess) -> None:
    sandbox.control(sign_name={"name": "某某优选", "status": "approved", "registration": [3, 3, -1]})
    sandbox.control(sign_name={"name": "某某商城", "status": "rejected", "reason": "被投诉"})
    sandbox.control(sign_name={"name": "某某物流", "remove": True})
    sandbox.control(sign_name={"name": "某某新店"})
    found = sign_names(sandbox)
    assert found["某某优选"]["AuditStatus"] == found["某某新店"]["AuditStatus"] == "AUDIT_STATE_PASS"
    assert found["某某商城"]["Reason"]["RejectInfo"] == "被投诉"
    assert "某某物流" not in found
    sandbox.control(
        template={"code": "SMS_9", "name": "新", "kind": "notification", "content": "你好${who}。"}
    )
    sandbox.control(template={"code": "SMS_218740035", "content": "订单${code}已发货。"})
    sandbox.control(template={"code": "SMS_220016377", "remove": True})
    listed = templates(sandbox)
    assert listed["SMS_9"]["TemplateContent"] == "你好${who}。"
    assert listed["SMS_218740035"]["TemplateContent"] == "订单${code}已发货。"
    assert "SMS_220016377" not in listed
    given = {
        "PhoneNumbers": "13800138000",
        "SignName": "某某新店",
        "TemplateCode": "SMS_9",
        "TemplateParam": '{"who":"芳"}',
    }
    assert call(sandbox.url, "SendSms", given).code == "OK"
    assert sandbox.ledger()[0]["texts"] == ["【某某新店】你好芳。"]
