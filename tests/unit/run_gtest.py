"""Runs every GoogleTest binary of a build folder and sums them up.

usage: run_gtest.py SUITE BUILD_FOLDER [BINARY...]

Two binaries run at a time. Output is shown for the failing ones only. What is promised of PostgreSQL is run
over a real server where one is installed, or over that of LAYER_TEST_POSTGRES.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.support.postgres import Postgres, folder_of_programs  # noqa: E402

TIMEOUT_S = 900


def run_one(binary: Path) -> tuple[Path, int, int, int, float, str]:
    """Returns binary, passed, failed, skipped, seconds, output (of a failure)."""
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
            return binary, 0, 1, 0, TIMEOUT_S, f"still running after {TIMEOUT_S} s"
        try:
            summary = ElementTree.parse(report.name).getroot()
        except ElementTree.ParseError:
            return binary, 0, 1, 0, 0.0, f"exit {done.returncode}\n{done.stdout}"
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
    return binary, passed, failed, len(skipped), seconds, done.stdout if failed else ""


def main() -> int:
    suite, folder = sys.argv[1], Path(sys.argv[2])
    binaries = [Path(name) for name in sys.argv[3:]]
    if not binaries:
        found = (path for path in folder.rglob("*_test") if path.is_file())
        binaries = sorted(path for path in found if os.access(path, os.X_OK))
    totals = [0, 0, 0]
    with contextlib.ExitStack() as stack:
        wanted = any(path.name == "queue_test" for path in binaries)
        if wanted and "LAYER_TEST_POSTGRES" not in os.environ and folder_of_programs():
            os.environ["LAYER_TEST_POSTGRES"] = stack.enter_context(Postgres(durable=False)).url
        pool = stack.enter_context(concurrent.futures.ThreadPoolExecutor(max_workers=2))
        for binary, passed, failed, skipped, seconds, output in pool.map(run_one, binaries):
            state = "ok  " if failed == 0 else "FAIL"
            print(f"  {state} {binary.name}: {passed} passed, {failed} failed in {seconds:.1f} s", flush=True)
            if output:
                print(output)
            totals = [totals[0] + passed, totals[1] + failed, totals[2] + skipped]
    print(f"{suite}: {totals[0]} passed, {totals[1]} failed, {totals[2]} skipped")
    return 0 if totals[1] == 0 and totals[0] > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
