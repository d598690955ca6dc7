"""A process dies at each place where its death means something else; what it left behind, and what becomes of it."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from django_alisms.failpoints import PLACES
from tests.reliability.conftest import Dose, Scene
from tests.reliability.databases import KINDS
from tests.reliability.harness import Team

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("reliability"), pytest.mark.timeout(3600)]

# One request at a time, so that it is known what a death leaves: batches on the wire, requests in the ledger.
SENDING = {
    "mark.uncommitted": (0, 0),
    "mark.committed": (1, 0),
    "wire.connect": (1, 0),
    "wire.first_byte": (1, 0),
    "wire.body": (1, 1),
    "wire.answer": (1, 1),
    "store.begun": (1, 1),
    "store.uncommitted": (1, 1),
    # The answer of the first is stored together with the mark of the second.
    "store.committed": (1, 1),
}
LATER = ("sweep.uncommitted", "settle.looked_up", "settle.concluded")
IMPORT = ("import.uncommitted", "import.committed")
RECEIPT = ("receipt.uncommitted", "receipt.committed")
REMOVE = ("remove.uncommitted", "remove.committed")
PURGE = ("purge.uncommitted", "purge.committed")
SHORT = {
    "ALISMS_CONCURRENCY": "1",
    "ALISMS_CONNECT_TIMEOUT": "0.5",
    "ALISMS_READ_TIMEOUT": "2",
    "ALISMS_LEASE_SECONDS": "600",
    "ALISMS_SETTLE_SCHEDULE": "0.5,1",
    "ALISMS_RECEIPT_POLL_SCHEDULE": "3600",
}


def test_every_place_is_tried() -> None:
    assert set(PLACES) == {*SENDING, *LATER, *IMPORT, *RECEIPT, *REMOVE, *PURGE}


@pytest.mark.parametrize("kind", KINDS)
def test_a_death_at_every_place(kind: str, scene: Scene, dose: Dose, tmp_path: Path) -> None:
    team = scene(kind, **SHORT)
    for time in range(1, dose.of(1, 3) + 1):
        for place in LATER:
            finish(team, [die_later(team, place)])
        finish(team, [die_sending(team, place, time) for place in SENDING])
        for place in IMPORT:
            die_reading(team, place, time, tmp_path)
    assert team.violations() == []
    for place in RECEIPT * dose.of(1, 3):
        die_receiving(team, place)
    for place in REMOVE * dose.of(1, 3):
        die_removing(team, place)
    assert team.violations() == []
    # Last, because what is masked can no longer be compared with the ledger.
    for place in PURGE * dose.of(1, 3):
        die_masking(team, place)
    dose.tell(f"{kind}: {len(PLACES)} failpoints, {dose.of(1, 3)} times each, 0 violations")


def finish(team: Team, sends: list[int]) -> None:
    """Their leases run out, and a worker that nothing happens to brings them to their end."""
    team.act("leases_run_out")
    worker = team.start_worker(ready=True, CONCURRENCY=8, LEASE_SECONDS=5)
    for send in sends:
        team.send = send
        found = team.settle_everything()
        assert (found["accepted"], found["recipients"]) == (8, 8), team.described()
    worker.signal(signal.SIGTERM)
    assert worker.wait() == 0, worker.said()


def doom(team: Team, place: str, time: int, **alisms: object) -> None:
    """A worker that dies there, the n-th time it comes there; it does."""
    worker = team.start_worker(FAILPOINTS=f"{place}:{time}", **alisms)
    assert worker.wait() == -signal.SIGKILL, worker.said()


def die_sending(team: Team, place: str, time: int) -> int:
    """The n-th of 4 batches is at that place when its process dies; the send, paused until the others have died too."""
    before = team.accepted()
    send = team.stage(4, 2, again=True)
    if place == "wire.connect":
        time = 1  # the connection is kept alive
    doom(team, place, time)
    wire, ledger = SENDING[place]
    if place == "mark.uncommitted" and time > 1:
        wire = (
            1  # the answer of the batch before was stored together with this mark, and is rolled back with it
        )
    expected = ledger + time - 1
    team.until(lambda: team.accepted() - before >= expected)
    found = team.status()
    assert (found["sending"], team.accepted() - before) == (2 * wire, expected), (place, team.described())
    team.act("pause", send=send)
    return send


def die_later(team: Team, place: str) -> int:
    """A batch is in doubt; the process that is about to decide it dies."""
    send = team.stage(4, 2, again=True)
    doom(team, "wire.body", 1)
    team.act("leases_run_out")
    doom(team, place, 1)
    found = team.status()
    left = {"sweep.uncommitted": (2, 0), "settle.looked_up": (0, 2), "settle.concluded": (0, 0)}[place]
    # The doomed go on sending meanwhile: one more may be on the wire.
    assert found["unknown"] == left[1], (place, team.described())
    assert found["sending"] - left[0] in (0, 2), (place, team.described())
    return send


def die_reading(team: Team, place: str, time: int, folder: Path) -> None:
    """A slice of a file is being stored; the draft cannot start until somebody has read it anew, with the same result."""
    file = folder / f"{place}-{time}.csv"
    rows = [f"1380013{number:04d},王芳,DD{time}{number},1.00" for number in range(300)]
    file.write_text(
        "phone,name,code,amount\n" + "\n".join([*rows, rows[0], "12345,王芳,DD,1.00"]) + "\n", "utf-8"
    )
    send = team.send = team.act("upload", path=str(file))
    doom(team, place, 1)
    assert "still being read" in team.act("start", send=send, again=True)
    team.act("leases_run_out")
    worker = team.start_worker(ready=True, CONCURRENCY=8)
    team.until(lambda: team.act("imports")[-1]["status"] == "done")
    assert {key: team.act("imports")[-1][key] for key in ("rows", "good", "duplicates", "rejected")} == {
        "rows": 302,
        "good": 300,
        "duplicates": 1,
        "rejected": 1,
    }
    assert team.act("start", send=send, again=True) == ""
    team.until_status(lambda now: now["accepted"] == 300 and now["status"] == "finished")
    worker.signal(signal.SIGTERM)
    assert worker.wait() == 0


def die_receiving(team: Team, place: str) -> None:
    """Receipts are being stored; whoever asks again stores each once."""
    send = team.stage(2, 2, again=True)
    worker = team.start_worker(ready=True, CONCURRENCY=2)
    team.until_status(lambda now: now["status"] == "finished")
    worker.signal(signal.SIGTERM)
    worker.wait()
    team.act("leases_run_out", polls=True)
    doom(team, place, 1)
    people, counted = team.act("delivered", send=send)
    assert people == counted < 4
    assert (people > 0) is (place == "receipt.committed")
    worker = team.start_worker(ready=True, CONCURRENCY=2)
    team.until(lambda: team.act("leases_run_out", polls=True) or team.act("delivered", send=send) == [4, 4])
    worker.signal(signal.SIGTERM)
    worker.wait()


def die_removing(team: Team, place: str) -> None:
    """A draft of 12,000 is being deleted, 5,000 at a time; the next worker removes what was left of it, and nothing else."""
    send = team.stage(120, 100, start=False)
    others = team.act("people") - 12_000
    team.act("begin_to_delete", send=send)
    doom(team, place, 1)
    assert team.act("people") - others == {"remove.uncommitted": 12_000, "remove.committed": 7_000}[place]
    worker = team.start_worker(ready=True)
    # The send itself goes last.
    team.until(lambda: str(send) not in team.act("statuses"))
    worker.signal(signal.SIGTERM)
    assert worker.wait() == 0
    assert team.act("people") == others


def die_masking(team: Team, place: str) -> None:
    """Old sends are being masked, 2,000 people at a time; run again, it masks the rest and every count is what it was."""
    send = team.stage(30, 100, again=True)
    team.act("cancel", send=send)
    team.act("shift", minutes=100 * 24 * 60)
    before, counted = team.act("masked_people"), team.act("statuses")[str(send)]
    purge = ("alisms_purge", "--older-than", "90")
    killed = team.spawn(*purge, FAILPOINTS=f"{place}:1")
    assert killed.wait() == -signal.SIGKILL, killed.said()
    left = team.act("masked_people") - before
    assert left == 0 if place == "purge.uncommitted" else 0 < left < team.act("people") - before
    team.manage(*purge, code=(0, 1))
    assert team.act("masked_people", send=send) == 3000
    assert team.act("statuses")[str(send)] == counted
