"""Settings and faults, by the control route and by number: what the client sees and what the ledger has."""

from __future__ import annotations

import http.client
import time
from base64 import b64encode
from typing import Any

import pytest

from tests.sandbox.process import Reply, SandboxProcess, batch, call, exchange, signed_v3
from tests.sandbox.test_service import details

ONE = batch(["13800138000"])


def outcome(sandbox: SandboxProcess, phone: str = "13800138000", timeout: float = 10.0) -> str:
    """What a client sees of one request: the answer's Code, or the name of what happened instead."""
    try:
        request = signed_v3(sandbox.url, "SendBatchSms", **batch([phone]))
        return exchange(sandbox.url, request, timeout).code
    except http.client.RemoteDisconnected:
        return "end"
    except ConnectionResetError:
        return "reset"
    except http.client.IncompleteRead:
        return "half"
    except TimeoutError:
        return "silence"
    except ValueError:
        return "no JSON"


# the control message, what the client sees, how many requests the ledger then has
FAULTS: dict[str, tuple[dict[str, Any], str, int]] = {
    "throttle": ({"fault": "throttle"}, "Throttling.User", 0),
    "throttle with another code": ({"fault": "throttle", "code": "Throttling.Api"}, "Throttling.Api", 0),
    "refuse": ({"fault": "refuse", "code": "isv.OUT_OF_SERVICE"}, "isv.OUT_OF_SERVICE", 0),
    "refuse though accepted": (
        {"fault": "refuse", "code": "isp.SYSTEM_ERROR", "accepted": True},
        "isp.SYSTEM_ERROR",
        1,
    ),
    "cut before": ({"fault": "cut"}, "end", 0),
    "cut after": ({"fault": "cut", "accepted": True}, "end", 1),
    "reset before": ({"fault": "reset"}, "reset", 0),
    "reset after": ({"fault": "reset", "accepted": True}, "reset", 1),
    "hang before": ({"fault": "hang"}, "silence", 0),
    "hang after": ({"fault": "hang", "accepted": True}, "silence", 1),
    "half": ({"fault": "half"}, "half", 1),
    "half before": ({"fault": "half", "accepted": False}, "half", 0),
    "error before": ({"fault": "error"}, "InternalError", 0),
    "error after": ({"fault": "error", "status": 503, "accepted": True}, "ServiceUnavailable", 1),
    "drip": ({"fault": "drip", "interval": 0.0001}, "OK", 1),
    "slow drip": ({"fault": "drip", "interval": 5}, "silence", 1),
    "late": ({"fault": "late", "delay": 0.05}, "OK", 1),
    "too late": ({"fault": "late", "delay": 5}, "silence", 1),
    "garbage": ({"fault": "garbage"}, "no JSON", 0),
    "garbage after": ({"fault": "garbage", "accepted": True}, "no JSON", 1),
    "answer": ({"fault": "answer", "body": '{"Code":"What"}'}, "What", 0),
    "answer of nothing": ({"fault": "answer", "body": "", "accepted": True}, "no JSON", 1),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_strikes_once_and_leaves_the_next_request_alone(sandbox: SandboxProcess, case: str) -> None:
    message, seen, entries = FAULTS[case]
    sandbox.control(**message)
    assert outcome(sandbox, timeout=0.4 if seen == "silence" else 10.0) == seen
    assert len(sandbox.ledger()) == sandbox.state()["accepted_requests"] == entries
    assert outcome(sandbox) == "OK"
    assert sandbox.state()["faults"] == []


NUMBERS = [
    ("19900000001", "isv.BUSINESS_LIMIT_CONTROL", 0),
    ("19900000004", "isv.AMOUNT_NOT_ENOUGH", 0),
    ("19900000013", "isp.RAM_PERMISSION_DENY", 0),
    ("19900000019", "Forbidden.RAM", 0),
    ("19900000020", "Throttling.User", 0),
    ("19900000021", "InternalError", 0),
    ("19900000023", "ServiceUnavailable", 1),
    ("19900000030", "end", 0),
    ("19900000031", "end", 1),
    ("19900000034", "half", 1),
    ("19900000035", "no JSON", 1),
    ("19900000036", "reset", 0),
    ("19900000099", "OK", 1),
]


@pytest.mark.parametrize(("phone", "seen", "entries"), NUMBERS)
def test_a_number_decides_its_requests_fate(
    sandbox: SandboxProcess, phone: str, seen: str, entries: int
) -> None:
    assert outcome(sandbox, phone) == seen
    assert len(sandbox.ledger()) == entries


STATUSES = [
    ({"fault": "throttle", "retry_after": 1500}, 400, ("x-acs-retry-after", "1500")),
    ({"fault": "refuse", "code": "Throttling", "status": 429}, 429, None),
    ({"fault": "refuse", "code": "isv.DAY_LIMIT_CONTROL"}, 200, None),
    ({"fault": "refuse", "code": "Forbidden.RAM"}, 403, None),
    ({"fault": "error", "status": 502}, 502, None),
    (
        {"fault": "answer", "status": 302, "headers": {"Location": "http://127.0.0.1:1/"}, "body": "{}"},
        302,
        ("Location", "http://127.0.0.1:1/"),
    ),
]


@pytest.mark.parametrize(("message", "status", "header"), STATUSES)
def test_the_status_and_headers_of_a_fault(
    sandbox: SandboxProcess, message: dict[str, Any], status: int, header: tuple[str, str] | None
) -> None:
    sandbox.control(**message)
    reply = call(sandbox.url, "SendBatchSms", **ONE)
    assert reply.status == status
    assert header is None or reply.headers[header[0]] == header[1]


def test_an_answer_may_be_long_or_binary(sandbox: SandboxProcess) -> None:
    sandbox.control(fault="answer", body="{}", length=10 * 2**20)
    assert len(call(sandbox.url, "SendBatchSms", **ONE).text) == 10 * 2**20
    sandbox.control(fault="answer", body_base64=b64encode(b'{"Code":"\xe5\xa5\xbd"}').decode())
    assert call(sandbox.url, "SendBatchSms", **ONE).code == "好"


def test_a_late_acceptance_comes_though_the_client_has_gone(sandbox: SandboxProcess) -> None:
    sandbox.control(fault="late", accepted="late", delay=0.3)
    assert outcome(sandbox, timeout=0.1) == "silence"
    assert sandbox.ledger() == []
    deadline = time.monotonic() + 10
    while not sandbox.ledger() and time.monotonic() < deadline:
        sandbox.state()
    assert len(sandbox.ledger()) == 1


def test_a_request_that_was_cut_before_may_be_sent_again_as_it_is(sandbox: SandboxProcess) -> None:
    request = signed_v3(sandbox.url, "SendBatchSms", **ONE)
    sandbox.control(fault="cut")
    with pytest.raises(http.client.RemoteDisconnected):
        exchange(sandbox.url, request)
    assert exchange(sandbox.url, request).code == "OK"
    request = signed_v3(sandbox.url, "SendBatchSms", **ONE)
    sandbox.control(fault="cut", accepted=True)
    with pytest.raises(http.client.RemoteDisconnected):
        exchange(sandbox.url, request)
    assert exchange(sandbox.url, request).code == "SignatureNonceUsed"


def codes(sandbox: SandboxProcess, count: int) -> list[str]:
    return [outcome(sandbox) for _ in range(count)]


def test_which_requests_a_fault_strikes(sandbox: SandboxProcess) -> None:
    sandbox.control(fault="throttle", requests=2, skip=1)
    assert codes(sandbox, 5) == ["OK", "Throttling.User", "Throttling.User", "OK", "OK"]
    sandbox.control(fault="throttle", requests=1)
    sandbox.control(fault="refuse", code="isv.OUT_OF_SERVICE", requests=1)
    assert codes(sandbox, 3) == ["Throttling.User", "isv.OUT_OF_SERVICE", "OK"]
    sandbox.control(fault="error", requests=1, operation="QuerySendDetails")
    assert outcome(sandbox) == "OK"
    assert details(sandbox, "13800138000").code == "InternalError"
    sandbox.control(fault="error", requests=1, operation="*")
    assert details(sandbox, "13800138000").code == "InternalError"
    assert outcome(sandbox) == "OK"


def test_a_fault_for_seconds_ends(sandbox: SandboxProcess) -> None:
    sandbox.control(fault="throttle", seconds=0.4)
    assert codes(sandbox, 2) == ["Throttling.User"] * 2
    deadline = time.monotonic() + 10
    while sandbox.state()["faults"] and time.monotonic() < deadline:
        pass
    assert outcome(sandbox) == "OK"


def test_chance_can_be_repeated(sandbox: SandboxProcess) -> None:
    runs = []
    for _ in range(2):
        sandbox.reset()
        sandbox.control(fault="throttle", requests=None, share=0.5, seed=7)
        runs.append(codes(sandbox, 20))
    assert runs[0] == runs[1]
    assert set(runs[0]) == {"OK", "Throttling.User"}


def test_a_fault_of_the_line_strikes_a_bad_request_too(sandbox: SandboxProcess) -> None:
    sandbox.control(fault="cut")
    assert outcome(sandbox, "123") == "end"
    assert outcome(sandbox, "123") == "isv.MOBILE_NUMBER_ILLEGAL"


def test_the_balance_runs_out(sandbox: SandboxProcess) -> None:
    sandbox.control(balance=3)
    assert call(sandbox.url, "SendBatchSms", **batch(["13800138000", "13800138001"])).code == "OK"
    two = batch(["13800138002", "13800138003"], out_id="over")
    assert call(sandbox.url, "SendBatchSms", **two).code == "isv.AMOUNT_NOT_ENOUGH"
    assert outcome(sandbox) == "OK"
    assert [entry["numbers"] for entry in sandbox.ledger()] == [
        ["13800138000", "13800138001"],
        ["13800138000"],
    ]
    assert sandbox.state()["settings"]["balance"] == 0


def test_the_balance_may_run_out_inside_a_request(sandbox: SandboxProcess) -> None:
    sandbox.control(balance=1, balance_partial=True)
    two = batch(["13800138002", "13800138003"], out_id="over")
    assert call(sandbox.url, "SendBatchSms", **two).code == "isv.AMOUNT_NOT_ENOUGH"
    assert [entry["numbers"] for entry in sandbox.ledger()] == [["13800138002"]]
    assert details(sandbox, "13800138002").body["TotalCount"] == 1
    assert details(sandbox, "13800138003").body["TotalCount"] == 0
    assert call(sandbox.url, "SendBatchSms", **two).code == "isv.AMOUNT_NOT_ENOUGH"
    assert len(sandbox.ledger()) == 1


def test_details_and_receipts_may_be_late(sandbox: SandboxProcess) -> None:
    def seen() -> tuple[int, list[int]]:
        body = details(sandbox, "13800138000").body
        return body["TotalCount"], [
            row["SendStatus"] for row in body["SmsSendDetailDTOs"]["SmsSendDetailDTO"]
        ]

    assert outcome(sandbox) == "OK"
    sandbox.control(details_delay=60)
    assert seen() == (0, [])
    sandbox.control(details_delay=0, receipts_delay=60)
    assert seen() == (1, [1])
    sandbox.control(receipts_delay=0, details_empty=True)
    assert seen() == (1, [])
    sandbox.control(details_empty=False)
    assert seen() == (1, [3])


def test_the_answers_may_be_slow(sandbox: SandboxProcess) -> None:
    sandbox.control(delay=0.2)
    start = time.monotonic()
    assert outcome(sandbox) == "OK"
    assert 0.2 <= time.monotonic() - start < 5


def test_only_what_sends_may_be_slow(sandbox: SandboxProcess) -> None:
    sandbox.control(send_delay=0.3)
    start = time.monotonic()
    call(sandbox.url, "QuerySmsSignList", {})
    assert time.monotonic() - start < 0.3
    assert outcome(sandbox) == "OK"
    assert time.monotonic() - start >= 0.3


def test_a_fault_may_belong_to_one_number(sandbox: SandboxProcess) -> None:
    sandbox.control(fault="refuse", code="isv.OUT_OF_SERVICE", phone="13900000002", requests=None)
    found = [
        call(sandbox.url, "SendBatchSms", **batch([phone, "13900000009"])).code
        for phone in ("13900000001", "13900000002", "13900000003")
    ]
    assert found == ["OK", "isv.OUT_OF_SERVICE", "OK"]


def test_more_requests_a_second_than_allowed_are_throttled(sandbox: SandboxProcess) -> None:
    sandbox.control(requests_per_second=3)
    start = time.monotonic()
    found = codes(sandbox, 5)
    assert time.monotonic() - start < 1
    assert found == ["OK"] * 3 + ["Throttling.User"] * 2
    assert sandbox.state()["peak_per_second"] == 5


def test_the_services_clock_may_be_wrong(sandbox: SandboxProcess) -> None:
    sandbox.control(clock_offset=-3600)
    assert outcome(sandbox) == "InvalidTimeStamp.Expired"


REFUSED_MESSAGES = [
    {},
    {"dealy": 1},
    {"delay": "1"},
    {"delay": -1},
    {"delay": True},
    {"balance": 1.5},
    {"balance": -1},
    {"details_empty": 1},
    {"fault": "flood"},
    {"fault": 3},
    {"fault": "refuse"},
    {"fault": "cut", "acepted": True},
    {"fault": "cut", "accepted": "yes"},
    {"fault": "cut", "accepted": "late"},
    {"fault": "late"},
    {"fault": "cut", "requests": "all"},
    {"fault": "answer", "headers": {"X": 1}},
    {"fault": "answer", "headers": ["X"]},
    {"fault": "answer", "body_base64": "*"},
    {"sign_name": {"name": "某某商城"}, "delay": 1},
    {"sign_name": {"status": "approved"}},
    {"sign_name": {"name": "某某商城", "status": "good"}},
    {"sign_name": {"name": "某某商城", "registration": [3, 3]}},
    {"sign_name": {"name": "某某商城", "reason": 5}},
    {"template": {"code": "SMS_1"}},
    {"template": {"code": "SMS_1", "name": "x", "kind": "spam", "content": "x"}},
    {"template": {"code": "SMS_220016377", "variables": ["x"]}},
    {"template": {"code": "SMS_220016377", "attributes": ["x"]}},
]


@pytest.mark.parametrize("message", REFUSED_MESSAGES, ids=str)
def test_a_control_message_that_is_not_understood_changes_nothing(
    sandbox: SandboxProcess, message: dict[str, Any]
) -> None:
    before = sandbox.state()
    with pytest.raises(ValueError, match=r"\w"):
        sandbox.control(**message)
    after = sandbox.state()
    assert {**after, "connections_opened": 0} == {**before, "connections_opened": 0}


def test_the_state_counts(sandbox: SandboxProcess) -> None:
    outcome(sandbox)
    call(sandbox.url, "SendBatchSms", **batch(["13800138000", "13800138001"]))
    call(sandbox.url, "SendBatchSms", **batch(["1"]))
    details(sandbox, "13800138000")
    call(sandbox.url, "NoSuchThing")
    state = sandbox.state()
    assert state["requests"] == 5
    assert state["by_operation"] == {"SendBatchSms": 3, "QuerySendDetails": 1, "unknown": 1}
    assert state["by_code"] == {"OK": 3, "isv.MOBILE_NUMBER_ILLEGAL": 1, "InvalidAction.NotFound": 1}
    assert (state["accepted_requests"], state["accepted_messages"]) == (2, 3)
    assert (state["in_flight"], state["peak_in_flight"]) == (0, 1)


def test_a_reset_forgets_everything(sandbox: SandboxProcess) -> None:
    outcome(sandbox)
    sandbox.control(delay=0.1, balance=5)
    sandbox.control(fault="cut", requests=5)
    sandbox.control(template={"code": "SMS_220016377", "remove": True})
    sandbox.reset()
    state = sandbox.state()
    assert (state["requests"], state["accepted_messages"], state["faults"]) == (0, 0, [])
    assert (state["settings"]["delay"], state["settings"]["balance"]) == (0.0, None)
    assert sandbox.ledger() == []
    assert details(sandbox, "13800138000").body["TotalCount"] == 0
    assert outcome(sandbox) == "OK"


def test_the_control_route_has_three_doors(sandbox: SandboxProcess) -> None:
    for method, path in (("GET", "/_sandbox/control"), ("POST", "/_sandbox/state"), ("GET", "/_sandbox/x")):
        reply: Reply = exchange(sandbox.url, (method, path, b"", {"host": "x"}))
        assert reply.status == 404
