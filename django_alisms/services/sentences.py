"""Sentences one after another: in Chinese nothing stands between them."""

from __future__ import annotations

from .status import language


def together(*sentences: object) -> str:
    """Those that are not empty, as one text in the active language."""
    between = "" if language() == "zh" else " "
    return between.join(str(one) for one in sentences if one)
