"""The address for replies, kept once whatever is pushed; and what both addresses say when the database is gone."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError

from django_alisms.models import AccountState, OptOut, Reply
from django_alisms.services import starting
from django_alisms.services.actors import Actor
from django_alisms.services.receiving import doors, together
from django_alisms.signals import reply_received
from tests import factories
from tests.services.test_receiving import marked
from tests.views.test_push import NO_TIMES, STORED, item, push, untouched

pytestmark = [pytest.mark.django_db(transaction=True)]


def reply(**facts: Any) -> dict[str, Any]:
    usual = {
        "phone_number": factories.phone(0),
        "content": "收到",
        "send_time": "2099-01-02 12:00:00",
        "dest_code": "1234",
        "sequence_id": "1234567890",
    }
    return {name: value for name, value in (usual | facts).items() if value is not ...}


@pytest.mark.databases
def test_a_reply_is_kept_once_under_the_send_it_answers(batch) -> None:
    for _time in range(3):
        assert push([reply(), reply()], door="replies").json() == STORED

    kept = Reply.objects.get()
    assert (kept.phone, kept.content, kept.batch_send) == (factories.phone(0), "收到", batch.batch_send)
    assert not OptOut.objects.exists()
    assert AccountState.objects.current().replies_pushed_at is not None


@pytest.mark.parametrize("word", ["TD", " t ", "R", "退订", "N"])
def test_a_reply_that_is_one_of_the_words_opts_out(batch, word) -> None:
    push([reply(content=word), reply(content=word, sequence_id="2")], door="replies")

    assert list(OptOut.objects.values_list("phone", "source")) == [(factories.phone(0), "reply")]
    assert Reply.objects.count() == 2


def test_a_reply_of_before_the_message_answers_none(batch) -> None:
    push(
        [reply(send_time="2020-01-02 12:00:00"), reply(sequence_id="2", phone_number="13800138000")],
        door="replies",
    )

    assert list(Reply.objects.values_list("batch_send", flat=True)) == [None, None]


def test_the_extension_code_says_which_send_is_answered(batch) -> None:
    coded = starting.start(factories.draft(2, extend_code="77"), actor=Actor("operator"), again=True)
    marked(coded.batches.get(), "cccccccc")
    newest = starting.start(factories.draft(2), actor=Actor("operator"), again=True)
    marked(newest.batches.get(), "dddddddd")

    push([reply(dest_code="106977"), reply(dest_code="1069", sequence_id="2")], door="replies")

    assert list(Reply.objects.order_by("sequence_id").values_list("batch_send", flat=True)) == [
        coded.pk,
        newest.pk,
    ]


def test_a_projects_own_receiver_hears_each_reply_once(batch) -> None:
    heard: list[Reply] = []

    def hear(sender, *, reply: Reply, **more: Any) -> None:
        heard.append(reply)

    reply_received.connect(hear)
    try:
        for _time in range(2):
            push([reply(), reply(sequence_id="2")], door="replies")
    finally:
        reply_received.disconnect(hear)

    assert [(one.sequence_id, one.batch_send) for one in heard] == [
        ("1234567890", batch.batch_send),
        ("2", batch.batch_send),
    ]


WRONG_REPLIES: dict[str, dict[str, Any]] = {
    "no number": {"phone_number": ...},
    "no sequence": {"sequence_id": ...},
    "empty sequence": {"sequence_id": " "},
    "sequence without end": {"sequence_id": "1" * 65},
    "no content": {"content": ...},
    "content as a number": {"content": 1},
}


@pytest.mark.parametrize("facts", WRONG_REPLIES.values(), ids=WRONG_REPLIES)
def test_one_wrong_reply_and_nothing_of_the_push_is_stored(batch, facts) -> None:
    assert push([reply(sequence_id="1"), reply(**facts)], door="replies").status_code == 400
    assert untouched(batch)


@pytest.mark.parametrize("facts", [{"sequence_id": 1234567890}, {"dest_code": ...}, {"content": "x" * 5000}])
def test_replies_of_other_years_and_long_ones_are_kept(batch, facts) -> None:
    assert push([reply(**facts)], door="replies").status_code == 200
    assert Reply.objects.get().sequence_id == "1234567890"


@pytest.mark.databases
@pytest.mark.parametrize("sequences", [("a1", "A1", "2"), ("\u00e1", "a", "2"), ("a ", "a", "2")])
def test_numbers_of_replies_that_a_database_takes_for_the_same_keep_no_other_out(batch, sequences) -> None:
    """MySQL compares without case and accents."""
    some = [reply(sequence_id=one, content="TD") for one in sequences]

    for pushed in (some, some[:1], some):
        assert push(pushed, door="replies").json() == STORED

    kept = list(Reply.objects.values_list("sequence_id", flat=True))
    assert "2" in kept
    assert set(kept) <= {one.strip() for one in sequences}
    assert OptOut.objects.count() == 1


@pytest.mark.databases
@pytest.mark.parametrize("when", NO_TIMES)
def test_a_reply_with_a_time_of_another_age_is_kept_as_of_now(batch, when) -> None:
    assert push([reply(send_time=when)], door="replies").json() == STORED

    assert Reply.objects.get().batch_send == batch.batch_send


# -- a database that is gone ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("door", ["receipts", "replies"])
def test_a_database_that_is_gone_is_told_so_that_the_push_comes_again(batch, monkeypatch, door) -> None:
    def gone(*_arguments: Any) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    with monkeypatch.context() as without:
        without.setattr(together, "apply", gone)
        without.setattr(doors, "receive_all", gone)
        answer = push([item(batch)] if door == "receipts" else [reply()], door=door)
    assert (answer.status_code, answer.json()["code"]) == (503, 503)

    assert push([item(batch)] if door == "receipts" else [reply()], door=door).json() == STORED
