"""The seed's own example through the admin, against a sandbox: sync, draft, list, confirm, send, look up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from django_alisms.models import BatchSend, RecipientImport, SignName, Template
from django_alisms.services import account
from django_alisms.services.actors import Actor
from django_alisms.services.sending import Sender
from tests.sandbox.process import SandboxProcess

from .conftest import client_of

pytestmark = pytest.mark.django_db(transaction=True)
SEED = "手机号,code,product\n18040580000,1234,ytx1\n15088650000,5678,ytx2\n"


def url(name: str, *args: Any) -> str:
    return reverse(f"admin:django_alisms_{name}", args=args)


@pytest.fixture
def aliyun(tmp_path: Any, settings: Any) -> Iterator[SandboxProcess]:
    with SandboxProcess(tmp_path / "ledger.jsonl") as sandbox:
        settings.ALISMS = {
            "ACCESS_KEY_ID": sandbox.key_id,
            "ACCESS_KEY_SECRET": sandbox.secret,
            "ENDPOINT": sandbox.url,
        }
        yield sandbox


@pytest.fixture
def boss(aliyun: SandboxProcess) -> Any:
    client = client_of("superuser")
    client.post(url("template_sync"), {"next": url("batchsend_add")})
    return client


def drafted(boss: Any, content: str, **more: str) -> BatchSend:
    boss.post(
        url("batchsend_add"),
        {
            "title": "种子",
            "sign_name": SignName.objects.get(name="短信迁移测试签名").pk,
            "template": Template.objects.get(code="SMS_71175823").pk,
            "extend_code": "90999",
            "_upload": "1",
            "import_file": SimpleUploadedFile("种子.csv", content.encode("gb18030")),
            **more,
        },
    )
    return BatchSend.objects.get()


def send() -> None:
    client = account.client()
    Sender(client, Actor("test")).run()
    client.close()


def test_the_seeds_own_example(boss: Any, aliyun: SandboxProcess) -> None:
    draft = drafted(boss, SEED)
    assert draft.recipients_total == 2

    page = boss.get(url("batchsend_confirm", draft.pk))
    assert "验证码" in page.content.decode()
    assert "1234" in page.content.decode()
    boss.post(url("batchsend_confirm", draft.pk), {"revision": draft.revision})
    send()

    (entry,) = aliyun.ledger()
    assert entry["numbers"] == ["18040580000", "15088650000"]
    assert entry["params"] == [{"code": "1234", "product": "ytx1"}, {"code": "5678", "product": "ytx2"}]
    html = boss.get(url("batchsend_change", draft.pk)).content.decode()
    assert entry["biz_id"] in html


def test_pressing_twice_sends_once(boss: Any, aliyun: SandboxProcess) -> None:
    draft = drafted(boss, SEED)

    for _press in range(3):
        boss.post(url("batchsend_confirm", draft.pk), {"revision": draft.revision})
        send()

    assert len(aliyun.ledger()) == 1


def test_an_unknown_result_is_looked_up_from_its_page(boss: Any, aliyun: SandboxProcess) -> None:
    draft = drafted(boss, SEED)
    aliyun.control(fault="cut", accepted=True, requests=1)
    boss.post(url("batchsend_confirm", draft.pk), {"revision": draft.revision})
    send()
    assert draft.batches.get().status == "unknown"

    boss.post(url("batchsend_look_up", draft.pk, 1))

    assert draft.batches.get().status == "accepted"
    assert len(aliyun.ledger()) == 1


def test_questions_are_answered_on_the_report(boss: Any) -> None:
    draft = drafted(boss, SEED + "18040580000,9999,ytx9\n")
    asked = RecipientImport.objects.get()
    assert asked.status == "asking"

    assert "radio" in boss.get(url("batchsend_import_report", asked.pk)).content.decode()
    boss.post(url("batchsend_answer", asked.pk), {})  # nothing chosen: asked again, nothing imported
    asked.refresh_from_db()
    assert asked.status == "asking"
    boss.post(url("batchsend_answer", asked.pk), {"q0": "keep_first"})

    draft.refresh_from_db()
    assert (draft.recipients_total, draft.rejected_total) == (2, 1)


def test_staff_may_want_all_or_nothing(boss: Any) -> None:
    draft = drafted(boss, SEED + "12345,1,x\n", refuse_all_on_bad_row="1")

    report = boss.get(url("batchsend_import_report", RecipientImport.objects.get().pk)).content.decode()
    assert (draft.recipients_total, "all or nothing" in report) == (0, True)


def test_rejected_rows_come_back_mended_and_join_the_draft(boss: Any, tmp_path: Any) -> None:
    import openpyxl

    draft = drafted(boss, SEED + "1380013800,77,mended\n")
    first = RecipientImport.objects.get()
    path = tmp_path / "rejected.xlsx"
    path.write_bytes(b"".join(boss.get(url("batchsend_rejected", first.pk)).streaming_content))
    book = openpyxl.load_workbook(path)
    sheet = book.active
    assert sheet.cell(2, 1).value == "1380013800"
    sheet.cell(2, 1).value = "13800138000"
    book.save(path)

    boss.post(
        url("batchsend_import", draft.pk),
        {"import_file": SimpleUploadedFile("mended.xlsx", path.read_bytes())},
    )

    draft.refresh_from_db()
    second = RecipientImport.objects.latest("pk")
    assert (second.rows, second.good, second.error) == (1, 1, "")
    assert draft.recipients_total == 3


def test_the_sample_for_the_template_is_a_list_that_is_taken(boss: Any) -> None:
    template = Template.objects.get(code="SMS_71175823")
    sample = b"".join(boss.get(url("batchsend_sample", template.pk)).streaming_content)

    boss.post(
        url("batchsend_add"),
        {
            "title": "样表",
            "sign_name": SignName.objects.get(name="短信迁移测试签名").pk,
            "template": template.pk,
            "extend_code": "",
            "_upload": "1",
            "import_file": SimpleUploadedFile("sample.xlsx", sample),
        },
    )

    assert (BatchSend.objects.get().recipients_total, BatchSend.objects.get().rejected_total) == (2, 0)
