"""Kills a loaded server at random moments and at every named failpoint, reopens it and compares.

usage: crash_loop.py [--seed N] [--rounds N]

What must hold after every death:
- each acknowledged write is there; a write that was under way is there as a whole or not at all
- a refused write has left nothing
- an acknowledged copy has all its rows, an acknowledged deletion is gone
The failpoints are found in the engine's sources, so that a new one is tested without being listed here; those
of the gateway's jobs are met in the suites of their features.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import re
import sys
import tempfile
import threading
import time
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.support.server import Server  # noqa: E402

FAILPOINT = re.compile(r'failpoint(?:_due)?\("([a-z.]+)"\)')
SMALL_LIMITS = ["--memory-segment-bytes=16KiB"]
WRITERS = 4
KEYS_PER_BATCH = 5
BATCHES_PER_WRITER = 12
LIFE_MAX_S = 0.8
FAILPOINT_LIFE_S = 20.0
DIMS = 4


class Broken(Exception):
    """A promise was not kept."""


def failpoints() -> list[str]:
    names: set[str] = set()
    for source in (ROOT / "src" / "engine").rglob("*.cc"):
        if not source.name.endswith(("_test.cc", "_fuzz.cc")):
            names |= set(FAILPOINT.findall(source.read_text()))
    return sorted(names)


class Client:
    def __init__(self, url: str) -> None:
        parts = urllib.parse.urlsplit(url)
        self.connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        text = None if body is None else json.dumps(body)
        self.connection.request(method, path, text, {"content-type": "application/json"})
        answer = self.connection.getresponse()
        return answer.status, json.loads(answer.read())


class Batch:
    """A few keys always written together with one version: the unit of atomicity."""

    def __init__(self, first: int) -> None:
        self.keys = list(range(first, first + KEYS_PER_BATCH))
        self.acknowledged: int | None = None  # version, None: deleted or never written
        self.under_way: list[int | None] = []  # versions whose outcome is unknown

    def allowed(self) -> set[int | None]:
        return {self.acknowledged, *self.under_way}


class Writer:
    """Writes its batches in turn until the server dies."""

    def __init__(self, number: int, seed: int) -> None:
        self.random = random.Random(seed * 100 + number)
        first = number * 1000
        self.batches = [Batch(first + i * KEYS_PER_BATCH) for i in range(BATCHES_PER_WRITER)]
        self.version = 0
        self.acknowledged = 0

    def run(self, url: str) -> None:
        client = Client(url)
        try:
            while True:
                self.write(client)
        except (OSError, http.client.HTTPException, ValueError):
            return  # the server is dead

    def write(self, client: Client) -> None:
        pick = self.random
        batch = pick.choice(self.batches)
        self.version += 1
        kind = pick.random()
        outcome: int | None = self.version
        if kind < 0.15:
            outcome = None
            body: dict[str, Any] = {"deletes": batch.keys}
        elif kind < 0.3 and batch.acknowledged is not None:
            body = {"patch_rows": [{"id": key, "v": self.version} for key in batch.keys]}
        elif kind < 0.4:
            refused = [{"id": 90_000 + batch.keys[0], "vector": [0.0] * DIMS, "v": 1}] * 2
            status, _ = client.call("POST", "/v2/namespaces/crash", {"upsert_rows": refused})
            if status != 400:
                raise Broken(f"duplicates were answered {status}")
            return
        else:
            vector = [float(self.version), 1.0, 0.0, 0.0]
            text = f"word{self.version % 7} common"
            body = {
                "upsert_rows": [
                    {"id": key, "vector": vector, "v": self.version, "text": text} for key in batch.keys
                ]
            }
        batch.under_way.append(outcome)
        status, answer = client.call("POST", "/v2/namespaces/crash", body)
        if status != 200:
            raise Broken(f"a write was answered {status}: {answer}")
        batch.under_way = []
        batch.acknowledged = outcome
        self.acknowledged += 1


class Copier:
    """Copies and deletes namespaces until the server dies."""

    def __init__(self) -> None:
        self.number = 0
        self.there: set[str] = set()  # acknowledged and not deleted
        self.gone: set[str] = set()  # acknowledged deletions

    def run(self, url: str) -> None:
        client = Client(url)
        try:
            while True:
                self.number += 1
                name = f"copy-{self.number}"
                kind = "copy_from_namespace" if self.number % 2 else "branch_from_namespace"
                status, answer = client.call("POST", f"/v2/namespaces/{name}", {kind: "fixed"})
                if status != 200:
                    raise Broken(f"{kind} was answered {status}: {answer}")
                self.there.add(name)
                if self.number % 3 == 0:
                    self.there.discard(name)
                    status, answer = client.call("DELETE", f"/v2/namespaces/{name}")
                    if status != 200:
                        raise Broken(f"a deletion was answered {status}: {answer}")
                    self.gone.add(name)
                time.sleep(0.02)
        except (OSError, http.client.HTTPException, ValueError):
            return


class Loop:
    def __init__(self, folder: Path, seed: int) -> None:
        self.random = random.Random(seed)
        self.server = Server(folder / "data", arguments=SMALL_LIMITS)
        self.writers = [Writer(number, seed) for number in range(WRITERS)]
        self.copier = Copier()

    def prepare(self) -> None:
        self.server.start()
        client = Client(self.server.url)
        row = {"vector": [0.0] * DIMS, "v": 0, "text": "common"}
        schema = {"text": {"type": "string", "full_text_search": True}}
        for name, rows in (("crash", 1), ("fixed", 50)):
            body = {
                "upsert_rows": [{"id": 99_000 + i, **row} for i in range(rows)],
                "schema": schema,
                "distance_metric": "euclidean_squared",
            }
            status, answer = client.call("POST", f"/v2/namespaces/{name}", body)
            if status != 200:
                raise Broken(f"the first write was answered {status}: {answer}")
        self.server.kill()

    def round(self, failpoint: str | None) -> bool:
        """One life and its post-mortem. False when the failpoint was never reached."""
        environment = {}
        if failpoint is not None:
            environment["LAYER_FAILPOINT"] = f"{failpoint}:{self.random.randint(1, 3)}"
        self.server.environment = environment
        try:
            self.server.start()
        except RuntimeError:
            if failpoint is None:
                raise
            self.verify()  # died while recovering: legal at a failpoint
            return True
        process = self.server.process
        assert process is not None
        problems: list[str] = []

        def guarded(run: Callable[[str], None]) -> None:
            try:
                run(self.server.url)
            except Broken as broken:
                problems.append(str(broken))

        runners: list[Callable[[str], None]] = [writer.run for writer in self.writers]
        threads = [threading.Thread(target=guarded, args=(run,)) for run in [*runners, self.copier.run]]
        for thread in threads:
            thread.start()
        reached = True
        if failpoint is None:
            time.sleep(self.random.uniform(0.02, LIFE_MAX_S))
        else:
            deadline = time.monotonic() + FAILPOINT_LIFE_S
            while process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.01)
            reached = process.poll() is not None
        self.server.kill()
        for thread in threads:
            thread.join()
        if problems:
            raise Broken("; ".join(problems))
        self.verify()
        return reached

    def verify(self) -> None:
        self.server.environment = {}
        self.server.start()
        client = Client(self.server.url)
        found: dict[int, int] = {}
        status, answer = client.call(
            "POST",
            "/v2/namespaces/crash/query",
            {"rank_by": ["id", "asc"], "limit": 10_000, "include_attributes": ["v"]},
        )
        if status != 200:
            raise Broken(f"after the crash a query was answered {status}: {answer}\n{self.server.tail()}")
        for row in answer["rows"]:
            found[row["id"]] = row["v"]
        for writer in self.writers:
            for batch in writer.batches:
                versions = {found.pop(key, None) for key in batch.keys}
                if len(versions) != 1:
                    raise Broken(f"half a batch: keys {batch.keys} have versions {versions}")
                if not versions <= batch.allowed():
                    raise Broken(f"keys {batch.keys} have {versions}, allowed are {batch.allowed()}")
                batch.acknowledged = versions.pop()
                batch.under_way = []
        if set(found) != {99_000}:
            raise Broken(f"rows that nobody was told of: {sorted(found)[:10]}")
        self.verify_text(client)
        self.verify_copies(client)
        self.server.kill()

    def verify_text(self, client: Client) -> None:
        """The indexes agree with the rows."""
        _, counted = client.call(
            "POST",
            "/v2/namespaces/crash/query",
            {"aggregate_by": {"n": ["Count"]}, "filters": ["text", "ContainsAnyToken", "common"]},
        )
        _, total = client.call("POST", "/v2/namespaces/crash/query", {"aggregate_by": {"n": ["Count"]}})
        if counted["aggregations"] != total["aggregations"]:
            raise Broken(f"the text index has {counted['aggregations']}, the rows {total['aggregations']}")

    def verify_copies(self, client: Client) -> None:
        _, listed = client.call("GET", "/v1/namespaces?prefix=copy-&page_size=1000")
        names = {entry["id"] for entry in listed["namespaces"]}
        if missing := self.copier.there - names:
            raise Broken(f"acknowledged copies are gone: {sorted(missing)}")
        if back := self.copier.gone & names:
            raise Broken(f"deleted namespaces are back: {sorted(back)}")
        for name in sorted(names)[-5:]:
            _, answer = client.call(
                "POST", f"/v2/namespaces/{name}/query", {"aggregate_by": {"n": ["Count"]}}
            )
            if answer.get("aggregations") != {"n": 50}:
                raise Broken(f"{name} is not whole: {answer}")
        # Bounded: later rounds start over.
        for name in names:
            client.call("DELETE", f"/v2/namespaces/{name}")
        self.copier.there.clear()
        self.copier.gone.clear()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=int(time.time()) % 1_000_000)
    parser.add_argument("--rounds", type=int, default=15, help="kills at random moments")
    options = parser.parse_args()
    print(f"  seed {options.seed}", flush=True)
    passed = failed = 0
    names = failpoints()
    with tempfile.TemporaryDirectory(prefix="layer-crash-") as folder:
        loop = Loop(Path(folder), options.seed)
        loop.prepare()
        plan: list[str | None] = [None] * options.rounds + names
        loop.random.shuffle(plan)
        for failpoint in plan:
            label = failpoint or "at random"
            try:
                if loop.round(failpoint):
                    passed += 1
                    print(f"  ok   killed {label}", flush=True)
                else:
                    failed += 1
                    print(f"  FAIL {label}: never reached in {FAILPOINT_LIFE_S:.0f} s of load", flush=True)
            except (Broken, RuntimeError) as broken:
                failed += 1
                print(f"  FAIL killed {label}: {broken}", flush=True)
                break
        acknowledged = sum(writer.acknowledged for writer in loop.writers)
        if loop.server.process is not None and loop.server.process.poll() is None:
            loop.server.kill()
    print(f"  {acknowledged} acknowledged writes checked")
    print(f"crash: {passed} passed, {failed} failed, 0 skipped")
    return 0 if failed == 0 and acknowledged > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
