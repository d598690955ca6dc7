"""Whose clock counts: leases and turns go by the database's, so that processes on several machines agree."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import DateTimeField, Func
from django.db.models.functions import Now
from django.utils import timezone

# Aliyun's days (SendDate, daily limits) are Beijing's (aliyun-sms-api §2.4, §3.2).
BEIJING = ZoneInfo("Asia/Shanghai")


class _UtcNow(Func):
    """MySQL's own word for it: Django takes what CURRENT_TIMESTAMP says for UTC, whatever zone the server is in."""

    template = "UTC_TIMESTAMP(6)"
    output_field = DateTimeField()


def database_now() -> datetime:
    """The database's time, aware. SQLite is in this process, so its clock is this machine's."""
    if connection.vendor == "sqlite":
        return timezone.now()
    from ..models import AccountState

    clock = _UtcNow() if connection.vendor == "mysql" else Now()
    moment = AccountState.objects.annotate(now=clock).values_list("now", flat=True).first()
    if moment is None:
        AccountState.objects.current()
        return database_now()
    return moment


def microseconds(moment: datetime) -> int:
    """Microseconds since the epoch."""
    return int(moment.timestamp() * 1_000_000)


def beijing_day(moment: datetime) -> date:
    return moment.astimezone(BEIJING).date()


def local(moment: datetime | None) -> str:
    """For a sentence: to the second, in the time zone of whoever reads it. Empty for none."""
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M:%S}" if moment else ""
