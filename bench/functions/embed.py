"""Vectors by the model of examples/embed. At its end it prints how long it was inside the function."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from layer.worker import worker

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
sys.path.insert(0, str(EXAMPLES / "embed"))

from static_model import StaticModel  # noqa: E402

MODEL = StaticModel(EXAMPLES / "static-model")
inside_s = 0.0


def vector_of(text: str) -> list[float]:
    """Zeros for a text of which the model knows no word."""
    vector: list[float] = MODEL.embed(text)
    return vector or [0.0] * int(MODEL.dims)


@worker(kind="embedding", batch=True)
def embed(text: list[str]) -> list[list[float]]:
    """The vectors of texts."""
    global inside_s
    begun = time.perf_counter()
    vectors = [vector_of(each) for each in text]
    inside_s += time.perf_counter() - begun
    return vectors


if __name__ == "__main__":
    try:
        embed.run()
    finally:
        print(json.dumps({"inside_s": inside_s}), flush=True)
