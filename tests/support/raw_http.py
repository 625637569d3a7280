"""HTTP/1.1 as bytes: a client that sends exactly what a test wrote, and messages read without tidying.

Ordinary clients normalise targets, merge headers and repeat requests; tests of a proxy must see none of it.
"""

from __future__ import annotations

import socket
import time
import urllib.parse
from dataclasses import dataclass, field
from types import TracebackType

TIMEOUT_S = 20.0
HEAD_BYTES_MAX = 1 << 20
Headers = list[tuple[str, str]]


@dataclass
class Head:
    """A message's start line and header fields, in order and spelling of the wire."""

    start: str
    headers: Headers
    raw: bytes

    def all(self, name: str) -> list[str]:
        return [value for given, value in self.headers if given.lower() == name.lower()]

    def get(self, name: str) -> str | None:
        values = self.all(name)
        return values[0] if values else None

    def names(self) -> set[str]:
        return {name.lower() for name, _ in self.headers}


def parse_head(raw: bytes) -> Head:
    start, *lines = raw.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    headers = []
    for line in lines:
        name, colon, value = line.partition(":")
        assert colon, f"a header without a colon: {line!r}"
        headers.append((name, value.strip(" \t")))
    return Head(start, headers, raw)


@dataclass
class Reply:
    head: Head
    body: bytes
    complete: bool = True  # False: the connection ended before the body did
    raw_body: bytes = b""  # with its chunk framing
    pieces: list[tuple[float, int]] = field(default_factory=list)  # when how many bytes had arrived

    @property
    def status(self) -> int:
        return int(self.head.start.split(" ", 2)[1])

    def header(self, name: str) -> str | None:
        return self.head.get(name)


class ConnectionEnded(Exception):
    """The server closed or reset the connection before it had sent a head."""


class RawClient:
    """One connection. `send` writes bytes as they are; `read` takes the next answer off it."""

    def __init__(self, url: str, timeout_s: float = TIMEOUT_S) -> None:
        parts = urllib.parse.urlsplit(url)
        self.socket = socket.create_connection((parts.hostname, parts.port), timeout=timeout_s)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def send(self, raw: bytes) -> None:
        self.socket.sendall(raw)

    def request(self, method: str, target: str, headers: Headers | None = None, body: bytes = b"") -> None:
        self.send(request_bytes(method, target, headers, body))

    def call(self, method: str, target: str, headers: Headers | None = None, body: bytes = b"") -> Reply:
        self.request(method, target, headers, body)
        return self.read(method)

    def read(self, method: str = "GET") -> Reply:
        """The next final answer; interim ones are passed over."""
        while True:
            head = self.read_head()
            status = int(head.start.split(" ", 2)[1])
            if status >= 200:
                break
        if method == "HEAD" or status in {204, 304}:
            return Reply(head, b"")
        if (head.get("transfer-encoding") or "").lower() == "chunked":
            return self._read_chunked(head)
        length = head.get("content-length")
        return self._read_counted(head, int(length) if length is not None else None)

    def read_head(self) -> Head:
        while b"\r\n\r\n" not in self.buffer:
            assert len(self.buffer) < HEAD_BYTES_MAX, "a head without an end"
            if not self._more():
                raise ConnectionEnded(self.buffer)
        raw, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        return parse_head(raw + b"\r\n\r\n")

    def _more(self) -> bool:
        try:
            piece = self.socket.recv(1 << 16)
        except ConnectionError:
            return False
        self.buffer += piece
        return bool(piece)

    def _read_counted(self, head: Head, length: int | None) -> Reply:
        pieces = [(time.monotonic(), len(self.buffer))]
        while length is None or len(self.buffer) < length:
            if not self._more():
                body, self.buffer = self.buffer, b""
                return Reply(head, body, length is None, body, pieces)
            pieces.append((time.monotonic(), len(self.buffer)))
        body, self.buffer = self.buffer[:length], self.buffer[length:]
        return Reply(head, body, True, body, pieces)

    def _read_chunked(self, head: Head) -> Reply:
        body, raw = b"", b""
        while True:
            line = self._take_line()
            if line is None:
                return Reply(head, body, False, raw)
            size = int(line.split(b";")[0], 16)
            raw += line + b"\r\n"
            while len(self.buffer) < size + 2:
                if not self._more():
                    return Reply(head, body + self.buffer, False, raw + self.buffer)
            body += self.buffer[:size]
            raw += self.buffer[: size + 2]
            self.buffer = self.buffer[size + 2 :]
            if size == 0:
                return Reply(head, body, True, raw)

    def _take_line(self) -> bytes | None:
        while b"\r\n" not in self.buffer:
            if not self._more():
                return None
        line, _, self.buffer = self.buffer.partition(b"\r\n")
        return line

    def closed_by_peer(self, timeout_s: float = TIMEOUT_S) -> bool:
        """Waits for the other side to close."""
        self.socket.settimeout(timeout_s)
        try:
            return self.socket.recv(1) == b""
        except ConnectionError:
            return True
        except TimeoutError:
            return False

    def close(self) -> None:
        self.socket.close()

    def __enter__(self) -> RawClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def request_bytes(method: str, target: str, headers: Headers | None = None, body: bytes = b"") -> bytes:
    """A request with host and, when there is a body without framing of its own, content-length."""
    fields = list(headers or [])
    names = {name.lower() for name, _ in fields}
    if "host" not in names:
        fields.insert(0, ("Host", "client.example"))
    if body and not names & {"content-length", "transfer-encoding"}:
        fields.append(("Content-Length", str(len(body))))
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields)
    return f"{method} {target} HTTP/1.1\r\n{lines}\r\n".encode("latin-1") + body


def chunked(body: bytes, size: int = 1000) -> bytes:
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
