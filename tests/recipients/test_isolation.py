"""How long the child may take: what is waited for counts, not what the caller does with the rows."""

import pytest

from django_alisms.recipients.file_refused import FileRefused
from django_alisms.recipients.readers import isolation
from tests.spreadsheets.made import parts


@pytest.fixture
def sheets(tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(parts.packed(parts.parts()))
    opened = isolation.IsolatedSheets(path, "zip")
    yield opened
    opened.close()


def test_a_caller_may_take_its_time(sheets, monkeypatch):
    (child,) = sheets._children
    monkeypatch.setattr(isolation, "WALL_SECONDS", child._waited + 60)

    child._stop_late()  # the clock rings, and most of the time nobody waited

    assert [number for number, _cells in sheets.rows("名单")] == [1, 2, 3]


def test_a_child_that_is_waited_for_too_long_is_ended(sheets, monkeypatch):
    (child,) = sheets._children
    monkeypatch.setattr(isolation, "WALL_SECONDS", child._waited)

    child._stop_late()

    with pytest.raises(FileRefused, match="took_too_long"):
        list(sheets.rows("名单"))


def test_a_clock_that_rings_after_the_end_is_not_wound_up_again(sheets):
    (child,) = sheets._children
    sheets.close()
    clock = child._clock

    child._stop_late()

    assert child._clock is clock
