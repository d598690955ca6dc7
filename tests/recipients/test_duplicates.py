"""The same number again. spreadsheets cases 34 and 35."""

import random
import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from django_alisms.recipients.duplicates import Duplicates, Seen, Sighting

A, B = "13800138000", "13900139000"


def test_identical_rows_are_repeated_and_others_are_different():
    seen = Duplicates()
    assert seen.see(2, A, '{"name":"王芳"}') == Sighting(Seen.NEW, 0)
    assert seen.see(3, B, '{"name":"王芳"}') == Sighting(Seen.NEW, 0)
    assert seen.see(4, A, '{"name":"王芳"}') == Sighting(Seen.REPEATED, 2)
    assert seen.see(5, A, '{"name":"李强"}') == Sighting(Seen.DIFFERENT, 2)
    assert seen.see(6, A, '{"name":"李强"}') == Sighting(Seen.REPEATED, 5)
    assert seen.different == {int(A)}
    assert len(seen) == 3


def test_five_times_the_same_person_is_one_and_four():
    seen = Duplicates()
    assert [seen.see(row, A, "{}").seen for row in range(2, 7)] == [Seen.NEW] + [Seen.REPEATED] * 4


@given(st.lists(st.tuples(st.integers(1, 40), st.sampled_from("abc"))), st.sampled_from([0, 3000]))
def test_it_agrees_with_a_dict(rows, expected):
    seen, known = Duplicates(expected), {}
    for row, (number, values) in enumerate(rows, 2):
        sighting = seen.see(row, str(13800000000 + number * 2048), values)
        before = known.setdefault(number, {})
        if values in before:
            assert sighting == Sighting(Seen.REPEATED, before[values])
        elif before:
            assert sighting == Sighting(Seen.DIFFERENT, next(iter(before.values())))
        else:
            assert sighting == Sighting(Seen.NEW, 0)
        before.setdefault(values, row)


def test_nothing_is_forgotten_while_it_grows_and_little_memory_is_used():
    dice = random.Random(7)
    block = [13800000000 + i for i in range(60_000)]
    others = dice.sample(range(13900000000, 14000000000), 60_000)
    numbers = block + others
    dice.shuffle(numbers)
    tracemalloc.start()
    seen = Duplicates(len(numbers))
    assert all(seen.see(row, str(n), "{}").seen is Seen.NEW for row, n in enumerate(numbers, 2))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert all(seen.see(0, str(n), "{}") == Sighting(Seen.REPEATED, row) for row, n in enumerate(numbers, 2))
    assert peak < 60 * len(numbers)
