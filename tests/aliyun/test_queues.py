"""The queues' signature against vectors made by the official SDK, and the client against a real sandbox."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from django_alisms.aliyun import queues
from django_alisms.aliyun.credentials import Credentials
from django_alisms.aliyun.endpoint import Endpoint
from django_alisms.aliyun.operations import Client
from django_alisms.aliyun.queues import QueueClient, QueueUnavailable
from tests.aliyun.loopback import LoopbackServer, Peer
from tests.sandbox.process import SandboxProcess

VECTORS = json.loads((Path(__file__).parent.parent / "data" / "signature_vectors.json").read_text("utf-8"))[
    "mns"
]
PREFIX = "Alicom-Queue-1000000000000001-"


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_the_signature(vector) -> None:
    given = vector["inputs"]
    url = urlsplit(given["url"])

    text = queues.string_to_sign(given["method"], given["headers"], f"{url.path}?{url.query}")
    proof = queues.signature(given["access_key_secret"], text)

    assert (text, proof) == (vector["string_to_sign"], vector["signature"])
    assert queues.authorization(given["access_key_id"], proof) == vector["authorization"]


@pytest.fixture(scope="module")
def sandbox_process() -> Iterator[SandboxProcess]:
    with SandboxProcess(None, "--queue") as made:
        yield made


@pytest.fixture
def sandbox(sandbox_process) -> SandboxProcess:
    sandbox_process.reset()
    return sandbox_process


def client_of(
    sandbox: SandboxProcess, prefix: str = PREFIX, *, secret: str = "", queue: str = ""
) -> QueueClient:
    def credentials() -> Credentials:
        return Credentials(sandbox.key_id, secret or sandbox.secret)

    tokens = Client(Endpoint(sandbox.url, service="token"), credentials)
    return QueueClient(tokens, Endpoint(queue or sandbox.url, service="queue", read_timeout=5), prefix)


def test_what_is_received_is_hidden_and_what_is_deleted_is_gone(sandbox) -> None:
    client = client_of(sandbox)
    sandbox.control(queue_visibility=0.5)
    for number in range(3):
        sandbox.control(reply={"phone": "13800138000", "content": f"第{number}条"})

    first = client.receive(queues.REPLIES)
    hidden = client.receive(queues.REPLIES)
    assert (len(first), hidden) == (3, [])
    assert [json.loads(one.body)["content"] for one in first] == ["第0条", "第1条", "第2条"]
    assert client.delete(queues.REPLIES, first[0].handle)

    again: list = []
    while len(again) < 2:  # each is seen again in its own moment
        again += client.receive(queues.REPLIES)
    assert [(one.identity, one.received) for one in again] == [(one.identity, 2) for one in first[1:]]
    assert not client.delete(queues.REPLIES, first[1].handle)  # an old handle
    assert client.delete(queues.REPLIES, again[0].handle)


def test_one_token_serves_many_requests_and_another_kind_has_its_own(sandbox) -> None:
    client = client_of(sandbox)

    for _time in range(3):
        assert client.receive(queues.RECEIPTS) == []
    client.receive(queues.REPLIES)

    assert sandbox.state()["by_operation"] == {"QueryTokenForMnsQueue": 2}


def test_a_token_that_is_refused_is_asked_for_anew(sandbox) -> None:
    client = client_of(sandbox)
    client.receive(queues.RECEIPTS)
    sandbox.reset()
    sandbox.control(queue=True)

    with pytest.raises(QueueUnavailable, match="InvalidAccessKeyId"):
        client.receive(queues.RECEIPTS)

    assert client.receive(queues.RECEIPTS) == []


def test_a_wrong_secret_and_another_accounts_queue_are_said(sandbox) -> None:
    with pytest.raises(QueueUnavailable, match="SignatureDoesNotMatch"):
        client_of(sandbox, secret="another").receive(queues.RECEIPTS)
    with pytest.raises(QueueUnavailable, match="QueueNotExist"):
        client_of(sandbox, "Alicom-Queue-1-").receive(queues.RECEIPTS)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>It works</html>",
        b"{}",
        b"<Message>",
        b'<!DOCTYPE x [<!ENTITY a "aaaa">]><Message>&a;</Message>',
        b'<Error xmlns="http://mns.aliyuncs.com/doc/v1/"><Code>\x1b[31m</Code></Error>',
    ],
)
def test_answers_that_are_no_queues(sandbox, body) -> None:
    def behaviour(peer: Peer) -> None:
        while True:
            peer.request()
            peer.answer(body)

    with LoopbackServer(behaviour) as strange:
        client = client_of(sandbox, queue=strange.url)
        with pytest.raises(QueueUnavailable):
            client.receive(queues.RECEIPTS)
        with pytest.raises(QueueUnavailable):
            client.delete(queues.RECEIPTS, "1-0")


@pytest.mark.parametrize(
    "prefix", ["Alicom-Queue-1-", "Alicom-Queue-1", "Alicom-Queue-1-SmsReport", "Alicom-Queue-1-SmsUp"]
)
def test_a_queue_is_named_as_the_console_shows_it(sandbox, prefix) -> None:
    assert repr(client_of(sandbox, prefix)) == f"<QueueClient {sandbox.url}/>"


@pytest.mark.parametrize(
    "prefix",
    ["", "Alicom-Queue-", "Alicom-Queue-x-", "../Alicom-Queue-1-", "Queue-1-", "Alicom-Queue-1-Other"],
)
def test_another_name_is_none(sandbox, prefix) -> None:
    with pytest.raises(ValueError, match="Alicom-Queue-"):
        client_of(sandbox, prefix)


@pytest.mark.parametrize(
    ("service", "url", "good"),
    [
        ("queue", "https://1943695596114318.mns.cn-hangzhou.aliyuncs.com", True),
        ("queue", "https://1943695596114318.mns.cn-hangzhou-internal-vpc.aliyuncs.com", True),
        ("queue", "http://1943695596114318.mns.cn-hangzhou.aliyuncs.com", False),
        ("queue", "https://dysmsapi.aliyuncs.com", False),
        ("queue", "https://1.mns.evil.example", False),
        ("token", "https://dybaseapi.aliyuncs.com", True),
        ("token", "https://dysmsapi.aliyuncs.com", False),
        ("token", "http://127.0.0.1:8765", True),
        ("sms", "https://dybaseapi.aliyuncs.com", False),
    ],
)
def test_each_service_has_its_own_hosts(service, url, good) -> None:
    if good:
        Endpoint(url, service=service)
    else:
        with pytest.raises(ValueError, match="address"):
            Endpoint(url, service=service)
