"""The command line: ``python -m django_alisms.sandbox``."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import ssl
import sys
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from django_alisms.sandbox import demo_account
from django_alisms.sandbox.gateway import Gateway
from django_alisms.sandbox.ledger import Ledger, entries
from django_alisms.sandbox.messages import Accepted
from django_alisms.sandbox.server import Server
from django_alisms.sandbox.service import Service
from django_alisms.sandbox.weather import Settings, Weather


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(
        prog="python -m django_alisms.sandbox",
        description="A local Aliyun: the SMS service of Alibaba Cloud on this machine. It sends nothing to anybody.",
        epilog="The key pair is that of ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, "
        "or sandbox / sandbox.",
    )
    found.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    found.add_argument("--port", type=_port, default=8765, help="port, 0 for any free one (%(default)s)")
    found.add_argument("--certfile", type=Path, help="serve https with this certificate (PEM)")
    found.add_argument("--keyfile", type=Path, help="its key, where it is not in the same file")
    found.add_argument("--ledger", type=Path, metavar="FILE", help="append what was accepted to this file")
    found.add_argument("--no-fsync", action="store_true", help="do not wait for the disk (benchmarks)")
    for name, what in (
        ("delay", "before each answer"),
        ("send-delay", "more before the answer to a request that sends"),
        ("details-delay", "until QuerySendDetails shows an accepted message"),
        ("receipts-delay", "until an accepted message is delivered, or not"),
        ("receipts-spread", "that carriers take longer at most"),
    ):
        found.add_argument(f"--{name}", type=float, default=0.0, metavar="SECONDS", help=f"{what} (0)")
    found.add_argument(
        "--push-receipts", default="", metavar="URL", help="push SmsReport to this address here"
    )
    found.add_argument("--push-replies", default="", metavar="URL", help="push SmsUp to this address here")
    found.add_argument(
        "--push-speed",
        type=float,
        default=1.0,
        metavar="FACTOR",
        help="repeats come after 1, 5 and 10 minutes, divided by this (%(default)s)",
    )
    found.add_argument(
        "--queue", action="store_true", help="receipts and replies go into the account's queues"
    )
    found.add_argument("--log", action="store_true", help="one line for each request on stderr")
    found.add_argument("--end-with-stdin", action="store_true", help="end when standard input is closed")
    return found


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return number


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 after SIGTERM or Ctrl-C, 2 where it cannot serve."""
    options = parser().parse_args(arguments)
    try:
        return asyncio.run(_serve(options))
    except (OSError, ValueError) as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 2


async def _serve(options: argparse.Namespace) -> int:
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    weather = Weather(_settings(options))
    ledger = Ledger(options.ledger, durable=not options.no_fsync) if options.ledger else None
    service = Service(
        gateway_of=partial(
            Gateway,
            os.environ.get("ALIBABA_CLOUD_ACCESS_KEY_ID") or "sandbox",
            os.environ.get("ALIBABA_CLOUD_ACCESS_KEY_SECRET") or "sandbox",
            os.environ.get("ALIBABA_CLOUD_SECURITY_TOKEN", ""),
        ),
        catalogue_of=demo_account.account,
        weather=weather,
        ledger=ledger,
        log=_log if options.log else None,
    )
    if options.ledger:
        for entry in entries(options.ledger):
            service.messages.add(Accepted.from_entry(entry))
    server = Server(service.handle)
    service.connections_opened = lambda: server.opened
    service.connections_open = lambda: len(server.connections)
    port = await server.start(options.host, options.port, _tls(options))
    if options.end_with_stdin:
        await loop.connect_read_pipe(partial(_EndOfInput, ended), sys.stdin)
    scheme = "https" if options.certfile else "http"
    host = f"[{options.host}]" if ":" in options.host else options.host
    print(f"listening on {scheme}://{host}:{port}", flush=True)
    await ended.wait()
    server.stop()
    if ledger is not None:
        ledger.close()
    return 0


def _settings(options: argparse.Namespace) -> Settings:
    """What the command line says. ValueError where it says what cannot be."""
    names = "delay send_delay details_delay receipts_delay receipts_spread push_receipts push_replies push_speed queue".split()  # noqa: SIM905
    said = Weather()
    said.change({name: getattr(options, name) for name in names})
    return said.settings


def _tls(options: argparse.Namespace) -> ssl.SSLContext | None:
    if options.certfile is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options.certfile, options.keyfile)
    return context


class _EndOfInput(asyncio.Protocol):
    """Sets an event when a pipe's other end is closed, or its process is gone."""

    def __init__(self, ended: asyncio.Event) -> None:
        self._ended = ended

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended.set()


def _log(line: str) -> None:
    print(f"{datetime.now():%H:%M:%S} {line}", file=sys.stderr, flush=True)
