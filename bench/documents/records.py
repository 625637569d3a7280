"""The record stores of the document cache in process, as build/release/records_bench measures them."""

from __future__ import annotations

import json
import subprocess
import tempfile

from bench.table import RELEASE, Table

# The budget of a fetch that the cache answers, without HTTP.
HIT_P50_US_MAX = 100.0


def measure(table: Table, quick: bool) -> None:
    """Adds a row for each figure, and the target of a hit on disk."""
    records = 20_000 if quick else 1_000_000
    reads = 10_000 if quick else 200_000
    with tempfile.TemporaryDirectory(prefix="layer-records-") as directory:
        command = [
            str(RELEASE / "records_bench"),
            f"--directory={directory}",
            f"--records={records}",
            f"--reads={reads}",
        ]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    for line in output.splitlines():
        figure = json.loads(line)
        table.add(figure["case"], figure["unit"], figure["value"])
        if figure["case"] == "disk: get hit p50":
            value = figure["value"]
            table.target(figure["case"], f"<= {HIT_P50_US_MAX:.0f} us", value, value <= HIT_P50_US_MAX)
