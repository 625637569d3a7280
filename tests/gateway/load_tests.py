"""Mixed load on a sanitized gateway in front of a real store: many callers, every kind of request."""

from __future__ import annotations

import asyncio
import json
import random
import tempfile
import time
from pathlib import Path

from tests.gateway.random_tests import read_all
from tests.gateway.rig import AUTHORIZATION
from tests.support.gateway import Gateway, until
from tests.support.raw_http import Headers, request_bytes
from tests.support.server import Server

CALLERS = 24
SECONDS = 8.0
NAMESPACES = 6


class Load:
    """Callers that write, read, list, ask for what is missing, send nonsense and leave in the middle."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.random = random.Random(7)
        self.until = time.monotonic() + SECONDS
        self.statuses: dict[int, int] = {}
        self.faults: list[str] = []

    async def run(self) -> None:
        await asyncio.gather(*(self.caller() for _ in range(CALLERS)))

    async def caller(self) -> None:
        while time.monotonic() < self.until:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 22)
            for _ in range(20):
                method, target, body, allowed = self.request()
                fields: Headers = [AUTHORIZATION, ("content-type", "application/json")]
                fields += [("accept-encoding", "gzip")] if self.random.random() < 0.3 else []
                writer.write(request_bytes(method, target, fields, body))
                if self.random.random() < 0.02:
                    break
                answer = await asyncio.wait_for(read_all(reader), 60)
                if answer is None:
                    self.faults.append(f"{method} {target}: the connection ended")
                    break
                status = int(answer[0].start.split(" ")[1])
                self.statuses[status] = self.statuses.get(status, 0) + 1
                if status not in allowed:
                    self.faults.append(f"{method} {target} {body[:80]!r}: {status} {answer[1][:200]!r}")
            writer.close()

    def request(self) -> tuple[str, str, bytes, set[int]]:
        name = f"load-{self.random.randrange(NAMESPACES)}"
        row = self.random.randrange(1000)
        kind = self.random.random()
        if kind < 0.35:
            rows = [{"id": row + i, "n": i, "s": "x" * self.random.randrange(200)} for i in range(20)]
            return "POST", f"/v2/namespaces/{name}", json.dumps({"upsert_rows": rows}).encode(), {200}
        if kind < 0.75:
            query = {"rank_by": ["id", "asc"], "limit": 50, "include_attributes": True}
            return "POST", f"/v2/namespaces/{name}/query", json.dumps(query).encode(), {200}
        if kind < 0.85:
            return "GET", f"/v2/namespaces/{name}/metadata", b"", {200}
        if kind < 0.90:
            return "GET", "/v1/namespaces?prefix=load", b"", {200}
        if kind < 0.95:
            return "POST", "/v2/namespaces/missing/query", b'{"limit":1}', {404}
        return "POST", f"/v2/namespaces/{name}/query", b'{"limit":', {400}


def test_mixed_load_on_a_sanitized_gateway() -> None:
    with tempfile.TemporaryDirectory(prefix="layer-load-") as text:
        folder = Path(text)
        with (
            Server(folder / "rows", arguments=["--access-log=false"]) as store,
            Gateway(folder / "gateway", store.url, ["--access-log=false"]) as gateway,
        ):
            load = Load(int(gateway.url.rpartition(":")[2]))
            asyncio.run(seed_namespaces(load.port))
            asyncio.run(load.run())
            served = sum(load.statuses.values())
            print(f"       {served} requests by {CALLERS} callers: {load.statuses}", flush=True)
            assert not load.faults, load.faults[:5]
            until(lambda: gateway.metric("layer_http_inflight") == 0, "nothing is in flight")
            assert gateway.stop() == 0, gateway.tail()
            assert not gateway.sanitizer_reports(), gateway.sanitizer_reports()
            assert store.stop() == 0, store.tail()


async def seed_namespaces(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for number in range(NAMESPACES):
        body = b'{"upsert_rows":[{"id":1,"n":1,"s":"x"}]}'
        writer.write(request_bytes("POST", f"/v2/namespaces/load-{number}", [AUTHORIZATION], body))
        answer = await read_all(reader)
        assert answer is not None and " 200 " in answer[0].start, answer
    writer.close()
