"""The confirm page's figures are what will be sent: opt-outs are off them where it is sure how many they are."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import override_settings
from django.urls import reverse

from django_alisms.models import Batch, BatchSend, OptOut, RecipientImport
from django_alisms.services import before_start, opted_out_count, opting_out, previewing, starting
from django_alisms.services.actors import Actor
from django_alisms.services.importing import mending, staging, uploading
from tests import factories

from .conftest import client_of

pytestmark = pytest.mark.django_db
SHELL = Actor("operator")


@pytest.fixture
def boss(db: Any) -> Any:
    return client_of("superuser")


def page_of(draft: BatchSend) -> str:
    return reverse("admin:django_alisms_batchsend_confirm", args=[draft.pk])


def out(*people: int) -> None:
    OptOut.objects.bulk_create(OptOut(phone=factories.phone(person)) for person in people)


@pytest.mark.parametrize("counted_live", [opted_out_count.COUNTED_LIVE, 100])
def test_what_is_shown_is_what_goes(counted_live: int, boss: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """1,004 people, of whom six have opted out, four of them the whole last batch; one message has two parts."""
    monkeypatch.setattr(opted_out_count, "COUNTED_LIVE", counted_live)
    draft = factories.draft()
    rows = [factories.row(number, parts=2 if number == 1 else 1) for number in range(1004)]
    factories.stage(draft, rows)
    out(1, 500, 1000, 1001, 1002, 1003, 5000)
    with override_settings(ALISMS={"PRICE_PER_PART": "0.045"}):
        page = boss.get(page_of(draft))
    shown = page.context["estimate"]
    assert (shown.people, shown.left_out, shown.parts, shown.calls, shown.total) == (
        998,
        6,
        998,
        10,
        Decimal("44.910"),
    )
    html = page.content.decode()
    assert "imported 1,004 − 6 = 998" in html
    assert "Send to 998 people" in html
    assert "1,004 people" not in html
    assert "998 recipients." in html
    assert 'name="count"' not in html

    opting_out.leave_out(list(draft.batches.values_list("pk", flat=True)))
    draft.refresh_from_db()
    going = Batch.objects.filter(batch_send=draft, status="pending")
    assert (draft.to_send, draft.parts_total, going.count()) == (shown.people, shown.parts, shown.calls)


@pytest.mark.parametrize(
    ("more", "fewer", "typed", "starts"),
    [
        ((), (), "1003", False),  # the list's length, not who goes
        ((), (), "1001", True),
        ((7,), (), "1001", True),  # opted out while the page was looked at
        ((), (1,), "1001", False),  # an opt-out was taken back: more than was confirmed
    ],
)
def test_the_number_typed_is_the_one_shown(
    more: tuple[int, ...], fewer: tuple[int, ...], typed: str, starts: bool, boss: Any
) -> None:
    draft = factories.draft(1003)
    out(1, 2)
    html = boss.get(page_of(draft)).content.decode()
    assert "<b>1001</b>" in html
    assert '<input type="hidden" name="people" value="1001">' in html
    out(*more)
    OptOut.objects.filter(phone__in=[factories.phone(person) for person in fewer]).delete()
    boss.post(page_of(draft), {"revision": draft.revision, "people": "1001", "count": typed})
    draft.refresh_from_db()
    assert (draft.status == "sending") is starts
    if starts:
        assert draft.events.get(kind="started").facts["recipients"] == 1001 - len(more)


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({}, ["count", "again"]),
        ({"count": "1001"}, ["again"]),
        ({"again": "1", "count": "1000"}, ["count"]),
        ({"again": "1", "count": "1001"}, []),
    ],
)
def test_all_mistakes_are_said_at_once_and_marked(given: dict[str, str], wrong: list[str], boss: Any) -> None:
    starting.start(factories.draft(1001), actor=SHELL)
    draft = factories.draft(1001)
    page = boss.post(page_of(draft), {"revision": draft.revision, **given}, follow=True)
    draft.refresh_from_db()
    assert (draft.status == "draft") is bool(wrong)
    if wrong:
        assert list(page.context["mistakes"]) == wrong
        html = page.content.decode()
        assert html.count('aria-invalid="true"') == len(wrong)
        assert ("Type the number of people, 1001, to confirm." in html) is ("count" in wrong)
        assert ("Not ticked." in html) is ("again" in wrong)
        assert html.count('class="error"') == len(wrong)


def test_a_long_list_of_which_it_is_not_sure_says_at_most(boss: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opted_out_count, "COUNTED_LIVE", 100)
    draft = factories.draft(250)
    out(1, 2)
    boss.get(page_of(draft))
    OptOut.objects.filter(phone=factories.phone(1)).delete()
    page = boss.get(page_of(draft))
    assert (page.context["estimate"].people, page.context["estimate"].at_most) == (250, True)
    assert "Send to at most 250 people" in page.content.decode()


def test_a_list_of_which_everybody_has_opted_out_is_not_started(boss: Any) -> None:
    draft = factories.draft(2)
    out(0, 1)
    html = boss.get(page_of(draft)).content.decode()
    assert "There is nobody to send to." in html
    assert "al-go" not in html


def test_a_send_that_has_started_is_not_counted_again() -> None:
    draft = factories.draft(3)
    out(1)
    opting_out.leave_out(list(draft.batches.values_list("pk", flat=True)))
    BatchSend.objects.filter(pk=draft.pk).update(status="sending")
    draft.refresh_from_db()
    assert (previewing.estimate(draft).people, previewing.estimate(draft).left_out) == (2, 1)


# -- rows that were not imported -----------------------------------------------------------------------------------


def upload(draft: BatchSend, name: str, *rows: tuple[str, ...]) -> RecipientImport:
    lines = ["手机号,name,code,amount", *(",".join(row) for row in rows)]
    content = ContentFile("\n".join(lines).encode(), name=name)
    opened = uploading.upload(draft, content, name, actor=SHELL)
    return staging.read(opened.pk, actor=SHELL)


def row(number: int, phone: str = "") -> tuple[str, str, str, str]:
    return (phone or factories.phone(number), "王芳", f"DD{number}", "268.00")


def rejected(draft: BatchSend) -> before_start.Check | None:
    draft.refresh_from_db()
    return next((one for one in before_start.checks(draft) if one.key == "rejected"), None)


def test_rows_mended_in_a_second_file_are_not_said_to_get_nothing(boss: Any) -> None:
    draft = factories.draft()
    first = upload(draft, "名单.csv", row(0), *(row(number, f"{number}") for number in range(1, 6)))
    said = rejected(draft)
    assert said is not None
    assert said.sentence.startswith("5 rows of the file were not imported; those people will get nothing.")
    assert "rows of the file not imported" in boss.get(page_of(draft)).content.decode()

    bad = first.rejected_rows.order_by("row")[0]
    mending.mend(bad.pk, {0: factories.phone(1)}, actor=SHELL)
    upload(draft, "改好.csv", row(2), row(3), row(4), row(5, "x"))
    said = rejected(draft)
    assert said is not None
    assert said.facts["files"] == {"名单.csv": 4, "改好.csv": 1}
    assert "those people will get nothing" not in said.sentence
    html = boss.get(page_of(draft)).content.decode()
    assert "rows of “名单.csv” not imported" in html
    assert "5 rows" not in html


def test_a_second_file_that_is_good_too_leaves_the_doubt() -> None:
    draft = factories.draft()
    upload(draft, "名单.csv", row(0), row(1, "x"))
    upload(draft, "改好.csv", row(1))
    said = rejected(draft)
    assert said is not None
    assert "Whoever came in with another file gets the message" in said.sentence
