"""What the commands share: who acts, how they end, what goes to which stream.

``--json`` prints one object on stdout and nothing else there; progress and messages go to stderr. Exit 0, 1 or 2 as
docs/commands.md says; an exit 2 ends with one line on stderr that says why.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandParser, OutputWrapper
from django.db import InterfaceError, OperationalError, ProgrammingError
from django.utils.translation import gettext as _

from .. import failpoints
from ..conf import conf
from ..models import BatchSend
from ..services.actors import Actor
from ..services.refusals import NotPossible


class UntilNobodyReads(OutputWrapper):
    """A stream whose reader may leave before the end, as ``head`` does: the rest is said to nobody, and the command ends
    as it would have ended, because its exit code says what became of a send."""

    def write(self, *args: Any, **kwargs: Any) -> None:
        with self._left_alone():
            super().write(*args, **kwargs)

    def flush(self) -> None:
        with self._left_alone():
            super().flush()

    @contextmanager
    def _left_alone(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:
            # What still waits in the buffer is written when the interpreter ends; it must find somebody too.
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._out.fileno())
            os.close(nowhere)


class AlismsCommand(BaseCommand):
    """A command whose refusals are one sentence and exit 2, never a traceback."""

    requires_system_checks: list[str] = []
    command_name = ""
    started = False  # whether a send has been started, so that 2 ("nothing was sent") is no longer true

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        coloured = self.stderr.style_func
        self.stdout, self.stderr = UntilNobodyReads(self.stdout._out), UntilNobodyReads(self.stderr._out)
        self.stderr.style_func = coloured

    def execute(self, *args: Any, **options: Any) -> Any:
        failpoints.arm(conf.FAILPOINTS)
        try:
            return super().execute(*args, **options)
        except NotPossible as refused:
            self.stderr.write(self.style.ERROR(str(refused)))
            sys.exit(2)
        except (OperationalError, ProgrammingError, InterfaceError) as broken:
            if options.get("traceback"):
                raise
            self.stderr.write(self.style.ERROR(without_database(broken)))
            sys.exit(1 if self.started else 2)
        finally:
            self.stdout.flush()

    def say(self, sentence: str) -> None:
        """For people: always stderr, so that stdout stays the object's."""
        self.stderr.write(sentence)

    def print_json(self, value: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(value, ensure_ascii=False, default=str))

    def end(self, code: int) -> None:
        if code:
            sys.exit(code)


# A lock that another process held too long: MySQL's lock wait time-out and deadlock, and PostgreSQL's SQLSTATEs.
_LOCKED_MYSQL = (1205, 1213)
_LOCKED_POSTGRESQL = ("40P01", "40001", "55P03")


def is_locked(broken: BaseException) -> bool:
    """Whether the database is there and another process only held it too long."""
    cause = broken.__cause__ or broken
    number = cause.args[0] if cause.args else None
    return (
        number in _LOCKED_MYSQL
        or getattr(cause, "sqlstate", None) in _LOCKED_POSTGRESQL
        or str(getattr(cause, "sqlite_errorname", "")).startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))
    )


def without_database(broken: Exception) -> str:
    """One sentence; the database's own words may name hosts and users, so they are asked for by --traceback."""
    if is_locked(broken):
        return _(
            "The database was locked by another process for too long (%(error)s). Nothing that was saved is lost; run "
            "this again. “manage.py check --database default” says what its settings lack; --traceback shows the "
            "database's own words."
        ) % {"error": type(broken).__name__}
    return _(
        "The database does not answer, or has no tables yet (%(error)s). Nothing that was saved is lost. Check the "
        "database's address, run “manage.py migrate”, then run this again; --traceback shows the database's own words."
    ) % {"error": type(broken).__name__}


def add_user(parser: CommandParser) -> None:
    parser.add_argument(
        "--user",
        metavar="NAME",
        help="who acts: a user name; rights are checked, the history says so "
        "(default: the operator at the shell)",
    )


def actor_of(command: str, user_name: str | None) -> Actor:
    """The user named, or the operator at the shell."""
    if not user_name:
        return Actor.command(command)
    users = get_user_model()
    user = users._default_manager.filter(**{users.USERNAME_FIELD: user_name}).first()
    if user is None:
        raise NotPossible(_("There is no user “%(name)s”. Nothing was done.") % {"name": user_name})
    return Actor.of(user)


def batch_send_of(pk: int) -> BatchSend:
    try:
        return BatchSend.objects.select_related("sign_name", "template").get(pk=pk)
    except BatchSend.DoesNotExist:
        raise NotPossible(
            _("There is no send %(id)d. “manage.py alisms_status” lists those there are.") % {"id": pk}
        ) from None


@contextmanager
def ends_politely() -> Iterator[threading.Event]:
    """SIGTERM and Ctrl-C set the event: nothing new is marked, what is on the wire is finished."""
    stopping = threading.Event()
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def stop(number: int, frame: Any) -> None:
        stopping.set()

    for number in before:
        signal.signal(number, stop)
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
