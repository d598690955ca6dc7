"""The addresses for pushes, and everything that may be thrown at them (docs/receipts.md)."""

from __future__ import annotations

import json
import logging
import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from django_alisms.models import AccountState, Batch, KeptReceipt, Recipient, Reply
from django_alisms.services.actors import Actor
from django_alisms.services.clock import database_now
from django_alisms.services.receiving import doors, together
from django_alisms.services.receiving.applying import match_early
from tests import factories
from tests.services.test_receiving import BIZ_ID, counters, verdicts
from tests.views.conftest import TOKEN

pytestmark = [pytest.mark.django_db(transaction=True)]

OLD = "kL8jH6gF4dS2aQ0wE9rT7y"
STORED = {"code": 0, "msg": "stored"}


def item(batch: Batch, person: int = 0, **facts: Any) -> dict[str, Any]:
    usual = {
        "phone_number": factories.phone(person),
        "send_time": "2026-01-02 11:04:06",
        "report_time": "2026-01-02 11:04:12",
        "success": True,
        "err_code": "DELIVERED",
        "err_msg": "用户接收成功",
        "sms_size": "1",
        "biz_id": BIZ_ID,
        "out_id": batch.out_id,
    }
    return {name: value for name, value in (usual | facts).items() if value is not ...}


def push(body: Any, *, door: str = "receipts", token: str = TOKEN, **extra: Any):
    data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    extra.setdefault("content_type", "application/json")
    return Client(raise_request_exception=False).generic(
        extra.pop("method", "POST"), f"/alisms/{door}/{token}/", data, **extra
    )


def untouched(batch: Batch) -> bool:
    return (
        set(verdicts(batch)) == {"waiting"}
        and counters(batch) == (0, 0, 0)
        and not KeptReceipt.objects.exists()
        and not Reply.objects.exists()
    )


# -- the address --------------------------------------------------------------------------------------------------


def test_a_receipt_is_stored_and_answered_in_alibaba_clouds_form(batch) -> None:
    answer = push(
        [item(batch, sms_size="2"), item(batch, 1, success=False, err_code="MOBILE_NOT_ON_SERVICE")]
    )

    assert (answer.status_code, answer.json()) == (200, STORED)
    assert answer["Content-Type"] == "application/json"
    assert verdicts(batch)[:2] == ["delivered", "undelivered"]
    assert Recipient.objects.get(phone=factories.phone(0)).billed_parts == 2
    assert AccountState.objects.current().receipts_pushed_at is not None


def test_the_addresses_have_names() -> None:
    assert reverse("alisms:receipts", args=[TOKEN]) == f"/alisms/receipts/{TOKEN}/"
    assert reverse("alisms:replies", args=[TOKEN]) == f"/alisms/replies/{TOKEN}/"


def test_no_csrf_token_no_session_no_cookie(batch) -> None:
    answer = Client(enforce_csrf_checks=True).post(
        f"/alisms/receipts/{TOKEN}/", json.dumps([item(batch)]), content_type="application/json"
    )

    assert (answer.status_code, answer.cookies) == (200, {})


@pytest.mark.parametrize("door", ["receipts", "replies"])
@pytest.mark.parametrize(
    ("configured", "token"),
    [
        ("", TOKEN),
        ("", "-"),
        (TOKEN, TOKEN[:-1]),
        (TOKEN, TOKEN + "x"),
        (TOKEN, TOKEN.lower()),
        (TOKEN, OLD),
        (TOKEN, "%20"),
        (TOKEN, "\u4ee4\u724c"),
        (f"{TOKEN},{OLD}", f"{TOKEN},{OLD}"),
        ("short", "short"),
        (f"{TOKEN},{OLD},{'x' * 22}", "x" * 22),
    ],
)
def test_without_the_right_token_there_is_nothing_here(settings, batch, door, configured, token) -> None:
    settings.ALISMS = {"RECEIPT_TOKEN": configured}

    for method in ("POST", "GET", "DELETE"):
        answer = push([item(batch)], door=door, token=token, method=method)
        assert answer.status_code == 404
    assert untouched(batch)


@pytest.mark.parametrize("door", ["receipts", "replies"])
@pytest.mark.parametrize("path", ["/alisms/{}/", "/alisms/{}", "/alisms/{}//", "/alisms/{}/{token}/more/"])
def test_without_a_token_in_the_path_there_is_nothing_here(batch, door, path) -> None:
    answer = Client().post(
        path.format(door, token=TOKEN), json.dumps([item(batch)]), content_type="application/json"
    )

    assert answer.status_code == 404
    assert untouched(batch)


def test_two_tokens_while_changing_over_and_then_the_old_one_is_closed(settings, batch) -> None:
    settings.ALISMS = {"RECEIPT_TOKEN": f"{TOKEN}, {OLD}"}
    assert [push([item(batch)], token=token).status_code for token in (TOKEN, OLD)] == [200, 200]

    settings.ALISMS = {"RECEIPT_TOKEN": TOKEN}
    assert [push([item(batch)], token=token).status_code for token in (TOKEN, OLD)] == [200, 404]


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_post_only(batch, method) -> None:
    answer = push([item(batch)], method=method)

    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert untouched(batch)


def test_the_token_is_in_no_log(batch, caplog) -> None:
    with caplog.at_level(logging.DEBUG):
        push([item(batch)])
        push(b"{")
        push([item(batch)], method="GET")
        push([item(batch)], content_type="text/plain")

    assert TOKEN not in caplog.text
    assert factories.phone(0) not in caplog.text


# -- the envelope -------------------------------------------------------------------------------------------------

ENVELOPES = {
    "no length": ({"CONTENT_LENGTH": ""}, 411),
    "length that is none": ({"CONTENT_LENGTH": "a lot"}, 411),
    "negative length": ({"CONTENT_LENGTH": "-1"}, 411),
    "length in other digits": ({"CONTENT_LENGTH": "\u0661\u0662"}, 411),
    "longer than allowed": ({"CONTENT_LENGTH": str(doors.MOST_BYTES + 1)}, 413),
    "length without end": ({"CONTENT_LENGTH": "9" * 400}, 413),
    "gzip": ({"HTTP_CONTENT_ENCODING": "gzip"}, 415),
    "deflate": ({"HTTP_CONTENT_ENCODING": "deflate"}, 415),
    "form": ({"content_type": "application/x-www-form-urlencoded"}, 415),
    "text": ({"content_type": "text/plain"}, 415),
    "multipart": ({"content_type": "multipart/form-data; boundary=x"}, 415),
    "no type": ({"content_type": ""}, 415),
}


@pytest.mark.parametrize(("extra", "status"), ENVELOPES.values(), ids=ENVELOPES)
def test_envelopes_that_are_not_alibaba_clouds(batch, extra, status) -> None:
    answer = push([item(batch)], **extra)

    assert (answer.status_code, answer.json()["code"]) == (status, status)
    assert untouched(batch)


def test_the_length_is_that_of_the_body_not_of_the_header(batch) -> None:
    answer = push([item(batch)], CONTENT_LENGTH="10")

    assert answer.status_code == 400
    assert untouched(batch)


@pytest.mark.parametrize("charset", ["", "; charset=utf-8", ";charset=UTF-8"])
def test_the_type_may_say_the_charset(batch, charset) -> None:
    assert push([item(batch)], content_type=f"application/json{charset}").status_code == 200


@pytest.mark.parametrize(
    "extra", [{"HTTP_X_FORWARDED_FOR": "100.64.0.1, 10.0.0.1"}, {"HTTP_X_FORWARDED_HOST": "evil.example"}]
)
def test_forged_headers_make_no_difference(batch, extra) -> None:
    assert push([item(batch)], **extra).status_code == 200


def test_a_forged_host_is_refused_by_django(batch) -> None:
    assert push([item(batch)], HTTP_HOST="evil.example").status_code == 400
    assert untouched(batch)


# -- the body -----------------------------------------------------------------------------------------------------

NOT_JSON = {
    "a blank": b" ",
    "half": b'[{"phone_number": "139000',
    "html": b"<html></html>",
    "object": b'{"phone_number": "13900000000", "success": true}',
    "text": b'"receipts"',
    "null": b"null",
    "number": b"1",
    "array of texts": b'["13900000000"]',
    "array of arrays": b"[[]]",
    "two arrays": b"[][]",
    "nested 1,000 deep": b"[" * 1000 + b"]" * 1000,
    "nested 100,000 deep": b"[" * 100_000 + b"]" * 100_000,
    "not UTF-8": '[{"content": "退订"}]'.encode("gbk"),
    "UTF-16": "[]".encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf[]",
}


@pytest.mark.parametrize("door", ["receipts", "replies"])
@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON)
def test_bodies_that_are_no_array_of_objects(batch, door, body) -> None:
    answer = push(body, door=door)

    assert answer.status_code == 400
    assert untouched(batch)


