"""What a phone number does: its form, the receipt it will get, and what it makes of a request it is in.

**Receipts**: the last three digits of a number decide its receipt; every other ending is delivered. See
:data:`RECEIPTS`.

**Requests**: a number from 19900000001 to 19900000099 decides what becomes of every request that holds it (the
first such number of the request). See :data:`REQUESTS`; values are the words of
:mod:`django_alisms.sandbox.weather`. Those not in the table are ordinary numbers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

DELIVERED = "DELIVERED"
NEVER = ""
"""No receipt ever comes."""

RECEIPTS: Mapping[str, str] = {
    "901": "MOBILE_NOT_ON_SERVICE",
    "902": "INVALID_NUMBER",
    "903": "MOBILE_SEND_LIMIT",
    "904": "MOBILE_ACCOUNT_ABNORMAL",
    "905": "MOBILE_IN_BLACK",
    "906": "USER_REJECT",
    "907": "MOBLLE_TERMINAL_ERROR",  # Aliyun's spelling
    "908": "CONTENT_KEYWORD",
    "909": "CONTENT_ERROR",
    "910": "SIGNATURE_BLACKLIST",
    "911": "PORT_NOT_REGISTERED",
    "912": "NO_ROUTE",
    "913": "IS_CLOSE",
    "914": "PARAMS_ILLEGAL",
    "915": "SP_UNKNOWN_ERROR",
    "916": "EXPIRED",
    "917": "UNKNOWN",
    "918": "isv.BLACK_KEY_CONTROL_LIMIT",
    "919": "MK:0012",  # a carrier's own code, in no list
    "920": NEVER,
    "921": "REQUEST_SUCCESS",  # accepted by the carrier, which has not reported: stays open
}
"""Last three digits → ErrCode of the receipt."""

REPLIES: Mapping[str, str] = {"931": "TD", "932": "R", "933": "收到，谢谢", "934": "退订"}
"""Last three digits → what the person writes back after the message was delivered."""

OPEN = frozenset({NEVER, "REQUEST_SUCCESS"})
"""ErrCodes with which a message goes on waiting (SendStatus 1)."""

REQUESTS: Mapping[str, Mapping[str, Any]] = {
    "19900000001": {"fault": "refuse", "code": "isv.BUSINESS_LIMIT_CONTROL"},
    "19900000002": {"fault": "refuse", "code": "isv.MOBILE_NUMBER_ILLEGAL"},
    "19900000003": {"fault": "refuse", "code": "isv.BLACK_KEY_CONTROL_LIMIT"},
    "19900000004": {"fault": "refuse", "code": "isv.AMOUNT_NOT_ENOUGH"},
    "19900000005": {"fault": "refuse", "code": "isv.OUT_OF_SERVICE"},
    "19900000006": {"fault": "refuse", "code": "isv.DAY_LIMIT_CONTROL"},
    "19900000007": {"fault": "refuse", "code": "isv.MONTH_LIMIT_CONTROL"},
    "19900000008": {"fault": "refuse", "code": "isv.SMS_CONTENT_ILLEGAL"},
    "19900000009": {"fault": "refuse", "code": "isv.CUSTOMER_REFUSED"},
    "19900000010": {"fault": "refuse", "code": "isv.ACCOUNT_ABNORMAL"},
    "19900000011": {"fault": "refuse", "code": "isv.PRODUCT_UN_SUBSCRIPT"},
    "19900000012": {"fault": "refuse", "code": "isv.DENY_IP_RANGE"},
    "19900000013": {"fault": "refuse", "code": "isp.RAM_PERMISSION_DENY"},
    "19900000014": {"fault": "refuse", "code": "isp.SYSTEM_ERROR"},
    "19900000015": {"fault": "refuse", "code": "isp.GATEWAY_ERROR"},
    "19900000016": {"fault": "refuse", "code": "isv.SMS_SIGNATURE_ILLEGAL"},
    "19900000017": {"fault": "refuse", "code": "isv.SMS_TEMPLATE_ILLEGAL"},
    "19900000018": {"fault": "refuse", "code": "isv.NO_SUCH_CODE_YET", "message": "未收录的错误码"},
    "19900000019": {"fault": "refuse", "code": "Forbidden.RAM"},
    "19900000020": {"fault": "throttle"},
    "19900000021": {"fault": "error", "status": 500},
    "19900000022": {"fault": "error", "status": 503},
    "19900000023": {"fault": "error", "status": 503, "accepted": True},
    "19900000030": {"fault": "cut"},
    "19900000031": {"fault": "cut", "accepted": True},
    "19900000032": {"fault": "hang"},
    "19900000033": {"fault": "hang", "accepted": True},
    "19900000034": {"fault": "half"},
    "19900000035": {"fault": "garbage", "accepted": True},
    "19900000036": {"fault": "reset"},
    "19900000037": {"fault": "reset", "accepted": True},
}
"""Number → what becomes of a request that holds it."""

_MAINLAND = re.compile(r"(?:\+86|\+|86|0086)?(1[3-9]\d{9})", re.ASCII).fullmatch


def mainland(text: str) -> str | None:
    """The bare 11 digits of a mainland number as the service takes it (bare, ``+``, ``+86``, ``0086``, ``86``).

    None where it is none.
    """
    found = _MAINLAND(text)
    return found[1] if found else None


def receipt_of(phone: str) -> str:
    """ErrCode of the receipt that a number's ending asks for."""
    return RECEIPTS.get(phone[-3:], DELIVERED)


def striking(phones: list[str]) -> str | None:
    """The first number of a request that decides the whole request's fate."""
    for phone in phones:
        if phone.startswith("199000000") and phone in REQUESTS:
            return phone
    return None
