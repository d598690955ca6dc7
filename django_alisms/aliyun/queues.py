"""The account's two queues (Message Service, MNS): receipts and replies, received and deleted one by one.

A queue is named `Alicom-Queue-<account id>-SmsReport` or `…-SmsUp`. A temporary key for it comes from
QueryTokenForMnsQueue; the requests carry a signature of their own (HMAC-SHA1 over a list of headers). What is not
deleted comes back, so a message is deleted only after what it says is stored.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from urllib.parse import quote
from xml.etree import ElementTree

from requests import PreparedRequest
from requests.structures import CaseInsensitiveDict

from .. import __version__
from .auth import utc_now
from .endpoint import Endpoint
from .evidence import TransportError
from .operations import Client
from .outcomes import Outcome
from .records import QueueToken, queue_token
from .transport import Transport

RECEIPTS, REPLIES = "SmsReport", "SmsUp"
VERSION = "2015-06-06"
MOST_AT_ONCE = 16
# Sixteen messages of at most 64 KiB, in base64.
LONGEST_ANSWER = 2 * 1024 * 1024
# The seed's SDK takes a token for good for eight minutes; it says itself when it ends, which may be sooner.
TOKEN_SECONDS = 480.0
NAME = re.compile(r"(Alicom-Queue-[0-9]{1,32})(?:-(?:SmsReport|SmsUp)?)?")


class QueueUnavailable(Exception):
    """The queue could not be read; nothing was taken out of it. `code`: of `codes`, or the queue's own."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(f"{code}: {message}" if message else code)
        self.code = code


@dataclass(frozen=True, slots=True, repr=False)
class QueueMessage:
    """`body`: decoded, empty where it was no base64. `received`: how often, this time included."""

    identity: str
    handle: str
    body: bytes
    received: int

    def __repr__(self) -> str:
        return f"<QueueMessage {self.identity}>"


class QueueClient:
    """Both queues of one account; any number of threads may share it. `prefix`: `Alicom-Queue-<account id>-`."""

    def __init__(
        self,
        tokens: Client,
        endpoint: Endpoint,
        prefix: str,
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        named = NAME.fullmatch(prefix)
        if named is None:
            raise ValueError("A queue is named Alicom-Queue-, the account's id, and a hyphen.")
        self._prefix = named[1]
        self._client = tokens
        self._endpoint = endpoint
        self._transport = Transport(endpoint)
        self._clock = clock
        self._tokens: dict[str, tuple[QueueToken, float]] = {}
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"<QueueClient {self._endpoint.url}>"

    def close(self) -> None:
        self._transport.close()
        self._client.close()

    def receive(self, kind: str, most: int = MOST_AT_ONCE) -> list[QueueMessage]:
        """What is in the queue now, at most so many; they stay out of sight for a while. Raises QueueUnavailable."""
        status, body = self._exchange("GET", kind, f"?numOfMessages={most}&waitseconds=0")
        root = _parsed(body)
        name = _name(root)
        if status == 200 and name in ("Messages", "Message"):
            found = [root] if name == "Message" else [one for one in root if _name(one) == "Message"]
            return [_message(one) for one in found]
        code = _field(root, "Code")
        if code == "MessageNotExist":
            return []
        raise self._unavailable(kind, code or f"http.{status}")

    def delete(self, kind: str, handle: str) -> bool:
        """The message will not come again. False where the handle is no longer good: it comes again."""
        status, body = self._exchange("DELETE", kind, f"?ReceiptHandle={quote(handle, safe='-_.~')}")
        if status == 204:
            return True
        code = _field(_parsed(body), "Code")
        if code in ("MessageNotExist", "ReceiptHandleError"):
            return False
        raise self._unavailable(kind, code or f"http.{status}")

    def _unavailable(self, kind: str, code: str) -> QueueUnavailable:
        """A token that is refused is not used again."""
        with self._lock:
            self._tokens.pop(kind, None)
        return QueueUnavailable(code if re.fullmatch(r"[A-Za-z0-9._-]{1,64}", code) else "queue.error")

    def _exchange(self, method: str, kind: str, query: str) -> tuple[int, bytes]:
        token = self._token(kind)
        resource = f"/queues/{self._prefix}-{kind}/messages{query}"
        date = format_datetime(self._clock(), usegmt=True)
        signed = {"date": date, "x-mns-date": date, "x-mns-version": VERSION}
        request = PreparedRequest()
        request.method = method
        request.url = self._endpoint.url.rstrip("/") + resource
        request.headers = CaseInsensitiveDict(
            {
                "host": self._endpoint.netloc,
                "accept-encoding": "identity",
                "user-agent": f"django-alisms/{__version__}",
                **signed,
                "authorization": authorization(
                    token.key_id, signature(token.secret, string_to_sign(method, signed, resource))
                ),
                "security-token": token.security_token,
            }
        )
        try:
            reply = self._transport.exchange(request, LONGEST_ANSWER)
        except TransportError as error:
            raise QueueUnavailable(error.code, error.reason) from None
        return reply.status, reply.body

    def _token(self, kind: str) -> QueueToken:
        with self._lock:
            token, good_until = self._tokens.get(kind, (None, 0.0))
            if token is not None and time.monotonic() < good_until:
                return token
            answer = self._client.query_token_for_mns_queue(kind)
            token = queue_token(answer) if answer.outcome is Outcome.ACCEPTED else None
            if token is None:
                raise QueueUnavailable(answer.code, answer.message)
            self._tokens[kind] = (token, time.monotonic() + TOKEN_SECONDS)
            return token


def string_to_sign(method: str, headers: Mapping[str, str], resource: str) -> str:
    """Verb, Content-MD5, Content-Type, Date, each x-mns header, and the resource with its query."""
    listed = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers) if name.startswith("x-mns-"))
    return "\n".join(
        (
            method,
            headers.get("content-md5", ""),
            headers.get("content-type", ""),
            headers["date"],
            listed + resource,
        )
    )


def signature(secret: str, text: str) -> str:
    """HMAC-SHA1, base64; the secret is the key as it is."""
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha1).digest()).decode()


def authorization(key_id: str, proof: str) -> str:
    """The value of the Authorization header."""
    return f"MNS {key_id}:{proof}"


def _parsed(body: bytes) -> ElementTree.Element:
    """An answer's root. An answer has no document type, so nothing in it can be an entity that grows."""
    if b"<!" in body:
        raise QueueUnavailable("queue.unreadable")
    try:
        return ElementTree.fromstring(body)  # noqa: S314  (see above)
    except ElementTree.ParseError:
        raise QueueUnavailable("queue.unreadable") from None


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _field(element: ElementTree.Element, name: str) -> str:
    return next((child.text or "" for child in element if _name(child) == name), "")


def _message(element: ElementTree.Element) -> QueueMessage:
    try:
        body = base64.b64decode(_field(element, "MessageBody"), validate=True)
    except (binascii.Error, ValueError):
        body = b""
    count = _field(element, "DequeueCount")
    return QueueMessage(
        _field(element, "MessageId"),
        _field(element, "ReceiptHandle"),
        body,
        int(count) if count.isdecimal() and len(count) < 9 else 1,
    )
