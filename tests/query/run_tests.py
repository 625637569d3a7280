"""Queries with the gateway's own fields over real processes.

usage: run_tests.py [NAME...]      names of test functions without "test_"
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.query import page_tests, refusal_tests, words_tests  # noqa: E402
from tests.support.tally import Tally  # noqa: E402


def main() -> int:
    tally = Tally("query", sys.argv[1:])
    tally.run_modules((page_tests, refusal_tests, words_tests))
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
