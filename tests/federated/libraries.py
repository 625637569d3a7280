"""Namespaces of books, and the question asked of several of them."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path
from typing import Any

from tests.documents.stack import Client, Reply

SCHEMA = {"text": {"type": "string", "full_text_search": True}, "year": "int"}
PATH = "/v2/query"
NEAR: list[Any] = ["vector", "ANN", [0.3, 0.7]]
FOX: list[Any] = ["text", "BM25", "fox"]


def seeded() -> random.Random:
    seed = int(os.environ.get("LAYER_SEED") or time.time_ns() % 1_000_000_000)
    print(f"       LAYER_SEED={seed}", flush=True)
    return random.Random(seed)


def book(dice: random.Random, number: int) -> dict[str, Any]:
    return {
        "id": number,
        "vector": [dice.random(), dice.random()],
        "text": " ".join(dice.choices(["red", "fox", "blue", "whale"], k=5)),
        "year": dice.randrange(1950, 2025),
    }


def write(client: Client, ns: str, rows: list[dict[str, Any]]) -> None:
    client.write(ns, {"upsert_rows": rows, "schema": SCHEMA, "distance_metric": "cosine_distance"})


def ask(client: Client, **members: Any) -> Reply:
    return client.call("POST", PATH, members)


def found(client: Client, **members: Any) -> Any:
    reply = ask(client, **members)
    assert reply.status == 200, (members, reply.body)
    return reply.json


def origins(answer: Any) -> list[tuple[str, int]]:
    return [(row["$namespace"], row["$rank"]) for row in answer["rows"]]


def write_profiles(folder: Path, dims: dict[str, int]) -> Path:
    """An Index with an embedding profile for each namespace."""
    folder.mkdir()
    for name, dim in dims.items():
        (folder / f"{name}.yaml").write_text(
            "apiVersion: hevlayer.com/v1\n"
            "kind: Index\n"
            f"metadata: {{name: {name}}}\n"
            "spec:\n"
            "  backend: {distanceMetric: cosine_distance}\n"
            f"  embedding: {{model: tiny, normalization: l2, outputDim: {dim}}}\n"
        )
    return folder
