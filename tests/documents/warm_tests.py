"""Warms and other jobs over real processes: to their end, through kills and restarts, cancelled, refused."""

from __future__ import annotations

import json
import subprocess
from typing import Any

from tests.documents.stack import Client, Stack
from tests.support.gateway import Gateway, until
from tests.support.server import default_binary

OVER = ("completed", "failed", "cancelled")
# Slow enough to be interrupted: some seconds for 1,000 rows.
SLOWLY = {"page_size": 20, "rows_per_second": 250}


def rows(count: int, text: str = "") -> dict[str, Any]:
    return {"upsert_rows": [{"id": n, "v": n, "text": text} for n in range(count)]}


def start_warm(client: Client, **params: Any) -> str:
    reply = client.call("POST", "/v2/namespaces/docs/warm", params)
    assert reply.status == 202, reply.body
    assert reply.headers["x-layer-job-id"] == reply.json["id"]
    return str(reply.json["id"])


def warm_job(client: Client, job: str) -> Any:
    reply = client.call("GET", f"/v2/namespaces/docs/warm-jobs/{job}")
    assert reply.status == 200, reply.body
    return reply.json


def end_of(client: Client, job: str) -> Any:
    until(lambda: warm_job(client, job)["status"] in OVER, "the end of the warm", 120)
    return warm_job(client, job)


def wait_for_rows(client: Client, job: str, count: int) -> None:
    until(lambda: bool(warm_job(client, job)["documents_scanned"] >= count), "some rows", 60)


def assert_all_hits(stack: Stack, client: Client, count: int) -> None:
    client.fetch("docs", 0)  # what must be known of the namespace is known
    before = stack.relay.total()
    for first in range(0, count, 500):
        ids = list(range(first, min(first + 500, count)))
        batch = client.batch("docs", ids)
        assert batch.cache == "hit", batch.headers
        assert [row["attributes"]["v"] for row in batch.json["documents"]] == ids
    assert stack.relay.total() == before


def restart(gateway: Gateway) -> Client:
    gateway.start()
    return Client(gateway.url)


