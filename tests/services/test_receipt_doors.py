"""Three doors, one result: the same traffic by push, by queue and by look-ups, against a real sandbox.

A real sender accepts real batches; the sandbox loses, copies, shuffles and lets receipts overtake answers. Then the
tables are compared with what the numbers themselves say, and with each other.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from django.core.management import call_command
from django.db.models import Sum

from django_alisms.models import (
    AccountState,
    Attempt,
    Batch,
    BatchSend,
    KeptReceipt,
    OptOut,
    ReceiptTally,
    Recipient,
    Reply,
)
from django_alisms.sandbox import numbers
from django_alisms.services import account, starting
from django_alisms.services.actors import Actor
from django_alisms.services.clock import database_now
from django_alisms.services.patience import patiently
from django_alisms.services.receiving import polling, queues
from django_alisms.services.receiving.collecting import Collector
from django_alisms.services.sending import Sender
from django_alisms.services.status import counts_of, status_of
from tests import factories
from tests.push_site import PushSite
from tests.sandbox.process import SandboxProcess

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.databases]

SHELL = Actor("operator")
TOKEN = "pX3vN0c2mQ9sR7tY5uW1aB"
PEOPLE = 10_000


@pytest.fixture
def sandbox(settings) -> Iterator[SandboxProcess]:
    with SandboxProcess() as made:
        settings.ALISMS = {
            "ENDPOINT": made.url,
            "TOKEN_ENDPOINT": made.url,
            "QUEUE_ENDPOINT": made.url,
            "ACCESS_KEY_ID": made.key_id,
            "ACCESS_KEY_SECRET": made.secret,
            "MAX_REQUESTS_PER_SECOND": 100_000,
            "RECEIPT_TOKEN": TOKEN,
            "RECEIPT_QUEUE": "Alicom-Queue-1000000000000001-",
            "RECEIPT_POLL_SCHEDULE": (0.001, 3600),
        }
        yield made


@pytest.fixture
def site() -> Iterator[PushSite]:
    with PushSite() as made:
        yield made


def pushing(sandbox: SandboxProcess, site: PushSite, **settings: Any) -> None:
    sandbox.control(
        push_receipts=f"{site.url}/alisms/receipts/{TOKEN}/",
        push_replies=f"{site.url}/alisms/replies/{TOKEN}/",
        push_speed=120,
        push_timeout=10,
        **settings,
    )


def accepted(people: int) -> BatchSend:
    send = starting.start(factories.draft(people), actor=SHELL)
    client = account.client()
    Sender(client, SHELL, only=send.pk).run()
    client.close()
    # In memory, a reader does not wait for the pushes that are being stored by another thread.
    assert set(patiently(partial(factories.statuses, send))) == {"accepted"}
    return send


def wait_for(sandbox: SandboxProcess, what: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    until = time.monotonic() + 240
    while not what(state := sandbox.state()):
        assert time.monotonic() < until, state
        time.sleep(0.05)
    return state


def all_pushed(state: dict[str, Any]) -> bool:
    return state["pushing"]["items"] > 0 and state["pushing"]["waiting"] == 0


def truth(phone: str) -> tuple[str, str]:
    """Verdict and code by the number's ending."""
    code = numbers.receipt_of(phone)
    if code in numbers.OPEN:
        return "waiting", ""
    return ("delivered" if code == numbers.DELIVERED else "undelivered"), code


def assert_counts_agree(send: BatchSend) -> None:
    """Every counter is what counting the people would give."""
    for batch in Batch.objects.filter(batch_send=send):
        people = Recipient.objects.filter(batch=batch)
        assert batch.delivered == people.filter(delivery="delivered").count()
        assert batch.undelivered == people.filter(delivery="undelivered").count()
        billed = people.filter(delivery="delivered").aggregate(parts=Sum("billed_parts"))["parts"]
        assert batch.billed_parts == (billed or 0)
    final = Recipient.objects.of(send.pk).exclude(delivery="waiting")
    assert ReceiptTally.objects.aggregate(count=Sum("count"))["count"] == final.count()


