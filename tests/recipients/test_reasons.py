"""Every code has its words, and the words have what they need."""

import string

import pytest

from django_alisms.recipients.reasons import (
    FIX_WORDS,
    NOTICE_WORDS,
    WORDS,
    Fix,
    Notice,
    Reason,
    fix_sentence,
    heading,
    notice_sentence,
    remedy,
    sentence,
)


def test_every_code_has_its_words():
    assert set(WORDS) == set(Reason)
    assert set(FIX_WORDS) == set(Fix)
    assert set(NOTICE_WORDS) == set(Notice)


@pytest.mark.parametrize("reason", Reason)
def test_a_sentence_uses_its_facts_and_survives_their_absence(reason):
    template = str(WORDS[reason].sentence)
    facts = {name: f"<{name}>" for _, name, _, _ in string.Formatter().parse(template) if name}
    full = str(sentence(reason, **facts))
    assert all(value in full for value in facts.values())
    assert "{" not in str(sentence(reason))
    assert str(heading(reason))
    assert str(remedy(reason))


def test_a_stored_code_finds_its_words():
    assert str(sentence("phone_too_short", digits=10, missing=1)).startswith("Only 10 digits")
    assert str(fix_sentence("separators"))
    assert "♡" in str(notice_sentence("special_characters", characters="♡"))


def test_a_fact_that_looks_like_a_placeholder_stays_as_it_is():
    assert "{evil.__class__}" in str(sentence(Reason.FORMULA_ERROR, value="{evil.__class__}"))
