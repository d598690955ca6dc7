"""One refused row put right: it joins the draft once, whoever else is at it, and every count still adds up."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile

from django_alisms.models import Batch, BatchSend, Event, Recipient, RecipientImport, RejectedRow
from django_alisms.services import previewing, removing
from django_alisms.services.actors import Actor
from django_alisms.services.importing import from_draft, mending, staging, uploading
from django_alisms.services.refusals import NotAllowed, NotPossible
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.databases]

SHELL = Actor("operator")
PHONE, NAME, CODE, AMOUNT = range(4)


def upload(draft: BatchSend, *rows: tuple[str, ...], name: str = "a.csv", **options) -> RecipientImport:
    lines = ["手机号,name,code,amount", *(",".join(row) for row in rows)]
    content = ContentFile("\n".join(lines).encode(), name=name)
    opened = uploading.upload(draft, content, name, actor=SHELL, **options)
    return staging.read(opened.pk, actor=SHELL)


def good(number: int) -> tuple[str, str, str, str]:
    return (factories.phone(number), "王芳", f"DD{number}", "268.00")


def bad_row(done: RecipientImport, row: int | None = None) -> RejectedRow:
    rows = done.rejected_rows.filter(duplicate=False).order_by("row")
    return rows.get(row=row) if row else rows[0]


def counts(draft: BatchSend) -> tuple[int, ...]:
    """Recipients, duplicates, refused; having looked that everything adds up, on the draft and on each import."""
    draft.refresh_from_db()
    for one in draft.imports.filter(status="done"):
        assert one.rows == one.good + one.duplicates + one.rejected
        assert one.good == Recipient.objects.filter(batch__recipient_import=one).count()
        assert one.rejected == one.rejected_rows.filter(duplicate=False).count()
        assert one.duplicates == one.rejected_rows.filter(duplicate=True).count()
        assert one.parts == sum(one.batches.values_list("parts", flat=True))
    for batch in draft.batches.all():
        assert batch.size == batch.recipients.count() <= 100
    assert draft.rows_total == draft.recipients_total + draft.duplicates_total + draft.rejected_total
    assert draft.recipients_total == Recipient.objects.of(draft.pk).count()
    assert draft.parts_total == sum(draft.batches.values_list("parts", flat=True))
    return draft.recipients_total, draft.duplicates_total, draft.rejected_total


def test_a_row_joins_its_own_import() -> None:
    draft = factories.draft()
    done = upload(draft, good(1), ("1.38E+10", "李伟", "DD2", "9.90"), good(3))
    before = draft.revision

    found = mending.mend(bad_row(done).pk, {PHONE: "138 0013 8000"}, actor=SHELL)

    assert (found.recipient, found.row, found.left) == (True, 3, 0)
    assert counts(draft) == (3, 0, 0)
    assert draft.revision > before
    person = Recipient.objects.of(draft.pk).get(row=3)
    assert (person.phone, person.values) == (
        "13800138000",
        {"name": "李伟", "code": "DD2", "amount": "9.90"},
    )
    assert person.batch.recipient_import_id == done.pk
    event = Event.objects.get(kind="mended")
    assert event.facts == {"file": "a.csv", "row": 3, "duplicate": False}
    message = previewing.at_row(draft, 3)
    assert message is not None
    assert "李伟" in message.text


def test_a_row_that_is_still_wrong_changes_nothing() -> None:
    draft = factories.draft()
    done = upload(draft, good(1), ("1.38E+10", "", "DD2", "9.90"))
    row = bad_row(done)

    found = mending.mend(row.pk, {PHONE: "1380013800", NAME: "李伟"}, actor=SHELL)

    assert [(problem.column, problem.reason) for problem in found.problems] == [("phone", "phone_too_short")]
    assert counts(draft) == (1, 0, 1)
    assert bad_row(done).cells == row.cells
    assert not Event.objects.filter(kind="mended").exists()


def test_an_emptied_row_is_still_wrong() -> None:
    draft = factories.draft()
    done = upload(draft, good(1), ("x", "李伟", "DD2", "9.90"))

    found = mending.mend(bad_row(done).pk, dict.fromkeys(range(4), ""), actor=SHELL)

    assert not found.recipient
    assert found.problems
    assert counts(draft) == (1, 0, 1)


def test_the_same_person_as_one_in_the_draft_is_a_duplicate() -> None:
    draft = factories.draft()
    done = upload(draft, good(1), ("x", *good(1)[1:]))

    found = mending.mend(bad_row(done).pk, {PHONE: factories.phone(1)}, actor=SHELL)

    assert (found.duplicate, found.recipient) == (True, False)
    assert counts(draft) == (1, 1, 0)
    assert done.rejected_rows.get().facts == {"first_row": 2}
    with pytest.raises(NotPossible, match="mended before"):
        mending.mend(done.rejected_rows.get().pk, {PHONE: factories.phone(7)}, actor=SHELL)


def test_the_same_number_with_other_values_is_asked_about() -> None:
    draft = factories.draft()
    done = upload(draft, good(1), ("x", "王芳", "DD9", "9.90"))
    row = bad_row(done)

    asked = mending.mend(row.pk, {PHONE: factories.phone(1)}, actor=SHELL)
    assert (asked.same_number, asked.recipient) == (True, False)
    assert counts(draft) == (1, 0, 1)

    found = mending.mend(row.pk, {PHONE: factories.phone(1)}, actor=SHELL, send_both=True)
    assert found.recipient
    assert counts(draft) == (2, 0, 0)
    pairs = Recipient.objects.of(draft.pk).values_list("batch_id", "phone")
    assert len(set(pairs)) == 2


def test_two_people_mend_one_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both read the row before either writes: the second one's statement finds nothing."""
    draft = factories.draft()
    done = upload(draft, good(1), ("x", "李伟", "DD2", "9.90"))
    row = bad_row(done)
    rules_for = from_draft.rules_for

    def meanwhile(*args):
        monkeypatch.setattr(from_draft, "rules_for", rules_for)
        mending.mend(row.pk, {PHONE: "13800138000"}, actor=Actor("the other"))
        return rules_for(*args)

    monkeypatch.setattr(from_draft, "rules_for", meanwhile)
    with pytest.raises(NotPossible, match="mended before"):
        mending.mend(row.pk, {PHONE: "13900139000"}, actor=SHELL)

    assert counts(draft) == (2, 0, 0)
    assert [person.phone for person in Recipient.objects.of(draft.pk).filter(row=3)] == ["13800138000"]


