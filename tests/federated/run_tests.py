"""Federated queries: merging, failures, grants, the command line.

usage: run_tests.py [NAME...]      names of test functions without "test_"
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.federated import fault_tests, merge_tests  # noqa: E402
from tests.support.tally import Tally  # noqa: E402


def main() -> int:
    tally = Tally("federated", sys.argv[1:])
    tally.run_modules((merge_tests, fault_tests))
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
