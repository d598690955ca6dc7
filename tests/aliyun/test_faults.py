"""Every network fault of docs/reliability.md, done to a real client by a real socket.

In each row: what comes of it, the code, and whether the request reached the server. Never is there a second
request: not after a redirect, not after a failure.
"""

from __future__ import annotations

import gzip
import json
import socket
import time
import zlib

import pytest

from django_alisms.aliyun.outcomes import Outcome

from .loopback import OK, OK_BODY, LoopbackServer

A, R, U = Outcome.ACCEPTED, Outcome.REFUSED, Outcome.UNKNOWN
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
HTML = b"<html><body>Please log in to the guest network</body></html>"
BOMB = gzip.compress(b"\0" * 20_000_000)


def send(client, out_id="out-1"):
    return client.send_batch_sms(
        ["15000000000", "15000000001"], "示例公司", "SMS_1", ['{"n":"张三"}', '{"n":"李四"}'], out_id
    )


def after(act):
    """Read the request whole, then `act`."""

    def behave(peer):
        peer.request()
        act(peer)

    return behave


def answer(body, status=200, **headers):
    encoded = body if isinstance(body, bytes) else json.dumps(body).encode()
    return after(
        lambda peer: peer.answer(encoded, status, {k.replace("_", "-"): v for k, v in headers.items()})
    )


def raw(*pieces, then="end"):
    def act(peer):
        for piece in pieces:
            peer.raw(piece)
        if then == "reset":
            peer.reset()
        elif then == "stall":
            peer.stall()

    return after(act)


def half_the_request_then(act):
    def behave(peer):
        peer.head()
        peer.read(20)
        act(peer)

    return behave


def flood(peer):
    """An answer of 10 MiB without a length; reading must stop long before its end."""
    peer.raw(HEAD + b"Connection: close\r\n\r\n")
    for _ in range(160):
        peer.raw(b" " * 65536)


def chunked(*chunks):
    return b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)


LENGTH = b"Content-Length: %d\r\n\r\n" % len(OK_BODY)
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
SLOW = {"read_timeout": 0.2}

