"""The table that every benchmark fills: rows of ours against a peer, targets, JSON."""

from __future__ import annotations

import datetime
import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RELEASE = ROOT / "build" / "release"

Row = dict[str, Any]


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


class Table:
    def __init__(self, name: str) -> None:
        self.name = name
        self.rows: list[Row] = []
        self.targets: list[Row] = []

    def add(self, case: str, unit: str, ours: float, peer: str = "", theirs: float | None = None) -> None:
        ratio = None if not theirs else round(ours / theirs, 2)
        self.rows.append(
            {"case": case, "unit": unit, "ours": ours, "peer": peer, "theirs": theirs, "ratio": ratio}
        )
        beside = "" if theirs is None else f"   {peer}: {theirs:,.2f}   ratio {ratio}"
        say(f"  {case:58} {ours:>12,.2f} {unit}{beside}")

    def target(self, case: str, target: str, value: float, met: bool) -> None:
        self.targets.append({"case": case, "target": target, "value": value, "met": met})

    def finish(self, json_file: Path | None) -> None:
        """Writes the JSON where asked and prints which targets are met."""
        commit = subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
        )
        result = {
            "name": self.name,
            "machine": f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores",
            "date": datetime.date.today().isoformat(),
            "commit": commit.stdout.strip(),
            "rows": self.rows,
            "targets": self.targets,
        }
        if json_file:
            json_file.write_text(json.dumps(result, indent=1) + "\n")
        width = shutil.get_terminal_size((120, 20)).columns
        print("-" * min(width, 120))
        for target in self.targets:
            mark = "met    " if target["met"] else "NOT met"
            print(f"{mark} {target['case']}: {target['value']} (target {target['target']})")
