"""PostgreSQL knows of a long list before the first turn sends from it."""

from __future__ import annotations

import json

import pytest
from django.db import connection

from django_alisms.models import Recipient
from django_alisms.services.actors import Actor
from django_alisms.services.importing import staging, storing, uploading
from django_alisms.services.importing.from_code import rows_from_mappings
from tests import factories

pytestmark = [pytest.mark.databases, pytest.mark.django_db(transaction=True)]
SHELL = Actor("operator")
VALUES = json.loads(factories.row(1).params_json)


def test_what_came_in_is_known_right_after_the_import(monkeypatch) -> None:
    """Of 800,000 people of whom nothing was known each turn read the whole table for the 3,200 that went."""
    if connection.vendor != "postgresql":
        pytest.skip("the others look for people in their index anyway")
    monkeypatch.setattr(storing, "MANY", 1000)
    table = Recipient._meta.db_table
    with connection.cursor() as cursor:  # as long as the test lasts nobody else looks at it
        cursor.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = false)")
    known = []
    try:
        for count in (900, 1100):
            send = factories.draft()
            people = [{"phone": factories.phone(number), **VALUES} for number in range(count)]
            opened = uploading.open_without_file(send, SHELL)
            done = staging.stage(opened, rows_from_mappings(send, people), actor=SHELL)
            assert done.good == count, done.error
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM pg_stats WHERE tablename = %s", [table])
                known.append(cursor.fetchone()[0] > 0)
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table} RESET (autovacuum_enabled)")
    assert known == [False, True]
