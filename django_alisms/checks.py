"""System checks: every way to get the settings wrong, each with a number and a hint. No network, no queries."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.files.storage import storages

from . import failpoints
from .conf import DEFAULTS, SHORTEST_TOKEN, conf, configured, given_tokens
from .recipients.parts import LONGEST_MESSAGE

TOKEN_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def _positive(name: str) -> list[Error]:
    value = getattr(conf, name)
    if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
        return []
    return [Error(f"ALISMS['{name}'] must be a number above 0, not {value!r}.", id="alisms.E003")]


@register("alisms")
def check_settings(app_configs=None, **kwargs):
    """ALISMS: unknown keys, numbers that cannot be, an endpoint that is not Aliyun's, a lease that is too short."""
    raw = getattr(settings, "ALISMS", {})
    if not isinstance(raw, dict):
        return [Error("ALISMS must be a dict.", id="alisms.E001")]
    problems = [
        Error(
            f"ALISMS has no setting {key!r}.",
            hint="Known settings: " + ", ".join(sorted(DEFAULTS)) + ".",
            id="alisms.E002",
        )
        for key in configured()
        if key not in DEFAULTS
    ]
    for name in (
        "CONCURRENCY",
        "MAX_REQUESTS_PER_SECOND",
        "CONNECT_TIMEOUT",
        "READ_TIMEOUT",
        "LEASE_SECONDS",
    ):
        problems += _positive(name)
    if not problems and conf.LEASE_SECONDS <= conf.CONNECT_TIMEOUT + conf.READ_TIMEOUT:
        problems.append(
            Error(
                "ALISMS['LEASE_SECONDS'] must exceed CONNECT_TIMEOUT + READ_TIMEOUT: a request that is still "
                "waiting for its answer must not be taken for an orphan.",
                id="alisms.E004",
            )
        )
    schedule = conf.SETTLE_SCHEDULE
    if not schedule or list(schedule) != sorted(schedule) or any(seconds <= 0 for seconds in schedule):
        problems.append(Error("ALISMS['SETTLE_SCHEDULE'] must be rising seconds above 0.", id="alisms.E005"))
    problems += _tokens() + _queue()
    polls = conf.RECEIPT_POLL_SCHEDULE
    if list(polls) != sorted(polls) or any(seconds <= 0 for seconds in polls):
        problems.append(
            Error("ALISMS['RECEIPT_POLL_SCHEDULE'] must be rising seconds above 0.", id="alisms.E007")
        )
    return problems + _longest_values() + _endpoint() + _failpoints()


def _longest_values() -> list[Error]:
    told = conf.LONGEST_VALUES
    if isinstance(told, dict) and all(
        type(most) is int and 1 <= most <= LONGEST_MESSAGE for most in told.values()
    ):
        return []
    return [
        Error(
            "ALISMS['LONGEST_VALUES'] must be characters by template code: {'SMS_15255****': 20}, "
            f"each from 1 to {LONGEST_MESSAGE}.",
            id="alisms.E012",
        )
    ]


@register("alisms")
def check_tasks(app_configs=None, **kwargs):
    """ALISMS['TASKS']: a backend that is there, and that does not send a whole list inside a request."""
    told = conf.TASKS
    if not told:
        return []
    if (
        not isinstance(told, dict)
        or not isinstance(told.get("BACKEND"), str)
        or set(told) - {"BACKEND", "QUEUE_NAME"}
    ):
        return [
            Error(
                "ALISMS['TASKS'] must be a dict with BACKEND, an alias of the project's TASKS, and perhaps QUEUE_NAME.",
                id="alisms.E021",
            )
        ]
    from . import tasks

    if tasks.drain is None:
        return [
            Error(
                "ALISMS['TASKS'] is set, but there is no task framework.",
                hint="Django 6 has one; before it, install django-tasks. Or unset it and run alisms_worker.",
                id="alisms.E022",
            )
        ]
    alias = told["BACKEND"]
    try:
        queue = {"queue_name": told["QUEUE_NAME"]} if told.get("QUEUE_NAME") else {}
        tasks.drain.using(backend=alias, **queue)
    except (
        Exception
    ) as refused:  # each framework has its own classes for "no such backend" and "no such queue"
        return [Error(f"ALISMS['TASKS'] cannot be used: {refused}", id="alisms.E023")]
    if tasks.is_immediate(alias):
        return [
            Error(
                f"The task backend {alias!r} runs tasks where they are enqueued: it would send a whole list inside "
                "the request that pressed the button.",
                hint="Name a backend with workers of its own, or unset ALISMS['TASKS'] and run alisms_worker.",
                id="alisms.E024",
            )
        ]
    if tasks.is_dummy(alias):
        return [
            Warning(
                f"The task backend {alias!r} never runs a task: nothing will be sent but by alisms_worker.",
                id="alisms.W021",
            )
        ]
    return []


