"""Real commands in real processes against a sandbox: what an operator's script would see."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.process import SandboxProcess

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one object on stdout; more or less than that fails."""
        return json.loads(self.out)

    @property
    def last_line(self) -> str:
        return self.err.strip().splitlines()[-1] if self.err.strip() else ""


class Shell:
    """manage.py with a database of its own."""

    def __init__(self, folder: Path, database: Path, sandbox: SandboxProcess) -> None:
        self.folder = folder
        self.database = database
        self.sandbox = sandbox
        self.environment = {
            **{
                key: value for key, value in os.environ.items() if not key.startswith(("ALISMS_", "ALIBABA_"))
            },
            **sandbox.environment,
            "DEBUG": "true",
            "DATABASE_URL": f"sqlite:///{database}",
            "ALISMS_UPLOADS": str(folder / "uploads"),
            "LANGUAGE_CODE": "en",
        }

    def run(self, *arguments: str, **environment: str) -> Ended:
        done = subprocess.run(
            [sys.executable, ROOT / "manage.py", *arguments],
            cwd=self.folder,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            timeout=120,
            stdin=subprocess.DEVNULL,
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    def count(self, table: str) -> int:
        """How many rows of a table are committed."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=20)) as database:
            return int(database.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])

    def until(self, seen: Callable[[], bool], seconds: float = 60) -> None:
        """Look again and again."""
        deadline = time.monotonic() + seconds
        while not seen():
            assert time.monotonic() < deadline, "it was not seen in time"
            time.sleep(0.005)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, ROOT / "manage.py", *arguments],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database with all tables, to copy."""
    database = tmp_path_factory.mktemp("migrated") / "db.sqlite3"
    environment = {**os.environ, "DEBUG": "true", "DATABASE_URL": f"sqlite:///{database}"}
    subprocess.run(
        [sys.executable, ROOT / "manage.py", "migrate", "-v0"],
        env=environment,
        check=True,
        stdin=subprocess.DEVNULL,
    )
    return database


@pytest.fixture(scope="session")
def aliyun(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with SandboxProcess(tmp_path_factory.mktemp("sandbox") / "ledger.jsonl") as sandbox:
        yield sandbox


@pytest.fixture
def shell(tmp_path: Path, migrated: Path, aliyun: SandboxProcess) -> Shell:
    database = tmp_path / "db.sqlite3"
    shutil.copy(migrated, database)
    aliyun.reset()
    return Shell(tmp_path, database, aliyun)
