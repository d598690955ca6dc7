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
    sheet = '<?xml version="1.0"?><worksheet xmlns="x"><row><c/></row></worksheet>'
    assert guard.examine(workbook(tmp_path / "a.xlsx", sheet)).plain_sheets == {SHEET}


@pytest.mark.parametrize("root", ['<x:worksheet xmlns:x="x">', "<worksheet xmlns='x'>", "<row>"])
def test_a_sheet_that_is_written_unusually_is_looked_into(tmp_path, root):
    """The words would not be found in it: ClosedXML writes <x:mergeCell, and others hidden='1'."""
    assert guard.examine(workbook(tmp_path / "a.xlsx", root)).plain_sheets == frozenset()


def test_pieces_are_written_as_most_programs_do(tmp_path, monkeypatch):
    monkeypatch.setattr(guard, "PIECE", 3)  # names and quotes lie across two pieces
    sheet = "<x:worksheet xmlns:x='x'>" + "<x:row hidden='1'><x:c r='A1'/></x:row>" * 20 + "</x:worksheet>"
    path = workbook(tmp_path / "a.xlsx", sheet)
    assert b"".join(guard.pieces(path, SHEET)).count(b'<row hidden="1"><c r="A1"/></row>') == 20


@pytest.mark.parametrize("word", guard.TELLING_WORDS)
@pytest.mark.parametrize("split", range(12))
def test_a_telling_word_is_found_across_two_pieces(tmp_path, monkeypatch, word, split):
    monkeypatch.setattr(guard, "PIECE", 64)
    before = "<worksheet>" + "</c>" * 32
    sheet = before[: 64 * 2 - split].encode() + word + b" " * 64
    assert guard.examine(workbook(tmp_path / "a.xlsx", sheet)).plain_sheets == frozenset()
    blank = sheet.replace(word, b"")
    assert guard.examine(workbook(tmp_path / "b.xlsx", blank)).plain_sheets == {SHEET}


def test_every_telling_word_fits_into_what_is_kept_of_a_piece():
    assert max(map(len, guard.TELLING_WORDS)) - 1 <= min(guard._LONGEST_TELLING, guard._LONGEST_TAIL)
