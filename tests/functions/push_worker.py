"""A worker that is sent work: what it is sent is kept, and `answer` decides what it says."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Any

from tests.support.quiet_server import QuietServer

Batch = dict[str, Any]
Answer = tuple[int, Any, dict[str, str]]


def shout(item: dict[str, Any]) -> dict[str, Any]:
    return {
        "namespace": item["namespace"],
        "id": item["id"],
        "attributes": {"loud": item["input"]["title"].upper()},
    }


def fault(item: dict[str, Any], kind: str, **more: Any) -> dict[str, Any]:
    return {"namespace": item["namespace"], "id": item["id"], "error": {"kind": kind, **more}}


def shout_all(batch: Batch) -> Answer:
    return 200, {"items": [shout(item) for item in batch["items"]]}, {}


class PushWorker:
    """Use as a context manager."""

    def __init__(self, answer: Callable[[Batch], Answer] = shout_all) -> None:
        self.answer = answer
        self.batches: list[Batch] = []
        self.running = 0
        self.most = 0
        self.lock = threading.Lock()
        worker = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                batch = json.loads(self.rfile.read(int(self.headers["content-length"])))
                with worker.lock:
                    worker.batches.append(batch)
                    worker.running += 1
                    worker.most = max(worker.most, worker.running)
                try:
                    assert self.path == "/v1/run", self.path
                    status, body, headers = worker.answer(batch)
                    data = body if isinstance(body, bytes) else json.dumps(body).encode()
                finally:
                    with worker.lock:
                        worker.running -= 1
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *arguments: Any) -> None:
                pass

        self.server = QuietServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"

    def sent(self) -> list[Any]:
        with self.lock:
            return [item["id"] for batch in self.batches for item in batch["items"]]

    def __enter__(self) -> PushWorker:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.server.shutdown()
        self.server.server_close()
