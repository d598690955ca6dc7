"""Cases 63 to 86: containers that lie, attack or are something else."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from typing import Any

from ..made import parts
from ..made.parts import DECLARED, MAIN, ROWS, packed, prefixed
from ..made.texts import text
from ..made.workbooks import odfpy, openpyxl, xlsxwriter, xlwt
from ..verdicts import Case, Refused, Taken

PEOPLE = ((2, "13800138000", "王芳"), (3, "13900139000", "李伟"))
BOTH = Taken(PEOPLE)
LIST = [list(line) for line in ROWS]
BOMB, DAMAGED, UNSAFE = "bomb", "damaged", "unsafe_xml"


def with_part(name: str, content: bytes | str) -> Callable[[], bytes]:
    return lambda: packed(parts.parts() | {name: content})


def one_entry_bomb(mebibytes: int = 512) -> Callable[[], bytes]:
    """A sheet that inflates to that much out of a thousandth of it."""

    def build() -> bytes:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            for name, part in parts.parts().items():
                if name != "xl/worksheets/sheet1.xml":
                    archive.writestr(parts.entry(name), part)
            with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as entry:
                before, after = parts.sheet(parts.rows(*ROWS)).split("</sheetData>")
                entry.write(before.encode())
                blank = b" " * (1 << 20)
                for _ in range(mebibytes):
                    entry.write(blank)
                entry.write(b"</sheetData>" + after.encode())
        return file.getvalue()

    return build


def many_entries(count: int = 100_000) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, part in parts.parts().items():
            archive.writestr(parts.entry(name), part)
        for number in range(count):
            archive.writestr(f"x/{number}", b"")
    return file.getvalue()


def nested() -> bytes:
    inner = packed({"a": b"\x00" * (1 << 20)})
    for _ in range(5):
        inner = packed({f"{number}.zip": inner for number in range(4)})
    return packed({"inner.zip": inner})


def overlapping(count: int = 60) -> bytes:
    """Central records that all point at one local entry of 8 MiB: little on disk, half a gigabyte unpacked."""
    content = packed(parts.parts() | {"xl/media/a.bin": b"\x00" * (8 << 20)}, level=9)
    at = parts.central_header_at(content, "xl/media/a.bin")
    (length,) = struct.unpack_from("<H", content, at + 28)
    record = content[at : at + 46 + length]
    end = content.rfind(b"PK\x05\x06")
    records = b"".join(record.replace(b"a.bin", f"{number:05d}".encode()) for number in range(count))
    start = struct.unpack_from("<I", content, end + 16)[0]
    many = len(parts.parts()) + 1 + count
    tail = bytearray(content[end:])
    struct.pack_into("<HHI", tail, 8, many, many, end - start + len(records))
    return content[:end] + records + bytes(tail)


def lying_sizes(name: str = "xl/worksheets/sheet1.xml", size: int = 100) -> bytes:
    """The sheet says that it is small; it is 20 MiB."""
    data = parts.rows(*ROWS) + " " * (20 << 20)
    content = bytearray(packed(parts.parts(data), level=9))
    struct.pack_into("<I", content, parts.central_header_at(bytes(content), name) + 24, size)
    struct.pack_into("<I", content, parts.local_header_at(bytes(content), name) + 22, size)
    return bytes(content)


def duplicated() -> bytes:
    import warnings

    file = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore")
        for name, part in parts.parts().items():
            archive.writestr(parts.entry(name), part)
        archive.writestr(
            parts.entry("xl/worksheets/sheet1.xml"),
            parts.sheet(parts.rows(ROWS[0], ("13700137000", "另一人"))),
        )
    return file.getvalue()


def differing_names() -> bytes:
    """The local header calls the sheet otherwise than the central directory does."""
    content = bytearray(packed(parts.parts()))
    name = b"xl/worksheets/sheet1.xml"
    at = parts.local_header_at(bytes(content), name.decode()) + 30
    content[at : at + len(name)] = b"xl/worksheets/sheet2.xml"
    return bytes(content)


def named(name: str) -> Callable[[], bytes]:
    def build() -> bytes:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for known, part in parts.parts().items():
                archive.writestr(parts.entry(known), part)
            archive.writestr(zipfile.ZipInfo(name), b"x")
        return file.getvalue()

    return build


def linked() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for known, part in parts.parts().items():
            if known != "xl/worksheets/sheet1.xml":
                archive.writestr(parts.entry(known), part)
        link = zipfile.ZipInfo("xl/worksheets/sheet1.xml")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    return file.getvalue()


def doctype(inside: str, name: str = "worksheet") -> str:
    return f"<!DOCTYPE {name} [{inside}]>"


FILE_ENTITY = '<!ENTITY x SYSTEM "file:///etc/passwd">'
HTTP_ENTITY = '<!ENTITY x SYSTEM "http://127.0.0.1:9/x">'
LAUGHS = '<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
QUADRATIC = f'<!ENTITY a "{"x" * 50_000}">'


def attacked(part: str, inside: str, use: str = "&x;", encoding: str = "utf-8") -> Callable[[], bytes]:
    """A part with a DOCTYPE, and its entity used where there is text."""

    def build() -> bytes:
        shared = parts.strings("<t>手机号</t>", "<t>name</t>", "<t>13800138000</t>", f"<t>王芳{use}</t>")
        data = (
            '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>'
            '<row r="2"><c r="A2" t="s"><v>2</v></c><c r="B2" t="s"><v>3</v></c></row>'
            f'<row r="3"><c r="A3" t="inlineStr">{parts.inline("13900139000")}</c>'
            f'<c r="B3" t="inlineStr"><is><t>李伟{use}</t></is></c></row>'
        )
        content = parts.parts(data, shared=shared, styles=f'{DECLARED}<styleSheet xmlns="{MAIN}"/>')
        old = content[part]
        assert isinstance(old, str)
        new = old.replace("?>\n", "?>\n" + doctype(inside), 1).replace(
            'encoding="UTF-8"', f'encoding="{encoding.upper()}"'
        )
        content[part] = new.encode(encoding)
        return packed(content)

    return build


def string_bomb(times: int = 10_000) -> bytes:
    """One string of 10 MiB, used ten thousand times."""
    shared = parts.strings(f"<t>{'x' * (10 << 20)}</t>", "<t>手机号</t>", "<t>name</t>")
    head = '<row r="1"><c r="A1" t="s"><v>1</v></c><c r="B1" t="s"><v>2</v></c></row>'
    body = "".join(
        f'<row r="{n}"><c r="A{n}"><v>{13900000000 + n}</v></c><c r="B{n}" t="s"><v>0</v></c></row>'
        for n in range(2, times + 2)
    )
    return packed(parts.parts(head + body, shared=shared))


def tiny_cells(rows: int = 600_000, columns: int = 64) -> bytes:
    """38 million cells in a few megabytes."""
    file = io.BytesIO()
    line = b"<row>" + b"<c><v>1</v></c>" * columns + b"</row>"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, part in parts.parts().items():
            if name != "xl/worksheets/sheet1.xml":
                archive.writestr(parts.entry(name), part)
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as entry:
            before, after = parts.sheet(parts.rows(*ROWS)).split("</sheetData>")
            entry.write(before.encode())
            for _ in range(rows // 1000):
                entry.write(line * 1000)
            entry.write(b"</sheetData>" + after.encode())
    return file.getvalue()


def deep(levels: int = 200_000) -> bytes:
    return packed(parts.parts("<x>" * levels + "</x>" * levels + parts.rows(*ROWS)))


def number_formats() -> bytes:
    """Formats that a careless pattern needs for ever."""
    form = "[" * 30_000 + "y" * 30_000 + '"' * 30_001
    styles = (
        f'{DECLARED}<styleSheet xmlns="{MAIN}"><numFmts count="1"><numFmt numFmtId="200" formatCode="{form.replace(chr(34), "&quot;")}"/></numFmts>'
        '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="200"/></cellXfs></styleSheet>'
    )
    data = (
        parts.row(1, "手机号", "name")
        + '<row r="2"><c r="A2" s="1"><v>13800138000</v></c><c r="B2" s="1"><v>1</v></c></row>'
    )
    return packed(parts.parts(data, styles=styles))


def encrypted() -> bytes:
    """By msoffcrypto: as Excel does with a password."""
    from msoffcrypto.format.ooxml import OOXMLFile

    out = io.BytesIO()
    OOXMLFile(io.BytesIO(openpyxl(LIST)())).encrypt("secret", out)
    return out.getvalue()


def with_macro() -> bytes:
    def change(book: Any, sheet: Any) -> None:
        book.add_vba_project(io.BytesIO(b"\xd0\xcf\x11\xe0 a macro that is never run"), is_stream=True)

    return xlsxwriter(LIST, change)()


def wps() -> bytes:
    """The odd parts that WPS writes beside the usual ones."""
    content = parts.parts(
        workbook='<fileVersion appName="xl" lastEdited="3" lowestEdited="5" rupBuild="9302"/>'
    )
    sheet = str(content["xl/worksheets/sheet1.xml"])
    content["xl/worksheets/sheet1.xml"] = sheet.replace(
        "<sheetData>",
        '<sheetPr/><dimension ref="A1:B3"/><sheetViews><sheetView tabSelected="1" workbookViewId="0"/></sheetViews>'
        '<sheetFormatPr defaultColWidth="9" defaultRowHeight="14.4" outlineLevelCol="1"/><sheetData>',
    ).replace(
        "</worksheet>",
        '<pageMargins left="0.75" right="0.75" top="1" bottom="1" header="0.5" footer="0.5"/><headerFooter/></worksheet>',
    )
    content["xl/cellimages.xml"] = (
        f'{DECLARED}<etc:cellImages xmlns:etc="http://www.wps.cn/officeDocument/2017/etCustomData"/>'
    )
    content["customXml/item1.xml"] = (
        '<s:customData xmlns:s="http://www.wps.cn/officeDocument/2013/wpsCustomData"/>'
    )
    content["docProps/custom.xml"] = (
        f'{DECLARED}<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties">'
        "</Properties>"
    )
    content["xl/wpsThumbnail"] = b"\x00\x01"
    return packed(content)


def strict() -> bytes:
    return packed(
        parts.parts(
            namespace="http://purl.oclc.org/ooxml/spreadsheetml/main",
            relations="http://purl.oclc.org/ooxml/officeDocument/relationships",
            workbook="<workbookPr/>",
        )
    )


def wrong_crc() -> bytes:
    content = bytearray(packed(parts.parts(parts.rows(*ROWS, *((f"139{n:08d}", "x") for n in range(200))))))
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as archive:
        entry = archive.getinfo("xl/worksheets/sheet1.xml")
    struct.pack_into(
        "<I", content, parts.central_header_at(bytes(content), entry.filename) + 16, entry.CRC ^ 1
    )
    struct.pack_into("<I", content, entry.header_offset + 14, entry.CRC ^ 1)
    return bytes(content)


def stored_and_damaged() -> bytes:
    """One digit of a stored number changed: only the checksum knows."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, part in parts.parts().items():
            archive.writestr(zipfile.ZipInfo(name), part)
    return file.getvalue().replace(b"13800138000", b"13800138001")


