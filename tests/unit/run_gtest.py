"""Runs every GoogleTest binary of a build folder and sums them up.

usage: run_gtest.py SUITE BUILD_FOLDER [BINARY...]

Two binaries run at a time. Output is shown for the failing ones only. One that fails is run once more, as the
tests of processes are (tests/support/tally.py); not so after a report of a sanitizer or the end of its time.
What is promised of PostgreSQL is run over a real server where one is installed, or over that of
LAYER_TEST_POSTGRES.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.support.postgres import Postgres, folder_of_programs  # noqa: E402
from tests.support.tally import TRIES  # noqa: E402

TIMEOUT_S = 900
# As in "ERROR: AddressSanitizer: heap-use-after-free" and "file.cc:1:2: runtime error: ..."
REPORT_MARKS = ("Sanitizer: ", "runtime error: ")


@dataclass(frozen=True)
class Outcome:
    binary: Path
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    output: str = ""  # of a failure
    ended: bool = True  # within its time

    def worth_another_look(self) -> bool:
        return self.failed > 0 and self.ended and not any(word in self.output for word in REPORT_MARKS)


def run_with_tries(binary: Path) -> list[Outcome]:
    """The outcome of each try."""
    outcomes = [run_one(binary)]
    while outcomes[-1].worth_another_look() and len(outcomes) < TRIES:
        outcomes.append(run_one(binary))
    return outcomes


def run_one(binary: Path) -> Outcome:
    with tempfile.NamedTemporaryFile(suffix=".xml") as report:
        environment = dict(os.environ, GTEST_OUTPUT=f"xml:{report.name}")
        environment.setdefault("ASAN_OPTIONS", "detect_stack_use_after_return=1")
        environment.setdefault("UBSAN_OPTIONS", "print_stacktrace=1")
        try:
            done = subprocess.run(
                [binary, "--gtest_brief=1"],
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                timeout=TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            late = f"still running after {TIMEOUT_S} s"
            return Outcome(binary, failed=1, seconds=TIMEOUT_S, output=late, ended=False)
        try:
            summary = ElementTree.parse(report.name).getroot()
        except ElementTree.ParseError:
            return Outcome(binary, failed=1, output=f"exit {done.returncode}\n{done.stdout}")
    skipped = [case for case in summary.iter("testcase") if case.get("result") == "skipped"]
    for case in skipped:
        message = case.find("skipped")
        reason = message.get("message", "") if message is not None else ""
        # The message begins with the line of the test that skipped.
        print(f"  skipped {case.get('classname')}.{case.get('name')}: {reason.strip().splitlines()[-1]}")
    counts = {key: int(summary.get(key, "0")) for key in ("tests", "failures", "errors", "disabled")}
    failed = counts["failures"] + counts["errors"]
    if done.returncode != 0 and failed == 0:
        failed = 1  # a sanitizer report after the last test
    passed = counts["tests"] - counts["failures"] - counts["disabled"] - len(skipped)
    seconds = float(summary.get("time", "0"))
    return Outcome(binary, passed, failed, len(skipped), seconds, done.stdout if failed else "")


def main() -> int:
    suite, folder = sys.argv[1], Path(sys.argv[2])
    binaries = [Path(name) for name in sys.argv[3:]]
    if not binaries:
        found = (path for path in folder.rglob("*_test") if path.is_file())
        binaries = sorted(path for path in found if os.access(path, os.X_OK))
    totals = [0, 0, 0]
    unsteady: list[str] = []
    with contextlib.ExitStack() as stack:
        wanted = any(path.name == "queue_test" for path in binaries)
        if wanted and "LAYER_TEST_POSTGRES" not in os.environ and folder_of_programs():
            os.environ["LAYER_TEST_POSTGRES"] = stack.enter_context(Postgres(durable=False)).url
        pool = stack.enter_context(concurrent.futures.ThreadPoolExecutor(max_workers=2))
        for outcomes in pool.map(run_with_tries, binaries):
            for number, one in enumerate(outcomes, 1):
                state = "ok  " if one.failed == 0 else "FAIL" if number == len(outcomes) else "again"
                counts = f"{one.passed} passed, {one.failed} failed in {one.seconds:.1f} s"
                print(f"  {state} {one.binary.name}: {counts}", flush=True)
                if one.output:
                    print(one.output)
            last = outcomes[-1]
            if len(outcomes) > 1 and last.failed == 0:
                unsteady.append(last.binary.name)
            totals = [totals[0] + last.passed, totals[1] + last.failed, totals[2] + last.skipped]
    for name in unsteady:
        print(f"  unsteady: {suite}: {name}")
    print(f"{suite}: {totals[0]} passed, {totals[1]} failed, {totals[2]} skipped")
    return 0 if totals[1] == 0 and totals[0] > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
