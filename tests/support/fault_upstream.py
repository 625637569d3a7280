"""A store that misbehaves on demand: raw bytes on a loopback port, answers by plan, a record of what came.

    with FaultUpstream() as upstream:
        upstream.default = respond(200, b"{}")
        upstream.plans["cut"] = reset_mid_body(sent=10, announced=1000)

A request with the header `x-plan: cut` gets that behaviour, others the default. A behaviour is an async
function of an Exchange; the functions below make the usual ones. Runs on a thread of its own, so tests stay
plain functions. Everything received is kept in `upstream.received` as it was on the wire.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import socket
import struct
import threading
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from tests.support.raw_http import Head, Headers, chunked, parse_head

PLAN_HEADER = "x-plan"
FOREVER_S = 3600.0
PIECE = b'{"filler":"0123456789abcdef"}\n' * 512
Ended = (ConnectionError, asyncio.IncompleteReadError)


@dataclass
class Received:
    """One request as it arrived."""

    head: Head
    connection: int
    raw_body: bytes = b""
    body: bytes = b""
    body_complete: bool = False
    gone: bool = False  # the gateway closed the connection before it had the whole answer

    @property
    def method(self) -> str:
        return self.head.start.split(" ")[0]

    @property
    def target(self) -> str:
        return self.head.start.split(" ")[1]


@dataclass
class Exchange:
    received: Received
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    keep: bool = True  # whether the connection serves another request afterwards
    _read: bool = field(default=False, repr=False)

    async def body(self) -> bytes:
        """Reads the request's body, after a 100 if the gateway waits for one."""
        head = self.received.head
        if self._read:
            return self.received.body
        self._read = True
        if (head.get("expect") or "").lower() == "100-continue":
            await self.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        if (head.get("transfer-encoding") or "").lower() == "chunked":
            await self._read_chunks()
        else:
            length = int(head.get("content-length") or "0")
            while len(self.received.body) < length:
                piece = await self.reader.read(min(length - len(self.received.body), 1 << 20))
                if not piece:
                    raise asyncio.IncompleteReadError(self.received.body, length)
                self.received.body += piece
            self.received.raw_body = self.received.body
        self.received.body_complete = True
        return self.received.body

    async def _read_chunks(self) -> None:
        while True:
            line = await self.reader.readuntil(b"\r\n")
            self.received.raw_body += line
            size = int(line.split(b";")[0], 16)
            piece = await self.reader.readexactly(size + 2)
            self.received.raw_body += piece
            if size == 0:
                return
            self.received.body += piece[:-2]

    async def send(self, raw: bytes) -> None:
        self.writer.write(raw)
        await self.writer.drain()

    def close(self) -> None:
        self.keep = False

    def reset(self) -> None:
        """RST instead of FIN; nothing when the other side closed the connection first."""
        self.keep = False
        linger = struct.pack("ii", 1, 0)
        with contextlib.suppress(OSError):
            self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.writer.transport.abort()

    async def gone(self) -> None:
        """Returns when the other side closes the connection."""
        while await self.reader.read(1 << 16):
            pass
        self.received.gone = True
        self.keep = False


Behaviour = Callable[[Exchange], Awaitable[None]]


def answer_bytes(status: int, body: bytes, headers: Headers | None = None, framing: str = "length") -> bytes:
    """framing: "length", "chunked", "close" (no length at all) or "none" (head only, as for HEAD)."""
    fields = list(headers or [("content-type", "application/json")])
    if framing == "length":
        fields.append(("content-length", str(len(body))))
    elif framing == "chunked":
        fields.append(("transfer-encoding", "chunked"))
        body = chunked(body)
    elif framing == "close":
        fields.append(("connection", "close"))
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields)
    head = f"HTTP/1.1 {status} {REASONS.get(status, 'Whatever')}\r\n{lines}\r\n".encode("latin-1")
    return head + (b"" if framing == "none" else body)


REASONS = {200: "OK", 202: "Accepted", 400: "Bad Request", 404: "Not Found", 429: "Too Many Requests"}


