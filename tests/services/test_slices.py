"""Slices of a send: everybody in exactly one part, counted, walked and exported by one rule."""

from __future__ import annotations

import csv
import io
import json
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from django_alisms.models import Batch, BatchSend, Recipient, RecipientImport
from django_alisms.recipients.list_files import csv_pieces, write_workbook
from django_alisms.resources import RecipientResource
from django_alisms.services import exporting, slices
from django_alisms.services.actors import Actor
from django_alisms.services.refusals import NotAllowed, NotPossible
from django_alisms.services.slices import PARTS, Kind, Slice
from tests import factories
from tests.admin.conftest import started

pytestmark = [pytest.mark.django_db, pytest.mark.databases]
OPERATOR = Actor.command("test")


@pytest.fixture
def send(db: Any) -> BatchSend:
    """850 people in batches of every status, with verdicts, and somebody left out in two of them."""
    made = started(
        850,
        "finished",
        [
            "accepted",
            "refused",
            "unknown",
            "absent",
            "pending",
            "sending",
            "cancelled",
            "accepted",
            "accepted",
        ],
        finished_at=timezone.now(),
    )
    for batch in made.batches.filter(number__in=[1, 2]):
        Recipient.objects.filter(pk=batch.recipients.order_by("pk").first().pk).update(left_out="opted_out")
        Batch.objects.filter(pk=batch.pk).update(left_out=1)
    factories.reported(made, {"DELIVERED": 150, "MOBILE_IN_BLACK": 12, "MOBILE_SEND_LIMIT": 7, "KL:28": 1})
    # A receipt that came for an attempt before, of a batch that was refused afterwards.
    refused = made.batches.get(number=2)
    Recipient.objects.filter(pk=refused.recipients.order_by("pk").last().pk).update(
        delivery="delivered", receipt_code="DELIVERED", reported_at=timezone.now(), billed_parts=1
    )
    Batch.objects.filter(pk=refused.pk).update(delivered=1)
    Batch.objects.filter(batch_send=made, number=9).update(
        marked_at=timezone.now() - slices.OVERDUE_AFTER - slices.OVERDUE_AFTER
    )
    return made


def test_only_the_batches_that_have_a_rare_code_are_looked_into(send: BatchSend) -> None:
    found = slices.batches(send, Slice.parse("undelivered:KL:28"))
    assert [one.number for one in found] == [8]
    assert [one.number for one in slices.batches(send, Slice.parse("retriable")).order_by("number")] == [8]


def phones(send: BatchSend, key: str) -> list[str]:
    return [row["phone"] for some in slices.walk(send, Slice.parse(key), ["phone"]) for _batch, row in some]


EXPECTED = {
    "all": 850,
    "delivered": 151,
    "undelivered": 20,
    "undelivered:MOBILE_IN_BLACK": 12,
    "undelivered:KL:28": 1,
    "undelivered:NONE": 0,
    "retriable": 8,
    "waiting": 79,
    "overdue": 50,
    "refused": 98,
    "refused:isv.AMOUNT_NOT_ENOUGH": 98,
    "refused:isv.OTHER": 0,
    "unknown": 100,
    "absent": 100,
    "pending": 100,
    "sending": 100,
    "cancelled": 100,
    "left_out": 2,
}


@pytest.mark.parametrize(("key", "people"), EXPECTED.items())
def test_walked_as_counted(key: str, people: int, send: BatchSend) -> None:
    part = Slice.parse(key)
    found = phones(send, key)
    assert len(found) == len(set(found)) == people
    assert exporting.how_many(send, part) == people
    assert slices.recipients(send, part).count() == people
    assert part.key == key


def test_everybody_is_in_exactly_one_part(send: BatchSend) -> None:
    found = [phone for part in PARTS for phone in phones(send, part.value)]
    assert len(found) == 850
    assert sorted(found) == sorted(phones(send, "all"))


