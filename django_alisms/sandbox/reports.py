"""What the service reports by itself: SmsReport and SmsUp as Alibaba Cloud's pages write them, and when they leave.

The outcome of each message is :meth:`Accepted.outcome`: the number's ending, or what the control route said of the
number. What leaves goes to the addresses of the settings ``push_receipts`` and ``push_replies``, and into the queues
where ``queue`` is set. The real service loses reports, repeats them and lets them overtake the answer of their own
request; so does this one where it is told to (``reports_*``).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from functools import partial
from math import ceil
from typing import TYPE_CHECKING, Any

from django_alisms.sandbox import numbers
from django_alisms.sandbox.messages import Accepted, beijing

if TYPE_CHECKING:
    from django_alisms.sandbox.service import Service

ONE_PART, LONGER_PART = 70, 67
DELIVERED_TEXT = "用户接收成功"
RECEIPTS, REPLIES = "SmsReport", "SmsUp"


class Reports:
    """Of what was accepted since the start or the last reset."""

    def __init__(self, service: Service) -> None:
        self._service = service
        # No secret: chance that can be repeated.
        self._chance = random.Random(service.weather.settings.reports_seed)  # noqa: S311
        self._last_sequence = 0
        self.lost = 0

    def accepted(self, accepted: Accepted, done: Callable[[], None]) -> None:
        """The receipts of a request leave after ``receipts_delay``; ``done`` is called when its answer may leave."""
        settings = self._service.weather.settings
        if not (settings.push_receipts or settings.push_replies or settings.queue):
            done()
            return
        early = [
            place
            for place in range(len(accepted.phones))
            if settings.reports_early and self._chance.random() < settings.reports_early
        ]
        # The places by the second in which their carriers report, so that a request takes few timers.
        later: dict[int, list[int]] = {}
        for place in sorted(set(range(len(accepted.phones))) - set(early)):
            after = self._reported(accepted, place) - accepted.accepted_at - settings.receipts_delay
            later.setdefault(ceil(after), []).append(place)
        for after, places in later.items():
            self._later(settings.receipts_delay + after, partial(self._leave, accepted, places))
        overtaking = self._receipts(accepted, early)
        if overtaking and settings.push_receipts:
            self._service.pusher.start(self._overtake(overtaking, done))
        else:
            self.hand_over(RECEIPTS, overtaking)
            done()

    def hand_over(self, kind: str, items: list[dict[str, Any]]) -> None:
        """Into the queue and on the way to the address, whichever there are; some of it lost, some of it twice."""
        settings = self._service.weather.settings
        items = self._by_chance(items)
        if settings.queue:
            self._service.queues.put(kind, items)
        if settings.push_receipts if kind == RECEIPTS else settings.push_replies:
            self._service.pusher.add(kind, items)

    def reply(self, phone: str, content: str, dest_code: str = "1069000012345") -> dict[str, Any]:
        """One SmsUp."""
        self._last_sequence += 1
        return {
            "phone_number": phone,
            "content": content,
            "send_time": timestamp(self._service.clock()),
            "dest_code": dest_code,
            "sequence_id": str(int(self._service.clock() * 1000) * 1000 + self._last_sequence % 1000),
        }

    async def _overtake(self, items: list[dict[str, Any]], done: Callable[[], None]) -> None:
        await self._service.pusher.now(RECEIPTS, items)
        done()

    def _leave(self, accepted: Accepted, places: Sequence[int]) -> None:
        self.hand_over(RECEIPTS, self._receipts(accepted, places))
        replies = [
            self.reply(phone, numbers.REPLIES[phone[-3:]])
            for phone in (accepted.phones[place] for place in places)
            if phone[-3:] in numbers.REPLIES
        ]
        if replies:
            delay = self._service.weather.settings.receipts_delay
            self._later(delay, partial(self.hand_over, REPLIES, replies))

    def _reported(self, accepted: Accepted, place: int) -> float:
        settings = self._service.weather.settings
        return accepted.reported_at(place, settings.receipts_delay, settings.receipts_spread)

    def _receipts(self, accepted: Accepted, places: Sequence[int]) -> list[dict[str, Any]]:
        found = []
        for place in places:
            code = self._service.outcome(accepted, place)
            if code not in numbers.OPEN:
                found.append(receipt(accepted, place, code, self._reported(accepted, place)))
        return found

    def _by_chance(self, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        settings = self._service.weather.settings
        if not (settings.reports_lost or settings.reports_copies > 1 or settings.reports_shuffled):
            return items
        kept = [one for one in items if self._chance.random() >= settings.reports_lost]
        self.lost += len(items) - len(kept)
        copies = max(settings.reports_copies, 1)
        many = [one for one in kept for _copy in range(self._chance.randint(1, copies))]
        if settings.reports_shuffled:
            self._chance.shuffle(many)
        return many

    def _later(self, delay: float, act: Callable[[], None]) -> None:
        asyncio.get_running_loop().call_later(delay, self._unless_forgotten, act)

    def _unless_forgotten(self, act: Callable[[], None]) -> None:
        if self._service.reports is self:
            act()


def receipt(accepted: Accepted, place: int, code: str, reported: float) -> dict[str, Any]:
    """One SmsReport."""
    delivered = code == numbers.DELIVERED
    return {
        "phone_number": accepted.phones[place],
        "send_time": timestamp(accepted.accepted_at),
        "report_time": timestamp(reported),
        "success": delivered,
        "err_code": code,
        "err_msg": DELIVERED_TEXT if delivered else code,
        "sms_size": str(parts(accepted.text(place))),
        "biz_id": accepted.biz_id,
        "out_id": accepted.out_id,
    }


def parts(text: str) -> int:
    """Billing units: up to 70 characters one, more are split by 67."""
    return 1 if len(text) <= ONE_PART else -(-len(text) // LONGER_PART)


def timestamp(seconds: float) -> str:
    return beijing(seconds).strftime("%Y-%m-%d %H:%M:%S")
