"""Random rows and filters: the store, the cache and a client that pages through the rows agree."""

from __future__ import annotations

import json
import os
import random
import subprocess
from typing import Any

from tests.documents.stack import Client, Stack
from tests.documents.warm_tests import end_of, start_warm
from tests.support.server import default_binary

ROWS = 400
COLOURS = ["red", "green", "blue", "grün", ""]
PATH = "/v2/namespaces/docs/scans"


def seeded() -> random.Random:
    seed = int(os.environ.get("LAYER_SEED", "0")) or random.SystemRandom().randrange(1 << 32)
    print(f"  LAYER_SEED={seed}", flush=True)
    return random.Random(seed)


def random_row(dice: random.Random, number: int) -> dict[str, Any]:
    row: dict[str, Any] = {"id": number}
    values: dict[str, Any] = {
        "n": dice.randrange(-3, 10),
        "f": dice.choice([0.5, 1.0, -2.25, 1e6]),
        "colour": dice.choice(COLOURS),
        "flag": dice.random() < 0.5,
        "at": f"2024-0{dice.randrange(1, 9)}-01T00:00:00Z",
        "tags": dice.sample(COLOURS, dice.randrange(4)),
        "nums": [dice.randrange(5) for _ in range(dice.randrange(3))],
    }
    for name, value in values.items():
        if dice.random() < 0.8:
            row[name] = value
        elif dice.random() < 0.5:
            row[name] = None
    return row


def write_rows(client: Client, dice: random.Random, first: int, count: int) -> None:
    schema = {
        "n": "int",
        "f": "float",
        "colour": "string",
        "flag": "bool",
        "at": "datetime",
        "tags": "[]string",
        "nums": "[]int",
    }
    rows = [random_row(dice, number) for number in range(first, first + count)]
    client.write("docs", {"upsert_rows": rows, "schema": schema})


def random_leaf(dice: random.Random) -> list[Any]:
    order = dice.choice(["Eq", "NotEq", "Lt", "Lte", "Gt", "Gte"])
    return dice.choice(
        [
            ["n", order, dice.randrange(-3, 10)],
            ["n", dice.choice(["In", "NotIn"]), [dice.randrange(10) for _ in range(dice.randrange(4))]],
            ["f", order, dice.choice([0.5, 1, 2, -2.25])],
            ["colour", order, dice.choice(COLOURS)],
            ["colour", dice.choice(["In", "NotIn"]), dice.sample(COLOURS, 2)],
            ["colour", dice.choice(["Eq", "NotEq"]), None],
            ["flag", dice.choice(["Eq", "NotEq"]), dice.random() < 0.5],
            ["at", order, f"2024-0{dice.randrange(1, 9)}-01"],
            ["tags", dice.choice(["Contains", "NotContains"]), dice.choice(COLOURS)],
            ["tags", dice.choice(["ContainsAny", "NotContainsAny"]), dice.sample(COLOURS, 2)],
            ["nums", dice.choice(["AnyLt", "AnyLte", "AnyGt", "AnyGte"]), dice.randrange(5)],
            ["id", order, dice.randrange(ROWS)],
        ]
    )


def random_filter(dice: random.Random, depth: int = 0) -> list[Any]:
    kind = dice.random()
    if depth > 2 or kind < 0.5:
        return random_leaf(dice)
    if kind < 0.6:
        return ["Not", random_filter(dice, depth + 1)]
    children = [random_filter(dice, depth + 1) for _ in range(dice.randrange(1, 4))]
    return [dice.choice(["And", "Or"]), children]


def count(client: Client, **members: Any) -> Any:
    reply = client.call("POST", PATH, {"mode": "count", **members})
    assert reply.status == 200, (members, reply.body)
    return reply.json


def paged(client: Client, filters: list[Any]) -> int:
    """As a client without counts would do it."""
    total = 0
    from_here: list[Any] = ["id", "Gte", 0]
    while True:
        body = {"rank_by": ["id", "asc"], "top_k": 97, "filters": ["And", [filters, from_here]]}
        reply = client.call("POST", "/v2/namespaces/docs/query", body)
        assert reply.status == 200, (filters, reply.body)
        rows = reply.json["rows"]
        total += len(rows)
        if len(rows) < 97:
            return total
        from_here = ["id", "Gt", rows[-1]["id"]]


