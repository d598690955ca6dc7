"""What the database decides, on the servers that answer here: ``python -m tests.databases [pytest arguments]``.

The tests marked ``databases`` run on SQLite with all the others; this runs them once on PostgreSQL and once on
MariaDB or MySQL. A server that does not answer is left out with the reason; with ALISMS_REQUIRE_ALL=1, as in CI,
that is a failure. Each run has a database of its own, so two of them at once do not meet.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit, urlunsplit

CONNECT_SECONDS = 3


@dataclass(frozen=True)
class Server:
    """``variable`` overrides ``url``, whose path (the database) is replaced; ``reach`` raises where there is none."""

    name: str
    variable: str
    url: str
    reach: Callable[[str], str]

    @property
    def chosen(self) -> str:
        return os.environ.get(self.variable) or self.url

    @property
    def place(self) -> str:
        """Host and port, without a password."""
        parts = urlsplit(self.chosen)
        return f"{parts.hostname}:{parts.port or ''}".rstrip(":")

    def database_url(self) -> str:
        parts = urlsplit(self.chosen)
        return urlunsplit((parts.scheme, parts.netloc, f"/alisms_{os.getpid()}", parts.query, ""))


def reach_postgresql(url: str) -> str:
    import psycopg

    parts = urlsplit(url)
    with psycopg.connect(
        host=parts.hostname,
        port=parts.port or 5432,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        dbname="postgres",
        connect_timeout=CONNECT_SECONDS,
    ) as connection:
        found = connection.execute("SHOW server_version").fetchone()
        return str(found[0]) if found else ""


def reach_mysql(url: str) -> str:
    import MySQLdb

    parts = urlsplit(url)
    connection = MySQLdb.connect(
        host=parts.hostname,
        port=parts.port or 3306,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        connect_timeout=CONNECT_SECONDS,
    )
    try:
        return str(connection.get_server_info())
    finally:
        connection.close()


SERVERS = (
    Server(
        "PostgreSQL", "ALISMS_TEST_POSTGRESQL_URL", "postgres://postgres@127.0.0.1:5432", reach_postgresql
    ),
    Server("MariaDB or MySQL", "ALISMS_TEST_MYSQL_URL", "mysql://root@127.0.0.1:3306", reach_mysql),
)


def run_on(server: Server, arguments: list[str]) -> bool:
    """Whether all is well: the tests passed, or there is no server and none is required."""
    required = os.environ.get("ALISMS_REQUIRE_ALL") == "1"
    try:
        version = server.reach(server.chosen)
    except Exception as reason:  # a driver's own classes, or no driver at all
        word = "ALISMS_REQUIRE_ALL" if required else "left out"
        print(f"{server.name} at {server.place}: {word}: {' '.join(str(reason).split())}", flush=True)
        return not required
    print(f"{server.name} {version} at {server.place}", flush=True)
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-m", "databases", "--create-db", *arguments],
        env=os.environ | {"DATABASE_URL": server.database_url()},
    )
    return ended.returncode == 0


def main() -> int:
    results = [run_on(server, sys.argv[1:]) for server in SERVERS]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
