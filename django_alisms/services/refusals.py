"""What a service answers when it does not do what it was asked.

    NotPossible            the state of things does not allow it; nothing was changed
    ├── NotAllowed         the actor lacks the right
    ├── NotConfigured      credentials or settings are missing or wrong
    └── AlreadyStarted     somebody started this send before: who and when

Each carries one sentence for people: what happened, that nothing was lost, and what to do next.
"""

from __future__ import annotations

from typing import Any


class NotPossible(Exception):
    """Nothing was changed; ``str()`` is a sentence for people."""

    def __init__(self, sentence: Any, **facts: Any) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.facts = facts

    def __str__(self) -> str:
        return str(self.sentence)


class NotAllowed(NotPossible):
    pass


class NotConfigured(NotPossible):
    pass


class AlreadyStarted(NotPossible):
    pass
