"""A slow line between a client and a server: a long answer comes in drops, and never to its end."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
import urllib.parse
from types import TracebackType

DROP_BYTES = 20_000
DROP_EVERY_S = 0.2


class Trickle:
    """Use as a context manager; `url` is its address. A connection carries `bytes_max` bytes back."""

    def __init__(self, url: str, bytes_max: int) -> None:
        parts = urllib.parse.urlsplit(url)
        self.server = (parts.hostname or "", parts.port or 0)
        self.bytes_max = bytes_max
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.ended = threading.Event()

    def __enter__(self) -> Trickle:
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.ended.set()
        self.listener.close()

    def accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                try:
                    server = socket.create_connection(self.server)
                except OSError:  # it is being restarted
                    client.close()
                    continue
                threading.Thread(target=self.forth, args=(client, server), daemon=True).start()
                threading.Thread(target=self.back, args=(server, client), daemon=True).start()

    def forth(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := client.recv(65536):
                server.sendall(piece)
        with contextlib.suppress(OSError):
            server.shutdown(socket.SHUT_WR)

    def back(self, server: socket.socket, client: socket.socket) -> None:
        left = self.bytes_max
        with contextlib.suppress(OSError):
            while left > 0 and (piece := server.recv(min(DROP_BYTES, left))):
                left -= len(piece)
                client.sendall(piece)
                if len(piece) == DROP_BYTES:
                    time.sleep(DROP_EVERY_S)
            if left == 0:
                self.ended.wait()
        with contextlib.suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)