def _failpoints() -> list[CheckMessage]:
    """Told to die: fine in a test, never in production."""
    try:
        armed = failpoints.parsed(conf.FAILPOINTS)
    except ValueError as refused:
        return [Error(f"ALISMS['FAILPOINTS']: {refused}", id="alisms.E020")]
    if not armed:
        return []
    return [
        Warning(
            f"ALISMS['FAILPOINTS'] is armed: processes will kill themselves at {', '.join(armed)}.",
            hint="It is for tests of crashes only. Take it out of the settings.",
            id="alisms.W020",
        )
    ]


def _tokens() -> list[Error]:
    tokens = given_tokens()
    problems = [
        Error(
            "ALISMS['RECEIPT_TOKEN'] is too short to be a secret, so the addresses for pushes stay closed.",
            hint=f"At least {SHORTEST_TOKEN} characters: python -c 'import secrets; print(secrets.token_urlsafe(24))'",
            id="alisms.E008",
        )
        for token in tokens
        if len(token) < SHORTEST_TOKEN
    ]
    if any(not set(token) <= TOKEN_CHARACTERS for token in tokens):
        problems.append(
            Error(
                "ALISMS['RECEIPT_TOKEN'] may hold letters, digits, - and _ only: it is part of an address.",
                id="alisms.E009",
            )
        )
    if len(tokens) > 2:
        problems.append(
            Error(
                "ALISMS['RECEIPT_TOKEN'] has more than two tokens: the old and the new one.", id="alisms.E010"
            )
        )
    return problems


def _endpoint() -> list[Error]:
    from .aliyun.endpoint import Endpoint

    problems = []
    for name, service in (("ENDPOINT", "sms"), ("TOKEN_ENDPOINT", "token"), ("QUEUE_ENDPOINT", "queue")):
        try:
            Endpoint(getattr(conf, name), service=service)
        except ValueError as refused:
            problems.append(Error(f"ALISMS['{name}']: {refused}", id="alisms.E006"))
    return problems


def _queue() -> list[Error]:
    from .aliyun.queues import NAME

    if not conf.RECEIPT_QUEUE or NAME.fullmatch(str(conf.RECEIPT_QUEUE)):
        return []
    return [
        Error(
            "ALISMS['RECEIPT_QUEUE'] must be Alicom-Queue-, the account's id and a hyphen, as the console shows it.",
            id="alisms.E011",
        )
    ]


@register("alisms", deploy=True)
def check_credentials(app_configs=None, **kwargs):
    """A deployment without credentials cannot send."""
    if conf.CREDENTIALS or (conf.ACCESS_KEY_ID and conf.ACCESS_KEY_SECRET):
        return []
    return [
        Warning(
            "django_alisms has no credentials.",
            hint="Set ALISMS['ACCESS_KEY_ID'] and ALISMS['ACCESS_KEY_SECRET'], or ALISMS['CREDENTIALS'].",
            id="alisms.W001",
        )
    ]


@register("alisms", deploy=True)
def check_uploads(app_configs=None, **kwargs):
    """Uploaded lists hold phone numbers; where media is served, a folder of media would be public."""
    from .models.recipient_imports import private_storage

    told = "alisms" in storages.backends
    location = getattr(private_storage(), "location", None)
    media = Path(settings.MEDIA_ROOT).resolve() if settings.MEDIA_ROOT else None
    if told and (location is None or media is None or not Path(location).resolve().is_relative_to(media)):
        return []
    return [
        Warning(
            "Uploaded lists hold phone numbers and wait in "
            + (
                "MEDIA_ROOT, which web servers serve."
                if told
                else "the default storage: MEDIA_ROOT, or what is served."
            ),
            hint="Give STORAGES a storage 'alisms' in a private folder, as docs/install.md shows.",
            id="alisms.W005",
        )
    ]


@register(Tags.database, "alisms")
def check_databases(app_configs=None, databases=None, **kwargs):
    """What each database must be told so that a committed mark survives and an emoji does not break a row."""
    problems = []
    for alias in databases or []:
        config = settings.DATABASES.get(alias, {})
        engine, options = config.get("ENGINE", ""), config.get("OPTIONS", {})
        if engine.endswith("sqlite3") and options.get("transaction_mode") != "IMMEDIATE":
            problems.append(
                Warning(
                    f"The SQLite database {alias!r} has no transaction_mode IMMEDIATE: several processes will see "
                    "'database is locked'.",
                    hint="OPTIONS = {'transaction_mode': 'IMMEDIATE', 'timeout': 20, 'init_command': 'PRAGMA "
                    "journal_mode=WAL; PRAGMA synchronous=FULL;'}",
                    id="alisms.W002",
                )
            )
        if engine.endswith("mysql"):
            if options.get("charset") != "utf8mb4":
                problems.append(
                    Warning(
                        f"The MySQL database {alias!r} does not use utf8mb4.",
                        hint="OPTIONS = {'charset': 'utf8mb4', …}",
                        id="alisms.W003",
                    )
                )
            if options.get("isolation_level") != "read committed":
                problems.append(
                    Warning(
                        f"The MySQL database {alias!r} is not at isolation level read committed.",
                        hint="OPTIONS = {'isolation_level': 'read committed', …}",
                        id="alisms.W004",
                    )
                )
    return problems
