"""Scans of ids and values over real processes: equal to what a client pages through, killed and sharded."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from tests.documents.stack import Client, Stack
from tests.documents.warm_tests import end_of as end_of_warm
from tests.documents.warm_tests import start_warm
from tests.scans.count_tests import PATH, ROWS, count, random_filter, seeded, write_rows
from tests.support.gateway import Gateway, until
from tests.support.server import default_binary

OVER = ("completed", "failed", "cancelled")
NDJSON = {"accept": "application/x-ndjson"}


def start(client: Client, **ask: Any) -> str:
    reply = client.call("POST", PATH, ask)
    assert reply.status == 202, reply.body
    assert reply.headers["x-layer-job-id"] == reply.json["id"]
    return str(reply.json["id"])


def scan(client: Client, job: str) -> Any:
    reply = client.call("GET", f"{PATH}/{job}")
    assert reply.status == 200, reply.body
    return reply.json


def end_of(client: Client, job: str) -> Any:
    until(lambda: scan(client, job)["status"] in OVER, "the end of the scan", 120)
    return scan(client, job)


def stream(client: Client, job: str, query: str = "") -> tuple[list[Any], Any]:
    """Lines and what the last one says."""
    reply = client.call("GET", f"{PATH}/{job}/results{query}", headers=NDJSON)
    assert reply.status == 200, reply.body
    lines = [json.loads(line) for line in reply.body.splitlines()]
    return lines[:-1], lines[-1]["$end"]


def at_once(client: Client, **ask: Any) -> list[Any]:
    """A scan whose answer is the stream of its lines."""
    reply = client.call("POST", PATH, ask, NDJSON)
    assert reply.status == 200, reply.body
    lines = [json.loads(line) for line in reply.body.splitlines()]
    assert lines[-1]["$end"]["status"] == "completed", lines[-1]
    assert scan(client, reply.headers["x-layer-job-id"])["status"] == "completed"
    return lines[:-1]


def ids(lines: list[Any]) -> list[int]:
    return sorted(line["id"] for line in lines)


def paged_rows(client: Client, filters: list[Any] | None = None) -> list[dict[str, Any]]:
    """As a client without scans would do it."""
    found: list[dict[str, Any]] = []
    from_here: list[Any] = ["id", "Gte", 0]
    while True:
        both = ["And", [filters, from_here]] if filters else from_here
        body = {"rank_by": ["id", "asc"], "top_k": 97, "filters": both, "include_attributes": True}
        reply = client.call("POST", "/v2/namespaces/docs/query", body)
        assert reply.status == 200, (filters, reply.body)
        rows = reply.json["rows"]
        found += rows
        if len(rows) < 97:
            return found
        from_here = ["id", "Gt", rows[-1]["id"]]


def text_of(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def values_of(rows: list[dict[str, Any]], field: str) -> list[dict[str, Any]]:
    counts: Counter[str] = Counter()
    for row in rows:
        value = row.get(field)
        elements = value if isinstance(value, list) else [value]
        counts.update({text_of(each) for each in elements if each is not None})
    return [
        {"v": v, "n": n} for v, n in sorted(counts.items(), key=lambda item: (-item[1], item[0].encode()))
    ]


def check_everything(client: Client, filters: list[Any] | None, **source: Any) -> None:
    rows = paged_rows(client, filters)
    ask: dict[str, Any] = dict(source)
    if filters:
        ask["filters"] = filters
    found = ids(at_once(client, mode="ids", **ask))
    assert found == [row["id"] for row in rows], (ask, found)
    assert count(client, **ask)["count"] == len(rows)
    for field in ("n", "colour", "flag", "tags"):
        assert at_once(client, mode="values", field=field, **ask) == values_of(rows, field), (ask, field)
    with_colour = sum(line["n"] for line in at_once(client, mode="values", field="colour", **ask))
    without = ["And", [filters, ["colour", "Eq", None]]] if filters else ["colour", "Eq", None]
    assert with_colour + count(client, filters=without, **source)["count"] == len(rows)


def test_ids_counts_and_values_are_those_a_client_pages_through() -> None:
    dice = seeded()
    with Stack() as stack:
        client = Client(stack.gateway("g").url)
        write_rows(client, dice, 0, ROWS)
        for _ in range(4):
            check_everything(client, random_filter(dice), source="origin")
            write_rows(client, dice, dice.randrange(ROWS), 40)
            client.write("docs", {"deletes": dice.sample(range(ROWS), 10)})
        check_everything(client, None, source="origin")


def test_the_cache_lists_and_counts_the_same() -> None:
    dice = seeded()
    with Stack() as stack:
        client = Client(stack.gateway("g").url)
        write_rows(stack.direct(), dice, 0, ROWS)
        assert end_of_warm(client, start_warm(client))["complete"]
        check_everything(client, ["n", "Gte", 3], source="cache")
        job = end_of(client, start(client, mode="ids", source="cache"))
        assert job["effective_source"] == "cache", job
        write_rows(client, dice, ROWS - 20, 50)
        check_everything(client, None, source="cache")


def init_shards(client: Client, shards: int) -> None:
    reply = client.call("POST", "/v2/namespaces/docs/init", {"shard_count": shards})
    assert reply.status == 200, reply.body
    metadata = "/v2/namespaces/docs/metadata?layer=true"
    until(
        lambda: bool(client.call("GET", metadata).json["layer"]["shard_state"] == "ready"), "the layout", 120
    )


def test_shards_change_no_answer() -> None:
    dice = seeded()
    with Stack() as stack:
        client = Client(stack.gateway("g", "--state-ttl=1s").url)
        write_rows(client, dice, 0, ROWS)
        init_shards(client, 4)
        write_rows(client, dice, ROWS, 50)
        job = end_of(client, start(client, mode="ids", source="origin", threads=2, page_size=7))
        assert job["threads"] == 2, job
        check_everything(client, None, source="origin")
        check_everything(client, random_filter(dice), source="origin")


def wait_and_kill(gateway: Gateway, client: Client, job: str, rows: int) -> Client:
    until(lambda: bool(scan(client, job)["documents_scanned"] >= rows), "some rows", 60)
    gateway.kill()
    gateway.start()
    return Client(gateway.url)


def test_a_killed_scan_ends_as_if_nothing_had_happened() -> None:
    dice = seeded()
    with Stack() as stack:
        gateway = stack.gateway("g")
        client = Client(gateway.url)
        write_rows(client, dice, 0, 400)
        # An attribute that the store does not group: its rows are read page by page.
        rows = [{"id": n, "word": f"w{n % 90}"} for n in range(400)]
        client.write(
            "docs", {"patch_rows": rows, "schema": {"word": {"type": "string", "filterable": False}}}
        )
        for ask in ({"mode": "ids"}, {"mode": "values", "field": "word"}):
            job = start(client, source="origin", page_size=1, **ask)
            client = wait_and_kill(gateway, client, job, dice.randrange(20, 200))
            done = end_of(client, job)
            assert done["status"] == "completed", done
            assert client.call("GET", f"/v2/jobs/{job}").json["epoch"] >= 2, "it was killed in the middle"
            lines, end = stream(client, job)
            undisturbed = at_once(client, source="origin", **ask)
            assert lines == undisturbed and end["total"] == len(undisturbed)


def test_results_are_paged_listed_and_dropped() -> None:
    dice = seeded()
    with Stack() as stack:
        gateway = stack.gateway("g")
        client = Client(gateway.url)
        write_rows(client, dice, 0, 50)
        job = start(client, mode="ids")
        done = end_of(client, job)
        assert (done["mode"], done["progress"], done["documents_scanned"]) == ("ids", 1, 50), done
        seen: list[int] = []
        query = "?limit=7"
        while True:
            page = client.call("GET", f"{PATH}/{job}/results{query}").json
            assert page["total"] == 50 and page["complete"] is True
            seen += page["ids"]
            if "next_cursor" not in page:
                break
            query = f"?limit=7&cursor={page['next_cursor']}"
        assert seen == list(range(50))
        values = start(client, mode="values", field="colour")
        done = end_of(client, values)
        page = client.call("GET", f"{PATH}/{values}/results").json
        assert page["values"] == values_of(paged_rows(client), "colour") and page["truncated"] is False
        assert done["unique_values"] == len(page["values"]) and done["field"] == "colour"
        listed = client.call("GET", PATH).json["scans"]
        assert [each["id"] for each in listed] == [values, job]
        assert client.call("GET", f"{PATH}?status=failed").json["scans"] == []
        assert client.call("DELETE", f"{PATH}/{job}").status == 200
        assert client.call("GET", f"{PATH}/{job}/results").status == 410
        assert client.call("GET", f"/v2/namespaces/docs/exports/{values}").status == 404
        nothing = end_of(client, start(client, mode="values", field="nothing"))
        assert nothing["status"] == "completed" and nothing["unique_values"] == 0, nothing


def test_scans_of_a_deleted_namespace_leave_nothing() -> None:
    dice = seeded()
    with Stack() as stack:
        gateway = stack.gateway("g")
        client = Client(gateway.url)
        write_rows(client, dice, 0, 50)
        end_of(client, start(client, mode="ids"))
        reply = client.call("DELETE", "/v2/namespaces/docs")
        assert reply.status == 200, reply.body
        receipts = "/v2/namespaces/docs/deletions"
        until(
            lambda: client.call("GET", receipts).json["deletions"][0]["state"] == "complete",
            "the deletion",
            60,
        )
        places = {
            line["place"]: line["state"]
            for line in client.call("GET", receipts).json["deletions"][0]["places"]
        }
        assert places["exports_and_job_results"] == "done", places
        assert list((gateway.directory / "objects").rglob("*.ndjson.zst")) == []


def test_questions_that_cannot_be_answered_say_so() -> None:
    dice = seeded()
    with Stack() as stack:
        gateway = stack.gateway("g")
        client = Client(gateway.url)
        assert client.call("POST", PATH, {"mode": "ids"}).status == 404
        write_rows(client, dice, 0, 20)
        for ask, status, error in (
            ({"mode": "ids", "source": "cache"}, 503, "cache_cold"),
            ({"mode": "values", "field": "n", "source": "snapshot"}, 412, "precondition_failed"),
            ({"mode": "ids", "source": "snapshot"}, 422, "validation_error"),
            ({"mode": "values"}, 422, "validation_error"),
        ):
            reply = client.call("POST", PATH, ask)
            assert (reply.status, reply.json["error"]) == (status, error), reply.body
        until(
            lambda: gateway.metric("hevlayer_cache_cold_responses_total", namespace="docs") == 1,
            "the answer that only the cache could have given to be counted",
        )
        failed = end_of(client, start(client, mode="ids", filters=["odd", "Eq"]))
        assert failed["status"] == "failed" and failed["error"], failed
        results = client.call("GET", f"{PATH}/{failed['id']}/results")
        assert (results.status, results.json["reason"]) == (422, "job_failed"), results.body
        assert client.call("GET", f"{PATH}/0190aaaa-0000-7000-8000-000000000001").status == 404


def test_rankings_have_values() -> None:
    with Stack() as stack:
        client = Client(stack.gateway("g").url)
        rows = [
            {"id": n, "text": "red fox" if n % 3 == 0 else "whale", "kind": f"k{n % 2}"} for n in range(300)
        ]
        client.write(
            "docs", {"upsert_rows": rows, "schema": {"text": {"type": "string", "full_text_search": True}}}
        )
        found = at_once(client, mode="values", field="kind", fts={"field": "text", "query": "fox"})
        assert found == [{"v": "k0", "n": 50}, {"v": "k1", "n": 50}], found


def cli(gateway: Gateway, *words: str) -> subprocess.CompletedProcess[str]:
    command = [str(default_binary()), *words, "--base-url", gateway.url]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_the_command_line_scans_into_a_file_and_goes_on_where_it_was() -> None:
    with Stack() as stack, tempfile.TemporaryDirectory() as folder:
        gateway = stack.gateway("g")
        client = Client(gateway.url)
        client.write("docs", {"upsert_rows": [{"id": n, "year": 1980 + n % 4} for n in range(200)]})
        out = Path(folder) / "ids"
        done = cli(gateway, "scan", "docs", "--ids", "--out", str(out), "--filters", '["year","Gte",1982]')
        assert done.returncode == 0 and "100 ids" in done.stderr, done
        whole = out.read_bytes()
        assert whole.count(b"\n") == 100
        # As it is after a crash: the job is known, half of the lines are there, the last one in part.
        job = client.call("GET", PATH).json["scans"][0]["id"]
        out.write_bytes(whole[: len(whole) // 2])
        Path(f"{out}.job").write_text(f"{job}\n")
        done = cli(gateway, "scan", "docs", "--ids", "--out", str(out), "--resume")
        assert done.returncode == 0 and out.read_bytes() == whole, done
        assert not Path(f"{out}.job").exists()
        assert cli(gateway, "scan", "docs", "--ids", "--out", str(out), "--resume").returncode == 1
        assert cli(gateway, "scan", "docs").returncode == 2
        lines = cli(gateway, "scan", "docs", "--values", "year").stdout.splitlines()
        assert [json.loads(line) for line in lines] == [{"v": str(1980 + n), "n": 50} for n in range(4)]
        rows = cli(gateway, "values", "docs", "year", "-o", "table").stdout.splitlines()
        assert rows[0].split() == ["50", "1980"], rows
