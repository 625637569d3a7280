"""A gateway with its engine and queue, functions over its rows, and worker processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.proxy import peers as servers
from bench.query.site import Site
from bench.table import RELEASE, ROOT

HERE = Path(__file__).resolve().parent
WORKER_PATH = {"PYTHONPATH": str(ROOT / "clients" / "python" / "src")}
BATCH = 1_000  # items of a claim


class Place(Site):
    def __init__(self, port: int, quick: bool, pid: int, folder: Path) -> None:
        super().__init__(port, quick)
        self.port = port
        self.pid = pid
        self.folder = folder

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        self.connection.request(method, path, None if body is None else json.dumps(body).encode())
        answer = self.connection.getresponse()
        text = answer.read()
        return json.loads(text) if answer.status == 200 else None

    def register(self, name: str, spec: dict[str, Any]) -> None:
        """Rows come when they are asked for alone."""
        put = self.ask("PUT", f"/v2/udfs/{name}", {"spec": {"triggers": [], **spec}})
        assert put is not None, f"function {name} was refused"

    def discover(self, name: str) -> int:
        found = 0
        body: dict[str, Any] = {}
        while True:
            answer = self.call(f"/v2/udfs/{name}/discover", body)
            found += int(answer["enqueued"])
            if answer["complete"]:
                return found
            body = {"cursor": answer["next_cursor"]}

    def memory_mb(self) -> float:
        """What the gateway holds itself, files it maps left out."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) / 1024
        return 0.0

    def processor_s(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def children(self) -> list[int]:
        found = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                if int(stat.read_text().rpartition(")")[2].split()[1]) == self.pid:
                    found.append(int(stat.parent.name))
            except (OSError, IndexError):
                continue  # it ended meanwhile
        return found


@contextmanager
def gateway(quick: bool, resources: Path | None = None) -> Iterator[Place]:
    port = servers.free_port()
    with tempfile.TemporaryDirectory(prefix="layer-bench-functions-") as folder:
        command = [str(RELEASE / "layer"), "up", folder, f"--listen=127.0.0.1:{port}", "--admin-listen=none"]
        command += ["--access-log=false", "--drain-delay=0s"]
        if resources is not None:
            command.append(f"--resources={resources}")
        cores = ",".join(map(str, sorted(os.sched_getaffinity(0))))
        with servers.Peer("up", command, port, cores) as peer:
            assert peer.process is not None
            yield Place(port, quick, peer.process.pid, Path(folder))


@dataclass
class Work:
    seconds: float  # from the start of the workers to the end of the last
    inside_s: float  # their functions, added up
    gateway_s: float  # processor time of the gateway
    memory_mb: list[float]  # of the gateway, as the run went on


def run_workers(place: Place, function: str, script: str, count: int = 1, batch: int = BATCH) -> Work:
    """Until nothing waits any more."""
    environment = {
        **os.environ,
        **WORKER_PATH,
        "HEVLAYER_BASE_URL": f"http://127.0.0.1:{place.port}",
        "HEVLAYER_UDF_ID": function,
        "HEVLAYER_UDF_BATCH_SIZE": str(batch),
    }
    command = [sys.executable, str(HERE / script), "--once"]
    memory: list[float] = []
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.2):
            memory.append(place.memory_mb())

    spent = place.processor_s()
    begun = time.perf_counter()
    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        workers = [
            subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
            for _ in range(count)
        ]
        printed = [worker.communicate()[0] for worker in workers]
    finally:
        over.set()
        watcher.join()
    seconds = time.perf_counter() - begun
    if any(worker.returncode for worker in workers):
        raise RuntimeError(f"a worker of {function} failed")
    inside = sum(json.loads(text.splitlines()[-1])["inside_s"] for text in printed)
    return Work(seconds, inside, place.processor_s() - spent, memory)
