"""What x-layer-cache says, what the store is asked, what a write does to what is cached."""

from __future__ import annotations

import threading
import time

from tests.documents.stack import Client, Stack, value
from tests.support.gateway import until


def test_a_miss_becomes_a_hit_and_costs_one_call() -> None:
    with Stack() as stack:
        gateway = stack.gateway("one")
        client = Client(gateway.url)
        stack.direct().write("docs", {"upsert_rows": [{"id": n, "v": n} for n in range(5)]})
        assert client.fetch("docs", 0).cache == "miss"
        before = stack.relay.total()
        cold = client.fetch("docs", 1)
        assert cold.cache == "miss" and cold.headers["x-layer-served-by"] == "upstream"
        assert stack.relay.total() - before == 1, "a cold miss is one round trip"
        warm = client.fetch("docs", 1)
        assert warm.cache == "hit" and warm.headers["x-layer-served-by"] == "cache"
        assert "cache;dur=" in warm.headers["server-timing"]
        assert stack.relay.total() - before == 1, "a hit is none"
        assert client.fetch("docs", 99).status == 404
        absent = client.fetch("docs", 99)
        assert absent.status == 404 and absent.cache == "hit"
        assert client.batch("docs", [0, 1, 99]).cache == "hit"
        mixed = client.batch("docs", [0, 2, 98])
        assert mixed.cache == "partial" and mixed.json["missing"] == [98]
        assert stack.relay.total() - before == 3
        until(
            lambda: gateway.metric("hevlayer_cache_demand_total", namespace="docs") == 7,
            "all that the cache was asked to be counted",
        )
        assert gateway.metric("layer_cache_bytes") > 0


def test_reads_see_every_write_through_their_gateway() -> None:
    with Stack() as stack:
        client = Client(stack.gateway("one").url)
        for n in range(30):
            client.write("docs", {"upsert_rows": [{"id": 7, "v": n}]})
            assert value(client, "docs", 7) == n
            assert value(client, "docs", 7) == n
            if n % 5 == 4:
                client.write("docs", {"patch_rows": [{"id": 7, "v": -n}]})
                assert value(client, "docs", 7) == -n
            if n % 10 == 9:
                client.write("docs", {"deletes": [7]})
                assert value(client, "docs", 7) is None
                assert value(client, "docs", 7) is None
        client.write("docs", {"upsert_rows": [{"id": 7, "v": 1}, {"id": 8, "v": 2}]})
        assert value(client, "docs", 8) == 2
        client.write("docs", {"patch_by_filter": {"filters": ["v", "Gte", 2], "patch": {"v": 20}}})
        assert value(client, "docs", 8) == 20 and value(client, "docs", 7) == 1
        client.write("docs", {"delete_by_filter": ["v", "Eq", 20]})
        assert value(client, "docs", 8) is None and value(client, "docs", 7) == 1


def test_a_refused_write_leaves_the_row_as_it_was() -> None:
    with Stack() as stack:
        client = Client(stack.gateway("one").url)
        client.write("docs", {"upsert_rows": [{"id": 7, "v": 1}]})
        assert value(client, "docs", 7) == 1
        refused = client.call("POST", "/v2/namespaces/docs", {"upsert_rows": [{"id": 7, "v": "text"}]})
        assert refused.status == 400, refused.body
        assert value(client, "docs", 7) == 1


def test_a_namespace_made_anew_shows_nothing_of_the_old_one() -> None:
    with Stack() as stack:
        client = Client(stack.gateway("one").url)
        client.write("docs", {"upsert_rows": [{"id": 7, "v": 1}]})
        assert value(client, "docs", 7) == 1
        assert client.call("DELETE", "/v2/namespaces/docs").status == 200
        assert client.fetch("docs", 7).status == 404
        client.write("docs", {"upsert_rows": [{"id": "7", "v": "new"}]})
        reply = client.fetch("docs", 7)
        assert reply.json == {"id": "7", "attributes": {"v": "new"}}, reply.body


def test_concurrent_misses_of_a_row_make_one_call() -> None:
    readers = 20
    with Stack() as stack:
        gateway = stack.gateway("one", "--threads=2")
        stack.direct().write("docs", {"upsert_rows": [{"id": n, "v": n} for n in range(5)]})
        assert value(Client(gateway.url), "docs", 0) == 0
        before = stack.relay.total()
        stack.relay.hold()
        answers: list[bytes] = []

        def read() -> None:
            answers.append(Client(gateway.url).fetch("docs", 3).body)

        threads = [threading.Thread(target=read) for _ in range(readers)]
        for thread in threads:
            thread.start()
        until(lambda: gateway.metric("layer_fetch_waiting") == readers - 1, "the others wait for the first")
        stack.relay.release()
        for thread in threads:
            thread.join()
        assert answers == [b'{"id":3,"attributes":{"v":3}}'] * readers
        assert stack.relay.total() - before == 1


