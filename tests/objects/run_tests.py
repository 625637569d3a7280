"""The object store over a real S3 server, and gateways over each kind of it.

usage: run_tests.py [NAME...]      names of test functions without "test_"
"""

from __future__ import annotations

import functools
import inspect
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.objects import blob_tests, option_tests, presence_tests  # noqa: E402
from tests.objects.kinds import Kind, file_kind, s3_kind  # noqa: E402
from tests.support.radosgw import RadosGateway, missing  # noqa: E402
from tests.support.server import ROOT  # noqa: E402
from tests.support.tally import Tally, tests_of  # noqa: E402

UNIT_TESTS = ROOT / "build" / "dev" / "src" / "objects" / "objects_test"
UNIT_FILTER = "*s3*:BucketServer.*"
UNIT_TIMEOUT_S = 600


def run_conformance(tally: Tally, server: RadosGateway) -> None:
    """The unit tests of the object store that ask for a server."""
    binary = Path(os.environ.get("LAYER_OBJECTS_TEST", UNIT_TESTS))
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        environment = {
            **os.environ,
            **server.environment(),
            "LAYER_TEST_S3": "1",
            "GTEST_OUTPUT": f"json:{report.name}",
        }
        done = subprocess.run(
            [binary, f"--gtest_filter={UNIT_FILTER}", "--gtest_brief=1"],
            env=environment,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=UNIT_TIMEOUT_S,
            check=False,
        )
        if not Path(report.name).stat().st_size:
            tally.failed += 1
            print(f"  FAIL conformance: exit {done.returncode}\n{done.stdout}{done.stderr}")
            return
        summary = json.loads(Path(report.name).read_text())
    failed = summary["failures"] or int(done.returncode != 0)
    tally.failed += failed
    tally.passed += summary["tests"] - summary["failures"]
    print(
        f"  {'FAIL' if failed else 'ok  '} conformance: {summary['tests']} tests in {summary['time']}",
        flush=True,
    )
    if failed:
        print(done.stdout + done.stderr[-4000:])


def run_over(tally: Tally, kind: Kind) -> None:
    for module in (blob_tests, option_tests, presence_tests):
        for name, test in tests_of(module):
            if "kind" in inspect.signature(test).parameters and tally.wants(name):
                tally.run(f"{name} ({kind.name})", functools.partial(test, kind))


def main() -> int:
    tally = Tally("objects", sys.argv[1:])
    for module in (blob_tests, option_tests, presence_tests):
        for name, test in tests_of(module):
            if "kind" not in inspect.signature(test).parameters and tally.wants(name):
                tally.run(name, test)
    run_over(tally, file_kind())
    absent = missing()
    if absent:
        tally.skip("everything over S3", f"not installed: {', '.join(absent)}")
    else:
        with RadosGateway() as server:
            if tally.wants("conformance"):
                run_conformance(tally, server)
            run_over(tally, s3_kind(server))
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
