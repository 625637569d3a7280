"""A relay in front of a store that counts what passes and holds or refuses it on demand."""

from __future__ import annotations

import http.client
import threading
import urllib.parse
from collections import Counter
from http.server import BaseHTTPRequestHandler
from types import TracebackType

from tests.support.quiet_server import QuietServer

HELD_MAX_S = 60.0


class Relay:
    """Use as a context manager; `url` is its address."""

    def __init__(self, store_url: str) -> None:
        self.store = urllib.parse.urlsplit(store_url)
        self.calls: Counter[str] = Counter()
        self.refusal: int | None = None  # a status to answer with instead of asking the store
        self._lock = threading.Lock()
        self._held_method = ""
        self._open = threading.Event()
        self._open.set()
        self._server = QuietServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Relay:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.set()
        self._server.shutdown()
        self._server.server_close()

    def hold(self, method: str = "") -> None:
        """From now on answers, or those to requests of one method, wait until release()."""
        self._held_method = method
        self._open.clear()

    def release(self) -> None:
        self._open.set()

    def queries(self) -> int:
        """How many queries the store was asked."""
        return self.calls["query"]

    def total(self) -> int:
        with self._lock:
            return sum(self.calls.values())

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        relay = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def relay_request(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                with relay._lock:
                    relay.calls[self.path.partition("?")[0].rpartition("/")[2]] += 1
                if self.command.startswith(relay._held_method):
                    relay._open.wait(HELD_MAX_S)
                if relay.refusal is not None:
                    self.answer(relay.refusal, {"content-type": "application/json"}, b'{"error":"weather"}')
                    return
                connection = http.client.HTTPConnection(
                    relay.store.hostname or "", relay.store.port, timeout=HELD_MAX_S
                )
                try:
                    hop = {"host", "connection", "transfer-encoding", "content-length"}
                    headers = {name: value for name, value in self.headers.items() if name.lower() not in hop}
                    connection.request(self.command, self.path, body, headers)
                    reply = connection.getresponse()
                    data = reply.read()
                    fields = {n: v for n, v in reply.headers.items() if n.lower() not in hop}
                    self.answer(reply.status, fields, data)
                finally:
                    connection.close()

            def answer(self, status: int, fields: dict[str, str], data: bytes) -> None:
                self.send_response_only(status)
                for name, value in fields.items():
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
