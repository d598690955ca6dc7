"""MAX_REQUESTS_PER_SECOND is kept by all processes together, and used."""

from __future__ import annotations

import signal
import threading
import time
from datetime import datetime
from math import ceil

import pytest

from django_alisms.services.wire import TURN_LASTS, TURN_PASSED
from tests.reliability.conftest import Scene
from tests.reliability.harness import Team

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("reliability")]


def test_the_rate_limit_is_shared_by_all_processes(scene: Scene) -> None:
    """Never above it; at least 85 % of it used, in one of three runs: a busy machine can only make it less."""
    limit, rates = 20, []
    for _run in range(3):
        team = scene("sqlite", ALISMS_MAX_REQUESTS_PER_SECOND=str(limit), ALISMS_CONCURRENCY="16")
        with Lateness() as lateness:
            team.stage(200, 1)
            for _worker in range(4):
                team.start_worker()
            team.until_status(lambda now: now["status"] == "finished")
            team.stop()
        assert team.violations() == []
        times = arrivals(team)
        # The ledger knows arrivals: a machine that is late by so much moves as many of them into the next second.
        assert busiest_second(times) <= limit + 1 + ceil(limit * 2 * lateness.most)
        rates.append((len(times) - 1) / (times[-1] - times[0]))
        if rates[-1] >= 0.85 * limit:
            return
    pytest.fail(f"requests a second at a limit of {limit}: {rates}")


def test_a_process_that_was_frozen_does_not_send_what_it_had_reserved_in_a_burst(scene: Scene) -> None:
    """In one of three runs at least it had turns in hand when it was frozen: which moment that is, is chance."""
    limit = 10
    for _run in range(3):
        team = scene(
            "sqlite",
            ALISMS_MAX_REQUESTS_PER_SECOND=str(limit),
            ALISMS_CONCURRENCY="16",
            ALISMS_LEASE_SECONDS="60",
        )
        team.stage(40, 1)
        worker = team.start_worker(ready=True)
        with Lateness() as lateness:
            team.until(lambda team=team: team.accepted() >= 3)
            team.freeze(worker)
            time.sleep(TURN_LASTS + 1)
            worker.signal(signal.SIGCONT)
            team.until_status(lambda now: now["status"] == "finished")
        team.stop()

        assert team.violations() == []
        assert busiest_second(arrivals(team)) <= limit + 1 + ceil(limit * 2 * lateness.most)
        if any(code == TURN_PASSED for batch in team.batches() for _outcome, code in batch["history"]):
            return
    pytest.fail("it never had turns in hand, so this proved nothing")


def arrivals(team: Team) -> list[float]:
    return sorted(datetime.fromisoformat(entry["time"]).timestamp() for entry in team.sandbox.ledger())


def busiest_second(times: list[float]) -> int:
    return max(
        sum(1 for later in times[index : index + 200] if later < at + 1) for index, at in enumerate(times)
    )


class Lateness:
    """How late this machine wakes a thread that sleeps, at most, while the test runs."""

    def __init__(self) -> None:
        self.most = 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Lateness:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.is_set():
            due = time.monotonic() + 0.01
            self._ended.wait(0.01)
            self.most = max(self.most, time.monotonic() - due)
