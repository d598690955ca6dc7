"""What Alibaba Cloud reports by itself: receipts (SmsReport) and replies (SmsUp), by push or by queue.

Both doors carry the same JSON objects (aliyun-sms-api §5.3, §5.4); a look-up says the same in other words, and
becomes the same record here. Nothing is guessed: a text where a boolean belongs, a missing field, a repeated key
or half a surrogate pair is no report, and `Malformed` says so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from .codes import explain
from .records import BEIJING, SendDetail

DELIVERED, UNDELIVERED, OPEN = "delivered", "undelivered", "open"
LONGEST = {
    "phone_number": 32,
    "err_code": 64,
    "out_id": 255,
    "biz_id": 64,
    "sequence_id": 64,
    "dest_code": 32,
    "send_time": 32,
    "report_time": 32,
}
LONGEST_CONTENT = 500
MOST_PARTS = 32767

# As with numbers that are sent: bare, +, +86, 0086, 86 (aliyun-sms-api §3.5).
_MAINLAND = re.compile(r"(?:\+86|\+|86|0086)?(1[0-9]{10})")
# By push 2026-01-02 11:04:06; by queue, in documents of 2017, 20150101120000.
_TIMES = ("%Y-%m-%d %H:%M:%S", "%Y%m%d%H%M%S")
# A year beyond these is none that a carrier means; a calendar's own ends cannot be reckoned with in another zone.
_YEARS = range(2000, 3000)


class Malformed(ValueError):
    """Not what Aliyun sends; the text says what is wrong, without repeating what came."""


class Receipt(NamedTuple):
    """What a carrier says of one message. `verdict`: delivered, undelivered, or open (not yet known).

    `code`: the receipt's (`codes.explain`). `parts`: billed, None where it does not say. `reported_at`: aware,
    None where it does not say. `out_id` and `biz_id` are empty where it does not say.
    """

    phone: str
    verdict: str
    code: str
    parts: int | None
    reported_at: datetime | None
    out_id: str
    biz_id: str

    def __repr__(self) -> str:  # without the number
        return f"<Receipt {self.out_id or self.biz_id} {self.verdict} {self.code}>"


class PhoneReply(NamedTuple):
    """What a person wrote back. `sent_at` is Aliyun's own text, in Beijing's time."""

    phone: str
    content: str
    sent_at: str
    dest_code: str
    sequence_id: str

    def __repr__(self) -> str:
        return f"<PhoneReply {self.sequence_id}>"


def parse(text: bytes) -> Any:
    """JSON, strictly: no NaN, no key twice, no number of a thousand digits, no half surrogate pairs. Or Malformed."""
    try:
        return json.loads(
            text.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_refuse,
            parse_int=_whole,
            parse_float=_decimal,
        )
    except RecursionError:
        raise Malformed("nested too deeply") from None
    except Malformed:
        raise
    except ValueError:
        raise Malformed("not JSON in UTF-8") from None


def receipt(item: Any) -> Receipt:
    """One object of SmsReport. Malformed where a field is missing or of another type; more fields are let pass."""
    row = _mapping(item)
    success = row.get("success")
    if not isinstance(success, bool):
        raise Malformed("success must be true or false")
    code = _text(row, "err_code")
    return Receipt(
        phone=bare(_text(row, "phone_number", required=True)),
        verdict=verdict(success, code),
        code=code,
        parts=_parts(row.get("sms_size")),
        reported_at=moment(_text(row, "report_time")),
        out_id=_text(row, "out_id"),
        biz_id=_text(row, "biz_id"),
    )


def reply(item: Any) -> PhoneReply:
    """One object of SmsUp. Malformed as above; `sequence_id` is a text today and was a number before."""
    row = _mapping(item)
    content = row.get("content")
    if not isinstance(content, str):
        raise Malformed("content must be a text")
    return PhoneReply(
        phone=bare(_text(row, "phone_number", required=True)),
        content=_printable(content)[:LONGEST_CONTENT],
        sent_at=_text(row, "send_time"),
        dest_code=_text(row, "dest_code"),
        sequence_id=_text(row, "sequence_id", required=True),
    )


def receipt_of_detail(detail: SendDetail, parts_of: Any) -> Receipt:
    """What a look-up says of one message, as a receipt. `parts_of(length)`: the billed parts of the text it shows.

    A look-up does not say how many parts were billed, but shows the text that went, and the rule is published.
    """
    return Receipt(
        phone=bare(detail.phone),
        verdict=detail.status if detail.status in (DELIVERED, UNDELIVERED) else OPEN,
        code=_printable(detail.code)[: LONGEST["err_code"]],
        parts=parts_of(len(detail.content)) if detail.content else None,
        reported_at=within_reason(detail.received_at),
        out_id=detail.out_id,
        biz_id="",
    )


def verdict(success: bool, code: str) -> str:
    """The flag decides; but a code that says "not reported yet" is no verdict, whatever the flag."""
    if explain(code).receipt == OPEN:
        return OPEN
    return DELIVERED if success else UNDELIVERED


def bare(phone: str) -> str:
    """A mainland number without its prefix; any other text as it is."""
    found = _MAINLAND.fullmatch(phone)
    return found[1] if found else phone


def moment(text: str) -> datetime | None:
    """Aliyun's times have no zone; they are Beijing's. None for what is none."""
    for form in _TIMES:
        try:
            return within_reason(datetime.strptime(text, form).replace(tzinfo=BEIJING))
        except ValueError:
            continue
    return None


def within_reason(moment: datetime | None) -> datetime | None:
    """The moment, or None for one of another age."""
    return moment if moment is not None and moment.year in _YEARS else None


def _mapping(item: Any) -> Mapping[str, Any]:
    if not isinstance(item, dict):
        raise Malformed("every item must be an object")
    return item


def _text(row: Mapping[str, Any], name: str, *, required: bool = False) -> str:
    value = row.get(name)
    if value is None and not required:
        return ""
    if isinstance(value, int) and not isinstance(value, bool) and name in ("sequence_id", "dest_code"):
        value = str(value)
    if not isinstance(value, str):
        raise Malformed(f"{name} must be a text")
    value = value.strip()
    if required and not value:
        raise Malformed(f"{name} is empty")
    if len(value) > LONGEST[name]:
        raise Malformed(f"{name} is too long")
    return value if value.isprintable() else _printable(value)


def _parts(value: Any) -> int | None:
    """`sms_size`, a number in a text."""
    if value is None or value == "":
        return None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 5:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST_PARTS:
        raise Malformed("sms_size must be a number")
    return value


def _printable(text: str) -> str:
    """Without control characters, line breaks become blanks: these texts are shown and logged."""
    return "".join(c if c.isprintable() else " " for c in text).strip()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("a key stands twice")
    for name, value in pairs:
        if isinstance(value, str) and not (value.isascii() or _whole_text(value)):
            raise Malformed("half of a character")
        if not name.isascii() and not _whole_text(name):
            raise Malformed("half of a character")
    return found


def _whole_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _whole(digits: str) -> int:
    if len(digits) > 20:
        raise Malformed("a number is too long")
    return int(digits)


def _decimal(digits: str) -> float:
    if len(digits) > 40:
        raise Malformed("a number is too long")
    return float(digits)


def _refuse(word: str) -> Any:
    raise Malformed("NaN and Infinity are no JSON")
