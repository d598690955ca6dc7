"""Without the right to see full numbers nobody sees one: on no page about people, replies, receipts or exports.

Numbers are planted where they do not belong, too: in a person's own variables, in what somebody wrote back, in a search.
"""

from __future__ import annotations

import json
from io import BytesIO
from types import SimpleNamespace
from typing import Any
from zipfile import ZipFile

import pytest
from django.db.models import F
from django.urls import reverse

from django_alisms.models import Batch, OptOut, Recipient, Reply
from django_alisms.recipients.phone_numbers import numbers_masked
from tests import factories

from .conftest import client_of
from .test_rights import ACTS, VIEWERS, path_of

pytestmark = pytest.mark.django_db

PLAIN = factories.phone(0)
MASKED = f"{PLAIN[:3]}****{PLAIN[-4:]}"
BLIND = ("viewer", "importer", "sender", "resender")


def ways_to_write(phone: str) -> list[str]:
    spaced, dashed = (mark.join((phone[:3], phone[3:7], phone[7:])) for mark in (" ", "-"))
    return [phone, f"+86{phone}", spaced, dashed]


@pytest.fixture
def planted(world: SimpleNamespace) -> SimpleNamespace:
    """The world, with people's numbers in every text about them."""
    values = {"name": f"电话 {PLAIN}", "code": ways_to_write(PLAIN)[2], "amount": ways_to_write(PLAIN)[3]}
    Recipient.objects.filter(phone=PLAIN).update(params=json.dumps(values))
    accepted = Batch.objects.filter(batch_send=world.finished, status="accepted").values_list("pk", flat=True)
    Recipient.objects.filter(batch__in=list(accepted)).update(
        delivery="undelivered", receipt_code="MOBILE_IN_BLACK", reported_at=world.finished.finished_at
    )
    Batch.objects.filter(pk__in=list(accepted)).update(
        undelivered=F("size"), undelivered_by_code="\nMOBILE_IN_BLACK\t50"
    )
    for number, written in enumerate(ways_to_write(PLAIN)):
        Reply.objects.create(
            phone=PLAIN,
            content=f"请改打{written}",
            sequence_id=f"planted-{number}",
            batch_send=world.finished,
            sent_at="2026-01-02 12:00:00",
        )
    OptOut.objects.create(phone=PLAIN, reason="MOBILE_IN_BLACK", source="carrier")
    world.reply = Reply.objects.get(sequence_id="planted-0")
    world.person = Recipient.objects.filter(phone=PLAIN, batch__batch_send=world.finished).get()
    return world


def shown(response: Any) -> str:
    """What a reader gets, a workbook unzipped."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    if body[:2] == b"PK":
        with ZipFile(BytesIO(body)) as book:
            body = b"".join(book.read(name) for name in book.namelist())
    return body.decode()


def plain_numbers(text: str) -> list[str]:
    return [written for written in ways_to_write(PLAIN) if written in text]


PAGES = [act for act in ACTS if act.method == "GET" and act.roles == VIEWERS]
LISTS = [
    ("recipient_changelist", "batch__batch_send__id__exact={0}"),
    ("recipient_changelist", "batch__batch_send__id__exact={0}&part=undelivered"),
    ("reply_changelist", "batch_send__id__exact={0}"),
    ("optout_changelist", "source__exact=carrier"),
    ("batchsend_overview", "days=90"),
]


def export_path(planted: SimpleNamespace) -> str:
    return reverse("admin:django_alisms_batchsend_export", args=[planted.finished.pk])


def test_no_page_and_no_list_shows_a_number(planted: SimpleNamespace) -> None:
    """One world for all of them: what is looked at changes nothing (test_rights)."""
    found = {}
    for role in BLIND:
        client = client_of(role)
        paths = [path_of(act, planted) for act in PAGES] if role == "viewer" else []
        paths += [
            f"{reverse(f'admin:django_alisms_{url}')}?{query.format(planted.finished.pk)}"
            for url, query in LISTS
        ]
        for path in paths:
            response = client.get(path, follow=True)
            assert response.status_code == 200, path
            if numbers := plain_numbers(shown(response)):
                found[role, path] = numbers
    assert found == {}


@pytest.mark.parametrize("role", BLIND)
def test_no_export_holds_a_number_and_asking_for_them_is_refused(planted: SimpleNamespace, role: str) -> None:
    client = client_of(role)
    for part in ("all", "undelivered", "undelivered:MOBILE_IN_BLACK"):
        for kind in ("csv", "xlsx"):
            response = client.post(export_path(planted), {"slice": part, "format": kind})
            text = shown(response)
            assert (response.status_code, plain_numbers(text)) == (200, []), (part, kind)
            assert MASKED in text

    assert (
        client.post(export_path(planted), {"slice": "all", "format": "csv", "full": "1"}).status_code == 403
    )


def test_with_the_right_they_stand_where_they_were_written(planted: SimpleNamespace) -> None:
    client = client_of("full_viewer")

    exported = client.post(export_path(planted), {"slice": "all", "format": "csv", "full": "1"})
    replies = client.get(reverse("admin:django_alisms_reply_changelist"))

    assert plain_numbers(shown(exported)) == ways_to_write(PLAIN)[:1] + ways_to_write(PLAIN)[2:]
    assert plain_numbers(shown(replies)) == ways_to_write(PLAIN)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        *((written, True) for written in ways_to_write(PLAIN)),
        (f"\u8bf7\u8054\u7cfb{PLAIN}\uff0c\u8c22\u8c22", True),
        (f"{PLAIN}1", False),  # a longer number is another thing
        (f"2{PLAIN}", False),
        ("12900000000", False),
        ("2026-01-02 12:00:00", False),
    ],
)
def test_numbers_in_a_text(text: str, masked: bool) -> None:
    seen = numbers_masked(text)
    assert (seen != text, MASKED in seen) == (masked, masked)
    assert not masked or plain_numbers(seen) == []
