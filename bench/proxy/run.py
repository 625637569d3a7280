"""The proxy benchmark: the gateway, nginx and HAProxy in front of the same upstream, in turn, one core for
the proxy and the other for upstream and load.

usage: run.py [--quick] [--json FILE]      (through bench/run proxy)
"""

from __future__ import annotations

import argparse
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.proxy import peers
from bench.table import RELEASE, Table

ROUNDS = 3
CONNECTIONS = 64
QUERY = '{"rank_by":["vector","ANN",[0.1,0.2,0.3,0.4]],"top_k":10,"include_attributes":["title"]}'
STREAM_BYTES = 512 << 20
PROXY_CORE = max(os.sched_getaffinity(0))
LOAD_CORE = min(os.sched_getaffinity(0))


def layer(folder: Path, to: int, *options: str) -> peers.Peer:
    port = peers.free_port()
    command = [
        *(str(RELEASE / "layer"), "serve", f"--upstream=http://127.0.0.1:{to}", f"--listen=127.0.0.1:{port}"),
        *("--admin-listen=none", "--auth=open", "--threads=1", "--access-log=false", "--drain-delay=0s"),
        *(f"--data-dir={folder}/layer-{port}", *options),
    ]
    return peers.Peer("layer", command, port, PROXY_CORE)


def wrk(port: int, path: str, seconds: float, script: Path | None) -> float:
    """Requests a second, closed loop, as fast as they go."""
    command = ["taskset", "-c", str(LOAD_CORE), "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds:g}s"]
    command += ["-s", str(script)] if script else []
    done = subprocess.run(
        [*command, f"http://127.0.0.1:{port}{path}"], capture_output=True, text=True, check=True
    )
    if "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        raise RuntimeError(f"errors under load on {path}:\n{done.stdout}")
    return float(re.findall(r"Requests/sec:\s+([\d.]+)", done.stdout)[0])


