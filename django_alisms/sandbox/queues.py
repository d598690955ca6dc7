"""The two queues of the account, spoken to as Message Service (MNS) of 2015-06-06: receive, delete, visibility.

``QueryTokenForMnsQueue`` gives a temporary key; requests are signed with it (HMAC-SHA1 over a list of headers,
Alibaba Cloud's page of the MNS signature). A message that was received is out of sight for ``queue_visibility``
seconds; whoever does not delete it by then gets it again, under another handle.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from hashlib import md5, sha1
from hmac import compare_digest
from hmac import new as hmac
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from django_alisms.sandbox.answers import Refusal, request_id
from django_alisms.sandbox.gateway import WINDOW, missing
from django_alisms.sandbox.messages import beijing
from django_alisms.sandbox.server import Connection, Request
from django_alisms.sandbox.weather import Settings

ACCOUNT = "1000000000000001"
KINDS = ("SmsReport", "SmsUp")
TOKEN_SECONDS = 600
LONGEST_WAIT = 30
MOST_AT_ONCE = 16
XML_TYPE = "text/xml;charset=utf-8"
NAMESPACE = "http://mns.aliyuncs.com/doc/v1/"


class QueueError(Exception):
    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message


@dataclass
class Message:
    """``visible_at``: seconds since 1970 by the sandbox's clock."""

    identity: str
    body: bytes
    enqueued_at: float
    visible_at: float
    first_received_at: float = 0.0
    received: int = 0
    handle: str = ""


@dataclass
class Token:
    secret: str
    security_token: str
    kind: str
    expires_at: float


@dataclass
class Queue:
    """Messages in the order they came; ``arrived`` wakes those who wait."""

    messages: dict[str, Message] = field(default_factory=dict)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)


