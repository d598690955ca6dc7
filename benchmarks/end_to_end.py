"""What a list costs one machine from the file to the last answer: CPU, memory, database, bytes on the wire.

``python -m benchmarks.end_to_end FILE`` is one run: read and stored as a worker does it, started, sent to a gateway that
answers at once. CPU is this machine's for the app; what a database server uses is its own.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.board import Board
from benchmarks.databases import postgresql, why_no_postgresql
from benchmarks.importing import lists, read_into, use_project
from benchmarks.measure import Case, cpu_seconds, report, run
from benchmarks.sending import IN_FLIGHT, send_all
from benchmarks.server import GatewayProcess

FIGURES = ("read", "start", "send")


def whole(path: str, draft: Any) -> dict[str, Any]:
    """Seconds and CPU of each part."""
    from django_alisms.services import starting
    from django_alisms.services.actors import Actor

    found: dict[str, Any] = {}

    def part(name: str, work: Callable[[], Any]) -> Any:
        began, before = time.perf_counter(), cpu_seconds()
        done = work()
        found[name] = {"wall": time.perf_counter() - began, "cpu": cpu_seconds() - before}
        found[name]["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return done

    part("read", lambda: read_into(draft, path))
    started = part("start", lambda: starting.start(draft, actor=Actor("benchmark")))
    accepted = part("send", lambda: send_all(started))
    return found | {"batches": accepted["accepted"], "database": _database_bytes()}


def _database_bytes() -> int:
    from django.conf import settings
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_database_size(current_database())")
            return int(cursor.fetchone()[0])
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Path(settings.DATABASES["default"]["NAME"]).stat().st_size


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "ALISMS_CONCURRENCY": str(IN_FLIGHT),
            "ALISMS_MAX_REQUESTS_PER_SECOND": "5000",
        }
        use_project(folder)
        from tests import factories

        draft = factories.draft()
        report(lambda: whole(sys.argv[1], draft))


# -- side by side ----------------------------------------------------------------------------------------------


def compare(board: Board, rows: int) -> None:
    """One run on each database: no goal hangs on it, it says what to expect."""
    board.title(
        f"{rows:,} recipients from the file to the last answer, {IN_FLIGHT} in flight, no reply delay"
    )
    file = lists(rows)[0]
    with GatewayProcess(0) as gateway:
        _line(board, "SQLite", rows, file, gateway, {})
        if why := why_no_postgresql():
            board.line(f"  PostgreSQL left out: {why}")
            return
        with postgresql() as url:
            _line(board, "PostgreSQL", rows, file, gateway, {"DATABASE_URL": url})


def _line(
    board: Board, database: str, rows: int, file: Path, gateway: GatewayProcess, environment: dict[str, str]
) -> None:
    done = run(Case(["benchmarks.end_to_end", str(file)], gateway.environment | environment))
    said = done.said | gateway.counts()
    assert said["batches"] == said["requests"] == said["out_ids"] == -(-rows // 100), said
    parts = ", ".join(
        f"{name} {said[name]['cpu']:.1f} s CPU in {said[name]['wall']:.1f} s (peak {said[name]['memory']:.0f} MB)"
        for name in FIGURES
    )
    board.line(f"  {database}: {parts}")
    each, all_of_it = said["bytes"] / said["requests"] / 1024, said["bytes"] / 2**20
    board.line(
        f"    {done.cpu:.1f} s CPU in all, peak {done.peak:.0f} MB with the reader's process; database "
        f"{said['database'] / 2**20:,.0f} MB; {said['requests']:,} requests of {each:.1f} KB, "
        f"{all_of_it:,.0f} MB inside TLS; {said['connections']} connections"
    )


if __name__ == "__main__":
    main()
