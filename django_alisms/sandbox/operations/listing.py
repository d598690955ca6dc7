"""QuerySmsSignList, QuerySmsTemplateList, GetSmsSign, GetSmsTemplate: the catalogue in Aliyun's words.

The words differ from operation to operation, as they do in the service: the lists say AUDIT_STATE_PASS, the
others 1 or "1", and TemplateType of the list counts otherwise than everywhere else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from zlib import crc32

from django_alisms.sandbox.answers import Refusal
from django_alisms.sandbox.catalogue import (
    AWAITING_PROOF,
    CARRIERS,
    FAILED,
    LAPSED,
    NOT_SUBMITTED,
    REGISTERED,
    REGISTERING,
    Catalogue,
    SignName,
    Template,
)
from django_alisms.sandbox.gateway import missing
from django_alisms.sandbox.operations.details import whole_number

_LIST_STATUS = {
    "review": "AUDIT_STATE_INIT",
    "approved": "AUDIT_STATE_PASS",
    "rejected": "AUDIT_STATE_NOT_PASS",
    "withdrawn": "AUDIT_STATE_CANCEL",
}
_TEMPLATE_LIST_STATUS = {**_LIST_STATUS, "withdrawn": "AUDIT_SATE_CANCEL"}  # spelt so in Alibaba Cloud's page
_STATUS = {"review": 0, "approved": 1, "rejected": 2, "withdrawn": 10}
_OUTER_TYPE = {"verification": 0, "notification": 1, "promotion": 2, "international": 3}
_LIST_TYPE = {"notification": 0, "promotion": 1, "verification": 2, "international": 6}
_REGISTRATION_REASONS = {
    NOT_SUBMITTED: ("NON_REGISTER", "签名未提交报备"),
    REGISTERING: ("REGISTERING", "签名报备中"),
    FAILED: ("QUALIFICATION_ERROR", "资质信息与运营商登记不一致"),
    AWAITING_PROOF: ("DETECTING", "报备结果待核验"),
    LAPSED: ("NO_SEND_RECORD", "签名超过6个月无发送记录，报备失效"),
}


def sign_list(given: Mapping[str, str], catalogue: Catalogue) -> dict[str, Any]:
    items = list(catalogue.sign_names.values())
    return _page(given, items, "SmsSignList", _sign_row)


def template_list(given: Mapping[str, str], catalogue: Catalogue) -> dict[str, Any]:
    items = list(catalogue.templates.values())
    return _page(given, items, "SmsTemplateList", _template_row)


def sign(given: Mapping[str, str], catalogue: Catalogue) -> dict[str, Any]:
    if not given.get("SignName"):
        raise missing("SignName")
    found = catalogue.sign_names.get(given["SignName"])
    if found is None:
        raise Refusal("isv.SMS_SIGNATURE_ILLEGAL")
    return {
        "SignName": found.name,
        "SignCode": f"SIGN_1000{_number(found.name)}",
        "SignStatus": _STATUS[found.status],
        "SignTag": "2",
        "SignUsage": "自用",
        "ApplyScene": "",
        "Remark": "",
        "AuditInfo": _audit_info(found),
        "CreateDate": found.created,
        "OrderId": _order(found.order_id, found.name),
        "QualificationId": 100000001,
        "AuthorizationLetterId": None,
        "AppIcpRecordId": None,
        "TrademarkId": None,
        "AuthorizationLetterAuditPass": False,
        "ThirdParty": False,
        "FileUrlList": [],
        "RegisterResult": 1 if all(state == REGISTERED for state in found.registration) else -1,
        "SignIspRegisterDetailList": [
            _registration(carrier, state, found.created)
            for carrier, state in zip(CARRIERS, found.registration, strict=True)
        ],
    }


def template(given: Mapping[str, str], catalogue: Catalogue) -> dict[str, Any]:
    if not given.get("TemplateCode"):
        raise missing("TemplateCode")
    found = catalogue.templates.get(given["TemplateCode"])
    if found is None:
        raise Refusal("isv.SMS_TEMPLATE_ILLEGAL")
    answer = {
        "TemplateCode": found.code,
        "TemplateName": found.name,
        "TemplateContent": found.content,
        "TemplateStatus": str(_STATUS[found.status]),
        "TemplateType": str(_OUTER_TYPE[found.kind]),
        "TemplateTag": 2,
        "VariableAttribute": json.dumps(dict(found.attributes), separators=(",", ":")),
        "CreateDate": found.created,
        "OrderId": _order(found.order_id, found.code),
        "RelatedSignName": found.sign_name,
        "ApplyScene": "",
        "Remark": "",
        "AuditInfo": _audit_info(found),
        "FileUrlList": {"FileUrl": []},
        "MoreDataFileUrlList": {"MoreDataFileUrl": []},
        "SignList": {"SignList": [found.sign_name] if found.sign_name else []},
    }
    if found.kind == "international":
        answer["IntlType"] = 0
    return answer


def _page(given: Mapping[str, str], items: list[Any], name: str, row: Any) -> dict[str, Any]:
    page = whole_number(given, "PageIndex", 1, 10**9, default=1)
    size = whole_number(given, "PageSize", 1, 50, default=10)
    shown = items[(page - 1) * size : page * size]
    return {
        "CurrentPage": page,
        "PageSize": size,
        "TotalCount": len(items),
        name: [row(item) for item in shown],
    }


def _sign_row(found: SignName) -> dict[str, Any]:
    return {
        "SignName": found.name,
        "AuditStatus": _LIST_STATUS[found.status],
        "BusinessType": "验证码类型" if found.code_only else "通用类型",
        "CreateDate": found.created,
        "OrderId": _order(found.order_id, found.name),
        "Reason": _reason(found),
        "AuthorizationLetterId": None,
        "AppIcpRecordId": None,
        "TrademarkId": None,
        "authorizationLetterAuditPass": False,
    }


def _template_row(found: Template) -> dict[str, Any]:
    return {
        "TemplateCode": found.code,
        "TemplateName": found.name,
        "TemplateContent": found.content,
        "AuditStatus": _TEMPLATE_LIST_STATUS[found.status],
        "TemplateType": _LIST_TYPE[found.kind],
        "OuterTemplateType": _OUTER_TYPE[found.kind],
        "SignatureName": found.sign_name,
        "Reason": _reason(found),
        "CreateDate": found.created,
        "OrderId": _order(found.order_id, found.code),
        "TrafficDriving": "[]",
    }


def _reason(found: SignName | Template) -> dict[str, str]:
    if found.status != "rejected":
        return {"RejectDate": "", "RejectInfo": "", "RejectSubInfo": ""}
    return {"RejectDate": found.created, "RejectInfo": found.reason, "RejectSubInfo": ""}


def _audit_info(found: SignName | Template) -> dict[str, str]:
    if found.status == "review":
        return {"AuditDate": "", "RejectInfo": ""}
    return {"AuditDate": found.created, "RejectInfo": found.reason}


def _registration(carrier: str, state: int, created: str) -> dict[str, Any]:
    reason = _REGISTRATION_REASONS.get(state)
    return {
        "OperatorCode": carrier,
        "OperatorCompleteTime": created if state == REGISTERED else "",
        "RegisterStatus": state,
        "RegisterStatusReasons": [{"ReasonCode": reason[0], "ReasonDescList": [reason[1]]}] if reason else [],
    }


def _order(given: str, key: str) -> str:
    return given or f"2{_number(key)}"


def _number(key: str) -> str:
    """Ten digits that belong to a key, the same at each start."""
    return f"{crc32(key.encode()):010d}"
