"""A new send from people of another: who comes along, who stays, and that nobody gets it twice."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.utils import timezone

from django_alisms.models import Batch, BatchSend, OptOut, Recipient, RecipientImport
from django_alisms.models.batches import codes_as_text
from django_alisms.services import before_start, controlling, exporting, following, removing, starting
from django_alisms.services.actors import Actor
from django_alisms.services.clock import database_now
from django_alisms.services.importing import staging
from django_alisms.services.marking import Marker
from django_alisms.services.refusals import NotAllowed, NotPossible
from django_alisms.services.slices import Slice
from tests import factories
from tests.admin.conftest import started

pytestmark = [pytest.mark.django_db, pytest.mark.databases]
OPERATOR = Actor.command("test")


@pytest.fixture
def send(db: Any) -> BatchSend:
    """850: 300 accepted (of whom 20 undelivered, 80 waiting), the other batches in every other state."""
    made = started(
        850,
        "finished",
        [
            "accepted",
            "refused",
            "unknown",
            "absent",
            "accepted",
            "cancelled",
            "refused",
            "accepted",
            "cancelled",
        ],
        finished_at=timezone.now(),
    )
    # A refusal that is no proof is being looked up.
    Batch.objects.filter(batch_send=made, number=7).update(needs_look_up=True)
    factories.reported(made, {"DELIVERED": 200, "MOBILE_IN_BLACK": 12, "MOBILE_SEND_LIMIT": 8})
    return made


def follow(send: BatchSend, key: str, *, read: bool = True, **facts: Any) -> RecipientImport:
    """The new send's import, read unless told otherwise."""
    sure = {"reason": "they were called", "sure": True}
    opened = following.follow(
        send, Slice.parse(key), actor=OPERATOR, title="again", name="from there", **(sure | facts)
    )
    return staging.read(opened.pk, actor=OPERATOR) if read else opened


def numbers(batch_send: BatchSend | int) -> set[str]:
    pk = batch_send if isinstance(batch_send, int) else batch_send.pk
    return set(Recipient.objects.of(pk).to_send().values_list("phone", flat=True))


@pytest.mark.parametrize(
    ("key", "people", "left"),
    [
        ("undelivered", 8, 12),
        ("retriable", 8, 0),
        ("undelivered:MOBILE_SEND_LIMIT", 8, 0),
        ("waiting", 80, 0),
        ("refused", 100, 0),
        ("refused:isv.AMOUNT_NOT_ENOUGH", 100, 0),
        ("unknown", 100, 0),
        ("absent", 100, 0),
        ("cancelled", 150, 0),
    ],
)
def test_who_comes_along(key: str, people: int, left: int, send: BatchSend) -> None:
    expected = set(
        Recipient.objects.of(send.pk)
        .filter(
            pk__in=[
                row["pk"] for some in following.slices.walk(send, Slice.parse(key), []) for _b, row in some
            ]
        )
        .values_list("phone", flat=True)
    )
    done = follow(send, key)
    made = done.batch_send
    made.refresh_from_db()
    assert (done.status, done.good, done.rejected) == ("done", people, left)
    assert (made.status, made.recipients_total, made.open_imports) == ("draft", people, 0)
    assert (made.source, made.source_slice) == (send, key)
    assert (made.template, made.sign_name) == (send.template, send.sign_name)
    assert numbers(made) <= expected
    assert len(numbers(made)) == people
    mine = Recipient.objects.of(made.pk).order_by("pk").first()
    theirs = Recipient.objects.of(send.pk).get(phone=mine.phone)
    assert (mine.row, mine.params, mine.parts) == (theirs.row, theirs.params, theirs.parts)
    assert {event.kind for event in made.events.all()} == {"created", "imported"}
    assert send.events.get(kind="followed").facts["follower"] == made.pk


@pytest.mark.parametrize("key", ["all", "delivered", "left_out", "pending", "sending"])
def test_nothing_is_made_from_these(key: str, send: BatchSend) -> None:
    with pytest.raises(NotPossible):
        follow(send, key)
    assert not BatchSend.objects.filter(source=send).exists()


def test_nothing_is_made_from_a_draft(db: Any) -> None:
    with pytest.raises(NotPossible):
        follow(factories.draft(5), "cancelled")


