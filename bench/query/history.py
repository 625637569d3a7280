"""Queries a second with search history kept, beside the same gateway without it."""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import tempfile
from pathlib import Path

from bench.proxy import peers as servers
from bench.query.site import Site
from bench.table import RELEASE, Table

ROWS = 2_000
CONNECTIONS = 8
SECONDS = 2.0
SLOWER_AT_MOST = 0.03


def rate(port: int, script: Path) -> float:
    """Queries a second, as fast as they are answered."""
    load_core = min(os.sched_getaffinity(0))
    command = ["taskset", "-c", str(load_core), servers.program("wrk"), "-t1", f"-c{CONNECTIONS}"]
    command += [f"-d{SECONDS:g}s", "-s", str(script), f"http://127.0.0.1:{port}/v2/namespaces/shop/query"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    if found is None or "Non-2xx" in done.stdout:
        raise RuntimeError(done.stdout)
    return float(found[1])


def script_of(folder: Path, name: str, body: dict[str, object]) -> Path:
    script = folder / f"{name}.lua"
    script.write_text(
        f"wrk.method = 'POST'\nwrk.body = [==[{json.dumps(body)}]==]\n"
        "wrk.headers['x-hevlayer-client-id'] = 'bench'\n"
        "wrk.headers['x-hevlayer-search-query'] = 'what somebody typed'\n"
    )
    return script


def measure(table: Table, site: Site) -> None:
    rounds = 3 if site.rounds <= 100 else 7
    with tempfile.TemporaryDirectory(prefix="layer-bench-history-") as name:
        folder = Path(name)
        vector = [round(site.dice.gauss(0, 1), 4) for _ in range(32)]
        bodies: dict[str, dict[str, object]] = {
            "words, 10 rows": {"rank_by": ["text", "BM25", site.words(2)], "top_k": 10},
            "vector, 10 rows with texts": {
                "rank_by": ["vector", "ANN", vector],
                "top_k": 10,
                "include_attributes": ["text"],
            },
        }
        ports = {"on": servers.free_port(), "off": servers.free_port()}
        core = max(os.sched_getaffinity(0))
        running = []
        try:
            for history, port in ports.items():
                command = [str(RELEASE / "layer"), "up", str(folder / history), f"--listen=127.0.0.1:{port}"]
                command += [
                    "--admin-listen=none",
                    "--access-log=false",
                    "--drain-delay=0s",
                    f"--history={history}",
                ]
                running.append(servers.Peer(history, command, port, core).__enter__())
                Site(port, True).fill("shop", ROWS)
            for title, body in bodies.items():
                script = script_of(folder, title.split(",")[0], body)
                rates: dict[str, list[float]] = {"on": [], "off": []}
                for turn in range(2 * rounds + 2):
                    history = ("on", "off")[(turn + turn // 2) % 2]  # on off off on on off ...
                    measured = rate(ports[history], script)
                    if turn >= 2:  # the first of each warms up
                        rates[history].append(measured)
                kept, without = statistics.median(rates["on"]), statistics.median(rates["off"])
                case = f"queries with history, {title}"
                table.add(case, "/s", kept, "history off", without)
                goal = f">= {1 - SLOWER_AT_MOST:.2f} of it off"
                table.target(case, goal, round(kept / without, 3), kept >= (1 - SLOWER_AT_MOST) * without)
        finally:
            for peer in running:
                peer.__exit__(None, None, None)
