"""A gateway with a directory of resources, and what its workers are seen to do."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path
from typing import Any

from tests.documents.stack import Client, Stack
from tests.support.gateway import Gateway, until

WORKER = str(Path(__file__).resolve().parent / "worker.py")
HANG_S = 120.0
TARGET = "docs"


def alive(pid: int) -> bool:
    """A process of that number runs; one that has ended and waits to be seen does not."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def pipeline(name: str = "books", arguments: list[str] | None = None, **spec: Any) -> dict[str, Any]:
    """One worker a document, and no time between the last document and the end of its workers."""
    given = {
        "target": {"namespace": TARGET},
        "worker": {
            "command": [sys.executable, WORKER, *(arguments or [])],
            "batchSize": 1,
            "timeoutSeconds": 1,
            **spec.pop("worker", {}),
        },
        "scaling": {
            "replicas": {"max": 3},
            "targetQueueDepth": 1,
            "warmWindowSeconds": 0,
            **spec.pop("scaling", {}),
        },
        **spec,
    }
    return {
        "apiVersion": "hevlayer.com/v1alpha1",
        "kind": "Pipeline",
        "metadata": {"name": name},
        "spec": given,
    }


class Site:
    def __init__(self, stack: Stack, name: str = "one", *arguments: str, auth: str = "open") -> None:
        self.folder = stack.root / "resources"
        self.folder.mkdir(mode=0o755, exist_ok=True)
        self.stack = stack
        self.gateway: Gateway = stack.gateway(
            name, f"--resources={self.folder}", "--log-level=info", *arguments, auth=auth
        )

    def client(self, key: str = "") -> Client:
        return Client(self.gateway.url, key)

    def put(self, resource: dict[str, Any]) -> None:
        name = f"{resource['kind']}-{resource['metadata']['name']}.json".lower()
        draft = self.folder / f".{name}"
        draft.write_text(json.dumps(resource))
        draft.chmod(0o644)
        draft.rename(self.folder / name)

    def drop(self, resource: dict[str, Any]) -> None:
        (self.folder / f"{resource['kind']}-{resource['metadata']['name']}.json".lower()).unlink()

    def status(self, name: str = "books", kind: str = "Pipeline", key: str = "") -> dict[str, Any]:
        answer = self.client(key).call("GET", f"/v2/resources/{kind}/{name}")
        return dict(answer.json["resources"][0]["status"]) if answer.status == 200 else {}

    def condition(self, kind: str, name: str = "books", key: str = "") -> dict[str, Any]:
        for each in self.status(name, key=key).get("conditions", []):
            if each["type"] == kind:
                return dict(each)
        return {}

    def metric(self, metric: str, **labels: str) -> float:
        samples = self.gateway.samples()
        return sum(
            value for found, has, value in samples if found == metric and labels.items() <= has.items()
        )

    def until_condition(self, kind: str, reason: str, name: str = "books", key: str = "") -> dict[str, Any]:
        until(
            lambda: self.condition(kind, name, key).get("reason") == reason,
            f"{kind} {reason}; there is {self.condition(kind, name, key)}",
            HANG_S,
        )
        return self.condition(kind, name, key)

    def until_registered(self, name: str = "books", key: str = "") -> None:
        self.until_condition("Registered", "Registered", name, key)

    def stage(self, *ids: str, name: str = "books", key: str = "") -> None:
        client = self.client(key)
        for each in ids:
            chunk = {"id": f"{each}#0", "text": each}
            answer = client.call("PUT", f"/v2/pipelines/{name}/documents/{each}", {"chunks": [chunk]})
            assert answer.status == 200, answer.body

    def counts(self, name: str = "books", key: str = "") -> dict[str, int]:
        answer = self.client(key).call("GET", f"/v2/pipelines/{name}/status?fresh=true")
        assert answer.status == 200, answer.body
        return dict(answer.json["counts"])

    def document(self, each: str, name: str = "books") -> dict[str, Any]:
        listed = self.client().call("GET", f"/v2/pipelines/{name}/documents?prefix={each}").json
        return dict(listed["documents"][0])

    def until_indexed(self, count: int, name: str = "books", key: str = "") -> None:
        until(
            lambda: self.counts(name, key).get("indexed", 0) == count,
            f"{count} documents to be indexed; {self.counts(name, key)}\n{self.gateway.tail()}",
            HANG_S,
        )

    def until_counted(self, expected: dict[str, int], name: str = "books") -> None:
        until(
            lambda: self.counts(name) == expected,
            f"{expected}; there is {self.counts(name)}\n{self.gateway.tail()}",
            HANG_S,
        )

    def processes(self, script: str = WORKER) -> dict[str, int]:
        """Worker id -> process, of those that run below this gateway."""
        assert self.gateway.process is not None
        found = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or not alive(int(entry.name)):
                continue
            with contextlib.suppress(OSError):
                parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
                if int(parent) != self.gateway.process.pid or script not in (entry / "cmdline").read_text():
                    continue
                variables = (entry / "environ").read_bytes().split(b"\0")
                worker = next(each for each in variables if each.startswith(b"HEVLAYER_WORKER_ID="))
                found[os.fsdecode(worker).partition("=")[2]] = int(entry.name)
        return found

    def until_processes(self, count: int) -> dict[str, int]:
        until(lambda: len(self.processes()) == count, f"{count} workers; {self.processes()}", HANG_S)
        return self.processes()

    def printed(self, worker: str, kind: str = "pipeline") -> list[str]:
        path = self.gateway.directory / "workers" / f"{kind}-{worker}.log"
        return path.read_text().splitlines() if path.exists() else []
