"""SIGTERM and Ctrl-C end politely at any moment; a worker that is frozen for longer than its lease does no harm."""

from __future__ import annotations

import signal
import time

import pytest

from tests.reliability.conftest import Dose, Scene
from tests.reliability.databases import KINDS

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("reliability"), pytest.mark.timeout(3600)]


@pytest.mark.parametrize("kind", KINDS)
def test_sigterm_at_any_moment_leaves_nothing_in_doubt(kind: str, scene: Scene, dose: Dose) -> None:
    team = scene(kind, "--send-delay", "0.2", seed=7, ALISMS_CONCURRENCY="4")
    moments = dose.of(10, 50)
    for moment in range(moments):
        if not team.send or team.status()["pending"] < 100:
            team.stage(60, 10, first=1_000 * moment)
        worker = team.start_worker(ready=True)
        team.pass_time(0.0, 0.8)
        worker.signal(signal.SIGINT if moment % 5 == 4 else signal.SIGTERM)
        told = time.monotonic()
        assert worker.wait() == 0, worker.said()
        assert time.monotonic() - told < float(team.environment["ALISMS_READ_TIMEOUT"]) + 10
        found = team.status()
        assert (found["sending"], found["unknown"]) == (0, 0), team.described()
    team.start_worker()
    found = team.until_status(lambda now: now["status"] == "finished")
    team.stop()

    assert (found["accepted"], found["unknown"]) == (600, 0)
    assert "orphaned" not in [kind for kind, _actor in team.act("events")]
    assert team.violations() == []
    dose.tell(f"{kind}: SIGTERM or Ctrl-C at {moments} random moments, exit 0, 0 unknown")


@pytest.mark.parametrize("kind", KINDS)
def test_a_worker_frozen_for_longer_than_its_lease(kind: str, scene: Scene) -> None:
    """Its batches are orphans by the time it wakes: what it then says is evidence, or nothing."""
    team = scene(
        kind,
        "--send-delay",
        "0.4",
        ALISMS_READ_TIMEOUT="0.9",
        ALISMS_CONNECT_TIMEOUT="0.5",
        ALISMS_LEASE_SECONDS="1.5",
    )
    team.stage(12, 5)
    frozen = team.start_worker(ready=True, CONCURRENCY=4)
    team.until(lambda: team.sandbox.state()["in_flight"] >= 2)
    team.freeze(frozen)
    team.start_worker()
    team.until(lambda: "orphaned" in [kind for kind, _actor in team.act("events", send=team.send)])
    before = team.requests()
    frozen.signal(signal.SIGCONT)
    found = team.settle_everything()

    assert before > 0
    assert (found["accepted"], team.violations()) == (60, [])
    assert team.stop() == {0}
