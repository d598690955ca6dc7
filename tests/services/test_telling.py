"""Signals after the commit, by the examples of the documentation; mails to the maker of a send."""

from __future__ import annotations

import re
import threading
from collections import Counter
from datetime import timedelta
from pathlib import Path

import django
import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.db import transaction
from django.dispatch import receiver

from django_alisms import signals
from django_alisms.aliyun.codes import explain
from django_alisms.aliyun.reports import Receipt
from django_alisms.models import Batch, BatchSend, Mail
from django_alisms.services import account, controlling, mailing, replying, starting, working
from django_alisms.services.actors import Actor
from django_alisms.services.clock import database_now
from django_alisms.services.receiving import applying
from django_alisms.services.sending import Sender
from tests import factories
from tests.sandbox.process import SandboxProcess

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.databases]

SHELL = Actor("operator")
DOCS = Path(__file__).parents[2] / "docs" / "signals.md"
ALL = [signals.batch_answered, signals.recipient_reported, signals.reply_received, signals.batch_send_changed]


@pytest.fixture
def documented():
    """The four examples of docs/signals.md, connected; what they gathered."""
    gathered = {"refusals": Counter(), "undelivered": [], "tickets": [], "messages": []}
    names = {"receiver": receiver, **vars(signals), **gathered}
    before = [list(signal.receivers) for signal in ALL]
    for block in re.findall(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL):
        exec(block, names)
    # Receivers are kept weakly; the namespace keeps them alive as a module would.
    yield gathered | {"names": names}
    for signal, receivers in zip(ALL, before, strict=True):
        signal.receivers = receivers
        signal.sender_receivers_cache.clear()


@pytest.fixture
def sandbox(settings):
    with SandboxProcess(None) as made:
        settings.ALISMS = settings.ALISMS | {
            "ENDPOINT": made.url,
            "ACCESS_KEY_ID": made.key_id,
            "ACCESS_KEY_SECRET": made.secret,
        }
        yield made


def maker(email: str = "wang@example.com"):
    return get_user_model().objects.create_user("wang", email, "x")


def started(people: int = 3, **facts) -> BatchSend:
    return starting.start(factories.draft(people, **facts), actor=SHELL, again=True)


def test_the_examples_of_the_documentation(documented, sandbox) -> None:
    sandbox.control(fault="refuse", code="isv.INVALID_JSON_PARAM", requests=1)
    send = started(150)
    Sender(account.client(), SHELL, only=send.pk).run()

    assert documented["messages"] == [f"send {send.pk} started", f"send {send.pk} finished"]
    assert documented["refusals"] == {"isv.INVALID_JSON_PARAM": 1}

    replying.receive(
        {
            "phone_number": "13912345678",
            "content": "何时到",
            "sequence_id": 7,
            "send_time": "2026-11-23 10:00:00",
        }
    )
    assert documented["tickets"] == [("13912345678", "何时到")]


def test_the_carriers_word_is_told_once(documented, sandbox) -> None:
    send = started(1)
    Sender(account.client(), SHELL, only=send.pk).run()
    batch = send.batches.get()
    said = Receipt(
        phone=factories.phone(0),
        verdict="undelivered",
        code="MOBILE_NOT_ON_SERVICE",
        out_id=batch.out_id,
        biz_id=batch.biz_id,
        parts=1,
        reported_at=database_now(),
    )
    for _time in range(2):
        applying.apply([said], SHELL)

    assert [code for _recipient, code in documented["undelivered"]] == ["MOBILE_NOT_ON_SERVICE"]


def test_nothing_is_told_of_what_is_rolled_back(documented) -> None:
    draft = factories.draft(3)
    with pytest.raises(ZeroDivisionError), transaction.atomic():  # noqa: PT012
        starting.start(draft, actor=SHELL)
        raise ZeroDivisionError
    assert documented["messages"] == []


def test_a_receiver_that_raises_harms_nothing(sandbox) -> None:
    def broken(sender, **told):
        raise RuntimeError("the team's chat is down")

    for signal in ALL:
        signal.connect(broken)
    try:
        send = started()
        Sender(account.client(), SHELL, only=send.pk).run()
    finally:
        for signal in ALL:
            signal.disconnect(broken)

    send.refresh_from_db()
    assert send.status == "finished"


# -- mails -------------------------------------------------------------------------------------------------------


