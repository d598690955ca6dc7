"""What each page shows and what its buttons do, through Django's client."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from django_alisms.admin.batch_listing import listing
from django_alisms.admin.confirm_pages import typed_number
from django_alisms.admin.history import in_words
from django_alisms.admin.states import PEOPLE, SMALLEST_SHARE, segments
from django_alisms.models import AccountState, Batch, BatchSend, Event, EventKind, Recipient
from tests import factories

from .conftest import client_of, started

pytestmark = pytest.mark.django_db
CSV = "手机号,姓名,订单号,金额\n13800138000,王芳,DD1,268.00\n13800138001,陈伟,DD2,9.90\n"


def url(name: str, *args: Any) -> str:
    return reverse(f"admin:django_alisms_{name}", args=args)


@pytest.fixture
def boss(db: Any) -> Any:
    return client_of("superuser")


# -- the frame ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "name"),
    [
        ("batchsend_changelist", ""),
        ("batchsend_add", ""),
        ("batchsend_change", "draft"),
        ("batchsend_change", "sending"),
        ("batchsend_change", "paused"),
        ("batchsend_change", "finished"),
        ("batchsend_confirm", "draft"),
        ("batchsend_cancel", "sending"),
        ("batchsend_delete", "draft"),
        ("batch_changelist", ""),
        ("batch_change", "batch"),
        ("recipient_changelist", ""),
        ("recipient_change", "person"),
        ("signname_changelist", ""),
        ("template_change", "template"),
        ("accountstate_change", "account"),
        ("event_changelist", ""),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_nothing_inline_and_no_number(
    page: str, name: str, language: str, world: SimpleNamespace, boss: Any
) -> None:
    """A strict content policy holds: no inline script, style or handler, no data: address. Numbers are masked."""
    args = [getattr(world, name).pk] if name else []
    html = boss.get(url(page, *args), headers={"accept-language": language}).content.decode()

    assert not re.search(r"<script(?![^>]*\b(src|type=\"application/json\")\b)[^>]*>", html)
    assert not re.search(r"<[^>]+\s(style|on[a-z]+)\s*=", html)
    assert "<style" not in html
    assert "data:" not in html
    assert not re.search(r"1390000\d{4}", html)


# -- the list -----------------------------------------------------------------------------------------------------


def test_list_counts_its_sends_in_one_query(world: SimpleNamespace, boss: Any) -> None:
    from django.db import connection

    with CaptureQueriesContext(
        connection,
    ) as queries:
        html = boss.get(url("batchsend_changelist")).content.decode()

    counting = [query for query in queries if "SUM(" in query["sql"]]
    assert len(counting) == 1
    assert "Accepted 150; Unknown 100; Refused 100; Absent 100" in html


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"q": "was fin"}, ["finished"]),
        ({"q": factories.TEMPLATE}, ["draft", "sending", "paused", "finished"]),
        ({"attention": "unknown"}, ["finished"]),
        ({"attention": "refused"}, ["paused", "finished"]),
        ({"attention": "absent"}, ["finished"]),
        ({"attention": "paused"}, ["paused"]),
        ({"attention": "question"}, []),
        ({"status__exact": "sending"}, ["sending"]),
        ({"creator": "me"}, []),
    ],
)
def test_list_is_searched_and_filtered(
    asked: dict[str, str], found: list[str], world: SimpleNamespace, boss: Any
) -> None:
    shown = boss.get(url("batchsend_changelist"), asked).context["cl"].result_list
    assert {send.pk for send in shown} == {getattr(world, name).pk for name in found}


def test_list_finds_a_send_by_biz_id(world: SimpleNamespace, boss: Any) -> None:
    biz_id = world.paused.batches.order_by("number").first().biz_id
    shown = boss.get(url("batchsend_changelist"), {"q": biz_id}).context["cl"].result_list
    assert [send.pk for send in shown] == [world.paused.pk]


def test_action_leads_to_the_confirm_page_or_to_an_overview(world: SimpleNamespace, boss: Any) -> None:
    second = factories.draft(2, title="second")

    def act(*pks: int) -> Any:
        return boss.post(
            url("batchsend_changelist"), {"action": "send_selected", "_selected_action": list(pks)}
        )

    assert act(second.pk)["Location"] == url("batchsend_confirm", second.pk)
    overview = act(second.pk, world.draft.pk, world.sending.pk).content.decode()
    assert url("batchsend_confirm", second.pk) in overview
    assert url("batchsend_confirm", world.draft.pk) in overview
    assert url("batchsend_confirm", world.sending.pk) not in overview
    assert BatchSend.objects.filter(status="draft").count() == 2


@pytest.mark.parametrize(
    "counts", [{"accepted": 1}, {"accepted": 999_999, "refused": 1}, {key: 1 for key in PEOPLE}, {}]
)
def test_no_part_of_a_bar_is_drawn_as_nothing(counts: dict[str, int]) -> None:
    parts = segments(counts)
    assert [part.count for part in parts] == [counts[key] for key in PEOPLE if key in counts]
    assert all(part.width > SMALLEST_SHARE * 0.9 for part in parts)
    assert not parts or sum(part.width for part in parts) == pytest.approx(100)


# -- the draft ------------------------------------------------------------------------------------------------------


def form_of(sign: Any, template: Any, **more: Any) -> dict[str, Any]:
    return {
        "title": "第三批",
        "sign_name": sign.pk,
        "template": template.pk,
        "extend_code": "",
        **more,
    }


def test_draft_page_shows_what_cannot_be_picked_and_why(boss: Any) -> None:
    factories.sign_name("某某到家", audit_status="rejected", reason="营业执照名称与签名主体不一致")
    factories.template("SMS_1", name="退款到账提醒", audit_status="reviewing")
    html = boss.get(url("batchsend_add")).content.decode()
    assert "营业执照名称与签名主体不一致" in html
    assert "Alibaba Cloud is still reviewing it." in html
    assert html.count('type="radio"') == html.count(" disabled>") == 2


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"title": ""}, "title"),
        ({"sign_name": ""}, "sign_name"),
        ({"template": ""}, "template"),
        ({"sign_name": "bad"}, "sign_name"),
        ({"template": "bad"}, "template"),
        ({"sign_name": "987654"}, "sign_name"),
        ({"extend_code": "12a"}, "extend_code"),
    ],
)
def test_wrong_draft_is_refused_at_its_field(change: dict[str, str], wrong: str, boss: Any) -> None:
    sign, template = factories.sign_name(), factories.template()
    bad = {
        "sign_name": factories.sign_name("到家", audit_status="rejected").pk,
        "template": factories.template("SMS_1", audit_status="reviewing").pk,
    }
    data = form_of(sign, template) | {
        key: bad[key] if value == "bad" else value for key, value in change.items()
    }
    response = boss.post(url("batchsend_add"), data)
    assert list(response.context["form"].errors) == [wrong]
    assert not BatchSend.objects.exists()


def test_upload_saves_the_draft_and_leads_to_the_report(boss: Any) -> None:
    file = SimpleUploadedFile("名单.csv", CSV.encode())
    sign, template = factories.sign_name(), factories.template()
    response = boss.post(
        url("batchsend_add"), form_of(sign, template, _upload="1", import_file=file), follow=True
    )
    made = BatchSend.objects.get()
    assert response.redirect_chain[-1][0] == url("batchsend_import_report", made.imports.get().pk)
    assert (made.rows_total, made.recipients_total, made.created_by.username) == (2, 2, "superuser")
    assert made.events.earliest("id").kind == EventKind.CREATED


def test_a_bad_file_costs_nothing_but_itself(boss: Any) -> None:
    sign, template = factories.sign_name(), factories.template()
    boss.post(
        url("batchsend_add"),
        form_of(sign, template, _upload="1", import_file=SimpleUploadedFile("x.csv", b"")),
    )
    assert BatchSend.objects.get().title == "第三批"


def test_editing_raises_the_revision_and_is_noted(world: SimpleNamespace, boss: Any) -> None:
    before = world.draft.revision
    boss.post(url("batchsend_change", world.draft.pk), form_of(world.sign, world.template))
    world.draft.refresh_from_db()
    assert (world.draft.title, world.draft.revision) == ("第三批", before + 1)
    assert world.draft.events.filter(kind=EventKind.EDITED).count() == 1


def test_a_started_send_is_not_edited(world: SimpleNamespace, boss: Any) -> None:
    response = boss.post(
        url("batchsend_change", world.sending.pk), form_of(world.sign, world.template), follow=True
    )
    assert "cannot be changed any more" in response.content.decode()
    world.sending.refresh_from_db()
    assert world.sending.title == "was sending"


def test_deleting_a_draft_takes_its_people_along(world: SimpleNamespace, boss: Any) -> None:
    boss.post(url("batchsend_delete", world.draft.pk), {"post": "yes"})
    assert not BatchSend.objects.filter(pk=world.draft.pk).exists()
    assert not Recipient.objects.filter(batch__batch_send=world.draft.pk).exists()


# -- confirming -------------------------------------------------------------------------------------------------------


def confirm(client: Any, draft: BatchSend, **data: Any) -> Any:
    return client.post(
        url("batchsend_confirm", draft.pk), {"revision": draft.revision, "again": "1", **data}, follow=True
    )


@pytest.mark.parametrize(
    ("asked", "row", "remark"),
    [
        ({}, 2, ""),
        ({"show": "first"}, 2, ""),
        ({"show": "next", "at": 0}, 3, ""),
        ({"show": "next", "at": 2}, 4, "last"),
        ({"show": "previous", "at": 1}, 2, ""),
        ({"show": "previous", "at": 0}, 2, "first"),
        ({"show": "row", "row": "４"}, 4, ""),
        ({"show": "row", "row": "99"}, 2, "No recipient"),
        ({"show": "row", "row": "x"}, 2, "No recipient"),
        ({"show": "longest"}, 4, ""),
        ({"show": "next", "at": "x"}, 2, ""),
    ],
)
def test_preview_shows_the_person_asked_for(asked: dict[str, Any], row: int, remark: str, boss: Any) -> None:
    draft = factories.draft()
    factories.stage(
        draft,
        [
            factories.row(0),
            factories.row(1),
            factories.row(2, params_json='{"name":"欧阳娜娜","code":"DD0000000000002","amount":"1268.00"}'),
        ],
    )
    people = list(Recipient.objects.order_by("pk"))
    if isinstance(asked.get("at"), int):
        asked = {**asked, "at": people[asked["at"]].pk}
    page = boss.get(url("batchsend_confirm", draft.pk), asked)
    assert page.context["message"].recipient.row == row
    assert remark in page.context["preview_note"]
    assert "139****0" in page.content.decode()


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("12300", 12300),
        (" 12,300 ", 12300),
        ("１２，３００", 12300),
        ("12 300", 12300),
        ("12'300", 12300),
        ("12300人", None),
        ("", None),
        ("-1", None),
        ("1e4", None),
        ("9" * 40, None),
    ],
)
def test_typed_number(typed: str, number: int | None) -> None:
    assert typed_number(typed) == number


@pytest.mark.parametrize(
    ("typed", "starts"), [("", False), ("1000", False), ("1001", True), ("１，００１", True)]
)
def test_count_is_typed_above_a_thousand(typed: str, starts: bool, boss: Any) -> None:
    draft = factories.draft(1001)
    confirm(boss, draft, count=typed)
    draft.refresh_from_db()
    assert (draft.status == "sending") is starts


def test_a_thousand_need_no_typing_and_pressing_twice_sends_once(boss: Any) -> None:
    draft = factories.draft(1000)
    confirm(boss, draft)
    again = confirm(boss, draft)
    assert "It is sent once; pressing again changed nothing." in again.content.decode()
    assert draft.events.filter(kind=EventKind.STARTED).count() == 1


@pytest.mark.parametrize("revision", ["", "x", "99"])
def test_a_stale_page_starts_nothing(revision: str, boss: Any) -> None:
    draft = factories.draft(2)
    page = confirm(boss, draft, revision=revision)
    assert "The draft was changed while you looked at it" in page.content.decode()
    draft.refresh_from_db()
    assert draft.status == "draft"


def test_the_same_again_has_to_be_meant(boss: Any) -> None:
    confirm(boss, factories.draft(2))
    draft = factories.draft(2)
    page = boss.get(url("batchsend_confirm", draft.pk)).content.decode()
    assert 'name="again"' in page
    confirm(boss, draft, again="")
    draft.refresh_from_db()
    assert draft.status == "draft"
    confirm(boss, draft)
    draft.refresh_from_db()
    assert draft.status == "sending"


def test_a_stop_hides_the_button(boss: Any) -> None:
    draft = factories.draft(2)
    AccountState.objects.current()
    AccountState.objects.update(stopped=True, stop_code="isv.AMOUNT_NOT_ENOUGH")
    html = boss.get(url("batchsend_confirm", draft.pk)).content.decode()
    assert "Send to 2 people" not in html
    assert "It cannot be sent yet" in html


def test_full_numbers_are_asked_for_and_noted(world: SimpleNamespace) -> None:
    client = client_of("full_viewer")
    people = f"{url('recipient_changelist')}?batch__batch_send__id__exact={world.draft.pk}"
    assert factories.phone(0) not in client.get(people).content.decode()
    shown = client.post(url("batchsend_numbers", world.draft.pk), {"next": people}, follow=True)
    assert factories.phone(0) in shown.content.decode()
    other = f"{url('recipient_changelist')}?batch__batch_send__id__exact={world.sending.pk}"
    assert factories.phone(0) not in client.get(other).content.decode()
    assert Event.objects.filter(kind=EventKind.NUMBERS_SHOWN, batch_send=world.draft).count() == 1


def test_next_never_leads_off_the_site(world: SimpleNamespace, boss: Any) -> None:
    away = boss.post(url("batchsend_numbers", world.draft.pk), {"next": "https://evil.example/"})
    assert away["Location"] == url("batchsend_change", world.draft.pk)


# -- live and after ------------------------------------------------------------------------------------------------


def test_progress_counts_everybody_once(world: SimpleNamespace, boss: Any) -> None:
    news = boss.get(url("batchsend_progress", world.finished.pk)).json()
    assert sum(int(news["figures"][key].replace(",", "")) for key in PEOPLE) == 450
    assert news["over"] is True
    assert sum(float(part["width"].rstrip("%")) for part in news["bar"]) == pytest.approx(100, abs=0.1)
    assert [row["code"] for row in news["answers"]].count("OK") == 2


def test_live_page_says_that_no_worker_is_alive(boss: Any) -> None:
    sending = started(250, "sending", ["accepted", "pending", "pending"])
    html = boss.get(url("batchsend_change", sending.pk)).content.decode()
    assert "No sending process is running" in html
    assert url("batchsend_progress", sending.pk) in html


def test_pause_resume_cancel(world: SimpleNamespace, boss: Any) -> None:
    def status() -> str:
        world.sending.refresh_from_db()
        return world.sending.status

    boss.post(url("batchsend_pause", world.sending.pk))
    assert status() == "paused"
    boss.post(url("batchsend_resume", world.sending.pk))
    assert status() == "sending"
    assert (
        "50 people who were not sent to yet"
        in boss.get(url("batchsend_cancel", world.sending.pk)).content.decode()
    )
    assert status() == "sending"
    page = boss.post(url("batchsend_cancel", world.sending.pk), {"reason": "wrong list"}, follow=True)
    assert status() == "cancelled"
    assert "(wrong list)" in page.content.decode()


@pytest.mark.parametrize(
    ("name", "act"),
    [("finished", "pause"), ("sending", "resume"), ("finished", "cancel"), ("draft", "pause")],
)
def test_an_act_that_is_not_possible_says_so(name: str, act: str, world: SimpleNamespace, boss: Any) -> None:
    send = getattr(world, name)
    page = boss.post(url(f"batchsend_{act}", send.pk), follow=True).content.decode()
    assert 'class="error"' in page
    was = send.status
    send.refresh_from_db()
    assert send.status == was


def test_finished_page_shows_codes_and_the_next_step(world: SimpleNamespace, boss: Any) -> None:
    html = boss.get(url("batchsend_change", world.finished.pk)).content.decode()
    accepted = world.finished.batches.get(number=1)
    for text in (accepted.biz_id, accepted.request_id, "isv.AMOUNT_NOT_ENOUGH", "wire.read_timeout"):
        assert text in html
    assert url("batchsend_look_up", world.finished.pk, 3) in html
    assert url("batchsend_resend_refused", world.finished.pk) in html
    assert url("batchsend_resend_absent", world.finished.pk) in html
    assert html.index('id="batch-2"') < html.index('id="batch-1"')


def test_resending_needs_the_reason_for_absent(world: SimpleNamespace, boss: Any) -> None:
    def batch(number: int) -> str:
        return world.finished.batches.get(number=number).status

    boss.post(url("batchsend_resend_absent", world.finished.pk), {"number": "4", "reason": " "})
    assert batch(4) == "absent"
    boss.post(url("batchsend_resend_absent", world.finished.pk), {"number": "4", "reason": "checked"})
    assert batch(4) == "pending"
    boss.post(url("batchsend_resend_refused", world.finished.pk), {"number": "4x"})
    assert batch(2) == "refused"
    boss.post(url("batchsend_resend_refused", world.finished.pk), {"number": "2"})
    assert batch(2) == "pending"
    assert batch(3) == "unknown"


def test_a_cancelled_send_sends_nothing_again(world: SimpleNamespace, boss: Any) -> None:
    BatchSend.objects.filter(pk=world.finished.pk).update(status="cancelled")
    boss.post(url("batchsend_resend_refused", world.finished.pk))
    assert world.finished.batches.get(number=2).status == "refused"


@pytest.mark.parametrize("state", ["", "all", "accepted", "refused"])
def test_paging_shows_every_batch_once(state: str) -> None:
    results = ["accepted", "refused", "unknown"] * 25
    send = started(75 * 100, "finished", results)
    seen, after, pages = [], "", 0
    while pages < 10:
        page = listing(send, state=state, after=after)
        seen += [row["batch"].number for row in page.rows]
        after, pages = page.after, pages + 1
        if not after:
            break
    wanted = [number for number, result in enumerate(results, 1) if state in ("", "all") or result == state]
    assert sorted(seen) == wanted
    if state == "":
        assert [results[number - 1] == "accepted" for number in seen] == [False] * 50 + [True] * 25


@pytest.mark.parametrize("after", ["x", "2-1", "0-", "1-99999999999999999999", "0-²"])
def test_a_forged_page_key_is_harmless(after: str, world: SimpleNamespace, boss: Any) -> None:
    assert boss.get(url("batchsend_change", world.finished.pk), {"after": after}).status_code == 200


# -- people, batches, account ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "term", ["13900000001", "139 0000 0001", "+86 139-0000-0001", "１３９０００００００１"]
)
def test_recipients_are_found_by_the_exact_number(term: str, world: SimpleNamespace, boss: Any) -> None:
    found = boss.get(url("recipient_changelist"), {"q": term}).context["cl"].result_list
    assert {person.phone for person in found} == {"13900000001"}
    assert len(found) == 4


def test_part_of_a_number_finds_nobody(world: SimpleNamespace, boss: Any) -> None:
    assert not boss.get(url("recipient_changelist"), {"q": "1390000"}).context["cl"].result_list


def test_take_out_is_offered_in_drafts_only(world: SimpleNamespace, boss: Any) -> None:
    for send, offered in ((world.draft, True), (world.sending, False)):
        html = boss.get(
            url("recipient_changelist"), {"batch__batch_send__id__exact": send.pk}
        ).content.decode()
        person = Recipient.objects.of(send.pk).first()
        assert (url("batchsend_take_out", person.pk) in html) is offered


@pytest.mark.parametrize("key", ["biz_id", "out_id"])
def test_batches_are_found_by_a_whole_id(key: str, world: SimpleNamespace, boss: Any) -> None:
    batch = Batch.objects.filter(status="accepted").first()
    batch.attempt_set.create(number=1, out_id=batch.out_id, created_at=batch.marked_at)
    found = boss.get(url("batch_changelist"), {"q": getattr(batch, key)}).context["cl"].result_list
    assert list(found) == [batch]


def test_account_is_stopped_and_released(world: SimpleNamespace, boss: Any) -> None:
    boss.post(url("accountstate_stop"), {"reason": "wrong text"})
    world.sending.refresh_from_db()
    assert world.sending.status == "paused"
    assert "wrong text" in boss.get(url("accountstate_change", world.account.pk)).content.decode()
    boss.post(url("accountstate_release"))
    assert not AccountState.objects.current().stopped
    world.sending.refresh_from_db()
    assert world.sending.status == "paused"


def test_sync_without_credentials_says_what_to_set(settings: Any, boss: Any) -> None:
    settings.ALISMS = {}
    page = boss.post(url("signname_sync"), follow=True).content.decode()
    assert "ALIBABA_CLOUD_ACCESS_KEY_ID" in page


@pytest.mark.parametrize("kind", EventKind.values)
def test_every_event_has_a_sentence(kind: str) -> None:
    """Also without its facts: old rows and those of other versions are shown too."""
    said = in_words(Event(kind=kind, actor="王磊", reason="because"))
    assert said.endswith("(because)")
    assert "%(" not in said
