"""QuerySendStatistics: what was accepted on each day, and what became of it, in billing units."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django_alisms.sandbox import numbers
from django_alisms.sandbox.answers import Refusal
from django_alisms.sandbox.gateway import missing
from django_alisms.sandbox.messages import Accepted, Messages, beijing
from django_alisms.sandbox.operations.details import LARGEST_PAGE, whole_number
from django_alisms.sandbox.reports import parts
from django_alisms.sandbox.weather import Settings

Outcome = Callable[[Accepted, int], str]
MAINLAND = "1"


def answer(
    given: Mapping[str, str], messages: Messages, settings: Settings, now: float, outcome: Outcome
) -> dict[str, Any]:
    """A row a day, the newest first; days on which nothing was accepted have none. ``outcome``: as for details."""
    for name in ("IsGlobe", "StartDate", "EndDate", "PageIndex", "PageSize"):
        if not given.get(name):
            raise missing(name)
    mainland = str(whole_number(given, "IsGlobe", 1, 2)) == MAINLAND
    size = whole_number(given, "PageSize", 1, LARGEST_PAGE)
    page = whole_number(given, "PageIndex", 1, 10**9)
    first, last = _day(given, "StartDate"), _day(given, "EndDate")
    if last < first:
        raise Refusal("isv.INVALID_PARAMETERS", "StartDate, EndDate")
    days = (last - first + timedelta(days=1)).days
    wanted = {f"{first + timedelta(days=number):%Y%m%d}" for number in range(min(days, 400))}
    rows: dict[str, dict[str, Any]] = {}
    for accepted in messages.accepted if mainland else []:
        day = beijing(accepted.accepted_at).strftime("%Y%m%d")
        if day not in wanted or (given.get("SignName") and given["SignName"] != accepted.sign_name()):
            continue
        row = rows.setdefault(day, {"SendDate": day} | dict.fromkeys(_COUNTS, 0))
        for place in range(len(accepted.phones)):
            units = parts(accepted.text(place))
            row["TotalCount"] += units
            row[_count(accepted, place, settings, now, outcome)] += units
    found = [rows[day] for day in sorted(rows, reverse=True)]
    return {"Data": {"TotalSize": len(found), "TargetList": found[(page - 1) * size : page * size]}}


_COUNTS = ("TotalCount", "RespondedSuccessCount", "RespondedFailCount", "NoRespondedCount")


def _count(accepted: Accepted, place: int, settings: Settings, now: float, outcome: Outcome) -> str:
    code = outcome(accepted, place)
    reported = accepted.reported_at(place, settings.receipts_delay, settings.receipts_spread)
    if code == numbers.NEVER or code in numbers.OPEN or now < reported:
        return "NoRespondedCount"
    return "RespondedSuccessCount" if code == numbers.DELIVERED else "RespondedFailCount"


def _day(given: Mapping[str, str], name: str) -> datetime:
    try:
        if re.fullmatch(r"\d{8}", given[name], re.ASCII) is None:
            raise ValueError
        return datetime.strptime(given[name], "%Y%m%d")
    except ValueError:
        raise Refusal("isv.INVALID_PARAMETERS", f"{name}: yyyyMMdd") from None
