"""A store and gateways in front of it, and a client that reads documents."""

from __future__ import annotations

import http.client
import json
import tempfile
import urllib.parse
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.documents.relay import Relay
from tests.support.gateway import WAIT_S, Gateway
from tests.support.server import Server

# Write tokens of one gateway are accepted by the others.
CURSOR_KEY = "--cursor-key=0123456789abcdef0123456789abcdef"


class Reply:
    def __init__(self, answer: http.client.HTTPResponse) -> None:
        self.status = answer.status
        self.headers = {name.lower(): value for name, value in answer.headers.items()}
        self.body = answer.read()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def cache(self) -> str:
        return self.headers.get("x-layer-cache", "")


class Client:
    """One kept connection."""

    def __init__(self, url: str, key: str = "") -> None:
        parts = urllib.parse.urlsplit(url)
        self.connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=3 * WAIT_S)
        self.fields = {"authorization": f"Bearer {key}"} if key else {}

    def call(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Reply:
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        self.connection.request(method, path, data, {**self.fields, **(headers or {})})
        return Reply(self.connection.getresponse())

    def fetch(self, ns: str, id_text: Any, query: str = "", headers: dict[str, str] | None = None) -> Reply:
        segment = urllib.parse.quote(str(id_text), safe="")
        return self.call("GET", f"/v2/namespaces/{ns}/documents/{segment}{query}", headers=headers)

    def batch(self, ns: str, ids: Sequence[Any], **members: Any) -> Reply:
        return self.call("POST", f"/v2/namespaces/{ns}/documents", {"ids": list(ids), **members})

    def write(self, ns: str, body: dict[str, Any]) -> Reply:
        reply = self.call("POST", f"/v2/namespaces/{ns}", body)
        assert reply.status == 200, reply.body
        return reply


class Stack:
    """Use as a context manager; leaving it asserts that nothing crashed."""

    def __init__(self, store_arguments: Sequence[str] = ()) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="layer-documents-")
        self.root = Path(self.folder.name)
        self.store = Server(self.root / "store", "store", store_arguments)
        self.gateways: list[Gateway] = []

    def __enter__(self) -> Stack:
        self.store.start()
        self.relay = Relay(self.store.url).__enter__()
        return self

    def gateway(self, name: str, *arguments: str, auth: str = "open") -> Gateway:
        """Starts a gateway that asks the store through the relay."""
        gateway = Gateway(self.root / name, self.relay.url, [CURSOR_KEY, *arguments], auth=auth).start()
        self.gateways.append(gateway)
        return gateway

    def direct(self) -> Client:
        return Client(self.store.url)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            for gateway in self.gateways:
                if error is None and gateway.process is not None and gateway.process.poll() is None:
                    assert gateway.stop() == 0, gateway.tail()
                report = gateway.sanitizer_reports()
                assert error is not None or not report, report
        finally:
            for gateway in self.gateways:
                gateway.__exit__(kind, error, trace)
            self.relay.__exit__(kind, error, trace)
            self.store.__exit__(kind, error, trace)
            self.folder.cleanup()


def value(gateway_client: Client, ns: str, id_text: Any) -> Any:
    """The attribute `v` of a row, None where there is no row."""
    reply = gateway_client.fetch(ns, id_text)
    assert reply.status in (200, 404), (reply.status, reply.body)
    return reply.json["attributes"]["v"] if reply.status == 200 else None
