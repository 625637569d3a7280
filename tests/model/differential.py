"""Random operations against a server and the model, compared after each step.

usage: differential.py [--seed N] [--operations N] [--hours H] [--url URL]

Without --url a server is started, with limits so low that flushes and merges happen all the time, and is
killed and reopened now and then. The seed is printed; --seed repeats a run. --hours is the long mode: seed
after seed until the time is up.
"""

from __future__ import annotations

import argparse
import http.client
import json
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))
sys.path.insert(0, str(HERE))

from model import DIMS, Model  # noqa: E402
from operations import Generator  # noqa: E402

from tests.support.server import Server  # noqa: E402

SCHEMA: dict[str, Any] = {
    "vector": {"type": f"[{DIMS}]f32", "ann": True},
    "n": "int",
    "f": "float",
    "s": "string",
    "b": "bool",
    "tags": "[]string",
    "nums": "[]int",
    "text": {"type": "string", "full_text_search": True},
}
METRICS = ["cosine_distance", "euclidean_squared"]
# Distances and scores are f32 on the server, f64 in the model.
TOLERANCE = 2e-4
SMALL_LIMITS = ["--memory-segment-bytes=8KiB"]


class Difference(Exception):
    """The server and the model disagree."""


class Client:
    def __init__(self, url: str) -> None:
        parts = urllib.parse.urlsplit(url)
        self.connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        text = None if body is None else json.dumps(body)
        self.connection.request(method, path, text, {"content-type": "application/json"})
        answer = self.connection.getresponse()
        return answer.status, json.loads(answer.read())


def expect(condition: bool, what: str, **details: Any) -> None:
    if not condition:
        shown = "\n".join(
            f"  {name}: {json.dumps(value, default=str)[:2000]}" for name, value in details.items()
        )
        raise Difference(f"{what}\n{shown}")


class Run:
    """One namespace under test."""

    def __init__(self, seed: int, client: Client) -> None:
        self.generator = Generator(seed)
        self.random = self.generator.random
        self.client = client
        self.model = Model()
        self.metric = self.random.choice(METRICS)
        self.name = f"model-{seed}"
        self.client.call("DELETE", f"/v2/namespaces/{self.name}")
        first = {
            "upsert_rows": [{"id": 0, "vector": [1.0] * DIMS, "n": 1}],
            "schema": SCHEMA,
            "distance_metric": self.metric,
        }
        status, answer = self.client.call("POST", f"/v2/namespaces/{self.name}", first)
        expect(status == 200, "the first write failed", answer=answer)
        self.model.write(first)

    def query(self, body: dict[str, Any]) -> Any:
        status, answer = self.client.call("POST", f"/v2/namespaces/{self.name}/query", body)
        expect(status == 200, f"a query was answered {status}", body=body, answer=answer)
        return answer

    def step(self) -> None:
        kinds = [self.write] * 4 + [self.check_filter, self.check_order, self.check_vector, self.check_text]
        kinds += [self.check_groups, self.check_rows]
        if self.random.random() < 0.01:
            kinds = [self.check_copy]
        self.random.choice(kinds)()

    def write(self) -> None:
        body = self.generator.write()
        status, answer = self.client.call("POST", f"/v2/namespaces/{self.name}", body)
        expect(status == 200, f"a write was answered {status}", body=body, answer=answer)
        for name, count in self.model.write(body).items():
            expect(answer.get(name) == count, f"{name} differs", body=body, model=count, server=answer)

    def maybe_filter(self) -> Any:
        return self.generator.filter() if self.random.random() < 0.5 else None

    def body(self, filters: Any, **members: Any) -> dict[str, Any]:
        return {**members, **({} if filters is None else {"filters": filters})}

    def check_filter(self) -> None:
        filters = self.generator.filter()
        body = self.body(filters, rank_by=["id", "asc"], limit=10000)
        found = [row["id"] for row in self.query(body)["rows"]]
        expect(found == self.model.matching(filters), "a filter differs", body=body, server=found)
        counted = self.query(self.body(filters, aggregate_by={"n": ["Count"]}))["aggregations"]["n"]
        expect(counted == len(found), "Count differs", body=body, server=counted)

    def check_order(self) -> None:
        pool = ["id", "n", "f", "s", "b"]
        clauses = [
            (attribute, self.random.choice(["asc", "desc"]))
            for attribute in self.random.sample(pool, self.random.randint(1, 3))
        ]
        filters = self.maybe_filter()
        limit, offset = self.random.randint(1, 50), self.random.randint(0, 20)
        rank_by = [list(clause) for clause in clauses] if len(clauses) > 1 else list(clauses[0])
        body = self.body(filters, rank_by=rank_by, limit=limit, offset=offset)
        found = [row["id"] for row in self.query(body)["rows"]]
        wanted = self.model.ordered(clauses, filters)[offset : offset + limit]
        expect(found == wanted, "an order differs", body=body, server=found, model=wanted)

    def check_scores(self, body: dict[str, Any], wanted: dict[int, float], ascending: bool) -> None:
        rows = self.query(body)["rows"]
        best = sorted(wanted.items(), key=lambda item: (item[1] if ascending else -item[1], item[0]))
        expect(
            len(rows) == min(len(best), body["limit"]),
            "the number of rows differs",
            body=body,
            rows=len(rows),
        )
        for index, row in enumerate(rows):
            key, score = row["id"], row["$dist"]
            expect(key in wanted, "a row that does not match", body=body, row=row)
            allowed = TOLERANCE * max(1.0, abs(wanted[key]))
            expect(abs(score - wanted[key]) <= allowed, "a score differs", row=row, model=wanted[key])
            # Rows whose scores are nearly equal may change places.
            expect(abs(score - best[index][1]) <= allowed, "a rank differs", row=row, model=best[index])
        order = [(row["$dist"] if ascending else -row["$dist"], row["id"]) for row in rows]
        expect(order == sorted(order), "rows are not ordered by score and id", rows=rows)

    def check_vector(self) -> None:
        query = self.generator.vector()
        filters = self.maybe_filter()
        body = self.body(filters, rank_by=["vector", "ANN", query], limit=self.random.randint(1, 20))
        self.check_scores(body, self.model.distances(query, filters, self.metric), ascending=True)

    def check_text(self) -> None:
        query = self.generator.text(4)
        filters = self.maybe_filter()
        body = self.body(filters, rank_by=["text", "BM25", query], limit=self.random.randint(1, 20))
        self.check_scores(body, self.model.bm25(query, filters), ascending=False)

    def check_groups(self) -> None:
        attribute = self.random.choice(["s", "b", "n"])
        filters = self.maybe_filter()
        body = self.body(
            filters,
            aggregate_by={"rows": ["Count"], "total": ["Sum", "n"]},
            group_by=[attribute],
            top_k=10000,
        )
        if attribute == "n":
            body["aggregate_by"] = {"rows": ["Count"], "total": ["Sum", "n"]}
        found = [
            (group[attribute], group["rows"], group["total"])
            for group in self.query(body)["aggregation_groups"]
        ]
        wanted = self.model.groups(attribute, filters)
        expect(found == wanted, "groups differ", body=body, server=found, model=wanted)

    def check_rows(self) -> None:
        """Every attribute of every row, through pages ordered by id."""
        found: dict[int, Any] = {}
        last = -1
        while True:
            page = self.query(
                {
                    "rank_by": ["id", "asc"],
                    "filters": ["id", "Gt", last],
                    "limit": 150,
                    "include_attributes": True,
                }
                if last >= 0
                else {"rank_by": ["id", "asc"], "limit": 150, "include_attributes": True}
            )["rows"]
            if not page:
                break
            for row in page:
                last = row.pop("id")
                found[last] = row
        for key, row in self.model.rows.items():
            expect(key in found, "a row is missing", id=key)
            same = {name: value for name, value in found[key].items() if name != "vector"}
            wanted = {name: value for name, value in row.items() if name != "vector"}
            expect(same == wanted, "a row differs", id=key, server=same, model=wanted)
            close = all(abs(a - b) < 1e-6 for a, b in zip(found[key]["vector"], row["vector"], strict=True))
            expect(close, "a vector differs", id=key, server=found[key]["vector"], model=row["vector"])
        expect(
            len(found) == len(self.model.rows),
            "rows that should not be",
            extra=sorted(set(found) - set(self.model.rows)),
        )

    def check_copy(self) -> None:
        """A copy has the rows of its source, and goes its own way."""
        target = f"{self.name}-copy"
        kind = self.random.choice(["copy_from_namespace", "branch_from_namespace"])
        status, answer = self.client.call("POST", f"/v2/namespaces/{target}", {kind: self.name})
        expect(status == 200, f"{kind} was answered {status}", answer=answer)
        original, model = self.name, self.model
        self.name, self.model = target, model.clone()
        for _ in range(5):
            self.write()
        self.check_rows()
        self.client.call("DELETE", f"/v2/namespaces/{target}")
        self.name, self.model = original, model
        self.check_rows()