def test_ten_thousand_receipts_lost_copied_shuffled_and_early_end_as_they_were(sandbox, site) -> None:
    pushing(
        sandbox,
        site,
        reports_lost=0.05,
        reports_copies=4,
        reports_shuffled=True,
        reports_early=0.05,
        receipts_delay=0.2,
    )
    send = accepted(PEOPLE)
    wait_for(sandbox, all_pushed)
    before = counts_of([send.pk])[send.pk]
    assert before.waiting > 0.03 * PEOPLE

    client = account.client()
    done = polling.poll(client, SHELL, all_of_them=True)
    client.close()

    people = Recipient.objects.of(send.pk).values_list("phone", "delivery", "receipt_code")
    wrong = {phone: (delivery, code) for phone, delivery, code in people if (delivery, code) != truth(phone)}
    assert wrong == {}
    assert_counts_agree(send)
    assert (done.unreadable, done.asked) == (0, before.waiting)
    # Who is still waiting gets no receipt at all, by his number.
    counts = counts_of([send.pk])[send.pk]
    assert counts.waiting == 2 * PEOPLE // 1000
    assert counts.delivered + counts.undelivered + counts.waiting == PEOPLE
    assert not KeptReceipt.objects.exists()


def tables(send: BatchSend) -> dict[str, list[Any]]:
    """All that receipts write."""
    return {
        "people": list(
            Recipient.objects.of(send.pk)
            .order_by("pk")
            .values_list("phone", "delivery", "receipt_code", "reported_at", "billed_parts")
        ),
        "batches": list(
            Batch.objects.filter(batch_send=send)
            .order_by("pk")
            .values_list("status", "delivered", "undelivered", "billed_parts", "proven_attempt", "biz_id")
        ),
        "tallies": list(
            ReceiptTally.objects.order_by("minute", "delivery", "code").values_list(
                "batch_send", "minute", "delivery", "code", "count", "parts"
            )
        ),
        "opt-outs": list(
            OptOut.objects.filter(source="carrier").order_by("phone").values_list("phone", "reason")
        ),
        "strangers and contradictions": list(KeptReceipt.objects.values_list("out_id", "phone", "code")),
    }


def columns_of(model: Any) -> set[str]:
    return {field.attname for field in model._meta.concrete_fields}


def everything(send: BatchSend) -> list[Any]:
    """Every column of every row about the send, but for when a look-up is next due and how often there was one."""
    own = {"next_poll_at", "polls"}
    found: list[Any] = []
    for model, rows in (
        (BatchSend, BatchSend.objects.filter(pk=send.pk)),
        (Batch, Batch.objects.filter(batch_send=send)),
        (Attempt, Attempt.objects.filter(batch__batch_send=send)),
        (Recipient, Recipient.objects.of(send.pk)),
    ):
        found += rows.order_by("pk").values_list(*sorted(columns_of(model) - own))
    return found


def forget_receipts() -> None:
    """As if none had come."""
    Recipient.objects.update(delivery="waiting", receipt_code="", reported_at=None, billed_parts=None)
    Batch.objects.update(
        delivered=0,
        undelivered=0,
        undelivered_by_code="",
        billed_parts=0,
        proven_attempt=0,
        next_poll_at=database_now(),
    )
    ReceiptTally.objects.all().delete()
    OptOut.objects.all().delete()
    Reply.objects.all().delete()


def replies() -> list[Any]:
    return list(
        Reply.objects.order_by("sequence_id").values_list("sequence_id", "phone", "content", "batch_send")
    )


def test_the_three_doors_give_the_same_tables(sandbox, site) -> None:
    pushing(sandbox, site, queue=True, reports_copies=2, reports_shuffled=True)
    send = accepted(1000)
    wait_for(sandbox, all_pushed)
    pushed, written_back, all_pushed_in = tables(send), replies(), everything(send)

    forget_receipts()
    queue = account.queue_client()
    emptied = queues.empty(queue, SHELL)
    queue.close()
    queued, written_back_by_queue, all_queued = tables(send), replies(), everything(send)

    forget_receipts()
    client = account.client()
    polling.poll(client, SHELL, all_of_them=True)
    client.close()
    polled = tables(send)

    assert pushed == queued == polled
    assert all_pushed_in == all_queued == everything(send)
    assert written_back == written_back_by_queue
    assert [content for _sequence, _phone, content, _send in sorted(written_back)] != []
    assert {one[3] for one in written_back} == {send.pk}
    assert (emptied.unreadable, sandbox.state()["queues"]) == (0, {"SmsReport": 0, "SmsUp": 0})
    assert sum(one[1] == "waiting" for one in pushed["people"]) == 2


