"""One list in every kind of file that is taken: the same people come out of all of them."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from django.core.files.base import ContentFile

from django_alisms.models import Recipient
from django_alisms.services.actors import Actor
from django_alisms.services.importing import staging, uploading
from tests import factories

pytestmark = pytest.mark.django_db

ROWS = [
    ["手机号", "姓名", "订单号", "金额"],
    ["13800138000", "王芳", "DD1", "268.00"],
    ["13900139000", "李伟", "DD2", "9.90"],
]


def text(separator: str, encoding: str) -> Callable[[], bytes]:
    return lambda: "\r\n".join(separator.join(row) for row in ROWS).encode(encoding)


def xlsx() -> bytes:
    import openpyxl

    book, file = openpyxl.Workbook(), io.BytesIO()
    for row in ROWS:
        book.active.append(row)
    book.save(file)
    return file.getvalue()


def xls() -> bytes:
    import xlwt

    book, file = xlwt.Workbook(), io.BytesIO()
    sheet = book.add_sheet("名单")
    for number, row in enumerate(ROWS):
        for column, cell in enumerate(row):
            # numbers as numbers, as a person types them
            sheet.write(number, column, int(cell) if number and not column else cell)
    book.save(file)
    return file.getvalue()


def ods() -> bytes:
    from odf.opendocument import OpenDocumentSpreadsheet
    from odf.table import Table, TableCell, TableRow
    from odf.text import P

    book, file = OpenDocumentSpreadsheet(), io.BytesIO()
    table = Table(name="名单")
    for row in ROWS:
        line = TableRow()
        for cell in row:
            place = TableCell(valuetype="string")
            place.addElement(P(text=cell))
            line.addElement(place)
        table.addElement(line)
    book.spreadsheet.addElement(table)
    book.save(file)
    return file.getvalue()


KINDS = {
    "xlsx": xlsx,
    "xls": xls,
    "ods": ods,
    "csv, UTF-8": text(",", "utf-8"),
    "csv, UTF-8 with BOM": text(",", "utf-8-sig"),
    "csv, GB18030": text(",", "gb18030"),
    "csv, semicolons": text(";", "gb18030"),
    "csv, UTF-16": text(",", "utf-16"),
    "tsv": text("\t", "utf-8"),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["list.xlsx", "list.csv", "list"], ids=lambda name: f"as {name}")
def test_the_content_decides(kind: str, name: str) -> None:
    draft = factories.draft()
    opened = uploading.upload(draft, ContentFile(KINDS[kind](), name=name), name, actor=Actor("operator"))

    done = staging.read(opened.pk, actor=Actor("operator"))

    assert (done.status, done.good, done.rejected, done.error) == ("done", 2, 0, "")
    people = Recipient.objects.of(draft.pk).order_by("id")
    assert [(person.row, person.phone, person.values["name"]) for person in people] == [
        (2, "13800138000", "王芳"),
        (3, "13900139000", "李伟"),
    ]
