"""Workers over real processes.

usage: run_tests.py [NAME...]      names of test functions without "test_"
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.support.tally import Tally  # noqa: E402
from tests.workers import end_tests, function_tests, resource_tests, scaling_tests  # noqa: E402


def main() -> int:
    tally = Tally("workers", sys.argv[1:])
    tally.run_modules((scaling_tests, end_tests, resource_tests, function_tests))
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
