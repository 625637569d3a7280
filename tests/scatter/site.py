"""A namespace whose rows are spread over shards, and the same question asked in both ways."""

from __future__ import annotations

import os
import random
import time
import uuid
from collections.abc import Callable
from typing import Any

from tests.documents.stack import Client, Reply, Stack
from tests.scatter import films
from tests.support.gateway import Gateway, until

QUICK = ("--state-ttl=1s", "--init-backfill-rps=0")
OFF = {"x-layer-scatter": "off"}
# What both ways need not tell alike.
MEASURED = ("billing", "performance")


def seeded() -> random.Random:
    seed = int(os.environ.get("LAYER_SEED") or time.time_ns() % 1_000_000_000)
    print(f"       seed {seed}", flush=True)
    return random.Random(seed)


ID_KINDS: dict[str, Callable[[int], Any]] = {
    "uint": lambda i: i * i,
    "string": lambda i: f"ß{i % 7}-{i}",
    "uuid": lambda i: str(uuid.uuid5(uuid.NAMESPACE_OID, str(i))),
}


class Site:
    """`sharded` rows have their shard; as many again were written past the gateway afterwards."""

    def __init__(
        self, stack: Stack, seed: random.Random, shards: int, kind: str = "uint", rows: int = 120
    ) -> None:
        self.stack = stack
        self.gateway: Gateway = stack.gateway(f"gateway-{shards}-{kind}", *QUICK)
        self.client = Client(self.gateway.url)
        self.name = f"films-{shards}-{kind}"
        self.ids = [ID_KINDS[kind](i) for i in range(rows)]
        schema = {**films.SCHEMA, "id": kind}
        written = {"distance_metric": "euclidean_squared", "schema": schema}
        own = rows - rows // 4
        batch = [films.row(seed, each) for each in self.ids[:own]]
        self.client.write(self.name, {"upsert_rows": batch, **written})
        if shards > 0:
            self.init(shards)
        late = self.ids[own - own // 8 :]
        stack.direct().write(self.name, {"upsert_rows": [films.row(seed, each) for each in late], **written})

    def init(self, shards: int, **more: Any) -> None:
        path = f"/v2/namespaces/{self.name}"
        reply = self.client.call("POST", f"{path}/init", {"shard_count": shards, **more})
        assert reply.status == 200, reply.body
        if job := reply.json.get("job_id"):
            done = ("completed", "failed", "cancelled")
            until(lambda: self.client.call("GET", f"/v2/jobs/{job}").json["status"] in done, "the job", 60)
        until(lambda: bool(self.layer()["shard_state"] == "ready"), "the layout to be ready", 60)

    def layer(self) -> Any:
        return self.client.call("GET", f"/v2/namespaces/{self.name}/metadata?layer=true").json["layer"]

    def ask(self, body: dict[str, Any], headers: dict[str, str] | None = None, route: str = "query") -> Reply:
        return self.client.call("POST", f"/v2/namespaces/{self.name}/{route}", body, headers)

    def calls_of(self, body: dict[str, Any], headers: dict[str, str] | None = None) -> int:
        before = self.stack.relay.queries()
        reply = self.ask(body, headers)
        assert reply.status == 200, (body, reply.body)
        return self.stack.relay.queries() - before

    def same(self, body: dict[str, Any]) -> Any:
        """Both ways give the same; returns what it is."""
        scattered, whole = self.ask(body), self.ask(body, OFF)
        assert scattered.status == whole.status, (body, scattered.body, whole.body)
        left, right = scattered.json, whole.json
        if whole.status == 200:
            assert left.keys() == right.keys(), (body, left.keys(), right.keys())
            for member in MEASURED:
                assert left.pop(member).keys() == right.pop(member).keys(), (body, member)
            assert left == right, f"{body}\n  scattered {left}\n  whole     {right}"
        return right
