"""``manage.py`` as a child of the demo: the same commands, ended with the demo."""

from __future__ import annotations

import sys

from django.core.management import execute_from_command_line

from .children import end_with_parent

if __name__ == "__main__":
    end_with_parent()
    execute_from_command_line(["manage.py", *sys.argv[1:]])
