"""Nothing leaves before the other side has proved who it is; a proxy is used only when it is set."""

from __future__ import annotations

import base64
import contextlib
import socket
import threading

import pytest

from django_alisms.aliyun.outcomes import Outcome

from .loopback import LoopbackServer, serve_all
from .test_faults import SLOW, send

A, R, U = Outcome.ACCEPTED, Outcome.REFUSED, Outcome.UNKNOWN


def test_a_trusted_server(client_of, authority, trusted):
    with LoopbackServer(serve_all, trusted) as server:
        client = client_of(server.url, ca_bundle=authority.bundle)
        assert [send(client, f"out-{number}").outcome for number in range(3)] == [A, A, A]
        assert server.connections == 1


def test_a_certificate_from_nobody_we_trust(client_of, trusted):
    with LoopbackServer(serve_all, trusted) as server:
        made = send(client_of(server.url))
        assert (made.outcome, made.code) == (R, "local.tls")
        assert "issuer" in made.message or "self-signed" in made.message
        assert server.requests == []


def test_a_certificate_for_another_host(client_of, authority):
    with LoopbackServer(serve_all, authority.server("DNS:dysmsapi.aliyuncs.com")) as server:
        made = send(client_of(server.url, ca_bundle=authority.bundle))
        assert (made.outcome, made.code) == (R, "local.tls")
        assert server.requests == []


def plain_http(peer):
    peer.sock.recv(10)
    peer.raw(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def close_at_once(peer):
    peer.sock.recv(10)


HANDSHAKES = {
    "plain HTTP": (plain_http, "local.tls", {}),
    "end of stream": (close_at_once, "local.tls", {}),
    "reset": (lambda peer: (peer.sock.recv(10), peer.reset()), "local.tls", {}),
    "nothing": (lambda peer: peer.stall(), "local.connect_timeout", {"connect_timeout": 0.2}),
    "dripping": (lambda peer: peer.drip(b"\x16\x03\x03\x40\x00" * 100), "local.connect_timeout", {"connect_timeout": 0.2}),
}  # fmt: skip


@pytest.mark.parametrize(("behaviour", "code", "options"), HANDSHAKES.values(), ids=HANDSHAKES)
def test_a_handshake_that_fails_proves_that_nothing_left(behaviour, code, options, client_of):
    with LoopbackServer(behaviour) as server:
        made = send(client_of(server.url.replace("http:", "https:"), **options))
        assert (made.outcome, made.code) == (R, code)


def read_then_end(peer):
    peer.request()


def read_then_reset(peer):
    peer.request()
    peer.reset()


AFTER = {
    "end of stream": (read_then_end, "wire.reset", {}),
    "reset": (read_then_reset, "wire.reset", {}),
    "nothing": (lambda peer: peer.stall(), "wire.read_timeout", SLOW),
    "dripping": (
        lambda peer: (peer.request(), peer.drip(b"HTTP/1.1 200 OK\r\n" * 100)), "wire.read_timeout", SLOW,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("behaviour", "code", "options"), AFTER.values(), ids=AFTER)
def test_after_the_handshake_nothing_is_proof(behaviour, code, options, client_of, authority, trusted):
    with LoopbackServer(behaviour, trusted) as server:
        made = send(client_of(server.url, ca_bundle=authority.bundle, **options))
        assert (made.outcome, made.code) == (U, code)


# -- proxies


def tunnel(peer):
    """A proxy that opens what it is asked for."""
    head = peer.head()
    peer.server.requests.append((head, b""))
    host, port = head.split()[1].decode().rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=10) as onward:
        peer.raw(b"HTTP/1.1 200 Connection established\r\n\r\n")

        def back():
            with contextlib.suppress(OSError):
                while data := onward.recv(65536):
                    peer.raw(data)

        thread = threading.Thread(target=back, daemon=True)
        thread.start()
        while data := peer.sock.recv(65536):
            onward.sendall(data)
        onward.shutdown(socket.SHUT_RDWR)
        thread.join(10)


def test_through_a_proxy(client_of, authority, trusted):
    with LoopbackServer(serve_all, trusted) as server, LoopbackServer(tunnel) as proxy:
        client = client_of(
            server.url,
            ca_bundle=authority.bundle,
            proxy=proxy.url.replace("http://", "http://someone:p%40ss@"),
        )
        assert [send(client, f"out-{number}").outcome for number in range(3)] == [A, A, A]
        assert (proxy.connections, server.connections) == (1, 1)
        asked = proxy.requests[0][0]
        assert asked.startswith(f"CONNECT 127.0.0.1:{server.port} ".encode())
        assert base64.b64encode(b"someone:p@ss") in asked
        assert b"Proxy-Authorization" not in server.requests[0][0]


def refuses(status):
    def behave(peer):
        peer.head()
        peer.raw(f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode())

    return behave


PROXIES = {
    "wants a password": (refuses(407), "local.proxy"),
    "cannot reach it": (refuses(502), "local.proxy"),
    "speaks something else": (lambda peer: (peer.head(), peer.raw(b"220 ESMTP\r\n")), "local.proxy"),
    "end of stream": (lambda peer: peer.head(), "local.proxy"),
    "reset": (lambda peer: (peer.head(), peer.reset()), "local.proxy"),
    "stalls": (lambda peer: peer.stall(), "local.connect_timeout"),
}


@pytest.mark.parametrize(("behaviour", "code"), PROXIES.values(), ids=PROXIES)
def test_a_proxy_that_opens_nothing(behaviour, code, client_of):
    with LoopbackServer(behaviour) as proxy:
        made = send(client_of("https://dysmsapi.aliyuncs.com", proxy=proxy.url, connect_timeout=0.5))
        assert (made.outcome, made.code) == (R, code)


def test_a_proxy_that_is_not_there(client_of):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    made = send(client_of("https://dysmsapi.aliyuncs.com", proxy=f"http://127.0.0.1:{port}"))
    assert (made.outcome, made.code) == (R, "local.connect_refused")


def test_the_environment_is_not_looked_at(client_of, authority, trusted, monkeypatch, tmp_path):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
        monkeypatch.setenv(name.lower(), "http://127.0.0.1:1")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", authority.bundle)
    monkeypatch.setenv("CURL_CA_BUNDLE", authority.bundle)
    netrc = tmp_path / "netrc"
    netrc.write_text("default login someone password word\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with LoopbackServer(serve_all) as server:
        assert send(client_of(server.url)).outcome is A
        assert b"Basic" not in server.requests[0][0]
    with LoopbackServer(serve_all, trusted) as server:
        assert send(client_of(server.url)).code == "local.tls"
        assert send(client_of(server.url, ca_bundle=authority.bundle)).outcome is A
