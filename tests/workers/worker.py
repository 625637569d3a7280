"""A worker of a pipeline with nothing but the standard library. What it does is told by its arguments.

usage: worker.py [--hold FOLDER] [--deaf] [--crash-on ID]

--hold      what is claimed is finished when a file of its name appears in FOLDER
--deaf      SIGTERM is ignored
--crash-on  the process ends itself by SIGKILL when it has claimed this document
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

PAUSE_S = 0.02


class Worker:
    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.base = os.environ["HEVLAYER_BASE_URL"]
        self.key = os.environ["HEVLAYER_API_KEY"]
        self.id = os.environ["HEVLAYER_WORKER_ID"]
        self.path = f"/v2/pipelines/{os.environ['HEVLAYER_PIPELINE_ID']}"
        self.stopping = False

    def stop(self, *_: object) -> None:
        if not self.options.deaf:
            self.stopping = True

    def call(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, method=method)
        if self.key:
            request.add_header("authorization", f"Bearer {self.key}")
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read())

    def claim(self) -> list[dict[str, Any]]:
        ask = {
            "worker_id": self.id,
            "limit": int(os.environ["HEVLAYER_BATCH_SIZE"]),
            "lease_seconds": int(os.environ["HEVLAYER_LEASE_SECONDS"]),
        }
        return list(self.call("POST", f"{self.path}/claim", ask)["items"])

    def finish(self, item: dict[str, Any]) -> None:
        document = f"{self.path}/documents/{urllib.parse.quote(item['id'], safe='')}"
        if item["id"] == self.options.crash_on:
            os.kill(os.getpid(), signal.SIGKILL)
        if self.options.hold:
            while not (self.options.hold / item["id"]).exists():
                time.sleep(PAUSE_S)
        chunks = self.call("GET", f"{document}/chunks")
        rows = [
            {"id": chunk["id"], "vector": [len(chunk["text"]), 1], "attributes": {"by": self.id}}
            for chunk in chunks
        ]
        self.call("PUT", f"{document}/vectors", {"vectors": rows, "lease": item["lease"]})
        print(f"done {item['id']}", flush=True)

    def run(self) -> None:
        while not self.stopping:
            items = self.claim()
            for item in items:
                self.finish(item)
            if not items:
                time.sleep(PAUSE_S)
        print("stopped", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--hold", type=Path)
    parser.add_argument("--deaf", action="store_true")
    parser.add_argument("--crash-on", default="")
    worker = Worker(parser.parse_args())
    signal.signal(signal.SIGTERM, worker.stop)
    print("begins", flush=True)
    worker.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
