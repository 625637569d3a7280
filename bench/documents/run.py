"""The documents benchmark: reads by id from the cache, in process and over HTTP, beside memcached and Redis
with the same bytes, one core for the server and the other for the load; calls that a cold read costs.

usage: run.py [--quick] [--json FILE]      (through bench/run documents)
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.proxy import peers
from bench.table import RELEASE, Table

ROUNDS = 3
DOCUMENTS = 10_000
BYTES = 1000  # of the text of a row, so that an answer is about 1 KiB
SERVER_CORE = max(os.sched_getaffinity(0))
LOAD_CORE = min(os.sched_getaffinity(0))
TARGET_PER_SECOND = 60_000
NS = "/v2/namespaces/docs"


def row(number: int) -> dict[str, object]:
    text = f"{number:08d} " * (BYTES // 9)
    return {"id": number, "title": f"row {number}", "year": 1900 + number % 120, "text": text}


def call(port: int, method: str, path: str, body: object = None) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    connection.request(method, path, None if body is None else json.dumps(body))
    answer = connection.getresponse()
    answer.data = answer.read()  # type: ignore[attr-defined]
    if answer.status != 200:
        raise RuntimeError(f"{method} {path}: {answer.status} {answer.data[:300]!r}")  # type: ignore[attr-defined]
    return answer


def load(protocol: str, port: int, seconds: float, documents: int = DOCUMENTS) -> dict[str, float]:
    command = ["taskset", "-c", str(LOAD_CORE), str(RELEASE / "closed_loop"), "--protocol", protocol]
    command += ["--port", str(port), "--seconds", f"{seconds:g}", "--documents", str(documents)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    if found["wrong"]:
        raise RuntimeError(f"{found['wrong']:.0f} answers of {protocol} were wrong")
    return found


def store(folder: Path) -> peers.Peer:
    port = peers.free_port()
    command = [str(RELEASE / "layer"), "store", f"{folder}/store", f"--listen=127.0.0.1:{port}"]
    return peers.Peer("store", [*command, "--access-log=false", "--drain-delay=0s"], port, LOAD_CORE)


def gateway(folder: Path, to: int, name: str, *options: str) -> tuple[peers.Peer, int]:
    """The gateway and the port of its metrics."""
    port, admin = peers.free_port(), peers.free_port()
    command = [
        *(str(RELEASE / "layer"), "serve", f"--upstream=http://127.0.0.1:{to}", f"--listen=127.0.0.1:{port}"),
        *(f"--admin-listen=127.0.0.1:{admin}", "--auth=open", "--threads=1", "--access-log=false"),
        *("--drain-delay=0s", "--drain-marker=", f"--data-dir={folder}/{name}", *options),
    ]
    return peers.Peer("layer", command, port, SERVER_CORE), admin


def upstream_calls(admin: int) -> float:
    text = call(admin, "GET", "/metrics").data.decode()  # type: ignore[attr-defined]
    return sum(
        float(value) for value in re.findall(r"^layer_upstream_requests_total\{.*\} (\S+)$", text, re.M)
    )


@contextlib.contextmanager
def memcached(bodies: list[bytes]) -> Iterator[int]:
    port = peers.free_port()
    command = [
        peers.program("memcached"),
        "-l",
        "127.0.0.1",
        "-p",
        str(port),
        "-t",
        "1",
        "-m",
        "256",
        "-U",
        "0",
    ]
    if os.geteuid() == 0:
        command += ["-u", "nobody"]
    with (
        peers.Peer("memcached", command, port, SERVER_CORE),
        socket.create_connection(("127.0.0.1", port)) as to,
    ):
        for number, body in enumerate(bodies):
            to.sendall(b"set %d 0 0 %d\r\n%s\r\n" % (number, len(body), body))
            assert to.recv(100) == b"STORED\r\n"
        yield port


@contextlib.contextmanager
def redis(folder: Path, bodies: list[bytes]) -> Iterator[int]:
    port = peers.free_port()
    command = [peers.program("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    command += ["--appendonly", "no", "--dir", str(folder)]
    with peers.Peer("redis", command, port, SERVER_CORE), socket.create_connection(("127.0.0.1", port)) as to:
        for number, body in enumerate(bodies):
            key = str(number).encode()
            to.sendall(b"*3\r\n$3\r\nSET\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n" % (len(key), key, len(body), body))
            assert to.recv(100) == b"+OK\r\n"
        yield port


def over_http(table: Table, folder: Path, seconds: float) -> None:
    with store(folder) as upstream, contextlib.ExitStack() as running:
        for begin in range(0, DOCUMENTS, 1000):
            rows = [row(number) for number in range(begin, begin + 1000)]
            call(upstream.port, "POST", NS, {"upsert_rows": rows})
        served, admin = gateway(folder, upstream.port, "disk")
        ours = running.enter_context(served)
        memory = running.enter_context(gateway(folder, upstream.port, "memory", "--cache=memory")[0])
        call(ours.port, "GET", f"{NS}/documents/0")
        before = upstream_calls(admin)
        cold = 200
        for number in range(1, 1 + cold):
            call(ours.port, "GET", f"{NS}/documents/{number}")
        per_miss = (upstream_calls(admin) - before) / cold
        table.add("cold read of one row", "store calls", per_miss)
        table.target("store calls of a cold read", "1", per_miss, per_miss == 1)
        bodies: list[bytes] = []
        for port in (ours.port, memory.port):
            bodies = []
            for begin in range(0, DOCUMENTS, 1000):
                ids = list(range(begin, begin + 1000))
                answer = json.loads(call(port, "POST", f"{NS}/documents", {"ids": ids}).data)  # type: ignore[attr-defined]
                bodies += [
                    json.dumps(document, separators=(",", ":")).encode() for document in answer["documents"]
                ]
        ports = {"layer": ("http", ours.port), "layer, memory": ("http", memory.port)}
        ports["memcached"] = ("memcached", running.enter_context(memcached(bodies)))
        ports["Redis"] = ("redis", running.enter_context(redis(folder, bodies)))
        runs: dict[str, list[dict[str, float]]] = {name: [] for name in ports}
        for _ in range(ROUNDS):
            for name, (protocol, port) in ports.items():
                runs[name].append(load(protocol, port, seconds))
        median = {name: statistics.median(run["per_second"] for run in each) for name, each in runs.items()}
        p50 = {name: statistics.median(run["p50_us"] for run in each) for name, each in runs.items()}
        size = f"{statistics.fmean(len(body) for body in bodies):.0f}-byte documents"
        for case in ("layer", "layer, memory"):
            kind = "disk cache, rows in its hot tier" if case == "layer" else "memory cache"
            for peer in ("memcached", "Redis"):
                table.add(f"hits over HTTP, {kind}, {size}", "reads/s", median[case], peer, median[peer])
        table.add("the same, 64 connections, p50", "us", p50["layer"], "memcached", p50["memcached"])
        met = median["layer"] >= TARGET_PER_SECOND
        table.target("hits over HTTP on one core", f">= {TARGET_PER_SECOND:,}/s", round(median["layer"]), met)


def in_process(table: Table, folder: Path, quick: bool) -> None:
    command = ["taskset", "-c", str(SERVER_CORE), str(RELEASE / "records_bench")]
    command += [f"--directory={folder}/records", f"--records={100_000 if quick else 1_000_000}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        found = json.loads(line)
        table.add(found["case"], found["unit"], found["value"])
        if "disk" in found["case"] and "p50" in found["case"] and found["unit"] == "us":
            table.target(found["case"], "<= 100 us", found["value"], found["value"] <= 100)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    table = Table("documents")
    with tempfile.TemporaryDirectory(prefix="layer-bench-documents-") as name:
        over_http(table, Path(name), 1 if options.quick else 5)
        in_process(table, Path(name), options.quick)
    table.finish(options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
