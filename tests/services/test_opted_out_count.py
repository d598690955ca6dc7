"""Opt-outs among the people of a long draft: counted once, and after that only what is new is looked at."""

from __future__ import annotations

from typing import Any

import pytest

from django_alisms.models import Batch, OptOut, Recipient
from django_alisms.services import before_start, opted_out_count
from django_alisms.services.actors import Actor
from django_alisms.services.importing import uploading
from django_alisms.services.opted_out_count import count_in
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.databases]
SHELL = Actor("operator")


def out(*people: int) -> None:
    OptOut.objects.bulk_create(OptOut(phone=factories.phone(person)) for person in people)


@pytest.fixture(params=[opted_out_count.COUNTED_LIVE, 100], ids=["short", "long"])
def draft(request: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """250 people, for a short list and for one that is kept."""
    monkeypatch.setattr(opted_out_count, "COUNTED_LIVE", request.param)
    return factories.draft(250)


def is_long() -> bool:
    return opted_out_count.COUNTED_LIVE == 100


def again(draft: Any) -> tuple[int, bool]:
    """People, and whether it is sure; the parts are theirs."""
    draft.refresh_from_db()
    found = count_in(draft)
    assert found.parts == found.people
    return found[:2]


def test_nobody(draft: Any) -> None:
    assert again(draft) == (0, True)
    out(900)
    assert again(draft) == (0, True)


def test_who_opts_out_after_the_count_is_in_it(draft: Any) -> None:
    out(1, 101, 249, 900)
    assert again(draft) == (3, True)
    out(2, 901)
    assert again(draft) == (4, True)


def test_so_many_new_ones_that_all_are_counted_again(draft: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opted_out_count, "MOST_NEW", 2)
    out(1)
    assert again(draft) == (1, True)
    out(2, 3, 4)
    assert again(draft) == (4, True)


def test_another_file_is_counted_too_and_no_other_send(draft: Any) -> None:
    out(1, 300, 500)
    assert again(draft) == (1, True)
    factories.draft(600)
    factories.stage(draft, [factories.row(number) for number in range(250, 400)])
    assert again(draft) == (2, True)


def test_a_mended_row_is_counted_on_its_own(draft: Any) -> None:
    out(1)
    assert again(draft) == (1, True)
    mended = Batch.objects.create(batch_send=draft, number=4, size=1, first_row=0)
    Recipient.objects.create(batch=mended, row=9, phone=factories.phone(700))
    assert again(draft) == (1, True)
    out(700)
    assert again(draft) == (2, True)


def test_after_a_removal_of_a_long_list_it_is_said_to_be_the_most(draft: Any) -> None:
    long = is_long()
    out(1, 2)
    assert again(draft) == (2, True)
    OptOut.objects.filter(phone=factories.phone(1)).delete()
    assert again(draft) == ((2, False) if long else (1, True))
    (said,) = [check for check in before_start.checks(draft) if check.key == "opted_out"]
    assert said.sentence.startswith("At most 2 people" if long else "1 person")


def test_after_taking_somebody_out_of_a_long_list_too(draft: Any) -> None:
    out(1, 2)
    assert again(draft) == (2, True)
    person = Recipient.objects.get(batch__batch_send=draft, phone=factories.phone(1))
    uploading.take_out(person, actor=SHELL)
    assert again(draft) == ((2, False) if is_long() else (1, True))


def test_batches_in_which_nobody_is_left_are_no_calls(draft: Any) -> None:
    out(*range(200, 250), 1)
    assert count_in(draft) == (51, True, 51, 1)
    mended = Batch.objects.create(batch_send=draft, number=4, size=1, first_row=0)
    Recipient.objects.create(batch=mended, row=9, phone=factories.phone(700), parts=3)
    out(700)
    draft.refresh_from_db()
    assert count_in(draft) == (52, True, 54, 2)


def test_a_count_kept_before_parts_were_counted_is_made_anew(draft: Any) -> None:
    out(1)
    kept = {"imports": [], "newest": 0, "known": 0, "left_out": 0, "people": 7}
    type(draft).objects.filter(pk=draft.pk).update(opted_out_kept=kept)
    assert again(draft) == (1, True)


def test_a_long_list_is_not_compared_with_all_opt_outs_again(
    draft: Any, django_assert_max_num_queries: Any
) -> None:
    out(1, 2)
    again(draft)
    with django_assert_max_num_queries(8) as asked:
        again(draft)
    whole = [one["sql"] for one in asked.captured_queries if "EXISTS" in one["sql"].upper()]
    assert all("first_row" in sql for sql in whole) is (is_long())
