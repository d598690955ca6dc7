"""The threads that speak HTTP. They get a batch whole and give its answer back; they never touch the database."""

from __future__ import annotations

import itertools
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from ..aliyun.codes import explain
from ..aliyun.outcomes import Answer, Outcome
from .rate_limit import Turn

# How long an answer waits for those that went out with it, at the most.
NEIGHBOUR_SECONDS = 0.02
# What comes back from a client that was not let go. It becomes the batch's answer once its lease is too short for
# another turn.
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
    # The first of its send after a stop: the others wait for its answer.
    alone: bool = False

    def __repr__(self) -> str:
        return f"<Marked {self.out_id}: {len(self.phones)} numbers>"


# In: what is marked, and what the client asks before the first byte leaves.
Send = Callable[[Marked, Callable[[], bool]], Answer]


class Wire:
    """``slots`` requests at a time. ``put`` what is marked, ``collect`` what came back.

    What missed its turn of the rate limit stays on the wire, and nothing of it has left: ``put_again`` gives it
    another one.
    """

    def __init__(self, send: Send, slots: int) -> None:
        self._send = send
        self._slots = slots
        # What came of each request: its answer, or None where its turn passed; and the stops known when it was marked.
        self._answers: queue.SimpleQueue[tuple[Marked, Answer | None, int]] = queue.SimpleQueue()
        self._missed: deque[tuple[Marked, int]] = deque()
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

    @property
    def missed(self) -> int:
        """How many wait for another turn."""
        return len(self._missed)

    def put(self, marked: Marked, turn: Turn) -> None:
        """Send when the turn comes."""
        self.in_flight += 1
        self._pool.submit(self._carry, marked, turn, self._stops_known)

    def put_again(self, turns: Iterable[Turn]) -> int:
        """Another turn for those that missed theirs; how many of the turns were used."""
        used = list(itertools.islice(turns, self.missed))
        for turn in used:
            marked, stops_known = self._missed.popleft()
            self._pool.submit(self._carry, marked, turn, stops_known)
        return len(used)

    def hold_back_missed(self) -> None:
        """The account was stopped, by whomever: nothing more leaves."""
        while self._missed:
            marked, stops_known = self._missed.popleft()
            self._answers.put((marked, _HELD_BACK, stops_known))

    def collect(self, timeout: float, neighbours: float = NEIGHBOUR_SECONDS) -> list[tuple[Marked, Answer]]:
        """Every answer that has come in; waits up to ``timeout`` seconds for the first, and a moment for neighbours.

        What goes out together comes back together: where the first of them ends the wait, the next turn has half of
        them at once, and they share its statements and its commit. ``neighbours``: seconds that are worth waiting for that.
        """
        come: list[tuple[Marked, Answer | None, int]] = []
        try:
            come.append(self._answers.get(timeout=timeout) if timeout > 0 else self._answers.get_nowait())
            until = time.monotonic() + min(neighbours, NEIGHBOUR_SECONDS)
            while (left := until - time.monotonic()) > 0 and len(come) * 2 < self.in_flight - self.missed:
                come.append(self._answers.get(timeout=left))
            while True:
                come.append(self._answers.get_nowait())
        except queue.Empty:
            pass
        self._missed.extend((marked, known) for marked, answer, known in come if answer is None)
        answers = [(marked, answer) for marked, answer, _known in come if answer is not None]
        answers += self._given_up()
        self.in_flight -= len(answers)
        self._stops_known += sum(explain(answer.code).stops_account for _marked, answer in answers)
        return answers

    def _given_up(self) -> list[tuple[Marked, Answer]]:
        """Of those that missed their turn the ones that may not get another: their lease is too short for it."""
        now = time.monotonic()
        over = [marked for marked, _known in self._missed if now > marked.deadline]
        self._missed = deque(pair for pair in self._missed if now <= pair[0].deadline)
        return [(marked, _TURN_PASSED) for marked in over]

    def _carry(self, marked: Marked, turn: Turn, stops_known: int) -> None:
        """In a thread of the pool."""

        def in_time() -> bool:
            return time.monotonic() <= marked.deadline

        def held_back() -> bool:
            return stops_known < self._stops

        answer: Answer | None
        try:
            answer = self._send(marked, lambda: turn.come() and in_time() and not held_back())
        except Exception as broken:
            # The client does not raise; if it does, nothing is known of the request.
            answer = Answer(Outcome.UNKNOWN, "wire.error", type(broken).__name__)
        if answer.code == TURN_PASSED:
            answer = _HELD_BACK if held_back() else None
        if answer is not None and explain(answer.code).stops_account:
            with self._lock:
                self._stops += 1
        self._answers.put((marked, answer, stops_known))


_HELD_BACK = Answer(Outcome.REFUSED, HELD_BACK, "The account was just stopped; nothing left.")
_TURN_PASSED = Answer(Outcome.REFUSED, TURN_PASSED, "The process was stopped for too long; nothing left it.")
