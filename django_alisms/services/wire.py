"""The threads that speak HTTP. They get a batch whole and give its answer back; they never touch the database."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from ..aliyun.codes import explain
from ..aliyun.outcomes import Answer, Outcome
from .rate_limit import wait_until

# How long an answer waits for those that went out with it.
NEIGHBOUR_SECONDS = 0.02
# A turn of the rate limit that is missed by so many seconds is given up: a process that was frozen must not send all
# it had reserved at once when it wakes.
TURN_LASTS = 3.0
TURN_PASSED = "local.late"
# An answer that stops the account holds back what this process had marked before it heard of it.
HELD_BACK = "local.held_back"


@dataclass(frozen=True)
class Marked:
    """A batch that is marked ``sending`` and committed: all that its one request needs."""

    batch_id: int
    batch_send_id: int
    attempt: int
    token: str
    out_id: str
    sign_name: str
    template_code: str
    extend_code: str
    phones: tuple[str, ...]
    params: tuple[str, ...]
    # Monotonic: after this the request does not leave any more, for somebody may have taken it for an orphan.
    deadline: float
    lease_until: float

    def __repr__(self) -> str:
        return f"<Marked {self.out_id}: {len(self.phones)} numbers>"


class Wire:
    """``slots`` requests at a time. ``put`` what is marked, ``collect`` what came back."""

    def __init__(self, send: Callable[[Marked], Answer], slots: int) -> None:
        self._send = send
        self._slots = slots
        self._answers: queue.SimpleQueue[tuple[Marked, Answer]] = queue.SimpleQueue()
        self._pool = ThreadPoolExecutor(max_workers=slots, thread_name_prefix="alisms")
        self.in_flight = 0
        # Answers that stop the account: come in, counted by the threads; and known to the loop.
        self._stops = 0
        self._stops_known = 0
        self._lock = threading.Lock()

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *exc: object) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    @property
    def free(self) -> int:
        return self._slots - self.in_flight

    def put(self, marked: Marked, at: float) -> None:
        """Send at the monotonic time ``at``."""
        self.in_flight += 1
        self._pool.submit(self._carry, marked, at, self._stops_known)

    def collect(self, timeout: float) -> list[tuple[Marked, Answer]]:
        """Every answer that has come in; waits up to ``timeout`` seconds for the first, and a moment for neighbours.

        What goes out together comes back together: where the first of them ends the wait, the next turn has half of
        them at once, and they share its statements and its commit.
        """
        answers: list[tuple[Marked, Answer]] = []
        try:
            answers.append(self._answers.get(timeout=timeout) if timeout > 0 else self._answers.get_nowait())
            until = time.monotonic() + NEIGHBOUR_SECONDS
            while (left := until - time.monotonic()) > 0 and len(answers) * 2 < self.in_flight:
                answers.append(self._answers.get(timeout=left))
            while True:
                answers.append(self._answers.get_nowait())
        except queue.Empty:
            pass
        self.in_flight -= len(answers)
        self._stops_known += sum(explain(answer.code).stops_account for _marked, answer in answers)
        return answers

    def _carry(self, marked: Marked, at: float, stops_known: int) -> None:
        wait_until(at)
        now = time.monotonic()
        if now > marked.deadline or now > at + TURN_LASTS:
            answer = Answer(
                Outcome.REFUSED, TURN_PASSED, "The process was stopped for too long; nothing left it."
            )
        elif stops_known < self._stops:
            answer = Answer(Outcome.REFUSED, HELD_BACK, "The account was just stopped; nothing left.")
        else:
            try:
                answer = self._send(marked)
            except (
                Exception
            ) as broken:  # the client does not raise; if it does, nothing is known of the request
                answer = Answer(Outcome.UNKNOWN, "wire.error", type(broken).__name__)
        if explain(answer.code).stops_account:
            with self._lock:
                self._stops += 1
        self._answers.put((marked, answer))
