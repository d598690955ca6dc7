"""Opt-outs from a file, and the replies under the send that they answer."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from django_alisms.models import Batch, Event, KeptReceipt, OptOut
from django_alisms.services.clock import database_now

from .conftest import client_of

pytestmark = pytest.mark.django_db
LIST = "姓名,手机号\n王芳,138-0013-8000\n李伟,13800138001\n陈静,021-55558888\n"


def upload(client: Any, text: str = LIST, **more: str) -> Any:
    file = SimpleUploadedFile("退订.csv", text.encode())
    return client.post(
        reverse("admin:django_alisms_optout_import"),
        {"file": file, "reason": "客服登记", **more},
        follow=True,
    )


def test_a_file_is_imported_and_what_came_of_it_is_said() -> None:
    boss = client_of("superuser")
    OptOut.objects.create(phone="13800138001")

    page = upload(boss).content.decode()

    assert "1 number opted out from now on; 1 had opted out before" in page
    assert "1 rows hold no mobile number and changed nothing: row 4." in page
    assert "021-55558888" not in page
    new = OptOut.objects.get(phone="13800138000")
    assert (new.source, new.reason, new.created_by.username) == ("import", "客服登记", "superuser")
    event = Event.objects.get(kind="opt_outs_imported")
    assert (event.facts, event.reason) == ({"new": 1, "rows": 3}, "客服登记")


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "empty"), ("名称,说明\n甲,乙\n", "name the column of the numbers"), ("<html></html>", "web page")],
)
def test_a_file_that_cannot_be_read_says_so_on_the_form(text: str, said: str) -> None:
    page = upload(client_of("superuser"), text).content.decode()

    assert said in page
    assert "errorlist" in page
    assert not OptOut.objects.exists()


def test_the_list_leads_to_the_import_only_where_it_is_allowed() -> None:
    for role, leads in (("importer", True), ("viewer", False)):
        page = client_of(role).get(reverse("admin:django_alisms_optout_changelist")).content.decode()
        assert (reverse("admin:django_alisms_optout_import") in page) is leads


def test_contradictions_are_said_under_the_send(world: SimpleNamespace) -> None:
    KeptReceipt.objects.create(
        why="contradictory",
        batch=Batch.objects.filter(batch_send=world.finished).first(),
        phone="138****8000",
        phone_digest="0" * 64,
        delivery="undelivered",
        stored_at=database_now(),
        digest="1" * 64,
    )
    address = reverse("admin:django_alisms_batchsend_change", args=[world.finished.pk])

    page = client_of("superuser").get(address).content.decode()

    assert "1 receipt said something else than the one that came first" in page
