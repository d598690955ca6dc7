"""Asking QuerySendDetails for what became of a batch: number by number, a few at a time, every page read whole.

A batch that reached nobody has to be asked for a hundred numbers; one after the other, at the pace of a slow
network, that takes longer than anybody waits. The threads only speak HTTP; turns of the rate limit are taken here.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from ..aliyun.operations import Client, SendDetail, send_details
from ..aliyun.outcomes import Answer, Outcome
from ..conf import conf
from . import rate_limit
from .clock import BEIJING
from .wire import TURN_PASSED

# An attempt this close to midnight is looked for on the neighbour day as well (failure-model §3).
MIDNIGHT_MARGIN = timedelta(minutes=20)
PAGE_SIZE = 50
MOST_PAGES = 100
# Look-ups share the rate limit with sending, so only a few of them at once.
AT_ONCE = 8


class Sight(StrEnum):
    """What was seen of a batch: UNSEEN only when every page of every number was read."""

    FOUND = "found"
    UNSEEN = "unseen"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Page:
    """One request: a page of the messages to a number on a day, and how many rows the pages before it had."""

    phone: str
    day: date
    number: int = 1
    rows_before: int = 0


class LookUps:
    """``stopping`` ends a look-up after the requests that are under way. A context manager: it owns threads."""

    def __init__(self, client: Client, stopping: threading.Event | None = None) -> None:
        self._client = client
        self._stopping = stopping
        self._at_once = max(1, min(AT_ONCE, conf.CONCURRENCY))
        self._pool = ThreadPoolExecutor(max_workers=self._at_once, thread_name_prefix="alisms-look-up")

    def __enter__(self) -> LookUps:
        return self

    def __exit__(self, *exc: object) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    @property
    def stopped(self) -> bool:
        return self._stopping is not None and self._stopping.is_set()

    def sight_of(
        self,
        phones: Iterable[str],
        attempted_at: datetime,
        out_id: str,
        keep: Callable[[], bool] = lambda: True,
    ) -> Sight:
        """Ask for the numbers until one is found under the OutId.

        ``keep``: asked before every few requests; False (the batch is somebody else's to look up by now) ends it.
        Ended early, what was not asked for makes it UNREADABLE.
        """
        days = days_of(attempted_at)
        waiting = deque(Page(phone, day) for phone in phones for day in days)
        sight = Sight.UNSEEN
        # The first number alone: of a batch that was accepted it is nearly always there.
        count = 1
        while waiting:
            if self.stopped or not keep():
                return Sight.UNREADABLE
            asked = [waiting.popleft() for _page in range(min(count, len(waiting)))]
            for page, answer in zip(asked, self._ask(asked), strict=True):
                seen, more = _read(page, answer, out_id)
                if seen is Sight.FOUND:
                    return seen
                if seen is Sight.UNREADABLE:
                    sight = seen
                waiting.extend(more)
            count = self._at_once
        return sight

    def details_of(
        self, phones: Iterable[str], attempted_at: datetime, keep: Callable[[], bool] = lambda: True
    ) -> Iterator[list[SendDetail] | None]:
        """For each number all messages to it on the day of the attempt; None where not every page could be read.

        ``keep`` as above. Ended early, fewer come than were asked for.
        """
        days = days_of(attempted_at)
        waiting = deque(phones)
        while waiting and not self.stopped and keep():
            some = [waiting.popleft() for _phone in range(min(self._at_once, len(waiting)))]
            found: dict[str, list[SendDetail]] = {phone: [] for phone in some}
            unreadable: set[str] = set()
            pages = deque(Page(phone, day) for phone in some for day in days)
            while pages:
                asked = [pages.popleft() for _page in range(min(self._at_once, len(pages)))]
                for page, answer in zip(asked, self._ask(asked), strict=True):
                    sight, more = _read(page, answer, None)
                    pages.extend(more)
                    if sight is Sight.UNREADABLE:
                        unreadable.add(page.phone)
                    if answer.outcome is Outcome.ACCEPTED:
                        found[page.phone] += send_details(answer)[1]
            for phone in some:
                # What was seen counts, whatever page is missing.
                yield found[phone] or (None if phone in unreadable else [])

    def _ask(self, pages: list[Page]) -> list[Answer]:
        """The answers, each request in a turn of the rate limit; who misses its turn asks in another."""
        answers: dict[int, Answer] = {}
        while waiting := [place for place in range(len(pages)) if place not in answers]:
            taken = rate_limit.take(len(waiting))
            if not taken.turns:
                rate_limit.wait(taken.wait)
            asked = [pages[place] for place in waiting]
            for place, answer in zip(waiting, self._pool.map(self._ask_in, asked, taken.turns), strict=False):
                if answer.code != TURN_PASSED:
                    answers[place] = answer
        return [answers[place] for place in range(len(pages))]

    def _ask_in(self, page: Page, turn: rate_limit.Turn) -> Answer:
        """In a thread of the pool."""
        return self._client.query_send_details(
            page.phone, page.day, page.number, PAGE_SIZE, may_leave=turn.come
        )


def days_of(attempted_at: datetime) -> list[date]:
    """The attempt's day in Beijing, and the neighbour day within 20 minutes of midnight."""
    local = attempted_at.astimezone(BEIJING)
    return sorted({(local + shift).date() for shift in (-MIDNIGHT_MARGIN, timedelta(0), MIDNIGHT_MARGIN)})


def _read(page: Page, answer: Answer, out_id: str | None) -> tuple[Sight, list[Page]]:
    """What a page says, and the page to ask for next. As many rows must come as TotalCount says (failure-model §3)."""
    if answer.outcome is not Outcome.ACCEPTED:
        return Sight.UNREADABLE, []
    total, details = send_details(answer)
    if out_id is not None and any(detail.out_id == out_id for detail in details):
        return Sight.FOUND, []
    rows = page.rows_before + len(details)
    if rows == total:
        return Sight.UNSEEN, []
    if rows > total or not details or page.number >= MOST_PAGES:
        return Sight.UNREADABLE, []
    return Sight.UNSEEN, [replace(page, number=page.number + 1, rows_before=rows)]