# name: (behaviour, outcome, code, endpoint options)
FAULTS = {
    "all is well": (answer(OK), A, "OK", {}),
    "well, in chunks": (raw(HEAD + CHUNKED + chunked(OK_BODY[:20], OK_BODY[20:], b"")), A, "OK", {}),
    "well, without a length": (raw(HEAD + b"\r\n" + OK_BODY), A, "OK", {}),
    "well, after 100 Continue": (raw(b"HTTP/1.1 100 Continue\r\n\r\n" + HEAD + LENGTH + OK_BODY), A, "OK", {}),
    "well, compressed all the same": (answer(gzip.compress(OK_BODY), Content_Encoding="gzip"), A, "OK", {}),
    "well, deflated": (answer(zlib.compress(OK_BODY), Content_Encoding="deflate"), A, "OK", {}),
    "well, byte by byte in time": (after(lambda peer: peer.drip(HEAD + LENGTH + OK_BODY, 0)), A, "OK", {}),
    "end of stream at connect": (lambda peer: None, U, "wire.reset", {}),
    "reset mid body": (half_the_request_then(lambda peer: peer.reset()), U, "wire.reset", {}),
    "reset after body": (after(lambda peer: peer.reset()), U, "wire.reset", {}),
    "end of stream": (after(lambda peer: None), U, "wire.reset", {}),
    "stalls before reading": (lambda peer: peer.stall(), U, "wire.read_timeout", SLOW),
    "black hole after connect": (after(lambda peer: peer.stall()), U, "wire.read_timeout", SLOW),
    "answer after the deadline": (
        after(lambda peer: (peer.server.over.wait(1), peer.answer())), U, "wire.read_timeout", SLOW,
    ),
    "half a status line": (raw(b"HTTP/1.1 20"), U, "wire.not_http", {}),
    "half the headers": (raw(HEAD), U, "wire.empty", {}),
    "half an answer": (raw(HEAD + LENGTH + OK_BODY[:40]), U, "wire.half_answer", {}),
    "half an answer, then reset": (raw(HEAD + LENGTH + OK_BODY[:40], then="reset"), U, "wire.half_answer", {}),
    "half an answer, then nothing": (
        raw(HEAD + LENGTH + OK_BODY[:40], then="stall"), U, "wire.read_timeout", SLOW,
    ),
    "all but the length": (
        raw(HEAD + b"Content-Length: 4000\r\n\r\n" + OK_BODY), U, "wire.half_answer", {},
    ),
    "half an answer without a length": (raw(HEAD + b"\r\n" + OK_BODY[:40]), U, "wire.not_json", {}),
    "half an answer in chunks": (raw(HEAD + CHUNKED + chunked(OK_BODY[:40])), U, "wire.half_answer", {}),
    "a chunk that is none": (raw(HEAD + CHUNKED + b"zz\r\n"), U, "wire.half_answer", {}),
    "half a gzip": (answer(gzip.compress(OK_BODY)[:60], Content_Encoding="gzip"), U, "wire.half_answer", {}),
    "not a gzip": (answer(OK_BODY, Content_Encoding="gzip"), U, "wire.encoding", {}),
    "brotli": (answer(OK_BODY, Content_Encoding="br"), U, "wire.encoding", {}),
    "dripping head": (after(lambda peer: peer.drip(HEAD * 100)), U, "wire.read_timeout", SLOW),
    "dripping answer": (
        after(lambda peer: (peer.raw(HEAD + LENGTH), peer.drip(b" " * 1000))), U, "wire.read_timeout", SLOW,
    ),
    "dripping chunks": (
        after(lambda peer: (peer.raw(HEAD + CHUNKED), peer.drip(chunked(b" ") * 200))), U, "wire.read_timeout", SLOW,
    ),
    "100 Continue for ever": (
        after(lambda peer: peer.drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 100, 0.002)), U, "wire.read_timeout", SLOW,
    ),
    "not HTTP": (raw(b"220 mail.example ESMTP\r\n"), U, "wire.not_http", {}),
    "a header without end": (raw(HEAD + b"X: " + b"x" * 70000, then="stall"), U, "wire.not_http", {}),
    "a thousand headers": (raw(HEAD + b"X: y\r\n" * 1000 + b"\r\n", then="stall"), U, "wire.not_http", {}),
    "200 with HTML": (answer(HTML), U, "wire.not_json", {}),
    "empty 200": (answer(b""), U, "wire.empty", {}),
    "no Code": (answer({"RequestId": "R-1", "BizId": "1^0"}), U, "wire.no_code", {}),
    "OK without BizId": (answer({**OK, "BizId": None}), U, "wire.no_biz_id", {}),
    "OK without RequestId": (answer({**OK, "RequestId": None}), U, "wire.no_request_id", {}),
    "foreign answer": (answer({"code": 0, "data": []}), U, "wire.no_code", {}),
    "10 MiB with a length": (answer(b" " * 10 * 1024 * 1024), U, "wire.too_large", {}),
    "10 MiB without a length": (after(flood), U, "wire.too_large", {}),
    "two lengths": (raw(HEAD + b"Content-Length: 5\r\n" + LENGTH + OK_BODY), U, "wire.not_http", {}),
    "a negative length": (raw(HEAD + b"Content-Length: -5\r\n\r\n" + OK_BODY), U, "wire.not_http", {}),
    "a length beyond numbers": (
        raw(HEAD + b"Content-Length: " + b"9" * 18 + b"\r\n\r\n", then="stall"), U, "wire.too_large", {},
    ),
    "gzip bomb": (answer(BOMB, Content_Encoding="gzip"), U, "wire.too_large", {}),
    "301": (answer(b"", 301, Location="/elsewhere"), U, "wire.redirect", {}),
    "302": (answer(OK, 302, Location="/elsewhere"), U, "wire.redirect", {}),
    "307": (answer(b"", 307, Location="/elsewhere"), U, "wire.redirect", {}),
    "308": (answer(b"", 308, Location="/elsewhere"), U, "wire.redirect", {}),
    "204": (after(lambda peer: peer.raw(b"HTTP/1.1 204 No Content\r\n\r\n")), U, "wire.empty", {}),
    "408": (answer(b"", 408, Connection="close"), U, "wire.http_4xx", {}),
    "407": (answer(HTML, 407), U, "wire.http_4xx", {}),
    "429 with body": (
        answer({"RequestId": "R-1", "Code": "Throttling.User", "Message": "slow"}, 429), R, "Throttling.User", {},
    ),
    "429 without body": (answer(b"", 429), U, "wire.http_4xx", {}),
    "500": (answer({"RequestId": "R-1", "Code": "InternalError", "Message": "?"}, 500), U, "InternalError", {}),
    "500 without body": (answer(b"", 500), U, "wire.http_5xx", {}),
    "502": (answer(HTML, 502), U, "wire.http_5xx", {}),
    "503": (answer({"RequestId": "R-1", "Code": "Throttling", "Message": "?"}, 503), U, "wire.http_5xx", {}),
    "504": (answer(b"", 504), U, "wire.http_5xx", {}),
}  # fmt: skip


