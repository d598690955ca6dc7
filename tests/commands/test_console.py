"""What the commands say and how they end when the database or the reader of their output is not there."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from django.db import OperationalError

from django_alisms.management.console import without_database
from tests.commands.conftest import ROOT, Shell


def raised(cause: Exception) -> OperationalError:
    """As Django raises it: the driver's own exception is its cause."""
    try:
        raise OperationalError(*cause.args) from cause
    except OperationalError as broken:
        return broken


class Locked(Exception):
    """psycopg's have the state of SQL."""

    sqlstate = "55P03"


def sqlite_says(statement: str) -> sqlite3.OperationalError:
    with closing(sqlite3.connect(":memory:")) as database, pytest.raises(sqlite3.OperationalError) as refused:
        database.execute(statement)
    return refused.value


# what the driver says → whether it is a lock
SAID = {
    "a table that is not there": (lambda: sqlite_says("SELECT * FROM missing"), False),
    "MySQL waited": (lambda: Exception(1205, "Lock wait timeout exceeded"), True),
    "MySQL chose it of two": (lambda: Exception(1213, "Deadlock found"), True),
    "MySQL is away": (lambda: Exception(2002, "Can't connect"), False),
    "PostgreSQL waited": (lambda: Locked("canceling statement due to lock timeout"), True),
    "PostgreSQL is away": (lambda: Exception("connection refused"), False),
}


@pytest.mark.parametrize("case", SAID)
def test_a_lock_is_told_from_a_database_that_is_not_there(case: str) -> None:
    cause, locked = SAID[case]

    said = without_database(raised(cause()))

    assert ("was locked by another process" in said, "manage.py migrate" in said) == (locked, not locked)


def test_a_locked_sqlite_file_says_so(shell: Shell) -> None:
    """With Django's own defaults but for the time-out: another process holds the file while a command writes."""
    with closing(sqlite3.connect(shell.database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        environment = {"DATABASE_URL": f"sqlite:///{shell.database}?timeout=0"}

        ended = shell.run("alisms_control", "stop-account", "--reason", "x", **environment)

    assert (ended.code, ended.err.count("\n")) == (2, 1), ended.err
    assert "was locked by another process" in ended.last_line
    assert "migrate" not in ended.last_line


@pytest.mark.parametrize("arguments", [["alisms_status"], ["alisms_status", "--json"]], ids=" ".join)
def test_a_reader_that_leaves_is_no_error(shell: Shell, arguments: list[str]) -> None:
    """``| head``, without the luck of timing: nobody reads from the start."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        ended = subprocess.run(
            [sys.executable, ROOT / "manage.py", *arguments],
            cwd=shell.folder,
            env=shell.environment,
            stdin=subprocess.DEVNULL,
            stdout=writing,
            stderr=subprocess.PIPE,
            text=True,
            timeout=120,
        )
    finally:
        os.close(writing)

    assert (ended.returncode, ended.stderr) == (0, "")