def cli(gateway: Gateway, *words: str) -> tuple[int, str]:
    command = [str(default_binary()), *words, "--base-url", gateway.url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout


def test_a_warm_makes_every_row_a_hit() -> None:
    with Stack() as stack:
        gateway = stack.gateway("one")
        client = Client(gateway.url)
        stack.direct().write("docs", rows(2500))
        done = end_of(client, start_warm(client))
        assert done["status"] == "completed" and done["progress"] == 1 and done["complete"], done
        assert done["documents_scanned"] == 2500 and done["namespace"] == "docs"
        assert done["certified"] is False, "others may write this namespace"
        assert_all_hits(stack, client, 2500)
        listed = client.call("GET", "/v2/namespaces/docs/warm-jobs").json["warm_jobs"]
        assert [job["id"] for job in listed] == [done["id"]]
        record = client.call("GET", f"/v2/jobs/{done['id']}").json
        assert record["kind"] == "warm" and record["counters"]["done"] == 2500
        assert client.call("GET", "/v2/jobs?kind=warm&status=completed").json["jobs"][0]["id"] == done["id"]
        assert client.call("GET", "/v2/jobs?kind=scan").json["jobs"] == []
        assert gateway.metric("layer_warm_rows_total", result="kept") == 2500
        (state,) = gateway.health()["cache_state"]
        assert state["namespace"] == "docs" and state["state"] == "warm" and state["warm_inflight"] == 0
        assert state["warmed_through"] == done["stable_as_of"]
        (listed,) = client.call("GET", "/v2/namespaces").json["namespaces"]
        assert listed["cache_state"] == {
            "state": "warm",
            "warmed_through_ms": done["stable_as_of"],
            "warm_inflight": False,
            "certified": False,
        }


def test_rows_written_during_a_warm_are_never_stale() -> None:
    with Stack() as stack:
        client = Client(stack.gateway("one").url)
        stack.direct().write("docs", rows(1000))
        job = start_warm(client, **SLOWLY)
        for n in range(0, 1000, 60):
            client.write("docs", {"upsert_rows": [{"id": n, "v": -n, "text": ""}]})
        end_of(client, job)
        for n in range(0, 1000, 60):
            assert client.fetch("docs", n).json["attributes"]["v"] == -n


def test_a_killed_warm_goes_on_and_ends_the_same() -> None:
    with Stack() as stack:
        gateway = stack.gateway("one")
        client = Client(gateway.url)
        stack.direct().write("docs", rows(1000))
        job = start_warm(client, **SLOWLY)
        wait_for_rows(client, job, 100)
        gateway.kill()
        client = restart(gateway)
        done = end_of(client, job)
        assert done["status"] == "completed" and done["complete"], done
        assert done["documents_scanned"] == 1000
        assert gateway.metric("layer_jobs_resumed_total", kind="warm") == 1
        assert client.call("GET", f"/v2/jobs/{job}").json["epoch"] == 2
        assert_all_hits(stack, client, 1000)


def test_a_stopped_gateway_goes_on_with_its_warm_when_it_is_back() -> None:
    with Stack() as stack:
        gateway = stack.gateway("one")
        client = Client(gateway.url)
        stack.direct().write("docs", rows(1000))
        job = start_warm(client, **SLOWLY)
        wait_for_rows(client, job, 100)
        assert gateway.stop() == 0
        client = restart(gateway)
        done = end_of(client, job)
        assert done["status"] == "completed" and done["complete"], done
        assert_all_hits(stack, client, 1000)


def test_a_cancelled_warm_stops() -> None:
    with Stack() as stack:
        gateway = stack.gateway("one")
        client = Client(gateway.url)
        stack.direct().write("docs", rows(1000))
        job = start_warm(client, **SLOWLY)
        assert start_warm(client, page_size=999) == job, "a second warm is the one that runs"
        wait_for_rows(client, job, 20)
        assert client.call("DELETE", f"/v2/jobs/{job}").json["status"] == "cancelled"
        assert warm_job(client, job)["status"] == "cancelled"
        assert warm_job(client, job)["documents_scanned"] < 1000
        assert start_warm(client) != job
        assert client.call("DELETE", f"/v2/jobs/{job}").json["status"] == "cancelled"


def test_jobs_belong_to_the_gateway_that_runs_them() -> None:
    with Stack() as stack:
        one, two = stack.gateway("one"), stack.gateway("two")
        stack.direct().write("docs", rows(10))
        job = start_warm(Client(one.url))
        end_of(Client(one.url), job)
        other = Client(two.url)
        assert other.call("GET", f"/v2/jobs/{job}").status == 404
        assert other.call("GET", "/v2/jobs").json["jobs"] == []
        assert end_of(other, start_warm(other))["complete"]


def test_what_speaks_against_a_warm_is_told() -> None:
    with Stack(["--memory-segment-bytes=64KiB"]) as stack:
        direct = stack.direct()
        direct.write("docs", rows(1500, "x" * 1000))

        def logical_bytes() -> int:
            return int(direct.call("GET", "/v2/namespaces/docs/metadata").json["approx_logical_bytes"])

        until(lambda: logical_bytes() > 2**20, "the store to know how large the namespace is", 60)
        small = Client(stack.gateway("small", "--cache=memory", "--cache-size=1MiB").url)
        refused = small.call("POST", "/v2/namespaces/docs/warm", {})
        assert refused.status == 422 and refused.json["reason"] == "cache_size", refused.body
        assert small.call("POST", "/v2/namespaces/nowhere/warm", {}).status == 404
        for body in ({"page_size": 0}, {"page_size": 10001}, {"vectors": True}, {"odd": 1}):
            wrong = small.call("POST", "/v2/namespaces/docs/warm", body)
            assert wrong.status == 422 and wrong.json["error"] == "validation_error", wrong.body
        cold = Client(stack.gateway("cold", "--cache=off").url).call("POST", "/v2/namespaces/docs/warm", {})
        assert cold.status == 503 and cold.json["cache_state"] == "cold", cold.body
        idle = stack.gateway("idle", "--database-url=off")
        off = Client(idle.url).call("POST", "/v2/namespaces/docs/warm", {})
        assert off.status == 422 and off.json["reason"] == "queue_database", off.body
        assert idle.health()["features"]["jobs"] == "off"
        bearer = Client(stack.gateway("bearer", auth="passthrough").url, "theirs")
        passed = bearer.call("POST", "/v2/namespaces/docs/warm", {})
        assert passed.status == 422 and passed.json["reason"] == "background_credential", passed.body
        assert bearer.call("GET", "/v2/jobs").status == 403


def test_a_hint_without_parameters_is_the_stores_alone() -> None:
    path = "/v1/namespaces/docs/hint_cache_warm"
    with Stack() as stack:
        client = Client(stack.gateway("one").url)
        stack.direct().write("docs", rows(100))
        plain, direct = client.call("GET", path), stack.direct().call("GET", path)
        assert (plain.status, plain.body) == (direct.status, direct.body)
        assert client.call("GET", "/v2/jobs").json["jobs"] == []


def test_a_hint_with_parameters_tells_what_came_of_each_step() -> None:
    path = "/v1/namespaces/docs/hint_cache_warm"
    with Stack() as stack:
        client = Client(stack.gateway("one").url)
        stack.direct().write("docs", rows(100))
        steps = client.call("GET", path + "?documents=true&page_size=30").json
        assert steps["namespace"] == "docs"
        assert steps["turbopuffer"]["enabled"] and steps["turbopuffer"]["status"] in ("started", "completed")
        assert steps["documents"]["status"] == "started"
        assert steps["snapshots"] == {"enabled": True, "status": "no_snapshot"}
        assert not steps["blobs"]["enabled"] and steps["blobs"]["status"] == "skipped"
        assert end_of(client, steps["documents"]["job"]["id"])["documents_scanned"] == 100
        none = client.call("GET", path + "?turbopuffer=false&documents=false&snapshots=false").json
        assert [none[step]["status"] for step in ("turbopuffer", "documents", "snapshots", "blobs")] == [
            "skipped"
        ] * 4
        blobs = client.call("GET", path + "?documents=false&blobs=true&blob_budget_bytes=9").json["blobs"]
        assert blobs["status"] == "completed" and blobs["attributes"] == [], "no Index names attributes"
        for query in ("?blobs=true", "?documents=yes", "?page_size=0", "?blob_budget_bytes=0"):
            assert client.call("GET", path + query).status == 422, query
        cold = Client(stack.gateway("cold", "--cache=off").url)
        assert cold.call("GET", path + "?documents=true").status == 503
        assert cold.call("GET", path + "?documents=false&snapshots=false").status == 200


def test_the_command_line_warms_and_follows() -> None:
    with Stack() as stack:
        gateway = stack.gateway("one")
        stack.direct().write("docs", rows(300))
        code, printed = cli(gateway, "warm", "docs", "--watch", "--json")
        assert code == 0 and json.loads(printed)["status"] == "completed"
        job = json.loads(printed)["id"]
        code, printed = cli(gateway, "jobs", "list", "--kind", "warm")
        assert code == 0 and json.loads(printed)["jobs"][0]["id"] == job
        code, printed = cli(gateway, "jobs", "get", job, "--output", "table")
        assert code == 0 and "completed" in printed
        assert cli(gateway, "jobs", "follow", job)[0] == 0
        assert cli(gateway, "jobs", "cancel", job)[0] == 0
        assert cli(gateway, "warm", "nowhere")[0] == 3


def test_a_damaged_queue_database_says_what_to_do() -> None:
    with Stack() as stack:
        gateway = stack.gateway("one")
        assert gateway.stop() == 0
        for file in gateway.directory.glob("queue.db*"):
            file.unlink()
        (gateway.directory / "queue.db").write_bytes(b"no database " * 1000)
        try:
            gateway.start()
        except RuntimeError as failure:
            assert "queue.db" in str(failure) and "move it" in str(failure), failure
        else:
            raise AssertionError("a gateway started on a damaged queue database")


INDEX = """
apiVersion: hevlayer.com/v1
kind: Index
metadata: {name: docs}
spec:
  blobs: {referenceAttributes: [image, others]}
"""


def test_a_hint_fetches_the_blobs_that_rows_refer_to_within_a_budget() -> None:
    with Stack() as stack:
        folder = stack.root / "resources"
        folder.mkdir()
        (folder / "docs.yaml").write_text(INDEX)
        client = Client(stack.gateway("one", f"--resources={folder}").url)

        def put(data: bytes) -> str:
            reply = client.call("PUT", "/v1/namespaces/docs/blobs", data)
            assert reply.status == 200, reply.body
            return str(reply.json["ref"])

        first, second, third = put(b"a" * 40), put(b"b" * 40), put(b"c" * 40)
        client.write(
            "docs",
            {
                "upsert_rows": [
                    {"id": 1, "image": first},
                    {"id": 2, "image": first, "others": [second, "no reference"]},
                    {"id": 3, "image": f"blob://docs/{64 * '0'}"},
                    {"id": 4, "image": third},
                    {"id": 5},
                ]
            },
        )
        path = (
            "/v1/namespaces/docs/hint_cache_warm?turbopuffer=false&documents=false&snapshots=false&blobs=true"
        )
        all_of_them = client.call("GET", path + "&blob_budget_bytes=120&page_size=2").json["blobs"]
        assert all_of_them == {
            "enabled": True,
            "status": "completed",
            "attributes": ["image", "others"],
            "budget_bytes": 120,
            "documents_scanned": 5,
            "refs_seen": 5,
            "objects": 3,
            "bytes": 120,
            "missing": 1,
            "invalid_refs": 1,
            "budget_exhausted": False,
        }
        assert client.call("GET", first.replace("blob://docs/", "/v1/namespaces/docs/blobs/")).cache == "hit"
        part = client.call("GET", path + "&blob_budget_bytes=90").json["blobs"]
        assert (part["objects"], part["bytes"], part["budget_exhausted"]) == (2, 80, True)
