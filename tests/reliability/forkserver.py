"""``python -m tests.reliability.forkserver``: Django loaded once, told what to do by lines of JSON.

It forks processes (``manage.py`` with any arguments) in milliseconds, where a new interpreter takes a second, and
answers questions about its database by the functions of :mod:`tests.reliability.acts`. A forked worker is a process
like any other: its own connections, its own signals, its own death.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import traceback
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

PR_SET_PDEATHSIG = 1


def main() -> None:
    import django

    django.setup()
    from django.core.management import load_command_class

    from tests.reliability import acts

    for name in ("alisms_worker", "alisms_send", "alisms_settle"):  # so that the children find them loaded
        load_command_class("django_alisms", name)
    print(json.dumps({"ok": os.getpid()}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            if "spawn" in asked:
                found: Any = spawn(asked)
            elif "reap" in asked:
                found = reap(asked["reap"])
            else:
                found = acts.act(asked["act"], **asked["with"])
            answer = {"ok": found}
        except Exception:
            answer = {"error": traceback.format_exc()}
        print(json.dumps(answer, default=str), flush=True)


def spawn(asked: dict[str, Any]) -> int:
    """Fork ``manage.py`` with these arguments: its pid."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        _become(asked)
        code = _run(asked["spawn"])
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _become(asked: dict[str, Any]) -> None:
    """A process of its own: its output in a file, its settings, its bug; it dies with the fork server."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    null, log = (
        os.open(os.devnull, os.O_RDONLY),
        os.open(asked["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND),
    )
    for target, source in ((0, null), (1, log), (2, log)):
        os.dup2(source, target)
    from django.conf import settings
    from django.db import connections

    settings.ALISMS = {**settings.ALISMS, **asked.get("alisms", {})}
    if asked.get("database"):
        connections.databases["default"].update(asked["database"])
        del connections["default"]
    if asked.get("bug"):
        from tests.reliability.seeded_bugs import BUGS

        BUGS[asked["bug"]]()


def _run(arguments: list[str]) -> int:
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(["manage.py", *arguments])
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


def reap(pid: int) -> int | None:
    """The exit code of a child, negative where a signal ended it; None while it runs."""
    done, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if done else None


if __name__ == "__main__":
    main()
