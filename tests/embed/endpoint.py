"""An OpenAI-compatible embeddings endpoint for tests: a text's vector tells which of a few words it holds."""

from __future__ import annotations

import base64
import json
import struct
import threading
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.support.quiet_server import QuietServer

WORDS = ("cat", "money", "music")
DIMS = len(WORDS)


def vector(text: str) -> list[float]:
    return [1.0 if word in text else 0.1 for word in WORDS]


class Endpoint:
    """Use as a context manager. `status` other than 200 refuses; `calls` holds what it was asked."""

    def __init__(self) -> None:
        self.status = 200
        self.headers: dict[str, str] = {}
        self.calls: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.server = QuietServer(("127.0.0.1", 0), self.handler())
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def answer(self, request: dict[str, Any]) -> bytes:
        if self.status != 200:
            return b"{}"
        data = [
            {"index": i, "embedding": base64.b64encode(struct.pack(f"<{DIMS}f", *vector(text))).decode()}
            for i, text in enumerate(request["input"])
        ]
        return json.dumps({"data": data, "usage": {"total_tokens": 5 * len(data)}}).encode()

    def handler(self) -> type[BaseHTTPRequestHandler]:
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                request = json.loads(self.rfile.read(int(self.headers["content-length"])))
                endpoint.calls.append(request)
                endpoint.keys.append(self.headers["authorization"])
                body = endpoint.answer(request)
                self.send_response(endpoint.status)
                for name, value in endpoint.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        return Handler

    def __enter__(self) -> Endpoint:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