# ``...`` leaves a field out.
WRONG_ITEMS: dict[str, dict[str, Any]] = {
    "no number": {"phone_number": ...},
    "empty number": {"phone_number": ""},
    "number as a number": {"phone_number": 13900000000},
    "number as an array": {"phone_number": ["13900000000"]},
    "number as null": {"phone_number": None},
    "number without end": {"phone_number": "1" * 5000},
    "no success": {"success": ...},
    "success as text": {"success": "false"},
    "success as text, true": {"success": "true"},
    "success as a number": {"success": 1},
    "success as null": {"success": None},
    "code as a number": {"err_code": 0},
    "code as an object": {"err_code": {}},
    "code without end": {"err_code": "X" * 65},
    "OutId as a number": {"out_id": 17},
    "OutId without end": {"out_id": "o" * 256},
    "BizId as a number": {"biz_id": 17},
    "BizId without end": {"biz_id": "9" * 65},
    "size as words": {"sms_size": "two"},
    "size below nothing": {"sms_size": -1},
    "size of a fraction": {"sms_size": 1.5},
    "size as truth": {"sms_size": True},
    "huge size": {"sms_size": 10**12},
    "time as a number": {"report_time": 1767323052},
}


@pytest.mark.parametrize("facts", WRONG_ITEMS.values(), ids=WRONG_ITEMS)
def test_one_wrong_item_and_nothing_of_the_push_is_stored(batch, facts) -> None:
    answer = push([item(batch, 1), item(batch, **facts)])

    assert answer.status_code == 400
    assert untouched(batch)
    assert factories.phone(0) not in answer.content.decode()


RAW = {
    "NaN": b'"sms_size": NaN',
    "Infinity": b'"sms_size": Infinity',
    "huge integer": b'"sms_size": ' + b"9" * 5000,
    "huge fraction": b'"sms_size": 0.' + b"1" * 5000,
    "huge exponent": b'"sms_size": 1e999',
    "key twice": b'"success": true, "success": false',
    "half a character": b'"err_code": "\\ud83d"',
    "half a character in a key": b'"\\udc00": 1',
    "raw control character": b'"err_code": "a\x00b"',
}


@pytest.mark.parametrize("raw", RAW.values(), ids=RAW)
def test_json_that_others_would_take(batch, raw) -> None:
    usual = json.dumps(item(batch, success=..., sms_size=...)).encode()[:-1]
    success = b"" if b"success" in raw else b'"success": true, '

    answer = push(b"[" + usual + b", " + success + raw + b"}]")

    assert answer.status_code == 400
    assert untouched(batch)


def test_a_thousand_and_no_more(batch) -> None:
    assert push([item(batch)] * doors.MOST_ITEMS).status_code == 200
    assert push([item(batch, 1)] * (doors.MOST_ITEMS + 1)).status_code == 400
    assert verdicts(batch)[:2] == ["delivered", "waiting"]


def test_a_mebibyte_and_not_a_byte_more(batch) -> None:
    def of_length(length: int, person: int) -> bytes:
        short = json.dumps([item(batch, person, other="")]).encode()
        return json.dumps([item(batch, person, other="x" * (length - len(short)))]).encode()

    assert push(of_length(doors.MOST_BYTES, 0)).status_code == 200
    assert push(of_length(doors.MOST_BYTES + 1, 1)).status_code == 413
    assert verdicts(batch)[:2] == ["delivered", "waiting"]


def test_no_item_at_all_is_the_consoles_own_test(batch) -> None:
    assert push([]).json() == STORED
    assert untouched(batch)


TOLERATED: dict[str, dict[str, Any]] = {
    "more fields": {"sign_name": "某某商城", "message_id": {"deep": [1, 2]}},
    "no times": {"send_time": ..., "report_time": ...},
    "times that are none": {"report_time": "yesterday"},
    "no size": {"sms_size": ...},
    "size as a number": {"sms_size": 1},
    "empty size": {"sms_size": ""},
    "no err_msg": {"err_msg": ...},
    "no BizId": {"biz_id": ...},
    "no OutId": {"out_id": ...},
    "empty OutId": {"out_id": ""},
    "null OutId": {"out_id": None},
    "a number with its country": {"phone_number": "+8613900000000"},
    "and another way": {"phone_number": "008613900000000"},
    "and another": {"phone_number": "8613900000000"},
}


@pytest.mark.parametrize("facts", TOLERATED.values(), ids=TOLERATED)
def test_what_alibaba_cloud_may_leave_out_or_add(batch, facts) -> None:
    assert push([item(batch, **facts)]).status_code == 200
    assert verdicts(batch)[0] == "delivered"


