"""The engine benchmark: ours and the peers in turn, one core each, joined into one table.

usage: run.py [--quick] [--json FILE]      (through bench/run engine)
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.table import RELEASE, ROOT, Row, Table, say

HERE = ROOT / "bench" / "engine"
DATA = ROOT / "build" / "bench-data"
NAME = "wordnet-minilm-384"
RECALLS = (0.95, 0.99)
FILTERS = (0.0, 99.0)
QUERIES = 1000


def pinned(command: list[str]) -> list[Row]:
    """Runs a benchmark on the last core and reads its JSON lines."""
    core = str(max(os.sched_getaffinity(0)))
    done = subprocess.run(["taskset", "-c", core, *command], stdout=subprocess.PIPE, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def prepare() -> tuple[Path, Path]:
    """Vectors and texts, made once: real sentences, real embeddings."""
    vectors, texts = DATA / f"{NAME}.f32", DATA / f"{NAME}.txt"
    if not vectors.exists():
        say("embedding WordNet's glosses (about five minutes, once)")
        subprocess.run([sys.executable, ROOT / "bench/data/embeddings.py", "--out", DATA], check=True)
    return vectors, texts


def query_log(texts: Path) -> Path:
    """1 to 4 words of a random gloss each: frequent and rare words as they occur."""
    path = DATA / "queries.txt"
    if not path.exists():
        pick = random.Random(1)
        lines = texts.read_text(encoding="utf-8").splitlines()
        queries: list[str] = []
        while len(queries) < QUERIES:
            words = re.findall(r"[a-z]{2,}", pick.choice(lines).lower())
            if len(words) >= 4:
                queries.append(" ".join(pick.sample(words, pick.randint(1, 4))))
        path.write_text("\n".join(queries) + "\n", encoding="utf-8")
    return path


def repeated(texts: Path, rows: int) -> Path:
    """A file of `rows` texts: the glosses, again and again with shuffled words where there are too few."""
    lines = texts.read_text(encoding="utf-8").splitlines()
    if rows <= len(lines):
        return texts
    path = DATA / f"texts-{rows}.txt"
    if not path.exists():
        pick = random.Random(2)
        with path.open("w", encoding="utf-8") as out:
            for number in range(rows):
                words = lines[number % len(lines)].split()
                if number >= len(lines):
                    words += lines[pick.randrange(len(lines))].split()
                    words = pick.sample(words, len(words) // 2)
                out.write(" ".join(words) + "\n")
    return path


def at_recall(rows: list[Row], recall: float) -> dict[str, Row]:
    """Engine -> its fastest row that reaches the recall."""
    best: dict[str, Row] = {}
    for row in rows:
        name = row["engine"]
        if row["recall"] >= recall and (name not in best or row["qps"] > best[name]["qps"]):
            best[name] = row
    return best


def vectors_case(table: Table, vectors: Path, rows: int) -> None:
    for filtered in FILTERS:
        arguments = ["--vectors", str(vectors), "--dims", "384", "--rows", str(rows)]
        arguments += ["--queries", str(QUERIES), "--filter", str(filtered)]
        ours = pinned([str(RELEASE / "vector_bench"), *arguments])
        peers = pinned([sys.executable, str(HERE / "vector_peers.py"), *arguments])
        for recall in RECALLS:
            mine = at_recall(ours, recall)
            theirs = at_recall(peers, recall)
            if not mine or not theirs:
                say(f"  nobody to compare at recall {recall} with {filtered:g} % filtered")
                continue
            best = max(mine.values(), key=lambda row: float(row["qps"]))
            case = f"ANN {rows:,} x 384, {filtered:g} % filtered, recall@10 {recall}"
            for name, row in sorted(theirs.items(), key=lambda item: -float(item[1]["qps"])):
                table.add(case, "queries/s", best["qps"], name, row["qps"])
            strongest = max(float(row["qps"]) for row in theirs.values())
            ratio = round(best["qps"] / strongest, 2)
            if recall == RECALLS[0] or filtered > 0:
                table.target(case, ">= 1.0 of the best peer", ratio, ratio >= 1.0)
        if filtered == 0.0 and ours:
            for key, unit in (("build_s", "s"), ("bytes_per_row", "bytes/row")):
                table.add(f"ANN {rows:,} x 384, {unit} to build or keep", unit, ours[0][key])
                for name, row in sorted(at_recall(peers, 0.0).items()):
                    table.add(
                        f"ANN {rows:,} x 384, {unit} to build or keep", unit, ours[0][key], name, row[key]
                    )


def text_case(table: Table, texts: Path, queries: Path, rows: int) -> None:
    source = repeated(texts, rows)
    arguments = ["--texts", str(source), "--queries", str(queries), "--rows", str(rows)]
    with tempfile.TemporaryDirectory(dir=DATA) as folder:
        bench = [str(RELEASE / "engine_bench"), "text", *arguments]
        ours = pinned([*bench, "--directory", folder])
    peers = pinned([sys.executable, str(HERE / "text_peer.py"), *arguments])
    for mine, peer in zip(ours, peers, strict=True):
        case = f"{mine['case']}, {rows:,} texts"
        table.add(case, "queries/s", mine["qps"], "tantivy", peer["qps"])
        ratio = round(mine["qps"] / peer["qps"], 2)
        table.target(case, ">= 0.5 of tantivy", ratio, ratio >= 0.5)
    table.add(f"text, {rows:,}: load", "s", ours[0]["load_s"], "tantivy", peers[0]["load_s"])
    table.add(
        f"text, {rows:,}: on disk",
        "bytes/row",
        ours[0]["bytes_per_row"],
        "tantivy",
        peers[0]["bytes_per_row"],
    )


def fsync_limit(folder: Path) -> float:
    """How many appends of 4 KiB with fsync this disk does in a second: the limit of one writer."""
    import time

    path = folder / "fsync-probe"
    count = 0
    with path.open("wb") as out:
        until = time.monotonic() + 2
        while time.monotonic() < until:
            out.write(b"x" * 4096)
            out.flush()
            os.fdatasync(out.fileno())
            count += 1
    path.unlink()
    return count / 2


def in_process(table: Table, quick: bool) -> None:
    bench = str(RELEASE / "engine_bench")
    limit = fsync_limit(DATA)
    for clients, rows in ((1, 1), (16, 1), (1, 1000), (16, 1000)):
        with tempfile.TemporaryDirectory(dir=DATA) as folder:
            arguments = ["--clients", str(clients), "--rows-per-request", str(rows)]
            arguments += ["--seconds", "2" if quick else "5", "--directory", folder]
            done = subprocess.run([bench, "write", *arguments], stdout=subprocess.PIPE, text=True, check=True)
            found = json.loads(done.stdout)
        label = f"writes, {clients} clients, {rows} rows of 1 KiB a request"
        if rows == 1:
            table.add(label, "requests/s", found["requests_per_s"], "fsync alone, one writer", limit)
        else:
            table.add(label, "rows/s", found["rows_per_s"])
            table.add(label, "MB/s", found["mb_per_s"])
    rows = 100_000 if quick else 1_000_000
    with tempfile.TemporaryDirectory(dir=DATA) as folder:
        arguments = [bench, "open", "--rows", str(rows), "--directory", folder]
        subprocess.run([*arguments, "--prepare"], check=True)
        found = json.loads(subprocess.run(arguments, stdout=subprocess.PIPE, text=True, check=True).stdout)
        table.add(f"open {rows:,} rows, to the first answer", "ms", found["first_answer_ms"])
        table.target(
            "open to first answer", "<= 300 ms", found["first_answer_ms"], found["first_answer_ms"] <= 300
        )
        table.add(f"open {rows:,} rows, resident", "MB", found["resident_mb"])
    count = 1000 if quick else 10_000
    with tempfile.TemporaryDirectory(dir=DATA) as folder:
        arguments = [bench, "namespaces", "--count", str(count), "--directory", folder]
        found = json.loads(subprocess.run(arguments, stdout=subprocess.PIPE, text=True, check=True).stdout)
        for key, unit in (
            ("create_s", "s"),
            ("reopen_ms", "ms"),
            ("touch_all_s", "s"),
            ("resident_mb", "MB"),
        ):
            table.add(f"{count:,} namespaces, {key.rpartition('_')[0]}", unit, found[key])


def idle_process(table: Table) -> None:
    """Resident memory of `layer store` that has answered nothing yet, and its start."""
    import time
    import urllib.error
    import urllib.request

    with tempfile.TemporaryDirectory(dir=DATA) as folder:
        port_file = Path(folder) / "port"
        started = time.monotonic()
        command = [str(RELEASE / "layer"), "store", f"{folder}/rows", "--listen=127.0.0.1:0"]
        process = subprocess.Popen(
            [*command, f"--port-file={port_file}"], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        try:
            while not (port_file.exists() and port_file.read_text().strip()):
                time.sleep(0.001)
            url = f"http://127.0.0.1:{port_file.read_text().strip()}/v1/namespaces"
            with urllib.request.urlopen(url, timeout=10) as answer:
                answer.read()
            milliseconds = (time.monotonic() - started) * 1e3
            status = Path(f"/proc/{process.pid}/status").read_text()
            resident = int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) / 1000
        finally:
            process.terminate()
            process.wait()
    table.add("process start to first answer", "ms", round(milliseconds, 1))
    table.target("process start to first answer", "<= 300 ms", round(milliseconds, 1), milliseconds <= 300)
    table.add("idle process, resident", "MB", round(resident, 1))
    table.target("idle process", "<= 60 MB", round(resident, 1), resident <= 60)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    DATA.mkdir(parents=True, exist_ok=True)
    vectors, texts = prepare()
    queries = query_log(texts)
    table = Table("engine")
    sizes = [10_000] if options.quick else [10_000, 100_000, 1_000_000]
    steps: list[Callable[[], None]] = [lambda: idle_process(table), lambda: in_process(table, options.quick)]
    for step in steps:
        step()
    for rows in sizes:
        text_case(table, texts, queries, rows)
        vectors_case(table, vectors, rows)
    table.finish(options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
