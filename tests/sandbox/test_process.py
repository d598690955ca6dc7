"""The sandbox as a process: it says where it serves, ends politely, and keeps its ledger whole when it is killed."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from django_alisms.sandbox.ledger import Ledger, entries
from tests.sandbox.process import ROOT, SandboxProcess, batch, call, connect, exchange, signed_v3
from tests.sandbox.requirement import absent
from tests.sandbox.test_service import details


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_0_whatever_is_under_way(tmp_path: Path, number: signal.Signals) -> None:
    process = SandboxProcess(tmp_path / "ledger.jsonl").start()
    process.control(fault="hang", requests=1)
    waiting = connect(process.url)
    method, target, body, headers = signed_v3(process.url, "SendBatchSms", **batch(["13800138000"]))
    waiting.request(method, target, body, headers)
    process.state()
    os.kill(process.pid, number)
    assert process.stop() == 0
    waiting.close()


def test_it_ends_when_its_parent_is_gone() -> None:
    program = (
        "import sys; from tests.sandbox.process import SandboxProcess;"
        "print(SandboxProcess().start().url, flush=True); sys.stdin.read()"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    parts = urlsplit(parent.stdout.readline().strip())
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as line:
        parent.kill()
        parent.communicate(timeout=10)
        with contextlib.suppress(ConnectionResetError):  # which is an end as well
            assert line.recv(1) == b""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((parts.hostname, parts.port), timeout=10)


def test_a_port_that_is_taken_is_said_in_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        command = [sys.executable, "-m", "django_alisms.sandbox", "--port", str(taken.getsockname()[1])]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "address already in use" in done.stderr


@pytest.mark.parametrize(
    "options", [["--ledger", "/nowhere/ledger"], ["--certfile", "/nowhere.pem"], ["--port", "70000"]], ids=str
)
def test_what_cannot_be_served_ends_with_2(options: list[str]) -> None:
    command = [sys.executable, "-m", "django_alisms.sandbox", "--port", "0", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert "sandbox: " in done.stderr.splitlines()[-1]


def test_every_answered_request_is_in_the_ledger_after_kill_9(tmp_path: Path) -> None:
    process = SandboxProcess(tmp_path / "ledger.jsonl").start()
    answered: list[str] = []

    def send(worker: int) -> None:
        for number in range(10_000):
            out_id = f"{worker}-{number}"
            try:
                reply = call(process.url, "SendBatchSms", **batch(["13800138000"] * 50, out_id=out_id))
            except (OSError, http.client.HTTPException):
                return
            assert reply.code == "OK"
            answered.append(out_id)

    workers = [threading.Thread(target=send, args=(number,)) for number in range(8)]
    for worker in workers:
        worker.start()
    deadline = time.monotonic() + 20
    while len(process.ledger()) < 200 and time.monotonic() < deadline:
        pass
    process.kill()
    for worker in workers:
        worker.join()
    written = [entry["out_id"] for entry in process.ledger()]
    assert len(written) == len(set(written))
    assert len(answered) > 100
    assert set(answered) <= set(written)
    assert len(written) - len(answered) <= len(workers)


def test_a_new_sandbox_on_an_old_ledger_remembers(tmp_path: Path) -> None:
    process = SandboxProcess(tmp_path / "ledger.jsonl").start()
    phones = ["13800138000", "13800138905"]
    biz_id = call(process.url, "SendBatchSms", **batch(phones, out_id="before")).body["BizId"]
    shown = [details(process, phone).body["SmsSendDetailDTOs"] for phone in phones]
    port = process.port
    process.kill()
    with (tmp_path / "ledger.jsonl").open("ab") as file:
        file.write(b'{"out_id": "torn')
    with process.start():
        assert process.port == port
        assert [details(process, phone).body["SmsSendDetailDTOs"] for phone in phones] == shown
        assert process.state()["accepted_messages"] == 2
        assert call(process.url, "SendBatchSms", **batch(phones, out_id="after")).body["BizId"] != biz_id
        assert [entry["out_id"] for entry in process.ledger()] == ["before", "after"]


def test_a_line_that_cannot_be_written_is_not_accepted(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="limits of a process are a matter of Unix")
    program = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (600, resource.RLIM_INFINITY));"
        "from django_alisms.sandbox.command import main; sys.exit(main(sys.argv[1:]))"
    )
    assert resource.RLIMIT_FSIZE is not None
    ledger = tmp_path / "ledger.jsonl"
    command = [sys.executable, "-c", program, "--port", "0", "--ledger", str(ledger)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip().removeprefix("listening on ")
        found = [call(url, "SendBatchSms", **batch(["13800138000"], out_id=str(n))).code for n in range(4)]
        assert found == ["OK", "InternalError", "InternalError", "InternalError"]
        assert [entry["out_id"] for entry in entries(ledger)] == ["0"]
        assert ledger.read_bytes().endswith(b"\n")
    finally:
        process.terminate()
        assert process.wait(timeout=10) == 0


@pytest.mark.parametrize(
    ("found", "kept"),
    [
        (b"", b""),
        (b'{"a":1}\n', b'{"a":1}\n'),
        (b'{"a":1}\n{"b":', b'{"a":1}\n'),
        (b'{"a":', b""),
        (b'{"a":1}\n' + b"x" * 200_000, b'{"a":1}\n'),
        (b"x" * 70_000, b""),
    ],
    ids=["empty", "whole", "torn", "only torn", "long torn", "only long torn"],
)
def test_a_torn_last_line_is_cut_off(tmp_path: Path, found: bytes, kept: bytes) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_bytes(found)
    whole = list(entries(path))
    ledger = Ledger(path)
    written = threading.Event()
    ledger.append({"c": "号"}, lambda error: written.set())
    assert written.wait(10)
    ledger.close()
    assert path.read_bytes() == kept + b'{"c":"\xe5\x8f\xb7"}\n'
    assert whole == [json.loads(line) for line in kept.splitlines()]


def test_https(tmp_path: Path) -> None:
    certificate = tmp_path / "certificate.pem"
    try:
        subprocess.run(
            f"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
            f" -addext subjectAltName=IP:127.0.0.1 -keyout {certificate} -out {tmp_path}/public.pem".split(),
            check=True,
            capture_output=True,
        )
    except FileNotFoundError:
        absent("openssl is not here")
    certificate.write_bytes(certificate.read_bytes() + (tmp_path / "public.pem").read_bytes())
    process = SandboxProcess(None, "--certfile", str(certificate)).start()
    try:
        assert process.url.startswith("https://127.0.0.1:")
        context = ssl.create_default_context(cafile=str(tmp_path / "public.pem"))
        parts = urlsplit(process.url)
        connection = http.client.HTTPSConnection(
            parts.hostname or "", parts.port, context=context, timeout=10
        )
        method, target, body, headers = signed_v3(process.url, "SendBatchSms", **batch(["13800138000"]))
        for expected in ("OK", "SignatureNonceUsed"):
            connection.request(method, target, body, headers)
            assert json.loads(connection.getresponse().read())["Code"] == expected
        connection.close()
        with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
            http.client.HTTPSConnection(parts.hostname or "", parts.port, timeout=10).request("GET", "/")
    finally:
        assert process.stop() == 0


def test_one_connection_serves_many_requests(sandbox: SandboxProcess) -> None:
    before = sandbox.state()["connections_opened"]
    connection = connect(sandbox.url)
    for number in range(20):
        method, target, body, headers = signed_v3(sandbox.url, "SendBatchSms", **batch(["13800138000"]))
        connection.request(method, target, body, headers)
        assert json.loads(connection.getresponse().read())["Code"] == "OK", number
    connection.close()
    assert sandbox.state()["connections_opened"] - before == 2  # ours, and that of this question


def raw(sandbox: SandboxProcess, *pieces: bytes) -> bytes:
    """Everything the sandbox writes to these bytes until it ends the connection."""
    parts = urlsplit(sandbox.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as line:
        for piece in pieces:
            line.sendall(piece)
        found = b""
        while piece := line.recv(65536):
            found += piece
    return found


STATE = b"GET /_sandbox/state HTTP/1.1\r\nHost: x\r\n"

HTTP = {
    "asked to close": ([STATE + b"Connection: close\r\n\r\n"], [b"200"]),
    "version 1.0": ([b"GET /_sandbox/state HTTP/1.0\r\n\r\n"], [b"200"]),
    "two at once": ([STATE + b"\r\n" + STATE + b"Connection: close\r\n\r\n"], [b"200", b"200"]),
    "byte by byte": ([bytes([byte]) for byte in STATE + b"Connection: close\r\n\r\n"], [b"200"]),
    "no HTTP": ([b"hello\r\n\r\n"], [b"400"]),
    "header without colon": ([STATE + b"what\r\n\r\n"], [b"400"]),
    "two lengths": ([STATE + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n"], [b"400"]),
    "negative length": ([STATE + b"Content-Length: -1\r\n\r\n"], [b"400"]),
    "chunked": ([STATE + b"Transfer-Encoding: chunked\r\n\r\n"], [b"411"]),
    "too long a body": ([STATE + b"Content-Length: 99999999999\r\n\r\n"], [b"413"]),
    "too long a head": ([STATE + b"X: " + b"x" * 70_000], [b"431"]),
    "continue": (
        [
            b"POST /_sandbox/reset HTTP/1.1\r\nExpect: 100-continue\r\n"
            b"Connection: close\r\nContent-Length: 2\r\n\r\n",
            b"{}",
        ],
        [b"100", b"200"],
    ),
}


@pytest.mark.parametrize("case", HTTP)
def test_http(sandbox: SandboxProcess, case: str) -> None:
    pieces, statuses = HTTP[case]
    found = raw(sandbox, *pieces)
    assert [part[:3] for part in found.split(b"HTTP/1.1 ")[1:]] == statuses
    assert (
        exchange(sandbox.url, signed_v3(sandbox.url, "SendBatchSms", **batch(["13800138000"]))).code == "OK"
    )


def test_the_log_names_no_number(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "django_alisms.sandbox", "--port", "0", "--log"]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=keyless()
    )
    assert process.stdout is not None
    url = process.stdout.readline().strip().removeprefix("listening on ")
    call(url, "SendBatchSms", **batch(["13800138000", "13800138001"]))
    call(url, "SendBatchSms", **batch(["12345"]))
    process.terminate()
    _, log = process.communicate(timeout=10)
    assert [line[9:] for line in log.splitlines()] == [
        "SendBatchSms OK 2 numbers",
        "SendBatchSms isv.MOBILE_NUMBER_ILLEGAL",
    ]


def keyless() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("ALIBABA_CLOUD_")}