def web_page() -> bytes:
    lines = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in line) + "</tr>" for line in LIST)
    return f'<html><head><meta charset="gbk"></head><body><table>{lines}</table></body></html>'.encode("gbk")


def xml_2003() -> bytes:
    lines = "".join(
        "<Row>" + "".join(f'<Cell><Data ss:Type="String">{cell}</Data></Cell>' for cell in line) + "</Row>"
        for line in LIST
    )
    return (
        '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        f'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="x"><Table>{lines}</Table></Worksheet></Workbook>'
    ).encode()


def other_ole(stream: str = "") -> bytes:
    """An OLE file of another program: its header and nothing of a workbook (a .doc, an .msi, a thumbnail store)."""
    header = bytearray(512)
    header[:8] = bytes.fromhex("d0cf11e0a1b11ae1")
    struct.pack_into("<HHHHH", header, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<IIIIIIII", header, 44, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    struct.pack_into("<" + "I" * 109, header, 76, *([0] + [0xFFFFFFFF] * 108))
    fat = struct.pack("<" + "I" * 128, *([0xFFFFFFFD, 0xFFFFFFFE] + [0xFFFFFFFF] * 126))
    root = (
        "Root Entry".encode("utf-16-le").ljust(64, b"\x00")
        + struct.pack("<HBB", 22, 5, 1)
        + b"\xff" * 12
        + b"\x00" * 48
    )
    name = stream.encode("utf-16-le").ljust(64, b"\x00") + struct.pack("<HBB", 2 * len(stream) + 2, 2, 1)
    entry = (name + b"\xff" * 12).ljust(128, b"\x00") if stream else b""
    return bytes(header) + fat + (root + entry).ljust(512, b"\x00")


NAMES = [
    "../../etc/passwd.csv",
    "C:\\名单\\a.csv",
    "名\x01单.csv",
    "x" * 300 + ".csv",
    "名单\u202evsc.xlsx",
    "名单😀.csv",
    "<script>alert(1)</script>.csv",
]

CASES = [
    Case(63, "a bomb in one entry", one_entry_bomb(), Refused(BOMB), slow=True),
    Case(64, "100,000 entries", many_entries, Refused(BOMB), slow=True),
    Case(65, "nested archives", nested, Refused("not_a_list", ("zip",))),
    Case(66, "overlapping entries", overlapping, Refused(DAMAGED)),
    Case(67, "sizes that lie", lying_sizes, Refused(DAMAGED)),
    Case(68, "two entries of one name", duplicated, Refused(DAMAGED)),
    Case(68, "local and central name differ", differing_names, Refused(DAMAGED)),
    Case(69, "../ in a name", named("../../evil"), Refused(DAMAGED)),
    Case(69, "an absolute name", named("/etc/cron.d/evil"), Refused(DAMAGED)),
    Case(69, "a drive letter", named("C:\\evil"), Refused(DAMAGED)),
    Case(69, "a symbolic link", linked, Refused(DAMAGED)),
    *(
        Case(70, f"an external entity ({kind}) in {part}", attacked(part, entity, use), Refused(UNSAFE))
        for kind, entity in (("file", FILE_ENTITY), ("http", HTTP_ENTITY))
        for part, use in (
            ("xl/worksheets/sheet1.xml", "&x;"), ("xl/sharedStrings.xml", "&x;"), ("xl/styles.xml", ""),
            ("xl/_rels/workbook.xml.rels", ""), ("[Content_Types].xml", ""), ("xl/workbook.xml", ""),
        )
    ),
    Case(71, "billion laughs", attacked("xl/sharedStrings.xml", LAUGHS, "&a9;"), Refused(UNSAFE)),
    Case(71, "quadratic blow-up", attacked("xl/worksheets/sheet1.xml", QUADRATIC, "&a;" * 5_000), Refused(UNSAFE)),
    Case(71, "a DOCTYPE in UTF-16", attacked("xl/worksheets/sheet1.xml", FILE_ENTITY, "&x;", "utf-16"), Refused(UNSAFE)),
    Case(71, "a DOCTYPE in UTF-7", attacked("xl/worksheets/sheet1.xml", FILE_ENTITY, "&x;", "utf-7"), Refused(UNSAFE)),
    Case(72, "one long string, used ten thousand times", string_bomb, Refused(BOMB), slow=True),
    Case(73, "38 million tiny cells", tiny_cells, Refused(BOMB), slow=True),
    Case(74, "deep nesting", deep, Refused(DAMAGED)),
    Case(75, "a number format to choke on", number_formats, Refused(BOMB)),
    Case(76, "a password", encrypted, Refused("password")),
    Case(77, "an xls called .xlsx", xlwt(LIST), BOTH),
    Case(78, "a web page called .xls", web_page, Refused("html_or_xml", (".xlsx",)), "名单.xls"),
    Case(78, "XML of 2003 called .xls", xml_2003, Refused("html_or_xml", (".xlsx",)), "名单.xls"),
    Case(79, "a csv called .xlsx", text(LIST), BOTH),
    Case(80, "a workbook with a macro", with_macro, BOTH, "名单.xlsm"),
    Case(81, "an .xlsb", lambda: packed({"[Content_Types].xml": "<Types/>", "xl/workbook.bin": b"x"}), Refused("not_a_list", ("xlsb", ".xlsx")), "名单.xlsx"),
    Case(81, "a .numbers", lambda: packed({"Index/Document.iwa": b"x", "Metadata/Properties.plist": b"x"}), Refused("not_a_list", ("numbers", ".xlsx")), "名单.xlsx"),
    Case(81, "an OLE file of another program", other_ole, Refused(DAMAGED), "名单.et"),
    Case(82, "an old Word document", lambda: other_ole("WordDocument"), Refused("not_a_list", ("doc", ".xlsx")), "名单.xls"),
    Case(82, "an old presentation", lambda: other_ole("PowerPoint Document"), Refused("not_a_list", ("ppt", ".xlsx")), "名单.xls"),
    Case(82, "a PDF", lambda: b"%PDF-1.7\n" + b"x" * 100, Refused("not_a_list", ("pdf", ".xlsx"))),
    Case(82, "a picture", lambda: b"\x89PNG\r\n\x1a\n" + b"x" * 100, Refused("not_a_list", ("png", ".xlsx"))),
    Case(82, "a program", lambda: b"MZ" + b"\x00" * 200, Refused("not_a_list", ("exe", ".xlsx"))),
    Case(82, "a program of Linux", lambda: b"\x7fELF" + b"\x01" * 200, Refused("not_a_list", ("elf", ".xlsx"))),
    Case(82, "a Word document", lambda: packed({"[Content_Types].xml": "<Types/>", "word/document.xml": "<x/>"}), Refused("not_a_list", ("docx",))),
    Case(83, "made by WPS, with odd parts", wps, BOTH),
    Case(83, "made by ClosedXML, with a prefix", prefixed(parts.rows(*ROWS)), BOTH),
    Case(83, "made by odfpy", odfpy([*LIST, [13700137000, "张三"]]), Taken((*PEOPLE, (4, "13700137000", "张三"))), "名单.ods"),
    Case(84, "strict OOXML", strict, BOTH),
    Case(85, "a wrong checksum", wrong_crc, Refused(DAMAGED)),
    Case(85, "a digit changed in the archive", stored_and_damaged, Refused(DAMAGED)),
    Case(85, "cut at two thirds", lambda: (lambda content: content[: len(content) * 2 // 3])(packed(parts.parts())), Refused(DAMAGED)),
    Case(85, "an xls cut in the middle", lambda: (lambda content: content[: len(content) // 2])(xlwt([*LIST, *([f"139{n:08d}", f"x{n}"] for n in range(200))])()), Refused(DAMAGED), "名单.xls"),
    Case(85, "bytes after the end", lambda: packed(parts.parts()) + b"\x00" * 64, BOTH),
    *(Case(86, f"file name {ascii(name)[:40]}", text(LIST), BOTH, name) for name in NAMES),
]  # fmt: skip
