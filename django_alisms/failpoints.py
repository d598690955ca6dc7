"""Places where a process can be told to die, for tests of what a crash leaves behind. Off unless armed.

``ALISMS["FAILPOINTS"] = "mark.committed:3"`` kills the process with SIGKILL, as a power cut would, the third time a
loop comes to that place. Nothing is cleaned up, nothing is flushed. A system check says so where one is armed, and
the commands arm them only when they start; without it a place costs one look at an empty dict.
"""

from __future__ import annotations

import os
import signal
from threading import Lock

PLACES = {
    "mark.uncommitted": "batches are marked, before the commit",
    "mark.committed": "after the commit of the mark, before anything goes on the wire",
    "wire.connect": "before the connection is made",
    "wire.first_byte": "before the first byte leaves",
    "wire.body": "after the last byte of the request, before the answer is read",
    "wire.answer": "after the answer was read",
    "store.begun": "answers were collected, before the transaction that stores them",
    "store.uncommitted": "answers are stored, before the commit",
    "store.committed": "after the commit of answers",
    "sweep.uncommitted": "an orphan became unknown, before the commit",
    "settle.looked_up": "after a round of look-ups, before its conclusion",
    "settle.concluded": "after the conclusion of a round",
    "import.uncommitted": "a slice of an import is stored, before the commit",
    "import.committed": "after the commit of a slice",
    "receipt.uncommitted": "receipts are applied, before the commit",
    "purge.uncommitted": "a slice of old numbers is masked, before the commit",
    "purge.committed": "after the commit of a masked slice",
    "remove.uncommitted": "a slice of a draft or an import is removed, before the commit",
    "remove.committed": "after the commit of a removed slice",
    "receipt.committed": "after the commit of receipts, before they are acknowledged",
}

_armed: dict[str, int] = {}
_lock = Lock()


def arm(told: str) -> None:
    """``"place:n, …"``: die the n-th time (1 without n). Replaces what was armed before. ValueError: no such place."""
    armed = parsed(told)
    _armed.clear()
    _armed.update(armed)


def parsed(told: str) -> dict[str, int]:
    armed: dict[str, int] = {}
    for part in filter(None, (piece.strip() for piece in told.split(","))):
        place, _, times = part.partition(":")
        if place not in PLACES or not (times or "1").isdigit() or int(times or 1) < 1:
            raise ValueError(f"there is no failpoint {part!r}; there are {', '.join(PLACES)}")
        armed[place] = int(times or 1)
    return armed


def reach(place: str) -> None:
    """This process is at the place."""
    if _armed and place in _armed:
        with _lock:
            _armed[place] -= 1
            if _armed[place] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
