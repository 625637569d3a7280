"""A worker with nothing but the standard library: claims documents of its pipeline, counts the words of
their chunks and writes a row for each. What it works on, and with what key, is in its environment."""

from __future__ import annotations

import json
import os
import signal
import time
import urllib.parse
import urllib.request
from typing import Any

BASE = os.environ["HEVLAYER_BASE_URL"]
WORKER = os.environ["HEVLAYER_WORKER_ID"]
PIPELINE = f"/v2/pipelines/{os.environ['HEVLAYER_PIPELINE_ID']}"
stopping = False


def stop(*_: object) -> None:
    global stopping
    stopping = True


def call(method: str, path: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    headers = {"authorization": f"Bearer {os.environ['HEVLAYER_API_KEY']}"}
    request = urllib.request.Request(BASE + path, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read())


def work(item: dict[str, Any]) -> None:
    document = f"{PIPELINE}/documents/{urllib.parse.quote(item['id'], safe='')}"
    rows = []
    for chunk in call("GET", f"{document}/chunks"):
        words = chunk["text"].split()
        vector = [float(len(words)), float(sum(map(len, words)))]
        rows.append({"id": chunk["id"], "vector": vector, "attributes": {"words": len(words)}})
    call("PUT", f"{document}/vectors", {"vectors": rows, "lease": item["lease"]})
    print(f"{item['id']}: {len(rows)} rows", flush=True)


def main() -> None:
    signal.signal(signal.SIGTERM, stop)
    claim = {"worker_id": WORKER, "limit": int(os.environ["HEVLAYER_BATCH_SIZE"])}
    while not stopping:
        items = call("POST", f"{PIPELINE}/claim", claim)["items"]
        for item in items:
            work(item)
        if not items:
            time.sleep(0.5)


if __name__ == "__main__":
    main()
