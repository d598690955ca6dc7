"""A fresh database of each kind for each scenario: migrated once, then copied, with a journal of every arrow.

The journal is the database's own (triggers), so it knows the arrows of ``status`` that no code of the app tells of.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.conftest import absent

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("sqlite", "postgresql", "mariadb")
SERVERS = {
    "postgresql": ("ALISMS_TEST_POSTGRESQL_URL", "postgres://postgres@127.0.0.1:5432/postgres"),
    "mariadb": ("ALISMS_TEST_MYSQL_URL", "mysql://root@127.0.0.1:3306/mysql"),
}
WATCHED = {"django_alisms_batch": "batch", "django_alisms_batchsend": "send"}

JOURNAL = {
    "sqlite": "CREATE TABLE reliability_journal (id integer PRIMARY KEY AUTOINCREMENT, {columns})",
    "postgresql": "CREATE TABLE reliability_journal (id bigserial PRIMARY KEY, {columns})",
    "mariadb": "CREATE TABLE reliability_journal (id bigint AUTO_INCREMENT PRIMARY KEY, {columns})",
}
COLUMNS = "kind varchar(8), row_id bigint, old varchar(16), new varchar(16), code varchar(64), resent int, proven int"
# What is written of an arrow: the code the batch had, whether a person sent it again, whether a receipt proved it.
FACTS = {
    "batch": "OLD.code, NEW.resent - OLD.resent, NEW.proven_attempt",
    "send": "OLD.reason, 0, 0",
}


def _triggers(kind: str) -> list[str]:
    made = []
    for table, name in WATCHED.items():
        insert = (
            "INSERT INTO reliability_journal (kind, row_id, old, new, code, resent, proven) "
            f"VALUES ('{name}', NEW.id, OLD.status, NEW.status, {FACTS[name]});"
        )
        trigger = f"CREATE TRIGGER reliability_{name} AFTER UPDATE {{of}}ON {table} FOR EACH ROW"
        if kind == "sqlite":
            made.append(f"{trigger.format(of='OF status ')} WHEN OLD.status <> NEW.status BEGIN {insert} END")
        elif kind == "postgresql":
            made.append(
                f"CREATE FUNCTION reliability_{name}() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN {insert} RETURN NEW; END $$"
            )
            made.append(
                f"{trigger.format(of='OF status ')} WHEN (OLD.status <> NEW.status) "
                f"EXECUTE FUNCTION reliability_{name}()"
            )
        else:
            made.append(f"{trigger.format(of='')} IF OLD.status <> NEW.status THEN {insert} END IF")
    return made


class Server:
    """PostgreSQL or MariaDB, reached directly. Raises the driver's own errors where none answers."""

    def __init__(self, kind: str) -> None:
        variable, default = SERVERS[kind]
        self.kind = kind
        self.url = urlsplit(os.environ.get(variable) or default)

    @property
    def address(self) -> tuple[str, int]:
        return self.url.hostname or "127.0.0.1", self.url.port or (
            5432 if self.kind == "postgresql" else 3306
        )

    def url_of(self, name: str, port: int | None = None) -> str:
        """A DATABASE_URL; ``port``: through a proxy on this machine."""
        host = self.url.netloc
        if port is not None:
            login = host.rpartition("@")[0]
            host = f"{login}@127.0.0.1:{port}" if login else f"127.0.0.1:{port}"
        return self.url._replace(netloc=host, path=f"/{name}").geturl()

    def run(self, *statements: str, database: str = "") -> list[Any]:
        """Each in its own transaction; the rows of the last."""
        host, port = self.address
        user, password = unquote(self.url.username or ""), unquote(self.url.password or "")
        if self.kind == "postgresql":
            import psycopg

            with psycopg.connect(
                host=host,
                port=port,
                user=user or "postgres",
                password=password,
                dbname=database or "postgres",
                autocommit=True,
                connect_timeout=5,
            ) as connection:
                for statement in statements:
                    found = connection.execute(statement)
                return found.fetchall() if found.description else []
        import MySQLdb

        connection = MySQLdb.connect(
            host=host,
            port=port,
            user=user or "root",
            password=password,
            database=database,
            charset="utf8mb4",
            autocommit=True,
            connect_timeout=5,
        )
        try:
            cursor = connection.cursor()
            for statement in statements:
                cursor.execute(statement)
            return list(cursor.fetchall())
        finally:
            connection.close()


def _new_name() -> str:
    return f"alisms_chaos_{uuid.uuid4().hex[:12]}"


def _migrate(url: str) -> None:
    environment = {**os.environ, "DATABASE_URL": url, "DEBUG": "true"}
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "-v0"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


class Template:
    """A migrated, empty database of one kind, which is copied. ``drop`` it at the end."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind = kind
        self._folder = folder
        if kind == "sqlite":
            self._file = folder / "template.sqlite3"
            _migrate(f"sqlite:///{self._file}")
            self._prepare_sqlite()
            return
        try:
            self.server = Server(kind)
            self._name = _new_name()
            self.server.run(self._create(self._name))
        except Exception as away:  # a driver's own classes, or no driver at all
            absent(f"no {kind} answers here: {type(away).__name__}")
        _migrate(self.server.url_of(self._name))
        self.server.run(*self._journal(), database=self._name)

    def _create(self, name: str) -> str:
        return f"CREATE DATABASE {name}" + (" CHARACTER SET utf8mb4" if self.kind == "mariadb" else "")

    def _journal(self) -> list[str]:
        return [JOURNAL[self.kind].format(columns=COLUMNS), *_triggers(self.kind)]

    def _prepare_sqlite(self) -> None:
        import sqlite3

        connection = sqlite3.connect(self._file)
        for statement in self._journal():
            connection.execute(statement)
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()

    @contextmanager
    def copy(self, folder: Path) -> Iterator[str]:
        """The DATABASE_URL of a fresh copy, gone afterwards."""
        if self.kind == "sqlite":
            file = folder / f"{uuid.uuid4().hex[:8]}.sqlite3"
            shutil.copy(self._file, file)
            yield f"sqlite:///{file}"
            return
        name = _new_name()
        if self.kind == "postgresql":
            self.server.run(f"CREATE DATABASE {name} TEMPLATE {self._name}")
        else:
            self._copy_mariadb(name)
        try:
            yield self.server.url_of(name)
        finally:
            self._drop(name)

    def _copy_mariadb(self, name: str) -> None:
        tables = [row[0] for row in self.server.run("SHOW TABLES", database=self._name)]
        created = [
            self.server.run(f"SHOW CREATE TABLE `{table}`", database=self._name)[0][1] for table in tables
        ]
        self.server.run(self._create(name))
        filled = [
            f"INSERT INTO `{table}` SELECT * FROM {self._name}.`{table}`"
            for table in tables
            if table.startswith(("auth_permission", "django_content_type", "django_migrations"))
        ]
        self.server.run("SET foreign_key_checks = 0", *created, *filled, *_triggers(self.kind), database=name)

    def _drop(self, name: str) -> None:
        self.server.run(
            f"DROP DATABASE IF EXISTS {name}" + (" WITH (FORCE)" if self.kind == "postgresql" else "")
        )

    def drop(self) -> None:
        if self.kind != "sqlite":
            self._drop(self._name)
