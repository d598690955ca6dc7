"""The bodies of the look-ups as plain records with our words.

The service counts and spells the same thing differently from operation to operation (AUDIT_STATE_PASS, 1, "1");
here it is one word. What is missing or of another type becomes empty: nothing here raises for what came.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any

from .outcomes import Answer

BEIJING = timezone(timedelta(hours=8))
UNRECOGNISED = "unrecognised"

_AUDIT_STATUS = {
    "AUDIT_STATE_INIT": "reviewing",
    "AUDIT_STATE_PASS": "approved",
    "AUDIT_STATE_NOT_PASS": "rejected",
    "AUDIT_STATE_CANCEL": "withdrawn",
    "AUDIT_SATE_CANCEL": "withdrawn",  # spelt so on the page of QuerySmsTemplateList
    "0": "reviewing",
    "1": "approved",
    "2": "rejected",
    "10": "withdrawn",
}
_KIND = {"0": "verification", "1": "notification", "2": "promotion", "3": "international"}
# TemplateType of QuerySmsTemplateList, and only there, counts otherwise.
_LISTED_KIND = {"0": "notification", "1": "promotion", "2": "verification", "6": "international"}
_REGISTRATION = {
    "-2": "not_submitted",
    "-1": "in_progress",
    "0": "failed",
    "1": "awaiting_proof",
    "2": "lapsed",
    "3": "registered",
}
_SENT = {"1": "waiting", "2": "undelivered", "3": "delivered"}


@dataclass(frozen=True, slots=True)
class SignRecord:
    """A sign name of the account.

    `audit_status`: reviewing, approved, rejected, withdrawn, unrecognised. `verification_only` and `carriers`
    ({"mobile": "registered", …}) are None where the operation does not say.
    """

    name: str
    audit_status: str
    reason: str
    applied_at: str
    verification_only: bool | None = None
    carriers: dict[str, str] | None = None


@dataclass(frozen=True, slots=True)
class TemplateRecord:
    """A template of the account.

    `kind`: verification, notification, promotion, international, unrecognised. `variable_attributes`
    ({"code": "numberCaptcha", …}) is None where the operation does not say.
    """

    code: str
    name: str
    kind: str
    content: str
    audit_status: str
    reason: str
    applied_at: str
    variable_attributes: dict[str, str] | None = None


@dataclass(frozen=True, slots=True, repr=False)
class SendDetail:
    """One message to one number. `status`: waiting, undelivered, delivered, unrecognised.

    `code` is the receipt's (`codes.explain`); times are Beijing time, None where there is none.
    """

    phone: str
    status: str
    code: str
    template_code: str
    content: str
    sent_at: datetime | None
    received_at: datetime | None
    out_id: str

    def __repr__(self) -> str:
        return f"<SendDetail {self.out_id} {self.status} {self.code}>"


@dataclass(frozen=True, slots=True)
class DayCount:
    """What Alibaba Cloud counted of one day in Beijing, in billing units: accepted, and what became of it."""

    day: date
    accepted: int = 0
    delivered: int = 0
    undelivered: int = 0
    waiting: int = 0


@dataclass(frozen=True, slots=True, repr=False)
class QueueToken:
    """A temporary key for one of the account's queues."""

    key_id: str
    secret: str
    security_token: str

    def __repr__(self) -> str:
        return "<QueueToken>"


def queue_token(answer: Answer) -> QueueToken | None:
    """The key in an answer to QueryTokenForMnsQueue; None where it holds none."""
    found = _mapping(_mapping(answer.data).get("MessageTokenDTO"))
    token = QueueToken(
        _text(found, "AccessKeyId"), _text(found, "AccessKeySecret"), _text(found, "SecurityToken")
    )
    return token if token.key_id and token.secret and token.security_token else None


def sign_records(answer: Answer) -> tuple[int, list[SignRecord]]:
    """(how many the account has, those of this page) from QuerySmsSignList; -1 where it does not say how many."""
    body = _mapping(answer.data)
    return _total(body), [
        SignRecord(
            name=_text(row, "SignName"),
            audit_status=_AUDIT_STATUS.get(_text(row, "AuditStatus"), UNRECOGNISED),
            reason=_listed_reason(row),
            applied_at=_text(row, "CreateDate"),
            verification_only=_text(row, "BusinessType").startswith("验证码"),
        )
        for row in _rows(body.get("SmsSignList"))
    ]


def template_records(answer: Answer) -> tuple[int, list[TemplateRecord]]:
    """(how many the account has, those of this page) from QuerySmsTemplateList; -1 as in `sign_records`."""
    body = _mapping(answer.data)
    return _total(body), [
        TemplateRecord(
            code=_text(row, "TemplateCode"),
            name=_text(row, "TemplateName"),
            kind=_listed_kind(row),
            content=_text(row, "TemplateContent"),
            audit_status=_AUDIT_STATUS.get(_text(row, "AuditStatus"), UNRECOGNISED),
            reason=_listed_reason(row),
            applied_at=_text(row, "CreateDate"),
        )
        for row in _rows(body.get("SmsTemplateList"))
    ]


