"""What people write back: kept once, shown under the send it answers, and taken for an opt-out when it is one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from ..aliyun import reports
from ..aliyun.reports import Malformed, PhoneReply, moment
from ..conf import conf
from ..models import OptOut, OptOutSource, Recipient, Reply
from ..recipients.phone_numbers import GoodPhone, judge_phone
from . import telling
from .actors import Actor
from .clock import database_now

TRIES = 3
IN_ONE_LIST = 500
# Clocks differ; a reply that seems to be a little older than its message is its answer nevertheless.
CLOCKS_DIFFER = timedelta(minutes=5)


def receive_all(replies: Sequence[PhoneReply], actor: Actor) -> list[Reply]:
    """Keep them; those that are new. What was kept before, or comes from no mobile number, is let pass.

    ``actor``: whoever opened the door. Raises a DatabaseError when the database does not take them.
    """
    mobile = {one.sequence_id: one for one in replies if isinstance(judge_phone(one.phone), GoodPhone)}
    for _try in range(TRIES):
        try:
            with transaction.atomic():
                return _receive(mobile)
        except IntegrityError:  # a copy of the same push, at the same time
            continue
    return [row for one in mobile.values() for row in _receive_alone(one)]


def _receive_alone(one: PhoneReply) -> list[Reply]:
    """Whether it was kept before the database says. MySQL takes ``a1`` and ``A1`` for the same, and one odd reply must
    not keep all the others out."""
    try:
        with transaction.atomic():
            if Reply.objects.filter(sequence_id=one.sequence_id).exists():
                return []
            return _receive({one.sequence_id: one})
    except IntegrityError:  # kept by somebody else at this moment
        return []


def receive(report: Mapping[str, Any]) -> Reply | None:
    """Keep one SmsUp report (aliyun-sms-api §5.4). None for one that was kept before or has no mobile number."""
    try:
        reply = reports.reply(dict(report))
    except Malformed:
        return None
    return next(iter(receive_all([reply], Actor.command("replies"))), None)


def is_opt_out(content: str) -> bool:
    """Whether the whole reply is one of the words, whatever its case and the blanks around it."""
    return content.strip().casefold() in {word.strip().casefold() for word in conf.OPT_OUT_WORDS}


def _receive(mobile: dict[str, PhoneReply]) -> list[Reply]:
    known = {
        sequence
        for some in _lists(list(mobile))
        for sequence in Reply.objects.filter(sequence_id__in=some).values_list("sequence_id", flat=True)
    }
    new = [one for sequence, one in mobile.items() if sequence not in known]
    if not new:
        return []
    sends = _answered_sends(new)
    rows = [
        Reply(
            sequence_id=one.sequence_id,
            phone=one.phone,
            content=one.content,
            sent_at=one.sent_at,
            dest_code=one.dest_code,
            batch_send_id=sends.get(one.sequence_id),
        )
        for one in new
    ]
    Reply.objects.bulk_create(rows)
    _opt_out(one for one in new if is_opt_out(one.content))
    sequences = [one.sequence_id for one in new]
    # Read again, because MySQL does not give the ids of a bulk insert back.
    kept = [
        row
        for some in _lists(sequences)
        for row in Reply.objects.filter(sequence_id__in=some).order_by("pk").select_related("batch_send")
    ]
    for row in kept:
        telling.replied(row)
    return kept


def _opt_out(replies: Iterable[PhoneReply]) -> None:
    """Checked numbers and texts that fit: the only conflict is that the number is there already."""
    OptOut.objects.bulk_create(
        (
            OptOut(phone=one.phone, reason=one.content[:200], source=OptOutSource.REPLY)
            for one in sorted(replies, key=lambda one: one.phone)
        ),
        ignore_conflicts=True,
    )


def _answered_sends(replies: list[PhoneReply]) -> dict[str, int]:
    """{sequence id: send}: the newest message that went to this number before the reply was written.

    A reply carries no BizId. Where the extension code of a send ends the code that was replied to, it is that send.
    """
    by_phone: dict[str, list[tuple[datetime, int, str]]] = {}
    for some in _lists(sorted({one.phone for one in replies})):
        rows = (
            Recipient.objects.to_send()
            .filter(phone__in=some, batch__attempts__gt=0, batch__marked_at__isnull=False)
            .order_by("-batch__marked_at", "-pk")
            .values_list(
                "phone", "batch__marked_at", "batch__batch_send_id", "batch__batch_send__extend_code"
            )
        )
        for phone, marked_at, send, extend_code in rows:
            by_phone.setdefault(phone, []).append((marked_at, send, extend_code))
    found = {}
    for one in replies:
        written = (moment(one.sent_at) or database_now()) + CLOCKS_DIFFER
        before = [(send, code) for at, send, code in by_phone.get(one.phone, []) if at <= written]
        by_code = [send for send, code in before if code and one.dest_code.endswith(code)]
        if before:
            found[one.sequence_id] = by_code[0] if by_code else before[0][0]
    return found


def _lists(values: list[str]) -> Iterable[list[str]]:
    return (values[at : at + IN_ONE_LIST] for at in range(0, len(values), IN_ONE_LIST))
