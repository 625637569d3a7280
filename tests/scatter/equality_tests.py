"""A query over shards answers what the same query answers in one piece."""

from __future__ import annotations

import random
from typing import Any

from tests.documents.stack import Stack
from tests.scatter import films
from tests.scatter.site import OFF, Site, seeded
from tests.support.gateway import until


def questions(seed: random.Random, ids: list[Any]) -> list[dict[str, Any]]:
    """Every ranking with every kind of filter, projection and limit at some time."""
    out: list[dict[str, Any]] = []
    projections = films.projections()
    filters = films.filters(seed, ids)
    for at, rank_by in enumerate(films.rankings(seed)):
        for each in (filters[0], filters[at % len(filters)], seed.choice(filters)):
            body = {"rank_by": rank_by, **projections[len(out) % len(projections)]}
            body["top_k" if at % 2 else "limit"] = seed.choice([1, 3, 17, 200])
            if each is not None:
                body["filters"] = each
            out.append(body)
    return out


def ask_everything(shards: int, kind: str) -> None:
    seed = seeded()
    with Stack() as stack:
        site = Site(stack, seed, shards, kind)
        assert site.layer()["scatter_gather_active"] == (shards > 1)
        found = 0
        for body in questions(seed, site.ids):
            answer = site.same(body)
            found += len(answer.get("rows", []))
        assert found > 500, found


def test_one_shard() -> None:
    ask_everything(1, "uint")


def test_three_shards() -> None:
    ask_everything(3, "uint")


def test_three_shards_of_strings() -> None:
    ask_everything(3, "string")


def test_sixteen_shards_of_uuids() -> None:
    ask_everything(16, "uuid")


def test_multi_queries_and_fusion() -> None:
    seed = seeded()
    with Stack() as stack:
        site = Site(stack, seed, 5)
        for _ in range(40):
            rankings = [each for each in films.rankings(seed) if each[1] != "kNN"]
            legs = [
                {
                    "rank_by": rank_by,
                    "top_k": seed.choice([1, 5, 40]),
                    **seed.choice([{}, {"include_attributes": ["n"]}, {"include_attributes": ["lang", "n"]}]),
                }
                for rank_by in seed.sample(rankings, k=seed.randrange(1, 5))
            ]
            if seed.random() < 0.5:
                legs[0]["filters"] = seed.choice(films.filters(seed, site.ids)[1:])
            site.same({"queries": legs})
            weights = [seed.choice([0.5, 1, 3]) for _ in legs]
            rerank = seed.choice([["RRF"], ["RRF", {"rank_constant": 10, "weights": weights}]])
            site.same({"queries": legs, "rerank_by": rerank, "limit": seed.choice([1, 30]), "offset": 2})
        both = {"queries": [{"rank_by": ["id", "asc"], "top_k": 2}, {"rank_by": ["n", "asc"], "top_k": 2}]}
        assert site.ask(both, route="multi_query").json["results"] == site.ask(both).json["results"]


def test_other_queries_stay_in_one_piece() -> None:
    with Stack() as stack:
        site = Site(stack, seeded(), 4)
        ranked: dict[str, Any] = {"rank_by": ["n", "asc"], "top_k": 5}
        assert site.calls_of(ranked) == 4
        assert site.calls_of(ranked, OFF) == 1
        assert site.calls_of({"queries": [ranked, ranked]}) == 4
        for body in (
            {**ranked, "offset": 3},
            {"aggregate_by": {"rows": ["Count"]}},
            {"aggregate_by": {"rows": ["Count"]}, "group_by": ["lang"], "top_k": 10},
            {
                "rank_by": ["n", "asc"],
                "limit": {"total": 5, "per": {"attributes": ["lang"], "limit": 1}},
                "include_attributes": ["lang"],
            },
            {"queries": [ranked, {"aggregate_by": {"rows": ["Count"]}}]},
        ):
            assert site.calls_of(body) == 1, body
            site.same(body)
        for body in ({"rank_by": ["nothing", "asc"], "top_k": 1}, {"rank_by": ["n", "asc"]}, {"top_k": -1}):
            site.same(body)
            assert site.ask(body).body == site.ask(body, OFF).body or "rank_by" in body
        site.init(4, scatter="scans")
        until(lambda: site.calls_of(ranked) == 1, "queries to stay in one piece")


def test_only_the_shards_of_named_ids_are_asked() -> None:
    with Stack() as stack:
        site = Site(stack, seeded(), 16)
        body = {"rank_by": ["id", "asc"], "top_k": 5, "filters": ["id", "Eq", site.ids[7]]}
        assert site.calls_of(body) <= 2
        assert site.same(body)["rows"] == [{"id": site.ids[7]}]
        assert site.gateway.metric("layer_shard_legs_total", kind="query", status="ok") > 0


def test_stable_and_temporal_queries() -> None:
    seed = seeded()
    with Stack() as stack:
        site = Site(stack, seed, 3)
        for rank_by in (["n", "asc"], ["text", "BM25", "red fox"], ["vector", "ANN", [1.0, 1.0]]):
            for level in ("strong", "eventual", "stable"):
                site.same({"rank_by": rank_by, "top_k": 20, "consistency": {"level": level}})
            rows = site.same(
                {
                    "rank_by": ["_hevlayer_upserted_at", "desc"],
                    "top_k": 200,
                    "include_attributes": ["_hevlayer_upserted_at"],
                }
            )["rows"]
            stamps = sorted({row["_hevlayer_upserted_at"] for row in rows if "_hevlayer_upserted_at" in row})
            for at in (stamps[0] - 1, stamps[-1]):
                site.same({"rank_by": rank_by, "top_k": 200, "written_before": at})
                site.same({"queries": [{"rank_by": rank_by, "top_k": 200}], "between": [at - 1, at + 1]})
        told = site.ask({"rank_by": ["n", "asc"], "top_k": 1, "consistency": {"level": "stable"}})
        assert told.headers["x-layer-stable-cut"] in ("true", "false"), told.headers
        assert site.ask({"rank_by": ["n", "asc"], "top_k": 1, "between": [2, 1]}).status == 422


def test_a_reshard_changes_no_answer() -> None:
    seed = seeded()
    with Stack() as stack:
        site = Site(stack, seed, 8)
        body = {"rank_by": [["n", "desc"], ["id", "asc"]], "top_k": 200, "include_attributes": ["text"]}
        before = site.same(body)
        assert site.calls_of(body) == 8
        site.init(2, reshard=True)
        until(lambda: site.calls_of(body) == 2, "the new layout to be known")
        assert site.same(body) == before
