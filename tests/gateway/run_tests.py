"""The gateway through its sockets: what a plain exchange keeps, what bad weather does, how it ends.

usage: run_tests.py [NAME...]      names of test functions without "test_"

LAYER_TEST_FAST leaves out the tests that wait for the clock.
"""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path
from types import ModuleType

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
from tests.support.tally import Tally, Test, tests_of  # noqa: E402

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


class GatewayTally(Tally):
    def wants(self, name: str) -> bool:
        if not self.chosen and os.environ.get("LAYER_TEST_FAST") and name in SLOW:
            self.skip(name, "it waits for the clock; ./test gateway runs it")
            return False
        return super().wants(name)

    def run_shared(self, module: ModuleType, arguments: list[str]) -> None:
        tests = [(name, test) for name, test in tests_of(module) if self.wants(name)]
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

            def run_one(test: Test = test) -> None:
                rig.reset()
                test(rig)
                rig.assert_quiet()

            self.run(name, run_one)
        self.run(f"{subject}: it stops in good order", lambda: rig.__exit__(None, None, None))


def main() -> int:
    tally = GatewayTally("gateway", sys.argv[1:])
    for module, arguments in SHARED:
        tally.run_shared(module, arguments)
    tally.run_modules(ALONE)
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
