"""Whole rows. The numbers in the tables are spreadsheets cases."""

import json
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from django_alisms.recipients.columns import ColumnMap, match_header
from django_alisms.recipients.parts import message_length, parts_of
from django_alisms.recipients.reason_codes import Fix, Notice, Reason, Refusal
from django_alisms.recipients.rows import AcceptedRow, RejectedRow, RowRules
from django_alisms.recipients.variable_rules import VariableRule
from django_alisms.recipients.variables import render

CONTENT = "尊敬的${name}，您的订单${code}已发货，金额${amount}元。"
SIGN = "某某商城"
VARIABLES = ("name", "code", "amount")
COLUMNS = match_header(["name", "手机号", "省份", "code", "amount"], VARIABLES)
RULES = RowRules(content=CONTENT, sign=SIGN)


def row(phone="13800138000", name="王芳", code="DD1123004817", amount="268.00"):
    return [name, phone, "浙江", code, amount]


@pytest.mark.parametrize(
    ("cells", "params", "fixes"),
    [
        (row(), ["王芳", "DD1123004817", "268.00"], ()),
        (row(13800138000.0, amount=268.0), ["王芳", "DD1123004817", "268"], ()),
        (row(13800138000, amount=0.1 + 0.2), ["王芳", "DD1123004817", "0.3"], ()),
        (row(amount=1e-7), ["王芳", "DD1123004817", "0.0000001"], ()),
        (row(amount=True), ["王芳", "DD1123004817", "TRUE"], ()),
        (row("+86 13800138000"), ["王芳", "DD1123004817", "268.00"], (Fix.COUNTRY_CODE, Fix.SEPARATORS)),
        (row(name='a"b\\c</script>'), ['a"b\\c</script>', "DD1123004817", "268.00"], ()),  # 96
        (row(name="${code}"), ["${code}", "DD1123004817", "268.00"], ()),  # 97
        (row(name="100%s"), ["100%s", "DD1123004817", "268.00"], ()),
        (row(code="007", amount="1e5"), ["王芳", "007", "1e5"], ()),  # 99
        (row(name="=1+1"), ["=1+1", "DD1123004817", "268.00"], ()),  # 100
        (row(name="'=1+1"), ["=1+1", "DD1123004817", "268.00"], (Fix.QUOTES,)),  # our own workbook comes back
        (row(name="'t Hooft"), ["'t Hooft", "DD1123004817", "268.00"], ()),
        ([*row(), "beyond", "the header"], ["王芳", "DD1123004817", "268.00"], ()),
    ],
)
def test_a_good_row_has_what_a_message_needs(cells, params, fixes):
    judged = RULES.judge(2, cells, COLUMNS)
    assert isinstance(judged, AcceptedRow), judged
    expected = dict(zip(VARIABLES, params, strict=True))
    assert judged.params_json == json.dumps(expected, ensure_ascii=False, separators=(",", ":"))
    assert (judged.row, judged.phone, judged.fixes) == (2, "13800138000", fixes)
    assert judged.length == message_length(SIGN, render(CONTENT, expected))
    assert judged.parts == parts_of(judged.length)


@pytest.mark.parametrize(
    ("cells", "column", "place", "reason", "cell"),
    [
        (row("1.38E+10"), "phone", 1, Reason.PHONE_SCIENTIFIC, "1.38E+10"),
        (row(None), "phone", 1, Reason.PHONE_EMPTY, ""),
        (row(name=None), "name", 0, Reason.VALUE_EMPTY, ""),
        (row(name=" \u3000"), "name", 0, Reason.VALUE_EMPTY, " \u3000"),
        (row(amount="#N/A"), "amount", 4, Reason.FORMULA_ERROR, "#N/A"),
        (row(amount=110101199003074518.0), "amount", 4, Reason.VALUE_LONG_NUMBER, "110101199003074512"),
        (row(amount=float("nan")), "amount", 4, Reason.VALUE_NOT_FINITE, "nan"),
        (row(amount=datetime(2026, 11, 23)), "amount", 4, Reason.VALUE_DATE_FORMAT, "2026-11-23"),
        (
            row(code="DD1123000204,DD1123000205,DD1123000206"),
            "code",
            3,
            Reason.VALUE_TOO_LONG,
            "DD1123000204",
        ),
        (row(name="小美♡"), "name", 0, Reason.VALUE_EMOJI, "小美♡"),
        (row(name="a\ud800"), "name", 0, Reason.VALUE_CONTROL, "a\ufffd"),
        (row()[:3], "code", 3, Reason.VALUE_EMPTY, ""),
        ([None, "13800138000"], "name", 0, Reason.VALUE_EMPTY, ""),
    ],
)
def test_a_bad_row_says_which_cell_is_wrong_and_why(cells, column, place, reason, cell):
    judged = RULES.judge(7, cells, COLUMNS)
    assert isinstance(judged, RejectedRow), judged
    assert (judged.row, judged.column, judged.place, judged.reason) == (7, column, place, reason)
    assert judged.cell.startswith(cell)
    assert not judged.duplicate
    json.dumps([judged.facts, judged.cells], ensure_ascii=False).encode()