@pytest.mark.parametrize(
    ("success", "code", "verdict"),
    [
        (True, "DELIVERED", "delivered"),
        (True, "SOMETHING_NEW", "delivered"),
        (False, "MK:0012", "undelivered"),
        (False, "", "undelivered"),
        (False, "isv.NO_SUCH_CODE_YET", "undelivered"),
        (True, "REQUEST_SUCCESS", "waiting"),
        (False, "REQUEST_SUCCESS", "waiting"),
    ],
)
def test_codes_nobody_knows_go_by_the_flag(batch, success, code, verdict) -> None:
    push([item(batch, success=success, err_code=code)])

    person = Recipient.objects.get(phone=factories.phone(0))
    assert (person.delivery, person.receipt_code) == (verdict, "" if verdict == "waiting" else code)


def test_texts_are_stored_without_what_a_terminal_or_a_page_would_obey(batch) -> None:
    push([item(batch, success=False, err_code="\x1b[31mA\r\nB\u202e<script>")])

    code = Recipient.objects.get(phone=factories.phone(0)).receipt_code
    assert code.isprintable()
    assert "A" in code
    assert "\x1b" not in code


def test_a_stranger_is_answered_as_stored(batch) -> None:
    answer = push([item(batch, phone_number="13800138000", biz_id="9^9", out_id="theirs")])

    assert answer.json() == STORED
    assert KeptReceipt.objects.get().phone == "138****8000"


# -- copies -------------------------------------------------------------------------------------------------------


@pytest.mark.databases
def test_copies_of_a_push_at_the_same_time(batch) -> None:
    body = [item(batch, person) for person in range(5)] + [item(batch, out_id="theirs", biz_id="9^9")]
    together = threading.Barrier(4)
    statuses: list[int] = []

    def one() -> None:
        together.wait()
        try:
            statuses.append(push(body).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _copy in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert statuses == [200] * 4
    assert counters(batch) == (5, 0, 5)
    assert KeptReceipt.objects.count() == 1


@pytest.mark.databases
def test_pushes_that_come_together_are_each_stored(batch, monkeypatch) -> None:
    """While one is being stored the others gather; the next turn stores them all at once."""
    applied: list[int] = []
    first_is_in, others_wait = threading.Event(), threading.Event()
    apply = together.apply

    def slowly(receipts: Any, actor: Any) -> Any:
        applied.append(len(receipts))
        first_is_in.set()
        assert others_wait.wait(20)
        return apply(receipts, actor)

    monkeypatch.setattr(together, "apply", slowly)
    statuses: list[int] = []

    def one(person: int) -> None:
        try:
            statuses.append(push([item(batch, person)]).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(person,)) for person in range(5)]
    threads[0].start()
    assert first_is_in.wait(20)
    for thread in threads[1:]:
        thread.start()
    while len(together.turns._waiting) < 4:
        time.sleep(0.01)
    others_wait.set()
    for thread in threads:
        thread.join()

    assert (statuses, applied) == ([200] * 5, [1, 4])
    assert counters(batch) == (5, 0, 5)


# -- times that no carrier means ------------------------------------------------------------------------------------

NO_TIMES = ["0001-01-01 00:00:00", "00010101000000", "9999-12-31 23:59:59", "1999-12-31 23:59:59"]


@pytest.mark.databases
@pytest.mark.parametrize("when", NO_TIMES)
def test_a_time_of_another_age_is_none(batch, when) -> None:
    """Neither calendar's end can be reckoned with in another zone: not by us, not by every database."""
    late = item(batch, 0, success=False, report_time=when)
    early = item(batch, 2, report_time=when, out_id="", biz_id="9^9")

    for one in (item(batch, 0), late, item(batch, 1, report_time=when), early):
        assert push([one]).json() == STORED

    Batch.objects.filter(pk=batch.pk).update(biz_id="9^9")
    assert match_early(Actor("operator")).stored == 1
    assert verdicts(batch)[:3] == ["delivered"] * 3
    assert KeptReceipt.objects.get().reported_at is None
    now = database_now()
    for reported in Recipient.objects.filter(delivery="delivered").values_list("reported_at", flat=True)[1:]:
        assert abs(reported - now) < timedelta(minutes=1)


def test_an_error_that_nobody_foresaw_is_logged_without_the_token_and_the_number(
    batch, monkeypatch, caplog
) -> None:
    def odd(*_arguments: Any) -> None:
        raise KeyError(factories.phone(0))

    monkeypatch.setattr(together, "apply", odd)

    answer = push([item(batch)])

    assert (answer.status_code, answer.json()) == (500, {"code": 500, "msg": "not stored"})
    assert "KeyError" in caplog.text
    assert "in odd" in caplog.text
    assert TOKEN not in caplog.text
    assert factories.phone(0) not in caplog.text
