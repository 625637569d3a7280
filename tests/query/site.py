"""Rows with few different values, so that rankings have ties, and queries over them."""

from __future__ import annotations

import os
import random
from typing import Any

from tests.documents.stack import Client, Reply, Stack

NS = "films"
PATH = f"/v2/namespaces/{NS}/query"
SCHEMA = {"price": "int", "lang": "string", "title": {"type": "string", "full_text_search": True}}


def seeded() -> random.Random:
    seed = int(os.environ.get("LAYER_SEED", "0")) or random.SystemRandom().randrange(1 << 32)
    print(f"  LAYER_SEED={seed}", flush=True)
    return random.Random(seed)


def row(dice: random.Random, number: int) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": number,
        "vector": [dice.randrange(7), dice.randrange(7)],
        "title": dice.choice(["red", "red red", "red fox", "blue"]) + f" w{number}",
    }
    if dice.random() < 0.7:
        made["price"] = dice.randrange(5)
    if dice.random() < 0.7:
        made["lang"] = dice.choice(["de", "en"])
    return made


class Site:
    def __init__(self, stack: Stack, dice: random.Random, rows: int = 150) -> None:
        self.stack = stack
        self.client = Client(stack.gateway("gateway").url)
        self.rows = [row(dice, number) for number in range(rows)]
        self.client.write(
            NS, {"upsert_rows": self.rows, "schema": SCHEMA, "distance_metric": "euclidean_squared"}
        )

    def ask(self, body: Any, path: str = PATH) -> Reply:
        return self.client.call("POST", path, body)

    def found(self, body: Any) -> Reply:
        reply = self.ask(body)
        assert reply.status == 200, (body, reply.status, reply.body)
        return reply

    def calls(self, body: Any) -> int:
        before = self.stack.relay.queries()
        self.found(body)
        return self.stack.relay.queries() - before

    def pages(self, query: dict[str, Any], top_k: int) -> list[dict[str, Any]]:
        """Every row, page by page; the cursor is in the body and in the header."""
        rows: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            reply = self.found({**query, "top_k": top_k, "cursor": cursor})
            rows += reply.json["rows"]
            cursor = reply.json["next_cursor"]
            assert reply.headers.get("x-layer-next-cursor") == cursor
            if cursor is None:
                return rows
            assert len(reply.json["rows"]) == top_k
            assert len(cursor) <= 6 * 1024