def open_loop(port: int, path: str, rate: float, seconds: float, body: Path) -> dict[str, float]:
    command = ["taskset", "-c", str(LOAD_CORE), str(RELEASE / "open_loop"), "--port", str(port)]
    command += ["--path", path, "--rate", str(rate), "--seconds", str(seconds), "--body", str(body)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    if found["failed"] or found["lost"]:
        raise RuntimeError(f"requests failed under open load: {found}")
    return found


def post_script(folder: Path, name: str, body: str) -> Path:
    (folder / f"{name}.json").write_text(body)
    script = folder / f"{name}.lua"
    script.write_text(
        f'local f = io.open("{folder}/{name}.json")\nwrk.method = "POST"\nwrk.body = f:read("*a")\n'
        'wrk.headers["Content-Type"] = "application/json"\n'
    )
    return script


def resident_mb(process: subprocess.Popen[bytes], field: str = "VmRSS") -> float:
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(re.findall(rf"{field}:\s+(\d+)", status)[0]) / 1000


def throughput(table: Table, ports: dict[str, int], folder: Path, seconds: float) -> dict[str, float]:
    """Closed loop, rounds in turn, medians. Returns ours by case."""
    found: dict[str, float] = {}
    script = post_script(folder, "query", QUERY)
    for label, path in (("12-byte answers", "small"), ("8 KiB answers", "8k")):
        target = f"/v2/namespaces/{path}/query"
        rates: dict[str, list[float]] = {name: [] for name in ports}
        for _ in range(ROUNDS):
            for name, port in ports.items():
                rates[name].append(wrk(port, target, seconds, script))
        median = {name: statistics.median(values) for name, values in rates.items()}
        case = f"plain query, {label}"
        for peer in ("nginx", "HAProxy", "direct"):
            table.add(case, "requests/s", median["layer"], peer, median[peer])
        ratio = round(median["layer"] / median["nginx"], 2)
        table.target(case, ">= 0.90 of nginx", ratio, ratio >= 0.9)
        found[path] = median["layer"]
    return found


def latency(
    table: Table, ports: dict[str, int], folder: Path, ours: dict[str, float], seconds: float
) -> None:
    """Open loop at half of what the gateway can: what a proxy adds to each request."""
    body = folder / "query.json"
    for label, path in (("12-byte answers", "small"), ("8 KiB answers", "8k")):
        target = f"/v2/namespaces/{path}/query"
        rate = ours[path] / 2
        seen: dict[str, list[dict[str, float]]] = {name: [] for name in ports}
        for _ in range(ROUNDS):
            for name, port in ports.items():
                seen[name].append(open_loop(port, target, rate, seconds, body))
        for key, limit in (("p50", 0.15), ("p99", 0.5)):
            median = {
                name: statistics.median(run[f"{key}_us"] for run in runs) / 1000
                for name, runs in seen.items()
            }
            added = {name: round(value - median["direct"], 3) for name, value in median.items()}
            case = f"added latency {key}, {label}, open loop at {rate:,.0f}/s"
            for peer in ("nginx", "HAProxy"):
                table.add(case, "ms", added["layer"], peer, added[peer])
            table.target(case, f"<= {limit} ms", added["layer"], added["layer"] <= limit)


def splice(table: Table) -> None:
    """Stamps into 1,000 rows of 1 KiB, in process, one core."""
    command = ["taskset", "-c", str(PROXY_CORE), str(RELEASE / "splice_bench")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        found = json.loads(line)
        for peer in ("simdjson", "memcpy"):
            table.add(found["case"], "MB/s", found["mb_per_s"], peer, found[f"{peer}_mb_per_s"])
        if found.get("target"):
            table.target(found["case"], ">= 500 MB/s", found["mb_per_s"], found["mb_per_s"] >= 500)


def writes(table: Table, folder: Path, to: int, seconds: float) -> None:
    rows = [{"id": n, "title": f"row {n}", "text": "lorem ipsum dolor " * 54} for n in range(1000)]
    body = json.dumps({"upsert_rows": rows})
    script = post_script(folder, "write", body)
    rates: dict[str, list[float]] = {"stamped": [], "plain": [], "direct": []}
    with layer(folder, to) as stamped, layer(folder, to, "--stamp=off") as plain:
        ports = {"stamped": stamped.port, "plain": plain.port, "direct": to}
        for _ in range(ROUNDS):
            for name, port in ports.items():
                rates[name].append(wrk(port, "/v2/namespaces/w", seconds, script) * len(body) / 1e6)
    median = {name: statistics.median(values) for name, values in rates.items()}
    case = f"writes of 1,000 rows, {len(body) / 1e6:.1f} MB each, end to end"
    table.add(f"{case}: stamped", "MB/s", median["stamped"], "not stamped", median["plain"])
    table.add(f"{case}: not stamped", "MB/s", median["plain"], "direct", median["direct"])


def stream_upload(port: int) -> None:
    """A write body of 512 MB in pieces, its answer read to the end."""
    piece = b"x" * (1 << 20)
    with socket.create_connection(("127.0.0.1", port)) as connection:
        head = f"POST /v2/namespaces/big/query HTTP/1.1\r\nHost: x\r\nContent-Length: {STREAM_BYTES}\r\n\r\n"
        connection.sendall(head.encode())
        for _ in range(STREAM_BYTES // len(piece)):
            connection.sendall(piece)
        if not connection.recv(1024).startswith(b"HTTP/1.1 200"):
            raise RuntimeError("the streamed body was not accepted")


def memory(table: Table, folder: Path, to: int) -> None:
    with layer(folder, to) as gateway:
        assert gateway.process is not None
        idle = resident_mb(gateway.process)
        stream_upload(gateway.port)
        table.add("idle gateway, resident", "MB", round(idle, 1))
        table.target("idle gateway, resident", "<= 60 MB", round(idle, 1), idle <= 60)
        peak = resident_mb(gateway.process, "VmHWM")
        table.add("peak while a body of 512 MB streams through", "MB", round(peak, 1))
        table.target("peak while 512 MB stream", "<= 100 MB", round(peak, 1), peak <= 100)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    seconds = 1.0 if options.quick else 5.0
    table = Table("proxy")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with peers.upstream(folder, LOAD_CORE) as upstream:
            to = upstream.port
            with (
                layer(folder, to) as ours,
                peers.nginx_proxy(folder, PROXY_CORE, to) as nginx,
                peers.haproxy(folder, PROXY_CORE, to) as haproxy,
            ):
                ports = {"direct": to, "nginx": nginx.port, "HAProxy": haproxy.port, "layer": ours.port}
                best = throughput(table, ports, folder, seconds)
                latency(table, ports, folder, best, seconds)
            splice(table)
            writes(table, folder, to, seconds)
            memory(table, folder, to)
    table.finish(options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
