"""Real workers on a real database against a sandbox: killed, frozen, cut off; then everything is compared."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.reliability.databases import ROOT
from tests.sandbox.process import SandboxProcess

# A ceiling against hanging for ever, not an expectation: waits end on what they wait for.
PATIENCE = float(os.environ.get("ALISMS_PATIENCE") or 300)
# Small leases and a short schedule, so that settling takes seconds.
SMALL = {
    "ALISMS_CONCURRENCY": "2",
    "ALISMS_MAX_REQUESTS_PER_SECOND": "1000",
    "ALISMS_CONNECT_TIMEOUT": "1",
    "ALISMS_READ_TIMEOUT": "2",
    "ALISMS_LEASE_SECONDS": "4",
    "ALISMS_SETTLE_SCHEDULE": "1,2,3,5",
}


class ForkServer:
    """Django loaded once, with these environment variables; ``act`` calls a function of tests.reliability.acts."""

    def __init__(self, environment: dict[str, str], errors: Path) -> None:
        with errors.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.reliability.forkserver"],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        self._errors = errors
        self._answer()

    def ask(self, **asked: Any) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asked).encode() + b"\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, self._errors.read_text()
        answer = json.loads(line)
        assert "ok" in answer, answer["error"]
        return answer["ok"]

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


class Child:
    """A process that was forked, or started anew, to run ``manage.py`` with some arguments."""

    def __init__(self, pid: int, log: Path, reap: Callable[[], int | None]) -> None:
        self.pid = pid
        self.log = log
        self._reap = reap
        self.code: int | None = None

    def poll(self) -> int | None:
        """Its exit code, negative where a signal ended it; None while it runs."""
        if self.code is None:
            self.code = self._reap()
        return self.code

    def signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def wait(self, seconds: float = PATIENCE) -> int:
        end = time.monotonic() + seconds
        while (code := self.poll()) is None:
            assert time.monotonic() < end, f"{self.pid} does not end\n{self.said()}"
            time.sleep(0.01)
        return code

    def kill(self) -> None:
        """kill -9, and gone."""
        if self.poll() is None:
            self.signal(signal.SIGKILL)
            self.wait()

    def said(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""


class Team:
    """Workers on one database and one sandbox. A context manager: all its processes end with it."""

    def __init__(
        self, folder: Path, url: str, sandbox: SandboxProcess, seed: int = 1, **environment: str
    ) -> None:
        self.folder = folder
        self.sandbox = sandbox
        self.chance = random.Random(seed)
        self.workers: list[Child] = []
        self.send = 0
        inherited = {
            key: value for key, value in os.environ.items() if not key.startswith(("ALISMS_", "ALIBABA_"))
        }
        self.environment = {
            **inherited,
            **sandbox.environment,
            "DEBUG": "true",
            "LANGUAGE_CODE": "en",
            "DATABASE_URL": url,
            "ALISMS_UPLOADS": str(folder / "uploads"),
            **SMALL,
            **environment,
        }
        self._server: ForkServer | None = None
        self._logs = 0

    def __enter__(self) -> Team:
        self._server = ForkServer(self.environment, self.folder / "forkserver.log")
        return self

    def __exit__(self, *exc: object) -> None:
        for worker in self.workers:
            worker.signal(signal.SIGCONT)
            worker.kill()
        if self._server is not None:
            self._server.close()

    def restart(self) -> None:
        """The fork server anew, after a change of ``environment``; its children are gone with the old one."""
        self.server.close()
        self.__enter__()

    @property
    def server(self) -> ForkServer:
        assert self._server is not None, "not entered"
        return self._server

    # -- processes ---------------------------------------------------------------------------------------

    def spawn(
        self, *arguments: str, bug: str = "", database: dict[str, Any] | None = None, **alisms: Any
    ) -> Child:
        """Fork ``manage.py ARGUMENTS``; ``alisms``: settings of its own; ``bug``: it makes that mistake."""
        log = self._new_log()
        pid = self.server.ask(spawn=arguments, alisms=alisms, bug=bug, database=database or {}, log=str(log))
        child = Child(pid, log, lambda: self.server.ask(reap=pid))
        self.workers.append(child)
        return child

    def start_worker(
        self, *, ready: bool = False, fresh: bool = False, bug: str = "", **alisms: Any
    ) -> Child:
        """``manage.py alisms_worker``. ``ready``: wait until it says so; ``fresh``: by a new interpreter, as in life."""
        worker = self._fresh("alisms_worker") if fresh else self.spawn("alisms_worker", bug=bug, **alisms)
        if ready:
            self.until(lambda: "ready" in worker.said() or worker.poll() is not None)
            assert worker.poll() is None, worker.said()
        return worker

    def _fresh(self, *arguments: str) -> Child:
        log = self._new_log()
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "manage.py", *arguments],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        child = Child(process.pid, log, process.poll)
        self.workers.append(child)
        return child

    def _new_log(self) -> Path:
        self._logs += 1
        return self.folder / f"process-{self._logs}.log"

    def manage(self, *arguments: str, code: tuple[int, ...] = (0,)) -> str:
        """``manage.py ARGUMENTS`` to its end: what it said."""
        child = self.spawn(*arguments)
        assert child.wait() in code, child.said()
        return child.said()

    @property
    def alive(self) -> list[Child]:
        return [worker for worker in self.workers if worker.poll() is None]

    def kill_one(self) -> Child:
        """kill -9 of a worker picked by chance."""
        victim = self.chance.choice(self.alive)
        victim.kill()
        return victim

    def freeze(self, worker: Child) -> None:
        """SIGSTOP between two transactions: a process frozen inside one keeps its locks, which is another story."""
        while True:
            worker.signal(signal.SIGSTOP)
            if self.act("writable"):
                return
            worker.signal(signal.SIGCONT)
            self.pass_time(0.01, 0.1)

    def stop(self) -> set[int]:
        """SIGTERM to all workers, once they can hear it; their exit codes."""
        self.until(lambda: all("ready" in worker.said() for worker in self.alive))
        alive = self.alive
        for worker in alive:
            worker.signal(signal.SIGTERM)
        return {worker.wait() for worker in alive}

    # -- the database ------------------------------------------------------------------------------------

    def act(self, name: str, **given: Any) -> Any:
        return self.server.ask(act=name, **{"with": given})

    def stage(self, batches: int, size: int = 100, **facts: Any) -> int:
        """A send that is started; it is the team's ``send`` from now on."""
        self.send = self.act("stage", batches=batches, size=size, **facts)
        return self.send

    def status(self) -> dict[str, Any]:
        return self.act("status_of", send=self.send)

    def batches(self, send: int | None = None) -> list[dict[str, Any]]:
        return self.act("batches_of", send=send or self.send)

    def violations(self, sends: list[int] | None = None) -> list[str]:
        return self.act("violations", ledger=str(self.sandbox.ledger_file), sends=sends)

    # -- waiting -----------------------------------------------------------------------------------------

    def pass_time(self, shortest: float, longest: float) -> None:
        """A random moment from now: what these tests are about."""
        time.sleep(self.chance.uniform(shortest, longest))

    def until(self, reached: Callable[[], Any], seconds: float = PATIENCE) -> Any:
        """Look again and again until it is so; fails with everything that is known."""
        end = time.monotonic() + seconds
        while True:
            if found := reached():
                return found
            if time.monotonic() > end:
                raise AssertionError(self.described())
            time.sleep(0.05)

    def until_status(
        self, reached: Callable[[dict[str, Any]], Any], seconds: float = PATIENCE
    ) -> dict[str, Any]:
        """The state of the send, once it is so."""

        def look() -> dict[str, Any] | None:
            found = self.status()
            return found if reached(found) else None

        return self.until(look, seconds)

    def requests(self) -> int:
        """Requests to send that the sandbox has answered, in whatever way."""
        return self.sandbox.state()["by_operation"].get("SendBatchSms", 0)

    def accepted(self) -> int:
        return len(self.sandbox.ledger())

    def settle_everything(self) -> dict[str, Any]:
        """Until nothing is open or unknown; what is absent a person sends again, and resumes what paused."""

        def settled(now: dict[str, Any]) -> bool:
            if now["status"] == "paused" and now["pending"]:
                self.act("resume", send=self.send)
                return False
            return not (now["pending"] or now["sending"] or now["unknown"])

        for _round in range(20):
            found = self.until_status(settled)
            if not found["absent"]:
                return self.until_status(lambda now: now["status"] in ("finished", "cancelled"))
            self.act("resend_absent", send=self.send)
        raise AssertionError(self.described())

    def described(self) -> str:
        """For whoever finds it red: the state of everything, and the last words of every process."""
        said = [f"-- {child.pid} ({child.poll()})\n{child.said()[-2000:]}" for child in self.workers]
        known = {"database": self.act("described"), "sandbox": self.sandbox.state()}
        return json.dumps(known, indent=1, ensure_ascii=False) + "\n" + "\n".join(said[-8:])
