"""An error that nobody foresaw, for the log: its kind and its place, without its text, which may hold a number."""

from __future__ import annotations

from traceback import format_tb


def described(error: BaseException) -> str:
    """The class and where in the code; never what the error says."""
    return f"{type(error).__name__}\n{''.join(format_tb(error.__traceback__))}"
