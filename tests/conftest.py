"""What all tests share: the network fence, and how a missing part of the machine is told.

No test reaches anything but this machine. A part that is absent (a server, a browser, Node) skips its tests with a
reason; with ALISMS_REQUIRE_ALL=1, as in CI, absence is a failure.
"""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import translation

_connect = socket.socket.connect
_connect_ex = socket.socket.connect_ex


class Fenced(ConnectionError):
    """A test reached for the network."""


def _is_loopback(address: Any) -> bool:
    if not isinstance(address, tuple):  # a Unix socket's path
        return True
    host = str(address[0])
    if host in ("localhost", ""):
        return True
    try:
        return ipaddress.ip_address(host.split("%")[0]).is_loopback
    except ValueError:
        return False


def _guarded(original: Any) -> Any:
    def connect(self: socket.socket, address: Any) -> Any:
        if not _is_loopback(address):
            raise Fenced(f"tests reach this machine only, not {address!r}")
        return original(self, address)

    return connect


socket.socket.connect = _guarded(_connect)  # type: ignore[method-assign]
socket.socket.connect_ex = _guarded(_connect_ex)  # type: ignore[method-assign]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--screenshots", action="store_true", help="keep the pages of the browser tests in docs/pictures"
    )


def absent(reason: str) -> None:
    """Skip with the reason, or fail where everything has to be there."""
    if os.environ.get("ALISMS_REQUIRE_ALL") == "1":
        pytest.fail(f"ALISMS_REQUIRE_ALL: {reason}")
    pytest.skip(reason)


@pytest.fixture(autouse=True)
def _language_of_the_sources() -> Iterator[None]:
    """A request leaves its language behind in the thread; the next test begins without."""
    yield
    translation.deactivate()


@pytest.fixture(autouse=True)
def _private_uploads(settings: Any, tmp_path: Any) -> None:
    """Uploads of a test go where the test's other files are."""
    storages = dict(settings.STORAGES)
    storages["alisms"] = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(tmp_path / "uploads"), "base_url": None},
    }
    settings.STORAGES = storages
