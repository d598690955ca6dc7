"""Turns of the shared rate limit: how many, how far apart, how far ahead, and whose clock they go by."""

from __future__ import annotations

import itertools
import time
from datetime import timedelta
from math import inf

import pytest

from django_alisms.models import AccountState
from django_alisms.services import rate_limit
from django_alisms.services.clock import database_now, microseconds
from django_alisms.services.rate_limit import ASK_AGAIN, HEADROOM, HORIZON_SECONDS, TURN_LASTS, Bounds, Turn

pytestmark = [pytest.mark.django_db, pytest.mark.databases]


@pytest.fixture(params=[1, 2, 7, 20, 100, 3000])
def limit(request: pytest.FixtureRequest, settings) -> int:
    settings.ALISMS = {**settings.ALISMS, "MAX_REQUESTS_PER_SECOND": request.param}
    return request.param


def test_no_second_holds_more_turns_than_the_limit_however_late_each_is(limit: int) -> None:
    turns = rate_limit.take(10_000).turns

    assert len(turns) == pytest.approx(HORIZON_SECONDS * limit * HEADROOM + 1, rel=0.01, abs=1)
    # At worst the first of a second leaves at its last moment and the others at once.
    for place, turn in enumerate(turns):
        assert sum(1 for later in turns[place:] if later.at < turn.at + TURN_LASTS + 1) <= limit


@pytest.mark.parametrize(("limit", "slots", "any_time"), [(100, 2, True), (100, 3, False), (5000, 64, True)])
def test_only_a_process_with_few_slots_for_its_limit_may_be_late(limit, slots, any_time, settings) -> None:
    """Four of them that are frozen and send all they had in hand when they wake stay below the limit."""
    settings.ALISMS = {**settings.ALISMS, "MAX_REQUESTS_PER_SECOND": limit}

    (turn,) = rate_limit.take(1, slots=slots).turns

    assert (turn.until == inf) is any_time
    if any_time:
        assert limit * HEADROOM + 4 * slots <= limit


def test_turns_begin_when_the_requests_will_be_ready(settings) -> None:
    settings.ALISMS = {**settings.ALISMS, "MAX_REQUESTS_PER_SECOND": 100}

    began = time.monotonic()
    (turn,) = rate_limit.take(1, slots=16, lead=0.2).turns

    assert 0.2 <= turn.at - began < 0.2 + HORIZON_SECONDS


def test_turns_are_not_taken_further_ahead_than_a_lease_lets_them_wait(settings) -> None:
    short = {"CONNECT_TIMEOUT": 1, "READ_TIMEOUT": 2, "LEASE_SECONDS": 3.4, "MAX_REQUESTS_PER_SECOND": 100}
    settings.ALISMS = {**settings.ALISMS, **short}

    assert len(rate_limit.take(100).turns) == pytest.approx(0.2 * 100 * HEADROOM + 1, abs=1)


def test_whoever_comes_second_goes_behind(limit: int) -> None:
    reserved = []
    for _process in range(3):
        if rate_limit.take(1).turns:
            reserved.append(AccountState.objects.current().next_turn)

    apart = 1_000_000 / (limit * HEADROOM)
    assert all(later - earlier >= apart for earlier, later in itertools.pairwise(reserved))


def test_whoever_finds_the_horizon_taken_is_told_when_to_ask_again(settings) -> None:
    settings.ALISMS = {**settings.ALISMS, "MAX_REQUESTS_PER_SECOND": 0.05}

    assert rate_limit.take(5).wait == pytest.approx(HORIZON_SECONDS * ASK_AGAIN)
    nothing = rate_limit.take(1)
    assert nothing.turns == ()
    assert nothing.wait == pytest.approx(1 / (0.05 * HEADROOM) - HORIZON_SECONDS, abs=15)


def test_a_turn_that_has_passed_is_none() -> None:
    now = time.monotonic()
    assert Turn(now, now + 60).come()
    assert not Turn(now - 1, now - 1 + TURN_LASTS).come()


@pytest.mark.parametrize(
    ("newer", "then"),
    [
        (Bounds(99.0, 102.0, 10.0), Bounds(100.0, 101.0, 10.0)),
        (Bounds(100.5, 102.0, 10.0), Bounds(100.5, 101.0, 10.0)),
        (Bounds(100.2, 100.3, 10.0), Bounds(100.2, 100.3, 10.0)),
        (Bounds(40.0, 42.0, 10.0), Bounds(40.0, 42.0, 10.0)),
    ],
    ids=["slower", "overlapping", "quicker", "set back"],
)
def test_what_is_known_of_the_database_s_clock(newer: Bounds, then: Bounds) -> None:
    assert Bounds(100.0, 101.0, 10.0).narrowed(newer) == then


@pytest.mark.parametrize(("ahead", "waits"), [(30, True), (3600, False)])
def test_a_clock_that_was_set_back_does_not_end_the_sending(ahead: int, waits: bool) -> None:
    """The row would say for an hour that others have taken all turns; nobody takes them so far ahead."""
    AccountState.objects.current()
    later = microseconds(database_now() + timedelta(seconds=ahead))
    AccountState.objects.update(next_turn=later)

    taken = rate_limit.take(1)

    assert bool(taken.turns) is not waits
    if taken.turns:
        assert taken.turns[0].at - time.monotonic() <= HORIZON_SECONDS
        assert AccountState.objects.current().next_turn < later
