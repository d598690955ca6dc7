"""What the sandbox reports by itself: pushes with their repeats, queues with their own signature, outcomes by number."""

from __future__ import annotations

import base64
import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from email.utils import formatdate
from hashlib import sha1
from hmac import new as hmac
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest

from tests.sandbox.process import SandboxProcess, batch, call

NAMESPACE = "{http://mns.aliyuncs.com/doc/v1/}"
QUEUE = "Alicom-Queue-1000000000000001-SmsReport"


class Listener:
    """An address for pushes. ``answers``: (status, body) for each, the last one for the rest."""

    def __init__(self) -> None:
        self.pushed: list[tuple[str, str, list[dict[str, Any]]]] = []
        self.answers: list[tuple[int, bytes]] = [(200, b'{"code": 0, "msg": "OK"}')]
        self.changed = threading.Condition()
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with listener.changed:
                    listener.pushed.append((self.path, self.headers["Content-Type"], body))
                    answers = listener.answers
                    status, content = answers.pop(0) if len(answers) > 1 else answers[0]
                    listener.changed.notify_all()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *arguments: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def items(self) -> list[dict[str, Any]]:
        return [item for _path, _type, body in self.pushed for item in body]

    def wait(self, until: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(until, timeout=20), self.pushed


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.server.shutdown()
    made.server.server_close()


def send(sandbox: SandboxProcess, *phones: str, out_id: str = "out-1") -> str:
    answer = call(
        sandbox.url, "SendBatchSms", **batch(phones, values=[{"name": "王芳"}] * len(phones), out_id=out_id)
    )
    assert answer.code == "OK", answer.body
    return str(answer.body["BizId"])


def wait_for(sandbox: SandboxProcess, what: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The state once it is so: it changes by the sandbox's own clock."""
    until = time.monotonic() + 20
    while not what(state := sandbox.state()):
        assert time.monotonic() < until, state
        time.sleep(0.02)
    return state


# -- pushes -------------------------------------------------------------------------------------------------------


def test_receipts_are_pushed_as_an_array_in_alibaba_clouds_form(sandbox, listener) -> None:
    sandbox.control(push_receipts=f"{listener.url}/receipts/")

    biz_id = send(sandbox, "13800138000", "13800138901", "13800138920", "13800138921")
    listener.wait(lambda: len(listener.items()) >= 2)

    [(path, kind, items)] = listener.pushed
    assert (path, kind) == ("/receipts/", "application/json;charset=UTF-8")
    assert [(one["phone_number"], one["success"], one["err_code"]) for one in items] == [
        ("13800138000", True, "DELIVERED"),
        ("13800138901", False, "MOBILE_NOT_ON_SERVICE"),
    ]
    assert {(one["biz_id"], one["out_id"], one["sms_size"]) for one in items} == {(biz_id, "out-1", "1")}
    pushing = wait_for(sandbox, lambda state: not state["pushing"]["waiting"])["pushing"]
    assert pushing == {"items": 2, "pushes": 1, "taken": 1, "dropped": 0, "waiting": 0}


@pytest.mark.parametrize(
    "refusal",
    [(500, b"{}"), (200, b'{"code": "0"}'), (200, b"OK"), (200, b"[]"), (404, b'{"code": 0}'), (200, b"")],
)
def test_what_is_not_taken_is_pushed_again_three_times_and_then_dropped(sandbox, listener, refusal) -> None:
    listener.answers = [refusal]
    sandbox.control(push_receipts=listener.url, push_speed=6000)

    send(sandbox, "13800138000")

    state = wait_for(sandbox, lambda state: state["pushing"]["dropped"] and not state["pushing"]["waiting"])
    assert state["pushing"] == {"items": 1, "pushes": 4, "taken": 0, "dropped": 1, "waiting": 0}
    assert len({json.dumps(body) for _path, _type, body in listener.pushed}) == 1


def test_a_repeat_that_is_taken_is_the_last(sandbox, listener) -> None:
    listener.answers = [(503, b""), (200, b'{"code": 0}')]
    sandbox.control(push_receipts=listener.url, push_speed=6000)

    send(sandbox, "13800138000")

    assert wait_for(sandbox, lambda state: state["pushing"]["taken"] == 1)["pushing"]["pushes"] == 2


def test_replies_follow_their_number_and_the_control_route(sandbox, listener) -> None:
    sandbox.control(push_replies=f"{listener.url}/replies/")

    send(sandbox, "13800138931", "13800138000")
    listener.wait(lambda: len(listener.items()) == 1)
    sandbox.control(reply={"phone": "13800138000", "content": "收到"})
    listener.wait(lambda: len(listener.items()) == 2)

    assert [(one["phone_number"], one["content"]) for one in listener.items()] == [
        ("13800138931", "TD"),
        ("13800138000", "收到"),
    ]
    assert len({one["sequence_id"] for one in listener.items()}) == 2
    assert set(listener.items()[0]) == {"phone_number", "content", "send_time", "dest_code", "sequence_id"}


def test_early_receipts_overtake_the_answer(sandbox, listener) -> None:
    sandbox.control(push_receipts=listener.url, reports_early=1.0)

    send(sandbox, "13800138000")

    assert [one["phone_number"] for one in listener.items()] == [
        "13800138000"
    ]  # no waiting: it was here before


def test_lost_copied_and_shuffled(sandbox, listener) -> None:
    sandbox.control(push_receipts=listener.url, reports_lost=0.3, reports_copies=4, reports_shuffled=True)
    phones = [f"139{number:08d}" for number in range(100)]

    send(sandbox, *phones)
    state = wait_for(sandbox, lambda state: state["pushing"]["taken"] and not state["pushing"]["waiting"])

    came = [one["phone_number"] for one in listener.items()]
    assert len(set(came)) == 100 - state["reports_lost"] < 100
    assert len(came) > len(set(came))
    assert came != sorted(came)


def test_the_outcome_of_a_number_by_the_control_route(sandbox, listener) -> None:
    sandbox.control(push_receipts=listener.url)
    sandbox.control(outcome={"13800138000": "EXPIRED"})

    send(sandbox, "13800138000")
    listener.wait(lambda: len(listener.items()) == 1)

    assert listener.items()[0]["err_code"] == "EXPIRED"


@pytest.mark.parametrize(
    "message",
    [
        {"push_receipts": "http://192.0.2.1/"},
        {"push_replies": "https://example.com/"},
        {"push_receipts": "ftp://127.0.0.1/"},
        {"push_speed": 0},
        {"outcome": {"13800138000": ""}},
        {"reply": {"phone": "13800138000"}},
        {"reply": {"phone": "13800138000", "content": "TD"}, "queue": True},
    ],
)
def test_what_cannot_be_is_refused_and_nobody_else_is_reached(sandbox, message) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        sandbox.control(**message)


# -- queues -------------------------------------------------------------------------------------------------------


def token(sandbox: SandboxProcess, kind: str = "SmsReport") -> dict[str, str]:
    answer = call(sandbox.url, "QueryTokenForMnsQueue", {"MessageType": kind})
    assert answer.code == "OK", answer.body
    return dict(answer.body["MessageTokenDTO"])


def mns(
    sandbox: SandboxProcess, method: str, resource: str, key: dict[str, str], **changed: str
) -> tuple[int, ElementTree.Element | None]:
    """Signed by the published rule, with the standard library alone."""
    date = formatdate(usegmt=True)
    headers = {"date": date, "x-mns-date": date, "x-mns-version": "2015-06-06"}
    if method != "GET":
        headers |= {"content-type": "text/xml", "content-md5": "ZDQxZDhjZDk4ZjAwYjIwNGU5ODAwOTk4ZWNmODQyN2U="}
    headers |= {
        name.replace("_", "-"): value for name, value in changed.items() if name in ("date", "x_mns_version")
    }
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers) if name.startswith("x-mns-"))
    text = "\n".join(
        (
            method,
            headers.get("content-md5", ""),
            headers.get("content-type", ""),
            headers["date"],
            lines + resource,
        )
    )
    secret = changed.get("secret", key["AccessKeySecret"])
    signature = base64.b64encode(hmac(secret.encode(), text.encode(), sha1).digest()).decode()
    headers["authorization"] = f"MNS {changed.get('key_id', key['AccessKeyId'])}:{signature}"
    headers["security-token"] = changed.get("security_token", key["SecurityToken"])
    connection = http.client.HTTPConnection(urlsplit(sandbox.url).netloc, timeout=20)
    connection.request(method, changed.get("sent", resource), headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, ElementTree.fromstring(body) if body else None


def field(element: ElementTree.Element, name: str) -> str:
    found = element.find(f"{NAMESPACE}{name}")
    assert found is not None
    return found.text or ""


def test_a_message_is_received_hidden_seen_again_and_deleted(sandbox) -> None:
    sandbox.control(queue=True, queue_visibility=1.0)
    key = token(sandbox)
    send(sandbox, "13800138000")

    status, first = mns(sandbox, "GET", f"/queues/{QUEUE}/messages?waitseconds=10", key)
    hidden, error = mns(sandbox, "GET", f"/queues/{QUEUE}/messages", key)
    _status, again = mns(sandbox, "GET", f"/queues/{QUEUE}/messages?waitseconds=10", key)

    assert (status, hidden, field(error, "Code")) == (200, 404, "MessageNotExist")
    assert field(first, "MessageId") == field(again, "MessageId")
    assert (field(first, "DequeueCount"), field(again, "DequeueCount")) == ("1", "2")
    assert json.loads(base64.b64decode(field(first, "MessageBody")))["phone_number"] == "13800138000"
    handles = [field(one, "ReceiptHandle") for one in (first, again)]
    deletions = [
        mns(sandbox, "DELETE", f"/queues/{QUEUE}/messages?ReceiptHandle={handle}", key)[0]
        for handle in [*handles, handles[1]]
    ]
    assert deletions == [404, 204, 404]
    assert sandbox.state()["queues"]["SmsReport"] == 0


def test_several_at_once(sandbox) -> None:
    sandbox.control(queue=True)
    key = token(sandbox)
    send(sandbox, *(f"139{number:08d}" for number in range(20)))
    wait_for(sandbox, lambda state: state["queues"]["SmsReport"] == 20)

    _status, found = mns(sandbox, "GET", f"/queues/{QUEUE}/messages?numOfMessages=16", key)

    assert found.tag == f"{NAMESPACE}Messages"
    assert len(found.findall(f"{NAMESPACE}Message")) == 16


WRONG = {
    "secret": ({"secret": "another"}, 403, "SignatureDoesNotMatch"),
    "key": ({"key_id": "STS.nobody"}, 403, "InvalidAccessKeyId"),
    "token": ({"security_token": "another"}, 403, "InvalidSecurityToken"),
    "date": ({"date": "Fri, 02 Jan 2026 03:04:05 GMT"}, 408, "TimeExpired"),
    "no date": ({"date": "yesterday"}, 400, "InvalidArgument"),
    "version": ({"x_mns_version": "2014-01-01"}, 400, "InvalidArgument"),
    "other address than signed": (
        {"sent": f"/queues/{QUEUE}/messages?waitseconds=3"},
        403,
        "SignatureDoesNotMatch",
    ),
}


@pytest.mark.parametrize(("changed", "status", "code"), WRONG.values(), ids=WRONG)
def test_a_request_signed_wrongly_gets_nothing(sandbox, changed, status, code) -> None:
    answered, error = mns(sandbox, "GET", f"/queues/{QUEUE}/messages", token(sandbox), **changed)

    assert (answered, field(error, "Code")) == (status, code)


@pytest.mark.parametrize(
    ("resource", "status", "code"),
    [
        ("/queues/Alicom-Queue-1-SmsReport/messages", 404, "QueueNotExist"),
        ("/queues/Alicom-Queue-1000000000000001-SmsUp/messages", 403, "AccessDenied"),
        (f"/queues/{QUEUE}/messages?waitseconds=31", 400, "InvalidArgument"),
        (f"/queues/{QUEUE}/messages?numOfMessages=17", 400, "InvalidArgument"),
        (f"/queues/{QUEUE}", 404, "InvalidRequestURL"),
    ],
)
def test_addresses_that_are_none(sandbox, resource, status, code) -> None:
    answered, error = mns(sandbox, "GET", resource, token(sandbox))

    assert (answered, field(error, "Code")) == (status, code)


def test_a_token_is_for_one_kind_and_ends_after_ten_minutes(sandbox) -> None:
    key = token(sandbox, "SmsReport")
    assert key["AccessKeyId"].startswith("STS.")
    assert (
        call(sandbox.url, "QueryTokenForMnsQueue", {"MessageType": "Nothing"}).code
        == "isv.INVALID_PARAMETERS"
    )
    assert call(sandbox.url, "QueryTokenForMnsQueue").code == "MissingMessageType"

    sandbox.control(clock_offset=601)
    answered, error = mns(sandbox, "GET", f"/queues/{QUEUE}/messages", key)

    assert (answered, field(error, "Code")) == (403, "InvalidSecurityToken")
