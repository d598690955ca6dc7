"""A sandbox in a process of its own, for any test that needs an Aliyun.

::

    with SandboxProcess(ledger=tmp_path / "ledger.jsonl") as sandbox:
        send_through(sandbox.url, sandbox.key_id, sandbox.secret)
        sandbox.control(fault="cut", accepted=True, requests=1)
        assert len(sandbox.ledger()) == 1

The words of :meth:`SandboxProcess.control` are those of ``django_alisms.sandbox.weather``. :func:`call` signs and
sends one request with the standard library alone, for tests of the sandbox itself.
"""

from __future__ import annotations

import http.client
import json
import os
import selectors
import subprocess
import sys
import tempfile
import time
import uuid
from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha1, sha256
from hmac import new as hmac
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

ROOT = Path(__file__).resolve().parents[2]
KEY = "sandbox"
"""id and secret of a sandbox that was told no others"""
START_SECONDS = 60
STOP_SECONDS = 30


class SandboxProcess:
    """Started by ``with`` or :meth:`start`; it also ends when this process dies, however it dies.

    ``ledger``: its file, None for none. ``options``: more of the command line. ``port`` 0 picks a free one, which
    :meth:`start` after :meth:`stop` or :meth:`kill` then keeps.
    """

    def __init__(
        self,
        ledger: Path | None = None,
        *options: str,
        key_id: str = KEY,
        secret: str = KEY,
        security_token: str = "",
        port: int = 0,
    ) -> None:
        self.ledger_file = ledger
        self.options = options
        self.key_id = key_id
        self.secret = secret
        self.security_token = security_token
        self.port = port
        self.url = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (as long as the process; a pipe could fill up)
        self._ledger_start = 0

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that point the project (or an SDK) at this sandbox."""
        found = {
            "ALISMS_ENDPOINT": self.url,
            "ALIBABA_CLOUD_ACCESS_KEY_ID": self.key_id,
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": self.secret,
        }
        if self.security_token:
            found["ALIBABA_CLOUD_SECURITY_TOKEN"] = self.security_token
        return found

    def start(self) -> SandboxProcess:
        """Start and wait until it serves. RuntimeError with its own words where it does not."""
        assert self._process is None or self._process.returncode is not None, "it runs already"
        arguments = [
            sys.executable,
            "-m",
            "django_alisms.sandbox",
            "--port",
            str(self.port),
            "--end-with-stdin",
        ]
        if self.ledger_file is not None:
            arguments += ["--ledger", str(self.ledger_file)]
        environment = {
            name: value for name, value in os.environ.items() if name != "ALIBABA_CLOUD_SECURITY_TOKEN"
        }
        environment |= {**self.environment, "PYTHONPATH": str(ROOT)}
        self._process = subprocess.Popen(
            [*arguments, *self.options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=environment,
            cwd=ROOT,
        )
        line = self._first_line()
        if not line.startswith("listening on "):
            self._process.kill()
            self._process.communicate()
            raise RuntimeError(f"the sandbox does not serve: {line} {self.errors()}")
        self.url = line.removeprefix("listening on ")
        self.port = urlsplit(self.url).port or self.port
        return self

    def stop(self) -> int:
        """SIGTERM and wait; its exit code (0 where all is well)."""
        process = self._running()
        process.terminate()
        return self._ended(process)

    def kill(self) -> None:
        """``kill -9`` and wait."""
        process = self._running()
        process.kill()
        self._ended(process)

    def errors(self) -> str:
        """What it has written to its standard error."""
        self._errors.seek(0)
        return self._errors.read().decode(errors="replace")

    @property
    def pid(self) -> int:
        return self._running().pid

    def ledger(self) -> list[dict[str, Any]]:
        """What was accepted since the start or the last :meth:`reset`: the ledger's entries, oldest first.

        ``time``, ``out_id``, ``biz_id``, ``template``, ``numbers``, ``sign_names``, ``params``, ``texts``.
        """
        assert self.ledger_file is not None, "this sandbox was started without a ledger"
        with self.ledger_file.open("rb") as file:
            file.seek(self._ledger_start)
            # In one read: a line that is being written would come in two pieces, the second with its end.
            written = file.read()
        return [json.loads(line) for line in written[: written.rfind(b"\n") + 1].splitlines()]

    def control(self, **message: Any) -> dict[str, Any]:
        """Change the weather or the catalogue; the state after it. ValueError where it is not understood."""
        return self._ask("POST", "/_sandbox/control", message)

    def state(self) -> dict[str, Any]:
        """Counts, settings, faults still to strike."""
        return self._ask("GET", "/_sandbox/state")

    def reset(self) -> dict[str, Any]:
        """Forget everything: messages, counts, weather, catalogue, nonces; :meth:`ledger` starts anew."""
        found = self._ask("POST", "/_sandbox/reset")
        if self.ledger_file is not None:
            self._ledger_start = self.ledger_file.stat().st_size
        return found

    def __enter__(self) -> SandboxProcess:
        running = self._process is not None and self._process.returncode is None
        return self if running else self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None and self._process.returncode is None:
            self.stop()

    def _ask(self, method: str, path: str, message: Mapping[str, Any] | None = None) -> dict[str, Any]:
        connection = connect(self.url)
        try:
            connection.request(method, path, json.dumps(message) if message is not None else None)
            response = connection.getresponse()
            found: dict[str, Any] = json.loads(response.read())
        finally:
            connection.close()
        if response.status != 200:
            raise ValueError(found["error"])
        return found

    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "not started"
        return self._process

    def _first_line(self) -> str:
        process = self._running()
        assert process.stdout is not None
        deadline = time.monotonic() + START_SECONDS
        line = b""
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while not line.endswith(b"\n") and selector.select(max(0.0, deadline - time.monotonic())):
                piece = os.read(process.stdout.fileno(), 4096)
                if not piece:
                    break
                line += piece
        return line.decode().strip()

    @staticmethod
    def _ended(process: subprocess.Popen[bytes]) -> int:
        try:
            process.communicate(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
        return process.returncode


def connect(url: str, timeout: float = 10.0) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    assert parts.hostname is not None
    return http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)


def signed_v3(
    url: str,
    action: str,
    query: Mapping[str, str] | None = None,
    form: Mapping[str, str] | None = None,
    *,
    key_id: str = KEY,
    secret: str = KEY,
    method: str = "POST",
    headers: Mapping[str, str] | None = None,
    unsigned: Sequence[str] = (),
    clock_off: timedelta = timedelta(),
) -> tuple[str, str, bytes, dict[str, str]]:
    """A request with signature version 3: method, target, body, headers. Written from the rules, not from the app.

    ``headers`` are set (and signed) too, over the usual ones; those named in ``unsigned`` are not signed.
    ``clock_off`` is how far the caller's clock is off.
    """
    body = urlencode(form).encode() if form is not None else b""
    sent = {
        "host": urlsplit(url).netloc,
        "x-acs-action": action,
        "x-acs-version": "2017-05-25",
        "x-acs-date": (datetime.now(UTC) + clock_off).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": uuid.uuid4().hex,
        "x-acs-content-sha256": sha256(body).hexdigest(),
    }
    if form is not None:
        sent["content-type"] = "application/x-www-form-urlencoded"
    sent |= headers or {}
    names = sorted(name for name in sent if name not in unsigned)
    pairs = "&".join(
        f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in sorted((query or {}).items())
    )
    listed = "".join(f"{name}:{sent[name].strip()}\n" for name in names)
    canonical = "\n".join([method, "/", pairs, listed, ";".join(names), sha256(body).hexdigest()])
    to_sign = f"ACS3-HMAC-SHA256\n{sha256(canonical.encode()).hexdigest()}"
    proof = hmac(secret.encode(), to_sign.encode(), sha256).hexdigest()
    sent["authorization"] = (
        f"ACS3-HMAC-SHA256 Credential={key_id},SignedHeaders={';'.join(names)},Signature={proof}"
    )
    return method, f"/?{pairs}" if pairs else "/", body, sent


def signed_v1(
    url: str,
    action: str,
    query: Mapping[str, str] | None = None,
    form: Mapping[str, str] | None = None,
    *,
    key_id: str = KEY,
    secret: str = KEY,
    method: str = "POST",
    clock_off: timedelta = timedelta(),
    **common: str,
) -> tuple[str, str, bytes, dict[str, str]]:
    """The same with signature version 1; ``common`` replaces common parameters, an empty text leaves one out."""
    asked = {
        "Action": action,
        "Version": "2017-05-25",
        "Format": "JSON",
        "AccessKeyId": key_id,
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "SignatureNonce": uuid.uuid4().hex,
        "Timestamp": (datetime.now(UTC) + clock_off).strftime("%Y-%m-%dT%H:%M:%SZ"),
        **common,
        **(query or {}),
    }
    asked = {name: value for name, value in asked.items() if value or name not in common}
    pairs = "&".join(
        f"{quote(name, safe='~')}={quote(value, safe='~')}"
        for name, value in sorted({**asked, **(form or {})}.items())
    )
    to_sign = f"{method}&%2F&{quote(pairs, safe='~')}"
    proof = b64encode(hmac((secret + "&").encode(), to_sign.encode(), sha1).digest()).decode()
    headers = {"host": urlsplit(url).netloc}
    if form is not None:
        headers["content-type"] = "application/x-www-form-urlencoded"
    body = urlencode(form).encode() if form is not None else b""
    return method, "/?" + urlencode({**asked, "Signature": proof}), body, headers


class Reply:
    """What came back: ``status``, ``headers`` and the parsed ``body``."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.text = body
        self.body: dict[str, Any] = json.loads(body)
        self.code: str = self.body.get("Code", "")


