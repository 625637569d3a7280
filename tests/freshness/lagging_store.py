"""A store whose metadata says what a test wants of its index, and a gateway in front of it."""

from __future__ import annotations

import http.client
import json
import tempfile
import threading
import urllib.parse
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.support.gateway import WAIT_S, Gateway, until
from tests.support.quiet_server import QuietServer
from tests.support.server import Server

HOP = {"host", "connection", "transfer-encoding", "content-length"}
# Looks at an index often and stays close behind: tests wait for few of them.
PACE = {
    "CONSISTENCY_POLL_INTERVAL_MS": "50",
    "CONSISTENCY_STABLE_POLL_INTERVAL_MS": "100",
    "CONSISTENCY_SAFETY_MARGIN_MS": "20",
}
Refusal = Callable[[str, bytes], int | None]


class LaggingStore:
    """Relays to a store. `status` replaces what metadata says of the index, None: metadata fails."""

    def __init__(self, store_url: str) -> None:
        self.store = urllib.parse.urlsplit(store_url)
        self.status: str | None = "up-to-date"
        self.refuse: Refusal = lambda path, body: None
        self.queries: list[bytes] = []  # bodies as they came
        self._server = QuietServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> LaggingStore:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, Any, bytes]:
        connection = http.client.HTTPConnection(self.store.hostname or "", self.store.port, timeout=WAIT_S)
        try:
            connection.request(method, path, body, headers)
            reply = connection.getresponse()
            return reply.status, reply.headers, reply.read()
        finally:
            connection.close()

    def answer(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, Any, bytes]:
        if path.endswith("/query"):
            self.queries.append(body)
        if (refused := self.refuse(path, body)) is not None:
            return refused, {"content-type": "application/json"}, b'{"status":"error","error":"weather"}'
        status, fields, data = self.ask(method, path, body, headers)
        if path.partition("?")[0].endswith("/metadata") and status == 200:
            if self.status is None:
                return 503, {"content-type": "application/json"}, b'{"error":"weather"}'
            metadata = json.loads(data)
            metadata["index"] = {"status": self.status}
            data = json.dumps(metadata).encode()
        return status, fields, data

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        lagging = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def relay_request(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP}
                status, fields, data = lagging.answer(self.command, self.path, body, headers)
                self.send_response_only(status)
                for name, value in fields.items():
                    if name.lower() not in HOP:
                        self.send_header(name, value)
                self.send_header("content-length", str(len(data)))
                try:
                    self.end_headers()
                    self.wfile.write(data)
                except OSError:
                    self.close_connection = True  # who asked has left

            do_GET = do_POST = do_DELETE = do_PATCH = do_HEAD = relay_request

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """The suite prints its own lines."""

        return Handler


class Reply:
    def __init__(self, answer: http.client.HTTPResponse) -> None:
        self.status = answer.status
        self.headers = {name.lower(): value for name, value in answer.headers.items()}
        self.body = answer.read()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def ids(self) -> list[Any]:
        assert self.status == 200, self.body
        return [row["id"] for row in self.json["rows"]]


class Place:
    """A store, its lagging face, and a gateway; leaving it asserts that nothing crashed."""

    def __init__(self, *arguments: str) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="layer-freshness-")
        self.root = Path(self.folder.name)
        self.store = Server(self.root / "store")
        self.arguments = ["--upstream-key=tpuf_test", *arguments]

    def __enter__(self) -> Place:
        self.store.start()
        self.lag = LaggingStore(self.store.url).__enter__()
        self.gateway = Gateway(self.root / "gateway", self.lag.url, self.arguments, PACE, auth="open").start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                assert self.gateway.stop() == 0, self.gateway.tail()
                report = self.gateway.sanitizer_reports()
                assert not report, report
        finally:
            self.gateway.__exit__(kind, error, trace)
            self.lag.__exit__(kind, error, trace)
            self.store.__exit__(kind, error, trace)
            self.folder.cleanup()

    def call(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Reply:
        parts = urllib.parse.urlsplit(self.gateway.url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=3 * WAIT_S)
        try:
            data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
            connection.request(method, path, data, headers or {})
            return Reply(connection.getresponse())
        finally:
            connection.close()

    def write(self, *ids: int) -> str:
        """Upserts rows; the write's token."""
        reply = self.call("POST", "/v2/namespaces/docs", {"upsert_rows": [{"id": i, "v": i} for i in ids]})
        assert reply.status == 200, reply.body
        return reply.headers["x-layer-write-token"]

    def query(self, headers: dict[str, str] | None = None, **members: Any) -> Reply:
        body = {"rank_by": ["id", "asc"], "top_k": 100, **members}
        return self.call("POST", "/v2/namespaces/docs/query", body, headers)

    def stable(self, **members: Any) -> Reply:
        return self.query(consistency={"level": "stable"}, **members)

    def layer(self) -> dict[str, Any]:
        reply = self.call("GET", "/v2/namespaces/docs/metadata?layer=true")
        assert reply.status == 200, reply.body
        return dict(reply.json["layer"])

    def stamp(self, row: int) -> int:
        return int(self.call("GET", f"/v2/namespaces/docs/documents/{row}/where").json["stamp_ms"])

    def until_stable(self, row: int) -> None:
        """The index is known to be up to date, and the watermark has reached the row."""
        stamp = self.stamp(row)
        until(
            lambda: (known := self.layer())["is_stable"] and known["stable_as_of"] >= stamp,
            f"a watermark at {stamp}",
        )