def respond(
    status: int = 200, body: bytes = b"{}", headers: Headers | None = None, framing: str = "length"
) -> Behaviour:
    async def behave(exchange: Exchange) -> None:
        await exchange.body()
        head_only = exchange.received.method == "HEAD"
        raw = answer_bytes(status, body, headers, framing)
        await exchange.send(raw.split(b"\r\n\r\n")[0] + b"\r\n\r\n" if head_only else raw)
        exchange.keep = framing != "close"

    return behave


def respond_gzip(body: bytes, headers: Headers | None = None) -> Behaviour:
    packed = gzip.compress(body, mtime=0)
    fields = [("content-type", "application/json"), ("content-encoding", "gzip"), *(headers or [])]
    return respond(200, packed, fields)


def raw_answer(raw: bytes, keep: bool = False) -> Behaviour:
    """Whatever the bytes are: garbage, odd heads, several answers."""

    async def behave(exchange: Exchange) -> None:
        await exchange.body()
        await exchange.send(raw)
        exchange.keep = keep

    return behave


def slow_head(seconds: float, then: Behaviour | None = None) -> Behaviour:
    async def behave(exchange: Exchange) -> None:
        await exchange.body()
        await asyncio.sleep(seconds)
        await (then or respond())(exchange)

    return behave


def slow_body(pieces: int, pause_s: float, framing: str = "chunked") -> Behaviour:
    """A head at once, then `pieces` pieces with pauses between them."""

    async def behave(exchange: Exchange) -> None:
        await exchange.body()
        await exchange.send(body_head(pieces * len(PIECE), framing))
        for _ in range(pieces):
            await exchange.send(framed(PIECE, framing))
            await asyncio.sleep(pause_s)
        await exchange.send(b"0\r\n\r\n" if framing == "chunked" else b"")

    return behave


def never() -> Behaviour:
    """Reads the request and stays silent until the other side gives up."""

    async def behave(exchange: Exchange) -> None:
        await exchange.body()
        await exchange.gone()

    return behave


def endless() -> Behaviour:
    """A body that ends only when the other side closes the connection."""

    async def behave(exchange: Exchange) -> None:
        await exchange.body()
        await exchange.send(body_head(0, "chunked"))
        leaving = asyncio.ensure_future(exchange.gone())
        try:
            while not leaving.done():
                await exchange.send(framed(PIECE, "chunked"))
                await asyncio.sleep(0.005)
        finally:
            leaving.cancel()
            exchange.received.gone = True
            exchange.close()

    return behave


def stall_mid_body(sent: int = 100, announced: int = 1000) -> Behaviour:
    async def behave(exchange: Exchange) -> None:
        await exchange.body()
        await exchange.send(body_head(announced, "length") + b"x" * sent)
        await exchange.gone()

    return behave


def close_before_head(reset: bool = False) -> Behaviour:
    async def behave(exchange: Exchange) -> None:
        await exchange.body()
        exchange.reset() if reset else exchange.close()

    return behave


def close_mid_head() -> Behaviour:
    return raw_answer(b"HTTP/1.1 200 OK\r\ncontent-type: appl")


def close_after_head(announced: int = 1000) -> Behaviour:
    return raw_answer(body_head(announced, "length"))


def reset_mid_body(sent: int = 100, announced: int = 1000, framing: str = "length") -> Behaviour:
    async def behave(exchange: Exchange) -> None:
        await exchange.body()
        await exchange.send(body_head(announced, framing) + framed(b"x" * sent, framing))
        await asyncio.sleep(0.05)  # so that what was sent is read before the reset overtakes it
        exchange.reset()

    return behave


def length_too_long(body: bytes = b"{}", more: int = 10) -> Behaviour:
    """Announces more than it sends, then closes in good order."""
    return raw_answer(body_head(len(body) + more, "length") + body)


def length_too_short(body: bytes = b'{"rows":[]}', less: int = 4) -> Behaviour:
    """Sends more than it announced; what is over belongs to no answer."""
    return raw_answer(body_head(len(body) - less, "length") + body, keep=True)


def garbage() -> Behaviour:
    return raw_answer(b"\x16\x03\x01 this is not HTTP \x00\xff\r\n\r\n" * 4)


