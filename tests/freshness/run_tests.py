"""Stable reads, ranges of write times, watermarks: over a store whose index lags on demand.

usage: run_tests.py [NAME...]      names of test functions without "test_"
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.freshness import page_tests, stable_tests, time_tests, told_tests  # noqa: E402
from tests.support.tally import Tally  # noqa: E402


def main() -> int:
    tally = Tally("freshness", sys.argv[1:])
    tally.run_modules((stable_tests, time_tests, told_tests, page_tests))
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
