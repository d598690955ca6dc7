"""200 damaged files (``make fuzz`` takes 5,000): nothing dies, nothing hangs, nothing is half said."""

from __future__ import annotations

import random
import time
from collections import Counter

import pytest
from django.test import Client

from .conftest import draft_of
from .doors import through_upload
from .fuzz.hunt import corpus, hunt
from .fuzz.mutations import mutated

SEED = 1


def test_200_damaged_files() -> None:
    found = hunt(200, SEED)

    assert [str(find) for find in found.finds] == []
    assert sum(found.ends.values()) == 200
    assert found.ends["rows"] > 10
    assert found.ends["refused"] > 10


def test_the_same_seed_makes_the_same_files() -> None:
    """In another second too: what programs write of the clock is taken out."""
    first = corpus()
    time.sleep(2.1)  # the clock of an archive has steps of two seconds

    assert corpus() == first
    made = [mutated(content, random.Random(7)) for _name, content in first]
    assert made == [mutated(content, random.Random(7)) for _name, content in first]
    assert sum(new != old for new, (_name, old) in zip(made, first, strict=True)) > len(first) * 0.9


@pytest.mark.django_db
def test_nothing_of_a_damaged_file_is_half_imported(staff: Client) -> None:
    """Through the upload, into the tables: every damaged text file ends in counts that agree, or in nothing."""
    texts = [
        content for _name, content in corpus() if b"\x00" not in content and not content.startswith(b"PK")
    ]
    ends = Counter()
    for number in range(60):
        chance = random.Random(f"{SEED}:{number}")
        content = mutated(chance.choice(texts), chance)
        if content:
            outcome, _opened = through_upload(staff, draft_of("NAME"), content, "名单.csv", {"header": "1"})
            ends["refused" if outcome.sentence else "asked" if outcome.asked else "done"] += 1
    assert ends["done"] > 5
    assert ends["refused"] > 5


@pytest.mark.django_db
def test_nothing_of_a_damaged_workbook_is_half_imported(staff: Client) -> None:
    """The same of workbooks: each is refused in a sentence, asked about, or taken with counts that agree."""
    books = [content for _name, content in corpus() if content.startswith(b"PK")]
    ends = Counter()
    for number in range(40):
        chance = random.Random(f"{SEED}:workbook:{number}")
        content = mutated(chance.choice(books), chance)
        if content:
            outcome, opened = through_upload(staff, draft_of("NAME"), content, "名单.xlsx", {"header": "1"})
            end = "refused" if outcome.sentence else "asked" if outcome.asked else "done"
            ends[end] += 1
            if end == "done":
                assert opened.status in ("done", "failed")
    assert ends["done"] > 3
    assert ends["refused"] > 3
