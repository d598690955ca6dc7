"""Reading one answer: its status, its headers and the whole body, within limits.

Nearly every answer comes in one plain piece: a status line, a few headers with one length among them, the body. Such a
one is read here, for `http.client` hands each header to a parser of e-mail, which takes a fifth of a request's CPU.
Whatever looks any different (chunks, 100 Continue, no length, two of them, a header in two lines, a connection that
ends) is `http.client`'s to read, from its first byte on.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import Any

from .evidence import AnswerLost, Exchange

# The beginning of a plain answer. Nothing but what may stand there, so that no reader could take it for anything else.
_PLAIN = re.compile(rb"HTTP/1\.1 ([2-5][0-9]{2}) [\t -~]*\r\n((?:[!#-'*+.0-9A-Z^-z|~-]+:[\t -~]*\r\n)+)\r\n")
_LENGTH = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it came: header names in lower case, the body decompressed."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def read_reply(sock: Any, method: str, exchange: Exchange, longest: int) -> tuple[Reply, bool]:
    """The answer to the request that just left through `sock`, and whether its connection may be used again.

    Reads no more than `longest` bytes of body and one. Raises AnswerLost, or what the socket or `http.client` raises.
    """
    with HTTPResponse(sock, method=method) as response:
        plain = _plain_head(response.fp.peek(1)) if method != "HEAD" else None
        if plain is None:
            response.begin()
            status, headers, length = response.status, _headers_of(response), _announced(response)
        else:
            skipped, status, headers, length = plain
            response.fp.read(skipped)
        exchange.stage = "body"
        if length is not None and length > longest:
            raise AnswerLost("wire.too_large", f"{length} bytes under HTTP {status}")
        body = response.read(longest + 1) if plain is None else response.fp.read(length)
        if len(body) > longest:
            raise AnswerLost("wire.too_large", f"HTTP {status}")
        # Reading up to a size, http.client does not mind a stream that ends early.
        if length is not None and len(body) < length:
            raise AnswerLost("wire.half_answer", f"{len(body)} of {length} bytes under HTTP {status}")
        reusable = plain is not None or (response.isclosed() and not response.will_close)
    return Reply(status, headers, _decompressed(body, headers.get("content-encoding", ""), longest)), reusable


def _plain_head(begun: bytes) -> tuple[int, int, dict[str, str], int] | None:
    """Of a plain answer: how long its head is, its status, its headers and the length of its body."""
    found = _PLAIN.match(begun)
    if found is None:
        return None
    status, headers = int(found[1]), {}
    for line in found[2].decode("ascii").split("\r\n")[:-1]:
        name, _colon, value = line.partition(":")
        name = name.lower()
        if name in headers:
            return None
        headers[name] = value.strip()
    length = headers.get("content-length", "")
    keeps_alive = headers.get("connection", "keep-alive").lower() == "keep-alive"
    if (
        status in (204, 304)
        or "transfer-encoding" in headers
        or not keeps_alive
        or not _LENGTH.fullmatch(length)
    ):
        return None
    return found.end(), status, headers, int(length)


def _headers_of(response: HTTPResponse) -> dict[str, str]:
    return {name.lower(): value.strip() for name, value in response.headers.items()}


def _announced(response: HTTPResponse) -> int | None:
    """How many bytes the answer says it has; None where it does not say."""
    if response.chunked or response.status in (204, 304):
        return None
    lengths = {length.strip() for length in response.headers.get_all("content-length", [])}
    if not lengths:
        return None
    length = lengths.pop()
    if lengths or not (length.isascii() and length.isdecimal() and len(length) < 20):
        raise AnswerLost("wire.not_http", "Content-Length")
    return int(length)


def _decompressed(body: bytes, encoding: str, longest: int) -> bytes:
    """We ask for no compression; a proxy may do it all the same. Never makes more than `longest` bytes."""
    encoding = encoding.strip().lower()
    if encoding in ("", "identity") or not body:
        return body
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise AnswerLost("wire.encoding", encoding[:40])
    try:
        decompressor = zlib.decompressobj(zlib.MAX_WBITS | 32)
        text = decompressor.decompress(body, longest + 1)
    except zlib.error:
        raise AnswerLost("wire.encoding", encoding) from None
    if len(text) > longest:
        raise AnswerLost("wire.too_large", encoding)
    if not decompressor.eof:
        raise AnswerLost("wire.half_answer", encoding)
    return text
