"""A cache that is broken, full or killed, and a store that is away."""

from __future__ import annotations

import http.client
import os
import random
import threading

from tests.documents.stack import Client, Stack, value
from tests.support.gateway import Gateway


def test_a_cache_directory_that_cannot_be_used_bypasses() -> None:
    with Stack() as stack:
        data = stack.root / "one"
        data.mkdir()
        (data / "cache").write_text("a file, not a directory")
        gateway = stack.gateway("one")
        client = Client(gateway.url)
        client.write("docs", {"upsert_rows": [{"id": 1, "v": 1}]})
        for _ in range(2):
            reply = client.fetch("docs", 1)
            assert reply.status == 200 and reply.cache == "bypass"
        assert gateway.health()["features"]["cache"] == "unavailable:cache"


def test_a_cache_outlives_a_stop_in_good_order() -> None:
    with Stack() as stack:
        gateway = stack.gateway("one")
        client = Client(gateway.url)
        client.write("docs", {"upsert_rows": [{"id": n, "v": n} for n in range(100)]})
        assert client.batch("docs", range(100)).status == 200
        assert gateway.stop() == 0
        gateway.start()
        client = Client(gateway.url)
        assert client.batch("docs", range(100)).cache == "hit"
        assert value(client, "docs", 7) == 7


def test_damaged_files_are_misses() -> None:
    with Stack() as stack:
        gateway = stack.gateway("one", "--cache-size=1MiB")
        client = Client(gateway.url)
        rows = [{"id": n, "v": f"{n:08d}" * 200} for n in range(2000)]
        client.write("docs", {"upsert_rows": rows})
        assert client.batch("docs", range(2000)).status == 200
        assert gateway.stop() == 0
        pick = random.Random(1)
        for file in (stack.root / "one" / "cache").rglob("*.sst"):
            data = bytearray(file.read_bytes())
            for _ in range(20):
                data[pick.randrange(len(data))] ^= 0xFF
            file.write_bytes(data)
        gateway.start()
        client = Client(gateway.url)
        for n in range(0, 2000, 7):
            assert value(client, "docs", n) == rows[n]["v"]
        answer = client.batch("docs", range(2000)).json
        assert [row["attributes"]["v"] for row in answer["documents"]] == [row["v"] for row in rows]


def test_a_full_cache_gives_right_answers() -> None:
    with Stack() as stack:
        client = Client(stack.gateway("one", "--cache=memory", "--cache-size=1MiB").url)
        rows = [{"id": n, "v": str(n) * 500} for n in range(2000)]
        stack.direct().write("docs", {"upsert_rows": rows})
        for _ in range(2):
            answer = client.batch("docs", range(2000)).json
            assert [row["attributes"]["v"] for row in answer["documents"]] == [row["v"] for row in rows]
            client.write("docs", {"upsert_rows": [{"id": 0, "v": "new"}]})
            rows[0]["v"] = "new"
            assert value(client, "docs", 0) == "new"


def test_hits_go_on_while_the_store_is_away() -> None:
    with Stack() as stack:
        client = Client(stack.gateway("one", "--breaker=off").url)
        client.write("docs", {"upsert_rows": [{"id": 1, "v": 1}]})
        assert value(client, "docs", 1) == 1
        stack.relay.refusal = 500
        assert value(client, "docs", 1) == 1
        refused = client.fetch("docs", 2)
        assert refused.status == 500 and refused.body == b'{"error":"weather"}', "relayed as it came"


class Load:
    """Threads that write rows and read them back until the gateway is gone."""

    ROWS = 20
    THREADS = 4

    def __init__(self) -> None:
        self.acknowledged = [-1] * self.ROWS
        self.attempted = [-1] * self.ROWS
        self.wrong: list[str] = []

    def run_until_killed(self, gateway: Gateway) -> None:
        busy = threading.Event()
        threads = [
            threading.Thread(target=self._write, args=(gateway.url, first, busy))
            for first in range(self.THREADS)
        ]
        for thread in threads:
            thread.start()
        busy.wait()
        gateway.kill()
        for thread in threads:
            thread.join()
        assert not self.wrong, self.wrong

    def _write(self, url: str, first: int, busy: threading.Event) -> None:
        client = Client(url)
        pick = random.Random(first)
        try:
            while True:
                n = pick.randrange(first, self.ROWS, self.THREADS)
                self.attempted[n] += 1
                client.write("docs", {"upsert_rows": [{"id": n, "v": self.attempted[n]}]})
                self.acknowledged[n] = self.attempted[n]
                seen = value(client, "docs", n)
                if seen != self.acknowledged[n]:
                    self.wrong.append(f"row {n}: {seen} instead of {self.acknowledged[n]}")
                if self.attempted[n] >= 3:
                    busy.set()
        except (OSError, http.client.HTTPException):
            busy.set()  # the gateway is gone

    def check(self, client: Client) -> None:
        for n in range(self.ROWS):
            seen = value(client, "docs", n)
            got = -1 if seen is None else seen
            assert self.acknowledged[n] <= got <= self.attempted[n], (n, got)


def test_a_killed_gateway_begins_with_nothing_old() -> None:
    """SIGKILL amid reads and writes; afterwards every read is what was acknowledged, or newer."""
    rounds = 2 if os.environ.get("LAYER_TEST_FAST") else 5
    with Stack() as stack:
        gateway = stack.gateway("one")
        load = Load()
        for _ in range(rounds):
            load.run_until_killed(gateway)
            gateway.start()
            load.check(Client(gateway.url))
            load.check(Client(gateway.url))
