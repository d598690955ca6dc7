"""Opt-outs win over every send, also one that is already running, and everybody left out is counted."""

from __future__ import annotations

import time

import pytest

from django_alisms.models import Batch, BatchSend, OptOut, Recipient, Reply
from django_alisms.services import before_start, opting_out, replying, starting, status
from django_alisms.services.actors import Actor
from django_alisms.services.clock import database_now
from django_alisms.services.marking import Marker
from django_alisms.services.refusals import NotPossible
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.databases]

SHELL = Actor("operator")


def mark(send: BatchSend, count: int = 5):
    return Marker("a worker", send.pk).mark(count, database_now(), time.monotonic() + 60)


def test_a_person_who_opted_out_after_the_start_gets_nothing_and_is_counted():
    send = starting.start(factories.draft(150), actor=SHELL)
    opting_out.opt_out("+86 " + factories.phone(7), actor=SHELL, reason="电话要求")

    marked = mark(send)

    sent_to = [phone for one in marked for phone in one.phones]
    assert factories.phone(7) not in sent_to
    assert len(sent_to) == 149
    send.refresh_from_db()
    counts = status.counts_of([send.pk])[send.pk]
    assert (send.left_out_total, counts.left_out, counts.sending, counts.recipients) == (1, 1, 149, 150)
    assert Recipient.objects.of(send.pk).get(phone=factories.phone(7)).left_out == "opted_out"
    assert Batch.objects.get(batch_send=send, number=1).parts == 99


def test_a_batch_of_which_all_opted_out_is_cancelled_and_the_next_one_is_the_probe():
    send = starting.start(factories.draft(101), actor=SHELL)
    for number in range(100):
        OptOut.objects.create(phone=factories.phone(number))
    BatchSend.objects.pause(send.pk, reason="person", now=database_now())
    BatchSend.objects.resume(send.pk, now=database_now())

    marked = mark(send)

    assert [len(one.phones) for one in marked] == [1]
    assert factories.statuses(send) == ["cancelled", "sending"]


def test_before_the_start_it_is_said_how_many():
    draft = factories.draft(3)
    opting_out.opt_out(factories.phone(1), actor=SHELL)

    (said,) = [check for check in before_start.checks(draft) if check.key == "opted_out"]

    assert (said.level, said.facts["count"]) == (before_start.WARNING, 1)


def test_the_same_number_twice_is_one_opt_out_and_no_number_is_none():
    assert opting_out.opt_out("13800138000", actor=SHELL) == opting_out.opt_out("138-0013-8000", actor=SHELL)
    with pytest.raises(NotPossible):
        opting_out.opt_out("010-62581234", actor=SHELL)
    assert OptOut.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "opted"),
    [
        ("R", True),
        (" r ", True),
        ("td", True),
        ("退订", True),
        ("T", True),
        ("收到", False),
        ("Rr", False),
        ("", False),
    ],
)
def test_a_reply_that_is_the_word_opts_out(content, opted):
    report = {
        "phone_number": "8613800138000",
        "content": content,
        "sequence_id": 12345,
        "send_time": "2026-01-02 12:00:00",
    }

    replying.receive(report)
    assert replying.receive(report) is None  # the same reply comes more than once

    assert Reply.objects.count() == 1
    assert OptOut.objects.filter(phone="13800138000", source="reply").exists() is opted


LISTS = {
    "with a header": ("姓名,手机号\n王芳,138-0013-8000\n李伟,+8613800138001\n", 2, 0),
    "one column": ("13800138000\n13800138001\n", 2, 0),
    "twice and bad": ("手机号\n13800138000\n13800138000\n021-55558888\n\nnobody\n", 1, 2),
    "GB18030": ("手机号,备注\n13800138000,不要再发\n", 1, 0),
}


@pytest.mark.parametrize("name", LISTS)
def test_a_file_of_numbers_opts_out(tmp_path, name):
    text, new, refused = LISTS[name]
    file = tmp_path / "list"
    file.write_bytes(text.encode("gb18030" if name == "GB18030" else "utf-8"))

    first = opting_out.import_file(file, "退订.csv", actor=SHELL, reason="客服登记")
    again = opting_out.import_file(file, "退订.csv", actor=SHELL)

    assert (first.new, first.refused, again.new, again.known) == (new, refused, 0, new)
    assert set(OptOut.objects.values_list("source", "reason")) == {("import", "客服登记")}
    assert OptOut.objects.count() == new


@pytest.mark.parametrize(
    "text",
    ["", "\n\n", "名称,说明\n甲,乙\n", "13800138000,13800138001\n", "手机号,电话\n13800138000,13800138001\n"],
    ids=["empty", "blank", "no number", "two without a header", "two with one"],
)
def test_a_file_that_does_not_say_which_column_changes_nothing(tmp_path, text):
    file = tmp_path / "list"
    file.write_text(text)

    with pytest.raises(NotPossible):
        opting_out.import_file(file, "退订.csv", actor=SHELL)

    assert not OptOut.objects.exists()


def test_an_imported_number_is_left_out_of_a_send_that_is_running(tmp_path):
    send = starting.start(factories.draft(3), actor=SHELL)
    file = tmp_path / "list"
    file.write_text(f"phone\n{factories.phone(1)}\n")
    opting_out.import_file(file, "退订.csv", actor=SHELL)

    sent_to = [phone for one in mark(send) for phone in one.phones]

    assert sent_to == [factories.phone(0), factories.phone(2)]
    assert status.counts_of([send.pk])[send.pk].left_out == 1
