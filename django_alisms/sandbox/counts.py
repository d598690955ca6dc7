"""How much has come: what benchmarks and tests read from ``GET /_sandbox/state``."""

from __future__ import annotations

from collections import Counter, deque
from typing import Any


class Counts:
    """What has come since the start or the last reset."""

    def __init__(self) -> None:
        self.by_operation: Counter[str] = Counter()
        self.by_code: Counter[str] = Counter()
        self.in_flight = 0
        self.peak_in_flight = 0
        self.peak_per_second = 0
        self._last_second: deque[float] = deque()

    def begin(self) -> None:
        self.in_flight += 1
        self.peak_in_flight = max(self.peak_in_flight, self.in_flight)

    def end(self, operation: str, code: str) -> None:
        self.in_flight -= 1
        self.by_operation[operation] += 1
        self.by_code[code] += 1

    def send_request(self, now: float) -> int:
        """Send requests in the second that ends now, this one included."""
        recent = self._last_second
        while recent and recent[0] <= now - 1:
            recent.popleft()
        recent.append(now)
        self.peak_per_second = max(self.peak_per_second, len(recent))
        return len(recent)

    def report(self) -> dict[str, Any]:
        return {
            "requests": self.by_operation.total(),
            "by_operation": dict(self.by_operation),
            "by_code": dict(self.by_code),
            "in_flight": self.in_flight,
            "peak_in_flight": self.peak_in_flight,
            "peak_per_second": self.peak_per_second,
        }
