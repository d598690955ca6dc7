"""The whole file cannot be taken: one exception with a code, whoever finds out."""

from typing import Any


class FileRefused(Exception):
    """Nothing of this file was read into anything.

    ``code`` names the cause and never changes; ``facts`` are what its sentence needs. Cells of people's rows are
    not among the facts, so that the exception can be logged.
    """

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts
