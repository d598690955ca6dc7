"""Makes ``shipping.xlsx``: a thousand recipients of a shop's shipping notice, as such files are, with a few bad rows and repeats.

``python -m project.demo.sample_workbook`` writes it anew; the same code makes the same cells. The numbers are
invented; the demo sends them to the sandbox only. Some end in digits for which the sandbox reports a message as
not delivered.
"""

from __future__ import annotations

import datetime
import random
from pathlib import Path

import xlsxwriter

FILE = Path(__file__).with_name("shipping.xlsx")
SHEET = "发货名单"
HEADERS = ("手机号", "姓名", "订单号", "金额")

ROWS = 1008
REJECTED = 5
DUPLICATES = 3
RECIPIENTS = ROWS - REJECTED - DUPLICATES

_FAMILY = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾萧田董潘袁蔡蒋余于杜叶程苏魏吕丁任沈"
)
_SINGLE = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超"
_DOUBLE = "秀英晓燕建华志强桂英海燕文静子涵雨桐浩然梓萱思远欣怡一诺嘉豪佳琪俊杰雪梅国庆春梅玉兰立新少华"
_GIVEN = (*_SINGLE, *(_DOUBLE[place : place + 2] for place in range(0, len(_DOUBLE), 2)))
_PREFIXES = ("1380000", "1390001", "1590002", "1860003", "1330004", "1990005")

# Every number ends in its place in the list, up to here; what the sandbox reports as not delivered ends higher.
_ENDINGS = 900
# By place in the list: switched off, invalid, blacklist, and again every so many.
_NOT_DELIVERED = {40: "901", 88: "901", 131: "902", 177: "905", 214: "901"} | {
    place: ending
    for first, every, ending in ((260, 31, "901"), (270, 83, "902"), (280, 149, "905"))
    for place in range(first, ROWS - 10, every)
}

NOT_DELIVERED = len(_NOT_DELIVERED)

# What people type: the same number, mended by the import. By place in the list.
_MENDED = {
    12: lambda phone: f"{phone[:3]} {phone[3:7]} {phone[7:]}",
    57: lambda phone: f"+86 {phone[:3]}-{phone[3:7]}-{phone[7:]}",
    163: lambda phone: phone.translate(str.maketrans("0123456789", "０１２３４５６７８９")),
}

# What nobody can be reached with: column and cell. By place in the list.
_SPOILT = {
    20: (0, "1380000123"),
    66: (0, "021-55558888"),
    109: (0, "1.38E+10"),
    150: (1, ""),
    201: (0, "138****8000"),
}

# A row that stands here again, by place: the one it repeats.
_REPEATED = {75: 3, 149: 60, 1007: 1005}


def rows() -> list[tuple[str, str, str, str]]:
    """The rows below the header, all texts; no number twice but where a row is repeated."""
    chance = random.Random(20261111)  # noqa: S311 (the same file each time is the point)
    found: list[tuple[str, str, str, str]] = []
    taken: set[str] = set()
    for place in range(ROWS):
        ending = _NOT_DELIVERED.get(place, f"{place % _ENDINGS:03d}")
        free = [phone for phone in _numbers(ending) if phone not in taken]
        phone = chance.choice(free)
        taken.add(phone)
        row = [
            phone,
            chance.choice(_FAMILY) + chance.choice(_GIVEN),
            f"DD20261123{place + 1:04d}",
            f"{chance.randrange(1900, 128800) / 100:.2f}",
        ]
        if place in _MENDED:
            row[0] = _MENDED[place](row[0])
        if place in _SPOILT:
            column, cell = _SPOILT[place]
            row[column] = cell
        if place in _REPEATED:
            row = list(found[_REPEATED[place]])
        found.append((row[0], row[1], row[2], row[3]))
    return found


def _numbers(ending: str) -> list[str]:
    return [f"{prefix}{digit}{ending}" for prefix in _PREFIXES for digit in range(10)]


def write(path: Path) -> None:
    """The workbook, every cell a text so that no spreadsheet program rounds a number."""
    with xlsxwriter.Workbook(path, {"strings_to_numbers": False, "strings_to_formulas": False}) as workbook:
        workbook.set_properties({"created": datetime.datetime(2026, 11, 23), "title": "发货通知"})
        text = workbook.add_format({"num_format": "@"})
        bold = workbook.add_format({"num_format": "@", "bold": True})
        sheet = workbook.add_worksheet(SHEET)
        sheet.set_column(0, 0, 20, text)
        sheet.set_column(1, 1, 12, text)
        sheet.set_column(2, 2, 20, text)
        sheet.set_column(3, 3, 12, text)
        sheet.freeze_panes(1, 0)
        for column, header in enumerate(HEADERS):
            sheet.write_string(0, column, header, bold)
        for number, row in enumerate(rows(), start=1):
            for column, cell in enumerate(row):
                if cell:
                    sheet.write_string(number, column, cell, text)


if __name__ == "__main__":
    write(FILE)
