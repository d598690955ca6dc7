"""A send starts once, from a whole draft, by somebody who may."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission

from django_alisms.models import (
    AccountState,
    Batch,
    BatchSend,
    BatchStatus,
    Event,
    EventKind,
    Recipient,
    RecipientImport,
)
from django_alisms.services import before_start, starting
from django_alisms.services.actors import Actor
from django_alisms.services.importing import uploading
from django_alisms.services.refusals import AlreadyStarted, NotAllowed, NotPossible
from tests import factories

pytestmark = pytest.mark.django_db

SHELL = Actor("operator")


def user_with(*codenames: str):
    user = get_user_model().objects.create_user("lin", "lin@example.invalid", "x", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return get_user_model().objects.get(pk=user.pk)


def test_a_whole_draft_starts_and_says_who():
    draft = factories.draft(3)

    starting.start(draft, actor=SHELL)

    draft.refresh_from_db()
    assert (draft.status, draft.started_by, draft.content) == ("sending", "operator", factories.CONTENT)
    assert Event.objects.filter(batch_send=draft, kind=EventKind.STARTED).count() == 1


def test_the_second_start_says_who_and_when_and_changes_nothing():
    draft = factories.draft(3)
    starting.start(draft, actor=SHELL)

    with pytest.raises(AlreadyStarted, match="operator"):
        starting.start(draft, actor=Actor("another"))

    draft.refresh_from_db()
    assert draft.started_by == "operator"
    assert Event.objects.filter(kind=EventKind.STARTED).count() == 1


def test_a_stale_page_starts_nothing_and_counts_nothing(django_assert_num_queries):
    draft = factories.draft(3)
    seen = draft.revision
    BatchSend.objects.touch_draft(draft.pk)

    with (
        pytest.raises(NotPossible, match="changed while you looked"),
        django_assert_num_queries(1),  # the draft as it is
    ):
        starting.start(draft, actor=SHELL, revision=seen)

    draft.refresh_from_db()
    assert draft.status == "draft"


@pytest.mark.parametrize("told", [True, False])
def test_a_change_while_it_is_looked_at_starts_nothing(told, monkeypatch):
    draft = factories.draft(3)
    checks = before_start.checks

    def changed_meanwhile(*args, **kwargs):
        BatchSend.objects.touch_draft(draft.pk)
        return checks(*args, **kwargs)

    monkeypatch.setattr(before_start, "checks", changed_meanwhile)

    with pytest.raises(NotPossible, match="changed while you looked"):
        starting.start(draft, actor=SHELL, revision=draft.revision if told else None)

    draft.refresh_from_db()
    assert draft.status == "draft"


def test_without_the_right_nothing_starts():
    draft = factories.draft(3)

    with pytest.raises(NotAllowed):
        starting.start(draft, actor=Actor.of(user_with("import_recipients", "change_batchsend")))

    assert starting.start(draft, actor=Actor.of(user_with_send())).status == "sending"


def user_with_send():
    get_user_model().objects.all().delete()
    return user_with("send_batchsend")


def account_stopped(draft):
    AccountState.objects.current()
    AccountState.objects.stop(code="isv.AMOUNT_NOT_ENOUGH", message="", by="x", now=draft.created_at)


STOPS = {
    "sign name rejected": (lambda d: type(d.sign_name).objects.update(audit_status="rejected"), "sign_name"),
    "sign name gone from the account": (
        lambda d: type(d.sign_name).objects.update(listed=False),
        "sign_name",
    ),
    "template in review": (lambda d: type(d.template).objects.update(audit_status="reviewing"), "template"),
    "template has other variables now": (
        lambda d: type(d.template).objects.update(content="您好${who}"),
        "variables",
    ),
    "nobody left": (
        lambda d: [uploading.take_out(person, actor=SHELL) for person in Recipient.objects.of(d.pk)],
        "recipients",
    ),
    "an import is open": (
        lambda d: (
            RecipientImport.objects.create(batch_send=d, file_name="a.xlsx", digest="")
            and BatchSend.objects.update(open_imports=1)
        ),
        "imports",
    ),
    "the account is stopped": (account_stopped, "account"),
}


@pytest.mark.parametrize("case", STOPS)
def test_what_stands_in_the_way_is_said_and_nothing_starts(case):
    spoil, key = STOPS[case]
    draft = factories.draft(2)
    spoil(draft)
    draft = BatchSend.objects.get(pk=draft.pk)

    stops = [check.key for check in before_start.checks(draft) if check.level == before_start.STOP]
    with pytest.raises(NotPossible):
        starting.start(draft, actor=SHELL)

    assert key in stops
    assert BatchSend.objects.get(pk=draft.pk).status == "draft"


def test_the_update_itself_refuses_a_draft_with_an_open_import():
    """The check is for people; the UPDATE is what keeps half a list from being sent."""
    draft = factories.draft(2)
    BatchSend.objects.update(open_imports=1)

    assert not BatchSend.objects.start(
        draft.pk,
        revision=None,
        now=draft.created_at,
        actor="x",
        user_id=None,
        content="x",
        price_per_part=None,
    )


def test_the_same_people_within_a_day_are_asked_about_first():
    first = factories.draft(5, title="早上")
    starting.start(first, actor=SHELL)
    second = factories.draft(5, title="下午")

    with pytest.raises(NotPossible, match="早上"):
        starting.start(second, actor=SHELL)
    starting.start(second, actor=SHELL, again=True)

    second.refresh_from_db()
    assert second.status == "sending"


def test_a_long_list_is_recognized_behind_hundreds_of_new_people():
    old = factories.draft(2500, title="早上")
    starting.start(old, actor=SHELL)
    grown = factories.draft()
    factories.stage(grown, [factories.row(number) for number in [*range(5000, 5700), *range(2500)]])

    with pytest.raises(NotPossible, match="早上"):
        starting.start(grown, actor=SHELL)


def test_one_person_of_a_short_list_is_enough_wherever_that_person_stands():
    starting.start(factories.draft(1, title="早上"), actor=SHELL)
    other = factories.draft()
    factories.stage(other, [factories.row(number) for number in [*range(100, 1900), 0]])

    with pytest.raises(NotPossible, match="早上"):
        starting.start(other, actor=SHELL)


def test_other_people_are_not_asked_about():
    starting.start(factories.draft(5), actor=SHELL)
    other = factories.draft()
    factories.stage(other, [factories.row(number) for number in range(100, 105)])

    starting.start(other, actor=SHELL)

    other.refresh_from_db()
    assert other.status == "sending"


def test_a_batch_whose_people_were_all_taken_out_is_cancelled_at_the_start():
    draft = factories.draft(101)
    alone = Recipient.objects.get(batch__batch_send=draft, batch__number=2)
    uploading.take_out(alone, actor=SHELL)

    starting.start(draft, actor=SHELL)

    assert factories.statuses(draft) == [BatchStatus.PENDING, BatchStatus.CANCELLED]


def test_one_person_taken_out_is_counted_and_does_not_go():
    draft = factories.draft(3)
    person = Recipient.objects.of(draft.pk).order_by("id")[1]

    uploading.take_out(person, actor=SHELL)
    with pytest.raises(NotPossible):
        uploading.take_out(Recipient.objects.get(pk=person.pk), actor=SHELL)

    draft.refresh_from_db()
    batch = Batch.objects.get(batch_send=draft)
    assert (draft.recipients_total, draft.left_out_total, draft.to_send, draft.parts_total) == (3, 1, 2, 2)
    assert (batch.size, batch.left_out, batch.parts) == (3, 1, 2)
