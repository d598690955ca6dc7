"""Certificates made for the run by the openssl program, and clients for a loopback server."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

from django_alisms.aliyun.credentials import Credentials
from django_alisms.aliyun.endpoint import Endpoint
from django_alisms.aliyun.operations import Client

KEYS = Credentials("LTAI5tLoopbackKeyId", "loopbackSecretOfThirtyLetters1", None)


@pytest.fixture
def client_of():
    """A function from URL and endpoint options to a client; all are closed in the end."""
    made: list[Client] = []

    def make(url: str, **options) -> Client:
        client = Client(Endpoint(url, **{"connect_timeout": 5, "read_timeout": 10, **options}), lambda: KEYS)
        made.append(client)
        return client

    yield make
    for client in made:
        client.close()


class Authority:
    """A certificate authority in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bundle = str(folder / "ca.pem")
        self._run(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", "/CN=django_alisms tests", "-keyout", "ca.key", "-out", "ca.pem",
            "-addext", "keyUsage=critical,keyCertSign",
        )  # fmt: skip

    def server(self, name: str) -> ssl.SSLContext:
        """The context of a server with a certificate for `name` (`IP:…` or `DNS:…`)."""
        (self.folder / "extensions").write_text(
            f"subjectAltName={name}\nauthorityKeyIdentifier=keyid\nsubjectKeyIdentifier=hash\n"
            "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n"
        )
        self._run(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=server",
            "-keyout", "server.key", "-out", "server.csr",
        )  # fmt: skip
        self._run(
            "x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
            "-extfile", "extensions", "-out", "server.pem",
        )  # fmt: skip
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / "server.pem", self.folder / "server.key")
        return context

    def _run(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True, timeout=60)


@pytest.fixture(scope="session")
def authority(tmp_path_factory) -> Authority:
    if not shutil.which("openssl"):
        pytest.skip("there is no openssl program to make certificates with")
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def trusted(authority) -> ssl.SSLContext:
    """A server that proves to be 127.0.0.1, to those who trust `authority.bundle`."""
    return authority.server("IP:127.0.0.1")