# -- the queue ----------------------------------------------------------------------------------------------------


def test_what_the_database_did_not_take_stays_in_the_queue(sandbox, monkeypatch) -> None:
    sandbox.control(queue=True, queue_visibility=0.2)
    send = accepted(3)
    wait_for(sandbox, lambda state: state["queues"]["SmsReport"] == 3)
    queue = account.queue_client()

    def gone(*_arguments: Any, **_more: Any) -> None:
        raise ConnectionError("the database is gone")

    with monkeypatch.context() as without:
        without.setattr(queues, "apply", gone)
        with pytest.raises(ConnectionError):
            queues.empty(queue, SHELL)
    assert sandbox.state()["queues"]["SmsReport"] == 3

    until = time.monotonic() + 20
    while counts_of([send.pk])[send.pk].delivered < 3 and time.monotonic() < until:
        queues.empty(queue, SHELL)
    queue.close()
    assert counts_of([send.pk])[send.pk].delivered == 3
    assert sandbox.state()["queues"]["SmsReport"] == 0
    assert AccountState.objects.current().queue_read_at is not None


def test_a_message_that_cannot_be_read_does_not_come_for_ever(sandbox, settings) -> None:
    sandbox.control(queue=True, queue_visibility=0.2)
    sandbox.control(reply={"phone": "13800138000", "content": "TD", "dest_code": "1" * 40})

    queue = account.queue_client()
    emptied = queues.empty(queue, SHELL)
    queue.close()

    assert (emptied.unreadable, sandbox.state()["queues"]["SmsUp"]) == (1, 0)


# -- look-ups -----------------------------------------------------------------------------------------------------


def ask(**options: Any) -> polling.Polled:
    client = account.client()
    try:
        return polling.poll(client, SHELL, **options)
    finally:
        client.close()


def test_only_who_is_waiting_is_asked_for_and_only_when_it_is_time(sandbox) -> None:
    send = accepted(5)
    Recipient.objects.filter(phone=factories.phone(0)).update(delivery="delivered")
    Batch.objects.update(delivered=1, next_poll_at=database_now())

    assert ask().asked == 4
    assert ask() == polling.Polled()
    assert counts_of([send.pk])[send.pk].delivered == 5
    assert Batch.objects.get().next_poll_at is None


def test_three_numbers_tell_whether_there_are_receipts_at_all(sandbox) -> None:
    sandbox.control(receipts_delay=3600)
    accepted(50)
    Batch.objects.update(next_poll_at=database_now())

    assert ask() == polling.Polled(asked=polling.TELLING)
    batch = Batch.objects.get()
    assert batch.polls == 1
    # The next time of the schedule, not at once.
    assert (batch.next_poll_at - batch.marked_at).total_seconds() == pytest.approx(3600)

    sandbox.control(receipts_delay=0)
    Batch.objects.update(next_poll_at=database_now())
    assert ask() == polling.Polled(asked=50, stored=50)


def test_who_was_asked_for_least_comes_first_and_of_these_the_newest(sandbox) -> None:
    accepted(300)
    now = database_now()
    for number, (polls, minutes) in enumerate([(1, 1), (0, 9), (0, 5)], 1):
        marked_at = now.fromtimestamp(now.timestamp() - minutes * 60, tz=now.tzinfo)
        Batch.objects.filter(number=number).update(polls=polls, marked_at=marked_at, next_poll_at=now)

    order = []
    for _round in range(3):
        ask(at_most=1)
        order.append(Batch.objects.exclude(number__in=order).get(delivered__gt=0).number)

    assert order == [3, 2, 1]


def test_when_the_schedule_is_over_nobody_asks_any_more(sandbox, settings) -> None:
    settings.ALISMS |= {"RECEIPT_POLL_SCHEDULE": (0.001,)}
    sandbox.control(receipts_delay=3600)
    accepted(1)
    Batch.objects.update(next_poll_at=database_now())

    assert ask().asked == 1
    assert Batch.objects.get().next_poll_at is None
    assert ask() == polling.Polled()
    assert ask(all_of_them=True).asked == 1  # a person may


