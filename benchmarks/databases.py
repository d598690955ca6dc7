"""A PostgreSQL database for one run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from urllib.parse import urlsplit, urlunsplit

from tests.databases import SERVERS

SERVER = next(server for server in SERVERS if server.name == "PostgreSQL")


@cache
def why_no_postgresql() -> str:
    """Empty where it answers."""
    try:
        SERVER.reach(SERVER.chosen)
    except Exception as reason:  # a driver's own classes, or no driver at all
        return f"{SERVER.place}: {' '.join(str(reason).split())}"
    return ""


@contextmanager
def postgresql() -> Iterator[str]:
    """The URL of an empty database, gone afterwards."""
    import psycopg

    parts = urlsplit(SERVER.chosen)
    name = f"alisms_bench_{os.getpid()}"
    with psycopg.connect(f"{SERVER.chosen.rstrip('/')}/postgres", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield urlunsplit((parts.scheme, parts.netloc, f"/{name}", parts.query, ""))
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
