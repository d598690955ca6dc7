"""Look-ups of unknown batches against a real sandbox: what is taken, what is concluded, what is asked anew."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from django_alisms.admin.history import in_words
from django_alisms.aliyun.outcomes import failed
from django_alisms.models import Batch, Event
from django_alisms.services import account, controlling, recording, settling, starting, working
from django_alisms.services.actors import Actor
from django_alisms.services.clock import database_now
from django_alisms.services.looking_up import AT_ONCE, LookUps
from django_alisms.services.refusals import NotPossible
from django_alisms.services.sending import Sender
from tests import factories
from tests.sandbox.process import SandboxProcess

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.databases]

SHELL = Actor("operator")


@pytest.fixture
def sandbox(settings) -> Iterator[SandboxProcess]:
    with SandboxProcess() as made:
        settings.ALISMS = {
            "ENDPOINT": made.url,
            "ACCESS_KEY_ID": made.key_id,
            "ACCESS_KEY_SECRET": made.secret,
            "SETTLE_SCHEDULE": (1, 2, 3),
            "MAX_REQUESTS_PER_SECOND": 2000,
        }
        yield made


@pytest.fixture
def orphaned() -> Batch:
    """A batch of three whose process died before the request left, ten seconds ago; one accepted beside it."""
    send = starting.start(factories.draft(3), actor=SHELL)
    return leave(send.batches.get())


def leave(batch: Batch, token: str = "dead0001") -> Batch:
    then = database_now() - timedelta(seconds=10)
    assert Batch.objects.mark([batch.pk], token=token, now=then, lease_until=then + timedelta(seconds=5))
    batch.refresh_from_db()
    return batch


@pytest.mark.parametrize("act", [controlling.pause, controlling.cancel])
def test_what_a_dead_process_left_is_looked_for_whatever_became_of_the_send(sandbox, orphaned, act) -> None:
    act(orphaned.batch_send, actor=SHELL)

    working.settle(account.client(), SHELL, threading.Event())

    orphaned.refresh_from_db()
    assert (orphaned.status, orphaned.unseen_rounds) == ("unknown", 1)
    assert Event.objects.filter(kind="orphaned").count() == 1


def test_one_of_several_workers_looks_a_batch_up(sandbox, orphaned) -> None:
    recording.orphans(database_now(), SHELL)
    orphaned.refresh_from_db()
    due = orphaned.next_look_up_at
    until = database_now() + timedelta(seconds=90)

    took = [Batch.objects.take_look_up(orphaned.pk, seen=due, until=until) for _worker in range(3)]

    assert took == [True, False, False]
    assert settling.settle_due(account.client(), SHELL).looked_up == 0
    assert sandbox.state()["by_operation"] == {}


def test_a_worker_that_is_to_end_gives_the_look_up_back(sandbox, orphaned, monkeypatch) -> None:
    recording.orphans(database_now(), SHELL)
    orphaned.refresh_from_db()
    stopping = threading.Event()
    ask = LookUps._ask

    def asked(look_ups, pages):
        stopping.set()  # SIGTERM, while the first number is asked for
        return ask(look_ups, pages)

    monkeypatch.setattr(LookUps, "_ask", asked)
    settling.settle_due(account.client(), SHELL, stopping=stopping)

    before = orphaned.next_look_up_at
    orphaned.refresh_from_db()
    assert (orphaned.next_look_up_at, orphaned.look_ups, orphaned.unseen_rounds) == (before, 0, 0)
    assert sandbox.state()["by_operation"] == {"QuerySendDetails": 1}


def test_a_round_whose_time_ran_out_concludes_nothing(sandbox, orphaned, monkeypatch) -> None:
    """Two rounds at the same time would count as two rounds after each other."""
    recording.orphans(database_now(), SHELL)
    ask = LookUps._ask

    def asked(look_ups, pages):
        # Frozen for longer than the lease: another worker took the batch meanwhile.
        Batch.objects.filter(pk=orphaned.pk).update(next_look_up_at=database_now() + timedelta(seconds=77))
        return ask(look_ups, pages)

    monkeypatch.setattr(LookUps, "_ask", asked)
    settling.settle_due(account.client(), SHELL, early=True)

    orphaned.refresh_from_db()
    assert (orphaned.look_ups, orphaned.unseen_rounds) == (0, 0)
    assert orphaned.next_look_up_at > database_now() + timedelta(seconds=30)


def test_a_look_up_that_takes_long_stays_its_owners(sandbox, orphaned, settings, monkeypatch) -> None:
    recording.orphans(database_now(), SHELL)
    orphaned.refresh_from_db()
    taken = settling.Taken(orphaned)
    assert taken.take()
    first = Batch.objects.get(pk=orphaned.pk).next_look_up_at

    monkeypatch.setattr(settling, "_lease", lambda: first + timedelta(seconds=60))

    assert taken.keep()
    assert Batch.objects.get(pk=orphaned.pk).next_look_up_at == first + timedelta(seconds=60)


def test_a_hundred_numbers_are_asked_for_a_few_at_a_time(sandbox) -> None:
    send = starting.start(factories.draft(30), actor=SHELL)
    leave(send.batches.get())
    recording.orphans(database_now(), SHELL)
    sandbox.control(delay=0.05)

    settling.settle_due(account.client(), SHELL, early=True)

    assert sandbox.state()["by_operation"] == {"QuerySendDetails": 30}
    assert 2 <= sandbox.state()["peak_in_flight"] <= AT_ONCE
    assert send.batches.get().unseen_rounds == 1


def test_a_person_hears_that_somebody_looks_already(sandbox, orphaned) -> None:
    recording.orphans(database_now(), SHELL)
    seen_by_the_person = Batch.objects.get(pk=orphaned.pk)
    assert settling.Taken(Batch.objects.get(pk=orphaned.pk)).take()

    with pytest.raises(NotPossible, match="just now"):
        settling.settle_batch(account.client(), seen_by_the_person, SHELL)


def test_what_was_unseen_of_one_attempt_does_not_count_for_the_next(orphaned) -> None:
    recording.orphans(database_now(), SHELL)
    Batch.objects.filter(pk=orphaned.pk).update(unseen_rounds=2, look_ups=4, looked_up_at=database_now())
    assert Batch.objects.missing(orphaned.pk, attempts=1)

    controlling.resend_absent(orphaned.batch_send, actor=SHELL, reason="the screen was dark")
    again = leave(orphaned, "dead0002")

    assert (again.attempts, again.unseen_rounds, again.look_ups) == (2, 0, 0)


def test_whom_money_did_not_reach_is_listed_for_a_person(sandbox) -> None:
    """Two of three went before the money ran out: the batch is accepted, and the third is named, not guessed at."""
    sandbox.control(balance=2, balance_partial=True)
    batch = refused_for_money()

    assert settling.settle_due(account.client(), SHELL, early=True).accepted == 1

    batch.refresh_from_db()
    third = batch.recipients.order_by("id").last()
    assert (batch.status, batch.code) == ("accepted", "isv.AMOUNT_NOT_ENOUGH")
    assert settling.people_not_seen(batch) == [third]
    words = in_words(Event.objects.get(kind="settled"))
    assert "not seen: 1" in words
    # A receipt that comes after all says more than the look-up did.
    batch.recipients.filter(pk=third.pk).update(delivery="delivered")
    assert settling.people_not_seen(batch) == []


def test_whoever_could_not_be_looked_up_is_not_called_unseen(sandbox, monkeypatch) -> None:
    sandbox.control(balance=1, balance_partial=True)
    batch = refused_for_money()
    last = batch.recipients.order_by("id").last()
    ask = LookUps._ask_in

    def broken_for_the_last(self, page, turn):
        answer = ask(self, page, turn)
        return failed("wire.reset", "") if page.phone == last.phone else answer

    monkeypatch.setattr(LookUps, "_ask_in", broken_for_the_last)
    settling.settle_due(account.client(), SHELL, early=True)

    assert settling.people_not_seen(Batch.objects.get(pk=batch.pk)) == [batch.recipients.order_by("id")[1]]


def refused_for_money() -> Batch:
    send = starting.start(factories.draft(3), actor=SHELL)
    Sender(account.client(), SHELL, only=send.pk).run()
    batch = send.batches.get()
    assert (batch.status, batch.code, batch.needs_look_up) == ("refused", "isv.AMOUNT_NOT_ENOUGH", True)
    return batch
