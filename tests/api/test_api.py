"""django_alisms.api, as a developer's own code uses it."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction

from django_alisms import api
from django_alisms.models import BatchSend, Recipient, RecipientImport
from tests import factories

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