def test_one_of_several_workers_asks(sandbox) -> None:
    accepted(1)
    batch = Batch.objects.get()
    soon = database_now()

    took = [Batch.objects.take_poll(batch.pk, seen=batch.next_poll_at, until=soon) for _worker in range(3)]

    assert took == [True, False, False]


def test_a_look_up_that_cannot_be_read_proves_nothing(sandbox) -> None:
    accepted(1)
    sandbox.control(details_empty=True)

    assert ask(all_of_them=True) == polling.Polled(asked=1, unreadable=1)
    assert Recipient.objects.get().delivery == "waiting"


def test_all_pages_are_read(sandbox) -> None:
    """Sixty other messages to the same number that day are before ours: ours is on the second page."""
    send = accepted(1)
    ours = sandbox_messages(sandbox, factories.phone(0), 60)
    assert ours == 61

    assert ask(all_of_them=True) == polling.Polled(asked=1, stored=1)
    assert counts_of([send.pk])[send.pk].delivered == 1


def sandbox_messages(sandbox: SandboxProcess, phone: str, more: int) -> int:
    """Somebody else of the account sends to the number; how many messages it has then."""
    from tests.sandbox.process import batch, call

    values = {"name": "李伟", "code": "X", "amount": "1.00"}
    for number in range(more):
        answer = call(
            sandbox.url,
            "SendBatchSms",
            **batch([phone], template=factories.TEMPLATE, values=[values], out_id=f"theirs-{number}"),
        )
        assert answer.code == "OK", answer.body
    return int(sandbox.state()["accepted_messages"])


def test_an_unknown_batch_is_not_polled_but_a_look_up_of_another_settles_it(sandbox) -> None:
    send = accepted(2)
    Batch.objects.update(status="unknown", needs_look_up=True)
    assert ask(all_of_them=True) == polling.Polled()

    Batch.objects.update(status="accepted", needs_look_up=False)
    assert ask(all_of_them=True).stored == 2
    assert Attempt.objects.filter(batch__batch_send=send).count() == 1


# -- the worker and the command -----------------------------------------------------------------------------------


def test_a_round_of_the_worker_uses_queue_and_look_ups(sandbox) -> None:
    sandbox.control(queue=True)
    send = accepted(5)
    wait_for(sandbox, lambda state: state["queues"]["SmsReport"] == 5)
    client = account.client()
    collector = Collector(client, SHELL, threading.Event())

    collector.round()

    collector.close()
    client.close()
    assert counts_of([send.pk])[send.pk].delivered == 5
    assert sandbox.state()["by_operation"].get("QuerySendDetails", 0) == 0


def test_a_queue_that_cannot_be_read_stops_nothing_else(sandbox, settings) -> None:
    settings.ALISMS |= {"RECEIPT_QUEUE": "Alicom-Queue-1-"}
    send = accepted(5)
    Batch.objects.update(next_poll_at=database_now())
    client = account.client()
    collector = Collector(client, SHELL, threading.Event())

    collector.round()

    collector.close()
    client.close()
    assert counts_of([send.pk])[send.pk].delivered == 5


def test_the_command_asks_for_all_that_is_missing(sandbox, capsys) -> None:
    send = accepted(5)

    call_command("alisms_receipts", "--json")

    printed = capsys.readouterr()
    assert printed.out.strip() == '{"asked": 5, "stored": 5, "unreadable": 0, "waiting": 0}'
    assert "asked for 5 numbers" in printed.err
    assert (status_of(send)["delivered"], status_of(send)["undelivered"]) == (5, 0)


def test_the_command_empties_the_queues(sandbox, capsys) -> None:
    sandbox.control(queue=True)
    accepted(5)
    wait_for(sandbox, lambda state: state["queues"]["SmsReport"] == 5)

    call_command("alisms_receipts", "--queue", "--json")

    assert capsys.readouterr().out.strip() == '{"receipts": 5, "replies": 0, "unreadable": 0, "waiting": 0}'


@pytest.mark.parametrize("queue", ["", "Alicom-Queue-1-", "nonsense"])
def test_the_command_says_why_it_cannot(sandbox, settings, capsys, queue) -> None:
    settings.ALISMS |= {"RECEIPT_QUEUE": queue}

    with pytest.raises(SystemExit) as ended:
        call_command("alisms_receipts", "--queue")

    assert ended.value.code == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
