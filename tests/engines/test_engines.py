"""A send that an engine's worker does, for real; and one whose worker is killed with -9 in the middle."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.conftest import absent
from tests.reliability.databases import ROOT, Template
from tests.reliability.harness import Team
from tests.sandbox.process import SandboxProcess

from . import brokers
from .documentation import plain_celery

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("engines")]

PATIENCE = 180
# As the documentation has it.
BROKER = "amqp://guest:guest@127.0.0.1:5672//"
CELERY = [sys.executable, "-m", "celery"]
QUIET = [
    "--without-gossip",
    "--without-mingle",
    "--without-heartbeat",
    "--loglevel",
    "INFO",
    "--concurrency",
    "2",
]


class Engine(Team):
    """A team whose workers are an engine's. ``queue`` is this test's own."""

    def __init__(
        self, folder: Path, url: str, sandbox: SandboxProcess, name: str, **environment: str
    ) -> None:
        self.queue = f"alisms-{uuid.uuid4().hex[:8]}"
        settings = {
            "DJANGO_SETTINGS_MODULE": "tests.engines.settings",
            "ENGINE": name,
            "ENGINE_QUEUE": self.queue,
        }
        super().__init__(folder, url, sandbox, seed=1, **(settings | environment))
        self.engines: list[subprocess.Popen[bytes]] = []

    def commands(self, name: str) -> list[str]:
        """What the operator starts; as in docs/deploy/engines.md, under a name that no other Celery here has."""
        named = [*QUIET, "--hostname", f"{self.queue}@%h"]
        return {
            "celery": [*CELERY, "-A", "django_tasks_fennel.app", "worker", "-Q", self.queue, *named],
            "rq": [sys.executable, "manage.py", "rqworker", "--job-class", "django_tasks_rq.Job", self.queue],
            "database": [sys.executable, "manage.py", "db_worker", "--queue-name", self.queue, "--no-reload"],
            "plain_celery": [*CELERY, "-A", "engine_project.celery", "worker", "-Q", self.queue, *named],
        }[name]

    def start_engine(
        self, name: str, says: str = "", environment: dict[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """A worker in a process group of its own; waits until its log ``says`` that it is ready."""
        log = self.folder / f"engine-{len(self.engines)}.log"
        with log.open("wb") as file:
            worker = subprocess.Popen(
                self.commands(name),
                cwd=ROOT,
                env=self.environment if environment is None else environment,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )
        self.engines.append(worker)
        end = time.monotonic() + PATIENCE
        while says not in log.read_text(encoding="utf-8", errors="replace"):
            assert worker.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.1)
        return worker

    def wait_for_requests(self, count: int) -> None:
        end = time.monotonic() + PATIENCE
        while len(self.sandbox.ledger()) < count:
            assert time.monotonic() < end, self.logs()
            time.sleep(0.05)

    def logs(self) -> str:
        return "\n".join(
            path.read_text(errors="replace")[-3000:] for path in sorted(self.folder.glob("*.log"))
        )

    def __exit__(self, *exc: object) -> None:
        for worker in self.engines:
            kill_all(worker)
        super().__exit__(*exc)


def kill_all(worker: subprocess.Popen[bytes]) -> None:
    """-9 for the worker and its children, as a power cut would."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


def need(url: str, name: str) -> None:
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 0), timeout=3).close()
    except OSError as away:
        absent(f"no {name} answers here: {away}")


READY = {"celery": " ready.", "plain_celery": " ready.", "rq": "Listening on", "database": "Starting worker"}
NEEDS = {"celery": "RabbitMQ", "plain_celery": "RabbitMQ", "rq": "Redis"}
SERVERS = {"RabbitMQ": brokers.RABBITMQ, "Redis": brokers.REDIS}


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[SandboxProcess]:
    with SandboxProcess(tmp_path / "ledger.jsonl", "--send-delay", "0.3") as made:
        yield made


