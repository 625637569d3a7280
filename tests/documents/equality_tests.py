"""With a cache and without one the answers are the same bytes."""

from __future__ import annotations

import os
import random
import uuid
from typing import Any

from tests.documents.stack import Client, Stack

SCHEMA = {
    "vector": {"type": "[4]f32", "ann": True},
    "n": "int",
    "u": "uint",
    "f": "float",
    "b": "bool",
    "s": "string",
    "id2": "uuid",
    "at": "datetime",
    "ints": "[]int",
    "uints": "[]uint",
    "floats": "[]float",
    "bools": "[]bool",
    "strings": "[]string",
    "uuids": "[]uuid",
    "times": "[]datetime",
}
TEXTS = [
    "",
    "plain",
    'quote " and \\ back',
    "line\nbreak\ttab",
    "ünïcode 🐡",
    "_hevlayer_ in a text",
    "\u0001",
    "</x>",
]


class Rows:
    """Rows with every type, some attributes absent, in any order."""

    def __init__(self, kind: str, seed: int) -> None:
        self.kind = kind
        self.pick = random.Random(seed)

    def id(self, number: int) -> Any:
        if self.kind == "uint":
            return number if number % 3 else 2**64 - 1 - number
        if self.kind == "uuid":
            return str(uuid.UUID(int=number * 0x1234567890ABCDEF1234567))
        return ["plain", "with space", "a/b?c#d%20", "ü🐡", '"quoted"', "7"][number % 6] + str(number)

    def datetime(self) -> str:
        pick = self.pick
        day = f"20{pick.randint(10, 40)}-0{pick.randint(1, 9)}-1{pick.randint(0, 9)}"
        return f"{day}T01:02:03.{pick.randint(0, 999):03}Z"

    def value(self, attribute: str) -> Any:
        pick = self.pick
        makers = {
            "n": lambda: pick.choice([0, -1, 2**63 - 1, -(2**63), pick.randint(-1000, 1000)]),
            "u": lambda: pick.choice([0, 2**64 - 1, pick.randint(0, 1000)]),
            "f": lambda: pick.choice(
                [0.0, -0.5, 1e300, 1e-7, float(pick.randint(-5, 5)), pick.uniform(-9, 9)]
            ),
            "b": lambda: pick.random() < 0.5,
            "s": lambda: pick.choice(TEXTS) + str(pick.randint(0, 9)),
            "id2": lambda: str(uuid.UUID(int=pick.getrandbits(128))),
            "at": self.datetime,
        }
        lists = {"ints": "n", "uints": "u", "floats": "f", "bools": "b", "strings": "s", "uuids": "id2"}
        if attribute in makers:
            return makers[attribute]()
        if attribute == "times":
            return [self.datetime() for _ in range(pick.randint(0, 3))]
        return [makers[lists[attribute]]() for _ in range(pick.randint(0, 3))]

    def row(self, number: int) -> dict[str, Any]:
        names = [name for name in SCHEMA if name != "vector" and self.pick.random() < 0.7]
        self.pick.shuffle(names)
        row: dict[str, Any] = {"id": self.id(number)}
        for name in names:
            row[name] = self.value(name) if self.pick.random() < 0.9 else None
        row["vector"] = [self.pick.uniform(-1, 1) for _ in range(4)]
        return row


def seed() -> int:
    given = int(os.environ.get("LAYER_SEED", "0")) or random.SystemRandom().randint(1, 2**31)
    print(f"       seed {given}", flush=True)
    return given


def check_same(cached: Client, plain: Client, ns: str, ids: list[Any], pick: random.Random) -> None:
    names = [name for name in SCHEMA if name != "vector"]
    some = pick.sample(names, 5)
    queries = ["", f"?include_attributes={','.join(some)}", "?include_attributes=vector,n",
               "?include_attributes=_hevlayer_upserted_at"]  # fmt: skip
    for each in ids:
        query = pick.choice(queries)
        with_cache = [cached.fetch(ns, each, query) for _ in range(2)]
        without = plain.fetch(ns, each, query)
        for reply in with_cache:
            assert reply.status == without.status, (each, reply.body, without.body)
            assert reply.headers.get("x-layer-warning") == without.headers.get("x-layer-warning")
            if reply.status == 200:
                assert reply.body == without.body, (each, reply.cache, reply.body, without.body)
        assert with_cache[1].cache == "hit", (each, with_cache[1].headers)
        assert without.cache == "bypass", without.headers
    asked = [pick.choice(ids) for _ in range(2 * len(ids))]
    for members in ({}, {"include_attributes": some}, {"include_attributes": ["_hevlayer_upserted_at"]}):
        batch = cached.batch(ns, asked, **members)
        assert batch.cache == "hit", batch.headers
        assert batch.body == plain.batch(ns, asked, **members).body


def check_kind(kind: str) -> None:
    given = seed()
    rows = Rows(kind, given)
    pick = random.Random(given + 1)
    with Stack() as stack:
        cached = Client(stack.gateway("cached").url)
        plain = Client(stack.gateway("plain", "--cache=off").url)
        first = [rows.row(number) for number in range(1, 60)]
        schema = {**SCHEMA, "id": kind}
        common = {"schema": schema, "distance_metric": "cosine_distance"}
        cached.write("rows", {**common, "upsert_rows": first})
        ids = [row["id"] for row in first]
        absent = [rows.id(number) for number in range(1000, 1005)]
        # What a write left in the cache, and what reads do.
        check_same(cached, plain, "rows", ids + absent, pick)
        # Rows that change, that go, that appear where there were none.
        again = [rows.row(number) for number in range(1, 20)] + [rows.row(1000)]
        cached.write("rows", {**common, "upsert_rows": again, "deletes": ids[30:35]})
        patch = [{"id": ids[40], "s": "patched"}, {"id": ids[41], "n": None}, {"id": absent[4], "n": 1}]
        cached.write("rows", {**common, "patch_rows": patch})
        cached.write("rows", {"delete_by_filter": ["n", "Gte", 500]})
        check_same(cached, plain, "rows", ids + absent, pick)


def test_integer_ids() -> None:
    check_kind("uint")


def test_uuid_ids() -> None:
    check_kind("uuid")


def test_string_ids() -> None:
    check_kind("string")


def test_a_large_batch_is_the_same_in_chunks() -> None:
    with Stack() as stack:
        cached = Client(stack.gateway("cached", "--cache=memory").url)
        plain = Client(stack.gateway("plain", "--cache=off").url)
        rows = [{"id": number, "v": f"value {number}"} for number in range(0, 5000, 2)]
        stack.direct().write("many", {"upsert_rows": rows})
        ids = list(range(4999, -1, -1))
        without = plain.batch("many", ids)
        assert [row["id"] for row in without.json["documents"]] == list(range(4998, -1, -2))
        assert without.json["missing"] == list(range(4999, 0, -2))
        before = stack.relay.queries()
        assert cached.batch("many", ids).body == without.body
        assert stack.relay.queries() - before == 5, "5,000 ids take 5 calls"
        assert cached.batch("many", ids).body == without.body
        assert stack.relay.queries() - before == 5
