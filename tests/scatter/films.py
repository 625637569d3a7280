"""Rows with every kind of attribute, and questions about them."""

from __future__ import annotations

import random
import uuid
from typing import Any

WORDS = ["red", "fox", "lake", "river", "night", "storm", "city", "glass", "iron", "song"]
LANGUAGES = ["de", "en", "fr", "Ж", "日"]
SCHEMA = {
    "text": {"type": "string", "full_text_search": True},
    "rank": {"type": "uint"},
    "score": {"type": "float"},
    "seen": {"type": "datetime"},
    "key": {"type": "uuid"},
    "terms": {"type": "{}f16", "sparse_knn": {"distance_metric": "dot_product"}},
}


def row(seed: random.Random, row_id: Any) -> dict[str, Any]:
    """Most attributes are missing now and then; values repeat, so that ids must decide."""
    out: dict[str, Any] = {
        "id": row_id,
        "vector": [float(seed.randrange(4)), float(seed.randrange(4))],
        "text": " ".join(seed.choices(WORDS, k=seed.randrange(1, 6))),
        "rank": seed.choice([0, 1, 2, 2**63 + 5, 2**53 + 1]),
    }
    maybe: dict[str, Any] = {
        "n": seed.randrange(-3, 3),
        "lang": seed.choice(LANGUAGES),
        "flag": seed.random() < 0.5,
        "score": seed.choice([-1.5, 0.0, 0.25, 1e30]),
        "seen": f"2026-01-0{seed.randrange(1, 4)}T00:00:00.{seed.randrange(2)}Z",
        "key": str(uuid.UUID(int=seed.randrange(3))),
        "terms": {seed.choice("abc"): 0.5, seed.choice("abc"): 1.5},
    }
    out.update({name: value for name, value in maybe.items() if seed.random() < 0.7})
    return out


def rankings(seed: random.Random) -> list[Any]:
    word, other = seed.choice(WORDS), seed.choice(WORDS)
    vector = [float(seed.randrange(4)), 0.5]
    return [
        ["vector", "ANN", vector],
        ["vector", "kNN", vector],
        ["terms", "SparseKNN", {"a": 1.0, "b": 0.5}],
        ["text", "BM25", f"{word} {other}"],
        ["Sum", [["text", "BM25", word], ["Product", 2, ["lang", "Eq", "de"]]]],
        ["Max", [0, ["Attribute", "n"]]],
        ["Saturate", ["Attribute", "rank"], {"midpoint": 2}],
        ["lang", "Eq", "fr"],
        ["id", "asc"],
        ["id", "desc"],
        *[[name, way] for name in ("n", "lang", "flag", "score", "seen", "key") for way in ("asc", "desc")],
        [["lang", "desc"], ["n", "asc"]],
        [["flag", "asc"], ["rank", "desc"], ["id", "desc"]],
    ]


def filters(seed: random.Random, ids: list[Any]) -> list[Any]:
    some = seed.sample(ids, k=min(3, len(ids)))
    return [
        None,
        ["n", "Gte", -1],
        ["Or", [["lang", "In", ["de", "fr"]], ["flag", "Eq", None]]],
        ["id", "Eq", some[0]],
        ["And", [["id", "In", some], ["n", "NotEq", 0]]],
        ["id", "In", []],
    ]


def projections() -> list[dict[str, Any]]:
    return [
        {},
        {"include_attributes": ["text", "lang"]},
        {"include_attributes": True},
        {"include_attributes": False},
        {"exclude_attributes": ["vector", "lang", "n", "flag"]},
        {"include_attributes": ["vector"], "vector_encoding": "base64"},
    ]
