"""How long staff wait for the answer when they upload a large list: the page that then follows its reading.

``python -m benchmarks.uploads ROWS ROUNDS``: lists of so many rows, posted to a site in a process of its own (SQLite).
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.board import Board
from benchmarks.importing import make_lists
from benchmarks.measure import Case, report, run
from benchmarks.receipts import site

PASSWORD = "benchmark-of-uploads"


def logged_in(address: str) -> Any:
    """A browser's session, as far as cookies go."""
    import requests

    session = requests.Session()
    login = f"{address}/admin/login/"
    session.get(login, timeout=60)
    form = {"username": "boss", "password": PASSWORD, "csrfmiddlewaretoken": session.cookies["csrftoken"]}
    if session.post(login, form, timeout=60, allow_redirects=False).status_code != 302:
        raise SystemExit("the site does not let the benchmark in")
    return session


def upload(session: Any, address: str, draft: int, file: Path) -> float:
    """Seconds from the first byte of the form to the whole page that the answer leads to."""
    with file.open("rb") as opened:
        began = time.perf_counter()
        page = session.post(
            f"{address}/admin/django_alisms/batchsend/{draft}/import/",
            files={"import_file": (file.name, opened)},
            headers={"X-CSRFToken": session.cookies["csrftoken"]},
            timeout=60,
        )
    taken = time.perf_counter() - began
    if page.status_code != 200 or "/imports/" not in page.url or "Refresh" not in page.headers:
        raise SystemExit(f"the upload was answered {page.status_code} at {page.url}")
    return taken


def uploaded(address: str, drafts: list[int], files: tuple[Path, ...], rounds: int) -> dict[str, Any]:
    """Of each file its size and how long each of its uploads took, after one that warms up."""
    session = logged_in(address)
    upload(session, address, drafts.pop(), files[0])
    taken = {
        file.name: [upload(session, address, drafts.pop(), file) for _round in range(rounds)]
        for file in files
    }
    return {
        "files": [
            {"name": file.suffix[1:], "bytes": file.stat().st_size, "seconds": taken[file.name]}
            for file in files
        ]
    }


def main() -> None:
    rows, rounds = int(sys.argv[1]), int(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3",
            "DJANGO_SETTINGS_MODULE": "project.settings",
            "DEBUG": "true",  # cookies without TLS
            "ALISMS_UPLOADS": f"{folder}/uploads",
        }
        import django
        from django.contrib.auth import get_user_model
        from django.core.management import call_command
        from django.db import connection

        django.setup()
        from tests import factories

        call_command("migrate", verbosity=0)
        get_user_model().objects.create_superuser("boss", password=PASSWORD)
        files = make_lists(Path(folder), rows)
        drafts = [factories.draft(title=f"upload {number}").pk for number in range(1 + len(files) * rounds)]
        connection.close()
        with site() as address:
            report(lambda: uploaded(address, drafts, files, rounds))


def compare(board: Board, rows: int, rounds: int) -> None:
    found = run(Case(["benchmarks.uploads", str(rows), str(rounds)])).said["files"]
    board.title(f"upload of lists of {rows:,} rows (SQLite), to the page that follows the reading")
    for file in found:
        size = file["bytes"] / 2**20
        seconds = statistics.median(file["seconds"])
        board.line(f"  {file['name']}, {size:.1f} MB {seconds * 1000:>24.0f} ms")
        board.at_most(f"upload of {size:.0f} MB of {file['name']} answered in", seconds * 1000, 1000, " ms")


if __name__ == "__main__":
    main()
