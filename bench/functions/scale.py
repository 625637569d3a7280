"""From no worker at all to the first row that is computed, by the gateway's own supervisor."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

from bench.functions.place import HERE, WORKER_PATH, Place, gateway
from bench.query.site import quantile
from bench.table import Table

FIRST_ROW_S_MAX = 1.0
WAIT_S = 60.0
NS = "docs"


def function() -> dict[str, object]:
    # Workers get few variables: the path of the client goes along in the command.
    environment = [f"{name}={value}" for name, value in WORKER_PATH.items()]
    return {
        "apiVersion": "hevlayer.com/v1alpha1",
        "kind": "Function",
        "metadata": {"name": "shout"},
        "spec": {
            "targetNamespaces": [NS],
            "inputs": ["title"],
            "triggers": ["write"],
            "worker": {"command": ["env", *environment, sys.executable, str(HERE / "shout.py")]},
            "scaling": {"replicas": {"min": 0, "max": 1}, "warmWindowSeconds": 0},
        },
    }


def wait_for(what: str, condition: object) -> None:
    deadline = time.monotonic() + WAIT_S
    while not condition():  # type: ignore[operator]
        if time.monotonic() > deadline:
            raise RuntimeError(f"not within {WAIT_S:.0f} s: {what}")
        time.sleep(0.005)


def computed(place: Place, number: int) -> bool:
    query = {
        "rank_by": ["id", "asc"],
        "top_k": 1,
        "filters": ["id", "Eq", number],
        "include_attributes": True,
    }
    rows = place.call(f"/v2/namespaces/{NS}/query", query)["rows"]
    return bool(rows) and rows[0].get("shout") is not None


def first_row_s(place: Place, number: int) -> float:
    wait_for("the workers to go", lambda: not place.children())
    begun = time.perf_counter()
    place.call(f"/v2/namespaces/{NS}", {"upsert_rows": [{"id": number, "title": "a title"}]})
    wait_for("the row to be computed", lambda: computed(place, number))
    return time.perf_counter() - begun


def measure(table: Table, quick: bool) -> None:
    with tempfile.TemporaryDirectory(prefix="layer-bench-resources-") as folder:
        (Path(folder) / "shout.json").write_text(json.dumps(function()))
        with gateway(quick, Path(folder)) as place:
            wait_for("the function", lambda: place.ask("GET", "/v2/udfs/shout") is not None)
            first_row_s(place, 0)
            times = [first_row_s(place, number) for number in range(1, 6 if quick else 21)]
    table.add("scale from zero to the first row, p50", "ms", 1e3 * quantile(times, 0.5))
    table.add("scale from zero to the first row, slowest", "ms", 1e3 * max(times))
    middle = quantile(times, 0.5)
    table.target(
        "scale from zero to the first row",
        f"<= {FIRST_ROW_S_MAX:.0f} s",
        round(middle, 2),
        middle <= FIRST_ROW_S_MAX,
    )
