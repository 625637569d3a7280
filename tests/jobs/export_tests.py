"""Exports over real processes: every row once, through kills, cancelled, expired, refused."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from tests.documents.stack import Client, Stack
from tests.support.gateway import Gateway, until

OVER = ("completed", "failed", "cancelled")
EXPORTS = "/v2/namespaces/docs/exports"
NDJSON = {"accept": "application/x-ndjson"}


def rows(count: int, text: str = "") -> dict[str, Any]:
    return {"upsert_rows": [{"id": n, "v": n, "vector": [n, 1], "text": text} for n in range(count)]} | {
        "distance_metric": "cosine_distance"
    }


def start(client: Client, **ask: Any) -> str:
    reply = client.call("POST", EXPORTS, ask)
    assert reply.status == 202, reply.body
    assert reply.headers["x-layer-job-id"] == reply.json["id"]
    return str(reply.json["id"])


def export(client: Client, job: str) -> Any:
    reply = client.call("GET", f"{EXPORTS}/{job}")
    assert reply.status == 200, reply.body
    return reply.json


def end_of(client: Client, job: str) -> Any:
    until(lambda: export(client, job)["status"] in OVER, "the end of the export", 120)
    return export(client, job)


def stream(client: Client, job: str, query: str = "") -> tuple[list[Any], Any]:
    """Rows and what the last line says."""
    reply = client.call("GET", f"{EXPORTS}/{job}/results{query}", headers=NDJSON)
    assert reply.status == 200, reply.body
    assert reply.headers["content-type"] == "application/x-ndjson"
    lines = [json.loads(line) for line in reply.body.splitlines()]
    return lines[:-1], lines[-1]["$end"]


def ids(lines: list[Any]) -> list[int]:
    return [row["id"] for row in lines]


def test_an_export_has_every_row_once_in_pages_and_as_a_stream() -> None:
    with Stack() as stack:
        client = Client(stack.gateway("one").url)
        client.write("docs", rows(2500))
        job = start(client)
        done = end_of(client, job)
        assert done["status"] == "completed" and done["progress"] == 1 and done["rows"] == 2500, done
        lines, end = stream(client, job)
        assert ids(lines) == list(range(2500))
        assert lines[7] == {"id": 7, "v": 7, "text": ""}, "no vectors, nothing of the gateway's own"
        assert end == {"status": "completed", "total": 2500, "next_cursor": None}
        seen: list[int] = []
        query = "?limit=999"
        while True:
            page = client.call("GET", f"{EXPORTS}/{job}/results{query}").json
            assert page["total"] == 2500 and page["complete"] is True
            seen += ids(page["rows"])
            if "next_cursor" not in page:
                break
            query = f"?limit=999&cursor={page['next_cursor']}"
        assert seen == list(range(2500))
        assert ids(stream(client, job, "?offset=2490")[0]) == list(range(2490, 2500))
        assert [each["id"] for each in client.call("GET", EXPORTS).json["exports"]] == [job]
        assert len(results_on_disk(stack.gateways[0])) == 1


def test_an_export_has_what_was_asked_for() -> None:
    with Stack() as stack:
        client = Client(stack.gateway("one").url)
        client.write("docs", rows(100))
        job = start(client, filters=["v", "Gte", 90], vectors=True, page_size=3, threads=2)
        assert end_of(client, job)["status"] == "completed"
        lines, _ = stream(client, job)
        assert ids(lines) == list(range(90, 100))
        assert set(lines[0]) == {"id", "v", "text", "vector"}
        only_ids = start(client, include_attributes=False)
        assert stream(client, only_ids, "?follow=true")[0][:2] == [{"id": 0}, {"id": 1}]
        named = start(client, include_attributes=["v"])
        assert stream(client, named, "?follow=true")[0][3] == {"id": 3, "v": 3}
        stamped = start(client, between=[1, 2])
        assert stream(client, stamped, "?follow=true") == (
            [],
            {"status": "completed", "total": 0, "next_cursor": None},
        )


def test_a_filter_that_the_store_refuses_is_refused_at_once_in_its_words() -> None:
    with Stack() as stack:
        gateway = stack.gateway("one")
        client = Client(gateway.url)
        client.write("docs", rows(3))
        own = client.call("POST", "/v2/namespaces/docs/query", {"filters": ["odd", "Eq"], "top_k": 1})
        assert own.status in (400, 422), own.body
        refused = client.call("POST", EXPORTS, {"filters": ["odd", "Eq"]})
        assert refused.status == 422 and refused.json["error"] == "validation_error", refused.body
        words = own.json["error"].partition(" at line")[0]
        assert words in refused.json["message"], refused.body
        assert refused.json["upstream_status"] == own.status, refused.body
        assert client.call("GET", EXPORTS).json["exports"] == [], "no job was made"


def test_a_killed_export_goes_on_and_no_line_is_lost_or_there_twice() -> None:
    with Stack() as stack:
        gateway = stack.gateway("one")
        client = Client(gateway.url)
        for first in range(0, 2000, 500):
            some = rows(2000, "x" * 500)
            some["upsert_rows"] = some["upsert_rows"][first : first + 500]
            client.write("docs", some)
        job = start(client, page_size=1)
        until(lambda: bool(export(client, job)["rows"] >= 50), "some rows", 60)
        gateway.kill()
        gateway.start()
        client = Client(gateway.url)
        done = end_of(client, job)
        assert done["status"] == "completed" and done["rows"] == 2000, done
        assert client.call("GET", f"/v2/jobs/{job}").json["epoch"] == 2, "it was killed in the middle"
        assert ids(stream(client, job)[0]) == list(range(2000))


def test_a_cancelled_export_stops_and_its_results_are_gone() -> None:
    with Stack() as stack:
        gateway = stack.gateway("one")
        client = Client(gateway.url)
        client.write("docs", rows(1000))
        stack.relay.hold()
        job = start_held(stack, client)
        assert client.call("DELETE", f"{EXPORTS}/{job}").status == 200
        stack.relay.release()
        assert export(client, job)["status"] == "cancelled"
        assert client.call("GET", f"{EXPORTS}/{job}/results").status == 410
        finished = start(client)
        end_of(client, finished)
        assert client.call("DELETE", f"{EXPORTS}/{finished}").status == 200
        assert client.call("GET", f"{EXPORTS}/{finished}/results").status == 410
        left = list((gateway.directory / "objects").rglob("*.ndjson.zst"))
        assert left == [], left


def start_held(stack: Stack, client: Client) -> str:
    """An export whose pages wait: the submission itself asks the store for the namespace."""
    stack.relay.release()
    job = start(client, page_size=1)
    until(lambda: export(client, job)["status"] == "running", "the job to run")
    stack.relay.hold()
    return job


def test_mistakes_are_told() -> None:
    with Stack() as stack:
        client = Client(stack.gateway("one").url)
        assert client.call("POST", EXPORTS, {}).status == 404
        client.write("docs", rows(3))
        for ask in (
            {"format": "parquet"},
            {"page_size": 0},
            {"threads": 99},
            {"odd": 1},
            {"between": [2, 1]},
        ):
            reply = client.call("POST", EXPORTS, ask)
            assert reply.status == 422 and reply.json["error"] == "validation_error", reply.body
            assert reply.json["details"][0]["field"] == next(iter(ask))
        job = start(client)
        end_of(client, job)
        for query in (
            "?limit=0",
            "?limit=10001",
            "?offset=-1",
            "?follow=odd",
            "?cursor=odd",
            "?cursor=a&offset=1",
        ):
            assert client.call("GET", f"{EXPORTS}/{job}/results{query}").status == 422, query
        assert client.call("GET", f"{EXPORTS}/01900000-0000-7000-8000-000000000000/results").status == 404
        other = client.call("GET", f"/v2/namespaces/other/exports/{job}")
        assert other.status == 404, other.body


def test_results_expire_with_their_job() -> None:
    with Stack() as stack:
        client = Client(stack.gateway("one", "--job-ttl=1s").url)
        client.write("docs", rows(3))
        gateway = stack.gateways[0]
        job = start(client)
        until(lambda: client.call("GET", f"{EXPORTS}/{job}/results").status == 410, "the job to expire", 60)
        assert client.call("GET", f"{EXPORTS}/{job}").status == 410
        until(lambda: results_on_disk(gateway) == [], "the parts to be removed", 60)


def results_on_disk(gateway: Gateway) -> list[Path]:
    # Folders may go while they are walked.
    return [
        Path(folder) / name
        for folder, _, names in os.walk(gateway.directory / "objects")
        for name in names
        if "part-" in name
    ]


def test_a_job_cancelled_as_a_job_leaves_nothing_behind() -> None:
    with Stack() as stack:
        gateway = stack.gateway("one", "--job-ttl=2s")
        client = Client(gateway.url)
        client.write("docs", rows(200))
        job = start(client)
        end_of(client, job)
        running = start_held(stack, client)
        assert client.call("DELETE", f"/v2/jobs/{running}").status == 200
        stack.relay.release()
        until(lambda: results_on_disk(gateway) == [], "the parts to be removed", 60)