def huge(size: int, framing: str = "length") -> Behaviour:
    async def behave(exchange: Exchange) -> None:
        await exchange.body()
        await exchange.send(body_head(size, framing))
        left = size
        while left > 0:
            piece = PIECE[:left]
            await exchange.send(framed(piece, framing))
            left -= len(piece)
        await exchange.send(b"0\r\n\r\n" if framing == "chunked" else b"")

    return behave


def too_many(retry_after: str | None = None, retry_after_ms: str | None = None) -> Behaviour:
    headers: Headers = [("content-type", "application/json")]
    headers += [("retry-after", retry_after)] if retry_after is not None else []
    headers += [("retry-after-ms", retry_after_ms)] if retry_after_ms is not None else []
    return respond(429, b'{"status":"error","error":"too many requests"}', headers)


def accepted(location: str, preference_applied: bool = True) -> Behaviour:
    headers: Headers = [("content-type", "application/json"), ("Location", location)]
    headers += [("Preference-Applied", "respond-async")] if preference_applied else []
    return respond(202, b'{"token":"op_1"}', headers)


def close_when_idle(then: Behaviour | None = None) -> Behaviour:
    """A good answer that promises a kept connection, which is closed right after."""

    async def behave(exchange: Exchange) -> None:
        await (then or respond())(exchange)
        exchange.close()

    return behave


def refuse_without_body(status: int = 413) -> Behaviour:
    """Answers before the request's body was read, as a server does that will not take it."""

    async def behave(exchange: Exchange) -> None:
        await exchange.send(answer_bytes(status, b'{"status":"error","error":"no"}'))
        exchange.close()

    return behave


def body_head(size: int, framing: str) -> bytes:
    length = b"transfer-encoding: chunked" if framing == "chunked" else b"content-length: %d" % size
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n" + length + b"\r\n\r\n"


def framed(piece: bytes, framing: str) -> bytes:
    return b"%x\r\n%s\r\n" % (len(piece), piece) if framing == "chunked" and piece else piece


class FaultUpstream:
    """The server; its counters are plain reads from any thread."""

    def __init__(self, backlog: int = 512) -> None:
        self.default: Behaviour = respond()
        self.plans: dict[str, Behaviour] = {}
        self.received: list[Received] = []
        self.open_connections = 0
        self.accepted_connections = 0
        self.half_dead = False  # new connections are accepted and never read
        self.faults: list[str] = []  # exceptions of behaviours, which are mistakes of a test
        self.port = 0
        self._backlog = backlog
        self._server: asyncio.Server | None = None
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fault-upstream", daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> FaultUpstream:
        self._thread.start()
        self.listen()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.refuse()
        self._run(self._end_all())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def listen(self) -> None:
        """Opens the port, the same one again after refuse()."""
        self._run(self._listen())

    def refuse(self) -> None:
        """Closes the port and every connection: from now on connecting fails."""
        self._run(self._refuse())

    def last(self) -> Received:
        return self.received[-1]

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(
            self._accept, "127.0.0.1", self.port, backlog=self._backlog, limit=1 << 20
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def _refuse(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        await self._end_all()

    async def _end_all(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = self._loop.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted_connections += 1
        self.open_connections += 1
        number = self.accepted_connections
        try:
            if self.half_dead:
                writer.transport.pause_reading()  # type: ignore[attr-defined]
                await asyncio.sleep(FOREVER_S)
            while await self._serve_one(number, reader, writer):
                pass
        except Ended:
            pass
        finally:
            with contextlib.suppress(OSError, RuntimeError):
                writer.close()
            self.open_connections -= 1

    async def _serve_one(
        self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """True when the connection serves another request."""
        received = Received(parse_head(await reader.readuntil(b"\r\n\r\n")), number)
        self.received.append(received)
        exchange = Exchange(received, reader, writer)
        behave = self.plans.get(received.head.get(PLAN_HEADER) or "", self.default)
        try:
            await behave(exchange)
        except Ended:
            received.gone = True
            raise
        except Exception as error:  # a mistake in a test's own behaviour: shown at its end
            self.faults.append(repr(error))
            return False
        return exchange.keep and (received.body_complete or received.head.get("content-length") is None)
