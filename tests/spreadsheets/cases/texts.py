"""Cases 1 to 18: encodings and csv."""

from __future__ import annotations

from ..made.texts import lines, raw, text
from ..verdicts import Asks, Case, Refused, Taken

ROWS = [["手机号", "name"], ["13800138000", "王芳"], ["13900139000", "李伟"]]
PLAIN = [["phone", "name"], *ROWS[1:]]
BOTH = Taken(((2, "13800138000", "王芳"), (3, "13900139000", "李伟")))
LONG = "x" * 131_073


def _utf8_that_decodes_as_gb18030() -> bytes:
    content = lines([["phone", "name"], ["13800138000", "王芳"], ["13900139000", "李伟"]]).encode()
    assert "王芳" not in content.decode("gb18030")
    return content


def _utf8_line_that_decodes_as_gb18030() -> bytes:
    content = b"phone,name\n13800138000," + "王芳".encode() + b"\n13900139000," + "李伟".encode("gbk") + b"\n"
    content.decode("gb18030")
    return content


def _big5(header: list[str]) -> bytes:
    rows = [header, ["13800138000", "王國華"], ["13900139000", "陳麗雲"], ["13700137000", "張學友"]]
    content = lines(rows).encode("big5")
    content.decode("gb18030")
    return content


BIG5 = Taken(((2, "13800138000", "王國華"), (3, "13900139000", "陳麗雲"), (4, "13700137000", "張學友")))

