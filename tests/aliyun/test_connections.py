"""One connection a calling thread, kept alive, and never used where a reset could be waiting."""

from __future__ import annotations

import gc
import http.client
import socket
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from django_alisms.aliyun import transport
from django_alisms.aliyun.evidence import AnswerLost, Exchange, NothingSent, explained
from django_alisms.aliyun.outcomes import Outcome

from .loopback import OK_BODY, LoopbackServer, serve_all
from .test_faults import send

A, U = Outcome.ACCEPTED, Outcome.UNKNOWN


@pytest.mark.parametrize("threads", [1, 8])
def test_as_many_connections_as_threads(threads, client_of):
    with LoopbackServer(serve_all) as server:
        client = client_of(server.url)
        everybody_is_here = threading.Barrier(threads)

        def calls(thread):
            everybody_is_here.wait(10)
            return [send(client, f"out-{thread}-{number}").outcome for number in range(25)]

        with ThreadPoolExecutor(threads) as pool:
            outcomes = [outcome for batch in pool.map(calls, range(threads)) for outcome in batch]
        assert outcomes == [A] * 25 * threads
        assert server.connections == threads
        assert len(server.requests) == 25 * threads


def test_a_thread_that_ends_takes_its_connection_with_it(client_of):
    with LoopbackServer(serve_all) as server:
        client = client_of(server.url)
        thread = threading.Thread(target=send, args=[client])
        thread.start()
        thread.join()
        gc.collect()
        assert server.ended.acquire(timeout=5)


def test_close_closes_the_connections_of_all_threads(client_of):
    with LoopbackServer(serve_all) as server, ThreadPoolExecutor(3) as pool:
        client = client_of(server.url)
        barrier = threading.Barrier(3)
        assert list(pool.map(lambda _: (barrier.wait(10), send(client).outcome)[1], "abc")) == [A, A, A]
        client.close()
        assert all(server.ended.acquire(timeout=5) for _ in "abc")
        assert send(client).outcome is A


def test_a_connection_that_was_idle_is_not_used_again(client_of, monkeypatch):
    now = 1000.0
    monkeypatch.setattr(transport.time, "monotonic", lambda: now)
    with LoopbackServer(serve_all) as server:
        client = client_of(server.url)
        for idle, connections in ((0, 1), (4.9, 1), (4.9, 1), (5.0, 2), (3600, 3)):
            now += idle
            assert send(client).outcome is A
            assert server.connections == connections


@pytest.mark.parametrize("how", ["end of stream", "an answer nobody asked for"])
def test_a_connection_that_has_news_is_not_used_again(how, client_of):
    told = threading.Event()

    def behave(peer):
        peer.request()
        if how == "end of stream":
            peer.answer()
            peer.sock.shutdown(socket.SHUT_WR)
        else:
            # The second answer would be taken for that to the next request.
            peer.answer()
            peer.answer(OK_BODY.replace(b"4129^0", b"foreign"))
        told.set()
        peer.stall()

    with LoopbackServer(behave) as server:
        client = client_of(server.url)
        for number in range(3):
            told.clear()
            made = send(client, f"out-{number}")
            assert (made.outcome, made.biz_id) == (A, "4129^0")
            assert told.wait(5)
        assert server.connections == 3


def test_an_answer_that_closes_is_followed_by_a_new_connection(client_of):
    def behave(peer):
        peer.request()
        peer.answer(headers={"Connection": "close"})

    with LoopbackServer(behave) as server:
        client = client_of(server.url)
        assert [send(client).outcome for _ in "abc"] == [A, A, A]
        assert server.connections == 3


def test_a_forked_process_does_not_use_its_parents_connection(client_of, monkeypatch):
    with LoopbackServer(serve_all) as server:
        client = client_of(server.url)
        assert send(client).outcome is A
        monkeypatch.setattr(transport.os, "getpid", lambda: -1)
        assert [send(client).outcome for _ in "ab"] == [A, A]
        assert server.connections == 2


def test_cookies_are_not_kept(client_of):
    def behave(peer):
        while True:
            peer.request()
            peer.answer(headers={"Set-Cookie": "session=1; Path=/"})

    with LoopbackServer(behave) as server:
        client = client_of(server.url)
        assert [send(client).outcome for _ in "ab"] == [A, A]
        assert all(b"cookie" not in head.lower() for head, _body in server.requests)


# What went wrong, where, and whether the first byte had been given to the socket.
EVIDENCE = [
    (socket.gaierror(-2, "Name or service not known"), "resolve", False, "local.dns"),
    (UnicodeError("label too long"), "resolve", False, "local.dns"),
    (ConnectionRefusedError(111, "Connection refused"), "connect", False, "local.connect_refused"),
    (TimeoutError("timed out"), "connect", False, "local.connect_timeout"),
    (OSError(101, "Network is unreachable"), "connect", False, "local.connect_failed"),
    (ConnectionResetError(104, "reset"), "connect", False, "local.connect_failed"),
    (PermissionError(1, "Operation not permitted"), "connect", False, "local.connect_failed"),
    (ssl.SSLError(1, "handshake failure"), "secure", False, "local.tls"),
    (ssl.SSLEOFError(8, "EOF"), "secure", False, "local.tls"),
    (ConnectionResetError(104, "reset"), "secure", False, "local.tls"),
    (TimeoutError("timed out"), "secure", False, "local.connect_timeout"),
    (ValueError("Invalid header value b'secret'"), "build", False, "local.build"),
    (ValueError("Invalid header value b'secret'"), "secure", False, "local.build"),
    (TypeError("secret"), "build", False, "local.build"),
    (ConnectionResetError(104, "reset"), "answer", True, "wire.reset"),
    (BrokenPipeError(32, "Broken pipe"), "answer", True, "wire.reset"),
    (ssl.SSLEOFError(8, "EOF"), "answer", True, "wire.reset"),
    (http.client.RemoteDisconnected("no response"), "answer", True, "wire.reset"),
    (ConnectionRefusedError(111, "refused"), "answer", True, "wire.reset"),
    (socket.gaierror(-2, "?"), "answer", True, "wire.reset"),
    (TimeoutError("timed out"), "answer", True, "wire.read_timeout"),
    (http.client.BadStatusLine("220 ESMTP"), "answer", True, "wire.not_http"),
    (http.client.LineTooLong("header line"), "answer", True, "wire.not_http"),
    (ValueError("secret: no number"), "answer", True, "wire.not_http"),
    (http.client.IncompleteRead(b"secret"), "body", True, "wire.half_answer"),
    (ConnectionResetError(104, "reset"), "body", True, "wire.half_answer"),
    (MemoryError(), "body", True, "wire.error"),
    (RuntimeError("secret"), "answer", True, "wire.error"),
]


@pytest.mark.parametrize(("error", "stage", "sent", "code"), EVIDENCE, ids=lambda value: repr(value)[:40])
def test_an_error_is_judged_by_what_had_left(error, stage, sent, code):
    exchange = Exchange(1, 1)
    exchange.stage, exchange.sent = stage, sent
    verdict = explained(error, exchange)
    assert type(verdict) is (AnswerLost if sent else NothingSent)
    assert verdict.code == code
    assert "secret" not in verdict.reason


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_an_order_to_stop_goes_through_and_the_connection_is_gone(error, client_of, monkeypatch):
    with LoopbackServer(serve_all) as server:
        client = client_of(server.url)
        assert send(client).outcome is A

        def stop(*args):
            raise error

        with monkeypatch.context() as patch:
            patch.setattr(transport, "read_reply", stop)
            with pytest.raises(error):
                send(client)
        assert send(client).outcome is A
        assert server.connections == 2
