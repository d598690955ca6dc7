"""A long outage and a restored backup look alike: the send asks before it goes on. And an import that was killed."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.reliability.conftest import Dose, Scene
from tests.reliability.databases import KINDS
from tests.reliability.harness import Team

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("reliability-tables"), pytest.mark.timeout(1800)]


def interrupted(team: Team) -> None:
    """A send whose worker was killed in the middle."""
    team.stage(12, 2)
    worker = team.start_worker(ready=True)
    team.until(lambda: team.accepted() >= 4)
    worker.kill()
    assert team.status()["pending"] > 0


@pytest.mark.parametrize("kind", KINDS)
def test_an_outage_of_more_than_half_an_hour_asks(kind: str, scene: Scene) -> None:
    team = scene(kind, "--send-delay", "0.2")
    interrupted(team)
    team.act("shift", minutes=31)
    before = team.accepted()
    team.start_worker()
    found = team.until_status(lambda now: now["status"] == "paused")
    team.pass_time(1, 2)

    assert (found["reason"], team.accepted()) == ("late", before)
    team.act("resume", send=team.send)
    found = team.settle_everything()
    assert (found["accepted"], team.violations()) == (24, [])


@pytest.mark.parametrize("kind", KINDS)
def test_a_shorter_outage_does_not(kind: str, scene: Scene) -> None:
    team = scene(kind, "--send-delay", "0.2")
    interrupted(team)
    team.act("shift", minutes=25)
    team.start_worker()
    found = team.settle_everything()

    assert (found["accepted"], team.violations()) == (24, [])
    assert "paused" not in [kind for kind, _actor in team.act("events", send=team.send)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_send_that_waits_behind_another_is_not_late(kind: str, scene: Scene) -> None:
    """Nothing interrupted it: a worker had it in its queue all the time."""
    team = scene(kind, "--send-delay", "0.3")
    first = team.stage(600, 1)
    waiting = team.stage(3, 1, first=1_000, again=True)
    worker = team.start_worker(ready=True)
    team.until(lambda: team.accepted() >= 2)
    for _time in range(2):
        # Twenty minutes pass, and a loop that runs looks after its queue: forty in all.
        team.act("shift", minutes=20, sends_only=True)
        team.until(lambda: team.act("minutes_unattended", send=waiting) < 10)
    assert team.act("statuses")[str(waiting)]["batches"] == {"pending": 3}
    team.act("cancel", send=first)
    team.until(lambda: team.act("statuses")[str(waiting)]["status"] == "finished")

    assert worker.poll() is None
    assert "paused" not in [kind for kind, _actor in team.act("events")]
    assert team.violations([first, waiting]) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_restored_backup_sends_nothing_by_itself(kind: str, scene: Scene) -> None:
    """The backup was made in the middle and restored 40 minutes later, when all had long got it."""
    team = scene(kind, "--send-delay", "0.2")
    interrupted(team)
    backup = team.act("snapshot")
    worker = team.start_worker(ready=True)
    team.settle_everything()
    worker.signal(signal.SIGTERM)
    worker.wait()
    everybody = team.accepted()
    team.act("restore", backup=backup)
    team.act("shift", minutes=40)
    team.start_worker()
    found = team.until_status(lambda now: now["status"] == "paused")
    team.pass_time(1, 2)

    assert found["reason"] == "late"
    assert team.accepted() == everybody
    # As docs/operate.md has it: whoever looks finds that they have it, and cancels.
    team.act("cancel", send=team.send)
    team.pass_time(1, 2)
    assert team.accepted() == everybody


@pytest.mark.parametrize("kind", KINDS)
def test_a_stopped_account_keeps_a_fresh_backup_from_sending(kind: str, scene: Scene) -> None:
    """Restored at once it is not late; so the operator stops the account before a worker starts (docs/operate.md)."""
    team = scene(kind, "--send-delay", "0.2")
    interrupted(team)
    team.act("stop_account")
    before = team.accepted()
    team.start_worker()
    team.pass_time(2, 3)

    assert (team.accepted(), team.status()["status"]) == (before, "paused")


@pytest.mark.parametrize("kind", KINDS)
def test_an_import_that_is_killed_half_way_is_read_anew(
    kind: str, scene: Scene, dose: Dose, tmp_path: Path
) -> None:
    """Killed in the middle of its slices, several times: never a partial list, and the same result."""
    team = scene(kind)
    file = tmp_path / "list.csv"
    rows = [f"139{number:08d},王芳,DD{number},1.00" for number in range(20_000)]
    file.write_text("phone,name,code,amount\n" + "\n".join([*rows, *rows[:50]]) + "\n", "utf-8")
    send = team.send = team.act("upload", path=str(file))
    for _kill in range(dose.of(2, 10)):
        worker = team.start_worker()
        team.until(lambda: team.act("imports")[0]["rows"] >= 5_000)
        team.pass_time(0.0, 0.2)
        worker.kill()
        if team.act("imports")[0]["status"] == "done":
            break
        assert "still being read" in team.act("start", send=send)
        team.act("leases_run_out")
    team.start_worker()
    team.until(lambda: team.act("imports")[0]["status"] == "done")
    found = team.act("imports")[0]

    assert (found["rows"], found["good"], found["duplicates"], found["rejected"]) == (20_050, 20_000, 50, 0)
    assert team.act("start", send=send) == ""
    assert team.until_status(lambda now: now["status"] == "finished")["accepted"] == 20_000
    assert team.violations() == []


@pytest.mark.parametrize("kind", KINDS)
def test_sigterm_in_a_large_import_does_not_wait_for_its_end(kind: str, scene: Scene, tmp_path: Path) -> None:
    team = scene(kind)
    file = tmp_path / "list.csv"
    file.write_text(
        "phone,name,code,amount\n" + "".join(f"139{n:08d},王芳,DD{n},1.00\n" for n in range(40_000)), "utf-8"
    )
    team.act("upload", path=str(file))
    worker = team.start_worker(ready=True)
    team.until(lambda: team.act("imports")[0]["rows"] >= 5_000)
    worker.signal(signal.SIGTERM)

    assert worker.wait() == 0
    # Between two slices it is given back to be read anew; done only if that was the last.
    assert team.act("imports")[0]["status"] in ("waiting", "done")
