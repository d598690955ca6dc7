"""The list, case by case: ``CASES``."""

from __future__ import annotations

from ..verdicts import Case
from . import hostile, numbers, structure, texts, values

CASES: list[Case] = [*texts.CASES, *numbers.CASES, *structure.CASES, *hostile.CASES, *values.CASES]