def test_who_stays_says_why_and_shows_no_number(send: BatchSend) -> None:
    person = Recipient.objects.of(send.pk).filter(receipt_code="MOBILE_SEND_LIMIT").first()
    OptOut.objects.create(phone=person.phone)
    done = follow(send, "undelivered")
    rows = list(done.rejected_rows.all())
    reasons = {}
    for row in rows:
        reasons[row.reason] = reasons.get(row.reason, 0) + 1
        assert "****" in row.cell
        assert not [cell for cell in row.cells if cell.startswith("1390000")]
    assert reasons == {"number_bad_for_good": 12, "opted_out": 1}
    assert {row.row for row in rows} <= set(Recipient.objects.of(send.pk).values_list("row", flat=True))


def test_the_same_message_twice_in_a_slice_goes_once(send: BatchSend) -> None:
    """The same number and values in two batches of the slice."""
    first, second = Recipient.objects.of(send.pk).filter(receipt_code="MOBILE_SEND_LIMIT").order_by("pk")[:2]
    other = Batch.objects.get(batch_send=send, number=6)
    Recipient.objects.filter(pk=second.pk).update(
        batch=other, phone=first.phone, params=first.params, delivery="undelivered"
    )
    Batch.objects.filter(pk=other.pk).update(
        undelivered=1, undelivered_by_code=codes_as_text({"MOBILE_SEND_LIMIT": 1}), size=101
    )
    done = follow(send, "retriable")
    assert (done.good, done.duplicates) == (7, 1)


# -- never twice --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["undelivered", "retriable", "waiting", "cancelled"])
def test_a_second_new_send_takes_nobody_of_the_first(key: str, send: BatchSend) -> None:
    first = follow(send, key)
    second = follow(send, key)
    assert second.good == 0
    assert second.rejected_rows.filter(reason="in_another_send").count() == first.good


@pytest.mark.parametrize("key", ["refused", "unknown", "absent"])
def test_batches_are_handed_over_once(key: str, send: BatchSend) -> None:
    first = follow(send, key)
    assert first.good == 100
    with pytest.raises(NotPossible, match="Nobody of these people"):
        follow(send, key)
    assert BatchSend.objects.filter(source=send).count() == 1


def test_a_refusal_that_is_being_looked_up_stays(send: BatchSend) -> None:
    Batch.objects.filter(batch_send=send, status="refused").update(needs_look_up=True)
    with pytest.raises(NotPossible, match="does not prove"):
        follow(send, "refused")


def test_handed_over_batches_are_not_sent_again_here(send: BatchSend) -> None:
    follow(send, "refused")
    follow(send, "absent")
    for resend in (controlling.resend_refused, controlling.resend_absent):
        with pytest.raises(NotPossible, match="sent from there"):
            resend(send, actor=OPERATOR, reason="try")
    assert not Batch.objects.filter(batch_send=send, status="pending").exists()
    assert not Batch.objects.put_back(
        Batch.objects.get(batch_send=send, number=2).pk,
        Batch.objects.get(batch_send=send, number=2).token,
        not_before=timezone.now(),
    )


def test_batches_that_were_sent_again_before_are_not_taken_over(send: BatchSend) -> None:
    """Somebody presses “send again” between the question and the making."""
    before = following.prospect(send, Slice.parse("refused"))
    controlling.resend_refused(send, actor=OPERATOR)
    assert before.at_most == 100
    with pytest.raises(NotPossible):
        follow(send, "refused")


def test_a_batch_that_was_found_while_the_list_is_read_stays(send: BatchSend) -> None:
    opened = follow(send, "unknown", read=False)
    batch = Batch.objects.get(batch_send=send, status="unknown")
    assert Batch.objects.found(batch.pk, attempts=batch.attempts)
    done = staging.read(opened.pk, actor=OPERATOR)
    assert (done.good, done.rejected) == (0, 0)


def test_one_at_a_time(send: BatchSend) -> None:
    follow(send, "retriable", read=False)
    with pytest.raises(NotPossible, match="just now"):
        follow(send, "retriable")


def give_back_by_delete(done: RecipientImport) -> None:
    removing.delete_draft(done.batch_send)


def give_back_by_discard(done: RecipientImport) -> None:
    removing.discard(done, actor=OPERATOR)


def give_back_by_cancel(done: RecipientImport) -> None:
    controlling.cancel(done.batch_send, actor=OPERATOR)


@pytest.mark.parametrize("give_back", [give_back_by_delete, give_back_by_discard, give_back_by_cancel])
@pytest.mark.parametrize("key", ["refused", "cancelled"])
def test_a_draft_that_is_given_up_gives_its_people_back(key: str, give_back: Any, send: BatchSend) -> None:
    first = follow(send, key)
    give_back(first)
    assert follow(send, key).good == first.good


