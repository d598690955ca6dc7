"""Workbooks written part by part: what no program writes, and what attackers do."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Mapping
from xml.sax.saxutils import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
DECLARED = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
Parts = dict[str, bytes | str]

ROWS = (("手机号", "name"), ("13800138000", "王芳"), ("13900139000", "李伟"))


def inline(text: str) -> str:
    return f'<is><t xml:space="preserve">{escape(text)}</t></is>'


def cell(reference: str, text: str) -> str:
    return f'<c r="{reference}" t="inlineStr">{inline(text)}</c>'


def row(number: int, *texts: str, more: str = "") -> str:
    cells = "".join(cell(f"{chr(65 + place)}{number}", text) for place, text in enumerate(texts))
    return f'<row r="{number}"{more}>{cells}</row>'


def rows(*content: tuple[str, ...]) -> str:
    return "".join(row(number, *texts) for number, texts in enumerate(content, 1))


def sheet(data: str, before: str = "", after: str = "", namespace: str = MAIN) -> str:
    return (
        f'{DECLARED}<worksheet xmlns="{namespace}" xmlns:r="{RELATIONS}">{before}'
        f"<sheetData>{data}</sheetData>{after}</worksheet>"
    )


def parts(
    data: str | None = None,
    *,
    before: str = "",
    after: str = "",
    shared: str | None = None,
    styles: str | None = None,
    workbook: str = "",
    namespace: str = MAIN,
    relations: str = RELATIONS,
) -> Parts:
    """A minimal workbook with one sheet. ``data``: inside of sheetData; ``workbook``: before its sheets."""
    overrides = [
        ("/xl/workbook.xml", "sheet.main"),
        ("/xl/worksheets/sheet1.xml", "worksheet"),
        *([("/xl/sharedStrings.xml", "sharedStrings")] if shared is not None else []),
        *([("/xl/styles.xml", "styles")] if styles is not None else []),
    ]
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.{}+xml"
    found: Parts = {
        "[Content_Types].xml": (
            f'{DECLARED}<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            + "".join(
                f'<Override PartName="{name}" ContentType="{kind.format(what)}"/>' for name, what in overrides
            )
            + "</Types>"
        ),
        "_rels/.rels": (
            f'{DECLARED}<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
            f'Type="{relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
        ),
        "xl/workbook.xml": (
            f'{DECLARED}<workbook xmlns="{namespace}" xmlns:r="{relations}">{workbook}'
            '<sheets><sheet name="名单" sheetId="1" r:id="rId1"/></sheets></workbook>'
        ),
        "xl/_rels/workbook.xml.rels": (
            f'{DECLARED}<Relationships xmlns="{PACKAGE}/relationships">'
            f'<Relationship Id="rId1" Type="{relations}/worksheet" Target="worksheets/sheet1.xml"/>'
            + (
                f'<Relationship Id="rId2" Type="{relations}/sharedStrings" Target="sharedStrings.xml"/>'
                if shared is not None
                else ""
            )
            + (
                f'<Relationship Id="rId3" Type="{relations}/styles" Target="styles.xml"/>'
                if styles is not None
                else ""
            )
            + "</Relationships>"
        ),
        "xl/worksheets/sheet1.xml": sheet(
            rows(*ROWS) if data is None else data, before, after, namespace
        ).replace(RELATIONS, relations),
    }
    if shared is not None:
        found["xl/sharedStrings.xml"] = shared
    if styles is not None:
        found["xl/styles.xml"] = styles
    return found


def entry(name: str) -> zipfile.ZipInfo:
    """An entry without the moment at which it was made."""
    made = zipfile.ZipInfo(name)
    made.compress_type = zipfile.ZIP_DEFLATED
    return made


def packed(content: Mapping[str, bytes | str], level: int = 6) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, part in content.items():
            archive.writestr(entry(name), part)
    return file.getvalue()


def workbook(data: str | None = None, **options: str) -> Callable[[], bytes]:
    """A builder of a minimal workbook; see ``parts``."""
    return lambda: packed(parts(data, **options))  # type: ignore[arg-type]


def prefixed(data: str, **options: str) -> Callable[[], bytes]:
    """As ``workbook``, each element of the sheet with a prefix: so ClosedXML and Microsoft's own kit write it."""

    def build() -> bytes:
        content = parts(data, **options)  # type: ignore[arg-type]
        part = str(content["xl/worksheets/sheet1.xml"]).removeprefix(DECLARED)
        part = part.replace("<", "<x:").replace("<x:/", "</x:").replace(" xmlns=", " xmlns:x=")
        return packed(content | {"xl/worksheets/sheet1.xml": DECLARED + part})

    return build


def strings(*items: str, doctype: str = "") -> str:
    """A shared-strings part; the items are XML."""
    return f'{DECLARED}{doctype}<sst xmlns="{MAIN}">{"".join(f"<si>{item}</si>" for item in items)}</sst>'


def changed(content: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    """The archive again, each entry as ``change(name, bytes)`` gives it."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(entry(name), change(name, old.read(name)))
    return file.getvalue()


def local_header_at(content: bytes, name: str) -> int:
    """Where the local header of an entry begins."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.getinfo(name).header_offset


def central_header_at(content: bytes, name: str) -> int:
    """Where the central directory's record of an entry begins."""
    at = -1
    while (at := content.find(b"PK\x01\x02", at + 1)) >= 0:
        (length,) = struct.unpack_from("<H", content, at + 28)
        if content[at + 46 : at + 46 + length] == name.encode():
            return at
    raise KeyError(name)
