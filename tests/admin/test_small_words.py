"""What a careful reader stumbles over: marks and spaces of the language, times, titles said twice, dead buttons."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest
from django.urls import reverse
from django.utils import translation

from django_alisms.admin import slice_words
from django_alisms.admin.history import in_words
from django_alisms.aliyun.codes import CODES
from django_alisms.models import Attempt, Event, RecipientImport
from django_alisms.services.sentences import together
from django_alisms.templatetags.alisms import beside, clock

from .conftest import client_of

pytestmark = pytest.mark.django_db
CHINESE = {"HTTP_ACCEPT_LANGUAGE": "zh-hans"}


def url(name: str, *args: Any) -> str:
    return reverse(f"admin:django_alisms_{name}", args=args)


@pytest.mark.parametrize(
    ("who", "language", "said"),
    [
        ("alisms_send@vm:15504", "zh-hans", "alisms_send@vm:15504 确认发送给 1,000 人"),
        ("林晓燕", "zh-hans", "林晓燕确认发送给 1,000 人"),
        ("alisms_send@vm:15504", "en", "alisms_send@vm:15504 started the send to 1,000 people"),
    ],
)
def test_a_name_stands_off_from_chinese_where_it_is_latin(who: str, language: str, said: str) -> None:
    event = Event(kind="started", actor=who, facts={"recipients": 1000})
    with translation.override(language):
        assert in_words(event) == said
        assert beside("") == ""


def test_chinese_marks_are_full_width(world: SimpleNamespace) -> None:
    RecipientImport.objects.filter(pk=world.done.pk).update(
        reading=world.done.reading
        | {
            "columns": {"phone": "手机号"},
            "unused": ["客户", "备注"],
            "fixes": {"separators": 2, "country_code": 1},
        }
    )
    boss = client_of("superuser", **CHINESE)
    html = boss.get(url("batchsend_import_report", world.done.pk)).content.decode()
    fixes = re.search(r"<dd>([^<]*：2[^<]*)</dd>", html)
    assert fixes is not None
    assert re.fullmatch(r"[^:;]+：2；[^:;]+：1", fixes[1])
    assert "客户，备注" in html
    with translation.override("zh-hans"):
        assert slice_words.in_words("undelivered:INVALID_NUMBER") == "未送达，INVALID_NUMBER"


def test_in_chinese_nothing_stands_between_sentences(world: SimpleNamespace) -> None:
    html = client_of("viewer", **CHINESE).get(url("batch_change", world.batch.pk)).content.decode()
    assert "阿里云已受理这个批次。不用处理" in html
    with translation.override("en"):
        assert together("One.", "", "Two.") == "One. Two."


def test_nobody_is_told_to_send_again_to_a_number_that_is_bad_for_good() -> None:
    for code in CODES.values():
        if code.bad_for_good:
            assert "before sending again" not in code.advice("en"), code
            assert not re.search(r"后再发", code.advice("zh")), code


def test_a_viewers_draft_has_nothing_dead_on_it(world: SimpleNamespace) -> None:
    html = client_of("viewer").get(url("batchsend_change", world.draft.pk)).content.decode()
    assert 'type="radio"' not in html
    assert "al-buttons" not in html
    assert "draft.js" not in html  # it would hide the text, because nothing is ticked
    assert re.search(r'data-al-template="\d+"><p class="al-text">', html)
    assert html.count(f"<b>{world.template.name}</b>") == 1
    assert re.search(r"<title>\s*([^|<]*) \| [^|<]*</title>", html)[1] == world.draft.title


def test_whoever_may_not_is_told_so_in_the_admins_look(world: SimpleNamespace) -> None:
    answer = client_of("viewer", **CHINESE).get(url("batchsend_confirm", world.draft.pk))
    html = answer.content.decode()
    assert answer.status_code == 403
    assert "您没有这项操作的权限" in html
    assert f'href="{reverse("admin:index")}"' in html
    assert 'id="header"' in html


def test_the_list_of_events_says_the_second(world: SimpleNamespace) -> None:
    html = client_of("viewer").get(url("event_changelist")).content.decode()
    assert clock(world.event.at) in html
    assert re.search(r"\d+ events?\b", html)


def test_a_batchs_attempts_keep_words_whole(world: SimpleNamespace) -> None:
    Attempt.objects.create(
        batch=world.batch,
        number=1,
        out_id="al-4-1-1-abcdef01",
        created_at=world.event.at,
        outcome="accepted",
        biz_id="9006^0",
    )
    html = client_of("viewer").get(url("batch_change", world.batch.pk)).content.decode()
    assert "Accepted" in html[html.index('class="field-result"') :].split("</td>")[0]
    ids = html[html.index('class="field-ids"') :].split("</td>")[0]
    assert re.sub(r"<[^>]+>|\s+", " ", ids).split()[-6:] == [
        "OutId",
        "al-4-1-1-abcdef01",
        "BizId",
        "9006^0",
        "RequestId",
        "—",
    ]
