"""A gateway in front of a misbehaving upstream, and the questions that every test ends with."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.support.fault_upstream import FaultUpstream, Received, respond
from tests.support.gateway import KEY, Gateway, until
from tests.support.raw_http import Headers, RawClient, Reply

NS = "/v2/namespaces/films"
QUERY = f"{NS}/query"
AUTHORIZATION = ("Authorization", f"Bearer {KEY}")
# Headers a gateway adds to a plain exchange, the complete list of rule T4.
ADDED = {
    "x-layer-served-by",
    "server-timing",
    "traceparent",
    "x-layer-stable-as-of",
    "x-layer-write-token",
    "x-layer-query-id",
    "x-layer-deletion-id",
}


class Rig:
    """Use as a context manager; leaving it asserts that nothing leaked and nothing crashed."""

    def __init__(self, arguments: Sequence[str] = (), auth: str = "passthrough") -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="layer-gateway-")
        self.upstream = FaultUpstream()
        self.arguments = list(arguments)
        self.auth = auth
        self.gateway = Gateway(Path(self.folder.name) / "data", "")

    def __enter__(self) -> Rig:
        self.upstream.__enter__()
        folder = Path(self.folder.name) / "data"
        self.gateway = Gateway(folder, self.upstream.url, self.arguments, auth=self.auth).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self.assert_quiet()
                process = self.gateway.process
                if process is not None and process.poll() is None:
                    code = self.gateway.stop()
                    assert code == 0, f"the gateway ended with {code}:\n{self.gateway.tail()}"
                report = self.gateway.sanitizer_reports()
                assert not report, report
                assert not self.upstream.faults, self.upstream.faults
        finally:
            self.gateway.__exit__(kind, error, trace)
            self.upstream.__exit__(kind, error, trace)
            self.folder.cleanup()

    def reset(self) -> None:
        """Good weather again, for the next test of the same gateway."""
        self.upstream.default = respond()
        self.upstream.plans.clear()
        if self.upstream.half_dead:
            self.upstream.half_dead = False
            self.upstream.refuse()
            self.upstream.listen()

    def client(self) -> RawClient:
        return RawClient(self.gateway.url)

    def call(
        self,
        method: str = "POST",
        target: str = QUERY,
        body: bytes = b'{"top_k":1}',
        headers: Headers | None = None,
        plan: str = "",
    ) -> Reply:
        """One request on a connection of its own."""
        fields = self.fields(headers, plan)
        with self.client() as client:
            return client.call(method, target, fields, b"" if method in {"GET", "HEAD"} else body)

    @staticmethod
    def fields(headers: Headers | None = None, plan: str = "") -> Headers:
        return [AUTHORIZATION, *(headers or []), *([("x-plan", plan)] if plan else [])]

    def received(self, target: str = QUERY) -> Received:
        """The last request of that target that reached the upstream."""
        return next(each for each in reversed(self.upstream.received) if each.target == target)

    def in_flight(self) -> float:
        return self.gateway.metric("layer_http_inflight")

    def assert_quiet(self) -> None:
        """Nothing is in flight, and every open upstream connection is an idle one of the pool."""
        process = self.gateway.process
        if process is None or process.poll() is not None:
            return
        until(lambda: self.in_flight() == 0, "requests in flight are gone")
        until(lambda: self.gateway.metric("layer_tpuf_inflight") == 0, "store calls in flight are gone")
        busy = "layer_upstream_connections"
        until(lambda: self.gateway.metric(busy, state="active") == 0, "no connection is in use")
        idle = self.gateway.metric(busy, state="idle")
        until(
            lambda: self.upstream.open_connections == self.gateway.metric(busy, state="idle"),
            f"the upstream sees only the {idle:.0f} idle connections, not {self.upstream.open_connections}",
        )


def error_of(reply: Reply) -> dict[str, Any]:
    """The body of an error that the gateway made; asserts the shape that all of them share."""
    assert (reply.header("content-type") or "").startswith("application/json"), reply.head.raw
    body = json.loads(reply.body)
    assert body["status"] == "error" and isinstance(body["message"], str), body
    return dict(body)


def expect_error(reply: Reply, status: int, code: str) -> dict[str, Any]:
    assert reply.status == status, (reply.head.raw, reply.body)
    body = error_of(reply)
    assert body["error"] == code, body
    should_retry = reply.header("x-should-retry")
    if 400 <= status < 500 and status not in {408, 429}:
        assert should_retry == "false", reply.head.raw
    assert KEY not in reply.body.decode(), "an error never shows a key"
    return body
