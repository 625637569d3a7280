"""The scans benchmark: ids, counts, values and exports of the engine, in process and over HTTP, beside
SQLite, DuckDB and what loopback gives.

usage: run.py [--quick] [--json FILE]      (through bench/run scans)
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from functools import partial
from pathlib import Path

from bench.proxy import peers as servers
from bench.scans import peers
from bench.table import RELEASE, Table

THREADS = 8
ROUNDS = 3
SERVER_CORE = max(os.sched_getaffinity(0))
LOAD_CORE = min(os.sched_getaffinity(0))
QUERY = "/v2/namespaces/scans/query"
TARGETS = {
    "ids in process": (">= 1,000,000/s", lambda value: value >= 1_000_000),
    "count of a filter that 1 % pass": ("<= 20 ms", lambda value: value <= 20),
    "values of a field with 1,000": ("<= 200 ms", lambda value: value <= 200),
    "export pages, growth of resident memory": ("<= 64 MB", lambda value: value <= 64),
}
# What the peers are asked: case, query, its values.
HALF = peers.NUMBERS // 2
QUESTIONS: list[tuple[str, str, list[object]]] = [
    (
        "count of a filter that 1 % pass",
        "SELECT count(*) FROM rows WHERE number < ?",
        [peers.NUMBERS // 100],
    ),
    ("count of a filter that half pass", "SELECT count(*) FROM rows WHERE number < ?", [HALF]),
    ("count of all rows", "SELECT count(*) FROM rows", []),
    ("values of a field with 1,000", "SELECT kind, count(*) FROM rows GROUP BY kind ORDER BY kind", []),
    (
        "values of a field with 1,000, filter that half pass",
        "SELECT kind, count(*) FROM rows WHERE number < ? GROUP BY kind ORDER BY kind",
        [HALF],
    ),
]
ARRAY = "SELECT tag, count(*) FROM (SELECT unnest(tags) AS tag FROM rows) GROUP BY tag ORDER BY tag"

Answers = dict[str, dict[str, float]]  # by case, by unit


def ours(folder: Path, rows: int) -> Answers:
    command = [str(RELEASE / "scans_bench"), f"--directory={folder}", f"--rows={rows}"]
    subprocess.run([*command, "--prepare"], check=True)
    done = subprocess.run(
        ["taskset", "-c", str(SERVER_CORE), *command], stdout=subprocess.PIPE, text=True, check=True
    )
    answers: Answers = {}
    for line in done.stdout.splitlines():
        found = json.loads(line)
        answers.setdefault(found["case"], {})[found["unit"]] = found["value"]
    return answers


def in_process(table: Table, folder: Path, rows: int) -> None:
    answers = ours(folder / "engine", rows)
    sqlite, duck = peers.Sqlite(folder, rows), peers.DuckDb(rows)
    theirs: Answers = {"ids in process": {sqlite.name: sqlite.ids_per_second()}}
    for case, query, values in QUESTIONS:
        theirs[case] = {
            sqlite.name: peers.best_ms(partial(sqlite.ask, query, *values)),
            duck.name: peers.best_ms(partial(duck.ask, query, *values)),
        }
    theirs["values of an array field with 200"] = {duck.name: peers.best_ms(partial(duck.ask, ARRAY))}
    sqlite.close()
    duck.close()
    for case, units in answers.items():
        for unit, value in units.items():
            label = f"{case}, {rows:,} rows"
            for peer, measured in theirs.get(case, {"": 0.0}).items():
                table.add(label, unit, value, peer, measured or None)
            if case in TARGETS:
                target, met = TARGETS[case]
                table.target(label, target, round(value, 3), met(value))


def page_body(page: int, after: int | None) -> bytes:
    body: dict[str, object] = {"rank_by": ["id", "asc"], "limit": page}
    if after is not None:
        body["filters"] = ["id", "Gt", after]
    return json.dumps(body).encode()


def ids_of_server(port: int, rows: int, path: str = QUERY) -> tuple[float, float]:
    """Rows and bytes a second when each of the threads pages through the whole namespace."""
    sizes = [0] * THREADS
    counts = [0] * THREADS

    def walk(at: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        after: int | None = None
        while counts[at] < rows:
            connection.request("POST", path, page_body(peers.PAGE, after))
            answer = connection.getresponse()
            page = answer.read()
            if answer.status != 200:
                raise RuntimeError(f"{answer.status}: {page[:300]!r}")
            found = page.count(b'{"id":')
            counts[at] += found
            sizes[at] += len(page)
            if found < peers.PAGE:
                break
            start = page.rindex(b'{"id":') + 6
            after = int(page[start : page.index(b"}", start)])
        connection.close()

    threads = [threading.Thread(target=walk, args=(at,)) for at in range(THREADS)]
    begun = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.monotonic() - begun
    if counts != [rows] * THREADS:
        raise RuntimeError(f"the threads found {counts} ids, not {rows} each")
    return sum(counts) / seconds, sum(sizes) / seconds


def sample_page(port: int) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    connection.request("POST", QUERY, page_body(peers.PAGE, None))
    page = connection.getresponse().read()
    connection.close()
    return page


def over_http(table: Table, folder: Path, rows: int) -> None:
    """`layer store` on one core, the clients on the other; nginx sends the same page from memory."""
    port = servers.free_port()
    command = [str(RELEASE / "layer"), "store", str(folder / "engine"), f"--listen=127.0.0.1:{port}"]
    command += ["--access-log=false", "--drain-delay=0s"]
    with servers.Peer("store", command, port, SERVER_CORE):
        page = sample_page(port)
        (folder / "pages").mkdir()
        (folder / "pages" / "page").write_bytes(page)
        static = f"""
  server {{
    listen 127.0.0.1:PORT backlog=4096;
    location / {{ root {folder}/pages; error_page 405 =200 /page; try_files /page =404; }}
  }}"""
        with servers.nginx(folder, "static", SERVER_CORE, static) as limit:
            best, size = max(ids_of_server(port, rows) for _ in range(ROUNDS))
            fixed = rows // peers.PAGE * peers.PAGE
            reached, _ = max(ids_of_server(limit.port, fixed, "/page") for _ in range(ROUNDS))
    label = f"ids over HTTP, {THREADS} threads, pages of {peers.PAGE:,}"
    table.add(label, "ids/s", best, "nginx sending one page from a file", reached)
    table.add(label, "MB/s", size / 1e6)
    table.target(label, ">= 300,000/s", round(best), best >= 300_000)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    table = Table("scans")
    sizes = [100_000] if options.quick else [100_000, 1_000_000]
    for rows in sizes:
        with tempfile.TemporaryDirectory(prefix="layer-bench-scans-") as name:
            in_process(table, Path(name), rows)
            if rows == sizes[-1]:
                over_http(table, Path(name), rows)
    table.finish(options.json)
    return 0


if __name__ == "__main__":
    os.sched_setaffinity(0, {LOAD_CORE})
    sys.exit(main())
