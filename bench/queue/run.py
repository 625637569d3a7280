"""Jobs through the queue database: PostgreSQL, durable as it comes, beside the SQLite file of one gateway."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.table import RELEASE, Table
from tests.support.postgres import Postgres


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    table = Table("queue")
    with Postgres() as postgres, tempfile.TemporaryDirectory(prefix="layer-bench-queue-") as folder:
        command = [str(RELEASE / "queue_bench"), f"--directory={folder}", f"--postgres={postgres.url}"]
        command.append(f"--rounds={2 if options.quick else 20}")
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    speeds: dict[str, dict[str, float]] = {}
    for line in done.stdout.splitlines():
        found = json.loads(line)
        speeds.setdefault(found["case"], {})[found["kind"]] = found["value"]
    for case, kinds in speeds.items():
        table.add(f"{case}, PostgreSQL", "jobs/s", kinds["PostgreSQL"], "SQLite", kinds["SQLite"])
    table.finish(options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
