"""Loads the films into a store: load.py [--url URL] [--api-key KEY] [--namespace NAME] [--no-embeddings]

With embeddings (the default) each film gets a 384-dimension vector of all-MiniLM-L6-v2, computed here and
kept in --cache so that the next start is quick.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import turbopuffer
from films import SCHEMA, Film, read_films

if TYPE_CHECKING:
    from collections.abc import Sequence

ROWS_PER_WRITE = 2000


class Progress:
    """A bar on a terminal, a line every ten per cent elsewhere."""

    def __init__(self, label: str, total: int) -> None:
        self.label, self.total, self.done, self.shown = label, total, 0, -1
        self.started = time.monotonic()

    def add(self, count: int) -> None:
        self.done += count
        percent = 100 * self.done // max(self.total, 1)
        seconds = time.monotonic() - self.started
        left = seconds / self.done * (self.total - self.done)
        text = f"{self.label}: {self.done:,} of {self.total:,}"
        if sys.stderr.isatty():
            bar = "█" * (percent // 4) + "░" * (25 - percent // 4)
            end = "\n" if self.done >= self.total else ""
            print(f"\r{bar} {text}, {left:.0f} s left  ", end=end, file=sys.stderr, flush=True)
        elif percent // 10 > self.shown:
            self.shown = percent // 10
            print(f"  {text} ({percent} %)", file=sys.stderr, flush=True)


def embeddings(films: Sequence[Film], cache: Path) -> list[list[float]]:
    """One vector a film, from the cache file when it fits."""
    import numpy as np
    from minilm import DIMS, embed

    if cache.exists():
        kept = np.load(cache)
        if kept.shape == (len(films), DIMS):
            print(f"  embeddings: {len(films):,} from {cache}", file=sys.stderr)
            return [row.tolist() for row in kept]
    progress = Progress("embedding", len(films))
    vectors = embed([film.text for film in films], progress.add)
    cache.parent.mkdir(parents=True, exist_ok=True)
    np.save(cache, vectors)
    return [row.tolist() for row in vectors]


def rows(films: Sequence[Film], vectors: Sequence[list[float]] | None) -> Iterator[dict[str, Any]]:
    for index, film in enumerate(films):
        row = {"id": film.id, **film.attributes}
        if vectors is not None:
            row["vector"] = vectors[index]
        yield row


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8080")
    parser.add_argument("--api-key", default=os.environ.get("TURBOPUFFER_API_KEY", "local"))
    parser.add_argument("--namespace", default="films")
    parser.add_argument("--no-embeddings", action="store_true")
    parser.add_argument("--cache", type=Path, default=Path("build/films-minilm.npy"))
    options = parser.parse_args()

    films = read_films()
    vectors = None if options.no_embeddings else embeddings(films, options.cache)
    client = turbopuffer.Turbopuffer(api_key=options.api_key, base_url=options.url)
    namespace = client.namespace(options.namespace)
    if namespace.exists():
        namespace.delete_all()
    schema = dict(SCHEMA)
    extra: dict[str, Any] = {}
    if vectors is not None:
        schema["vector"] = {"type": f"[{len(vectors[0])}]f32", "ann": True}
        extra["distance_metric"] = "cosine_distance"
    progress = Progress("loading", len(films))
    batch: list[dict[str, Any]] = []
    for row in rows(films, vectors):
        batch.append(row)
        if len(batch) == ROWS_PER_WRITE:
            namespace.write(upsert_rows=batch, schema=schema, **extra)
            progress.add(len(batch))
            batch = []
    if batch:
        namespace.write(upsert_rows=batch, schema=schema, **extra)
        progress.add(len(batch))
    return 0


if __name__ == "__main__":
    sys.exit(main())
