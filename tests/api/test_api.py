"""django_alisms.api, as a developer's own code uses it."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone

from django_alisms import api
from django_alisms.models import Batch, BatchSend, OptOut, Recipient, RecipientImport
from tests import factories
from tests.admin.conftest import started

pytestmark = [pytest.mark.django_db, pytest.mark.databases]

PERSON = {"phone": "13800138000", "name": "王芳", "code": "DD1123", "amount": 268}


@pytest.fixture(autouse=True)
def _account():
    factories.sign_name()
    factories.template()


def create(recipients, **options):
    return api.create_batch_send(
        **{
            "title": "第三批",
            "sign_name": factories.SIGN,
            "template": factories.TEMPLATE,
            "recipients": recipients,
            **options,
        }
    )


def test_a_generator_of_people_becomes_a_draft_that_starts():
    made = create({**PERSON, "phone": factories.phone(number)} for number in range(230))

    assert (made.status, made.recipients_total, made.batches.count()) == ("draft", 230, 3)
    assert Recipient.objects.of(made.pk).order_by("id").first().values == {
        "name": "王芳",
        "code": "DD1123",
        "amount": "268",
    }
    api.start(made)
    found = api.status(made)
    assert (found["status"], found["pending"], found["recipients"]) == ("sending", 230, 230)


def test_the_same_person_twice_goes_once():
    made = create([PERSON, PERSON, {**PERSON, "phone": "+86 138-0013-8000"}])

    assert (made.recipients_total, made.duplicates_total, made.rows_total) == (1, 2, 3)


def test_bad_rows_raise_with_row_and_reason_and_leave_nothing():
    with pytest.raises(api.RowsRejected) as refused:
        create([PERSON, {**PERSON, "phone": "010-62581234"}, {**PERSON, "phone": "13900000001", "name": ""}])

    assert [(row["row"], row["column"], row["code"]) for row in refused.value.rejected] == [
        (2, "phone", "phone_landline"),
        (3, "name", "value_empty"),
    ]
    assert (BatchSend.objects.count(), RecipientImport.objects.count(), Recipient.objects.count()) == (
        0,
        0,
        0,
    )


def test_bad_rows_can_be_left_out():
    made = create([PERSON, {**PERSON, "phone": "12345"}], skip_bad_rows=True)

    assert (made.recipients_total, made.rejected_total) == (1, 1)


def test_an_extension_code_has_digits_only():
    with pytest.raises(api.NotPossible, match="digits only"):
        create([PERSON], extend_code="abc")

    assert BatchSend.objects.count() == 0


def test_nobody_is_no_send():
    with pytest.raises(api.NotPossible):
        create([])

    assert BatchSend.objects.count() == 0


@pytest.mark.parametrize("wrong", [{"sign_name": "没有"}, {"template": "SMS_0"}])
def test_what_the_account_does_not_have_is_refused(wrong):
    with pytest.raises(api.NotPossible):
        create([PERSON], **wrong)


def test_a_user_needs_the_rights():
    user = get_user_model().objects.create_user("lin", "lin@example.invalid", "x")

    with pytest.raises(api.NotAllowed):
        create([PERSON], actor=user)

    made = create([PERSON])
    with pytest.raises(api.NotAllowed):
        api.start(made, actor=user)


def test_it_is_undone_with_the_callers_transaction():
    with transaction.atomic():
        api.start(create([PERSON]))
        transaction.set_rollback(True)

    assert BatchSend.objects.count() == 0


def test_pause_resume_cancel():
    made = create([PERSON])
    api.start(made)
    api.pause(made, reason="等一下")
    assert (api.status(made)["status"], "等一下" in api.status(made)["sentence"]) == ("paused", True)
    api.resume(made)
    assert api.cancel(made) == 1
    assert api.status(made)["cancelled"] == 1
    with pytest.raises(api.NotPossible):
        api.resume(made)


# -- a new send from people of another ---------------------------------------------------------------------------------


@pytest.fixture
def sent(db) -> BatchSend:
    """250: 100 accepted of whom 30 are undelivered, 100 refused with proof, 50 unknown."""
    made = started(250, "finished", ["accepted", "refused", "unknown"], finished_at=timezone.now())
    factories.reported(made, {"DELIVERED": 60, "MOBILE_IN_BLACK": 10, "MOBILE_SEND_LIMIT": 20})
    return made


def test_those_who_may_be_tried_again_become_a_draft_that_starts(sent):
    again = api.create_from(sent, "undelivered", title="once more")

    assert (again.title, again.status, again.recipients_total) == ("once more", "draft", 20)
    assert (again.source, again.source_slice, again.template) == (sent, "undelivered", sent.template)
    assert set(Recipient.objects.of(again.pk).values_list("phone", flat=True)) == set(
        Recipient.objects.of(sent.pk).filter(receipt_code="MOBILE_SEND_LIMIT").values_list("phone", flat=True)
    )
    assert api.start(again, again=True).status == "sending"


@pytest.mark.parametrize(
    "part", ["delivered", "left_out", "all", "no such part", "undelivered:", "waiting:X", ""]
)
def test_from_these_nothing_is_made(sent, part):
    with pytest.raises(api.NotPossible):
        api.create_from(sent, part)

    assert BatchSend.objects.get() == sent


def test_who_may_have_it_goes_only_when_that_is_said_and_why(sent):
    for said in ({}, {"may_have_it": True}, {"reason": "called"}, {"may_have_it": True, "reason": " "}):
        with pytest.raises(api.NotPossible):
            api.create_from(sent, "unknown", **said)

    again = api.create_from(sent, "unknown", may_have_it=True, reason="called")

    assert again.recipients_total == 50
    assert Batch.objects.get(batch_send=sent, status="unknown").followed_by == again
    assert sent.events.get(kind="followed").reason == "called"


def test_of_a_user_it_takes_the_rights(sent):
    nobody = get_user_model().objects.create_user("n", is_staff=True)

    with pytest.raises(api.NotAllowed):
        api.create_from(sent, "undelivered", actor=nobody)

    assert BatchSend.objects.get() == sent


def test_nobody_left_is_said_row_by_row_and_hands_nothing_over(sent):
    refused = Recipient.objects.of(sent.pk).filter(batch__status="refused")
    OptOut.objects.bulk_create(OptOut(phone=phone) for phone in refused.values_list("phone", flat=True))

    with pytest.raises(api.RowsRejected) as raised:
        api.create_from(sent, "refused")

    assert {row["code"] for row in raised.value.rejected} == {"opted_out"}
    assert len(raised.value.rejected) == 100
    assert BatchSend.objects.get() == sent
    assert not Batch.objects.filter(followed_by__isnull=False).exists()
    assert not RecipientImport.objects.filter(batch_send__source=sent).exists()
