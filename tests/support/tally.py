"""Runs the tests of a suite one after the other and counts them, in the words that ./test reads."""

from __future__ import annotations

import inspect
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

Test = Callable[..., Any]


def tests_of(module: ModuleType) -> Iterator[tuple[str, Test]]:
    """The functions of a module that are called test_..., without that word, in their order."""
    for name, test in list(vars(module).items()):
        if name.startswith("test_"):
            yield name[5:], test


class Skip(Exception):
    """Raised by a test that cannot run here; says why."""


class Tally:
    """`chosen`: names of the tests to run; none: all of them."""

    def __init__(self, suite: str, chosen: Sequence[str] = ()) -> None:
        self.suite = suite
        self.chosen = list(chosen)
        self.passed = self.failed = self.skipped = 0

    def wants(self, name: str) -> bool:
        return not self.chosen or name in self.chosen

    def run(self, name: str, test: Test) -> None:
        begun = time.monotonic()
        try:
            test()
            self.passed += 1
            print(f"  ok   {name.replace('_', ' ')} ({time.monotonic() - begun:.1f} s)", flush=True)
        except Skip as why:
            self.skip(name, str(why))
        except Exception:  # any failure of one test, reported, must not end the others
            self.failed += 1
            print(f"  FAIL {name.replace('_', ' ')}\n{traceback.format_exc()}", flush=True)

    def run_modules(self, modules: Sequence[ModuleType]) -> None:
        """Their tests; one that takes a parameter gets a folder of its own."""
        for module in modules:
            for name, test in tests_of(module):
                if self.wants(name):
                    self.run_in_folder(name, test)

    def run_in_folder(self, name: str, test: Test) -> None:
        with tempfile.TemporaryDirectory(prefix=f"layer-{self.suite}-") as folder:
            takes_folder = bool(inspect.signature(test).parameters)
            self.run(name, lambda: test(Path(folder)) if takes_folder else test())

    def skip(self, name: str, why: str) -> None:
        self.skipped += 1
        print(f"  skip {name.replace('_', ' ')}: {why}", flush=True)

    def finish(self) -> int:
        """Prints the last line; the exit code."""
        print(f"{self.suite}: {self.passed} passed, {self.failed} failed, {self.skipped} skipped")
        return 0 if self.failed == 0 and self.passed > 0 else 1