def test_mended_rows_share_a_batch_and_a_full_one_is_left() -> None:
    draft = factories.draft()
    wrong = [("x", "李伟", f"X{number}", "1") for number in range(103)]
    done = upload(draft, *(good(number) for number in range(120)), *wrong)
    assert done.batches.count() == 2

    for number, row in enumerate(done.rejected_rows.order_by("row")):
        assert mending.mend(row.pk, {PHONE: factories.phone(5000 + number)}, actor=SHELL).recipient

    assert counts(draft) == (223, 0, 0)
    sizes = Batch.objects.filter(batch_send=draft).order_by("number").values_list("size", flat=True)
    assert list(sizes) == [100, 20, 100, 3]
    done.refresh_from_db()
    removing.discard(done, actor=SHELL)
    assert counts(draft) == (0, 0, 0)


def test_the_longest_message_is_known_again() -> None:
    draft = factories.draft()
    done = upload(draft, good(1), ("x", "王" * 30, "D" * 30, "9" * 30))

    mending.mend(bad_row(done).pk, {PHONE: "13800138000"}, actor=SHELL)

    done.refresh_from_db()
    assert done.reading["longest_at"]["row"] == 3
    assert done.reading["long"] == 1
    assert counts(draft)[0] == 2
    message = previewing.longest(draft)
    assert message is not None
    assert "王" * 30 in message.text


def test_the_number_and_a_variable_called_phone_are_two_things() -> None:
    shop = factories.template("SMS_7", content="请致电${phone}联系${name}")
    draft = factories.draft(template=shop)
    content = "手机号,phone,name\n13800138000,13700137000,王芳\nx,13600136000,李伟\n"
    opened = uploading.upload(draft, ContentFile(content.encode(), name="a.csv"), "a.csv", actor=SHELL)
    done = staging.read(opened.pk, actor=SHELL)

    fields = mending.fields_of(bad_row(done), {}, mending.problems_of(bad_row(done)))
    assert [(field.place, field.columns, field.text, bool(field.wrong)) for field in fields] == [
        (0, ("phone",), "x", True),
        (1, ("${phone}",), "13600136000", False),
        (2, ("${name}",), "李伟", False),
    ]
    mending.mend(bad_row(done).pk, {0: "13900139000"}, actor=SHELL)
    person = Recipient.objects.of(draft.pk).get(row=3)
    assert (person.phone, person.values["phone"]) == ("13900139000", "13600136000")


