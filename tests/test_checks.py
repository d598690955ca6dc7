"""System checks about where uploaded lists wait."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

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
