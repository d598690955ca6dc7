"""The rate limit all processes share: one row, one number, moved by compare-and-set.

``next_turn`` is the time at which the next request may leave, in microseconds of the database's clock. A process
that wants n requests moves it n intervals on and gets the n times in between. The HTTP threads wait for their
time, so requests leave evenly and never above the limit, however many processes there are. The row is never held
through the sending turn.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from ..conf import conf
from ..models import AccountState
from .clock import database_now, microseconds

# Turns are taken at most this far ahead, so that a stop or a pause finds little on its way out.
HORIZON_SECONDS = 0.5
# Under the limit by what a busy machine delays a request: arrivals bunch up, and the limit is a promise.
HEADROOM = 0.9


@dataclass(frozen=True)
class Turns:
    """Monotonic times at which requests may leave, and when to ask again if there were none."""

    times: tuple[float, ...]
    wait: float = 0.0


def take(wanted: int) -> Turns:
    """Up to ``wanted`` turns within the horizon. Never more than the limit, summed over all processes."""
    if wanted <= 0:
        return Turns(())
    interval = int(1_000_000 / (conf.MAX_REQUESTS_PER_SECOND * HEADROOM))
    for _try in range(20):
        row = AccountState.objects.current()
        monotonic, now = time.monotonic(), microseconds(database_now())
        first = max(row.next_turn, now)
        affordable = int((now + HORIZON_SECONDS * 1_000_000 - first) // interval) + 1
        count = min(wanted, max(affordable, 0))
        if count <= 0:
            return Turns((), wait=(first - now) / 1_000_000 - HORIZON_SECONDS + interval / 1_000_000)
        if AccountState.objects.take_turns(seen=row.next_turn, next_turn=first + count * interval):
            start = monotonic + (first - now) / 1_000_000
            return Turns(tuple(start + i * interval / 1_000_000 for i in range(count)))
    return Turns((), wait=0.05)


def wait(seconds: float) -> None:
    """Let time pass in this thread."""
    if seconds > 0:
        threading.Event().wait(seconds)


def wait_until(at: float) -> None:
    """Until the monotonic time ``at``."""
    wait(at - time.monotonic())
