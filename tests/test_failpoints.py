"""Failpoints: off unless armed, named and few, and nobody can leave one armed unseen."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from django_alisms import checks, failpoints

APP = Path(failpoints.__file__).parent


@pytest.mark.parametrize(
    ("told", "armed"),
    [
        ("", {}),
        ("mark.committed", {"mark.committed": 1}),
        (" wire.body:3 , store.begun ", {"wire.body": 3, "store.begun": 1}),
    ],
)
def test_what_is_told(told: str, armed: dict[str, int]) -> None:
    assert failpoints.parsed(told) == armed


@pytest.mark.parametrize("told", ["mark", "mark.committed:0", "mark.committed:x", "mark.committed:-1"])
def test_a_place_that_is_none_is_an_error(told: str, settings) -> None:
    with pytest.raises(ValueError, match="no failpoint"):
        failpoints.parsed(told)
    settings.ALISMS = {"FAILPOINTS": told}
    assert [problem.id for problem in checks.check_settings()] == ["alisms.E020"]


def test_an_armed_place_is_a_warning(settings) -> None:
    settings.ALISMS = {"FAILPOINTS": "mark.committed"}
    assert [problem.id for problem in checks.check_settings()] == ["alisms.W020"]


def test_every_place_of_the_table_is_in_the_code_and_the_other_way_round() -> None:
    code = "\n".join(
        path.read_text(encoding="utf-8") for path in APP.rglob("*.py") if path.name != "failpoints.py"
    )
    named = set(re.findall(r'failpoints\.reach\("([a-z_.]+)"\)', code))
    named |= {
        f"{what}.{when}" for what in ("store", "mark") for when in ("begun", "uncommitted", "committed")
    }
    assert named - {"mark.begun"} >= {
        place for place in failpoints.PLACES if not place.startswith("receipt.")
    }
    assert set(failpoints.PLACES) >= named - {"mark.begun"}


def test_the_process_dies_the_nth_time() -> None:
    code = (
        "from django_alisms import failpoints as f; f.arm('wire.body:2'); "
        "f.reach('wire.body'); f.reach('wire.answer'); print('alive', flush=True); f.reach('wire.body'); print('no')"
    )
    died = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (died.returncode, died.stdout) == (-9, "alive\n")
