"""Holds the second try of tests (tests/support/tally.py, tests/unit/run_gtest.py) to what it promises."""

from __future__ import annotations

import contextlib
import io
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.support.server import REPORTS  # noqa: E402
from tests.support.tally import SEED, Tally  # noqa: E402
from tests.unit.run_gtest import run_with_tries  # noqa: E402

# Stands for a binary of unit tests: fails with these words until it has been run so many times.
BINARY = """#!/bin/sh
echo x >> "$0.runs"
failures=0
[ "$(wc -l < "$0.runs")" -gt {failures} ] || failures=1
printf '<testsuites tests="1" failures="%s"/>' "$failures" > "${{GTEST_OUTPUT#xml:}}"
echo "{words}"
exit "$failures"
"""


class Sometimes:
    """Fails the first times; remembers the seeds it was called with."""

    def __init__(self, failures: int, words: str = "too slow") -> None:
        self.left = failures
        self.words = words
        self.seeds: list[str] = []

    def __call__(self) -> None:
        self.seeds.append(os.environ[SEED])
        self.left -= 1
        assert self.left < 0, self.words


def outcome(test: Sometimes) -> tuple[int, str]:
    """The exit code of a suite of this test, and what it printed."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        tally = Tally("suite")
        tally.run("it_works", test)
        code = tally.finish()
    return code, printed.getvalue()


def outcomes_of_binary(failures: int, words: str) -> list[int]:
    """How many of its tests failed, at each try."""
    with tempfile.TemporaryDirectory(prefix="layer-style-") as folder:
        binary = Path(folder) / "some_test"
        binary.write_text(BINARY.format(failures=failures, words=words))
        binary.chmod(0o755)
        return [one.failed for one in run_with_tries(binary)]


def main() -> int:
    given = os.environ.pop(SEED, None)
    steady = Sometimes(0)
    code, printed = outcome(steady)
    assert code == 0 and "suite: 1 passed, 0 failed, 0 skipped" in printed and "unsteady" not in printed
    assert len(steady.seeds) == 1 and SEED not in os.environ

    once = Sometimes(1)
    code, printed = outcome(once)
    assert code == 0 and "  unsteady: suite: it works\nsuite: 1 passed, 0 failed" in printed, printed
    assert "again it works" in printed and "too slow" in printed, printed
    assert len(set(once.seeds)) == 1 and len(once.seeds) == 2, once.seeds

    code, printed = outcome(Sometimes(2))
    assert code == 1 and "suite: 0 passed, 1 failed, 0 skipped" in printed and "unsteady" not in printed

    assert outcomes_of_binary(0, "fine") == [0]
    assert outcomes_of_binary(1, "Expected: 1, which is: 2") == [1, 0]
    assert outcomes_of_binary(2, "Expected: 1, which is: 2") == [1, 1]
    assert outcomes_of_binary(1, "==1==ERROR: AddressSanitizer: heap-use-after-free") == [1]
    assert outcomes_of_binary(1, "a.cc:1:2: runtime error: signed integer overflow") == [1]

    REPORTS.append("WARNING: ThreadSanitizer: data race")
    race = Sometimes(1)
    code, printed = outcome(race)
    assert code == 1 and len(race.seeds) == 1, printed
    if given is not None:
        os.environ[SEED] = given
    return 0


if __name__ == "__main__":
    sys.exit(main())
