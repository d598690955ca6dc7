"""Scenes: a fresh database, a sandbox with its ledger, and a team of workers. And the dose: short, or chaos."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.reliability.databases import Template
from tests.reliability.harness import Team
from tests.sandbox.process import SandboxProcess

Scene = Callable[..., Team]
FIGURES: list[str] = []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if FIGURES:
        terminalreporter.section("figures")
        for figure in FIGURES:
            terminalreporter.write_line(figure)


@dataclass(frozen=True)
class Dose:
    """How much of it: the short form of ``make test``, or the long one of ``make chaos SEED=… KILLS=…``."""

    chaos: bool
    seed: int
    kills: int

    def tell(self, figure: str) -> None:
        """For the end of the run, and docs/reliability.md."""
        FIGURES.append(figure)

    def of(self, short: int, long: int) -> int:
        return long if self.chaos else short


@pytest.fixture(scope="session")
def dose() -> Dose:
    return Dose(
        chaos=os.environ.get("ALISMS_CHAOS") == "1",
        seed=int(os.environ.get("ALISMS_CHAOS_SEED") or 20261123),
        kills=int(os.environ.get("ALISMS_CHAOS_KILLS") or 100),
    )


@pytest.fixture(scope="session")
def template_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Template]]:
    """The migrated, empty database of a kind, made when it is first asked for."""
    made: dict[str, Template] = {}

    def get(kind: str) -> Template:
        if kind not in made:
            made[kind] = Template(kind, tmp_path_factory.mktemp(f"template-{kind}"))
        return made[kind]

    yield get
    for one in made.values():
        one.drop()


@pytest.fixture
def scene(tmp_path: Path, template_of: Callable[[str], Template], dose: Dose) -> Iterator[Scene]:
    """``scene(kind, *options of the sandbox, **environment)``: a team on a fresh database of that kind."""
    with ExitStack() as stack:
        count = 0

        def open_scene(kind: str, *options: str, seed: int = 0, **environment: Any) -> Team:
            nonlocal count
            count += 1
            folder = tmp_path / str(count)
            folder.mkdir()
            url = stack.enter_context(template_of(kind).copy(folder))
            sandbox = stack.enter_context(SandboxProcess(folder / "ledger.jsonl", *options))
            team = Team(folder, url, sandbox, dose.seed + seed, **environment)
            return stack.enter_context(team)

        yield open_scene
