"""A gateway answers as the store behind it does: golden cases on both, the official SDKs through it.

usage: run_tests.py [--no-sdk] [NAME...]      names of test functions without "test_"

What two answers may differ in is one list, in src/cli/parity_compare.cc; `layer parity` uses it here just as
it does for the users of a store.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.parity import doc_examples  # noqa: E402
from tests.support.gateway import KEY, Gateway  # noqa: E402
from tests.support.server import ROOT, Server, default_binary  # noqa: E402
from tests.support.tally import Skip, Tally  # noqa: E402

RUN_S = 600
SUMMARY = re.compile(r"^\w+: (\d+) passed, (\d+) failed, (\d+) skipped$", re.MULTILINE)
STAMPS = {"off": ["--stamp=off"], "on": ["--stamp=on"]}


@contextmanager
def gateway_and_twin(folder: Path, stamp: str, auth: str = "passthrough") -> Iterator[tuple[Gateway, Server]]:
    """A gateway in front of one store, and a second store that never hears of it."""
    quiet = ["--access-log=false"]
    folder.mkdir(exist_ok=True)
    with (
        Server(folder / "behind", arguments=quiet) as behind,
        Server(folder / "alone", arguments=quiet) as alone,
        Gateway(folder / "gateway", behind.url, [*STAMPS[stamp], *quiet], auth=auth) as gateway,
    ):
        yield gateway, alone
        for server in (gateway, behind, alone):
            assert server.stop() == 0, server.tail()
        assert not gateway.sanitizer_reports(), gateway.sanitizer_reports()


def layer_parity(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(default_binary()), "parity", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=RUN_S, check=False)


def certificate(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.stdout, f"no certificate: {done.returncode} {done.stderr}"
    return dict(json.loads(done.stdout))


def expect_equal(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    report = certificate(done)
    told = json.dumps(report["differences"][:10], indent=2, ensure_ascii=False)
    assert report["result"] == "equal", f"{len(report['differences'])} differences\n{told}"
    assert done.returncode == 0 and not report["left_behind"], report["left_behind"]
    assert report["cases"] > 80 and report["exchanges"] > report["cases"]
    return report


def test_without_stamps_every_answer_is_the_stores_byte_for_byte(folder: Path) -> None:
    with gateway_and_twin(folder, "off") as (gateway, alone):
        both = [f"--store={alone.url}", f"--gateway={gateway.url}", f"--api-key={KEY}"]
        report = expect_equal(layer_parity(*both, "--strict", "--json"))
        assert report["stamp_only"] == 0


def test_with_stamps_only_sizes_differ(folder: Path) -> None:
    with gateway_and_twin(folder, "on") as (gateway, alone):
        both = [f"--store={alone.url}", f"--gateway={gateway.url}", f"--api-key={KEY}"]
        report = expect_equal(layer_parity(*both, "--json"))
        assert report["stamp_only"] > 0, "rows with a stamp are larger"
        strict = layer_parity(*both, "--strict", "--json", "--filter=queries.case")
        assert certificate(strict)["result"] == "different" and strict.returncode == 1


def test_the_golden_cases_hold_through_the_gateway(folder: Path) -> None:
    for stamp in STAMPS:
        with gateway_and_twin(folder / stamp, stamp, auth="open") as (gateway, _):
            command = [sys.executable, str(ROOT / "tests/wire/run_cases.py"), "--url", gateway.url]
            done = subprocess.run(command, capture_output=True, text=True, timeout=RUN_S, check=False)
            assert done.returncode == 0, f"stamps {stamp}\n{done.stdout[-6000:]}{done.stderr[-2000:]}"


def test_a_store_is_compared_with_the_gateway_in_front_of_itself(folder: Path) -> None:
    """As a user does it: one store, both ways; nothing stays behind in it."""
    with Server(folder / "rows") as store, Gateway(folder / "gateway", store.url) as gateway:
        both = [f"--store={store.url}", f"--base-url={gateway.url}", f"--api-key={KEY}"]
        text = layer_parity(*both, "--filter=filters.case", "-o", "table")
        assert text.returncode == 0, text.stdout
        assert "result        equal" in text.stdout and "fingerprint" in text.stdout, text.stdout
        listed = subprocess.run(
            [str(default_binary()), "ns", "list", f"--base-url={store.url}", "-o", "json"],
            capture_output=True,
            text=True,
            check=True,
        )
        assert json.loads(listed.stdout) == [], listed.stdout


def test_exit_codes_of_the_comparison(folder: Path) -> None:
    assert layer_parity().returncode == 2, "no --store"
    assert layer_parity("--store=nonsense").returncode == 2
    nobody = ["--store=http://127.0.0.1:9", "--gateway=http://127.0.0.1:9"]
    assert layer_parity(*nobody).returncode == 1
    with Server(folder / "rows", arguments=["--api-key=right"]) as store:
        both = [f"--store={store.url}", f"--gateway={store.url}"]
        assert layer_parity(*both, "--api-key=wrong").returncode == 4
        same = layer_parity(*both, "--api-key=right", "--filter=Limits", "--json", "--strict")
        assert certificate(same)["result"] == "equal" and same.returncode == 0, "a store equals itself"
        assert layer_parity(*both, "--api-key=right", "--filter=no such case").returncode == 2


def sdk_suite(url: str) -> tuple[int, int, int, str]:
    environment = {**os.environ, "LAYER_SDK_URL": url}
    done = subprocess.run(
        [str(ROOT / "tests/sdk/suite")],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=RUN_S,
        check=False,
    )
    found = SUMMARY.search(done.stdout)
    if found is None:
        return 0, 1, 0, done.stdout
    return int(found[1]), int(found[2]), int(found[3]), done.stdout


def run_example(example: Callable[[], object]) -> None:
    if example() is False:
        raise Skip("its packages can't be had here")


class ParityTally(Tally):
    def run_sdks(self, stamp: str) -> None:
        with (
            tempfile.TemporaryDirectory(prefix="layer-parity-") as folder,
            gateway_and_twin(Path(folder), stamp) as (gateway, _),
        ):
            passed, failed, skipped, output = sdk_suite(gateway.url)
            if failed:
                print(output, flush=True)
            print(f"  {'FAIL' if failed else 'ok  '} the SDKs' suites with stamps {stamp}: {passed} passed")
            self.passed += passed
            self.failed += failed
            self.skipped += skipped

    def run_examples(self) -> None:
        with (
            tempfile.TemporaryDirectory(prefix="layer-parity-") as folder,
            gateway_and_twin(Path(folder), "on") as (gateway, _),
        ):
            go = Path(folder) / "go"
            go.mkdir()
            examples: dict[str, Callable[[], object]] = {
                "Python": lambda: doc_examples.run_python(gateway.url, Path(folder)),
                "TypeScript": lambda: doc_examples.run_typescript(gateway.url),
                "Go": lambda: doc_examples.run_go(gateway.url, go),
            }
            for language, example in examples.items():
                self.run(
                    f"the {language} example of docs/gateway.md prints what it says",
                    functools.partial(run_example, example),
                )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-sdk", action="store_true")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    tally = ParityTally("parity", options.names)
    tally.run_modules((sys.modules[__name__],))
    if options.no_sdk:
        tally.skip("the SDKs' suites", "not in the fast form")
    elif not options.names:
        for stamp in STAMPS:
            tally.run_sdks(stamp)
        tally.run_examples()
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
