"""The words for a file that cannot be taken: what is wrong, that nothing was imported, what to do."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from ..file_refused import FileRefused

_SAVE_AS = _("Save it as .xlsx in the spreadsheet program and upload it again.")

WORDS: dict[str, Any] = {
    "empty_file": _("The file is empty (0 bytes). Nothing was imported; save it again and upload it."),
    "no_rows": _(
        "There is nothing in this sheet. Nothing was imported; fill in the list and upload it again."
    ),
    "too_large": _("The file is larger than 100 MB. Nothing was imported; split it into several files."),
    "only_header": _(
        "There is no row below the header. Nothing was imported; fill in the recipients and upload it again."
    ),
    "too_many_rows": _(
        "The file has {rows} rows; at most {limit} are read. Nothing was imported; split it into several files."
    ),
    "bomb": _(
        "The file needs far more memory than a list does. Nothing was imported. Copy the list alone into a new "
        "workbook and upload that."
    ),
    "took_too_long": _(
        "Reading the file took too long, so it was given up. Nothing was imported; split it, or save the list as .csv."
    ),
    "unsafe_xml": _(
        "The workbook has parts that no spreadsheet program writes, so it is not opened. Nothing was imported. {save_as}"
    ),
    "damaged": _("The file is damaged or was cut off. Nothing was imported. {save_as}"),
    "password": _(
        "The workbook is protected by a password. Nothing was imported; remove the password and upload it again."
    ),
    "not_a_list": _("This is a {kind} file, not a list. Nothing was imported. {save_as}"),
    "html_or_xml": _("This is a web page or XML file under another name. Nothing was imported. {save_as}"),
    "too_many_columns": _(
        "The sheet has {columns} columns; at most {limit} are read. Nothing was imported; delete those that are not needed."
    ),
    "nul_bytes": _("The text file has NUL bytes. Nothing was imported. {save_as}"),
    "unknown_encoding": _("Line {line} is neither UTF-8 nor GB18030. Nothing was imported. {save_as}"),
    "unreadable_ods": _(
        "This .ods file is written in a way that cannot be read here. Nothing was imported. {save_as}"
    ),
    "mixed_encodings": _(
        "Some lines are UTF-8, others GBK; line {line} is the first that differs. Nothing was imported. {save_as}"
    ),
    "unknown_answer": _("“{value}” is no answer to “{key}”. Nothing was imported. Possible: {choices}."),
    "full_width_comma": _(
        "The columns are separated by full-width commas （，）. Nothing was imported; use , or save it as .xlsx."
    ),
    "unbalanced_quote": _(
        "A quotation mark in record {row} is not closed. Nothing was imported; mend it, or save the list as .xlsx."
    ),
    "field_too_long": _("A cell in record {row} is longer than 131,072 characters. Nothing was imported."),
    "duplicate_headers": _(
        "Two columns have the same header “{header}” ({columns}). Nothing was imported; rename one of them."
    ),
    "missing_columns": _(
        "The list has no column for: {columns}. Nothing was imported. Columns found: {headers}."
    ),
    "unknown_column": _(
        "There is no column “{header}” for {column}. Nothing was imported. Columns found: {headers}."
    ),
    "unknown_variable": _(
        "The template has no variable “{column}”. Nothing was imported. A column can be named for: {variables}."
    ),
    "no_sheets": _(
        "A text file has no sheets, so none is called “{sheet}”. Nothing was imported; name no sheet."
    ),
    "unknown_sheet": _("There is no visible sheet “{sheet}”. Nothing was imported. Sheets found: {sheets}."),
    "unknown_header_row": _("Row {row} cannot be the header. Nothing was imported."),
    "no_visible_sheet": _(
        "The workbook has no visible sheet. Nothing was imported; unhide the one with the list."
    ),
}


class _Facts(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"


def sentence(refused: FileRefused) -> str:
    """What happened and what to do, in the language of the reader."""
    facts = _Facts({key: _shown(value) for key, value in refused.facts.items()}, save_as=str(_SAVE_AS))
    return str(WORDS.get(refused.code, WORDS["damaged"])).format_map(facts)


def _shown(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(str(one) for one in value)
    return str(value)
