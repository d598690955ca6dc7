"""Length and parts: Alibaba Cloud's billing page, with its own example of 160 characters."""

import pytest

from django_alisms.recipients.parts import message_length, parts_of, signed


@pytest.mark.parametrize(
    ("length", "parts"),
    [(0, 0), (1, 1), (70, 1), (71, 2), (134, 2), (135, 3), (160, 3), (201, 3), (202, 4), (500, 8)],
)
def test_seventy_are_one_part_and_longer_ones_are_cut_by_67(length, parts):
    assert parts_of(length) == parts


@pytest.mark.parametrize(
    ("sign", "text", "length"),
    [("某某商城", "您好", 8), ("", "您好", 2), ("A", "", 3), ("某某商城", "𠮷", 7), ("某", "ａa，,", 7)],
)
def test_every_character_counts_one_and_the_brackets_count_too(sign, text, length):
    """A character outside the basic plane is one character, not two code units."""
    assert message_length(sign, text) == length
    assert len(signed(sign, text)) == length
