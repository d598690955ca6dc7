"""The sample to fill in, and the refused rows that go back, mended or not. Numbers: spreadsheets cases."""

import io
import json
import tracemalloc
import zipfile

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from django_alisms.recipients import rejected_workbook
from django_alisms.recipients.columns import ColumnMap, match_header
from django_alisms.recipients.judged_rows import Problem, problems_of
from django_alisms.recipients.reason_codes import Fix, Reason
from django_alisms.recipients.rejected_workbook import RejectedWorkbook, headers_to_write, phone_header
from django_alisms.recipients.rows import AcceptedRow, RejectedRow, RowRules
from django_alisms.recipients.sample_workbook import write_sample_workbook
from django_alisms.recipients.spreadsheet_text import LONGEST_CELL, spreadsheet_text, without_defusing
from django_alisms.recipients.variable_rules import OFFICIAL, THIRD_PARTY, VariableRule

VARIABLES = ("name", "code")
RULES = RowRules(content="${name}的订单${code}已发货", sign="某某商城")
HEADERS = ["备注", "手机号", "name", "code"]


def cells_of(file):
    return CalamineWorkbook.from_filelike(io.BytesIO(file.getvalue())).get_sheet_by_index(0).to_python()


def judge_all(headers, rows):
    columns = match_header(headers, VARIABLES)
    return columns, [RULES.judge(number, row, columns) for number, row in enumerate(rows, 2)]


def write_back(columns, judged, **options):
    file = io.BytesIO()
    used = [columns.header(columns.phone), *(columns.header(place) for _, place in columns.variables)]
    with RejectedWorkbook(file, columns.headers, used=used, **options) as book:
        for row in judged:
            stored = json.loads(json.dumps(row.stored_facts, ensure_ascii=False))
            book.add(row.row, row.cells, problems_of(row.column, row.reason.value, stored))
    return file, book


@pytest.mark.parametrize(
    "text",
    [
        "=cmd|'/C calc'!A0",
        "+1",
        "-1",
        "@x",
        "\tx",
        "\rx",
        "\nx",
        "＝1",
        "＋1",
        "－1",
        "＠x",
        " =1",
        "\u200b=1",
        "\ufeff=1",
    ],
)
def test_no_text_leaves_as_a_formula(text):
    """spreadsheets case 100."""
    assert spreadsheet_text(text) == f"'{text}"
    assert without_defusing(spreadsheet_text(text)) == text
    assert spreadsheet_text(spreadsheet_text(text)) == f"'{text}"


@pytest.mark.parametrize("text", ["王芳", "", "13800138000", "a=b", "'t Hooft", "1-2", "'"])
def test_an_innocent_text_leaves_as_it_is(text):
    assert spreadsheet_text(text) == text
    assert without_defusing(text) == text


@given(st.text(alphabet=st.characters()) | st.text(alphabet="'=+-@\t\r\n ＝x\ud800"))
def test_every_text_can_be_written(text):
    written = spreadsheet_text(text)
    written.encode()
    assert written[:1] not in tuple("=+-@\t\r\n＝＋－＠")
    assert len(spreadsheet_text(text * 40_000)) <= LONGEST_CELL


def test_refused_rows_come_back_with_their_own_columns_and_a_reason():
    rows = [
        ["急", "1380013800", "", "A1"],
        [None, "13912345678/13687654321", "王芳", 7.0],
        ["", "无", "=1+1", "http://x.cn"],
    ]
    columns, judged = judge_all(HEADERS, rows)
    file, book = write_back(columns, judged, language="zh-hans")
    sheet = openpyxl.load_workbook(io.BytesIO(file.getvalue())).active
    assert [cell.value for cell in sheet[1]] == [*HEADERS, "原因"]
    assert [[cell.value or "" for cell in row][:4] for row in sheet.iter_rows(min_row=2)] == [
        ["急", "1380013800", "", "A1"],
        ["", "13912345678/13687654321", "王芳", "7"],
        ["", "无", "'=1+1", "http://x.cn"],
    ]
    assert all(cell.data_type in "sn" and cell.number_format == "@" for row in sheet for cell in row)
    assert not any(cell.data_type == "n" and cell.value is not None for row in sheet for cell in row)
    coloured = [
        [cell.column for cell in row if cell.fill.bgColor.rgb != "00000000" and cell.fill.fill_type]
        for row in sheet.iter_rows(min_row=2)
    ]
    assert coloured == [[2, 3], [2], [2, 4]]
    reason = sheet.cell(2, 5).value
    assert reason.splitlines()[0].startswith("Row 2, 手机号: Only 10 digits")
    assert reason.splitlines()[1].startswith("Row 2, name: Variable name is empty")
    assert book.rows == 3


def test_a_mended_workbook_is_taken_and_the_rest_comes_back_again_without_growing():
    """The round trip: mended rows join, those still wrong come back with fresh reasons and the same columns."""
    columns, judged = judge_all(
        HEADERS, [["x", "1380013800", "王芳", "-5"], ["y", "+852 6123 4567", "@李", "A2"]]
    )
    file, _ = write_back(columns, judged, language="zh")
    headers, *back = cells_of(file)
    back[0][1] = "13800138000"
    columns, judged = judge_all(headers, back)
    assert (columns.ours, columns.extra) == ((4,), (0,))
    assert isinstance(judged[0], AcceptedRow)
    assert json.loads(judged[0].params_json) == {"name": "王芳", "code": "-5"}
    assert judged[0].fixes == (Fix.QUOTES,)
    assert judged[1].reason is Reason.PHONE_OVERSEAS
    file, _ = write_back(columns, [judged[1]], language="zh")
    again = cells_of(file)
    assert again[0] == [*HEADERS, "原因"]
    assert again[1][:4] == ["y", "'+852 6123 4567", "'@李", "A2"]


