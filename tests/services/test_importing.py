"""A file into a draft: every row ends in exactly one countable place, and nothing doubles."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest
import xlsxwriter
from django.core.files.base import ContentFile
from django.utils import timezone

from django_alisms.models import (
    Batch,
    BatchSend,
    ImportStatus,
    Recipient,
    RecipientImport,
    RejectedRow,
)
from django_alisms.services import removing, starting, working
from django_alisms.services.actors import Actor
from django_alisms.services.importing import staging, unstaging, uploading
from django_alisms.services.refusals import NotPossible
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.databases]

SHELL = Actor("operator")
HEADER = ["手机号", "name", "code", "amount"]


def workbook(
    path: Path, rows: list[list[object]], header: list[str] | None = None, **sheets: list[list[object]]
) -> Path:
    book = xlsxwriter.Workbook(str(path))
    for name, content in {"名单": [header or HEADER, *rows], **sheets}.items():
        sheet = book.add_worksheet(name)
        for number, row in enumerate(content):
            sheet.write_row(number, 0, row)
    book.close()
    return path


def good(number: int) -> list[object]:
    return [factories.phone(number), "王芳", f"DD{number}", "268.00"]


def upload(draft: BatchSend, path: Path, **options) -> RecipientImport:
    opened = uploading.upload(
        draft, ContentFile(path.read_bytes(), name=path.name), path.name, actor=SHELL, **options
    )
    return staging.read(opened.pk, actor=SHELL)


def adds_up(done: RecipientImport) -> bool:
    return done.rows == done.good + done.duplicates + done.rejected


def test_good_rows_are_staged_and_bad_ones_say_why(tmp_path):
    draft = factories.draft()
    rows = [
        *[good(number) for number in range(250)],
        ["1.38E+10", "李四", "x", "1"],
        good(3),
        ["13800138000", "", "x", "1"],
    ]

    done = upload(draft, workbook(tmp_path / "名单.xlsx", rows))

    draft.refresh_from_db()
    assert (done.status, done.rows, done.good, done.duplicates, done.rejected) == ("done", 253, 250, 1, 2)
    assert adds_up(done)
    assert (draft.recipients_total, draft.duplicates_total, draft.rejected_total) == (250, 1, 2)
    assert (draft.rows_total, draft.open_imports) == (253, 0)
    sizes = (
        Batch.objects.filter(batch_send=draft).order_by("number").values_list("number", "size", "first_row")
    )
    assert list(sizes) == [(1, 100, 2), (2, 100, 102), (3, 50, 202)]
    bad = RejectedRow.objects.filter(recipient_import=done).order_by("row")
    assert [(row.row, row.column, row.reason, row.duplicate) for row in bad] == [
        (252, "phone", "phone_scientific", False),
        (253, "phone", "repeated", True),
        (254, "name", "value_empty", False),
    ]
    assert bad[0].cells[:2] == ["1.38E+10", "李四"]


def test_the_file_is_gone_when_it_was_read(tmp_path):
    draft = factories.draft()
    opened = uploading.upload(
        draft,
        ContentFile(workbook(tmp_path / "a.xlsx", [good(1)]).read_bytes(), name="a.xlsx"),
        "a.xlsx",
        actor=SHELL,
    )
    storage, name = opened.file.storage, opened.file.name
    assert storage.exists(name)

    with pytest.MonkeyPatch.context() as patch:
        from django.db import transaction

        patch.setattr(transaction, "on_commit", lambda act: act())
        staging.read(opened.pk, actor=SHELL)

    assert not storage.exists(name)


def test_a_second_file_doubles_nobody(tmp_path):
    draft = factories.draft()
    upload(draft, workbook(tmp_path / "a.xlsx", [good(number) for number in range(5)]))
    second = upload(draft, workbook(tmp_path / "b.xlsx", [good(number) for number in range(3, 8)]))

    draft.refresh_from_db()
    assert (second.good, second.duplicates, draft.recipients_total) == (3, 2, 8)
    assert Recipient.objects.of(draft.pk).values("phone").distinct().count() == 8


def test_discarding_leaves_the_draft_as_it_was(tmp_path):
    draft = factories.draft()
    upload(draft, workbook(tmp_path / "a.xlsx", [good(1), good(2)]))
    second = upload(draft, workbook(tmp_path / "b.xlsx", [good(3), ["x", "", "", ""], good(1)]))

    removing.discard(second, actor=SHELL)

    draft.refresh_from_db()
    assert (draft.rows_total, draft.recipients_total, draft.rejected_total, draft.duplicates_total) == (
        2,
        2,
        0,
        0,
    )
    assert (draft.parts_total, Recipient.objects.of(draft.pk).count(), RejectedRow.objects.count()) == (
        2,
        2,
        0,
    )
    with pytest.raises(NotPossible):
        removing.discard(RecipientImport.objects.get(pk=second.pk), actor=SHELL)


def test_several_sheets_are_asked_about_and_the_answer_is_taken(tmp_path):
    draft = factories.draft()
    path = workbook(tmp_path / "a.xlsx", [good(1)], 退货=[HEADER, good(2), good(3)])

    asked = upload(draft, path)

    assert (asked.status, asked.questions[0]["key"]) == (ImportStatus.ASKING, "sheet")
    assert [choice["value"] for choice in asked.questions[0]["choices"]] == ["名单", "退货"]
    assert Recipient.objects.of(draft.pk).count() == 0
    uploading.answer(asked, {"sheet": "退货"}, actor=SHELL)
    done = staging.read(asked.pk, actor=SHELL)
    assert (done.status, done.good, done.reading["sheet"]) == ("done", 2, "退货")


@pytest.mark.parametrize(
    ("answer", "good_rows", "rejected"), [("keep_all", 3, 0), ("keep_first", 2, 1), ("drop_all", 1, 2)]
)
def test_one_number_with_different_values_is_asked_about(tmp_path, answer, good_rows, rejected):
    draft = factories.draft()
    other = [*good(1)[:2], "DD9", "9.00"]
    path = workbook(tmp_path / "a.xlsx", [good(1), good(2), other])

    asked = upload(draft, path)
    assert (asked.status, asked.questions[0]["key"]) == (ImportStatus.ASKING, "same_number")
    assert Recipient.objects.of(draft.pk).count() == 0

    uploading.answer(asked, {"same_number": answer}, actor=SHELL)
    done = staging.read(asked.pk, actor=SHELL)

    assert (done.status, done.good, done.rejected) == ("done", good_rows, rejected)
    assert adds_up(done)
    in_one_batch = Recipient.objects.of(draft.pk).values_list("batch_id", "phone")
    assert len(set(in_one_batch)) == good_rows


def test_a_draft_does_not_start_while_a_file_waits(tmp_path):
    draft = factories.draft(2)
    opened = uploading.upload(draft, ContentFile(b"x", name="a.csv"), "a.csv", actor=SHELL)

    assert not BatchSend.objects.start(
        draft.pk,
        revision=None,
        now=draft.created_at,
        actor="x",
        user_id=None,
        content="x",
        price_per_part=None,
    )
    removing.discard(opened, actor=SHELL)
    assert BatchSend.objects.start(
        draft.pk,
        revision=None,
        now=draft.created_at,
        actor="x",
        user_id=None,
        content="x",
        price_per_part=None,
    )


FILES = {
    "empty": (b"", "empty"),
    "only a header": ("手机号,name,code,amount\n".encode(), "no row below the header"),
    "a missing column": ("手机号,name\n13800138000,王芳\n".encode(), "code"),
    "a picture": (b"\x89PNG\r\n\x1a\n0000", "png"),
    "a cut archive": (b"PK\x03\x04" + b"\x00" * 40, "damaged"),
}


@pytest.mark.parametrize("case", FILES)
def test_a_file_that_is_no_list_says_so_and_leaves_nothing(case):
    content, word = FILES[case]
    draft = factories.draft()
    try:
        opened = uploading.upload(draft, ContentFile(content, name="a.csv"), "a.csv", actor=SHELL)
        failed = staging.read(opened.pk, actor=SHELL)
        said = failed.error
        assert failed.status == ImportStatus.FAILED
    except NotPossible as refused:
        said = str(refused)

    draft.refresh_from_db()
    assert word in said
    assert (draft.open_imports, draft.recipients_total, Recipient.objects.count()) == (0, 0, 0)


def test_all_or_nothing_imports_nothing(tmp_path):
    draft = factories.draft()
    done = upload(
        draft, workbook(tmp_path / "a.xlsx", [good(1), ["x", "", "", ""]]), refuse_all_on_bad_row=True
    )

    draft.refresh_from_db()
    assert (done.status, done.rejected, draft.recipients_total) == (ImportStatus.FAILED, 1, 0)
    assert Recipient.objects.count() == 0


def test_an_import_whose_reader_died_is_taken_over_and_ends_the_same(tmp_path):
    draft = factories.draft()
    path = workbook(tmp_path / "a.xlsx", [good(number) for number in range(120)])
    opened = uploading.upload(draft, ContentFile(path.read_bytes(), name="a.xlsx"), "a.xlsx", actor=SHELL)
    past = draft.created_at - staging.LEASE
    assert RecipientImport.objects.begin(opened.pk, token="dead", lease_until=past, now=draft.created_at)
    factories.store_batches(draft.pk, opened.pk, 1, [[factories.row(1)]])

    done = staging.read(opened.pk, actor=SHELL)

    draft.refresh_from_db()
    assert (done.status, done.good, draft.recipients_total) == ("done", 120, 120)
    assert Recipient.objects.of(draft.pk).count() == 120


def test_a_reader_that_was_frozen_deletes_nothing_of_the_one_that_took_over(tmp_path, monkeypatch):
    """It wakes where it is about to clear away what a dead process has left."""
    draft = factories.draft()
    path = workbook(tmp_path / "a.xlsx", [good(number) for number in range(120)])
    opened = uploading.upload(draft, ContentFile(path.read_bytes(), name="a.xlsx"), "a.xlsx", actor=SHELL)
    clear = staging.unstage

    def frozen_for_long(*args, **options):
        monkeypatch.setattr(staging, "unstage", clear)
        RecipientImport.objects.filter(pk=opened.pk).update(lease_until=draft.created_at - staging.LEASE)
        assert staging.read(opened.pk, actor=SHELL).status == "done"
        return clear(*args, **options)

    monkeypatch.setattr(staging, "unstage", frozen_for_long)
    done = staging.read(opened.pk, actor=SHELL)

    draft.refresh_from_db()
    assert (done.status, done.good, draft.recipients_total) == ("done", 120, 120)
    assert Recipient.objects.of(draft.pk).count() == 120


def test_nobody_stays_of_a_reading_that_died_when_its_file_is_gone(tmp_path):
    draft = factories.draft()
    path = workbook(tmp_path / "a.xlsx", [good(number) for number in range(120)])
    opened = uploading.upload(draft, ContentFile(path.read_bytes(), name="a.xlsx"), "a.xlsx", actor=SHELL)
    past = draft.created_at - staging.LEASE
    assert RecipientImport.objects.begin(opened.pk, token="dead", lease_until=past, now=draft.created_at)
    factories.store_batches(draft.pk, opened.pk, 1, [[factories.row(number)] for number in range(3)])
    opened.file.storage.delete(opened.file.name)

    done = staging.read(opened.pk, actor=SHELL)

    assert (done.status, Recipient.objects.count(), Batch.objects.count()) == ("failed", 0, 0)


def test_what_a_dead_reader_left_goes_in_slices_and_signs_of_life_are_given(tmp_path, monkeypatch):
    monkeypatch.setattr(unstaging, "BATCHES_AT_ONCE", 2)
    monkeypatch.setattr(unstaging, "ROWS_AT_ONCE", 10)
    draft = factories.draft()
    path = workbook(tmp_path / "a.xlsx", [good(number) for number in range(120)])
    opened = uploading.upload(draft, ContentFile(path.read_bytes(), name="a.xlsx"), "a.xlsx", actor=SHELL)
    factories.store_batches(draft.pk, opened.pk, 1, [[factories.row(number)] for number in range(6)])
    RejectedRow.objects.bulk_create(RejectedRow(recipient_import=opened, row=number) for number in range(25))
    left = []

    done = staging.read(
        opened.pk,
        actor=SHELL,
        pulse=lambda: left.append((Recipient.objects.of(draft.pk).count(), RejectedRow.objects.count())),
    )

    assert left[:6] == [(4, 25), (2, 25), (0, 25), (0, 15), (0, 5), (0, 0)]
    assert (done.status, done.good) == ("done", 120)


def test_two_passes_over_a_long_file_do_not_disturb_each_other(tmp_path):
    draft = factories.draft()
    rows = [good(number) for number in range(3000)]
    path = workbook(tmp_path / "a.xlsx", [*rows, [good(5)[0], "李伟", "DD9", "9.00"]])

    asked = upload(draft, path)
    uploading.answer(asked, {"same_number": "drop_all"}, actor=SHELL)
    done = staging.read(asked.pk, actor=SHELL)

    assert (done.status, done.good, done.rejected) == ("done", 2999, 2)


def test_a_worker_that_is_to_end_gives_the_import_back(tmp_path, monkeypatch):
    draft = factories.draft()
    monkeypatch.setattr(staging, "SLICE_ROWS", 50)
    path = workbook(tmp_path / "a.xlsx", [good(number) for number in range(120)])
    opened = uploading.upload(draft, ContentFile(path.read_bytes(), name="a.xlsx"), "a.xlsx", actor=SHELL)

    def pulse():
        raise staging.Stopped  # SIGTERM, after the first slice

    given_back = staging.read(opened.pk, actor=SHELL, pulse=pulse)
    assert given_back.status == ImportStatus.WAITING

    done = staging.read(opened.pk, actor=SHELL)
    assert (done.status, done.good, Recipient.objects.of(draft.pk).count()) == ("done", 120, 120)


def test_a_file_is_not_added_to_a_send_that_started(tmp_path):
    draft = factories.draft(2)
    BatchSend.objects.filter(pk=draft.pk).update(status="sending")

    with pytest.raises(NotPossible, match="started"):
        upload(draft, workbook(tmp_path / "a.xlsx", [good(5)]))

    assert not RecipientImport.objects.filter(file_name="a.xlsx").exists()


def test_a_worker_leaves_a_list_alone_that_its_uploader_reads(tmp_path):
    draft = factories.draft()
    path = workbook(tmp_path / "a.xlsx", [good(1)])
    content = ContentFile(path.read_bytes(), name="a.xlsx")
    opened = uploading.upload(draft, content, "a.xlsx", actor=SHELL, read_here=True)

    working.read_imports(SHELL, threading.Event())
    assert RecipientImport.objects.get(pk=opened.pk).status == ImportStatus.WAITING

    # The uploader died before it began: whoever comes reads it.
    RecipientImport.objects.filter(pk=opened.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    working.read_imports(SHELL, threading.Event())
    assert RecipientImport.objects.get(pk=opened.pk).status == ImportStatus.DONE


def test_who_comes_too_late_to_read_a_list_does_not_change_its_draft(tmp_path):
    draft = factories.draft()
    done = upload(draft, workbook(tmp_path / "a.xlsx", [good(1)]))
    draft.refresh_from_db()
    late = RecipientImport.objects.get(pk=done.pk)

    with staging.from_file.open_file(
        tmp_path / "a.xlsx", "a.xlsx", draft.sign_name, draft.template, {}
    ) as judged:
        staging.stage(late, judged, actor=SHELL)

    revision = draft.revision
    draft.refresh_from_db()
    assert (draft.revision, draft.recipients_total) == (revision, 1)
    starting.start(draft, actor=SHELL, revision=revision)


def test_rows_of_a_program_that_died_end_in_a_sentence_and_not_in_the_worker():
    draft = factories.draft()
    opened = uploading.open_without_file(draft, SHELL)
    RecipientImport.objects.filter(pk=opened.pk).update(lease_until=timezone.now() - timedelta(seconds=1))

    working.read_imports(SHELL, threading.Event())

    failed = RecipientImport.objects.get(pk=opened.pk)
    assert (failed.status, "run it again" in failed.error) == (ImportStatus.FAILED, True)
    draft.refresh_from_db()
    assert draft.open_imports == 0


def test_a_chore_that_breaks_off_keeps_no_other_from_being_done_and_tells_no_number(caplog):
    done = []

    def breaks():
        raise ValueError(factories.phone(7))

    working._each_by_itself(breaks, lambda: done.append(1))

    assert (done, "ValueError" in caplog.text, factories.phone(7) in caplog.text) == ([1], True, False)


@pytest.mark.parametrize(("longest", "good_rows"), [(None, 1), (20, 0), (60, 2)])
def test_how_long_a_value_may_be_is_the_template_s(tmp_path, settings, longest, good_rows):
    draft = factories.draft()
    told = {} if longest is None else {draft.template.code: longest}
    settings.ALISMS = {**settings.ALISMS, "LONGEST_VALUES": told}
    rows = [[factories.phone(number), "王芳", "D" * length, "1.00"] for number, length in ((1, 30), (2, 50))]

    done = upload(draft, workbook(tmp_path / "a.xlsx", rows))

    assert (done.good, done.rejected) == (good_rows, 2 - good_rows)
    assert {row.reason for row in done.rejected_rows.all()} <= {"value_too_long"}
