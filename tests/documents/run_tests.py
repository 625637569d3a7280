"""Documents by id: equality with the store, the cache's effects, bad weather, bad input.

usage: run_tests.py [NAME...]      names of test functions without "test_"
"""

from __future__ import annotations

import sys
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.documents import (  # noqa: E402
    cache_tests,
    equality_tests,
    input_tests,
    page_tests,
    warm_tests,
    weather_tests,
)


def main() -> int:
    chosen = sys.argv[1:]
    passed = failed = 0
    for module in (input_tests, page_tests, cache_tests, equality_tests, warm_tests, weather_tests):
        for name, test in list(vars(module).items()):
            if not name.startswith("test_") or (chosen and name[5:] not in chosen):
                continue
            begun = time.monotonic()
            try:
                test()
                passed += 1
                print(f"  ok   {name[5:].replace('_', ' ')} ({time.monotonic() - begun:.1f} s)", flush=True)
            except Exception:  # any failure of one test, reported, must not end the others
                failed += 1
                print(f"  FAIL {name[5:].replace('_', ' ')}\n{traceback.format_exc()}", flush=True)
    print(f"documents: {passed} passed, {failed} failed, 0 skipped")
    return 0 if failed == 0 and passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
