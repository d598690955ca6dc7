"""Cases 87 to 102: what stands in the variables. What is shown of them on pages is in test_shown_values."""

from __future__ import annotations

from typing import Any

from ..made import parts
from ..made.texts import raw
from ..made.workbooks import openpyxl
from ..verdicts import Case, Refused, Taken


def one(number: int, title: str, *values: tuple[str, str | None, str], **more: Any) -> Case:
    """Values with what is sent ("" where the row is refused) and the reason or notice."""
    rows, people, bad, notices = [["手机号", "name"]], [], {}, set()
    for row, (value, sent, code) in enumerate(values, 2):
        phone = f"1390013{row:04d}"
        rows.append([phone, value])
        if sent is None:
            bad[row] = code
        else:
            people.append((row, phone, sent))
            notices |= {code} - {""}
    return Case(number, title, openpyxl(rows), Taken(tuple(people), bad, notices=tuple(notices)), **more)


def same(*values: str, notice: str = "") -> list[tuple[str, str | None, str]]:
    return [(value, value, notice) for value in values]


def refused(code: str, *values: str) -> list[tuple[str, str | None, str]]:
    return [(value, None, code) for value in values]


def _control_characters() -> bytes:
    cells = ["a\nb", "a\tb", "a\x0bb", "a\x7fb", "a\u2028b"]
    content = "手机号,name\n" + "".join(f'1390013000{n},"{cell}"\n' for n, cell in enumerate(cells))
    return content.encode()


LONG_ROW = [
    ["手机号", *(f"v{n}" for n in range(16))],
    ["13800138000", *(["汉" * 35] * 16)],
    ["13900139000", *(["汉" * 4] * 16)],
    ["13700137000", *(["汉" * 5] * 16)],
]

CASES = [
    one(87, "emoji", *refused("value_emoji", "王芳😀", "❤️", "👨‍👩‍👧", "🇨🇳", "1️⃣"), *same("王芳")),
    one(88, "too long", ("汉" * 35, "汉" * 35, ""), *refused("value_too_long", "汉" * 36, "x" * 40)),
    Case(89, "more than 500 characters in all, and two parts", openpyxl(LONG_ROW),
         Taken(((3, "13900139000", *(["汉" * 4] * 16)), (4, "13700137000", *(["汉" * 5] * 16))), {2: "message_too_long"}), template="LONG"),
    one(90, "empty", *refused("value_empty", "   ", "\u3000", "\u200b", "")),
    Case(91, "a column is missing", openpyxl([["手机号", "备注"], ["13800138000", "x"]]), Refused("missing_columns", ("name", "备注")), template="NAME"),
    Case(91, "a column too many", openpyxl([["手机号", "name", "备注", "城市"], ["13800138000", "王芳", "x", "杭州"]]), Taken(((2, "13800138000", "王芳"),))),
    Case(91, "the template has a phone of its own", openpyxl([["手机号", "phone", "name"], ["13800138000", "13900139000", "王芳"]]),
         Taken(((2, "13800138000", "王芳", "13900139000"),)), template="PHONE"),
    one(92, "addresses of the web", *refused(
        "value_link", "http://a.cn/x", "https://t.cn/A6x", "www.example.com", "t.cn/A6x", "example.com", "hxxp://x.cn", "ｗｗｗ．ｅｘａｍｐｌｅ．ｃｏｍ",
        "example。com", "淘宝.com", "a.cn"),
        *same("7.50", "v1.2", "3.5kg", "第1.2节", "2026.11.23")),
    one(93, "contact details", *same("13700137000", "QQ123456789", "微信abc12345", "加V信abc12345", notice="contact")),
    one(94, "brackets of the sign name", *refused("value_brackets", "【某银行】您好", "王芳】")),
    one(95, "line breaks and tabs", *refused("value_control", "a\nb", "a\tb", "a\u2028b", "a\x85b")),
    Case(95, "control characters of a csv", _control_characters, Taken((), dict.fromkeys(range(2, 7), "value_control")), "名单.csv"),
    Case(95, "a control character escaped in a workbook", lambda: parts.packed(parts.parts(parts.row(1, "手机号", "name") + parts.row(2, "13800138000", "a_x0007_b"))),
         Taken((), {2: "value_control"})),
    Case(95, "a lone surrogate", raw("手机号,name\n13800138000,a".encode() + b"\xed\xa0\x80b\n"), Refused("unknown_encoding"), "名单.csv"),
    one(96, "quotes and what breaks JSON", *same('say "hi"', "a\\b", "</script>", "'; DROP TABLE x", '{"a":1}', "a/b", '\\"', "100%", "%s %(x)s")),
    one(97, "a placeholder in a value", *same("${code}", "${name}", "$name", "${}")),
    one(98, "traditional characters", *same("陳麗華", "張學友", notice="unusual_hanzi")),
    one(98, "special characters", *same("①号楼", "★会员", notice="special_characters")),
    one(99, "texts that look like numbers", *same("007", "1e5", "True", "1.0", "0x1F", "3-4", "1/2")),
    Case(99, "texts that a csv protects by =\"…\"", raw('="手机号","=""name"""\n="13800138000",="007"\n="13900139000","=""王芳"""\n13700137000,="1"&"2"\n'),
         Taken(((2, "13800138000", "007"), (3, "13900139000", "王芳"), (4, "13700137000", '="1"&"2"')), fixes=("quotes",)), "名单.csv"),
    one(99, "the same in a workbook, where it is a text that is seen", *same('="007"')),
    one(100, "what would be a formula", *same("=cmd|'/c calc'!A1", "+1", "-1", "@x", "＝1+1", "=1+1")),
    one(101, "what would be markup", *same("<img src=x onerror=alert(1)>", "javascript:alert(1)", "{{ 7*7 }}", "{% now 'Y' %}")),
    one(102, "letters that look alike", ("Алexander", "Алexander", "lookalike_letters"), ("王\u202e芳", "王\u202e芳", "direction_characters")),
]  # fmt: skip
