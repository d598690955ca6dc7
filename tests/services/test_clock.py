"""The database's clock, whatever zone its server is in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from django_alisms.models import AccountState
from django_alisms.services.clock import database_now

pytestmark = [pytest.mark.django_db, pytest.mark.databases]


def test_a_server_in_beijing_is_not_eight_hours_ahead() -> None:
    AccountState.objects.current()
    zoned = connection.vendor == "mysql"  # Django sets the session's zone on PostgreSQL, and not on MySQL
    with connection.cursor() as cursor:
        if zoned:
            cursor.execute("SET time_zone = '+08:00'")
        try:
            assert abs(database_now() - timezone.now()) < timedelta(seconds=5)
        finally:
            if zoned:
                cursor.execute("SET time_zone = DEFAULT")