def run_seed(seed: int, operations: int, url: str | None) -> int:
    """Returns the number of operations that agreed; raises Difference."""
    if url is not None:
        run = Run(seed, Client(url))
        for _ in range(operations):
            run.step()
        return operations
    with tempfile.TemporaryDirectory(prefix="layer-model-") as folder:
        server = Server(Path(folder) / "data", arguments=SMALL_LIMITS)
        with server:
            run = Run(seed, Client(server.url))
            for index in range(operations):
                if index % 200 == 199:
                    # Alternately a crash and an orderly stop; both must lose nothing.
                    if index % 400 == 399:
                        server.kill()
                    else:
                        expect(server.stop() == 0, "the server did not stop cleanly", log=server.tail())
                    server.start()
                    run.client = Client(server.url)
                    run.check_rows()
                run.step()
            run.check_rows()
    return operations


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--operations", type=int, default=1500)
    parser.add_argument("--seeds", type=int, default=3, help="how many, from --seed on")
    parser.add_argument("--hours", type=float, default=0.0)
    parser.add_argument("--url")
    options = parser.parse_args()

    first = options.seed if options.seed is not None else int(time.time()) % 1_000_000
    until = time.monotonic() + options.hours * 3600
    passed = 0
    seed = first
    while seed < first + options.seeds or time.monotonic() < until:
        started = time.monotonic()
        try:
            run_seed(seed, options.operations, options.url)
        except Difference as difference:
            print(f"  FAIL seed {seed}: {difference}")
            print(
                f"       again: tests/model/suite --seed {seed} --seeds 1 --operations {options.operations}"
            )
            print(f"model: {passed} passed, 1 failed, 0 skipped")
            return 1
        passed += 1
        seconds = time.monotonic() - started
        print(f"  ok   seed {seed}: {options.operations} operations agree in {seconds:.1f} s", flush=True)
        seed += 1
    print(f"model: {passed} passed, 0 failed, 0 skipped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
