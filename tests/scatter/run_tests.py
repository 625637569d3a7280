"""Queries over shards: equality with queries in one piece, calls of the store, faults.

usage: run_tests.py [NAME...]      names of test functions without "test_"
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.scatter import equality_tests, fault_tests  # noqa: E402
from tests.support.tally import Tally  # noqa: E402


def main() -> int:
    tally = Tally("scatter", sys.argv[1:])
    tally.run_modules((equality_tests, fault_tests))
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
