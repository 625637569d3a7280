"""When a failed call is tried again, and after how long."""

from __future__ import annotations

import email.utils
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

WAIT_MAX_S = 60.0


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """`retries` after the first try; waits double from `first_s` to `cap_s`, each up to `jitter` shorter.

    A wait that the server asks for replaces the computed one; above a minute it is cut to a minute.
    """

    retries: int = 4
    first_s: float = 0.25
    cap_s: float = 8.0
    jitter: float = 0.25
    chance: Callable[[], float] = random.random

    def wait_s(self, tries: int, headers: Mapping[str, str]) -> float:
        """Seconds to wait after `tries` (1 or more) failed ones."""
        asked = asked_wait_s(headers)
        if asked is not None:
            return min(asked, WAIT_MAX_S)
        doubled = min(self.cap_s, self.first_s * 2.0 ** min(tries - 1, 30))
        return doubled * (1 - self.jitter * self.chance())


def asked_wait_s(headers: Mapping[str, str]) -> float | None:
    """Seconds that `retry-after-ms` or `retry-after` (seconds or a date) ask for."""
    for name, unit_s in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        text = headers.get(name, "").strip()
        if not text:
            continue
        try:
            wait = float(text) * unit_s
        except ValueError:
            try:
                wait = email.utils.parsedate_to_datetime(text).timestamp() - time.time()
            except ValueError:
                continue
        if wait == wait and wait != float("inf"):
            return max(0.0, wait)
    return None
