"""The Python client and worker runtime.

usage: run_tests.py [NAME...]      names of test functions without "test_"
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.clients import (  # noqa: E402
    client_tests,
    example_tests,
    function_tests,
    pipeline_tests,
    pull_tests,
    push_tests,
    runner_tests,
)
from tests.support.tally import Tally  # noqa: E402


def main() -> int:
    logging.getLogger("layer.worker").setLevel(logging.CRITICAL)  # tests make it complain on purpose
    tally = Tally("clients", sys.argv[1:])
    modules = (client_tests, runner_tests, pull_tests, push_tests, pipeline_tests, function_tests)
    tally.run_modules((*modules, example_tests))
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
