"""The command: ``python -m project.demo [--check] [--port N]``. Started by ``make demo``."""

from __future__ import annotations

import argparse
import fcntl
import io
import os
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import django
import requests
from django.core.management import call_command
from django.db import connections

from .check import CheckFailed, look
from .children import ROOT, START_SECONDS, Child, ChildFailed, Family, Stopped, raise_on_signals
from .people import PASSWORD, PEOPLE, settle_in
from .sample_workbook import FILE, NOT_DELIVERED, RECIPIENTS

TITLE = "双十一发货通知"
SIGN_NAME, TEMPLATE = "某某商城", "SMS_218740035"
STATE = ROOT / "var" / "demo"
OWN_PREFIXES = ("ALISMS_", "ALIBABA_CLOUD_")
OWN_NAMES = ("DATABASE_URL", "SECRET_KEY", "DEBUG", "ALLOWED_HOSTS", "LOG_LEVEL", "DJANGO_SETTINGS_MODULE")


class Demo:
    """One demo in one folder. Nothing of the caller's own settings or keys gets into it."""

    def __init__(self, state: Path, *, port: int, receipts_within: float = 60.0) -> None:
        self.state = state
        self.port = port
        self.receipts_within = receipts_within
        self._token = secrets.token_urlsafe(24)
        self.family = Family()
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if name not in OWN_NAMES and not name.startswith(OWN_PREFIXES)
        } | {
            "DJANGO_SETTINGS_MODULE": "project.demo.settings",
            "DATABASE_URL": "sqlite:///" + quote(str(state / "demo.sqlite3")),
            "SECRET_KEY": secret_key(state / "secret_key"),
            "DEBUG": "true",
            "ALLOWED_HOSTS": "127.0.0.1,localhost",
            "ALISMS_UPLOADS": str(state / "uploads"),
            "ALIBABA_CLOUD_ACCESS_KEY_ID": "sandbox",
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "sandbox",
            "ALISMS_RECEIPT_TOKEN": self._token,
            # What the sandbox could not push while the site was down is asked for soon.
            "ALISMS_RECEIPT_POLL_SCHEDULE": "90,300,900,3600,86400,259200",
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
        }

    def start(self) -> str:
        """Everything up to the site; its address."""
        with step("sandbox"):
            takes = ("--receipts-delay", "2", "--receipts-spread", str(self.receipts_within))
            sandbox = self._start("sandbox", *SANDBOX, *takes, "--ledger", str(self.state / "ledger.jsonl"))
            self.environment["ALISMS_ENDPOINT"] = sandbox.wait_for("listening on ")
        self._become_django()
        with step("database"):
            call_command("migrate", verbosity=0)
            settle_in()
        with step("sign names and templates"):
            call_command("alisms_sync", stdout=io.StringIO())
        with step("site"):
            site = self._start("site", "-m", "project.demo.site", str(self.port))
            address = site.wait_for("listening on ")
            self._push_to(address)
        self._first_send()
        worker = self._start("worker", "-m", "project.demo.managed", "alisms_worker")
        with step("worker"):
            self._wait_for_pulse(worker)
        return address

    def _push_to(self, address: str) -> None:
        """From now on the sandbox pushes receipts and replies to the site, as Alibaba Cloud would."""
        pushes = {
            "push_receipts": f"{address}/alisms/receipts/{self._token}/",
            "push_replies": f"{address}/alisms/replies/{self._token}/",
            "push_timeout": 10,
        }
        with requests.Session() as session:
            session.trust_env = False  # a proxy of this machine has no part in it
            control = self.environment["ALISMS_ENDPOINT"] + "/_sandbox/control"
            session.post(control, json=pushes, timeout=START_SECONDS).raise_for_status()

    def wait_for_receipts(self, seconds: float) -> dict[str, Any]:
        """The first send once everybody has a receipt, or after that time."""
        deadline = time.monotonic() + seconds
        while True:
            sent = self.sent() or {}
            reported = sent.get("delivered", 0) + sent.get("undelivered", 0)
            if reported == sent.get("accepted") or time.monotonic() > deadline:
                return sent
            time.sleep(0.2)

    def sent(self) -> dict[str, Any] | None:
        """The first send as ``alisms_status ID --json`` tells it; None before there is one."""
        from django_alisms import api
        from django_alisms.models import BatchSend

        found = BatchSend.objects.filter(title=TITLE).exclude(status="draft").order_by("pk").first()
        return api.status(found) if found else None

    def _wait_for_pulse(self, worker: Child) -> None:
        """Until the pages, too, would say that a worker is alive."""
        from django_alisms.services.status import worker_alive

        deadline = time.monotonic() + START_SECONDS
        while not worker_alive():
            if worker.gone.wait(0.1) or time.monotonic() > deadline:
                raise ChildFailed(f"the worker did not start. {worker.last_words()}")
        connections.close_all()

    def _become_django(self) -> None:
        for name in list(os.environ):
            if name not in self.environment:
                del os.environ[name]
        os.environ.update(self.environment)
        django.setup()

    def _first_send(self) -> None:
        sent = self.sent()
        if sent is None:
            words = [str(FILE.relative_to(ROOT)), "--sign-name", SIGN_NAME, "--template", TEMPLATE]
            words += ["--title", TITLE, "--skip-bad-rows"]
            say(f"\n$ python manage.py alisms_send {' '.join(words)}")
        else:
            words = [str(sent["batch_send"])]
            say(f"\nThe sample was sent before.\n$ python manage.py alisms_status {words[0]}")
        command = "alisms_status" if sent else "alisms_send"
        code, text = self._run(command, "-m", "project.demo.managed", command, *words)
        say(text)
        if code:
            raise ChildFailed(f"{command} ended with {code}. {self._log(command).read_text().strip()}")

    def _start(self, name: str, *arguments: str) -> Child:
        return self.family.start(name, arguments, environment=self.environment, log=self._log(name))

    def _run(self, name: str, *arguments: str) -> tuple[int, str]:
        return self.family.run(name, arguments, environment=self.environment, log=self._log(name))

    def _log(self, name: str) -> Path:
        return self.state / f"{name}.log"


