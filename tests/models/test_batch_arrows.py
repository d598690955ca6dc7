"""The map of states as a table: every verb on every status changes what the map says, and nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from django_alisms.models import Acceptance, Batch, BatchSend, BatchStatus
from tests import factories

pytestmark = pytest.mark.django_db

NOW = timezone.now()
SOON = NOW + timedelta(minutes=1)
TOKEN = "0a1b2c3d"
P, S, A, R, U, N, C = (
    BatchStatus.PENDING,
    BatchStatus.SENDING,
    BatchStatus.ACCEPTED,
    BatchStatus.REFUSED,
    BatchStatus.UNKNOWN,
    BatchStatus.ABSENT,
    BatchStatus.CANCELLED,
)


def mark(pk, token):
    return Batch.objects.mark([pk], token="ffffffff", now=NOW, lease_until=SOON)


def accept(pk, token):
    return Batch.objects.accept([Acceptance(pk, token, "OK", "1^0", "R-1")], answered_at=NOW, poll_at=None)


def refuse(pk, token):
    return Batch.objects.refuse(pk, token, code="isv.AMOUNT_NOT_ENOUGH", answered_at=NOW)


def doubt(pk, token):
    return Batch.objects.doubt(pk, token, look_up_at=SOON, code="wire.read_timeout", answered_at=NOW)


def orphan(pk, token):
    Batch.objects.filter(pk=pk).update(lease_until=NOW - timedelta(seconds=1))
    return Batch.objects.orphan(pk, token, now=NOW, look_up_at=SOON)


def put_back(pk, token):
    return Batch.objects.put_back(pk, token, not_before=SOON)


def resend_refused(pk, token):
    return Batch.objects.resend([pk], status=R)


def resend_absent(pk, token):
    return Batch.objects.resend([pk], status=N)


def found(pk, token):
    return Batch.objects.found(pk, attempts=1)


def missing(pk, token):
    return Batch.objects.missing(pk, attempts=1)


def cancel(pk, token):
    return Batch.objects.cancel_pending(Batch.objects.get(pk=pk).batch_send_id)


# verb → {from: to}; every other status stays as it is and the verb says no.
ARROWS = {
    mark: {P: S},
    accept: {S: A, U: A, R: A, N: A},
    refuse: {S: R},
    doubt: {S: U},
    orphan: {S: U},
    put_back: {R: P},
    resend_refused: {R: P},
    resend_absent: {N: P},
    found: {U: A, R: A, N: A},
    missing: {U: N},
    cancel: {P: C},
}


@pytest.fixture
def batch():
    send = factories.draft(3)
    BatchSend.objects.filter(pk=send.pk).update(status="sending")
    return Batch.objects.get(batch_send=send)


@pytest.mark.parametrize("status", BatchStatus.values)
@pytest.mark.parametrize("verb", ARROWS, ids=lambda verb: verb.__name__)
def test_every_verb_on_every_status(batch, verb, status):
    Batch.objects.filter(pk=batch.pk).update(status=status, token=TOKEN, attempts=1)

    done = verb(batch.pk, TOKEN)

    expected = ARROWS[verb].get(status)
    batch.refresh_from_db()
    assert (bool(done), batch.status) == (expected is not None, expected or status)


@pytest.mark.parametrize("verb", [accept, refuse, doubt, orphan, put_back], ids=lambda verb: verb.__name__)
def test_an_attempt_that_is_no_longer_the_batchs_own_changes_nothing(batch, verb):
    status = R if verb is put_back else S
    Batch.objects.filter(pk=batch.pk).update(status=status, token=TOKEN, attempts=2)

    assert not verb(batch.pk, "11111111")

    batch.refresh_from_db()
    assert (batch.status, batch.token) == (status, TOKEN)


@pytest.mark.parametrize("status", ["draft", "paused", "finished", "cancelled"])
def test_nothing_is_marked_in_a_send_that_is_not_sending(batch, status):
    BatchSend.objects.filter(pk=batch.batch_send_id).update(status=status)

    assert mark(batch.pk, "") == 0


def test_a_second_mark_finds_nothing(batch):
    assert mark(batch.pk, "") == 1
    assert mark(batch.pk, "") == 0


def test_a_refusal_that_is_no_proof_is_not_sent_again_before_it_was_looked_up(batch):
    Batch.objects.filter(pk=batch.pk).update(status=S, token=TOKEN, attempts=1)
    Batch.objects.refuse(batch.pk, TOKEN, look_up_at=SOON, code="isv.AMOUNT_NOT_ENOUGH", answered_at=NOW)

    assert not put_back(batch.pk, TOKEN)
    assert not resend_refused(batch.pk, TOKEN)


def test_an_absent_or_unknown_batch_is_never_marked(batch):
    for status in (U, N, R, A, C, S):
        Batch.objects.filter(pk=batch.pk).update(status=status)
        assert mark(batch.pk, "") == 0
