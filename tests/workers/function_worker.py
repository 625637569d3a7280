"""A worker of a function with nothing but the standard library: the length of the attribute `text`.

usage: function_worker.py [--hold FOLDER]

--hold  what is claimed is answered for when a file of its row's id appears in FOLDER
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

PAUSE_S = 0.02
stopping = False


def stop(*_: object) -> None:
    global stopping
    stopping = True


def call(path: str, body: Any) -> Any:
    headers = {"authorization": f"Bearer {os.environ['HEVLAYER_API_KEY']}"}
    url = f"{os.environ['HEVLAYER_BASE_URL']}/v2/udfs/{os.environ['HEVLAYER_UDF_ID']}{path}"
    request = urllib.request.Request(url, json.dumps(body).encode(), headers, method="POST")
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read())


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--hold", type=Path)
    hold: Path | None = parser.parse_args().hold
    signal.signal(signal.SIGTERM, stop)
    worker = os.environ["HEVLAYER_WORKER_ID"]
    claim = {
        "worker_id": worker,
        "limit": int(os.environ["HEVLAYER_UDF_BATCH_SIZE"]),
        "lease_seconds": int(os.environ["HEVLAYER_LEASE_SECONDS"]),
    }
    while not stopping:
        items = call("/claim", claim)["items"]
        for item in items:
            while hold is not None and not (hold / str(item["id"])).exists():
                time.sleep(PAUSE_S)
            done = {key: item[key] for key in ("namespace", "id", "lease")}
            done["attributes"] = {"length": len(item["input"]["text"])}
            call("/items/complete", {"worker_id": worker, "items": [done]})
            print(f"done {item['id']}", flush=True)
        if not items:
            time.sleep(PAUSE_S)
    return 0


if __name__ == "__main__":
    sys.exit(main())
