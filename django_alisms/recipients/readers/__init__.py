"""A file of recipients into cells, judged by its content and never by its name.

``open_recipients_file`` → ``Workbook``: its sheets, and the rows of one as ``(number, cells)``, where the number is the
one the spreadsheet program shows; in text files records are counted, blank ones too. What cannot be read for certain
is refused with ``FileRefused``, whose words stand in ``refusals``.
"""

from .opening import Workbook, open_recipients_file
from .sheets import SheetInfo

__all__ = ["SheetInfo", "Workbook", "open_recipients_file"]
