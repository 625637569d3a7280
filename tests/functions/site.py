"""A function over the rows of a namespace, and what a worker does with them."""

from __future__ import annotations

from typing import Any

from tests.documents.stack import Client, Reply
from tests.support.gateway import Gateway, until

FUNCTION = "shout"
PATH = f"/v2/udfs/{FUNCTION}"
TARGET = "docs"
MARKER = f"_hevlayer_udf_{FUNCTION}"
SPEC: dict[str, Any] = {
    "target_namespaces": [TARGET],
    "inputs": ["title"],
    # The trigger schedule alone: never by itself.
    "schedule": {"discovery_interval_seconds": 1, "cron": "0 0 30 2 *"},
    "retry": {"max_attempts": 3, "initial_backoff_seconds": 0, "max_backoff_seconds": 0},
}


class Site:
    def __init__(self, gateway: Gateway, key: str = "") -> None:
        self.client = Client(gateway.url, key)

    def call(self, method: str, path: str, body: Any = None, status: int = 200) -> dict[str, Any]:
        answer = self.client.call(method, path, body)
        assert answer.status == status, (method, path, answer.status, answer.body)
        return dict(answer.json)

    def write(self, **body: Any) -> dict[str, Any]:
        return self.call("POST", f"/v2/namespaces/{TARGET}", body)

    def fill(self, count: int, first: int = 1) -> None:
        rows = [{"id": n, "title": f"title {n}", "kept": n} for n in range(first, first + count)]
        self.write(upsert_rows=rows)

    def put(self, **changes: Any) -> dict[str, Any]:
        return self.call("PUT", PATH, {"spec": {**SPEC, **changes}})

    def discover(self, **body: Any) -> dict[str, Any]:
        return self.call("POST", f"{PATH}/discover", body)

    def claim_all(self, worker: str = "w", **more: Any) -> dict[str, Any]:
        return self.call("POST", f"{PATH}/claim", {"worker_id": worker, **more})

    def claim(self, worker: str = "w", **more: Any) -> list[dict[str, Any]]:
        return list(self.claim_all(worker, **more)["items"])

    def report(self, what: str, items: list[dict[str, Any]], worker: str = "w", **more: Any) -> Reply:
        body = {"worker_id": worker, "items": items, **more}
        return self.client.call("POST", f"{PATH}/items/{what}", body)

    def complete(self, items: list[dict[str, Any]], worker: str = "w") -> dict[str, Any]:
        """Each with its title in capitals."""
        done = self.report("complete", [shouted(item) for item in items], worker, report_dispositions=True)
        assert done.status == 200, done.body
        return dict(done.json)

    def drain(self, count: int, worker: str = "w") -> None:
        """Works until so many items were completed and nothing waits any more."""
        done = 0

        def drained() -> bool:
            nonlocal done
            while items := self.claim(worker, limit=100):
                done += self.complete(items, worker)["updated"]
            counts = self.status()["counts"]
            return done >= count and not counts["pending"] and not counts["leased"]

        until(drained, f"{count} rows to be computed", 60)
        assert done == count, done

    def status(self) -> dict[str, Any]:
        return self.call("GET", f"{PATH}/status")

    def items(self, query: str = "") -> list[dict[str, Any]]:
        return list(self.call("GET", f"{PATH}/items{query}")["items"])

    def rows(self, ns: str = TARGET) -> dict[Any, dict[str, Any]]:
        """With the markers, which callers see when they ask for them."""
        query = {"rank_by": ["id", "asc"], "top_k": 10000, "include_attributes": True}
        headers = {"x-layer-reserved": "show"}
        answer = self.client.call("POST", f"/v2/namespaces/{ns}/query", query, headers)
        assert answer.status == 200, answer.body
        return {row["id"]: row for row in answer.json["rows"]}


def named(item: dict[str, Any]) -> dict[str, Any]:
    return {name: item[name] for name in ("namespace", "id", "lease")}


def shouted(item: dict[str, Any]) -> dict[str, Any]:
    return {**named(item), "attributes": {"loud": item["input"]["title"].upper()}}
