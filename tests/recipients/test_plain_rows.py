"""Rows judged many at once have the verdicts they have one by one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from django_alisms.recipients.columns import match_header
from django_alisms.recipients.duplicates import NEW, Duplicates, Seen
from django_alisms.recipients.rows import FEWEST_AT_ONCE, AcceptedRow, RowRules

CONTENTS = {
    0: "您的订单已发货。",
    1: "尊敬的${name}，您好。",
    2: "尊敬的${name}，您的订单${code}已发货。",
}
PHONE = "13800138000"
BETWEEN = "\x1f"
# A value that would be the end of its row, another whole row, and the beginning of a third.
FORGED = f"王{BETWEEN}A1{BETWEEN}5{PHONE}{BETWEEN}李"

ODD = [
    "",
    "5",
    "QQ",
    "王芳",
    "DD1123004817",
    "268.00",
    "2026-11-29",
    "13800138000",
    "11111111111",
    "微信abc12345",
    "【券】",
    "http://a.cn",
    "💐",
]
cells = st.one_of(
    st.sampled_from([*ODD, " ", "QQ 1234567", "138 0013 8000", "x" * 36, "a" + BETWEEN, BETWEEN, FORGED]),
    st.text(alphabet=f"5138 王a.{BETWEEN}\n", max_size=14),
    st.sampled_from([None, 13800138000.0, 268.0, True]),
)


def rules(variables: int) -> tuple[RowRules, list[str]]:
    content = CONTENTS[variables]
    return RowRules(content=content, sign="某某商城"), ["手机号", "name", "code"][: variables + 1]


@pytest.mark.parametrize("exact_width", [False, True])
@pytest.mark.parametrize("variables", CONTENTS)
@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_together_as_one_by_one(variables: int, exact_width: bool, data: st.DataObject) -> None:
    judge, header = rules(variables)
    columns = replace(match_header(header, judge.variables), exact_width=exact_width)
    plain = [PHONE, "王芳", "A1"][: variables + 1]
    row = st.one_of(
        st.just(plain),
        st.just(plain),
        st.lists(cells, max_size=variables + 2),
        st.tuples(*[cells] * (variables + 1)),
    )
    table = list(enumerate(data.draw(st.lists(row, min_size=FEWEST_AT_ONCE, max_size=40)), 2))

    together = judge.judge_all(table, columns)

    assert list(together) == [judge.judge(number, one, columns) for number, one in table]


def test_nobody_s_value_passes_for_another_row() -> None:
    judge, header = rules(2)
    columns = match_header(header, judge.variables)
    table = [(n, [PHONE, FORGED if n == 5 else "王芳", "A1"]) for n in range(2, 12)]

    together = judge.judge_all(table, columns)

    assert [row.row for row in together if not isinstance(row, AcceptedRow)] == [5]


def test_a_number_at_the_end_of_a_name_is_not_taken_together_with_the_next_row() -> None:
    judge, header = rules(1)
    columns = match_header(header, judge.variables)
    table = [(n, [PHONE, "加我QQ" if n == 5 else "王芳"]) for n in range(2, 12)]

    assert all(row.findings == () for row in judge.judge_all(table, columns))


@given(
    st.lists(st.tuples(st.integers(1, 40), st.sampled_from("abc")), max_size=120),
    st.lists(st.integers(1, 9), min_size=1, max_size=20),
)
def test_seen_together_as_seen_one_by_one(people: list[tuple[int, str]], sizes: list[int]) -> None:
    rows = [(place, f"139000000{number:02d}", values) for place, (number, values) in enumerate(people, 1)]
    together, single = Duplicates(), Duplicates()
    sightings: dict[int, object] = {}
    at = 0
    for size in sizes * len(rows):
        sightings |= together.see_all(rows[at : at + size])
        at += size

    expected = {row[0]: single.see(*row) for row in rows}
    assert sightings == {row: found for row, found in expected.items() if found.seen is not Seen.NEW}
    assert all(sightings.get(row, NEW) == found for row, found in expected.items())
    assert (len(together), together.different) == (len(single), single.different)
