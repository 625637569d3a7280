"""Runs the tests of a suite one after the other and counts them, in the words that ./test reads.

A test that fails is run once more, with the seed it had. What fails twice is a failure. What then passes
depends on chance or on how busy the machine is: it counts as passed, and is named as unsteady at the end of
the suite and of ./test, for somebody to look at. What a sanitizer reports gets no second try.
LAYER_TEST_TRIES=1 runs each test once.
"""

from __future__ import annotations

import contextlib
import inspect
import os
import random
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.support.server import REPORTS

Test = Callable[..., Any]
SEED = "LAYER_SEED"
TRIES = int(os.environ.get("LAYER_TEST_TRIES") or 2)


def tests_of(module: ModuleType) -> Iterator[tuple[str, Test]]:
    """The functions of a module that are called test_..., without that word, in their order."""
    for name, test in list(vars(module).items()):
        if name.startswith("test_"):
            yield name[5:], test


class Skip(Exception):
    """Raised by a test that cannot run here; says why."""


@contextlib.contextmanager
def one_seed() -> Iterator[None]:
    """Whatever random tests are run inside have the same seed, the given one if there is one."""
    given = os.environ.get(SEED)
    os.environ[SEED] = given or str(random.SystemRandom().randrange(1, 1 << 30))
    try:
        yield
    finally:
        if given is None:
            del os.environ[SEED]


class Tally:
    """`chosen`: names of the tests to run; none: all of them."""

    def __init__(self, suite: str, chosen: Sequence[str] = ()) -> None:
        self.suite = suite
        self.chosen = list(chosen)
        self.passed = self.failed = self.skipped = 0
        self.unsteady: list[str] = []

    def wants(self, name: str) -> bool:
        return not self.chosen or name in self.chosen

    def run(self, name: str, test: Test) -> None:
        """`test` may be called several times."""
        begun = time.monotonic()
        words = name.replace("_", " ")
        try:
            with one_seed():
                tries = self.pass_or_raise(words, test)
        except Skip as why:
            self.skip(name, str(why))
        except Exception:  # any failure of one test, reported, must not end the others
            self.failed += 1
            print(f"  FAIL {words}\n{traceback.format_exc()}", flush=True)
        else:
            self.passed += 1
            if tries > 1:
                self.unsteady.append(words)
            print(f"  ok   {words} ({time.monotonic() - begun:.1f} s)", flush=True)

    @staticmethod
    def pass_or_raise(words: str, test: Test) -> int:
        """In how many tries it passed."""
        for number in range(1, TRIES):
            try:
                test()
                return number
            except Skip:
                raise
            except Exception:  # looked at again
                if REPORTS:  # what a sanitizer found is there, however seldom
                    raise
                print(f"  again {words}: it failed\n{traceback.format_exc()}", flush=True)
        test()
        return TRIES

    def run_modules(self, modules: Sequence[ModuleType]) -> None:
        """Their tests; one that takes a parameter gets a folder of its own."""
        for module in modules:
            for name, test in tests_of(module):
                if self.wants(name):
                    self.run_in_folder(name, test)

    def run_in_folder(self, name: str, test: Test) -> None:
        takes_folder = bool(inspect.signature(test).parameters)

        def run() -> None:
            with tempfile.TemporaryDirectory(prefix=f"layer-{self.suite}-") as folder:
                test(Path(folder)) if takes_folder else test()

        self.run(name, run)

    def skip(self, name: str, why: str) -> None:
        self.skipped += 1
        print(f"  skip {name.replace('_', ' ')}: {why}", flush=True)

    def finish(self) -> int:
        """Prints the last line; the exit code."""
        for words in self.unsteady:
            print(f"  unsteady: {self.suite}: {words}")
        print(f"{self.suite}: {self.passed} passed, {self.failed} failed, {self.skipped} skipped")
        return 0 if self.failed == 0 and self.passed > 0 else 1