@pytest.fixture
def engine(request: pytest.FixtureRequest, tmp_path: Path, sandbox: SandboxProcess) -> Iterator[Engine]:
    name = request.param
    if name in NEEDS:
        need(SERVERS[NEEDS[name]], NEEDS[name])
    with Template("sqlite", tmp_path).copy(tmp_path) as url, Engine(tmp_path, url, sandbox, name) as team:
        team.manage("migrate", "-v0")
        yield team


@pytest.mark.parametrize("engine", ["rq", "database"], indirect=True)
def test_a_start_wakes_the_engine_which_sends_it(engine: Engine) -> None:
    name = engine.environment["ENGINE"]
    engine.start_engine(name, READY[name])

    engine.stage(3)

    found = engine.until_status(lambda now: now["status"] == "finished")
    assert (found["accepted"], engine.violations()) == (300, [])


@pytest.mark.parametrize("engine", ["celery"], indirect=True)
def test_celery_on_rabbitmq_is_killed_in_the_middle_and_everybody_gets_it_once(engine: Engine) -> None:
    first = engine.start_engine("celery", READY["celery"])
    engine.stage(30)
    engine.wait_for_requests(6)
    kill_all(first)
    half = len(engine.sandbox.ledger())
    assert half < 30

    # The broker gives the task, which was not acknowledged, to the next worker by itself.
    engine.start_engine("celery", READY["celery"])
    engine.until_status(lambda now: not now["pending"])

    found = sweep(engine)
    assert (found["status"], found["accepted"], engine.violations()) == ("finished", 3_000, [])


@pytest.mark.parametrize("engine", ["rq", "database"], indirect=True)
def test_an_engine_that_strands_a_killed_task_is_swept_by_cron(engine: Engine) -> None:
    name = engine.environment["ENGINE"]
    worker = engine.start_engine(name, READY[name])
    engine.stage(20)
    engine.wait_for_requests(4)
    kill_all(worker)

    found = sweep(engine)
    assert (found["status"], found["accepted"], engine.violations()) == ("finished", 2_000, [])


def sweep(engine: Engine) -> dict:
    """``alisms_worker --once``, as cron does it each minute, until nothing is open or unknown."""
    end = time.monotonic() + PATIENCE
    while True:
        engine.manage("alisms_worker", "--once")
        found = engine.status()
        if found["absent"]:
            engine.act("resend_absent", send=engine.send)
        elif not (found["pending"] or found["sending"] or found["unknown"]):
            return found
        assert time.monotonic() < end, (found["sentence"], engine.logs())


@pytest.mark.parametrize("engine", ["plain_celery"], indirect=True)
def test_plain_celery_by_the_lines_of_the_documentation(engine: Engine, tmp_path: Path) -> None:
    """Without Django Tasks: the blocks of docs/deploy/engines.md, as they stand there."""
    blocks = plain_celery()
    assert list(blocks) == ["settings", "celery", "apps"]
    package = tmp_path / "engine_project"
    package.mkdir()
    (package / "__init__.py").write_text("")
    for file, block in blocks.items():
        (package / f"{file}.py").write_text(block.replace("myproject", "engine_project"))
    settings = (package / "settings.py").read_text().replace(BROKER, brokers.RABBITMQ)
    assert brokers.RABBITMQ in settings
    queue = f"CELERY_TASK_DEFAULT_QUEUE = {engine.queue!r}\n"
    (package / "settings.py").write_text(f"from project.settings import *\n{settings}{queue}")
    engine.environment |= {
        "PYTHONPATH": f"{tmp_path}:{ROOT}",
        "DJANGO_SETTINGS_MODULE": "engine_project.settings",
    }
    engine.restart()
    # The worker of Celery is started as documented, and finds the settings by itself.
    without = engine.environment.copy()
    del without["DJANGO_SETTINGS_MODULE"]
    engine.start_engine("plain_celery", READY["plain_celery"], without)

    engine.stage(3)

    found = engine.until_status(lambda now: now["status"] == "finished")
    assert (found["accepted"], engine.violations()) == (300, [])