def test_all_problems_of_a_row_are_told_at_once():
    judged = RULES.judge(7, row("1380013800", "", "http://a.com", "a\nb"), COLUMNS)
    assert [(p.column, p.reason) for p in judged.problems] == [
        ("phone", Reason.PHONE_TOO_SHORT),
        ("name", Reason.VALUE_EMPTY),
        ("code", Reason.VALUE_LINK),
        ("amount", Reason.VALUE_CONTROL),
    ]
    assert judged.problems[0].facts == {"digits": 10, "missing": 1}
    assert judged.problems[1].facts == {"variable": "name"}


@pytest.mark.parametrize("cells", [[], [None], ["", "  ", None, "\u3000\u200b", ""]])
def test_a_blank_row_is_no_row(cells):
    """spreadsheets case 17."""
    assert RULES.judge(9, cells, COLUMNS) is None


def test_a_message_of_more_than_500_characters_is_refused_and_one_of_71_counts_twice():
    """spreadsheets case 89."""
    columns = match_header(["phone", "a"], ("a",))

    def judged(own, value):
        return RowRules(content="文" * own + "${a}", sign="签").judge(
            2, ["13800138000", "字" * value], columns
        )

    assert (judged(66, 1).length, judged(66, 1).parts) == (70, 1)
    assert (judged(67, 1).length, judged(67, 1).parts) == (71, 2)
    assert (judged(462, 35).length, judged(462, 35).parts) == (500, 8)
    long = judged(463, 35)
    assert (long.reason, long.facts, long.column) == (
        Reason.MESSAGE_TOO_LONG,
        {"length": 501, "limit": 500},
        "",
    )


def test_a_template_without_variables_has_an_empty_object():
    rules = RowRules(content="满减预告，拒收请回复R", sign=SIGN)
    judged = rules.judge(2, ["13800138000"], match_header(["手机"], ()))
    assert (judged.params_json, judged.length, judged.parts) == ("{}", 17, 1)


def test_a_variable_that_stands_twice_is_counted_twice():
    rules = RowRules(content="${a}和${a}")
    judged = rules.judge(2, ["13800138000", "王芳"], match_header(["手机", "a"], ("a",)))
    assert (judged.params_json, judged.length) == ('{"a":"王芳"}', 5)


def test_six_zeros_are_taken_and_remarked():
    """spreadsheets case 24."""
    for phone in (13800000000, 13800000000.0):
        judged = RULES.judge(2, row(phone), COLUMNS)
        assert [(f.column, f.notice) for f in judged.findings] == [("phone", Notice.SIX_ZEROS)]
    assert RULES.judge(2, row("13800000000"), COLUMNS).findings == ()


def test_a_remark_names_its_column():
    judged = RULES.judge(2, row(name="張三", code="加V abc123456"), COLUMNS)
    assert [(f.column, f.notice) for f in judged.findings] == [
        ("name", Notice.UNUSUAL_HANZI),
        ("code", Notice.CONTACT),
    ]
    assert RULES.judge(2, row(code="13800138000"), COLUMNS).findings[0].notice is Notice.CONTACT


def test_answers_say_how_dates_and_numbers_are_written():
    """spreadsheets cases 39 and 56."""
    rules = RowRules(content=CONTENT, sign=SIGN, date_format="chinese", number_forms={"amount": "percent.0"})
    judged = rules.judge(2, row(code=date(2026, 11, 23), amount=0.85), COLUMNS)
    assert json.loads(judged.params_json) == {"name": "王芳", "code": "2026年11月23日", "amount": "85%"}
    refused = rules.judge(2, row(None, code=date(2026, 11, 23), amount=0.85), COLUMNS)
    assert refused.cells == ["王芳", "", "浙江", "2026年11月23日", "85%"]


@pytest.mark.parametrize("answer", [{"date_format": "american"}, {"number_forms": {"amount": "percent"}}])
def test_an_answer_that_does_not_exist_is_a_mistake_of_the_caller(answer):
    with pytest.raises(ValueError, match="unknown"):
        RowRules(content=CONTENT, **answer)


def test_columns_of_another_template_are_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="columns"):
        RULES.judge(2, row(), match_header(["手机"], ()))


def test_rules_of_the_template_apply():
    rules = RowRules(
        content=CONTENT, rules={"code": VariableRule("numberCaptcha"), "name": VariableRule(maximum=20)}
    )
    assert isinstance(rules.judge(2, row(code="123456"), COLUMNS), AcceptedRow)
    assert rules.judge(2, row(), COLUMNS).reason is Reason.VALUE_NOT_A_CODE
    assert rules.judge(2, row(name="字" * 21, code="1234"), COLUMNS).facts["limit"] == 20