def test_the_maker_hears_once_that_it_finished(sandbox, settings) -> None:
    settings.ALISMS = settings.ALISMS | {"SITE_URL": "https://example.com/admin/"}
    send = started(150, created_by=maker())

    working.work_once(account.client(), SHELL, stopping=threading.Event())
    working.work_once(account.client(), SHELL, stopping=threading.Event())

    (message,) = mail.outbox
    assert message.to == ["wang@example.com"]
    assert send.title in message.subject
    assert "Accepted: 150" in message.body
    assert f"https://example.com/admin/django_alisms/batchsend/{send.pk}/change/" in message.body
    assert "139" not in message.body.replace(str(send.pk), "")
    assert Mail.objects.get().sent_at is not None


@pytest.mark.parametrize(
    ("language", "says"),
    [
        (
            "en",
            [
                "Refused (100): isv.INVALID_JSON_PARAM.",
                "Unknown (50): wire.read_timeout.",
                "50 people unknown",
            ],
        ),
        (
            "zh-hans",
            [
                "被拒绝（100 人）：isv.INVALID_JSON_PARAM。",
                "结果待核实（50 人）：wire.read_timeout。",
                "50 人结果待核实",
            ],
        ),
    ],
)
def test_it_says_why_people_were_refused_and_why_nobody_knows(settings, language, says) -> None:
    settings.LANGUAGE_CODE = language
    send = started(150, created_by=maker())
    for number, status, code in (
        (1, "refused", "isv.INVALID_JSON_PARAM"),
        (2, "unknown", "wire.read_timeout"),
    ):
        Batch.objects.filter(batch_send=send, number=number).update(status=status, code=code)
    account.pause(send.pk, reason="unknowns", actor=SHELL)

    assert mailing.send_due() == 1

    (message,) = mail.outbox
    for words in says[:2]:
        assert words in message.body
    assert says[2] in message.subject
    for code in ("isv.INVALID_JSON_PARAM", "wire.read_timeout"):
        assert explain(code).advice(language) in message.body
    assert factories.phone(0) not in message.body


def test_it_is_in_the_sites_language(settings) -> None:
    settings.LANGUAGE_CODE = "zh-hans"
    send = started(created_by=maker())
    account.pause(send.pk, reason="unknowns", actor=SHELL)

    assert mailing.send_due() == 1
    assert "已暂停" in mail.outbox[0].subject
    assert "以免有人收到两次" in mail.outbox[0].body


# what stops it, and whether the maker hears of it
STOPS = {
    "a person": (lambda send: controlling.pause(send, actor=SHELL), 0),
    "unknown results": (lambda send: account.pause(send.pk, reason="unknowns", actor=SHELL), 1),
    "lateness": (lambda send: account.pause(send.pk, reason="late", actor=SHELL), 1),
    "the account": (
        lambda send: account.stop(code="isv.AMOUNT_NOT_ENOUGH", message="余额不足", actor=SHELL),
        1,
    ),
    "cancelled by a person": (lambda send: controlling.cancel(send, actor=SHELL), 0),
}


@pytest.mark.parametrize(("stop", "mails"), STOPS.values(), ids=STOPS)
def test_what_stops_without_anybodys_doing_is_told(stop, mails) -> None:
    send = started(created_by=maker())
    stop(send)
    assert (mailing.send_due(), len(mail.outbox)) == (mails, mails)


@pytest.mark.parametrize(("email", "wanted"), [("", True), ("wang@example.com", False)])
def test_no_address_or_not_wanted_no_mail(email, wanted, settings) -> None:
    settings.ALISMS = settings.ALISMS | {"MAIL": wanted}
    send = started(created_by=maker(email))
    account.pause(send.pk, reason="late", actor=SHELL)
    assert not Mail.objects.exists()


def test_a_mail_server_that_refuses_is_asked_again_and_not_for_ever(settings, caplog) -> None:
    smtp = "django.core.mail.backends.smtp.EmailBackend"
    if django.VERSION >= (6, 1):
        settings.MAILERS = {"default": {"BACKEND": smtp, "OPTIONS": {"host": "127.0.0.1", "port": 1}}}
    else:
        settings.EMAIL_BACKEND = smtp
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    send = started(created_by=maker())
    account.pause(send.pk, reason="late", actor=SHELL)

    assert mailing.send_due() == 0
    assert mailing.send_due() == 0
    assert Mail.objects.get().tries == 1
    for _hour in range(9):
        Mail.objects.update(not_before=database_now() - timedelta(seconds=1))
        mailing.send_due()
    assert Mail.objects.get().tries == 5
    assert "did not go" in caplog.text


def test_of_two_workers_one_sends_it() -> None:
    send = started(created_by=maker())
    account.pause(send.pk, reason="late", actor=SHELL)
    waiting = Mail.objects.get()
    now = database_now()
    assert [Mail.objects.take(waiting.pk, tries=0, now=now) for _worker in range(2)] == [True, False]
    assert Batch.objects.filter(batch_send=send).exists()
