"""Gateways that share a PostgreSQL database: one sees the other's jobs and carries them on."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

from tests.documents.stack import Client, Stack
from tests.documents.warm_tests import SLOWLY, end_of, rows, start_warm, wait_for_rows, warm_job
from tests.support.gateway import Gateway, until
from tests.support.postgres import Postgres, folder_of_programs
from tests.support.tally import Skip

# A lease of 30 s has to run out, and the others look every 30 s.
TAKEOVER_S = 120.0


@contextlib.contextmanager
def fleet() -> Iterator[tuple[Stack, Postgres]]:
    """A store and a database server; gateways are started by the test."""
    if folder_of_programs() is None:
        raise Skip("PostgreSQL is not installed")
    with Postgres() as postgres, Stack() as stack:
        yield stack, postgres


def member(stack: Stack, postgres: Postgres, name: str, *arguments: str) -> Gateway:
    return stack.gateway(name, f"--database-url={postgres.url}", *arguments)


def database_ok(gateway: Gateway) -> bool:
    return bool(gateway.health()["queue"]["ok"])


def test_every_gateway_sees_and_cancels_the_jobs_of_all() -> None:
    with fleet() as (stack, postgres):
        one, two = member(stack, postgres, "one"), member(stack, postgres, "two")
        assert one.health()["queue"] == {"kind": "postgres", "ok": True}
        assert one.health()["features"]["jobs"] == "on"
        stack.direct().write("docs", rows(1000))
        here, there = Client(one.url), Client(two.url)
        job = start_warm(here, **SLOWLY)
        assert start_warm(there) == job, "a second warm is the one that runs, wherever it is asked for"
        assert [each["id"] for each in there.call("GET", "/v2/jobs").json["jobs"]] == [job]
        wait_for_rows(there, job, 20)
        assert there.call("DELETE", f"/v2/jobs/{job}").json["status"] == "cancelled"
        assert warm_job(here, job)["status"] == "cancelled"
        assert warm_job(here, job)["documents_scanned"] < 1000
        assert postgres.query(f"SELECT status FROM layer.jobs WHERE id = '{job}'") == "cancelled"


def test_the_job_of_a_killed_gateway_goes_on_at_another() -> None:
    with fleet() as (stack, postgres):
        one = member(stack, postgres, "one")
        stack.direct().write("docs", rows(1000))
        job = start_warm(Client(one.url), **SLOWLY)
        wait_for_rows(Client(one.url), job, 100)
        # Not before: all gateways are told of a job that waits, and the first takes it.
        two = member(stack, postgres, "two")
        one.kill()
        client = Client(two.url)
        until(lambda: client.call("GET", f"/v2/jobs/{job}").json["epoch"] == 2, "a takeover", TAKEOVER_S)
        done = end_of(client, job)
        assert done["status"] == "completed" and done["complete"], done
        assert done["documents_scanned"] == 1000
        assert two.metric("layer_jobs_resumed_total", kind="warm") == 1


def test_without_the_database_reads_go_on_and_jobs_say_so_until_it_is_back() -> None:
    with fleet() as (stack, postgres):
        gateway = member(stack, postgres, "one")
        stack.direct().write("docs", rows(1000))
        client = Client(gateway.url)
        job = start_warm(client, **SLOWLY)
        wait_for_rows(client, job, 20)
        postgres.stop()
        for method, path in (
            ("GET", "/v2/jobs"),
            ("GET", f"/v2/jobs/{job}"),
            ("DELETE", f"/v2/jobs/{job}"),
            ("POST", "/v2/namespaces/docs/warm"),
        ):
            refused = client.call(method, path, {} if method == "POST" else None)
            assert refused.status == 503 and refused.json["reason"] == "queue_database", refused.body
        assert client.fetch("docs", 1).status == 200
        assert gateway.health()["queue"] == {"kind": "postgres", "ok": False}
        assert gateway.health()["features"]["jobs"] == "unavailable:queue_database"
        postgres.start()
        until(lambda: client.call("GET", "/v2/jobs").status == 200, "the database to be used again", 60)
        done = end_of(client, job)
        assert done["status"] == "completed" and done["complete"], done
        until(lambda: database_ok(gateway), "a healthy database")


def test_a_database_that_hangs_holds_nobody_for_long() -> None:
    with fleet() as (stack, postgres):
        gateway = member(stack, postgres, "one")
        stack.direct().write("docs", rows(10))
        client = Client(gateway.url)
        assert client.call("GET", "/v2/jobs").status == 200
        postgres.pause()
        try:
            refused = client.call("GET", "/v2/jobs")
            assert refused.status == 503 and refused.json["reason"] == "queue_database", refused.body
            assert client.fetch("docs", 1).status == 200
        finally:
            postgres.resume()
        until(lambda: client.call("GET", "/v2/jobs").status == 200, "the database to be used again", 60)


def test_a_gateway_starts_without_its_database() -> None:
    with fleet() as (stack, postgres):
        postgres.stop()
        gateway = member(stack, postgres, "one")
        stack.direct().write("docs", rows(10))
        client = Client(gateway.url)
        assert client.fetch("docs", 1).status == 200
        assert client.call("GET", "/v2/jobs").status == 503
        postgres.start()
        until(lambda: client.call("GET", "/v2/jobs").status == 200, "the database to be used", 60)
        assert end_of(client, start_warm(client))["complete"]


def test_an_object_store_belongs_to_one_database() -> None:
    with fleet() as (stack, postgres):
        gateway = member(stack, postgres, "one")
        assert gateway.stop() == 0
        postgres.query("CREATE DATABASE other")
        gateway.arguments[-1] = f"--database-url={postgres.url.rpartition('/')[0]}/other"
        try:
            gateway.start()
        except RuntimeError as failure:
            assert "--adopt-queue" in str(failure), failure
        else:
            raise AssertionError("a gateway took the object store of another database")
        gateway.arguments.append("--adopt-queue")
        gateway.start()
        assert gateway.health()["queue"]["ok"]


def test_a_url_that_cannot_be_read_is_refused_without_repeating_its_password() -> None:
    with Stack() as stack:
        for url in ("postgres://ann:secret@host:port/db", "mysql://ann:secret@host/db"):
            try:
                stack.gateway("one", f"--database-url={url}")
            except RuntimeError as failure:
                assert "--database-url" in str(failure) and "secret" not in str(failure), failure
            else:
                raise AssertionError(f"a gateway started with {url}")


def test_a_deleted_namespace_is_announced_to_the_other_gateways() -> None:
    with fleet() as (stack, postgres):
        one = member(stack, postgres, "one")
        stack.direct().write("docs", rows(10))
        assert Client(one.url).call("DELETE", "/v2/namespaces/docs").status in (200, 202)
        announced = "SELECT count(*) FROM layer.changes WHERE kind = 'namespace' AND key = 'docs'"
        until(lambda: int(postgres.query(announced)) > 0, "the deletion to be announced")


# A gateway polls a store with a credential of its own; the shorter interval is that of an index at rest.
WATCHING = ("--upstream-key=tpuf_test", "--watch-stable-interval-ms=500")


def layer_block(gateway: Gateway) -> dict[str, Any]:
    reply = Client(gateway.url).call("GET", "/v2/namespaces/docs/metadata?layer=true")
    assert reply.status == 200, reply.body
    return dict(reply.json["layer"])


def test_the_watermark_of_every_gateway_counts_the_writes_of_all() -> None:
    with fleet() as (stack, postgres):
        one, two = (member(stack, postgres, name, *WATCHING) for name in ("one", "two"))
        for gateway in (one, two):
            Client(gateway.url).write("docs", rows(3))
        stamp = Client(one.url).call("GET", "/v2/namespaces/docs/documents/1/where").json["stamp_ms"]
        for gateway in (one, two):

            def passed(gateway: Gateway = gateway) -> bool:
                known = layer_block(gateway)
                return bool(known["is_stable"] and known["stable_as_of"] >= stamp)

            until(passed, "the watermark to pass the writes of both")
        stable = {"rank_by": ["id", "asc"], "top_k": 10, "consistency": {"level": "stable"}}
        answer = Client(two.url).call("POST", "/v2/namespaces/docs/query", stable)
        assert answer.headers["x-layer-stable-cut"] == "false"
        assert len(answer.json["rows"]) == 3
        assert postgres.query("SELECT state FROM layer.watermarks WHERE namespace = 'docs'") == "stable"


def test_a_write_under_way_through_one_gateway_holds_back_the_watermark_of_the_others() -> None:
    with fleet() as (stack, postgres):
        one, two = (member(stack, postgres, name, *WATCHING) for name in ("one", "two"))
        Client(two.url).write("docs", rows(3))
        stack.relay.hold("POST")
        late = threading.Thread(target=lambda: Client(one.url).write("docs", rows(4)))
        late.start()
        try:
            under_way = "SELECT count(*) FROM layer.inflight WHERE namespace = 'docs'"
            until(lambda: postgres.query(under_way) == "1", "the write to be told of")
            polls = two.metric("layer_watch_polls_total", status="ok")
            until(lambda: two.metric("layer_watch_polls_total", status="ok") > polls + 3, "polls meanwhile")
            mark = layer_block(two)["stable_as_of"]
        finally:
            stack.relay.release()
            late.join()
        stamp = Client(one.url).call("GET", "/v2/namespaces/docs/documents/1/where").json["stamp_ms"]
        assert mark < stamp, "the mark passed a write that was not acknowledged"
        until(lambda: layer_block(two)["stable_as_of"] >= stamp, "the watermark to pass it afterwards")


def test_a_gateway_that_stops_is_no_longer_waited_for() -> None:
    with fleet() as (stack, postgres):
        one, two = member(stack, postgres, "one"), member(stack, postgres, "two")
        until(lambda: postgres.query("SELECT count(*) FROM layer.gateways") == "2", "both to be known")
        assert one.stop() == 0
        assert postgres.query("SELECT count(*) FROM layer.gateways") == "1"
        assert database_ok(two)