def test_one_who_leaves_takes_nothing_from_the_others() -> None:
    with Stack() as stack:
        gateway = stack.gateway("one")
        stack.direct().write("docs", {"upsert_rows": [{"id": n, "v": n} for n in range(5)]})
        assert value(Client(gateway.url), "docs", 0) == 0
        stack.relay.hold()
        first = Client(gateway.url)
        first.connection.request("GET", "/v2/namespaces/docs/documents/3")
        until(lambda: stack.relay.queries() == 2, "the first one's call")
        answers: list[int] = []
        second = threading.Thread(target=lambda: answers.append(value(Client(gateway.url), "docs", 3)))
        second.start()
        until(lambda: gateway.metric("layer_fetch_waiting") == 1, "the second one waits")
        first.connection.close()
        until(lambda: stack.relay.queries() == 3, "the second one asks for itself")
        stack.relay.release()
        second.join()
        assert answers == [3]


def test_eventual_reads_fill_nothing() -> None:
    with Stack() as stack:
        client = Client(stack.gateway("one").url)
        stack.direct().write("docs", {"upsert_rows": [{"id": 1, "v": 1}]})
        for _ in range(2):
            assert client.fetch("docs", 1, "?consistency=eventual").cache == "miss"


def test_without_a_cache_everything_is_bypassed() -> None:
    with Stack() as stack:
        gateway = stack.gateway("one", "--cache=off")
        client = Client(gateway.url)
        client.write("docs", {"upsert_rows": [{"id": 1, "v": 1}]})
        for _ in range(2):
            reply = client.fetch("docs", 1)
            assert reply.cache == "bypass" and reply.headers["x-layer-served-by"] == "upstream"
        health = gateway.health()
        assert health["cache"]["kind"] == "off" and health["features"]["cache"] == "off"


def test_a_write_token_of_another_gateway_skips_a_private_cache() -> None:
    with Stack() as stack:
        here, there = Client(stack.gateway("here").url), Client(stack.gateway("there").url)
        here.write("docs", {"upsert_rows": [{"id": 1, "v": 0}]})
        assert value(here, "docs", 1) == 0
        for n in range(1, 20):
            token = there.write("docs", {"upsert_rows": [{"id": 1, "v": n}]}).headers["x-layer-write-token"]
            reply = here.fetch("docs", 1, headers={"x-layer-read-after": token})
            assert reply.json["attributes"]["v"] == n, reply.body
            assert reply.cache == "bypass"


def test_where_a_row_is() -> None:
    with Stack() as stack:
        client = Client(stack.gateway("one").url)
        client.write("docs", {"upsert_rows": [{"id": 1, "v": 1}]})
        assert value(client, "docs", 1) == 1
        place = client.call("GET", "/v2/namespaces/docs/documents/1/where")
        assert place.json["exists"] and place.json["cache"] == "hit" and place.json["stamp_ms"] > 0
        gone = client.call("GET", "/v2/namespaces/docs/documents/2/where").json
        assert gone == {"id": 2, "exists": False, "indexed": "unknown", "cache": "none", "functions": []}


def test_a_write_past_the_gateway_voids_what_is_cached() -> None:
    with Stack() as stack:
        gateway = stack.gateway("one", "--upstream-key=tpuf_test", "--watch-stable-interval-ms=200")
        client = Client(gateway.url)
        client.write("docs", {"upsert_rows": [{"id": n, "v": n} for n in range(5)]})
        until(
            lambda: gateway.metric("layer_watch_polls_total", status="ok") > 1, "the store's time to be known"
        )
        client.fetch("docs", 1)
        assert client.fetch("docs", 1).cache == "hit"
        time.sleep(5.2)  # a store's clock may be that much ahead: sooner, the write could be the gateway's
        stack.direct().write("docs", {"upsert_rows": [{"id": 1, "v": 100}]})
        until(
            lambda: gateway.metric("layer_foreign_writes_total", namespace="docs") == 1,
            "a poll that shows it",
        )
        until(lambda: value(client, "docs", 1) == 100, "what is cached to be void")
        assert client.fetch("docs", 1).cache == "hit"
        assert gateway.metric("layer_foreign_writes_total", namespace="docs") == 1, "once"
