"""The suite would find them: each bug that is put in turns it red, and without one it stays green."""

from __future__ import annotations

import pytest

from tests.reliability import gauntlet
from tests.reliability.conftest import Dose, Scene
from tests.reliability.databases import KINDS
from tests.reliability.seeded_bugs import BROKEN

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("reliability")]

SHORT = (
    "sending_is_put_back_to_pending",
    "attempt_is_written_after_the_request",
    "results_are_written_without_a_guard",
)


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_bug_it_is_green(kind: str, scene: Scene) -> None:
    assert gauntlet.run(scene(kind, *gauntlet.OPTIONS, **gauntlet.ENVIRONMENT)) == []


@pytest.mark.parametrize("bug", BROKEN, ids=lambda bug: bug.__name__)
def test_a_bug_turns_it_red(bug, scene: Scene, dose: Dose) -> None:
    if not dose.chaos and bug.__name__ not in SHORT:
        pytest.skip("three of the ten in the short form; make chaos runs all")
    found = gauntlet.run(scene("sqlite", *gauntlet.OPTIONS, **gauntlet.ENVIRONMENT), bug.__name__)

    assert {line.split()[0].rstrip(":") for line in found} & set(BROKEN[bug]), found
