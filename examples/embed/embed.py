"""Embeds the chunks of documents with a small model that needs no server."""

from __future__ import annotations

from pathlib import Path

from layer.worker import PermanentError, worker
from static_model import StaticModel

MODEL = StaticModel(Path(__file__).resolve().parent.parent / "static-model")


@worker(kind="embedding")
def embed(text: str) -> list[float]:
    """The vector of a text."""
    vector: list[float] = MODEL.embed(text)
    if not vector:
        raise PermanentError("the model knows no word of this text")
    return vector


if __name__ == "__main__":
    embed.run()
