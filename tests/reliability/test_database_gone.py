"""The database is gone before the mark, after the answer, for a while or for longer than the lease; the disk is full."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.reliability.conftest import Scene
from tests.reliability.databases import Server
from tests.reliability.harness import Team
from tests.reliability.proxy import Proxy

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("reliability-tables"), pytest.mark.timeout(1800)]

SERVERS = ("postgresql", "mariadb")


class Line:
    """A team whose workers reach their database by a line that can be cut; the team itself reaches it directly."""

    def __init__(self, team: Team, proxy: Proxy) -> None:
        self.team = team
        self.proxy = proxy

    def worker(self, **alisms: object) -> None:
        self.team.start_worker(
            database={"HOST": "127.0.0.1", "PORT": str(self.proxy.port)}, ready=True, **alisms
        )


@contextmanager
def line(scene: Scene, kind: str, *options: str, **environment: str) -> Iterator[Line]:
    team = scene(kind, *options, **environment)
    with Proxy(Server(kind).address) as proxy:
        yield Line(team, proxy)


@pytest.mark.parametrize("kind", SERVERS)
def test_gone_after_the_answer_it_is_kept_and_written_again(kind: str, scene: Scene) -> None:
    with line(scene, kind, "--send-delay", "0.5", ALISMS_LEASE_SECONDS="60") as cut:
        team = cut.team
        team.stage(12, 2)
        cut.worker(CONCURRENCY=4)
        team.until(lambda: team.sandbox.state()["in_flight"] == 4)
        before = team.requests()
        cut.proxy.cut()
        team.until(lambda: not team.sandbox.state()["in_flight"])
        # Answers are there, the database is not: nothing new may be marked, so nothing new may leave.
        team.pass_time(1, 2)
        assert team.requests() == before + 4
        assert team.status()["sending"] == 8
        cut.proxy.mend()
        found = team.until_status(lambda now: now["status"] == "finished")

        assert (found["accepted"], found["unknown"], team.violations()) == (24, 0, [])
        assert [kind for kind, _actor in team.act("events", send=team.send)] == ["started", "finished"]


@pytest.mark.parametrize("kind", SERVERS)
def test_gone_for_longer_than_the_lease_it_is_settled(kind: str, scene: Scene) -> None:
    with line(scene, kind, "--send-delay", "0.3", ALISMS_LEASE_SECONDS="4") as cut:
        team = cut.team
        team.stage(12, 2)
        cut.worker(CONCURRENCY=4)
        team.until(lambda: team.sandbox.state()["in_flight"])
        cut.proxy.cut()
        team.start_worker()
        team.until(lambda: "orphaned" in [kind for kind, _actor in team.act("events", send=team.send)])
        cut.proxy.mend()
        found = team.settle_everything()

        assert (found["accepted"], team.violations()) == (24, [])
        assert team.stop() == {0}


@pytest.mark.parametrize("kind", SERVERS)
def test_cut_again_and_again_nobody_gets_it_twice(kind: str, scene: Scene) -> None:
    """At random moments: before the mark, between mark and commit, between commit and its word, after the answer."""
    with line(scene, kind, "--send-delay", "0.05") as cut:
        team = cut.team
        team.stage(150, 2)
        for _worker in range(2):
            cut.worker()
        for _cut in range(10):
            team.pass_time(0.05, 0.4)
            cut.proxy.cut()
            team.pass_time(0.0, 0.3)
            cut.proxy.mend()
        found = team.settle_everything()

        assert (found["accepted"], team.violations()) == (300, [])
        assert team.stop() == {0}


@pytest.mark.parametrize("kind", SERVERS)
def test_gone_before_the_mark_nothing_is_sent(kind: str, scene: Scene) -> None:
    with line(scene, kind) as cut:
        team = cut.team
        cut.worker()
        team.until(lambda: team.act("account_state")["worker_seen"])
        cut.proxy.cut()
        team.stage(3, 2)
        team.pass_time(1.5, 2)
        assert (team.requests(), team.status()["pending"]) == (0, 6)
        cut.proxy.mend()
        found = team.until_status(lambda now: now["status"] == "finished")

        assert (found["accepted"], team.violations()) == (6, [])


def test_sqlite_is_locked_for_longer_than_a_worker_waits(scene: Scene) -> None:
    team = scene("sqlite", "--send-delay", "0.3", ALISMS_LEASE_SECONDS="60")
    team.stage(12, 2)
    worker = team.start_worker(ready=True, database={"OPTIONS": options(timeout=0.3)})
    team.until(lambda: team.sandbox.state()["in_flight"])
    holding = sqlite3.connect(file_of(team), isolation_level=None, timeout=60)
    holding.execute("BEGIN IMMEDIATE")
    team.until(lambda: "did not take a turn" in worker.said())
    before = team.requests()
    team.pass_time(1, 2)
    assert team.requests() <= before + 2
    holding.rollback()
    holding.close()
    found = team.until_status(lambda now: now["status"] == "finished")

    assert (found["accepted"], found["unknown"], team.violations()) == (24, 0, [])


def test_a_full_disk_means_no_mark_and_no_request(scene: Scene) -> None:
    """SQLite is told that it may not grow; the other databases say the same in their own words."""
    team = scene("sqlite", ALISMS_LEASE_SECONDS="60")
    team.stage(60, 2)
    with sqlite3.connect(file_of(team)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
    full = options(
        init_command=f"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA max_page_count={pages + 2}"
    )
    worker = team.start_worker(ready=True, database={"OPTIONS": full})
    team.until(lambda: "did not take a turn" in worker.said())
    stuck = team.requests()
    team.pass_time(0.5, 1)
    found = team.status()
    assert found["pending"] > 0
    assert team.requests() <= stuck + 2
    worker.kill()
    assert not [line for line in team.violations() if line.startswith("I2")]
    team.act("leases_run_out")
    team.start_worker()
    found = team.settle_everything()

    assert (found["accepted"], team.violations()) == (120, [])


def options(**more: object) -> dict[str, object]:
    return {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
        **more,
    }


def file_of(team: Team) -> Path:
    return Path(urlsplit(team.environment["DATABASE_URL"]).path)