class Queues:
    def __init__(self, settings_of: Callable[[], Settings], clock: Callable[[], float]) -> None:
        self._settings_of = settings_of
        self._clock = clock
        self._queues = {f"Alicom-Queue-{ACCOUNT}-{kind}": Queue() for kind in KINDS}
        self._tokens: dict[str, Token] = {}
        self._answering: set[asyncio.Task[None]] = set()

    def put(self, kind: str, items: list[dict[str, Any]]) -> None:
        """One message each: a JSON object, in base64 when it is received."""
        queue = self._queues[f"Alicom-Queue-{ACCOUNT}-{kind}"]
        for item in items:
            identity = secrets.token_hex(16).upper()
            body = json.dumps(item, ensure_ascii=False).encode()
            now = self._clock()
            queue.messages[identity] = Message(identity, body, now, now)
        if items:
            queue.arrived.set()

    def token(self, given: Mapping[str, str]) -> dict[str, Any]:
        """QueryTokenForMnsQueue: a key for one of the two queues."""
        kind = given.get("MessageType", "")
        if not kind:
            raise missing("MessageType")
        if kind not in KINDS:
            raise Refusal("isv.INVALID_PARAMETERS", "MessageType")
        now = self._clock()
        key_id = "STS." + secrets.token_hex(12)
        token = Token(secrets.token_hex(22), "CAIS" + secrets.token_urlsafe(48), kind, now + TOKEN_SECONDS)
        self._tokens[key_id] = token
        return {
            "MessageTokenDTO": {
                "AccessKeyId": key_id,
                "AccessKeySecret": token.secret,
                "SecurityToken": token.security_token,
                "CreateTime": beijing(now).strftime("%Y-%m-%d %H:%M:%S"),
                "ExpireTime": beijing(token.expires_at).strftime("%Y-%m-%d %H:%M:%S"),
            }
        }

    def report(self) -> dict[str, int]:
        return {name.rpartition("-")[2]: len(queue.messages) for name, queue in self._queues.items()}

    def handle(self, request: Request, connection: Connection) -> None:
        task = asyncio.ensure_future(self._answer(request, connection))
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def _answer(self, request: Request, connection: Connection) -> None:
        identity = request_id().replace("-", "")[:24]
        try:
            status, body = await self._operate(request)
        except QueueError as error:
            status = error.status
            body = _xml(
                "Error",
                {
                    "Code": error.code,
                    "Message": error.message,
                    "RequestId": identity,
                    "HostId": request.headers.get("host", ""),
                },
            )
        headers = {"x-mns-request-id": identity, "x-mns-version": "2015-06-06"}
        if body:
            headers["Content-Type"] = XML_TYPE
        connection.answer(status, body, headers)

    async def _operate(self, request: Request) -> tuple[int, bytes]:
        words = request.path.split("/")
        if len(words) != 4 or words[1] != "queues" or words[3] != "messages":
            raise QueueError(404, "InvalidRequestURL", "The request url is invalid.")
        name = words[2]
        token = self._verify(request)
        queue = self._queues.get(name)
        if queue is None:
            raise QueueError(404, "QueueNotExist", "The queue name you provided is not exist.")
        if not name.endswith(f"-{token.kind}"):
            raise QueueError(
                403, "AccessDenied", "The OwnerId that your Access Key Id associated to is forbidden."
            )
        asked = dict(parse_qsl(request.query, keep_blank_values=True))
        match request.method:
            case "GET":
                return await self._receive(queue, asked)
            case "DELETE":
                return self._delete(queue, asked.get("ReceiptHandle", ""))
        raise QueueError(400, "InvalidArgument", "The method is not supported here.")

    def _verify(self, request: Request) -> Token:
        headers = request.headers
        given = headers.get("authorization", "")
        key_id, _, signature = given.removeprefix("MNS ").rpartition(":")
        token = self._tokens.get(key_id)
        if not given.startswith("MNS ") or token is None:
            raise QueueError(403, "InvalidAccessKeyId", "The AccessKey Id you provided is not exist.")
        if headers.get("security-token") != token.security_token or self._clock() > token.expires_at:
            raise QueueError(403, "InvalidSecurityToken", "The security token is invalid or has expired.")
        if headers.get("x-mns-version") != "2015-06-06":
            raise QueueError(400, "InvalidArgument", "x-mns-version")
        try:
            date = parsedate_to_datetime(headers.get("date", "")).timestamp()
        except ValueError:
            raise QueueError(400, "InvalidArgument", "Date") from None
        if abs(date - self._clock()) > WINDOW:
            raise QueueError(408, "TimeExpired", "The http request you sent is expired.")
        resource = request.path + (f"?{request.query}" if request.query else "")
        to_sign = "\n".join(
            (
                request.method,
                headers.get("content-md5", ""),
                headers.get("content-type", ""),
                headers.get("date", ""),
                "".join(f"{n}:{headers[n]}\n" for n in sorted(headers) if n.startswith("x-mns-")) + resource,
            )
        )
        ours = b64encode(hmac(token.secret.encode(), to_sign.encode(), sha1).digest()).decode()
        if not compare_digest(ours.encode(), signature.encode()):
            raise QueueError(
                403, "SignatureDoesNotMatch", "The request signature we calculated does not match."
            )
        return token

    async def _receive(self, queue: Queue, asked: Mapping[str, str]) -> tuple[int, bytes]:
        wait = _number(asked, "waitseconds", 0, LONGEST_WAIT)
        several = "numOfMessages" in asked
        most = _number(asked, "numOfMessages", 1, MOST_AT_ONCE) if several else 1
        until = asyncio.get_running_loop().time() + wait
        while True:
            found = self._visible(queue, most)
            left = until - asyncio.get_running_loop().time()
            if found:
                break
            if left <= 0:
                raise QueueError(404, "MessageNotExist", "Message not exist.")
            queue.arrived.clear()
            try:
                await asyncio.wait_for(queue.arrived.wait(), min(left, 1.0))
            except TimeoutError:
                continue
        messages = [self._received(message) for message in found]
        if several:
            return 200, _xml("Messages", "".join(_element("Message", one) for one in messages))
        return 200, _xml("Message", messages[0])

    def _visible(self, queue: Queue, most: int) -> list[Message]:
        now = self._clock()
        found = []
        for message in queue.messages.values():
            if message.visible_at <= now:
                found.append(message)
                if len(found) == most:
                    break
        return found

    def _received(self, message: Message) -> dict[str, Any]:
        now = self._clock()
        message.received += 1
        message.first_received_at = message.first_received_at or now
        message.visible_at = now + self._settings_of().queue_visibility
        message.handle = f"1-{secrets.token_hex(20)}"
        body = b64encode(message.body)
        return {
            "MessageId": message.identity,
            "ReceiptHandle": message.handle,
            "MessageBody": body.decode(),
            "MessageBodyMD5": md5(body, usedforsecurity=False).hexdigest().upper(),
            "EnqueueTime": int(message.enqueued_at * 1000),
            "NextVisibleTime": int(message.visible_at * 1000),
            "FirstDequeueTime": int(message.first_received_at * 1000),
            "DequeueCount": message.received,
            "Priority": 8,
        }

    def _delete(self, queue: Queue, handle: str) -> tuple[int, bytes]:
        now = self._clock()
        for identity, message in queue.messages.items():
            if handle and message.handle == handle:
                if message.visible_at <= now:
                    break
                del queue.messages[identity]
                return 204, b""
        raise QueueError(404, "MessageNotExist", "Message not exist.")


def _number(asked: Mapping[str, str], name: str, least: int, most: int) -> int:
    text = asked.get(name, str(least))
    if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
        raise QueueError(400, "InvalidArgument", f"The value of {name} should between {least} and {most}")
    return int(text)


def _xml(name: str, content: Mapping[str, Any] | str) -> bytes:
    inside = content if isinstance(content, str) else _fields(content)
    return f'<?xml version="1.0" ?>\n<{name} xmlns="{NAMESPACE}">{inside}</{name}>'.encode()


def _element(name: str, content: Mapping[str, Any]) -> str:
    return f"<{name}>{_fields(content)}</{name}>"


def _fields(content: Mapping[str, Any]) -> str:
    return "".join(f"<{key}>{escape(str(value))}</{key}>" for key, value in content.items())
