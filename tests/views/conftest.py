"""The doors are open, and there is a batch that receipts and replies may be about."""

from __future__ import annotations

import pytest

from django_alisms.models import Batch
from django_alisms.services import starting
from django_alisms.services.actors import Actor
from tests import factories
from tests.services.test_receiving import BIZ_ID, answered, marked

TOKEN = "pX3vN0c2mQ9sR7tY5uW1aB"


@pytest.fixture(autouse=True)
def _token(settings) -> None:
    settings.ALISMS = {"RECEIPT_TOKEN": TOKEN}


@pytest.fixture
def batch() -> Batch:
    """Five people of an accepted batch."""
    send = starting.start(factories.draft(5), actor=Actor("operator"))
    return answered(marked(send.batches.get()), biz_id=BIZ_ID)
