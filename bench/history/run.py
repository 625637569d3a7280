"""Search history in process, beside SQLite taking the same records as rows with an index on time."""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.table import RELEASE, Table

# What an application does that logs its queries into a database: a transaction of this many rows.
ROWS_PER_COMMIT = 1000


def sqlite(folder: Path, records: int, line_bytes: int) -> tuple[float, float]:
    """Rows a second, and bytes of the file per row."""
    random.seed(7)
    path = folder / "history.db"
    database = sqlite3.connect(path)
    database.executescript(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
        "CREATE TABLE records(at INTEGER, id TEXT, json TEXT); CREATE INDEX by_time ON records(at, id);"
    )
    filler = "".join(random.choices("abcdefghijklmnopqrstuvwxyz", k=line_bytes))
    begun = time.perf_counter()
    for first in range(0, records, ROWS_PER_COMMIT):
        rows = ((at, f"{at:032x}", filler) for at in range(first, min(records, first + ROWS_PER_COMMIT)))
        with database:
            database.executemany("INSERT INTO records VALUES (?, ?, ?)", rows)
    took = time.perf_counter() - begun
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return records / took, path.stat().st_size / records


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    records = 100_000 if options.quick else 1_000_000
    table = Table("history")
    with tempfile.TemporaryDirectory(prefix="layer-bench-history-") as name:
        folder = Path(name)
        command = [str(RELEASE / "history_bench"), f"--directory={folder}/layer", f"--records={records}"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        ours = {}
        for line in done.stdout.splitlines():
            found = json.loads(line)
            ours[found["case"], found["unit"]] = float(found["value"])
        rows_per_second, row_bytes = sqlite(folder, records, round(ours["a line of JSON", "bytes"]))
    for (case, unit), value in ours.items():
        if unit == "records/s" and case != "scan":
            table.add(case, unit, value, "SQLite", rows_per_second)
        elif unit == "bytes/query":
            table.add(case, unit, value, "SQLite", row_bytes)
        else:
            table.add(case, unit, value)
    table.finish(options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