def test_a_send_that_was_cancelled_half_way_keeps_the_batches(send: BatchSend) -> None:
    """Some of its people have it: those of the rest are taken on from there."""
    made = follow(send, "refused").batch_send
    starting.start(made, actor=OPERATOR, again=True)
    controlling.cancel(made, actor=OPERATOR)
    with pytest.raises(NotPossible):
        follow(send, "refused")
    assert follow(made, "cancelled").good == 100


def test_an_import_that_dies_takes_the_same_people_when_it_is_read_anew(
    send: BatchSend, monkeypatch: Any
) -> None:
    opened = follow(send, "refused", read=False)
    monkeypatch.setattr(staging, "SLICE_ROWS", 10)

    def dies() -> None:
        raise SystemExit

    with pytest.raises(SystemExit):
        staging.read(opened.pk, actor=OPERATOR, pulse=dies)
    RecipientImport.objects.filter(pk=opened.pk).update(lease_until=timezone.now() - timedelta(minutes=5))
    done = staging.read(opened.pk, actor=OPERATOR)
    assert (done.status, done.good, done.rows) == ("done", 100, 100)
    assert Recipient.objects.of(done.batch_send_id).count() == 100


# -- reached meanwhile ------------------------------------------------------------------------------------------------


def leave_out(made: BatchSend) -> set[int]:
    sources = {made.pk: made.source_id} if made.source_id is not None else {}
    return following.leave_out_reached(list(made.batches.values_list("pk", flat=True)), sources)


def test_whoever_got_it_meanwhile_is_left_out(send: BatchSend) -> None:
    made = follow(send, "waiting").batch_send
    assert leave_out(made) == set()
    factories.reported(send, {"DELIVERED": 30, "MOBILE_SEND_LIMIT": 5})
    assert leave_out(made) == set()
    made.refresh_from_db()
    batch = made.batches.get()
    assert (made.left_out_total, made.parts_total) == (30, 50)
    assert (batch.left_out, batch.parts) == (30, 50)
    out = Recipient.objects.of(made.pk).filter(left_out="reached")
    assert set(out.values_list("phone", flat=True)) == set(
        Recipient.objects.of(send.pk).filter(delivery="delivered").values_list("phone", flat=True)
    ) & set(Recipient.objects.of(made.pk).values_list("phone", flat=True))
    assert leave_out(made) == set()  # again changes nothing
    made.refresh_from_db()
    assert made.left_out_total == 30


@pytest.mark.parametrize("key", ["unknown", "absent", "refused"])
def test_a_batch_that_turns_out_accepted_empties_the_new_send(key: str, send: BatchSend) -> None:
    made = follow(send, key).batch_send
    batch = Batch.objects.get(batch_send=send, followed_by=made)
    assert Batch.objects.found(batch.pk, attempts=batch.attempts)
    assert leave_out(made) == set(made.batches.values_list("pk", flat=True))
    assert [batch.status for batch in made.batches.all()] == ["cancelled"]
    assert numbers(made) == set()


def test_another_text_to_the_same_number_is_not_left_out(send: BatchSend) -> None:
    """One number, two messages: one arrived, the other goes again."""
    made = follow(send, "retriable").batch_send
    mine = Recipient.objects.of(made.pk).order_by("pk").first()
    other = Recipient.objects.of(send.pk).filter(delivery="delivered").order_by("pk").first()
    Recipient.objects.filter(pk=other.pk).update(
        phone=mine.phone, batch=Batch.objects.get(batch_send=send, number=6)
    )
    assert leave_out(made) == set()
    assert Recipient.objects.of(made.pk).exclude(left_out="").count() == 0


def test_the_sender_marks_nobody_whom_the_first_send_has_reached(send: BatchSend) -> None:
    made = starting.start(follow(send, "waiting").batch_send, actor=OPERATOR, again=True)
    factories.reported(send, {"DELIVERED": 30})
    marked = Marker("a worker", made.pk).mark(5, database_now(), time.monotonic() + 60)
    sent_to = {phone for one in marked for phone in one.phones}
    assert len(sent_to) == 50
    assert not sent_to & set(
        Recipient.objects.of(send.pk).filter(delivery="delivered").values_list("phone", flat=True)
    )


def test_an_ordinary_send_is_asked_for_nothing(send: BatchSend, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):  # its batches
        leave_out(send)


# -- rights and questions ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["waiting", "overdue", "unknown", "absent"])
@pytest.mark.parametrize("missing", [{"sure": False}, {"reason": " "}])
def test_those_who_may_have_it_are_asked_about(key: str, missing: dict[str, Any], send: BatchSend) -> None:
    Batch.objects.filter(batch_send=send).update(marked_at=timezone.now() - timedelta(days=2))
    with pytest.raises(NotPossible, match="would get it twice"):
        follow(send, key, **missing)