CASES = [
    Case(1, "GBK", text(ROWS, "gbk"), BOTH, "名单.csv"),
    Case(
        2,
        "four bytes in GB18030",
        text([*ROWS, ["13700137000", "王䶮"]], "gb18030"),
        Taken((*BOTH.people, (4, "13700137000", "王䶮")), notices=("unusual_hanzi",)),  # type: ignore[misc]
        "名单.csv",
    ),
    Case(3, "UTF-8 with a mark, its first header the number's", text(ROWS, "utf-8-sig"), BOTH, "名单.csv"),
    Case(3, "UTF-8 with a mark, header in quotes", text([['"手机号"', '"name"'], *ROWS[1:]], "utf-8-sig"), BOTH, "名单.csv"),
    Case(4, "UTF-8 that decodes as GB18030 too", _utf8_that_decodes_as_gb18030, BOTH, "名单.csv"),
    Case(5, "UTF-16 LE, Unicode text of Excel", text(ROWS, "utf-16-le", "\t", before=b"\xff\xfe"), BOTH, "名单.txt"),
    Case(5, "UTF-16 BE", text(ROWS, "utf-16-be", "\t", before=b"\xfe\xff"), BOTH, "名单.txt"),
    Case(5, "UTF-16 with commas", text(ROWS, "utf-16-le", before=b"\xff\xfe"), BOTH, "名单.csv"),
    Case(
        6,
        "GBK and UTF-8 lines",
        raw("手机号,name\n13800138000,王芳\n".encode("gbk") + "13900139000,李小伟号\n".encode()),
        Refused("mixed_encodings", ("3",)),
        "名单.csv",
    ),
    Case(
        6,
        "a UTF-8 line that decodes as GB18030 among GBK",
        _utf8_line_that_decodes_as_gb18030,
        Refused("mixed_encodings"),
        "名单.csv",
    ),
    Case(7, "UTF-8, last character cut", raw(lines(ROWS).encode().rstrip()[:-1]), Refused("unknown_encoding", ("3",)), "名单.csv"),
    Case(7, "GBK, last character cut", raw(lines(ROWS).encode("gbk").rstrip()[:-1]), Refused("unknown_encoding", ("3",)), "名单.csv"),
    Case(7, "UTF-16, last character cut", raw(b"\xff\xfe" + lines(ROWS).encode("utf-16-le")[:-1]), Refused("unknown_encoding"), "名单.csv"),
    Case(8, "Big5 with a Chinese header", lambda: _big5(["手機號碼", "姓名"]), Asks("encoding", {"big5": BIG5}), "名单.csv"),
    Case(
        8,
        "Big5 with an English header",
        lambda: _big5(["phone", "name"]),
        Asks("encoding", {"big5": BIG5}),
        "名单.csv",
    ),
    Case(9, "semicolons", text(ROWS, separator=";"), BOTH, "名单.csv"),
    Case(9, "tabs, as .csv", text(ROWS, separator="\t"), BOTH, "名单.csv"),
    Case(9, "tabs, as .tsv in GBK", text(ROWS, "gbk", separator="\t"), BOTH, "名单.tsv"),
    Case(
        9,
        "tabs, commas in the values",
        text([["手机号", "name"], ["13800138000", "王芳,李伟,张三"]], separator="\t"),
        Taken(((2, "13800138000", "王芳,李伟,张三"),)),
        "名单.txt",
    ),
    Case(10, "full-width commas", text(ROWS, separator="，"), Refused("full_width_comma"), "名单.csv"),
    Case(11, "first line sep=;", raw("sep=;\r\n" + lines(ROWS, ";")), Taken(((3, "13800138000", "王芳"), (4, "13900139000", "李伟"))), "名单.csv"),
    Case(11, "a mark, and a first line sep= with a tab", raw("\ufeffsep=\t\r\n" + lines(ROWS, "\t")), Taken(((3, "13800138000", "王芳"), (4, "13900139000", "李伟"))), "名单.csv"),
    Case(11, "first line \"sep=,\" in GBK", raw(("sep=,\r\n" + lines(ROWS, ",")).encode("gbk")), Taken(((3, "13800138000", "王芳"), (4, "13900139000", "李伟"))), "名单.csv"),
    Case(
        12,
        "a line break inside quotes",
        raw('手机号,备注,name\r\n13800138000,"两行\r\n备注",王芳\r\n13900139000,,李伟\r\n'),
        BOTH,
        "名单.csv",
    ),
    Case(13, "a quote that is not closed", raw('手机号,name\n13800138000,"王芳\n13900139000,李伟\n'), Refused("unbalanced_quote", ("2",)), "名单.csv"),
    Case(14, "CR only, in GBK", text(ROWS, "gbk", end="\r"), BOTH, "名单.csv"),
    Case(14, "three kinds of line ends", raw("手机号,name\r13800138000,王芳\n13900139000,李伟\r\n"), BOTH, "名单.csv"),
    Case(14, "CR only", text(ROWS, end="\r"), BOTH, "名单.csv"),
    Case(15, "NUL bytes", raw(b"phone,name\n13800138000,a\x00b\n"), Refused("nul_bytes"), "名单.csv"),
    Case(15, "UTF-16 without a mark", text(PLAIN, "utf-16-le"), Refused("nul_bytes"), "名单.csv"),
    Case(16, "a field of 131,073 characters", raw(f"手机号,name\n13800138000,{LONG}\n"), Refused("field_too_long", ("2",)), "名单.csv"),
    Case(16, "the header of 131,073 characters", raw(f"{LONG}\n13800138000\n"), Refused("field_too_long", ("1",)), "名单.csv"),
    Case(17, "no line end at the end", raw(lines(ROWS).rstrip()), BOTH, "名单.csv"),
    Case(17, "50 blank lines at the end", raw(lines(ROWS) + "\r\n" * 50), BOTH, "名单.csv"),
    Case(17, "50 lines of separators at the end", raw(lines(ROWS) + ",\r\n" * 50), BOTH, "名单.csv"),
    Case(
        18,
        "ragged rows",
        raw("手机号,name,备注\n13800138000,王芳\n13900139000,李伟,,,多\n13700137000,张三,x\n13600136000,李,四,x\n"),
        Taken(((4, "13700137000", "张三"),), {2: "ragged_row", 3: "ragged_row", 5: "ragged_row"}),
        "名单.csv",
    ),
]  # fmt: skip
