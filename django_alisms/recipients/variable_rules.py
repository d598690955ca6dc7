"""What one variable of a template may hold: how long, and of which kind.

The kinds are the attributes of Alibaba Cloud's variable specification page. Those that the page states are
errors; those known from third parties only are notices, since a rule that is not official must stop nobody.
"""

import re
from dataclasses import dataclass

from .characters import SIMPLIFIED
from .reason_codes import Reason

LONGEST_VALUE = 35
"""Notification templates applied for since 10 January 2018; older ones have 20."""


@dataclass(frozen=True, slots=True)
class VariableRule:
    """Limits in characters, and the attribute that the template declares for the variable ("": none)."""

    kind: str = ""
    minimum: int = 1
    maximum: int = LONGEST_VALUE

    def __post_init__(self) -> None:
        if not 1 <= self.minimum <= self.maximum:
            raise ValueError(
                f"a variable needs 1 <= minimum <= maximum, not {self.minimum} and {self.maximum}"
            )


_DATE = (
    r"(?:[0-9]{8}|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}|[0-9]{4}/[0-9]{1,2}/[0-9]{1,2}"
    r"|(?:[0-9]{4}年)?[0-9]{1,2}月[0-9]{1,2}[日号]|[0-9]{4}年(?:[0-9]{1,2}月)?)"
)
_CLOCK = (
    r"(?:[0-9]{1,2}[:：][0-9]{2}(?:[:：][0-9]{2})?|[0-9]{1,2}[时点](?:[0-9]{1,2}分?(?:[0-9]{1,2}秒)?|半|整)?)"
)
_DAYTIME = r"(?:凌晨|早上|上午|中午|下午|傍晚|晚上)"
_TIME = rf"(?:{_DATE}[ T]?)?{_DAYTIME}? ?{_CLOCK}|{_DATE} ?{_DAYTIME}?"

OFFICIAL: dict[str, tuple[re.Pattern[str], Reason]] = {
    "numberCaptcha": (re.compile(r"[0-9]{4,6}"), Reason.VALUE_NOT_A_CODE),
    "characterWithNumber2": (re.compile(r"(?=[0-9]*[A-Za-z])[A-Za-z0-9]{4,6}"), Reason.VALUE_NOT_LETTERS),
    "characterWithNumber": (re.compile(r"(?=[0-9]*[A-Za-z])[A-Za-z0-9]{4,6}"), Reason.VALUE_NOT_LETTERS),
    "phone_number2": (
        re.compile(r"1[0-9]{10}|(?=.{5,15}$)(?=(?:-?[0-9]){5,13}$)[0-9]+(?:-[0-9]+)*"),
        Reason.VALUE_NOT_A_PHONE,
    ),
    "time": (re.compile(_TIME), Reason.VALUE_NOT_A_TIME),
}
"""Pattern of the whole value, and the reason when it does not match."""

THIRD_PARTY: dict[str, re.Pattern[str]] = {
    "money": re.compile(r"-?[0-9]+(?:\.[0-9]+)?"),
    "other_number2": re.compile(r"[A-Za-z0-9]{1,35}"),
    "name": re.compile(rf"[{SIMPLIFIED}·]{{2,5}}"),
    "user_nick": re.compile(r".{1,20}"),
    "unit_name": re.compile(rf"[{SIMPLIFIED}]{{1,20}}"),
    "address": re.compile(r".{1,30}"),
    "license_plate_number": re.compile(r".{1,10}"),
    "tracking_number": re.compile(r"[A-Za-z0-9]{8,16}"),
    "pick_up_code": re.compile(r"[0-9_-]{4,8}"),
    "link_param": re.compile(r"[A-Za-z0-9]{1,8}"),
    "email_address": re.compile(r"(?=.{7,30}$)[^@\s]+@[^@\s]+"),
    "verifyTime": re.compile(r"[1-9][0-9]?"),
}

MAY_HOLD_A_PHONE = frozenset(["phone_number2"])
MAY_HOLD_AN_ADDRESS = frozenset(["email_address"])
