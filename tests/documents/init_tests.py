"""Layouts over real processes: every row gets its shard, also when the gateway is killed meanwhile."""

from __future__ import annotations

from typing import Any

from tests.documents.stack import Client, Stack
from tests.documents.warm_tests import OVER, cli, restart, rows
from tests.support.gateway import until

# So that other gateways are not waited for long, and the work is slow enough to be interrupted.
QUICK = ("--state-ttl=1s",)
SLOWLY = ("--state-ttl=1s", "--init-backfill-batch-size=50", "--init-backfill-rps=20")
SHARDS = 4


def init(client: Client, **body: Any) -> Any:
    reply = client.call("POST", "/v2/namespaces/docs/init", body)
    assert reply.status == 200, reply.body
    return reply.json


def end_of(client: Client, job: str) -> Any:
    until(lambda: client.call("GET", f"/v2/jobs/{job}").json["status"] in OVER, "the end of the job", 120)
    return client.call("GET", f"/v2/jobs/{job}").json


def block(client: Client) -> Any:
    return client.call("GET", "/v2/namespaces/docs/metadata?layer=true").json["layer"]


def shards_of_rows(client: Client) -> dict[int, int | None]:
    body = {"rank_by": ["id", "asc"], "top_k": 10_000, "include_attributes": ["_hevlayer_shard"]}
    reply = client.call("POST", "/v2/namespaces/docs/query", body)
    assert reply.status == 200, reply.body
    return {row["id"]: row.get("_hevlayer_shard") for row in reply.json["rows"]}


def stamps(client: Client) -> dict[int, int | None]:
    body = {"rank_by": ["id", "asc"], "top_k": 10_000, "include_attributes": ["_hevlayer_upserted_at"]}
    rows_read = client.call("POST", "/v2/namespaces/docs/query", body).json["rows"]
    return {row["id"]: row.get("_hevlayer_upserted_at") for row in rows_read}


def test_init_gives_every_row_a_shard_and_rows_written_later_theirs() -> None:
    with Stack() as stack:
        gateway = stack.gateway("one", *QUICK)
        client = Client(gateway.url)
        assert client.call("POST", "/v2/namespaces/docs/init", {"shard_count": SHARDS}).status == 404
        client.write("docs", rows(1200))
        written = stamps(client)
        begun = init(client, shard_count=SHARDS)
        assert begun["namespace"] == "docs" and begun["layer"]["shard_state"] == "backfilling", begun
        assert begun["layer"]["init_state"] == "running" and not begun["layer"]["scatter_gather_active"]
        done = end_of(client, begun["job_id"])
        assert done["status"] == "completed" and done["kind"] == "init", done
        until(lambda: bool(block(client)["shard_state"] == "ready"), "the layout to be known")
        layer = block(client)
        assert layer["shard_count"] == SHARDS and layer["shard_lag_rows"] == 0, layer
        shards = shards_of_rows(client)
        assert len(shards) == 1200 and set(shards.values()) == set(range(SHARDS)), shards
        assert stamps(client) == written, "a backfill is no write"
        client.write("docs", {"upsert_rows": [{"id": 5, "v": 6}, {"id": 9999, "v": 1}]})
        again = shards_of_rows(client)
        assert again[5] == shards[5] and again[9999] in range(SHARDS)
        assert client.call("POST", "/v2/namespaces/docs/init", {"shard_count": 8}).status == 409
        assert "job_id" not in init(client, shard_count=SHARDS)
        assert client.call("POST", "/v2/namespaces/docs/init", {"shard_count": 0}).status == 422


def test_documents_stay_right_while_rows_get_their_shard() -> None:
    with Stack() as stack:
        gateway = stack.gateway("one", "--cache=memory", *QUICK)
        client = Client(gateway.url)
        client.write("docs", rows(300))
        for first in range(0, 300, 100):
            client.batch("docs", list(range(first, first + 100)))
        end_of(client, init(client, shard_count=SHARDS)["job_id"])
        shards = shards_of_rows(client)
        shown = {"x-layer-reserved": "show"}
        for each in range(0, 300, 7):
            row = client.fetch("docs", each, headers=shown).json
            assert row["attributes"]["v"] == each
            assert row["attributes"].get("_hevlayer_shard", shards[each]) == shards[each]


def test_a_killed_gateway_goes_on_with_its_backfill() -> None:
    with Stack() as stack:
        gateway = stack.gateway("one", *SLOWLY)
        client = Client(gateway.url)
        client.write("docs", rows(2000))
        job = init(client, shard_count=SHARDS)["job_id"]
        until(
            lambda: bool(client.call("GET", f"/v2/jobs/{job}").json["counters"]["done"] >= 200),
            "some rows to have their shard",
            60,
        )
        gateway.kill()
        client = restart(gateway)
        assert init(client, shard_count=SHARDS)["job_id"] == job, "asked again, the same job is named"
        done = end_of(client, job)
        assert done["status"] == "completed", done
        assert None not in shards_of_rows(client).values()


def test_init_on_the_command_line() -> None:
    with Stack() as stack:
        gateway = stack.gateway("one", *QUICK)
        client = Client(gateway.url)
        client.write("docs", rows(50))
        code, printed = cli(gateway, "init", "docs", "--shards", "2", "--watch", "--json")
        assert code == 0 and '"completed"' in printed, (code, printed)
        assert set(shards_of_rows(client).values()) == {0, 1}
        assert gateway.metric("layer_init_rows_total", result="patched") == 50
