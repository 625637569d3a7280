"""Functions over real processes.

usage: run_tests.py [NAME...]      names of test functions without "test_"
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.functions import (  # noqa: E402
    canary_tests,
    change_tests,
    function_tests,
    lease_tests,
    model_tests,
    plan_tests,
    push_tests,
)
from tests.support.tally import Tally  # noqa: E402


def main() -> int:
    tally = Tally("functions", sys.argv[1:])
    tally.run_modules(
        (change_tests, function_tests, lease_tests, plan_tests, canary_tests, push_tests, model_tests)
    )
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
