"""``make demo``: it works, it ends, and it leaves nothing behind, however it ends."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from project.demo import sample_workbook
from project.demo.children import Child, ChildFailed, Family

ROOT = Path(__file__).resolve().parent.parent
DEMO = [sys.executable, "-m", "project.demo"]
SECONDS = 120


# A caller whose shell is set up for the real service: nothing of it may get into the demo.
SOMEBODYS_SHELL = {
    "ALISMS_ENDPOINT": "https://dysmsapi.aliyuncs.com",
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAI5tSomebodysOwnKey",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "somebodys-own-secret",
    "DATABASE_URL": "postgres://nobody@127.0.0.1:9/nothing",
    "DEBUG": "false",
    "http_proxy": "http://127.0.0.1:9",
}


def test_the_sample_is_what_its_script_makes(tmp_path):
    sample_workbook.write(tmp_path / "again.xlsx")

    shipped, again = (
        CalamineWorkbook.from_path(str(path)).get_sheet_by_name(sample_workbook.SHEET).to_python()
        for path in (sample_workbook.FILE, tmp_path / "again.xlsx")
    )

    assert shipped == again
    assert shipped[0] == list(sample_workbook.HEADERS)
    assert len(shipped) == sample_workbook.ROWS + 1


@pytest.mark.slow
def test_check_starts_looks_and_ends(tmp_path):
    ended = subprocess.run(
        [*DEMO, "--check"],
        cwd=ROOT,
        env=os.environ | SOMEBODYS_SHELL | {"TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert (
        len(re.findall(r"^ +\d+ +\d+ +accepted +OK +\S+", ended.stdout, re.M))
        == sample_workbook.RECIPIENTS // 100
    )
    assert re.search(r"its chart ends at \d+ delivered and \d+ not", ended.stdout)
    assert ended.stderr == ""
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Callable[..., tuple[subprocess.Popen[str], list[int]]]]:
    """Starts the demo in a folder of the test: the parent, which serves, and its children's process ids.

    Words given stand between Python and the demo, as make does.
    """
    started: list[subprocess.Popen[str]] = []

    def start(*between: str) -> tuple[subprocess.Popen[str], list[int]]:
        parent = subprocess.Popen(
            [sys.executable, *between, *DEMO[1:], "--state", str(tmp_path / "state"), "--port", "0"],
            cwd=ROOT,
            env=os.environ | {"MAKELEVEL": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(parent)
        assert parent.stdout is not None
        printed = []
        for line in parent.stdout:
            printed.append(line)
            if "Ctrl-C ends everything" in line:
                break
        else:
            pytest.fail("".join(printed) + parent.communicate()[1])
        assert "/admin/" in "".join(printed)
        return parent, children_of(parent.pid)

    yield start
    for parent in started:
        parent.kill()
        parent.communicate()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 0), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_no_child_outlives_it(demo, number, code):
    parent, children = demo()

    parent.send_signal(number)
    parent.communicate(timeout=SECONDS)

    assert parent.returncode == code
    assert len(children) == 3  # sandbox, worker, site
    assert still_running(children, seconds=15) == []


@pytest.mark.slow
def test_it_ends_with_make(demo):
    make, (parent,) = demo("-c", "import subprocess, sys; subprocess.run([sys.executable, *sys.argv[1:]])")
    children = children_of(parent)

    make.kill()
    make.communicate(timeout=SECONDS)

    assert len(children) == 3
    assert still_running([parent, *children], seconds=30) == []


@pytest.mark.slow
def test_the_second_start_sends_nothing_again_and_two_at_once_are_refused(demo, tmp_path):
    first, _ = demo()
    beside = subprocess.run(
        [*DEMO, "--state", str(tmp_path / "state")], cwd=ROOT, capture_output=True, text=True, timeout=SECONDS
    )
    first.terminate()
    first.communicate(timeout=SECONDS)
    ledger = (tmp_path / "state" / "ledger.jsonl").read_bytes()
    second, _ = demo()
    second.terminate()
    second.communicate(timeout=SECONDS)

    assert beside.returncode == 1
    assert "is running" in beside.stderr
    assert ledger.count(b"\n") == sample_workbook.RECIPIENTS // 100
    assert (tmp_path / "state" / "ledger.jsonl").read_bytes() == ledger


def test_a_child_that_does_not_start_says_why(tmp_path):
    family = Family()
    child = family.start(
        "odd one", ["-c", "raise SystemExit('no such thing')"], environment=os.environ, log=tmp_path / "log"
    )

    with pytest.raises(ChildFailed, match=r"odd one did not start\. +no such thing"):
        child.wait_for("listening on ")
    assert list(family.end()) == ["odd one"]


def test_a_child_that_ends_by_itself_is_noticed(tmp_path):
    family = Family()
    family.start("short one", ["-c", "pass"], environment=os.environ, log=tmp_path / "log")

    with pytest.raises(ChildFailed, match="short one ended by itself"):
        family.wait()


def test_a_child_that_does_not_listen_is_killed(tmp_path):
    deaf = "import signal; signal.signal(15, signal.SIG_IGN); print('up', flush=True); signal.pause()"
    child = Child("deaf one", ["-c", deaf], environment=os.environ, log=tmp_path / "log")
    child.wait_for("up")

    assert child.end(seconds=0.2) == -signal.SIGKILL


def children_of(pid: int) -> list[int]:
    listed = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True)
    return [int(child) for child in listed.stdout.split()]


def still_running(pids: list[int], *, seconds: float) -> list[int]:
    """Those that still run at the end of that time; a dead one that nobody has collected does not run."""
    deadline = time.monotonic() + seconds
    while True:
        listed = subprocess.run(
            ["ps", "-o", "pid=,stat=", "-p", ",".join(map(str, pids))], capture_output=True, text=True
        )
        found = [line.split() for line in listed.stdout.splitlines()]
        running = [int(pid) for pid, state in found if not state.startswith("Z")]
        if not running or time.monotonic() > deadline:
            return running
