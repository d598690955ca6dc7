"""The Chinese catalogue: where it is, and ``python -m tests.catalogue --compile``."""

from __future__ import annotations

import sys
from pathlib import Path

import polib

PO = (
    Path(__file__).resolve().parent.parent
    / "django_alisms"
    / "locale"
    / "zh_Hans"
    / "LC_MESSAGES"
    / "django.po"
)
MO = PO.with_suffix(".mo")


def tidy_and_compile() -> None:
    """Drop what no source says any more and what changes with every run, then write the compiled catalogue."""
    catalogue = polib.pofile(str(PO), wrapwidth=0)
    for gone in list(catalogue.obsolete_entries()):
        catalogue.remove(gone)
    for volatile in ("POT-Creation-Date", "PO-Revision-Date"):
        catalogue.metadata.pop(volatile, None)
    catalogue.save(str(PO))
    catalogue.save_as_mofile(str(MO))


if __name__ == "__main__":
    if "--compile" in sys.argv:
        tidy_and_compile()