@pytest.mark.parametrize(
    ("headers", "used", "written"),
    [
        (["手机", "原因"], ["手机", "原因"], ["手机", "原因", "未导入原因"]),
        (["手机", "原因"], ["手机"], ["手机", "原因"]),
        (["原因", "手机"], ["手机"], ["原因", "手机", "未导入原因"]),
        (["手机", "原因", "未导入原因"], ["手机"], ["手机", "原因", "未导入原因"]),
        (["手机", "Reason"], ["手机"], ["手机", "原因"]),
        ([], [], ["原因"]),
        (["=x", "手机"], ["手机"], ["'=x", "手机", "原因"]),
    ],
)
def test_a_reason_column_of_the_uploader_is_not_lost(headers, used, written):
    file = io.BytesIO()
    with RejectedWorkbook(file, headers, used=used, language="zh-hans"):
        pass
    assert cells_of(file) == [written]


def test_a_row_longer_than_the_header_keeps_its_cells_beside_the_reason():
    """spreadsheets case 18."""
    columns = match_header(["手机", "name", "code"], VARIABLES, exact_width=True)
    judged = RULES.judge(9, ["13800138000", "王", "北京", "海淀", "A1"], columns)
    file, _ = write_back(columns, [judged], language="en")
    header, row = cells_of(file)
    assert header[:4] == ["手机", "name", "code", "Reason"]
    assert row[:3] == ["13800138000", "王", "北京"]
    assert row[3].startswith("Row 9: 5 cells where the header has 3")
    assert row[4:] == ["海淀", "A1"]


def test_a_file_without_a_header_gets_one_that_is_recognised():
    """spreadsheets case 42."""
    columns = ColumnMap(phone=2, variables=(("name", 0), ("code", 3)))
    headers = headers_to_write(columns.headers, {**dict(columns.variables), "phone": 2}, 4, "zh")
    assert headers == ["name", "B", "手机号", "code"]
    assert match_header(headers, VARIABLES).phone == 2
    assert headers_to_write(HEADERS, {}, 4) == HEADERS


def test_the_number_never_gets_the_header_of_a_variable():
    assert phone_header(["phone", "Mobile"], "en") == "phone number"
    assert phone_header(["name"], "zh-hans") == "手机号"


def test_more_rows_than_a_sheet_holds_go_on_in_the_next(monkeypatch):
    monkeypatch.setattr(rejected_workbook, "ROWS_PER_SHEET", 2)
    file = io.BytesIO()
    with RejectedWorkbook(file, ["手机"], used=["手机"]) as book:
        for number in range(2, 7):
            book.add(number, [str(number)], [Problem("phone", 0, Reason.PHONE_TOO_SHORT, "", {})])
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(file.getvalue()))
    assert [len(workbook.get_sheet_by_name(name).to_python()) for name in workbook.sheet_names] == [3, 3, 2]


def test_rows_are_not_kept_in_memory():
    problem = [Problem("phone", 0, Reason.PHONE_TOO_SHORT, "", {"digits": 3, "missing": 8})]
    file = io.BytesIO()
    tracemalloc.start()
    with RejectedWorkbook(file, ["手机", "name"], used=["手机"]) as book:
        for number in range(1500):
            book.add(number, ["138", f"{number}" * 200], problem)
        held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 500_000  # the cells alone are 1.1 MB


def test_hostile_cells_do_not_break_the_file():
    """spreadsheets cases 95 and 101."""
    cells = ["\x00\x01\ud800", "<img onerror=x>&\"'", "x" * 40_000, "_x0041_"]
    file = io.BytesIO()
    with RejectedWorkbook(file, list("abcd"), used=["a"]) as book:
        book.add(2, cells, [Problem("phone", 0, Reason.PHONE_TEXT, "", {})])
    assert zipfile.ZipFile(io.BytesIO(file.getvalue())).testzip() is None
    row = cells_of(file)[1]
    assert row[1] == cells[1]
    assert len(row[2]) == LONGEST_CELL
    assert row[3] == "_x0041_"


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize(
    ("variables", "rules", "international"),
    [
        ((), {}, False),
        (("name", "code", "amount"), {}, False),
        (("phone", "mobile"), {}, False),
        (("x",), {"x": VariableRule(minimum=8, maximum=8)}, False),
        (("name",), {}, True),
        *(((kind,), {kind: VariableRule(kind)}, False) for kind in [*OFFICIAL, *THIRD_PARTY]),
    ],
)
def test_the_sample_for_a_template_is_good_by_its_own_rules(language, variables, rules, international):
    file = io.BytesIO()
    write_sample_workbook(file, variables, rules=rules, international=international, language=language)
    headers, *rows = cells_of(file)
    columns = match_header(headers, variables)
    assert isinstance(columns, ColumnMap), columns
    content = "".join(f"${{{name}}}，" for name in variables)
    judge = RowRules(variables, content=content, rules=rules, international=international).judge
    judged = [judge(number, row, columns) for number, row in enumerate(rows, 2)]
    assert len(judged) == 2
    assert not any(isinstance(row, RejectedRow) or row.findings for row in judged), judged
    assert len({row.phone for row in judged}) == 2


def test_every_column_of_the_sample_is_text():
    file = io.BytesIO()
    write_sample_workbook(file, ["name"], language="zh-hans")
    sheet = openpyxl.load_workbook(io.BytesIO(file.getvalue())).active
    assert [cell.value for cell in sheet[1]] == ["手机号", "name"]
    assert sheet.title == "名单"
    assert all(cell.number_format == "@" for row in sheet for cell in row)
    assert sheet.column_dimensions["A"].number_format == "@"  # the empty cells below too
