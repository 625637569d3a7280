"""Summarises a row's list of numbers in attributes that can be filtered and ordered by."""

from __future__ import annotations

import statistics
from typing import Any

from layer.worker import PermanentError, worker


@worker()
def summarise(numbers: list[float] | None) -> dict[str, Any]:
    """How many there are, their extent, mean and median."""
    if not numbers:
        raise PermanentError("no numbers")
    return {
        "numbers_count": len(numbers),
        "numbers_min": float(min(numbers)),
        "numbers_max": float(max(numbers)),
        "numbers_mean": statistics.fmean(numbers),
        "numbers_median": float(statistics.median(numbers)),
    }


if __name__ == "__main__":
    summarise.run()
