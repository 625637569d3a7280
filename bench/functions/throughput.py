"""A function that does next to nothing over every row, beside plain patches of the same rows."""

from __future__ import annotations

import statistics
import time

from bench.functions.place import BATCH, Place, run_workers
from bench.table import Table, say

FILL = 10_000
NS = "rows"
FLAT_MB = 64  # growth of memory over a run that is none


def fill(place: Place, rows: int) -> list[str]:
    titles = []
    for first in range(0, rows, FILL):
        batch = []
        for number in range(first, min(first + FILL, rows)):
            titles.append(place.words(3))
            batch.append({"id": number, "title": titles[-1], "text": place.words(20)})
        place.call(f"/v2/namespaces/{NS}", {"upsert_rows": batch})
    return titles


def plain_patches(place: Place, titles: list[str]) -> float:
    """Rows a second."""
    spent = 0.0
    for first in range(0, len(titles), BATCH):
        rows = [
            {"id": first + at, "plain": title.upper()}
            for at, title in enumerate(titles[first : first + BATCH])
        ]
        begun = time.perf_counter()
        place.call(f"/v2/namespaces/{NS}", {"patch_rows": rows})
        spent += time.perf_counter() - begun
    return len(titles) / spent


def measure(table: Table, place: Place) -> None:
    rows = 50_000 if place.quick else 1_000_000
    say(f"  {rows:,} rows")
    titles = fill(place, rows)
    limit = plain_patches(place, titles)
    table.add(f"plain patches of {rows:,} rows, {BATCH} a write", "rows/s", limit)
    for version, workers in (("v1", 1), ("v2", 2)):
        spec = {"target_namespaces": [NS], "inputs": ["title"], "version": version}
        place.register("shout", spec)
        begun = time.perf_counter()
        found = place.discover("shout")
        assert found == rows, found
        table.add(f"rows found, {version}", "rows/s", rows / (time.perf_counter() - begun))
        work = run_workers(place, "shout", "shout.py", workers)
        name = f"function over {rows:,} rows, {workers} worker{'s'[: workers - 1]}"
        table.add(name, "rows/s", rows / work.seconds, "plain patches", limit)
        table.add("  of that outside the function", "%", 100 * (1 - work.inside_s / workers / work.seconds))
        table.add("  processor time of the gateway", "us/row", 1e6 * work.gateway_s / rows)
        quarter = work.memory_mb[len(work.memory_mb) // 4 :]
        half = len(quarter) // 2
        growth = statistics.median(quarter[half:]) - statistics.median(quarter[:half]) if half else 0.0
        table.add("  memory of the gateway at the end", "MB", work.memory_mb[-1])
        table.target(
            f"growth of memory within the run, {workers} at work",
            f"<= {FLAT_MB} MB",
            round(growth, 1),
            growth <= FLAT_MB,
        )
    done = place.call(
        f"/v2/namespaces/{NS}/query", {"aggregate_by": {"n": ["Count"]}, "filters": ["shout", "NotEq", None]}
    )
    assert done["aggregations"]["n"] == rows, done