def sign_record(answer: Answer) -> SignRecord:
    """The sign name in an answer to GetSmsSign, with its registration at each carrier."""
    body = _mapping(answer.data)
    return SignRecord(
        name=_text(body, "SignName"),
        audit_status=_AUDIT_STATUS.get(_text(body, "SignStatus"), UNRECOGNISED),
        reason=_text(_mapping(body.get("AuditInfo")), "RejectInfo"),
        applied_at=_text(body, "CreateDate"),
        carriers={
            carrier: _REGISTRATION.get(_text(row, "RegisterStatus"), UNRECOGNISED)
            for row in _rows(body.get("SignIspRegisterDetailList"))
            if (carrier := _text(row, "OperatorCode"))
        },
    )


def template_record(answer: Answer) -> TemplateRecord:
    """The template in an answer to GetSmsTemplate, with the attribute of each variable."""
    body = _mapping(answer.data)
    return TemplateRecord(
        code=_text(body, "TemplateCode"),
        name=_text(body, "TemplateName"),
        kind=_KIND.get(_text(body, "TemplateType"), UNRECOGNISED),
        content=_text(body, "TemplateContent"),
        audit_status=_AUDIT_STATUS.get(_text(body, "TemplateStatus"), UNRECOGNISED),
        reason=_text(_mapping(body.get("AuditInfo")), "RejectInfo"),
        applied_at=_text(body, "CreateDate"),
        variable_attributes=_attributes(body.get("VariableAttribute")),
    )


def send_details(answer: Answer) -> tuple[int, list[SendDetail]]:
    """(TotalCount, the messages of this page) from QuerySendDetails.

    The count is -1 where the answer does not say it: then no number of messages is "all", and their absence
    proves nothing.
    """
    body = _mapping(answer.data)
    return _total(body), [
        SendDetail(
            phone=_text(row, "PhoneNum"),
            status=_SENT.get(_text(row, "SendStatus"), UNRECOGNISED),
            code=_text(row, "ErrCode"),
            template_code=_text(row, "TemplateCode"),
            content=_text(row, "Content"),
            sent_at=_time(row, "SendDate"),
            received_at=_time(row, "ReceiveDate"),
            out_id=_text(row, "OutId"),
        )
        for row in _rows(_mapping(body.get("SmsSendDetailDTOs")).get("SmsSendDetailDTO"))
    ]


def day_counts(answer: Answer) -> tuple[int, list[DayCount]]:
    """(how many days there are, those of this page) from QuerySendStatistics; -1 where it does not say how many.

    A row without a day or a count that can be read is left out, so that fewer come than there are.
    """
    data = _mapping(_mapping(answer.data).get("Data"))
    days = []
    for row in _rows(data.get("TargetList")):
        counts = [
            _number(row, name)
            for name in ("TotalCount", "RespondedSuccessCount", "RespondedFailCount", "NoRespondedCount")
        ]
        try:
            day = datetime.strptime(_text(row, "SendDate"), "%Y%m%d").date()
        except ValueError:
            continue
        if min(counts) >= 0:
            days.append(DayCount(day, *counts))
    return _number(data, "TotalSize"), days


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _rows(value: Any) -> Iterator[Mapping[str, Any]]:
    return (row for row in value if isinstance(row, dict)) if isinstance(value, list) else iter(())


def _text(row: Mapping[str, Any], name: str) -> str:
    """Text as it is, a whole number as its digits: one field is either, by operation."""
    value = row.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else ""


def _total(body: Mapping[str, Any]) -> int:
    return _number(body, "TotalCount")


def _number(row: Mapping[str, Any], name: str) -> int:
    """A count; -1 where there is none."""
    digits = _text(row, name)
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 10 else -1


def _time(row: Mapping[str, Any], name: str) -> datetime | None:
    try:
        return datetime.strptime(_text(row, name), "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING)
    except ValueError:
        return None


def _listed_reason(row: Mapping[str, Any]) -> str:
    reason = _mapping(row.get("Reason"))
    return "; ".join(filter(None, (_text(reason, "RejectInfo"), _text(reason, "RejectSubInfo"))))


def _listed_kind(row: Mapping[str, Any]) -> str:
    outer = _text(row, "OuterTemplateType")
    if outer:
        return _KIND.get(outer, UNRECOGNISED)
    return _LISTED_KIND.get(_text(row, "TemplateType"), UNRECOGNISED)


def _attributes(value: Any) -> dict[str, str] | None:
    """The JSON text of VariableAttribute; None where there is none, or it is not what it should be."""
    if not isinstance(value, str) or not value:
        return None
    try:
        parsed = json.loads(value)
    except (ValueError, RecursionError):
        return None
    if not isinstance(parsed, dict):
        return None
    return {name: attribute for name, attribute in parsed.items() if isinstance(attribute, str)}
