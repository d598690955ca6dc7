"""Which column is which. The numbers in the tables are spreadsheets cases."""

import pytest

from django_alisms.recipients.columns import (
    ColumnMap,
    ColumnQuestion,
    ColumnQuestions,
    columns_by_letter,
    match_header,
)
from django_alisms.recipients.file_refused import FileRefused
from django_alisms.recipients.headers import HeaderRow, column_index, column_letter, find_header
from django_alisms.recipients.rows import RowRules

VARIABLES = ("name", "code")


@pytest.mark.parametrize(
    "header",
    [
        *("phone", "mobile", "手机", "手机号", "手机号码", "电话", "号码", "收货人电话"),
        *("PHONE", " 手机号 ", "手机\n号码", "ｐｈｏｎｅ", "手机号*", "手机号（必填）", "\ufeff手机号"),
        *("Phone Number:", "手 机"),
    ],
)
def test_the_number_is_found_under_its_usual_headers(header):
    """spreadsheets cases 3 and 44."""
    columns = match_header([header, "name", "code"], VARIABLES)
    assert (columns.phone, columns.variables) == (0, (("name", 1), ("code", 2)))


def test_order_case_space_and_width_do_not_matter_and_are_reported():
    columns = match_header(["备注", "ＣＯＤＥ", " Name\n", "手机号", None, "省份"], VARIABLES)
    assert columns.variables == (("name", 2), ("code", 1))
    assert columns.phone == 3
    assert columns.extra == (0, 5)
    assert columns.mended == (2, 1)
    assert columns.header(4) == "E"


def test_a_header_equal_to_a_variable_is_that_variable():
    columns = match_header(["phone", "手机号"], ("phone",))
    assert (columns.phone, columns.variables) == (1, (("phone", 0),))


def test_a_variable_called_phone_alone_leaves_the_number_to_be_asked():
    assert match_header(["phone", "备注"], ("phone",)) == ColumnQuestions(
        (ColumnQuestion("phone", (1,)),), ("phone", "备注")
    )
    assert match_header(["phone"], ("phone",)).questions == (ColumnQuestion("phone", (0,)),)
    told = match_header(["phone"], ("phone",), {"phone": "phone"})
    assert (told.phone, told.variables) == (0, (("phone", 0),))
    told = match_header(["a", "b"], ("phone",), {"phone": "a", "${phone}": "b"})
    assert (told.phone, told.variables) == (0, (("phone", 1),))


def test_two_columns_that_could_be_it_are_asked():
    answer = match_header(["手机", "电话", "姓名", "收货人", "code"], VARIABLES)
    assert answer.questions == (ColumnQuestion("name", (2, 3)), ColumnQuestion("phone", (0, 1)))
    told = match_header(
        ["手机", "电话", "姓名", "收货人", "code"], VARIABLES, {"phone": "电话", "name": "收货人"}
    )
    assert (told.phone, told.variables) == (1, (("name", 3), ("code", 4)))


def test_no_column_for_the_number_is_asked_among_those_that_are_free():
    answer = match_header(["name", "code", "x", "y"], VARIABLES)
    assert answer.questions == (ColumnQuestion("phone", (2, 3)),)


def test_remembered_headers_and_built_in_ones_find_a_variable():
    assert match_header(["手机", "姓名", "订单号"], VARIABLES).variables == (("name", 1), ("code", 2))
    remembered = match_header(
        ["Kontakt", "尊称", "code"], VARIABLES, aliases={"name": ["尊称"], "phone": ["kontakt"]}
    )
    assert (remembered.phone, remembered.variables) == (0, (("name", 1), ("code", 2)))


def test_an_exact_name_wins_over_one_that_only_folds_to_it():
    columns = match_header(["手机", "Name"], ("Name",))
    assert columns.variables == (("Name", 1),)
    assert columns.mended == ()


@pytest.mark.parametrize(
    ("headers", "options", "code", "facts"),
    [
        (["手机", "name"], {}, "missing_columns", {"columns": ["code"], "headers": ["手机", "name"]}),
        (["手机"], {}, "missing_columns", {"columns": ["name", "code"], "headers": ["手机"]}),
        (
            ["手机", "name", "code", "Name "],
            {},
            "duplicate_headers",
            {"header": "name", "columns": ["B", "D"]},
        ),
        (
            ["手机", "手机", "name", "code"],
            {},
            "duplicate_headers",
            {"header": "手机", "columns": ["A", "B"]},
        ),
        (
            ["手机", "name", "code"],
            {"name": "nome"},
            "unknown_column",
            {"column": "name", "header": "nome", "headers": ["手机", "name", "code"]},
        ),
        (
            ["手机", "name", "code"],
            {"amount": "name"},
            "unknown_variable",
            {"column": "amount", "variables": ["name", "code", "phone"]},
        ),
    ],
)
def test_what_no_answer_can_mend_refuses_the_file(headers, options, code, facts):
    """spreadsheets cases 43 and 91."""
    with pytest.raises(FileRefused) as refused:
        match_header(headers, VARIABLES, options)
    assert (refused.value.code, refused.value.facts) == (code, facts)


