"""An HTTP server that answers by plan and keeps what it was asked.

    with FaultServer() as server:
        server.plan(answer(503, {"retry-after-ms": "1"}), answer(200, body={"ok": True}))

Answers are used up in their order; when none is left, `default` answers.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Any

from tests.support.quiet_server import QuietServer


@dataclass
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class Answer:
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = field(default_factory=dict)
    cut: bool = False  # the connection ends without an answer


Planned = Answer | Callable[[Asked], Answer]


def answer(status: int = 200, headers: dict[str, str] | None = None, body: Any = None) -> Answer:
    return Answer(status, headers or {}, {} if body is None else body)


class FaultServer:
    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.default: Planned = answer()
        self._planned: list[Planned] = []
        self._lock = threading.Lock()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                data = self.rfile.read(int(self.headers.get("content-length", "0")))
                fields = {name.lower(): value for name, value in self.headers.items()}
                asked = Asked(self.command, self.path, fields, json.loads(data) if data else None)
                reply = owner.reply(asked)
                if reply.cut:
                    self.close_connection = True
                    return
                body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
                self.send_response(reply.status)
                for name, value in {**reply.headers, "content-length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = do_DELETE = handle_any

            def log_message(self, format: str, *args: Any) -> None:
                """Tests print what they need themselves."""

        self._server = QuietServer(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def plan(self, *answers: Planned) -> None:
        self._planned += answers

    def reply(self, asked: Asked) -> Answer:
        with self._lock:
            self.asked.append(asked)
            planned = self._planned.pop(0) if self._planned else self.default
        return planned if isinstance(planned, Answer) else planned(asked)

    def __enter__(self) -> FaultServer:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
