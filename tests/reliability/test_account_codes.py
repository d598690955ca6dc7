"""Each answer that concerns the whole account, at the first, a middle and the last batch: the line stops at once."""

from __future__ import annotations

import pytest

from django_alisms.aliyun.codes import CODES, Code
from tests.reliability.conftest import Dose, Scene
from tests.reliability.databases import KINDS
from tests.reliability.harness import PATIENCE, Team

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("reliability-tables"), pytest.mark.timeout(3600)]

BATCHES = 5
AT_ONCE = 2
PLACES = {"first": 0, "middle": 2, "last": BATCHES - 1}
STOPPING = [code for code in CODES.values() if code.stops_account and not code.code.startswith("local.")]
SHORT = {"ALISMS_CONCURRENCY": str(AT_ONCE), "ALISMS_SETTLE_SCHEDULE": "0.1,0.2"}


@pytest.mark.parametrize("kind", KINDS)
def test_the_line_stops_and_goes_on(kind: str, scene: Scene, dose: Dose) -> None:
    """In the short form each code meets each place once, on one of the databases; in chaos on all of them."""
    team = scene(kind, **SHORT)
    assert len(STOPPING) > 40
    for index, code in enumerate(STOPPING):
        for turn, place in enumerate(PLACES):
            if dose.chaos or (index + KINDS.index(kind)) % len(PLACES) == turn:
                stop_and_go_on(team, code, place)
    assert team.violations() == []
    dose.tell(f"{kind}: {len(STOPPING)} codes that stop the account, at {dose.of(1, 3)} of 3 places each")


def stop_and_go_on(team: Team, code: Code, place: str) -> None:
    before = team.requests()
    team.sandbox.control(fault="refuse", code=code.code, skip=PLACES[place])
    send = team.stage(BATCHES, 1, again=True)
    team.act("send_now", send=send)
    what = f"{code.code} at the {place} batch"

    # What was on the wire with it may still have come; nothing after it.
    assert team.requests() - before <= PLACES[place] + AT_ONCE, what
    state, found = team.act("account_state"), team.status()
    assert (state["stopped"], state["code"]) == (True, code.code), what
    left = found["pending"] > 0
    assert (found["status"], found["reason"]) == (("paused", "account") if left else ("finished", "")), (
        what,
        found,
    )
    assert (found["refused"], found["unknown"]) == ((1, 0) if code.outcome == "refused" else (0, 1)), (
        what,
        found,
    )
    team.act("send_now", send=send)
    assert team.requests() - before <= PLACES[place] + AT_ONCE, f"{what}: sent while the account was stopped"

    assert team.act("see_to_it", send=send, seconds=PATIENCE), (what, team.described())
    assert team.requests() - before == BATCHES + 1, what