@pytest.mark.parametrize(
    ("key", "rights", "allowed"),
    [
        ("retriable", ["add_batchsend", "import_recipients"], True),
        ("retriable", ["add_batchsend"], False),
        ("retriable", ["import_recipients"], False),
        ("waiting", ["add_batchsend", "import_recipients"], False),
        ("unknown", ["add_batchsend", "import_recipients", "resend_absent"], True),
    ],
)
def test_rights(key: str, rights: list[str], allowed: bool, send: BatchSend) -> None:
    user = get_user_model().objects.create_user("someone")
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    actor = Actor.of(get_user_model().objects.get(pk=user.pk))

    def make() -> RecipientImport:
        return following.follow(
            send, Slice.parse(key), actor=actor, title="x", name="x", reason="called", sure=True
        )

    if allowed:
        assert make().batch_send.created_by == user
        return
    with pytest.raises(NotAllowed):
        make()
    assert not BatchSend.objects.filter(source=send).exists()


def test_starting_asks_once_more_about_those_who_may_have_it(send: BatchSend) -> None:
    sure = follow(send, "retriable").batch_send
    perhaps = follow(send, "waiting").batch_send
    assert starting.start(sure, actor=OPERATOR).status == "sending"
    with pytest.raises(NotPossible, match="may have got the message there"):
        starting.start(perhaps, actor=OPERATOR)
    assert starting.start(perhaps, actor=OPERATOR, again=True).status == "sending"


def test_a_repeat_of_another_send_is_still_asked_about(send: BatchSend) -> None:
    """The send they come from is no news; a third one that had the same people is."""
    made = follow(send, "retriable").batch_send
    people = Recipient.objects.of(made.pk)
    third = factories.draft(title="third")
    factories.stage(
        third,
        [
            factories.row(0, row=one.row, phone=one.phone, params_json=one.params)
            for one in people.order_by("pk")
        ],
    )
    BatchSend.objects.filter(pk=third.pk).update(
        status="finished", started_at=timezone.now(), started_by="王磊"
    )
    with pytest.raises(NotPossible, match="王磊"):
        starting.start(made, actor=OPERATOR)


def test_whom_the_other_send_did_not_reach_either_is_not_asked_about(send: BatchSend) -> None:
    """They would be told that they have it already."""
    made = follow(send, "retriable").batch_send
    people = list(Recipient.objects.of(made.pk).order_by("pk"))
    third = factories.draft(title="third")
    factories.stage(
        third, [factories.row(0, row=one.row, phone=one.phone, params_json=one.params) for one in people]
    )
    BatchSend.objects.filter(pk=third.pk).update(
        status="finished", started_at=timezone.now(), started_by="王磊"
    )
    theirs = Recipient.objects.of(third.pk)
    theirs.update(delivery="undelivered")
    assert before_start.repeat(made, again=False) is None
    theirs.filter(phone=people[0].phone).update(delivery="waiting")
    assert before_start.repeat(made, again=False) is not None
    third.batches.update(status="cancelled")
    assert before_start.repeat(made, again=False) is None


def test_who_stays_out_is_no_row_of_a_file(send: BatchSend) -> None:
    made = follow(send, "undelivered").batch_send
    made.refresh_from_db()
    said = {check.key: check for check in before_start.checks(made)}
    assert made.rejected_total
    assert "rejected" not in said
    assert said["stay_out"].facts == {"count": made.rejected_total}
    assert "file" not in said["stay_out"].sentence


def test_the_uploaders_headers_come_along_through_two_sends(send: BatchSend) -> None:
    RecipientImport.objects.filter(batch_send=send).update(
        reading={
            "headers": ["客户", "电话", "单号", "钱"],
            "places": {"phone": 1, "name": 0, "code": 2, "amount": 3},
            "columns": {"phone": "电话", "${name}": "客户", "${code}": "单号", "${amount}": "钱"},
        }
    )
    made = follow(send, "refused").batch_send
    BatchSend.objects.filter(pk=made.pk).update(status="cancelled", started_at=timezone.now())
    Batch.objects.filter(batch_send=made).update(status="cancelled")
    made.refresh_from_db()
    again = follow(made, "cancelled").batch_send
    for one in (made, again):
        table = exporting.export(one, Slice.parse("all"), actor=OPERATOR, full=True)
        assert table.headers[1:5] == ["客户", "电话", "单号", "钱"]
        assert next(table.lines)[2].startswith("139")
