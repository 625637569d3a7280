"""Random operations on the fixed schema of model.py: bodies of writes and queries."""

from __future__ import annotations

import random
from typing import Any

from model import DIMS

WORDS = ["fish", "whale", "crab", "tank", "deep", "blue", "quick", "slow", "fox", "storage", "cache", "cold"]
TAGS = ["a", "b", "c", "ü", ""]
IDS = 400


class Generator:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def maybe(self, value: Any, chance: float = 0.7) -> Any:
        return value if self.random.random() < chance else None

    def scalar(self, attribute: str) -> Any:
        pick = self.random
        if attribute in ("n", "nums"):
            return pick.choice([pick.randint(-5, 5), pick.randint(-(2**63), 2**63 - 1)])
        if attribute == "f":
            return pick.choice([0.5, -1.25, float(pick.randint(-3, 3)), pick.uniform(-10, 10)])
        if attribute == "b":
            return pick.random() < 0.5
        if attribute == "s":
            return pick.choice(["", "x", "apple", "Apple", "zebra", "ñ", "🐡"])
        return pick.choice(TAGS)

    def text(self, most: int = 12) -> str:
        return " ".join(self.random.choice(WORDS) for _ in range(self.random.randint(1, most)))

    def vector(self) -> list[float]:
        return [round(self.random.uniform(-1, 1), 3) for _ in range(DIMS)]

    def attributes(self, nulls: bool) -> dict[str, Any]:
        pick = self.random
        row: dict[str, Any] = {
            "n": self.maybe(pick.randint(-5, 5)),
            "f": self.maybe(self.scalar("f")),
            "s": self.maybe(self.scalar("s")),
            "b": self.maybe(self.scalar("b")),
            "tags": self.maybe([self.scalar("tags") for _ in range(pick.randint(0, 3))]),
            "nums": self.maybe([pick.randint(-5, 5) for _ in range(pick.randint(0, 3))]),
            "text": self.maybe(self.text()),
        }
        return row if nulls else {name: value for name, value in row.items() if value is not None}

    def ids(self, most: int) -> list[int]:
        return self.random.sample(range(IDS), self.random.randint(1, most))

    # Filters

    def comparison(self) -> Any:
        pick = self.random
        attribute = pick.choice(["id", "n", "f", "s", "b", "tags", "nums", "text"])
        if attribute == "text":
            return ["text", pick.choice(["ContainsAllTokens", "ContainsAnyToken"]), self.text(3)]
        if attribute == "id":
            operator = pick.choice(["Eq", "NotEq", "In", "NotIn", "Lt", "Lte", "Gt", "Gte"])
            one: Any = pick.randint(0, IDS)
            many: Any = self.ids(40)
        else:
            one = self.scalar(attribute)
            many = [self.scalar(attribute) for _ in range(pick.randint(0, 3))]
            if attribute in ("tags", "nums"):
                operator = pick.choice(
                    ["Contains", "NotContains", "ContainsAny", "NotContainsAny", "In", "NotIn"]
                    + ["AnyLt", "AnyLte", "AnyGt", "AnyGte"]
                )
            else:
                operator = pick.choice(["Eq", "NotEq", "In", "NotIn", "Lt", "Lte", "Gt", "Gte"])
                if operator not in ("In", "NotIn"):
                    one = self.maybe(one, 0.85)
        wants_list = operator in ("In", "NotIn", "ContainsAny", "NotContainsAny")
        return [attribute, operator, many if wants_list else one]

    def filter(self, depth: int = 3) -> Any:
        pick = self.random
        if depth == 0 or pick.random() < 0.4:
            return self.comparison()
        kind = pick.choice(["And", "Or", "Not"])
        if kind == "Not":
            return ["Not", self.filter(depth - 1)]
        return [kind, [self.filter(depth - 1) for _ in range(pick.randint(1, 3))]]

    def condition(self) -> Any:
        if self.random.random() < 0.5:
            operator = self.random.choice(["Lt", "Gte", "Eq", "NotEq"])
            return ["n", operator, {"$ref_new": "n"}]
        return self.filter(1)

    # Writes

    def write(self) -> dict[str, Any]:
        pick = self.random
        body: dict[str, Any] = {}
        free = set(range(IDS))

        def take(most: int) -> list[int]:
            chosen = [key for key in self.ids(most) if key in free]
            free.difference_update(chosen)
            return chosen

        while not body:
            if pick.random() < 0.1:
                body["delete_by_filter"] = ["And", [["id", "Lt", IDS // 8], self.filter(1)]]
            if pick.random() < 0.15:
                patch = {name: self.maybe(value) for name, value in self.attributes(nulls=False).items()}
                if patch:
                    body["patch_by_filter"] = {"filters": self.filter(2), "patch": patch}
            if pick.random() < 0.7 and (chosen := take(40)):
                body["upsert_rows"] = [
                    {"id": key, "vector": self.vector(), **self.attributes(nulls=pick.random() < 0.3)}
                    for key in chosen
                ]
                if pick.random() < 0.25:
                    body["upsert_condition"] = self.condition()
            if pick.random() < 0.3 and (chosen := take(10)):
                body["patch_rows"] = [{"id": key, **self.attributes(nulls=True)} for key in chosen]
                if pick.random() < 0.25:
                    body["patch_condition"] = self.condition()
            if pick.random() < 0.3 and (chosen := take(10)):
                body["deletes"] = chosen
                if pick.random() < 0.25:
                    body["delete_condition"] = self.filter(1)
        return body
