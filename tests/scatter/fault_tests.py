"""What a caller sees when shards fail, and what must not be asked."""

from __future__ import annotations

from tests.documents.stack import Stack
from tests.scatter.site import OFF, Site, seeded
from tests.support.gateway import until

RANKED = {"rank_by": ["n", "asc"], "top_k": 5}


def test_a_failing_store_fails_the_query_in_its_words() -> None:
    with Stack() as stack:
        site = Site(stack, seeded(), 4)
        stack.relay.refusal = 418
        reply = site.ask(RANKED)
        assert (reply.status, reply.json) == (418, {"error": "weather"}), reply.body
        stack.relay.refusal = 503
        assert site.ask(RANKED).status == 503
        stack.relay.refusal = None
        site.same(RANKED)
        assert site.gateway.metric("layer_shard_legs_total", status="tpuf_error") > 0


def test_a_namespace_without_shards_in_its_rows_is_shard_zero() -> None:
    with Stack() as stack:
        site = Site(stack, seeded(), 3)
        rows = site.same({**RANKED, "top_k": 200})["rows"]
        stack.direct().call("DELETE", f"/v2/namespaces/{site.name}")
        upserts = [{"id": row["id"], "n": 1} for row in rows[:9]]
        stack.direct().write(site.name, {"upsert_rows": upserts})
        assert len(site.same({**RANKED, "top_k": 200})["rows"]) == 9


def test_a_row_with_a_shard_of_no_layout_is_found_again() -> None:
    """As a write leaves it that was under way through a whole reshard."""
    with Stack() as stack:
        site = Site(stack, seeded(), 2)
        lost = {"id": 5_000_000, "vector": [0.0, 0.0], "_hevlayer_shard": 9}
        stack.direct().write(site.name, {"upsert_rows": [lost]})
        body = {"rank_by": ["id", "desc"], "top_k": 1}
        assert site.ask(body, OFF).json["rows"] == [{"id": 5_000_000}]
        assert site.ask(body).json["rows"] != [{"id": 5_000_000}]
        site.init(2, reshard=True)
        until(lambda: site.calls_of(body) == 2, "the layout to be known")
        assert site.same(body)["rows"] == [{"id": 5_000_000}]


def test_what_a_multi_query_must_not_ask_for() -> None:
    with Stack() as stack:
        site = Site(stack, seeded(), 0)
        for body, field in (
            ({"queries": [RANKED], "cursor": None}, "cursor"),
            ({"queries": [RANKED, {**RANKED, "cursor": ""}]}, "queries[1].cursor"),
            ({"queries": [{"rank_by": ["text", "HybridText", "a"]}]}, "queries[0].rank_by"),
            ({"queries": [{**RANKED, "as_of": 1}]}, "queries[0].as_of"),
        ):
            reply = site.ask(body)
            assert reply.status == 422, reply.body
            assert reply.json["details"][0]["field"] == field, reply.body
        assert site.ask(RANKED, route="multi_query").status == 422
        assert len(site.ask({"queries": [RANKED]}, route="multi_query").json["results"]) == 1
        assert site.ask({"queries": [RANKED]}, OFF).status == 200
        assert site.gateway.metric("hevlayer_multi_query_total", status="ok") == 2
        assert site.gateway.metric("hevlayer_multi_query_upstream_calls_sum") == 2
