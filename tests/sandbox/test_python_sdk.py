"""Alibaba Cloud's own Python SDK sends through the sandbox, with both signature versions."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from importlib import import_module
from typing import Any

import pytest

from tests.sandbox.process import SandboxProcess
from tests.sandbox.requirement import absent

SIGNATURES = pytest.mark.parametrize("algorithm", [None, "v2"], ids=["ACS3-HMAC-SHA256", "HMAC-SHA1"])


def sdk(sandbox: SandboxProcess, algorithm: str | None, secret: str = "") -> tuple[Any, Any]:
    """A client that points at the sandbox, and the module of its request models."""
    try:
        client = import_module("alibabacloud_dysmsapi20170525.client")
        models = import_module("alibabacloud_dysmsapi20170525.models")
        core = import_module("alibabacloud_tea_openapi.models")
    except ModuleNotFoundError:
        absent("the official Python SDK (alibabacloud-dysmsapi20170525) is not installed")
    config = core.Config(
        access_key_id=sandbox.key_id,
        access_key_secret=secret or sandbox.secret,
        endpoint=sandbox.url.removeprefix("http://"),
        protocol="http",
        signature_algorithm=algorithm,
    )
    return client.Client(config), models


def seed(models: Any, **more: str) -> Any:
    return models.SendBatchSmsRequest(
        phone_number_json='["18040580000","15088650000"]',
        sign_name_json='["短信迁移测试签名","短信迁移测试签名"]',
        template_code="SMS_71175823",
        template_param_json='[{"code":"1234","product":"ytx 1*~"},{"code":"5678","product":"ytx+2\'"}]',
        **more,
    )


@SIGNATURES
def test_send_batch_sms(sandbox: SandboxProcess, algorithm: str | None) -> None:
    client, models = sdk(sandbox, algorithm)
    for out_id in ("seed-1", "", "a b/c+d~*&=号"):
        body = client.send_batch_sms(seed(models, out_id=out_id)).body
        assert (body.code, body.message) == ("OK", "OK")
        entry = sandbox.ledger()[-1]
        assert (entry["out_id"], entry["biz_id"]) == (out_id, body.biz_id)
        assert entry["numbers"] == ["18040580000", "15088650000"]
        assert [values["product"] for values in entry["params"]] == ["ytx 1*~", "ytx+2'"]


@SIGNATURES
def test_a_hundred_numbers(sandbox: SandboxProcess, algorithm: str | None) -> None:
    client, models = sdk(sandbox, algorithm)
    phones = [str(13800000000 + number) for number in range(100)]
    request = models.SendBatchSmsRequest(
        phone_number_json=json.dumps(phones),
        sign_name_json=json.dumps(["某某商城"] * 100, ensure_ascii=False),
        template_code="SMS_218740035",
        template_param_json=json.dumps(
            [{"name": "王芳", "code": f"DD{number}", "amount": "268.00"} for number in range(100)],
            ensure_ascii=False,
        ),
        out_id="hundred",
    )
    assert client.send_batch_sms(request).body.code == "OK"
    [entry] = sandbox.ledger()
    assert entry["numbers"] == phones
    assert entry["texts"][99] == "【某某商城】尊敬的王芳，您的订单DD99已发货，金额268.00元。"


@SIGNATURES
def test_send_sms_and_look_it_up(sandbox: SandboxProcess, algorithm: str | None) -> None:
    client, models = sdk(sandbox, algorithm)
    sent = client.send_sms(
        models.SendSmsRequest(
            phone_numbers="13800138000,13800138901",
            sign_name="某某商城",
            template_code="SMS_219880142",
            template_param='{"points":"1200","date":"12月31日"}',
            out_id="single-1",
        )
    ).body
    assert sent.code == "OK"
    day = datetime.now(timezone(timedelta(hours=8))).strftime("%Y%m%d")
    for phone, status, code in (("13800138000", 3, "DELIVERED"), ("13800138901", 2, "MOBILE_NOT_ON_SERVICE")):
        body = client.query_send_details(
            models.QuerySendDetailsRequest(
                phone_number=phone, send_date=day, page_size=50, current_page=1, biz_id=sent.biz_id
            )
        ).body
        assert (body.code, int(body.total_count)) == ("OK", 1)
        [row] = body.sms_send_detail_dtos.sms_send_detail_dto
        assert (row.phone_num, row.send_status, row.err_code) == (phone, status, code)
        assert (row.out_id, row.content) == (
            "single-1",
            "【某某商城】您有1200积分将于12月31日到期，请及时使用。",
        )


@SIGNATURES
def test_sign_names_and_templates(sandbox: SandboxProcess, algorithm: str | None) -> None:
    client, models = sdk(sandbox, algorithm)
    signs = client.query_sms_sign_list(models.QuerySmsSignListRequest(page_index=1, page_size=50)).body
    assert signs.total_count == len(signs.sms_sign_list)
    rejected = next(row for row in signs.sms_sign_list if row.sign_name == "某某到家")
    assert rejected.reason.reject_info == "营业执照名称与签名主体不一致"
    pages = [
        client.query_sms_template_list(models.QuerySmsTemplateListRequest(page_index=page, page_size=50)).body
        for page in (1, 2)
    ]
    rows = [row for page in pages for row in page.sms_template_list]
    assert len(rows) == pages[0].total_count > 50
    assert "SMS_71175823" in {row.template_code for row in rows}
    sign = client.get_sms_sign(models.GetSmsSignRequest(sign_name="某某商城会员")).body
    states = {row.operator_code: row.register_status for row in sign.sign_isp_register_detail_list}
    assert (sign.sign_status, states) == (1, {"mobile": 3, "unicom": 3, "telecom": -1})
    template = client.get_sms_template(models.GetSmsTemplateRequest(template_code="SMS_154950909")).body
    assert (template.template_status, template.template_type) == ("1", "0")
    assert json.loads(template.variable_attribute) == {"code": "numberCaptcha"}


@SIGNATURES
def test_a_wrong_secret_is_refused(sandbox: SandboxProcess, algorithm: str | None) -> None:
    client, models = sdk(sandbox, algorithm, secret="sandbax")
    with pytest.raises(Exception, match="SignatureDoesNotMatch") as raised:
        client.send_batch_sms(seed(models))
    assert getattr(raised.value, "code", "") == "SignatureDoesNotMatch"
    assert sandbox.ledger() == []


@SIGNATURES
def test_a_refusal_of_the_service_comes_as_an_answer(sandbox: SandboxProcess, algorithm: str | None) -> None:
    client, models = sdk(sandbox, algorithm)
    sandbox.control(fault="refuse", code="isv.AMOUNT_NOT_ENOUGH")
    body = client.send_batch_sms(seed(models)).body
    assert (body.code, body.message, body.biz_id) == ("isv.AMOUNT_NOT_ENOUGH", "账户余额不足", None)
