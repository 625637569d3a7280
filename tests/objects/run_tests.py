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
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.objects import blob_tests, option_tests, presence_tests  # noqa: E402
from tests.objects.kinds import Kind, file_kind, s3_kind  # noqa: E402
from tests.support.radosgw import RadosGateway, missing  # noqa: E402
from tests.support.server import ROOT  # noqa: E402

UNIT_TESTS = ROOT / "build" / "dev" / "src" / "objects" / "objects_test"
UNIT_FILTER = "*s3*:BucketServer.*"
UNIT_TIMEOUT_S = 600


class Counts:
    def __init__(self, wanted: list[str]) -> None:
        self.wanted = wanted
        self.passed = self.failed = self.skipped = 0

    def wants(self, name: str) -> bool:
        return not self.wanted or name in self.wanted

    def run(self, name: str, test: Callable[[], Any]) -> None:
        try:
            test()
        except Exception:
            self.failed += 1
            print(f"  FAIL {name}\n{traceback.format_exc()}", flush=True)
        else:
            self.passed += 1
            print(f"  ok   {name}", flush=True)

    def skip(self, name: str, why: str) -> None:
        self.skipped += 1
        print(f"  skipped {name}: {why}", flush=True)


def run_conformance(counts: Counts, server: RadosGateway) -> None:
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
            counts.failed += 1
            print(f"  FAIL conformance: exit {done.returncode}\n{done.stdout}{done.stderr}")
            return
        summary = json.loads(Path(report.name).read_text())
    failed = summary["failures"] or int(done.returncode != 0)
    counts.failed += failed
    counts.passed += summary["tests"] - summary["failures"]
    print(
        f"  {'FAIL' if failed else 'ok  '} conformance: {summary['tests']} tests in {summary['time']}",
        flush=True,
    )
    if failed:
        print(done.stdout + done.stderr[-4000:])


def run_over(counts: Counts, kind: Kind) -> None:
    for module in (blob_tests, option_tests, presence_tests):
        for name, test in vars(module).items():
            wants_kind = name.startswith("test_") and "kind" in inspect.signature(test).parameters
            if wants_kind and counts.wants(name[5:]):
                counts.run(f"{name[5:]} ({kind.name})", functools.partial(test, kind))


def main() -> int:
    counts = Counts(sys.argv[1:])
    for module in (blob_tests, option_tests, presence_tests):
        for name, test in vars(module).items():
            alone = name.startswith("test_") and "kind" not in inspect.signature(test).parameters
            if alone and counts.wants(name[5:]):
                counts.run(name[5:], test)
    run_over(counts, file_kind())
    absent = missing()
    if absent:
        counts.skip("everything over S3", f"not installed: {', '.join(absent)}")
    else:
        with RadosGateway() as server:
            if counts.wants("conformance"):
                run_conformance(counts, server)
            run_over(counts, s3_kind(server))
    print(f"objects: {counts.passed} passed, {counts.failed} failed, {counts.skipped} skipped")
    return 0 if counts.failed == 0 and counts.passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