def exchange(url: str, request: tuple[str, str, bytes, dict[str, str]], timeout: float = 10.0) -> Reply:
    """Send one signed request on a connection of its own. OSError, HTTPException where no answer comes."""
    method, target, body, headers = request
    connection = connect(url, timeout)
    try:
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        if body or method == "POST":
            connection.putheader("content-length", str(len(body)))
        connection.endheaders(body)
        response = connection.getresponse()
        return Reply(response.status, dict(response.getheaders()), response.read())
    finally:
        connection.close()


def call(url: str, action: str, query: Mapping[str, str] | None = None, **more: Any) -> Reply:
    """One operation with signature version 3."""
    return exchange(url, signed_v3(url, action, query, **more))


def batch(
    phones: Sequence[str],
    sign_name: str = "某某商城",
    template: str = "SMS_220016377",
    values: Sequence[Mapping[str, str]] | None = None,
    out_id: str = "out-1",
) -> dict[str, Any]:
    """The parameters of SendBatchSms as today's SDK places them: ``query`` and ``form`` for :func:`signed_v3`."""
    form = {
        "PhoneNumberJson": json.dumps(list(phones)),
        "SignNameJson": json.dumps([sign_name] * len(phones), ensure_ascii=False),
    }
    if values is not None:
        form["TemplateParamJson"] = json.dumps(list(values), ensure_ascii=False)
    return {"query": {"TemplateCode": template, "OutId": out_id}, "form": form}
