"""System checks: where uploaded lists wait, and how long values may be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks

from django_alisms import checks

DISK = "django.core.files.storage.FileSystemStorage"

# (where "alisms" keeps its files, None: there is none; MEDIA_ROOT) → what the check says
PLACES = {
    "no storage of its own": (None, "media", ["alisms.W005"]),
    "no storage of its own and no MEDIA_ROOT": (None, "", ["alisms.W005"]),
    "within MEDIA_ROOT": ("media/lists", "media", ["alisms.W005"]),
    "is MEDIA_ROOT": ("media", "media", ["alisms.W005"]),
    "beside MEDIA_ROOT": ("uploads", "media", []),
    "no media at all": ("uploads", "", []),
}


@pytest.mark.parametrize("place", PLACES)
def test_lists_in_a_folder_that_is_served_are_warned_of(place: str, settings: Any, tmp_path: Path) -> None:
    location, media, says = PLACES[place]
    settings.MEDIA_ROOT = str(tmp_path / media) if media else ""
    own = {"alisms": {"BACKEND": DISK, "OPTIONS": {"location": str(tmp_path / location)}}} if location else {}
    settings.STORAGES = {"default": {"BACKEND": DISK}, **own}

    found = checks.check_uploads()

    assert [problem.id for problem in found] == says
    assert all("docs/install.md" in problem.hint for problem in found)


@pytest.mark.parametrize(
    ("told", "refused"),
    [
        ({}, False),
        ({"SMS_1": 20}, False),
        ({"SMS_1": 0}, True),
        ({"SMS_1": "20"}, True),
        ([20], True),
        ({"SMS_1": 501}, True),
    ],
)
def test_how_long_a_value_may_be_is_characters_by_template(told: Any, refused: bool, settings: Any) -> None:
    settings.ALISMS = {**settings.ALISMS, "LONGEST_VALUES": told}

    assert any(problem.id == "alisms.E012" for problem in run_checks(tags=["alisms"])) is refused
