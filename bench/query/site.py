"""A gateway with its engine, and one client on a kept connection."""

from __future__ import annotations

import http.client
import itertools
import json
import random
import time
from typing import Any

# Three syllables each: as unlike one another as words are.
SYLLABLES = ["".join(pair) for pair in itertools.product("bcdfglmnprstvz", "aeiou")]
WORDS = [
    "".join(random.Random(number).choices(SYLLABLES, k=3)) + "nrst"[number % 4] for number in range(2_000)
]


class Site:
    def __init__(self, port: int, quick: bool) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.quick = quick
        self.rounds = 100 if quick else 1_000
        self.dice = random.Random(7)

    def call(self, path: str, body: dict[str, Any]) -> Any:
        self.connection.request("POST", path, json.dumps(body).encode())
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status}: {text[:300]!r}")
        return json.loads(text)

    def words(self, count: int) -> str:
        return " ".join(self.dice.choices(WORDS, k=count))

    def fill(self, ns: str, rows: int, fuzzy: bool = False) -> None:
        """Rows of 40 words and 32 dimensions."""
        batch = [
            {
                "id": number,
                "text": self.words(40),
                "vector": [round(self.dice.gauss(0, 1), 4) for _ in range(32)],
            }
            for number in range(rows)
        ]
        schema = {"text": {"type": "string", "full_text_search": True, "fuzzy": fuzzy}}
        written = {"upsert_rows": batch, "schema": schema, "distance_metric": "cosine_distance"}
        self.call(f"/v2/namespaces/{ns}", written)

    def timed_ms(self, path: str, body: dict[str, Any]) -> float:
        begun = time.perf_counter()
        self.call(path, body)
        return (time.perf_counter() - begun) * 1e3


def quantile(times: list[float], share: float) -> float:
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]
