"""Which answers are read without http.client, and that it would have read the same."""

from __future__ import annotations

import pytest
from requests import PreparedRequest
from requests.structures import CaseInsensitiveDict

from django_alisms.aliyun import replies
from django_alisms.aliyun.endpoint import Endpoint
from django_alisms.aliyun.transport import _as_written

from .loopback import OK_BODY, LoopbackServer
from .test_faults import FAULTS, HEAD, LENGTH, raw, send

PLAIN = {
    "as the service answers": HEAD + LENGTH,
    "in capitals": HEAD.upper() + LENGTH.upper(),
    "kept alive": HEAD + b"Connection: Keep-Alive\r\n" + LENGTH,
    "an empty header": HEAD + b"X-Empty:\r\n" + LENGTH,
    "blanks around a length": HEAD + b"Content-Length: \t%d \r\n\r\n" % len(OK_BODY),
    "no reason": b"HTTP/1.1 200 \r\n" + LENGTH,
    "refused": b"HTTP/1.1 403 Forbidden\r\n" + LENGTH,
}

NOT_PLAIN = {
    "nothing": b"",
    "half a head": (HEAD + LENGTH)[:-1],
    "HTTP/1.0": b"HTTP/1.0 200 OK\r\n" + LENGTH,
    "100 Continue": b"HTTP/1.1 100 Continue\r\n\r\n" + HEAD + LENGTH,
    "no content": b"HTTP/1.1 204 No Content\r\n" + LENGTH,
    "not modified": b"HTTP/1.1 304 Not Modified\r\n" + LENGTH,
    "in chunks": HEAD + b"Transfer-Encoding: chunked\r\n" + LENGTH,
    "closes": HEAD + b"Connection: close\r\n" + LENGTH,
    "two lengths": HEAD + b"Content-Length: 5\r\n" + LENGTH,
    "one length, said twice": HEAD + LENGTH[:-2] + LENGTH,
    "a header said twice": HEAD + HEAD[17:] + LENGTH,
    "no length": HEAD + b"\r\n",
    "no headers": b"HTTP/1.1 200 OK\r\n\r\n",
    "a length with a sign": HEAD + b"Content-Length: +5\r\n\r\n",
    "a length beyond numbers": HEAD + b"Content-Length: " + b"9" * 18 + b"\r\n\r\n",
    "a blank before the colon": HEAD + b"Content-Length : 5\r\n\r\n",
    "a header in two lines": HEAD + b"X: one\r\n two\r\n" + LENGTH,
    "a lone line feed": HEAD + b"X: one\nY: two\r\n" + LENGTH,
    "not ASCII": HEAD + "X: 好\r\n".encode() + LENGTH,
    "bytes before it": b"\r\n" + HEAD + LENGTH,
}


@pytest.mark.parametrize("head", PLAIN.values(), ids=PLAIN)
def test_a_plain_head(head):
    found = replies._plain_head(head + OK_BODY)
    assert found is not None
    skipped, _status, _headers, length = found
    assert (skipped, length) == (len(head), len(OK_BODY))


@pytest.mark.parametrize("head", NOT_PLAIN.values(), ids=NOT_PLAIN)
def test_whatever_looks_different_is_not_read_here(head):
    assert replies._plain_head(head + OK_BODY) is None


@pytest.mark.parametrize("head", PLAIN.values(), ids=PLAIN)
def test_both_readers_make_the_same_of_it(head, client_of, monkeypatch):
    found = []
    read = replies.read_reply

    def noted(*args):
        found.append(read(*args))
        return found[-1]

    monkeypatch.setattr("django_alisms.aliyun.transport.read_reply", noted)
    for without in (False, True):
        if without:
            monkeypatch.setattr(replies, "_plain_head", lambda begun: None)
        with LoopbackServer(raw(head + OK_BODY, then="stall")) as server:
            send(client_of(server.url))
    assert found[0] == found[1]


@pytest.mark.parametrize(("behaviour", "outcome", "code", "options"), FAULTS.values(), ids=FAULTS)
def test_faults_come_to_the_same_without_the_quick_reader(
    behaviour, outcome, code, options, client_of, monkeypatch
):
    monkeypatch.setattr(replies, "_plain_head", lambda begun: None)
    with LoopbackServer(behaviour) as server:
        made = send(client_of(server.url, **options))
    assert (made.outcome, made.code) == (outcome, code)


@pytest.mark.parametrize(
    ("headers", "url"),
    [
        ({"x-acs-security-token": "a\r\nx-other: b"}, "https://example.com/"),
        ({"x-acs-security-token": "a\nb"}, "https://example.com/"),
        ({"x-acs-security-token": "a\0"}, "https://example.com/"),
        ({"x-acs-security-token": "密"}, "https://example.com/"),
        ({"x-a\r\nb": "c"}, "https://example.com/"),
        ({}, "https://example.com/?a=b c"),
        ({}, "https://example.com/?a=b\r\nc: d"),
        ({}, "https://example.com/?a=密"),
    ],
    ids=repr,
)
def test_nothing_leaves_its_line(headers, url):
    request = PreparedRequest()
    request.url, request.headers, request.body = url, CaseInsensitiveDict(headers), b"x=y"
    with pytest.raises(ValueError, match=r"path|header"):
        _as_written(request, "POST")


def test_a_request_as_it_is_written():
    request = PreparedRequest()
    request.url, request.headers = (
        Endpoint("http://127.0.0.1:1").url + "?a=b",
        CaseInsensitiveDict({"host": "h"}),
    )
    request.body = b"x=y"
    assert _as_written(request, "POST") == b"POST /?a=b HTTP/1.1\r\nhost: h\r\ncontent-length: 3\r\n\r\nx=y"
    request.body = None
    assert _as_written(request, "POST") == b"POST /?a=b HTTP/1.1\r\nhost: h\r\ncontent-length: 0\r\n\r\n"
    assert _as_written(request, "GET") == b"GET /?a=b HTTP/1.1\r\nhost: h\r\n\r\n"
