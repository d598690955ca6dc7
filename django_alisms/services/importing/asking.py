"""Questions about a file, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from ...recipients.columns import PHONE


def question_sentence(question: Mapping[str, Any]) -> str:
    """What a person is asked."""
    facts = question.get("facts", {})
    match question["key"]:
        case "sheet":
            return _("The workbook has %(count)d sheets. Which one is the list?") % facts
        case "header":
            return _("Which row is the header, with the names of the columns?")
        case "columns":
            if facts["column"] == PHONE:
                return _("Which column has the phone numbers?")
            return _("Which column is the variable “%(column)s”?") % facts
        case "encoding":
            return _(
                "The characters of this text file can be read in two ways. In which of them are the names right?"
            )
        case "date_format":
            return _("A variable has dates. How shall they be written in the message?")
        case "number_form":
            if facts["mixed"]:
                return (
                    _(
                        "In the column of the variable “%(column)s” the spreadsheet shows other texts than it stores. Send "
                        "what is stored? Otherwise make the column text and upload the file again."
                    )
                    % facts
                )
            return (
                _(
                    "The spreadsheet shows the variable “%(column)s” otherwise than it stores it. Which is to be sent?"
                )
                % facts
            )
        case "six_zeros":
            return (
                _(
                    "%(count)d numbers end in six zeros, as numbers do that a spreadsheet has rounded. Are they real? "
                    "Otherwise upload the file with the full numbers."
                )
                % facts
            )
        case "hidden_rows":
            return (
                _(
                    "%(hidden)d rows are hidden, by a filter or by hand; %(visible)d can be seen. Which of them is "
                    "the list?"
                )
                % facts
            )
        case "hidden_columns":
            return (
                _("These columns are used and hidden in the file: %(columns)s. Are they the right ones?")
                % facts
            )
        case "same_number":
            return (
                _(
                    "%(count)d rows have a number that stands in the list before, with other values. Shall each of "
                    "them be sent?"
                )
                % facts
            )
    return str(question["key"])


def choice_label(question: Mapping[str, Any], choice: Mapping[str, Any]) -> str:
    """A choice in words."""
    value, label = str(choice["value"]), str(choice.get("label", ""))
    match question["key"], value:
        case "header", "none":
            return _("There is no header row")
        case "header", _row:
            return _("Row %(row)s: %(cells)s") % {"row": value, "cells": label}
        case "columns", _header:
            return _("Column %(letter)s “%(header)s”") % {"letter": label, "header": value}
        case "hidden_rows", "visible":
            return _("Only the %(visible)d rows that can be seen") % question["facts"]
        case "hidden_rows", "all":
            return _("All %(all)d rows, the hidden ones too") % question["facts"]
        case "encoding", "gb18030":
            return _("GBK (mainland): %(text)s") % {"text": label}
        case "encoding", "big5":
            return _("Big5 (Taiwan, Hong Kong): %(text)s") % {"text": label}
        case "number_form", "stored":
            return _("As it is stored: %(text)s") % {"text": label}
        case "number_form", _form:
            return _("As it is seen: %(text)s") % {"text": label}
        case "six_zeros", "keep":
            return _("Yes, these are the numbers of people")
        case "hidden_columns", "use":
            return _("Yes, take them as they are (otherwise upload the file with other columns)")
        case "same_number", "keep_all":
            return _("Yes, each of them is a message of its own")
        case "same_number", "keep_first":
            return _("No, only the first row of each number")
        case "same_number", "drop_all":
            return _("No, none of these numbers")
    return label or value
