"""Chinese wherever staff look: the catalogue is whole, current, and keeps every placeholder."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import django
import import_export
import polib
import pytest

from tests.catalogue import MO, PO
from tests.conftest import absent

ROOT = Path(__file__).resolve().parent.parent
PLACEHOLDER = re.compile(r"%\(\w+\)[sdf]|\{\w+\}|%%")


@pytest.fixture(scope="module")
def catalogue() -> polib.POFile:
    return polib.pofile(str(PO))


def texts(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def test_every_sentence_is_translated(catalogue):
    missing = [entry.msgid for entry in catalogue if not entry.obsolete and not all(texts(entry))]

    assert missing == []
    assert [entry.msgid for entry in catalogue if "fuzzy" in entry.flags] == []


def test_every_placeholder_is_kept(catalogue):
    lost = [
        (entry.msgid, text)
        for entry in catalogue
        for text in texts(entry)
        if set(PLACEHOLDER.findall(text)) != set(PLACEHOLDER.findall(entry.msgid_plural or entry.msgid))
    ]

    assert lost == []


def test_the_compiled_catalogue_is_current(catalogue):
    def read(file: polib.POFile | polib.MOFile) -> dict[tuple[str | None, str], list[str]]:
        return {(entry.msgctxt, entry.msgid): texts(entry) for entry in file}

    assert read(polib.mofile(str(MO))) == read(catalogue)


def test_the_catalogue_has_every_sentence_of_the_sources(catalogue, tmp_path):
    if shutil.which("xgettext") is None:
        absent("gettext is not installed")
    copy = tmp_path / "django_alisms"
    shutil.copytree(ROOT / "django_alisms", copy, ignore=shutil.ignore_patterns("__pycache__", "*.mo"))
    subprocess.run(
        [sys.executable, ROOT / "manage.py", "makemessages", "-l", "zh_Hans", "--no-location", "-v0"],
        cwd=copy,
        env={"PATH": "/usr/bin:/bin", "SECRET_KEY": "x", "PYTHONPATH": str(ROOT)},
        check=True,
    )
    made = polib.pofile(str(copy / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"))

    sources = {entry.msgid for entry in made if not entry.obsolete}
    assert sources - {entry.msgid for entry in catalogue} == set()
    assert {entry.msgid for entry in catalogue} - sources == set()


def test_no_sentence_is_translated_by_django_in_other_words(catalogue):
    """Whichever app comes first in INSTALLED_APPS wins a sentence both have, so ours then needs a context."""
    ours = {entry.msgid: entry.msgstr for entry in catalogue if entry.msgid and not entry.msgctxt}
    theirs = {
        entry.msgid: entry.msgstr
        for package in (django, import_export)
        for file in Path(package.__file__).parent.rglob("locale/zh_Hans/LC_MESSAGES/django.mo")
        for entry in polib.mofile(str(file))
        if entry.msgstr and not entry.msgctxt
    }

    assert {msgid: text for msgid, text in ours.items() if theirs.get(msgid, text) != text} == {}
