"""Queries through the official Python SDK, and every other method of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import turbopuffer


@pytest.fixture
def library(namespace: Any) -> Any:
    namespace.write(
        upsert_rows=[
            {"id": 1, "vector": [1.0, 0.1], "text": "slow cat", "year": 1999, "tags": ["a", "b"]},
            {"id": 2, "vector": [0.5, 1.0], "text": "quick fox fox", "year": 2005, "tags": ["a"]},
            {"id": 3, "vector": [1.0, 0.0], "text": "quick dog runs", "tags": []},
        ],
        schema={"text": {"type": "string", "full_text_search": True}},
        distance_metric="cosine_distance",
    )
    return namespace


def ids(answer: Any) -> list[Any]:
    return [row.id for row in answer.rows]


def test_vector_text_and_order(library: Any) -> None:
    assert ids(library.query(rank_by=("vector", "ANN", [1.0, 0.0]), top_k=3)) == [3, 1, 2]
    assert ids(library.query(rank_by=("text", "BM25", "quick fox"), top_k=3)) == [2, 3]
    assert ids(library.query(rank_by=("year", "desc"), limit=3)) == [2, 1, 3]
    exact: Any = ("vector", "kNN", [1.0, 0.0])
    assert ids(library.query(rank_by=exact, filters=("year", "Gt", 2000), top_k=3)) == [2]


def test_filters(library: Any) -> None:
    def matching(filters: Any) -> list[Any]:
        return ids(library.query(rank_by=("id", "asc"), filters=filters, limit=10))

    assert matching(("year", "Eq", None)) == [3]
    assert matching(("And", (("year", "Gte", 1999), ("tags", "Contains", "b")))) == [1]
    assert matching(("Not", ("tags", "ContainsAny", ["b"]))) == [2, 3]
    assert matching(("text", "ContainsAllTokens", "quick dog")) == [3]
    assert matching(("tags", "In", "a")) == [1, 2]


def test_aggregations(library: Any) -> None:
    answer = library.query(aggregate_by={"n": ("Count",), "years": ("Sum", "year")})
    assert answer.aggregations == {"n": 3, "years": 4004}
    assert answer.rows is None
    groups = library.query(aggregate_by={"n": ("Count",)}, group_by=["year"], top_k=10).aggregation_groups
    assert [dict(group) for group in groups] == [
        {"year": None, "n": 1},
        {"year": 1999, "n": 1},
        {"year": 2005, "n": 1},
    ]


def test_what_a_query_reports(library: Any) -> None:
    answer = library.query(rank_by=("id", "asc"), filters=("year", "Eq", 1999), limit=5)
    assert answer.billing.billable_logical_bytes_queried == 256_000_000
    assert answer.billing.billable_logical_bytes_returned == 8
    performance = answer.performance
    assert performance.approx_namespace_size == 3
    assert performance.exhaustive_search_count == 3
    assert isinstance(performance.cache_hit_ratio, float)
    assert performance.server_total_ms > 0
    assert performance.query_execution_ms > 0


def test_multi_query_and_fusion(library: Any) -> None:
    queries: Any = [
        {"rank_by": ("vector", "ANN", [1.0, 0.0]), "limit": 10},
        {"rank_by": ("text", "BM25", "quick fox"), "limit": 10},
    ]
    answer = library.multi_query(queries=queries)
    assert [[row.id for row in result.rows] for result in answer.results] == [[3, 1, 2], [2, 3]]
    fused = library.multi_query(queries=queries, rerank_by=("RRF",), limit=2)
    assert [row.id for row in fused.results[0].rows] == [3, 2]


def test_consistency_and_encoding(library: Any) -> None:
    answer = library.query(
        rank_by=("vector", "ANN", [1.0, 0.0]),
        top_k=1,
        include_attributes=["vector"],
        vector_encoding="base64",
        consistency={"level": "eventual"},
    )
    assert answer.rows[0].id == 3
    with pytest.raises(turbopuffer.UnprocessableEntityError, match="nonexistentvalue"):
        library.query(rank_by=("id", "asc"), limit=1, consistency={"level": "nonexistentvalue"})


def test_highlight_and_explain(library: Any) -> None:
    answer = library.query(
        rank_by=("text", "BM25", "fox"),
        limit=1,
        compute_attributes={"h": ("Highlight", "text"), "d": ("vector", "VectorDist", [1.0, 0.0])},
    )
    assert answer.rows[0]["h"] == [{"text": "quick fox fox"}]
    assert answer.rows[0]["d"] > 0
    assert library.explain_query(rank_by=("text", "BM25", "fox"), limit=1).plan_text


def test_schema(library: Any) -> None:
    schema = library.schema()
    assert schema["text"].type == "string"
    assert schema["text"].full_text_search.tokenizer == "word_v4"
    assert schema["vector"].ann is True
    updated = library.update_schema(schema={"year": {"type": "int", "filterable": False}})
    assert updated["year"].filterable is False
    with pytest.raises(turbopuffer.BadRequestError):
        library.query(rank_by=("id", "asc"), filters=("year", "Eq", 1999), limit=1)


def test_metadata(library: Any) -> None:
    metadata = library.metadata()
    assert metadata.approx_row_count == 0
    assert metadata.index.status == "up-to-date"
    assert datetime.now(UTC) - metadata.created_at < timedelta(seconds=60)
    assert library.update_metadata(pinning=True).pinning.replicas == 1
    assert library.update_metadata(read_only=True).read_only is True
    with pytest.raises(turbopuffer.BadRequestError, match="read-only"):
        library.write(upsert_rows=[{"id": 5}])
    assert not library.update_metadata(read_only=False, pinning=None).read_only


def test_recall_warm_and_existence(library: Any) -> None:
    recall = library.recall(num=1, top_k=2)
    assert (recall.avg_recall, recall.avg_exhaustive_count, recall.avg_ann_count) == (1, 2, 2)
    assert library.hint_cache_warm().status in ("ACCEPTED", "OK")
    assert library.exists()
    library.delete_all()
    assert not library.exists()
    with pytest.raises(turbopuffer.NotFoundError):
        library.delete_all()


def test_namespaces_page(client: turbopuffer.Turbopuffer, name: str) -> None:
    names = [f"{name}-{i}" for i in range(5)]
    for each in names:
        client.namespace(each).write(upsert_rows=[{"id": 1}])
    page = client.namespaces(prefix=name, page_size=2)
    assert [item.id for item in page.namespaces] == names[:2]
    assert [item.id for item in client.namespaces(prefix=name, page_size=2)] == names
    for each in names:
        client.namespace(each).delete_all()


def test_the_asynchronous_client_has_every_method(run_async: Callable[..., Any], name: str) -> None:
    async def body(client: turbopuffer.AsyncTurbopuffer) -> None:
        namespace = client.namespace(name)
        await namespace.write(
            upsert_rows=[{"id": 1, "vector": [1.0, 0.0], "t": "fish"}, {"id": 2, "vector": [0.0, 1.0]}],
            schema={"t": {"type": "string", "full_text_search": True}},
            distance_metric="cosine_distance",
        )
        answer = await namespace.query(rank_by=("vector", "ANN", [1.0, 0.0]), top_k=1)
        assert ids(answer) == [1]
        queries: Any = [{"rank_by": ("t", "BM25", "fish"), "limit": 1}]
        several = await namespace.multi_query(queries=queries)
        assert [row.id for row in several.results[0].rows or []] == [1]
        assert (await namespace.schema())["t"].type == "string"
        assert (await namespace.update_schema(schema={"t": {"type": "string", "filterable": True}}))[
            "t"
        ].filterable
        assert (await namespace.metadata()).index.status == "up-to-date"
        assert (await namespace.update_metadata(read_only=False)).index.status == "up-to-date"
        assert (await namespace.explain_query(rank_by=("id", "asc"), limit=1)).plan_text
        assert (await namespace.recall(num=1, top_k=1)).avg_recall == 1
        assert (await namespace.hint_cache_warm()).message
        assert await namespace.exists()
        copy = client.namespace(f"{name}-copy")
        assert (await copy.copy_from(source_namespace=name)).rows_affected == 2
        branch = client.namespace(f"{name}-branch")
        await branch.branch_from(source_namespace=name)
        started = await client.namespace(f"{name}-started").start_copy_from(source_namespace=name)
        operation: Any = None
        while operation is None or operation.status == "running":
            operation = await client.namespace(f"{name}-started").poll_copy_from(started.token)
        listed = [item.id async for item in client.namespaces(prefix=name)]
        assert sorted(listed) == sorted([name, f"{name}-copy", f"{name}-branch", f"{name}-started"])
        for each in listed:
            await client.namespace(each).delete_all()
        with pytest.raises(turbopuffer.NotFoundError):
            await namespace.query(rank_by=("id", "asc"), limit=1)

    run_async(body)