def test_cells_that_the_reader_knows_to_be_empty_are_refused_with_its_reason():
    """spreadsheets cases 40, 51 and 52."""
    blocked = {1: Refusal(Reason.COVERED_BY_MERGE), 4: Refusal(Reason.FORMULA_WITHOUT_VALUE)}
    judged = RULES.judge(5, row(None, amount=""), COLUMNS, blocked)
    assert [(p.column, p.reason) for p in judged.problems] == [
        ("phone", Reason.COVERED_BY_MERGE),
        ("amount", Reason.FORMULA_WITHOUT_VALUE),
    ]
    assert isinstance(RULES.judge(5, row(), COLUMNS, {2: Refusal(Reason.COVERED_BY_MERGE)}), AcceptedRow)


@pytest.mark.parametrize(
    ("cells", "good"),
    [
        (row(), True),
        ([*row(), "", None], True),
        ([*row(), "x"], False),
        (row()[:4], False),
        (["王芳", "13800138000", "浙江", "有,逗号", "DD1", "268.00"], False),
    ],
)
def test_a_ragged_row_of_a_text_file_is_refused(cells, good):
    """spreadsheets case 18: a lost or extra separator moves every value to another column."""
    columns = match_header(["name", "手机号", "省份", "code", "amount"], VARIABLES, exact_width=True)
    judged = RULES.judge(3, cells, columns)
    assert isinstance(judged, AcceptedRow) is good
    if not good:
        assert judged.reason is Reason.RAGGED_ROW
        assert judged.facts == {"cells": len(cells), "expected": 5}
        assert (judged.column, judged.place) == ("", None)


def test_a_file_without_a_header_row_is_judged_by_its_letters():
    columns = ColumnMap(phone=1, variables=(("name", 0), ("code", 3), ("amount", 4)))
    assert isinstance(RULES.judge(1, row(), columns), AcceptedRow)


CELL = (
    st.sampled_from(
        ["13800138000", 13800138000.0, "+86 138-0013-8000", "1380013800", "王芳", "268.00", "14:30"]
    )
    | st.text(max_size=36)
    | st.integers(-(10**16), 10**16)
    | st.floats()
    | st.none()
    | st.booleans()
    | st.datetimes()
    | st.text(alphabet="王a0.:/'\"\\%【\n =\u3000#", max_size=12)
    | st.sampled_from(["#N/A", "#NUM!", "Err:502", " #REF! ", "\u3000", "'=1", "''"])
)


@settings(max_examples=400)
@given(st.lists(CELL, max_size=6))
def test_the_short_way_comes_to_the_same_as_the_thorough_one(cells):
    short = RULES.judge(2, cells, COLUMNS)
    thorough = RULES._judge_thoroughly(2, cells, COLUMNS, {})
    assert repr(short) == repr(thorough)
    if isinstance(short, AcceptedRow):
        params = json.loads(short.params_json)
        assert list(params) == list(VARIABLES)
        assert short.length == message_length(SIGN, render(CONTENT, params))
    if isinstance(short, RejectedRow):
        json.dumps(short, ensure_ascii=False, default=str).encode()


@given(st.text(min_size=1, max_size=35))
def test_an_accepted_text_arrives_byte_for_byte(value):
    """spreadsheets case 96."""
    judged = RULES.judge(2, row(name=value), COLUMNS)
    if isinstance(judged, AcceptedRow) and not judged.fixes:
        assert json.loads(judged.params_json)["name"] == value


PIECES = [
    "王芳",
    " ",
    "",
    "\x1f",
    "13800138000",
    "12345",
    "DD",
    "268.00",
    "2026-01-02",
    "微信 abc12345",
    "a.cn",
    "'",
    "x" * 40,
]


@given(*[st.lists(st.sampled_from(PIECES), max_size=3).map("".join) for _cell in range(3)], st.booleans())
@settings(deadline=None, max_examples=300)
def test_the_shortest_way_says_what_the_thorough_one_says(name, code, amount, long_number):
    cells = row("13800138000" + "\x1f" * long_number, name, code, amount)
    assert RULES.judge(2, cells, COLUMNS) == RULES._judge_thoroughly(2, cells, COLUMNS, {})


def test_columns_that_change_change_the_shortest_way_too():
    rules = RowRules(content=CONTENT, sign=SIGN)
    others = match_header(["手机号", "name", "code", "amount"], VARIABLES)
    assert rules.judge(2, row(), COLUMNS).phone == "13800138000"
    assert rules.judge(2, ["13800138001", "王芳", "1", "2"], others).params_json == (
        '{"name":"王芳","code":"1","amount":"2"}'
    )
