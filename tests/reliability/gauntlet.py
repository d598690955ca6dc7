"""One send through everything that a bug of the sender would show in: faults, a kill, SIGTERM, a frozen process."""

from __future__ import annotations

import signal

from tests.reliability.harness import Child, Team

# For the scene it runs in: everything short, so that it takes seconds.
OPTIONS = ("--send-delay", "0.3")
ENVIRONMENT = {
    "ALISMS_CONNECT_TIMEOUT": "0.5",
    "ALISMS_READ_TIMEOUT": "1",
    "ALISMS_LEASE_SECONDS": "2",
    "ALISMS_SETTLE_SCHEDULE": "0.5,1,1.5",
}
BATCHES = 36
# What may not be at any moment; a batch that is still on its way (I3, I8) may.
NEVER_RIGHT = ("I1", "I2", "I5", "I6")


class Broken(Exception):
    """An invariant is broken; what is left need not be run."""


def run(team: Team, bug: str = "") -> list[str]:
    """What is violated, with processes that make that mistake; an empty list without one."""
    try:
        return _run(team, bug)
    except Broken as broken:
        return list(broken.args)


def _run(team: Team, bug: str) -> list[str]:
    found: list[str] = []

    def wait(reached, seconds: float = 300.0) -> None:
        """Until it is so, or something is wrong already."""

        def look() -> bool:
            wrong = [line for line in team.violations() if line.startswith(NEVER_RIGHT)]
            if wrong:
                raise Broken(*found, *wrong)
            return bool(reached())

        team.until(look, seconds)

    def busy(worker: Child) -> bool:
        if team.status()["status"] == "paused":
            team.act("resume", send=team.send)
        return bool(team.act("on_the_wire", pid=worker.pid) and team.sandbox.state()["in_flight"])

    # Accepted, and the answer lost in three ways; and lost before it was accepted.
    team.sandbox.control(fault="cut", accepted=True, skip=1)
    team.sandbox.control(fault="error", status=500, accepted=True, skip=2)
    team.sandbox.control(fault="cut", skip=3)
    team.stage(BATCHES, 2)
    worker = team.start_worker(bug=bug, ready=True)
    wait(lambda: team.requests() >= 8)
    wait(lambda: busy(worker))
    worker.kill()

    worker = team.start_worker(bug=bug, ready=True)
    wait(lambda: busy(worker))
    worker.signal(signal.SIGTERM)
    code, left = worker.wait(), team.act("on_the_wire", pid=worker.pid)
    if code != 0 or left:
        found.append(f"SIGTERM: exit {code}, {left} batches on the wire")

    # Its answers never come: what it says when it wakes is that it does not know.
    team.sandbox.control(fault="hang", accepted=True, requests=2)
    frozen = team.start_worker(bug=bug, ready=True)
    wait(lambda: busy(frozen))
    team.freeze(frozen)
    team.start_worker(bug=bug)

    def settled() -> bool:
        now = team.status()
        return not (now["unknown"] or now["sending"])

    wait(settled)
    frozen.signal(signal.SIGCONT)
    wait(lambda: _come_to_rest(team))
    return found + team.violations()


def _come_to_rest(team: Team) -> bool:
    """What a person would do until it is finished: resume, and send again what is absent."""
    now = team.status()
    if now["status"] == "paused" and now["pending"]:
        team.act("resume", send=team.send)
    elif now["absent"] and not now["unknown"]:
        team.act("resend_absent", send=team.send)
    else:
        return now["status"] == "finished" and not (now["unknown"] or now["absent"])
    return False
