"""While a long list is read, its page says how far it is and how long it will take; then it is the report."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone, translation

from django_alisms.models import RecipientImport
from django_alisms.services.actors import Actor
from django_alisms.services.importing import reporting, staging, uploading
from tests import factories

from .conftest import client_of

pytestmark = pytest.mark.django_db
SHELL = Actor("operator")


def uploaded(rows: int) -> RecipientImport:
    lines = [f"139{number:08d},王芳,DD{number},1.00" for number in range(rows)]
    text = "\n".join(["手机号,name,code,amount", *lines, ""])
    return uploading.upload(
        factories.draft(), ContentFile(text.encode(), "名单.csv"), "名单.csv", actor=SHELL
    )


def test_the_page_follows_the_slices() -> None:
    opened = uploaded(12_000)
    boss = client_of("superuser")
    address = reverse("admin:django_alisms_batchsend_import_report", args=[opened.pk])
    seen: list[str] = []

    def look() -> None:
        # As if the slice had taken a minute.
        RecipientImport.objects.filter(pk=opened.pk, rows=5000).update(
            started_at=timezone.now() - timedelta(seconds=300)
        )
        page: Any = boss.get(address)
        assert page["Refresh"] == "2"
        seen.append(page.content.decode())

    with translation.override("en"):
        done = staging.read(opened.pk, actor=SHELL, pulse=look)

    assert "5,000 of about 12,001 rows so far." in seen[0]
    assert "About 7 minutes left." in seen[0]
    assert 'width="41.7%"' in seen[0]
    assert "10,000 of about 12,001 rows so far." in seen[1]
    page = boss.get(address)
    assert "so far" not in page.content.decode()
    assert "Refresh" not in page
    assert (done.rows, "expected" in done.reading) == (12_000, False)


@pytest.mark.parametrize(
    ("rows", "expected", "seconds", "found"),
    [
        # Before the first slice, and of a reading whose length nobody knows: no guess.
        (0, 12_000, 60, (0, 12_000, 0.0, None)),
        (5000, 0, 60, (5000, 0, 0.0, None)),
        (5000, 20_000, 60, (5000, 20_000, 25.0, 180.0)),
        # More than was thought, because rows were counted that are none: nothing is left, and no more than all.
        (12_001, 12_000, 60, (12_000, 12_000, 100.0, 0.0)),
        # Another machine's clock.
        (5000, 20_000, -5, (5000, 20_000, 25.0, 0.0)),
    ],
)
def test_time_left(rows: int, expected: int, seconds: int, found: tuple[Any, ...]) -> None:
    now = timezone.now()
    opened = RecipientImport(
        rows=rows, reading={"expected": expected}, started_at=now - timedelta(seconds=seconds)
    )
    told = reporting.progress(opened, now)
    assert (told.rows, told.expected, told.share, told.seconds_left) == found
