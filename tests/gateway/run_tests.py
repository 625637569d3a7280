"""The gateway through its sockets: what a plain exchange keeps, what bad weather does, how it ends.

usage: run_tests.py [NAME...]      names of test functions without "test_"

LAYER_TEST_FAST leaves out the tests that wait for the clock.
"""

from __future__ import annotations

import inspect
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.gateway import (  # noqa: E402
    change_tests,
    deletion_tests,
    document_tests,
    keys_tests,
    life_tests,
    load_tests,
    random_tests,
    transparency_tests,
    upstream_tests,
    weather_tests,
)
from tests.gateway.rig import Rig  # noqa: E402

# Modules whose tests share one gateway, with its options.
SHARED: list[tuple[ModuleType, list[str]]] = [(transparency_tests, []), (weather_tests, weather_tests.FAST)]
ALONE: list[ModuleType] = [
    upstream_tests,
    life_tests,
    keys_tests,
    change_tests,
    deletion_tests,
    document_tests,
    random_tests,
    load_tests,
]
# Seconds of waiting are their subject.
SLOW = {
    "the_breaker_opens_answers_at_once_and_closes_after_one_good_probe",
    "large_bodies_are_streamed_with_little_memory",
    "a_half_dead_store_does_not_hold_requests",
    "drain_finishes_what_runs_and_refuses_what_is_new",
    "mixed_load_on_a_sanitized_gateway",
    "a_slow_caller_slows_the_store_instead_of_filling_memory",
    "a_slow_head_within_the_deadline_is_waited_for",
    "a_write_whose_outcome_is_unknown_says_so_and_is_sent_once",
    "a_write_runs_to_its_end_although_its_caller_left",
    "a_caller_may_shorten_the_deadline",
    "connections_to_a_store_are_bounded",
}


def tests_of(module: ModuleType) -> Iterator[tuple[str, Callable[..., Any]]]:
    for name, test in vars(module).items():
        if name.startswith("test_"):
            yield name[5:], test


class Runner:
    def __init__(self, chosen: list[str]) -> None:
        self.chosen = chosen
        self.fast = bool(os.environ.get("LAYER_TEST_FAST"))
        self.passed = self.failed = self.skipped = 0

    def wanted(self, name: str) -> bool:
        if self.chosen:
            return name in self.chosen
        if self.fast and name in SLOW:
            self.skipped += 1
            print(
                f"  skip {name.replace('_', ' ')}: it waits for the clock; ./test gateway runs it", flush=True
            )
            return False
        return True

    def run(self, name: str, test: Callable[[], None]) -> None:
        begun = time.monotonic()
        try:
            test()
            self.passed += 1
            print(f"  ok   {name.replace('_', ' ')} ({time.monotonic() - begun:.1f} s)", flush=True)
        except Exception:  # any failure of one test, reported, must not end the others
            self.failed += 1
            print(f"  FAIL {name.replace('_', ' ')}\n{traceback.format_exc()}", flush=True)

    def run_shared(self, module: ModuleType, arguments: list[str]) -> None:
        tests = [(name, test) for name, test in tests_of(module) if self.wanted(name)]
        if not tests:
            return
        subject = module.__name__.rpartition(".")[2].removesuffix("_tests")
        rig = Rig(arguments)
        try:
            rig.__enter__()
        except Exception:  # without a gateway all of its tests have failed
            self.failed += len(tests)
            print(f"  FAIL {subject}: no gateway\n{traceback.format_exc()}", flush=True)
            return
        for name, test in tests:

            def run_one(test: Callable[..., None] = test) -> None:
                rig.reset()
                test(rig)
                rig.assert_quiet()

            self.run(name, run_one)
        self.run(f"{subject}: it stops in good order", lambda: rig.__exit__(None, None, None))

    def run_alone(self, name: str, test: Callable[..., None]) -> None:
        with tempfile.TemporaryDirectory(prefix="layer-gateway-") as folder:
            takes_folder = bool(inspect.signature(test).parameters)
            self.run(name, lambda: test(Path(folder)) if takes_folder else test())


def main() -> int:
    runner = Runner(sys.argv[1:])
    for module, arguments in SHARED:
        runner.run_shared(module, arguments)
    for module in ALONE:
        for name, test in tests_of(module):
            if runner.wanted(name):
                runner.run_alone(name, test)
    print(f"gateway: {runner.passed} passed, {runner.failed} failed, {runner.skipped} skipped")
    return 0 if runner.failed == 0 and runner.passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