def test_what_no_message_needs_is_left_alone() -> None:
    draft = factories.draft()
    content = "手机号,备注,name,code,amount\nx,贵宾,王芳,DD1,1\n"
    opened = uploading.upload(draft, ContentFile(content.encode(), name="a.csv"), "a.csv", actor=SHELL)
    done = staging.read(opened.pk, actor=SHELL)

    assert mending.other_cells(bad_row(done)) == [("备注", "贵宾")]
    assert not mending.mend(bad_row(done).pk, {1: "13900139000", 99: "13900139000"}, actor=SHELL).recipient
    assert bad_row(done).cells[:2] == ["x", "贵宾"]


def test_not_without_the_right() -> None:
    draft = factories.draft()
    done = upload(draft, good(1), ("x", "李伟", "DD2", "9.90"))
    user = get_user_model().objects.create_user("viewer", is_staff=True)

    with pytest.raises(NotAllowed):
        mending.mend(bad_row(done).pk, {PHONE: "13800138000"}, actor=Actor.of(user))

    assert counts(draft) == (1, 0, 1)


def test_not_in_a_send_that_started() -> None:
    draft = factories.draft()
    done = upload(draft, good(1), ("x", "李伟", "DD2", "9.90"))
    BatchSend.objects.filter(pk=draft.pk).update(status="sending")

    with pytest.raises(NotPossible, match="started"):
        mending.mend(bad_row(done).pk, {PHONE: "13800138000"}, actor=SHELL)


def test_not_while_another_file_is_read() -> None:
    """That reading has looked at the draft already: it would not see the person, and might bring it twice."""
    draft = factories.draft()
    done = upload(draft, good(1), ("x", "李伟", "DD2", "9.90"))
    second = uploading.upload(draft, ContentFile(b"x", name="b.csv"), "b.csv", actor=SHELL)
    now = draft.created_at
    RecipientImport.objects.begin(second.pk, token="t", lease_until=now + staging.LEASE, now=now)

    with pytest.raises(NotPossible, match="being read"):
        mending.mend(bad_row(done).pk, {PHONE: "13800138000"}, actor=SHELL)

    assert counts(draft) == (1, 0, 1)


def test_not_in_a_file_of_which_nothing_was_imported() -> None:
    draft = factories.draft()
    failed = upload(draft, good(1), ("x", "李伟", "DD2", "9.90"), refuse_all_on_bad_row=True)

    with pytest.raises(NotPossible, match="Mend the file"):
        mending.mend(failed.rejected_rows.get().pk, {PHONE: "13800138000"}, actor=SHELL)


# -- what other files of the draft are to one another ------------------------------------------------------------


def test_two_files_read_at_the_same_time_double_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second is read as a whole while the first one is about to store its rows."""
    draft = factories.draft()
    store, second = staging._store_slice, []

    def meanwhile(*args) -> None:
        if not second:
            second.append(None)
            second[0] = upload(draft, good(2), good(3), name="b.csv")
        store(*args)

    monkeypatch.setattr(staging, "_store_slice", meanwhile)
    first = upload(draft, good(1), good(2))

    assert (second[0].good, first.status, first.good, first.duplicates) == (2, "done", 1, 1)
    assert counts(draft) == (3, 1, 0)


def test_nobody_is_left_out_for_a_file_that_asks() -> None:
    """Its rows are staged while it is read, and go again when it turns out to have a question."""
    draft = factories.draft()
    opened = uploading.upload(draft, ContentFile(b"x", name="b.csv"), "b.csv", actor=SHELL)
    factories.store_batches(draft.pk, opened.pk, 1, [[factories.row(1)]])

    assert list(from_draft.known_of(draft)) == []


def test_discarding_a_file_brings_in_whom_others_left_out_for_it() -> None:
    draft = factories.draft()
    first = upload(draft, good(1), good(2))
    second = upload(draft, good(2), good(3), name="b.csv")
    assert counts(draft) == (3, 1, 0)

    removing.discard(first, actor=SHELL)

    second.refresh_from_db()
    assert (second.good, second.duplicates) == (2, 0)
    assert counts(draft) == (2, 0, 0)
    assert set(Recipient.objects.of(draft.pk).values_list("phone", flat=True)) == {
        factories.phone(2),
        factories.phone(3),
    }


def test_of_two_rows_left_out_for_the_same_file_one_comes_in() -> None:
    draft = factories.draft()
    first = upload(draft, good(1))
    upload(draft, good(1), good(2), name="b.csv")
    upload(draft, good(1), good(3), name="c.csv")

    removing.discard(first, actor=SHELL)

    assert counts(draft) == (3, 1, 0)
