"""A worker that is sent work: an HTTP server with `POST /run`, and `GET /ready` for probes."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from concurrent.futures import Future
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ..calls.work import Item
from .outcomes import Outcome, Result, kept
from .progress import OnProgress, Progress
from .pull import Stop
from .runner import Runner, Task

log = logging.getLogger("layer.worker")
BODY_MAX = 64 << 20
READ_S = 60.0


class BadRequest(Exception):
    """The request is not what the gateway sends."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class PushServer:
    """Serves on `host`:`port` (0: a free one, then in `port`) from `start()` until `end()`."""

    def __init__(
        self, runner: Runner, stop: Stop, host: str, port: int, on_progress: OnProgress | None = None
    ) -> None:
        self.runner = runner
        self.stop = stop
        self.on_progress = on_progress
        self.progress = Progress()
        self.loop = asyncio.get_running_loop()
        self._server = ThreadingHTTPServer((host, port), self._handler())
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        self._running: set[asyncio.Task[dict[str, Any]]] = set()

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, name="layer-push", daemon=True).start()

    async def end(self, drain_s: float) -> None:
        """After the order to stop: waits for the batches that run, then closes the port."""
        if self._running:
            pressed = asyncio.create_task(self.stop.now.wait())
            finished = asyncio.create_task(self._finished())
            await asyncio.wait({finished, pressed}, timeout=drain_s, return_when=asyncio.FIRST_COMPLETED)
            pressed.cancel()
            finished.cancel()
            # Those who asked read their answers on threads of their own.
            await asyncio.sleep(0.1)
        await asyncio.to_thread(self._server.shutdown)
        self._server.server_close()

    async def _finished(self) -> None:
        await asyncio.gather(*self._running, return_exceptions=True)

    async def run(self, request: dict[str, Any]) -> dict[str, Any]:
        """The answer to one request of the gateway."""
        try:
            items = [Item.read({"lease": "", **each}) for each in request["items"]]
        except (KeyError, TypeError, ValueError, AttributeError) as fault:
            raise BadRequest(400, f"expected items with namespace, id and input: {fault!r}") from fault
        outcomes: list[Outcome | None] = [None] * len(items)
        self.progress.claimed += len(items)
        await self.runner.run([Task.of(item) for item in items], outcomes, max(1, len(items)))
        settled = kept(outcomes)
        self.progress.count(settled)
        self.progress.batches += 1
        if self.on_progress is not None:
            self.on_progress(self.progress)
        return {"items": [answered(item, done) for item, done in zip(items, settled, strict=True)]}

    def submit(self, request: dict[str, Any]) -> Future[dict[str, Any]]:
        """From a thread of the server."""
        return asyncio.run_coroutine_threadsafe(self._tracked(request), self.loop)

    async def _tracked(self, request: dict[str, Any]) -> dict[str, Any]:
        task = asyncio.create_task(self.run(request))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await task

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = READ_S

            def do_GET(self) -> None:
                stopping = server.stop.soon.is_set()
                if self.path != "/ready":
                    self._answer(404, {"error": "there is GET /ready and POST /run"})
                else:
                    self._answer(503 if stopping else 200, {"status": "draining" if stopping else "ready"})

            def do_POST(self) -> None:
                try:
                    request = self._read()
                    if self.path != "/run":
                        raise BadRequest(404, "there is GET /ready and POST /run")
                    if server.stop.soon.is_set():
                        self._answer(503, {"error": "stopping"}, {"retry-after": "1"})
                        return
                    self._answer(200, server.submit(request).result())
                except BadRequest as bad:
                    self.close_connection = True
                    self._answer(bad.status, {"error": str(bad)})

            def _read(self) -> dict[str, Any]:
                length = self.headers.get("content-length", "")
                if not length.isdecimal():
                    raise BadRequest(411, "expected a content-length")
                if int(length) > BODY_MAX:
                    raise BadRequest(413, f"more than {BODY_MAX} bytes")
                try:
                    body = json.loads(self.rfile.read(int(length)))
                except ValueError as fault:
                    raise BadRequest(400, f"not JSON: {fault}") from fault
                if not isinstance(body, dict):
                    raise BadRequest(400, "expected an object")
                return body

            def _answer(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
                data = json.dumps(body).encode()
                self.send_response(status)
                fields = {"content-type": "application/json", "content-length": str(len(data))}
                for name, value in {**fields, **(headers or {})}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *args: Any) -> None:
                log.debug(format, *args)

        return Handler


def answered(item: Item, outcome: Outcome) -> dict[str, Any]:
    """How the gateway is told of one item."""
    own: dict[str, Any] = {"namespace": item.namespace, "id": item.id}
    if isinstance(outcome, Result):
        return {**own, **outcome.members()}
    return {**own, "error": outcome.members()}
