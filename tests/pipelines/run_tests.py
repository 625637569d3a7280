"""Pipelines over real processes.

usage: run_tests.py [NAME...]      names of test functions without "test_"
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.pipelines import lease_tests, pipeline_tests, source_tests, worker_command_tests  # noqa: E402
from tests.support.tally import Tally  # noqa: E402


def main() -> int:
    tally = Tally("pipelines", sys.argv[1:])
    tally.run_modules((pipeline_tests, lease_tests, source_tests, worker_command_tests))
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
