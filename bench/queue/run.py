"""Jobs and items of functions through the queue database: PostgreSQL, durable as it comes, beside the SQLite
file of one gateway; items also beside pg-boss on the same server."""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.table import RELEASE, Table
from tests.support.postgres import Postgres

PEER = Path(__file__).resolve().parent / "peer"
ITEMS_PER_S_MIN = 20_000  # on two cores, claimed and completed


def peer_speeds(url: str, items: int, batch: int, workers: int) -> dict[str, float]:
    """pg-boss, in a copy of its folder, so that the tree stays clean."""
    folder = RELEASE / "queue-peer"
    shutil.copytree(PEER, folder, dirs_exist_ok=True)
    subprocess.run(
        ["npm", "ci", "--no-audit", "--no-fund"], cwd=folder, check=True, capture_output=True, text=True
    )
    command = ["node", "peer.mjs", url, str(items), str(batch), str(workers)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return {line["case"]: line["value"] for line in lines}


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    table = Table("queue")
    with Postgres() as postgres, tempfile.TemporaryDirectory(prefix="layer-bench-queue-") as folder:
        command = [str(RELEASE / "queue_bench"), f"--directory={folder}", f"--postgres={postgres.url}"]
        command.append(f"--rounds={2 if options.quick else 20}")
        items, batch, workers = (20_000 if options.quick else 200_000), 1000, 4
        command += [f"--items={items}", f"--batch={batch}", f"--workers={workers}"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        peer = peer_speeds(postgres.url, items, batch, workers)
    speeds: dict[str, dict[str, float]] = {}
    units: dict[str, str] = {}
    for line in done.stdout.splitlines():
        found = json.loads(line)
        speeds.setdefault(found["case"], {})[found["kind"]] = found["value"]
        units[found["case"]] = found["unit"]
    for case, kinds in speeds.items():
        table.add(f"{case}, PostgreSQL", units[case], kinds["PostgreSQL"], "SQLite", kinds["SQLite"])
    for case, speed in peer.items():
        name = f"{case} in batches of {batch} by {workers}, PostgreSQL"
        table.add(name, "items/s", speeds[case]["PostgreSQL"], "pg-boss", speed)
    ours = speeds["claimed and completed"]["PostgreSQL"]
    table.target("items claimed and completed", f">= {ITEMS_PER_S_MIN}/s", ours, ours >= ITEMS_PER_S_MIN)
    table.finish(options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