def test_an_empty_header_row_names_all_that_is_missing():
    with pytest.raises(FileRefused) as refused:
        match_header([None, ""], ())
    assert refused.value.facts["columns"] == ["phone"]


@pytest.mark.parametrize("reason", ["原因", "Reason", "未导入原因", "Reason not imported"])
def test_our_own_reason_column_is_no_column_of_theirs(reason):
    columns = match_header(["手机", "name", "code", reason], VARIABLES)
    assert (columns.ours, columns.extra) == ((3,), ())


def test_a_reason_that_is_theirs_stays_theirs():
    columns = match_header(["原因", "手机", "name", "code"], VARIABLES)
    assert (columns.ours, columns.extra) == ((), (0,))
    columns = match_header(["手机", "原因"], ("原因",))
    assert (columns.ours, columns.variables) == ((), (("原因", 1),))
    columns = match_header(["手机", "why", "原因"], ("why",), {"why": "原因"})
    assert (columns.ours, columns.variables, columns.extra) == ((), (("why", 2),), (1,))
    columns = match_header(["手机", "name", "code", "原因", "未导入原因"], VARIABLES)
    assert (columns.ours, columns.extra) == ((4,), (3,))


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([["手机", "name"], ["138", "王"]], HeaderRow(0, True)),
        ([[], [None, ""], ["手机", "name"]], HeaderRow(2, True)),
        ([["双十一发货名单"], ["手机", "name"]], HeaderRow(1, False, (0,))),  # 41
        ([["说明：name 是姓名"], ["name", "code"], ["手机", "name"]], HeaderRow(2, False, (0, 1))),
        ([["Name", "x"], ["王", "1"]], HeaderRow(0, True)),
        ([["13800138000", "王芳"], ["13900139000", "李强"]], HeaderRow(None, False)),  # 42
        ([["x"]] * 9 + [["手机"]], HeaderRow(9, False, tuple(range(9)))),
        ([["x"]] * 10 + [["手机"]], HeaderRow(None, False)),
        ([], HeaderRow(None, False)),
    ],
)
def test_the_header_is_found_in_the_first_ten_rows(rows, found):
    assert find_header(rows, VARIABLES) == found


def test_a_header_that_was_named_by_a_person_is_found():
    assert find_header([["标题"], ["Kontakt"]], (), {"phone": "Kontakt"}) == HeaderRow(1, False, (0,))


def test_a_file_without_a_header_is_read_by_letters():
    """spreadsheets case 42."""
    asked = columns_by_letter(3, VARIABLES, {"phone": "B"})
    assert asked.questions == (ColumnQuestion("name", (0, 1, 2)), ColumnQuestion("code", (0, 1, 2)))
    columns = columns_by_letter(3, VARIABLES, {"phone": "b", "name": "A", "code": "C"})
    assert columns == ColumnMap(phone=1, variables=(("name", 0), ("code", 2)), usual_width=3)
    with pytest.raises(FileRefused, match="unknown_column"):
        columns_by_letter(3, VARIABLES, {"phone": "D"})


def test_letters_are_those_of_the_spreadsheet_program():
    assert [column_letter(i) for i in (0, 25, 26, 701, 702, 16383)] == ["A", "Z", "AA", "ZZ", "AAA", "XFD"]
    assert all(column_index(column_letter(i)) == i for i in range(16384))
    assert column_index("A1") is None


def test_without_a_header_a_text_file_has_the_width_of_most_of_its_rows() -> None:
    found = columns_by_letter(4, ["name"], {"phone": "A", "name": "B"}, exact_width=True, usual_width=3)

    assert isinstance(found, ColumnMap)
    rules = RowRules(["name"])
    judged = [
        rules.judge(1, row, found)
        for row in (["x", "李", ""], ["13800138000", "陳", ""], ["13800138000", "李"])
    ]
    assert [getattr(row, "reason", "") for row in judged] == ["phone_text", "", "ragged_row"]