def test_every_source_counts_the_same() -> None:
    dice = seeded()
    with Stack() as stack:
        client = Client(stack.gateway("g").url)
        write_rows(stack.direct(), dice, 0, ROWS)
        job = end_of(client, start_warm(client))
        assert job["complete"], job
        assert count(client)["count"] == ROWS
        from_cache = 0
        for _ in range(150):
            filters = random_filter(dice)
            expected = paged(client, filters)
            origin = count(client, filters=filters, source="origin")
            assert (origin["count"], origin["served_by"]) == (expected, "origin"), (filters, origin, expected)
            cached = count(client, filters=filters, source="cache")
            assert cached["served_by"] == "cache" and cached["certified"] is False, cached
            assert cached["count"] == expected, (filters, cached, expected)
            from_cache += 1
        assert from_cache == 150


def test_writes_after_a_warm_are_counted() -> None:
    dice = seeded()
    with Stack() as stack:
        client = Client(stack.gateway("g").url)
        write_rows(stack.direct(), dice, 0, ROWS)
        assert end_of(client, start_warm(client))["complete"]
        write_rows(client, dice, ROWS - 20, 50)
        client.write("docs", {"deletes": list(range(10))})
        client.write("docs", {"patch_rows": [{"id": 11, "n": 4}]})
        for filters in ([], ["n", "Eq", 4], ["id", "Gte", ROWS]):
            members = {"filters": filters} if filters else {}
            origin = count(client, source="origin", **members)["count"]
            assert count(client, **members)["count"] == origin, filters
            cached = count(client, source="cache", **members)
            assert (cached["count"], cached["served_by"]) == (origin, "cache"), (filters, cached)


def test_a_source_that_cannot_answer_says_so() -> None:
    dice = seeded()
    with Stack() as stack:
        client = Client(stack.gateway("g").url)
        write_rows(stack.direct(), dice, 0, 20)
        for source, status, error in (
            ("cache", 503, "cache_cold"),
            ("snapshot", 412, "precondition_failed"),
        ):
            reply = client.call("POST", PATH, {"mode": "count", "source": source})
            assert (reply.status, reply.json["error"]) == (status, error), reply.body
        assert count(client, source="auto")["served_by"] == "origin"
        assert end_of(client, start_warm(client))["complete"]
        glob = {"mode": "count", "source": "cache", "filters": ["colour", "Glob", "r*"]}
        assert client.call("POST", PATH, glob).status == 422
        for body in (b"[]", b"{", b'{"mode":"count","threads":0}', b'{"mode":"count","what":1}'):
            assert client.call("POST", PATH, body).json["error"] == "validation_error", body


def test_refusals_of_the_store_are_passed_on() -> None:
    with Stack() as stack:
        client = Client(stack.gateway("g").url)
        missing = client.call("POST", PATH, {"mode": "count"})
        assert missing.status == 404, missing.body
        client.write("docs", {"upsert_rows": [{"id": 1, "n": 1}]})
        bad = {"mode": "count", "filters": ["n", "Eq", "text"]}
        direct = stack.direct().call(
            "POST", "/v2/namespaces/docs/query", {"aggregate_by": {"n": ["Count"]}, "filters": bad["filters"]}
        )
        reply = client.call("POST", PATH, bad)
        assert (reply.status, reply.json["error"]) == (direct.status, direct.json["error"])


def test_rankings_are_counted() -> None:
    with Stack() as stack:
        client = Client(stack.gateway("g").url)
        rows = [
            {"id": n, "vector": [float(n), 0.0], "text": "red fox" if n % 3 == 0 else "blue whale"}
            for n in range(300)
        ]
        schema = {"text": {"type": "string", "full_text_search": True}}
        client.write("docs", {"upsert_rows": rows, "schema": schema, "distance_metric": "euclidean_squared"})
        for exhaustive in (False, True):
            found = count(client, fts={"field": "text", "query": "fox"}, exhaustive=exhaustive)
            assert found["count"] == 100 and "bounded" not in found, found
        near = count(client, ann={"vector": [0.0, 0.0], "radius": 100.5})
        assert near["count"] == 11 and near["approximate"], near


def test_the_command_line_counts() -> None:
    with Stack() as stack:
        gateway = stack.gateway("g")
        Client(gateway.url).write("docs", {"upsert_rows": [{"id": n, "year": 1980 + n} for n in range(30)]})
        command = [str(default_binary()), "count", "docs", "--base-url", gateway.url]
        out = subprocess.run(
            [*command, "--filters", '["year","Gt",1990]'],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        assert json.loads(out.stdout)["count"] == 19, out
        out = subprocess.run([*command, "--json"], capture_output=True, text=True, check=True, timeout=60)
        assert json.loads(out.stdout)["count"] == 30, out
