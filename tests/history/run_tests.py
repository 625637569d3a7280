"""Search history: the tests of every module here whose name ends in _tests.

usage: run_tests.py [NAME...]      names of test functions without "test_"
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from tests.support.tally import Tally  # noqa: E402


def main() -> int:
    tally = Tally("history", sys.argv[1:])
    names = sorted(path.stem for path in HERE.glob("*_tests.py") if path.stem != "run_tests")
    tally.run_modules([importlib.import_module(f"tests.history.{name}") for name in names])
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
