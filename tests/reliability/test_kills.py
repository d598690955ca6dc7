"""Nobody twice, nobody lost: workers killed with -9 in the middle of a send, on every database."""

from __future__ import annotations

import pytest

from tests.reliability.conftest import Dose, Scene
from tests.reliability.databases import KINDS

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("reliability"), pytest.mark.timeout(3600)]

BATCHES = 100  # of 100 people
WORKERS = 4
KILLS = {"sqlite": 10, "postgresql": 3, "mariadb": 3}


@pytest.mark.parametrize("kind", KINDS)
def test_workers_are_killed_and_everybody_gets_it_once(kind: str, scene: Scene, dose: Dose) -> None:
    """In chaos more kills than one send has moments for: send after send, until there were enough."""
    wanted = dose.of(KILLS[kind], dose.kills)
    kills = 0
    # Only what sends is slow: a batch that never reached the sandbox is looked up number by number.
    team = scene(kind, "--send-delay", "0.5")
    sends = 0
    while kills < wanted:
        team.stage(BATCHES, first=10_000 * sends)
        sends += 1
        while len(team.alive) < WORKERS:
            team.start_worker(fresh=True)
        while kills < wanted and team.status()["pending"]:
            team.pass_time(0.1, 1.0)
            team.kill_one()
            kills += 1
            # By turns as an operator would, and at once, so that many moments are met.
            team.start_worker(fresh=kills % 2 == 0)
        found = team.settle_everything()

        assert (found["accepted"], found["unknown"]) == (BATCHES * 100, 0), team.described()
        assert team.violations() == []
    assert team.stop() == {0}
    orphans = sum(kind == "orphaned" for kind, _actor in team.act("events"))
    dose.tell(
        f"{kind}: {kills} kills, {sends * BATCHES * 100} recipients, {orphans} batches met on the wire, 0 violations"
    )


def test_the_kills_meet_batches_on_the_wire(scene: Scene) -> None:
    """A kill that met nothing would prove nothing: batches without a result are orphaned and settled."""
    team = scene("sqlite", "--send-delay", "0.5")
    team.stage(10)
    worker = team.start_worker(ready=True)
    team.until(lambda: team.sandbox.state()["in_flight"])
    worker.kill()
    team.start_worker()
    found = team.settle_everything()

    assert "orphaned" in [kind for kind, _actor in team.act("events", send=team.send)]
    assert (found["accepted"], team.violations()) == (1_000, [])
