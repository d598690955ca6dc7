"""What the guard notes while it unpacks a workbook."""

import zipfile

import pytest

from django_alisms.recipients.readers import guard

SHEET = "xl/worksheets/sheet1.xml"


def workbook(path, sheet):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr(SHEET, sheet)
    return path


def test_a_sheet_without_telling_words_is_plain(tmp_path):
    assert guard.examine(workbook(tmp_path / "a.xlsx", "<row><c/></row>")).plain_sheets == {SHEET}


@pytest.mark.parametrize("word", guard.TELLING_WORDS)
@pytest.mark.parametrize("split", range(12))
def test_a_telling_word_is_found_across_two_pieces(tmp_path, monkeypatch, word, split):
    monkeypatch.setattr(guard, "PIECE", 64)
    before = "</c>" * 32
    sheet = before[: 64 * 2 - split].encode() + word + b" " * 64
    assert guard.examine(workbook(tmp_path / "a.xlsx", sheet)).plain_sheets == frozenset()


def test_every_telling_word_fits_into_what_is_kept_of_a_piece():
    assert max(map(len, guard.TELLING_WORDS)) - 1 <= min(guard._LONGEST_TELLING, guard._LONGEST_TAIL)