def test_a_reset_at_connect_is_a_proof_only_when_it_came_before_the_first_byte(client_of):
    """Which of the two comes first is the kernel's to say; what follows from it is not."""
    with LoopbackServer(lambda peer: peer.reset()) as server:
        made = send(client_of(server.url))

    assert (made.outcome, made.code) in ((U, "wire.reset"), (R, "local.connect_failed"))
    assert server.requests == []


@pytest.mark.parametrize(("behaviour", "outcome", "code", "options"), FAULTS.values(), ids=FAULTS)
def test_what_comes_of_it(behaviour, outcome, code, options, client_of):
    with LoopbackServer(behaviour) as server:
        began = time.monotonic()
        made = send(client_of(server.url, **options))
        took = time.monotonic() - began
        assert (made.outcome, made.code) == (outcome, code), made
        assert 0 < made.elapsed <= took
        assert took < 5
        assert server.connections == 1
        assert len(server.requests) <= 1
        if outcome is A or made.http_status:
            assert len(server.requests) == 1


@pytest.mark.parametrize(
    "name", ["half an answer, then reset", "gzip bomb", "302", "10 MiB without a length", "408", "500"]
)
def test_the_next_call_after_a_fault_is_clean(name, client_of):
    faults = [FAULTS[name][0]]

    def behave(peer):
        if faults:
            faults.pop()(peer)
        while True:
            peer.request()
            peer.answer()

    with LoopbackServer(behave) as server:
        client = client_of(server.url)
        assert send(client).outcome is not A
        assert send(client, "out-2").outcome is A
        assert send(client, "out-3").outcome is A
        assert [b"out-2" in head for head, _body in server.requests][-2:] == [True, False]


def test_connection_refused(client_of):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    made = send(client_of(f"http://127.0.0.1:{port}"))
    assert (made.outcome, made.code, made.message) == (R, "local.connect_refused", "Connection refused")


def test_a_black_hole_at_connect_ends_with_the_connect_timeout(client_of):
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listening:
        fillers = []
        try:
            # The queue of those not yet accepted is full: further attempts get no answer at all.
            for _ in range(4):
                filler = socket.socket()
                filler.setblocking(False)
                filler.connect_ex(listening.getsockname())
                fillers.append(filler)
            began = time.monotonic()
            made = send(client_of(f"http://127.0.0.1:{listening.getsockname()[1]}", connect_timeout=0.2))
            assert (made.outcome, made.code) == (R, "local.connect_timeout")
            assert 0.15 < time.monotonic() - began < 5
        finally:
            for filler in fillers:
                filler.close()


def test_a_name_that_has_no_address(client_of, monkeypatch):
    def nothing(*args, **kwargs):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nothing)
    made = send(client_of("https://dysmsapi.aliyuncs.com"))
    assert (made.outcome, made.code) == (R, "local.dns")


def test_a_name_with_a_dead_address_first_still_gets_through(client_of, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        dead = listening.getsockname()[1]
    with LoopbackServer(answer(OK)) as server:
        found = [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)) for port in (dead, server.port)
        ]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: found)
        assert send(client_of(server.url)).outcome is A


def test_a_connection_that_comes_about_too_late_is_not_used(client_of, monkeypatch):
    # Names are looked up without a time-out of their own: what comes after it must look at the clock.
    with LoopbackServer(answer(OK)) as server:
        looked_up = socket.getaddrinfo

        def slowly(*args, **kwargs):
            time.sleep(0.15)
            return looked_up(*args, **kwargs)

        monkeypatch.setattr(socket, "getaddrinfo", slowly)
        made = send(client_of(server.url, connect_timeout=0.1))
        assert (made.outcome, made.code) == (R, "local.connect_timeout")
        assert server.requests == []


def test_a_large_request_that_is_never_read_ends_with_the_deadline(client_of, monkeypatch):
    # More than the kernel's buffers take, so sending itself waits.
    monkeypatch.setattr("django_alisms.aliyun.operations.batch_form", lambda *args: b"x" * 50_000_000)
    with LoopbackServer(lambda peer: peer.stall()) as server:
        began = time.monotonic()
        made = send(client_of(server.url, read_timeout=0.3))
        assert (made.outcome, made.code) == (U, "wire.read_timeout")
        assert time.monotonic() - began < 5


def test_look_ups_may_be_larger_than_answers_to_sends(client_of):
    page = {**OK, "SmsTemplateList": ["模" * 500] * 200}
    with LoopbackServer(answer(page)) as server:
        assert client_of(server.url).query_sms_template_list(1).data == page
    with LoopbackServer(answer(b" " * (1024 * 1024 + 1))) as server:
        assert client_of(server.url).query_sms_template_list(1).code == "wire.too_large"
