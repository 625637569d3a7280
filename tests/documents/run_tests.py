"""Documents by id: equality with the store, the cache's effects, bad weather, bad input.

usage: run_tests.py [NAME...]      names of test functions without "test_"
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.documents import (  # noqa: E402
    cache_tests,
    equality_tests,
    init_tests,
    input_tests,
    page_tests,
    warm_tests,
    weather_tests,
)
from tests.support.tally import Tally  # noqa: E402


def main() -> int:
    tally = Tally("documents", sys.argv[1:])
    tally.run_modules(
        (input_tests, page_tests, cache_tests, equality_tests, warm_tests, init_tests, weather_tests)
    )
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
