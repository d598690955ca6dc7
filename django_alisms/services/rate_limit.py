"""The rate limit all processes share: one row, one number, moved by compare-and-set.

``next_turn`` is the time at which the next request may leave, in microseconds of the database's clock. A process
that wants n requests moves it n intervals on and gets the n times in between. So requests leave evenly and never
above the limit, however many processes there are. The row is never held through the sending turn.

A turn is a moment, not a permit: a busy machine wakes threads late, and requests that are late together would be more
in one second than may. So whoever misses its turn by TURN_LASTS does not send; it asks for another. Only where all that
a process can have on its way is so little of the limit that it does not matter when it leaves, any time will do.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from math import ceil, inf

from django.db import connection

from ..conf import conf
from ..models import AccountState
from .clock import database_now, microseconds

# Turns are taken at most this far ahead, so that a stop or a pause finds little on its way out.
HORIZON_SECONDS = 1.0
# Whoever finds the horizon taken asks again after this part of it: the turns that are taken last for longer.
ASK_AGAIN = 0.25
# The turns of 1.11 seconds are as many requests as may leave in one: by so much a request may be late.
HEADROOM = 0.9
# The rest of these 0.11 seconds is for what lies between the last look at the clock and the first byte.
TURN_LASTS = 0.06
# A process with so few slots, as a part of the limit, may be late with all of them: four such are no more than HEADROOM leaves.
FEW_SLOTS = 0.02
# By how much two clocks may come apart in a second.
DRIFT = 0.0005
# Nobody takes turns so far ahead. Where the row says it, the database's clock was set back since.
CLOCK_SET_BACK_SECONDS = 60.0


@dataclass(frozen=True)
class Turn:
    """Monotonic times: from when a request may leave, and until when."""

    at: float
    until: float

    def come(self) -> bool:
        """Wait for it, in this thread. False: it has passed, and nothing may leave on it."""
        wait(self.at - time.monotonic())
        return time.monotonic() <= self.until


@dataclass(frozen=True)
class Bounds:
    """By how many seconds the database's clock is ahead of our monotonic one: at least, and at most."""

    least: float
    most: float
    at: float

    def narrowed(self, newer: Bounds) -> Bounds:
        """What both say; the newer alone where they contradict each other: a clock was set."""
        drift = (newer.at - self.at) * DRIFT
        least, most = max(self.least - drift, newer.least), min(self.most + drift, newer.most)
        return Bounds(least, most, newer.at) if least <= most else newer


class DatabaseClock:
    """What looks at the database's clock say of it together: one that took long says little, the next one more."""

    def __init__(self) -> None:
        self._known: dict[str, Bounds] = {}

    def look(self) -> tuple[int, Bounds]:
        """The database's time in microseconds, and how it compares with ours."""
        before = time.monotonic()
        now = microseconds(database_now())
        after = time.monotonic()
        newer = Bounds(now / 1_000_000 - after, now / 1_000_000 - before, after)
        known = self._known.get(connection.alias, newer).narrowed(newer)
        self._known[connection.alias] = known
        return now, known


_clock = DatabaseClock()


@dataclass(frozen=True)
class Turns:
    """Turns, and in how many seconds to ask again where there are fewer than were wanted."""

    turns: tuple[Turn, ...]
    wait: float = 0.0


def take(
    wanted: int, *, slots: int | None = None, lead: float = 0.0, seen: AccountState | None = None
) -> Turns:
    """Up to ``wanted`` turns within the horizon. Never more than the limit, summed over all processes.

    ``slots``: how many requests the process has on its way at the most; None: any number. ``lead``: in how many seconds
    they will be ready to leave; a turn before that would be missed. ``seen``: the account's row, read a moment ago.
    """
    if wanted <= 0:
        return Turns(())
    few = slots is not None and slots <= FEW_SLOTS * conf.MAX_REQUESTS_PER_SECOND
    interval = ceil(1_000_000 / (conf.MAX_REQUESTS_PER_SECOND * HEADROOM))
    horizon = int(horizon_seconds() * 1_000_000)
    ask_again = horizon_seconds() * ASK_AGAIN
    for _try in range(20):
        row, seen = seen or AccountState.objects.current(), None
        now, bounds = _clock.look()
        first = max(row.next_turn, now if few else now + int(lead * 1_000_000))
        if first - now > horizon + interval + CLOCK_SET_BACK_SECONDS * 1_000_000:
            # What was taken before the clock was set back is over by the end of the horizon.
            first = now + horizon
        affordable = int((now + horizon - first) // interval) + 1
        count = min(wanted, max(affordable, 0))
        if count <= 0:
            return Turns((), wait=max((first - now - horizon) / 1_000_000, ask_again))
        if AccountState.objects.take_turns(seen=row.next_turn, next_turn=first + count * interval):
            moments = [(first + i * interval) / 1_000_000 for i in range(count)]
            # None leaves before its moment, wherever within the bounds that is, and none much after.
            late = inf if few else TURN_LASTS
            turns = tuple(Turn(moment - bounds.least, moment - bounds.most + late) for moment in moments)
            return Turns(turns, wait=ask_again if count < wanted else 0.0)
    return Turns((), wait=0.05)


def horizon_seconds() -> float:
    """HORIZON_SECONDS, or half of what a lease is longer than its request: what waits for longer does not leave."""
    spare = conf.LEASE_SECONDS - conf.CONNECT_TIMEOUT - conf.READ_TIMEOUT
    return min(HORIZON_SECONDS, max(spare / 2, 0.05))


def take_one() -> Turn:
    """The next turn; waits until there is one to take."""
    while not (taken := take(1)).turns:
        wait(taken.wait)
    return taken.turns[0]


def wait(seconds: float) -> None:
    """Let time pass in this thread."""
    if seconds > 0:
        threading.Event().wait(seconds)