SANDBOX = ("-m", "django_alisms.sandbox", "--port", "0", "--end-with-stdin")


def secret_key(path: Path) -> str:
    """The one in the file, made at the first start."""
    if not path.exists():
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
    return path.read_text()


def say(text: str) -> None:
    print(text, flush=True)


def complain(text: str) -> None:
    print(f"\n{text}", file=sys.stderr, flush=True)


@contextmanager
def step(name: str) -> Iterator[None]:
    """One line for one step, with its seconds."""
    began = time.monotonic()
    print(f"  {name:<26}", end="", flush=True)
    try:
        yield
    except BaseException:
        say("did not work")
        raise
    say(f"ready  {time.monotonic() - began:4.1f} s")


@contextmanager
def alone(state: Path) -> Iterator[None]:
    """One demo a folder: SystemExit where another one is running in it."""
    with open(state / "lock", "a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit(f"A demo is running in {state}. End that one first (Ctrl-C there).")
        yield


def serve(state: Path, port: int) -> int:
    """Until Ctrl-C or SIGTERM. Exit code 0, or 1 where something did not work."""
    state.mkdir(parents=True, exist_ok=True)
    with alone(state):
        demo = Demo(state, port=port)
        try:
            address = demo.start()
            say(f"\n  {address}/admin/\n")
            for person in PEOPLE:
                say(f"  {person.name:<8} {PASSWORD:<8} {person.does}")
            say(f"\n  Sample list to upload: {FILE.relative_to(ROOT)}")
            say(f"  Logs and state: {state}    Ctrl-C ends everything.\n")
            demo.family.wait()
        except ChildFailed as failed:
            complain(str(failed))
            return 1
        except Stopped:
            say("\nEnding: nothing new is sent, what is on its way is finished.")
        finally:
            demo.family.end()
    return 0


def check() -> int:
    """The same in a folder of its own, looked at and ended. Exit code 0 where all was as it should be."""
    with tempfile.TemporaryDirectory(prefix="alisms-demo-") as folder:
        demo = Demo(Path(folder), port=0, receipts_within=5.0)
        try:
            address = demo.start()
            sent = demo.sent()
            if sent is None or sent["status"] != "finished" or sent["accepted"] != RECIPIENTS:
                raise CheckFailed(f"the sample was not sent to all {RECIPIENTS} recipients")
            sent = demo.wait_for_receipts(seconds=START_SECONDS)
            if (sent["delivered"], sent["undelivered"]) != (RECIPIENTS - NOT_DELIVERED, NOT_DELIVERED):
                raise CheckFailed(
                    f"of {RECIPIENTS} {sent['delivered']} + {sent['undelivered']} have a receipt"
                )
            say(
                f"  checked: {sent['delivered']} delivered, {sent['undelivered']} not, as the carriers reported"
            )
            for line in look(address, sent):
                say(f"  checked: {line}")
        except (ChildFailed, CheckFailed, OSError) as failed:
            complain(f"make demo does not work: {failed}")
            return 1
        except Stopped:
            return 1
        finally:
            connections.close_all()
            ended = demo.family.end()
        wrong = {name: code for name, code in ended.items() if code}
        if wrong:
            complain(f"make demo does not end well: {wrong}")
            return 1
    say("  checked: everything ended, nothing is left behind")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m project.demo", description=__doc__)
    parser.add_argument("--check", action="store_true", help="start, look, end; exit 0 where all is well")
    parser.add_argument("--port", type=int, default=8000, help="of the site; a free one where it is taken")
    parser.add_argument("--state", type=Path, default=STATE, metavar="FOLDER", help="default: %(default)s")
    options = parser.parse_args()
    raise_on_signals()
    try:
        return check() if options.check else serve(options.state.resolve(), options.port)
    except Stopped:
        return 1


if __name__ == "__main__":
    sys.exit(main())
