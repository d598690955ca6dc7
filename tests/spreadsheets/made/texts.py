"""Text files: rows to bytes in an encoding."""

from __future__ import annotations

from collections.abc import Callable, Sequence

Rows = Sequence[Sequence[str]]


def lines(rows: Rows, separator: str = ",", end: str = "\r\n") -> str:
    return "".join(separator.join(row) + end for row in rows)


def text(
    rows: Rows, encoding: str = "utf-8", separator: str = ",", end: str = "\r\n", before: bytes = b""
) -> Callable[[], bytes]:
    """A builder of a text file; a cell that needs quotes brings them along."""
    return lambda: before + lines(rows, separator, end).encode(encoding)


def raw(content: bytes | str) -> Callable[[], bytes]:
    return lambda: content if isinstance(content, bytes) else content.encode()
