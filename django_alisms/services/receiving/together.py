"""Pushes that come at the same time are stored in one transaction: whoever has the turn stores for all who wait.

A commit waits for the disk, and on SQLite one write waits for the other by sleeping. Fifty pushes a second, each
with its own commit, spend their time waiting; together they take as long as one.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

from ...aliyun.reports import Receipt
from ..actors import Actor
from .applying import apply


class Turns:
    """One for a process. Nobody waits for longer than the transaction under way and the one after it."""

    def __init__(self) -> None:
        self._waiting: list[_Given] = []
        self._lock = threading.Lock()
        self._turn = threading.Lock()

    def apply(self, receipts: Sequence[Receipt], actor: Actor) -> None:
        """Stored and committed when it returns. Raises what storing them raised, for all of one turn alike."""
        given = _Given(receipts)
        with self._lock:
            self._waiting.append(given)
        with self._turn:
            if not given.stored and given.error is None:
                self._store_all(actor)
        if given.error is not None:
            raise given.error

    def _store_all(self, actor: Actor) -> None:
        with self._lock:
            taken, self._waiting = self._waiting, []
        try:
            apply([one for given in taken for one in given.receipts], actor)
        except BaseException as error:
            for given in taken:
                given.error = error
            raise
        for given in taken:
            given.stored = True


class _Given:
    """One push. Its error is raised in its own thread too."""

    __slots__ = ("error", "receipts", "stored")

    def __init__(self, receipts: Sequence[Receipt]) -> None:
        self.receipts = receipts
        self.stored = False
        self.error: BaseException | None = None


turns = Turns()
