"""Vectors of the films computed anew by a real model, beside the model alone over the same texts, and beside
plain writes of the same rows: a row that gets a vector is written whole."""

from __future__ import annotations

import sys
import time

from bench.functions.place import WORKER_PATH, Place, run_workers
from bench.table import ROOT, Table

sys.path += [WORKER_PATH["PYTHONPATH"], str(ROOT / "examples" / "films")]

from films import SCHEMA, Film, read_films  # noqa: E402

from bench.functions.embed import MODEL, vector_of  # noqa: E402

BATCH = 256
NS = "films"
QUICK_FILMS = 4_000


def fill(place: Place, films: list[Film]) -> float:
    """Rows a second."""
    placeholder = [1.0] + [0.0] * (MODEL.dims - 1)
    schema = {**SCHEMA, "vector": {"type": f"[{MODEL.dims}]f32", "ann": True}}
    spent = 0.0
    for first in range(0, len(films), BATCH):
        rows = [
            {"id": film.id, "vector": placeholder, **film.attributes, "text": film.text}
            for film in films[first : first + BATCH]
        ]
        begun = time.perf_counter()
        written = {"upsert_rows": rows, "schema": schema, "distance_metric": "cosine_distance"}
        place.call(f"/v2/namespaces/{NS}", written)
        spent += time.perf_counter() - begun
    return len(films) / spent


def measure(table: Table, place: Place) -> None:
    films = read_films()[: QUICK_FILMS if place.quick else None]
    plain = fill(place, films)
    begun = time.perf_counter()
    for film in films:
        vector_of(film.text)
    alone = len(films) / (time.perf_counter() - begun)
    for version, workers in (("1", 1), ("2", 2)):
        place.register("embed", {"target_namespaces": [NS], "inputs": ["text"], "version": version})
        assert place.discover("embed") == len(films)
        work = run_workers(place, "embed", "embed.py", workers, BATCH)
        name = f"{len(films):,} films embedded anew, {workers} at work"
        speed = len(films) / work.seconds
        table.add(name, "rows/s", speed, "the model alone, once", alone)
        table.add("  beside writes without a model", "rows/s", speed, "plain upserts", plain)
        outside = 100 * (1 - work.inside_s / workers / work.seconds)
        table.add("  of that outside the function", "%", outside)
        table.add("  processor time of the gateway", "us/row", 1e6 * work.gateway_s / len(films))