@pytest.mark.parametrize(
    "key", ["", "nobody", "waiting:X", "all:X", "undelivered:", "undelivered:" + "x" * 65]
)
def test_what_is_no_slice(key: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        Slice.parse(key)


def test_a_walk_asks_twice_for_fifty_batches(send: BatchSend, monkeypatch: Any) -> None:
    """The walk is bound by batches, not by people, and holds no more than those."""
    monkeypatch.setattr(slices, "BATCHES_AT_ONCE", 3)
    with CaptureQueriesContext(connection) as queries:
        steps = [len(some) for some in slices.walk(send, Slice(Kind.ALL), ["phone"])]
    assert steps == [300, 300, 250]
    assert len(queries) == 2 * 3 + 1


# -- the table --------------------------------------------------------------------------------------------------------


def table(send: BatchSend, key: str, *, full: bool = True) -> list[dict[str, Any]]:
    found = exporting.export(send, Slice.parse(key), actor=OPERATOR, full=full)
    return [dict(zip(found.headers, line, strict=True)) for line in found.lines]


def test_the_uploaders_own_columns_come_back(send: BatchSend) -> None:
    RecipientImport.objects.filter(batch_send=send).update(
        reading={
            "headers": ["客户", "收货人电话", "备注", "单号", "钱"],
            "places": {"phone": 1, "name": 0, "code": 3, "amount": 4},
            "columns": {"phone": "收货人电话", "${name}": "客户", "${code}": "单号", "${amount}": "钱"},
        }
    )
    first = table(send, "undelivered")[0]
    assert list(first)[:5] == ["Row", "客户", "收货人电话", "单号", "钱"]
    person = Recipient.objects.of(send.pk).get(phone=first["收货人电话"])
    assert first["Row"] == person.row
    assert first["单号"] == person.values["code"]
    assert first["钱"] == "268.00"
    assert "备注" not in first  # the template has no use for it, so it is not stored


@pytest.mark.parametrize(
    ("key", "status", "code", "explanation"),
    [
        ("undelivered:MOBILE_IN_BLACK", "Undelivered", "MOBILE_IN_BLACK", "black list"),
        ("delivered", "Delivered", "DELIVERED", "handset"),
        ("waiting", "Waiting for receipt", "OK", ""),
        ("refused", "Refused", "isv.AMOUNT_NOT_ENOUGH", "balance"),
        ("unknown", "Unknown", "wire.read_timeout", "No answer"),
        ("left_out", "Left out", "", "opted out"),
        ("pending", "Pending", "", ""),
    ],
)
def test_status_code_and_explanation(
    key: str, status: str, code: str, explanation: str, send: BatchSend
) -> None:
    for line in table(send, key):
        assert (line["Status"], line["Code"]) == (status, code)
        assert explanation in line["Explanation"]
        assert bool(line["Time"]) is (key not in ("left_out", "pending"))
    assert (line["Parts counted by Alibaba Cloud"] == "") is (
        key not in ("delivered", "undelivered:MOBILE_IN_BLACK")
    )
    if key.startswith("undelivered"):  # not charged, as the page says
        assert line["Parts counted by Alibaba Cloud"] == 0


def test_the_language_is_the_readers_although_it_is_read_later(send: BatchSend) -> None:
    with translation.override("zh-hans"):
        found = exporting.export(send, Slice.parse("undelivered:MOBILE_IN_BLACK"), actor=OPERATOR, full=True)
    with translation.override("en"):
        line = dict(zip(found.headers, next(found.lines), strict=True))
    assert line["状态"] == "未送达"
    assert "黑名单" in line["说明"]


def test_masked_unless_full(send: BatchSend) -> None:
    person = Recipient.objects.of(send.pk).filter(batch__number=1, left_out="").first()
    values = person.values | {"name": f"call {person.phone}"}
    Recipient.objects.filter(pk=person.pk).update(params=json.dumps(values))
    masked = table(send, "delivered", full=False)
    assert not [line for line in masked if "1390000" in str(line)]
    assert masked[0]["phone"] == "139****0001"
    assert masked[0]["name"] == "call 139****0001"
    assert table(send, "delivered")[0]["phone"] == person.phone


def test_two_files_are_told_apart(send: BatchSend) -> None:
    second = RecipientImport.objects.create(batch_send=send, status="done", file_name="第二份.csv")
    Batch.objects.filter(batch_send=send, number=8).update(recipient_import=second)
    lines = table(send, "all")
    assert {line["File"] for line in lines} == {"名单.xlsx", "第二份.csv"}


def test_who_took_what_is_kept(send: BatchSend) -> None:
    exporting.export(send, Slice.parse("refused"), actor=OPERATOR, full=True)
    event = send.events.get(kind="exported")
    assert event.facts == {"slice": "refused", "recipients": 98, "full": True}


@pytest.mark.parametrize(
    ("rights", "full", "allowed"),
    [
        ([], False, False),
        (["view_recipient"], False, True),
        (["view_recipient"], True, False),
        (["view_full_number"], True, False),
        (["view_recipient", "view_full_number"], True, True),
    ],
)
def test_rights(rights: list[str], full: bool, allowed: bool, send: BatchSend) -> None:
    user = get_user_model().objects.create_user("someone")
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    actor = Actor.of(get_user_model().objects.get(pk=user.pk))
    if allowed:
        assert exporting.export(send, Slice(Kind.ALL), actor=actor, full=full).people == 850
        return
    with pytest.raises(NotAllowed):
        exporting.export(send, Slice(Kind.ALL), actor=actor, full=full)
    assert not send.events.filter(kind="exported").exists()


# -- files ------------------------------------------------------------------------------------------------------------

EVIL = ["=1+1", "+cmd", "-2", "@x", "\t=1", "＝1", "王芳", "", 7]


def test_nothing_in_a_file_is_a_formula() -> None:
    from openpyxl import load_workbook

    text = b"".join(csv_pieces(["=h"], [[cell] for cell in EVIL])).decode()
    assert text.startswith("\ufeff'=h\r\n")
    found = [line[0] if line else "" for line in csv.reader(io.StringIO(text[1:]))]
    assert found == ["'=h", "'=1+1", "'+cmd", "'-2", "'@x", "'\t=1", "'＝1", "王芳", "", "7"]

    file = io.BytesIO()
    write_workbook(file, ["=h", "n"], [["=1+1", 7], ["", 1]], sheet="收件人")
    page = load_workbook(file)["收件人"]
    assert [[cell.value for cell in row] for row in page] == [["'=h", "n"], ["'=1+1", 7], [None, 1]]
    assert {cell.data_type for row in page for cell in row} == {"s", "n"}


def test_a_list_longer_than_a_sheet_goes_on_on_the_next(monkeypatch: Any) -> None:
    from openpyxl import load_workbook

    monkeypatch.setattr("django_alisms.recipients.list_files.ROWS_PER_SHEET", 2)
    file = io.BytesIO()
    write_workbook(file, ["a"], [["1"], ["2"], ["3"]], sheet="list")
    assert {page.title: page.max_row for page in load_workbook(file)} == {"list": 3, "list 2": 2}


def test_an_empty_slice_is_a_file_with_a_header() -> None:
    from openpyxl import load_workbook

    file = io.BytesIO()
    write_workbook(file, ["a", "b"], [], sheet="list")
    assert [cell.value for cell in load_workbook(file)["list"][1]] == ["a", "b"]
    assert b"".join(csv_pieces(["a", "b"], [])) == "\ufeffa,b\r\n".encode()


# -- django-import-export ---------------------------------------------------------------------------------------------


def test_the_resource_exports_the_same_table(send: BatchSend) -> None:
    found = RecipientResource(batch_send=send, actor=OPERATOR).export(part="undelivered")
    assert found.height == 20
    assert found["phone"][0] == table(send, "undelivered")[0]["phone"]
    assert "MOBILE_IN_BLACK" in found.export("csv")


def test_the_resource_masks_for_those_without_the_right(send: BatchSend) -> None:
    user = get_user_model().objects.create_user("someone")
    user.user_permissions.set(Permission.objects.filter(codename="view_recipient"))
    found = RecipientResource(batch_send=send, actor=Actor.of(user)).export(part="undelivered")
    assert all("****" in phone for phone in found["phone"])


@pytest.mark.parametrize(
    "wrong",
    [
        SimpleNamespace(part="nobody", queryset=None),
        SimpleNamespace(part="all", queryset=Recipient.objects.none()),
    ],
)
def test_the_resource_says_what_it_does_not_export(wrong: SimpleNamespace, send: BatchSend) -> None:
    with pytest.raises(NotPossible):
        RecipientResource(batch_send=send).export(wrong.queryset, part=wrong.part)
