"""What a worker has done so far."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .outcomes import Outcome, Result


@dataclass(slots=True)
class Progress:
    """Rows (chunks, for pipelines) since the start. `retried` will come again; `lost` went to others."""

    claimed: int = 0
    completed: int = 0
    failed: int = 0
    retried: int = 0
    throttled: int = 0
    released: int = 0
    lost: int = 0
    batches: int = 0

    def count(self, outcomes: Iterable[Outcome]) -> None:
        for outcome in outcomes:
            if isinstance(outcome, Result):
                self.completed += 1
            elif outcome.released:
                self.released += 1
            elif outcome.kind == "permanent":
                self.failed += 1
            elif outcome.kind == "throttled":
                self.throttled += 1
            else:
                self.retried += 1


OnProgress = Callable[[Progress], None]
