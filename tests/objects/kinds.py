"""The kinds of object store that a gateway is started over, and what a test does behind its back."""

from __future__ import annotations

import http.client
import secrets
import tempfile
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.gateway import Gateway
from tests.support.radosgw import RadosGateway

WAIT_S = 60.0
NOBODY = "http://127.0.0.1:1"  # blobs need no store of rows


@dataclass
class Kind:
    """`overwrite` puts other bytes where the object of that key lies, below the data directory `place`."""

    name: str
    arguments: list[str]
    overwrite: Callable[[Path, str, bytes], None]
    environment: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def gateway(self, place: Path | None = None, *arguments: str) -> Iterator[Gateway]:
        with tempfile.TemporaryDirectory(prefix="layer-objects-") as folder:
            data = place or Path(folder) / "data"
            own = [*self.arguments, "--cache=off", *arguments]
            gateway = Gateway(data, NOBODY, own, self.environment, auth="open")
            with gateway:
                yield gateway
                code = gateway.stop()
                assert code == 0, f"the gateway ended with {code}:\n{gateway.tail()}"
            report = gateway.sanitizer_reports()
            assert not report, report


def file_kind() -> Kind:
    def overwrite(place: Path, key: str, data: bytes) -> None:
        *folders, name = key.split("/")
        path = place / "objects"
        for folder in folders:
            path /= f"{folder}~"
        assert (path / name).is_file(), f"{path / name} is not there"
        (path / name).write_bytes(data)

    return Kind("file", ["--object-store=file"], overwrite)


def s3_kind(server: RadosGateway) -> Kind:
    prefix = secrets.token_hex(4)

    def overwrite(_: Path, key: str, data: bytes) -> None:
        path = f"/{server.bucket}/{prefix}/{key}"
        server.request("GET", path)
        server.request("PUT", path, data)

    arguments = ["--object-store=s3", f"--object-prefix={prefix}"]
    return Kind("s3", arguments, overwrite, server.environment())


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes


def ask(
    gateway: Gateway, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
) -> Reply:
    parts = urllib.parse.urlsplit(gateway.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=WAIT_S)
    try:
        connection.request(method, path, body or None, headers or {})
        answer = connection.getresponse()
        fields = {name.lower(): value for name, value in answer.headers.items()}
        return Reply(answer.status, fields, answer.read())
    finally:
        connection.close()
