"""QuerySendDetails: what became of the messages to one number on one day."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django_alisms.sandbox import numbers
from django_alisms.sandbox.answers import Refusal
from django_alisms.sandbox.gateway import missing
from django_alisms.sandbox.messages import DELIVERED, FAILED, WAITING, Accepted, Messages, beijing
from django_alisms.sandbox.weather import Settings

DAYS_KEPT = 30
LARGEST_PAGE = 50


Outcome = Callable[[Accepted, int], str]


def answer(
    given: Mapping[str, str], messages: Messages, settings: Settings, now: float, outcome: Outcome
) -> dict[str, Any]:
    """The answer's own fields. The newest message comes first. ``outcome``: the ErrCode of one message's receipt."""
    for name in ("PhoneNumber", "SendDate", "PageSize", "CurrentPage"):
        if not given.get(name):
            raise missing(name)
    size = whole_number(given, "PageSize", 1, LARGEST_PAGE)
    page = whole_number(given, "CurrentPage", 1, 10**9)
    day = given["SendDate"]
    try:
        if re.fullmatch(r"\d{8}", day, re.ASCII) is None:
            raise ValueError
        age = (beijing(now).date() - datetime.strptime(day, "%Y%m%d").date()).days
    except ValueError:
        raise Refusal("isv.INVALID_PARAMETERS", "SendDate: yyyyMMdd") from None
    if re.fullmatch(r"\d{5,15}", given["PhoneNumber"], re.ASCII) is None:
        raise Refusal("isv.MOBILE_NUMBER_ILLEGAL")
    found = (
        messages.of(given["PhoneNumber"], day, given.get("BizId", ""), now - settings.details_delay)
        if age <= DAYS_KEPT
        else []
    )
    shown = [] if settings.details_empty else found[(page - 1) * size : page * size]
    details = [_detail(accepted, place, settings, now, outcome(accepted, place)) for accepted, place in shown]
    return {"TotalCount": len(found), "SmsSendDetailDTOs": {"SmsSendDetailDTO": details}}


def _detail(accepted: Accepted, place: int, settings: Settings, now: float, code: str) -> dict[str, Any]:
    reported = accepted.reported_at(place, settings.receipts_delay, settings.receipts_spread)
    if code == numbers.NEVER or now < reported:
        code, status = "", WAITING
    elif code in numbers.OPEN:
        status = WAITING
    else:
        status = DELIVERED if code == numbers.DELIVERED else FAILED
    return {
        "PhoneNum": accepted.phones[place],
        "SendStatus": status,
        "ErrCode": code,
        "TemplateCode": accepted.template_code,
        "Content": accepted.text(place),
        "SendDate": timestamp(accepted.accepted_at),
        "ReceiveDate": "" if status == WAITING else timestamp(reported),
        "OutId": accepted.out_id,
    }


def timestamp(seconds: float) -> str:
    return beijing(seconds).strftime("%Y-%m-%d %H:%M:%S")


def whole_number(given: Mapping[str, str], name: str, least: int, most: int, default: int = 0) -> int:
    """A parameter that is a number; Refusal isv.INVALID_PARAMETERS where it is none or out of bounds."""
    text = given.get(name) or str(default)
    if re.fullmatch(r"\d{1,10}", text, re.ASCII) is None or not least <= int(text) <= most:
        raise Refusal("isv.INVALID_PARAMETERS", f"{name}: {least}-{most}")
    return int(text)
