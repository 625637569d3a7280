"""Writes through the official Python SDK."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
import turbopuffer


def all_rows(namespace: Any) -> list[dict[str, Any]]:
    rows = namespace.query(rank_by=("id", "asc"), limit=100, include_attributes=True).rows
    return [row.model_dump(exclude_none=True) for row in rows]


def test_rows_with_vectors_come_back_exactly(namespace: Any) -> None:
    answer = namespace.write(
        upsert_rows=[
            {"id": 2, "vector": [2, 2]},
            {"id": 7, "vector": [0.7, 0.7], "hello": "world"},
        ],
        distance_metric="euclidean_squared",
    )
    assert answer.status == "OK"
    assert answer.rows_affected == 2
    assert answer.rows_upserted == 2
    assert answer.billing.billable_logical_bytes_written > 0
    rows = namespace.query(
        rank_by=("vector", "ANN", [0.8, 0.7]), top_k=5, include_attributes=["hello", "vector"]
    ).rows
    assert [row.id for row in rows] == [7, 2]
    assert rows[0].vector == [0.7, 0.7]
    assert rows[0]["hello"] == "world"
    assert rows[1].vector == [2.0, 2.0]
    assert set(rows[1].model_dump(exclude_none=True)) == {"id", "vector", "$dist"}


def test_columns(namespace: Any) -> None:
    namespace.write(
        upsert_columns={"id": [1, 2], "vector": [[0.1, 0.2], [1, 2]], "name": ["a", None]},
        distance_metric="cosine_distance",
    )
    assert [set(row) for row in all_rows(namespace)] == [{"id", "vector", "name"}, {"id", "vector"}]


def test_patches_deletes_and_affected_ids(namespace: Any) -> None:
    namespace.write(upsert_rows=[{"id": i, "n": i, "s": "x"} for i in range(1, 6)])
    answer = namespace.write(
        upsert_rows=[{"id": 9, "n": 9}],
        patch_rows=[{"id": 1, "s": "patched"}, {"id": 100, "s": "nobody"}],
        deletes=[2],
        return_affected_ids=True,
    )
    assert (answer.rows_upserted, answer.rows_patched, answer.rows_deleted) == (1, 1, 1)
    assert (answer.upserted_ids, answer.patched_ids, answer.deleted_ids) == ([9], [1], [2])
    namespace.write(patch_columns={"id": [3, 4], "s": [None, "b"]})
    assert {row["id"]: row.get("s") for row in all_rows(namespace)} == {
        1: "patched",
        3: None,
        4: "b",
        5: "x",
        9: None,
    }


def test_conditions(namespace: Any) -> None:
    namespace.write(upsert_rows=[{"id": 101, "version": 2}, {"id": 102, "version": 5}])
    newer: Any = ("version", "Lt", {"$ref_new": "version"})
    answer = namespace.write(
        upsert_rows=[{"id": 101, "version": 3}, {"id": 102, "version": 4}, {"id": 103, "version": 1}],
        upsert_condition=newer,
        return_affected_ids=True,
    )
    assert answer.upserted_ids == [101, 103]
    assert namespace.write(deletes=[101, 102], delete_condition=("version", "Gte", 5)).rows_deleted == 1
    assert (
        namespace.write(patch_rows=[{"id": 101, "x": 1}], patch_condition=("version", "Eq", 9)).rows_patched
        == 0
    )
    assert [row["id"] for row in all_rows(namespace)] == [101, 103]


def test_filter_writes(namespace: Any) -> None:
    namespace.write(upsert_rows=[{"id": i, "n": i} for i in range(10)])
    assert namespace.write(delete_by_filter=("n", "Gte", 8)).rows_affected == 2
    assert namespace.write(delete_by_filter=("n", "Gte", 8)).rows_affected == 0
    patch: Any = {"filters": ("n", "Lt", 3), "patch": {"small": True}}
    assert namespace.write(patch_by_filter=patch).rows_patched == 3
    assert [row["id"] for row in all_rows(namespace) if row.get("small")] == [0, 1, 2]


def test_every_attribute_type(namespace: Any) -> None:
    token = str(uuid.uuid4())
    namespace.write(
        upsert_rows=[
            {
                "id": 1,
                "vector": [0.5, 0.25],
                "half": [1, 2],
                "sparse": {"a": 0.5},
                "s": "ü",
                "i": -(2**63),
                "u": 2**64 - 1,
                "f": 0.1,
                "b": False,
                "t": datetime(2024, 3, 2, 12, 30, tzinfo=UTC),
                "g": token,
                "ss": ["a", "b"],
                "ii": [1, 2],
                "bs": [True, False],
                "empty": [],
            }
        ],
        schema={
            "half": {"type": "[2]f16", "ann": True},
            "sparse": {"type": "{}f16", "sparse_knn": {"distance_metric": "dot_product"}},
            "u": "uint",
            "f": "float",
            "t": "datetime",
            "g": "uuid",
        },
        distance_metric="cosine_distance",
    )
    row = all_rows(namespace)[0]
    assert row == {
        "id": 1,
        "vector": [0.5, 0.25],
        "half": [1.0, 2.0],
        "sparse": {"a": 0.5},
        "s": "ü",
        "i": -(2**63),
        "u": 2**64 - 1,
        "f": 0.1,
        "b": False,
        "t": "2024-03-02T12:30:00.000000000Z",
        "g": token,
        "ss": ["a", "b"],
        "ii": [1, 2],
        "bs": [True, False],
        "empty": [],
    }


def test_string_and_uuid_ids(client: turbopuffer.Turbopuffer, namespace: Any) -> None:
    namespace.write(upsert_rows=[{"id": "b", "n": 1}, {"id": "a", "n": 2}])
    assert [row["id"] for row in all_rows(namespace)] == ["a", "b"]
    with pytest.raises(turbopuffer.BadRequestError, match="you are not allowed to mix ID types"):
        namespace.write(upsert_rows=[{"id": 1}])
    other = client.namespace(f"{namespace.id}-uuid")
    key = str(uuid.uuid4())
    other.write(upsert_rows=[{"id": key, "n": 1}], schema={"id": "uuid"})
    assert [row["id"] for row in all_rows(other)] == [key]
    other.delete_all()


def test_copy_and_branch(client: turbopuffer.Turbopuffer, namespace: Any) -> None:
    namespace.write(
        upsert_rows=[{"id": i, "vector": [i, 1]} for i in range(4)], distance_metric="euclidean_squared"
    )
    copy = client.namespace(f"{namespace.id}-copy")
    assert copy.copy_from(source_namespace=namespace.id).rows_affected == 4
    assert copy.query(rank_by=("vector", "ANN", [3, 1]), top_k=1).rows[0].id == 3
    branch = client.namespace(f"{namespace.id}-branch")
    branch.branch_from(source_namespace=namespace.id)
    branch.write(deletes=[0])
    assert len(all_rows(branch)) == 3
    assert len(all_rows(namespace)) == 4
    copy.delete_all()
    branch.delete_all()


def test_copy_in_the_background(client: turbopuffer.Turbopuffer, namespace: Any) -> None:
    namespace.write(upsert_rows=[{"id": i, "n": i} for i in range(3)])
    copy = client.namespace(f"{namespace.id}-background")
    token = copy.start_copy_from(source_namespace=namespace.id).token
    for _ in range(1000):
        operation = copy.poll_copy_from(token)
        if operation.status == "finished":
            break
    assert operation.status == "finished"
    assert operation.result.success.rows_affected == 3
    assert len(all_rows(copy)) == 3
    copy.delete_all()


def test_empty_namespaces_and_dropped_attributes(namespace: Any) -> None:
    with pytest.raises(turbopuffer.NotFoundError):
        namespace.write(upsert_rows=[{"id": 1}], create_namespace=False)
    namespace.write(create_namespace=True, schema={"id": "uint"})
    assert all_rows(namespace) == []
    namespace.write(upsert_rows=[{"id": 1, "a": "x", "b": 2}])
    assert set(namespace.update_schema(schema={"a": {"drop": True}})) == {"id", "b"}
    assert all_rows(namespace) == [{"id": 1, "b": 2}]


def test_mistakes_are_typed_exceptions(namespace: Any) -> None:
    with pytest.raises(turbopuffer.NotFoundError):
        namespace.query(rank_by=("id", "asc"), limit=1)
    with pytest.raises(turbopuffer.UnprocessableEntityError, match="invalid type: map, expected a sequence"):
        namespace.write(upsert_rows={"id": 1})
    with pytest.raises(turbopuffer.BadRequestError, match="no writes provided"):
        namespace.write()
    with pytest.raises(turbopuffer.BadRequestError, match="Malformed Cloud KMS crypto key: mykey"):
        namespace.write(upsert_rows=[{"id": 1}], encryption={"mode": "customer-managed", "key_name": "mykey"})
    assert not namespace.exists()


def test_compressed_bodies(url: str, name: str) -> None:
    compressed = turbopuffer.Turbopuffer(api_key="k", base_url=url, compression=True).namespace(name)
    vector = [float(i) / 7 for i in range(4096)]
    compressed.write(upsert_rows=[{"id": 1, "vector": vector}], distance_metric="cosine_distance")
    raw = compressed.with_raw_response.query(
        rank_by=("vector", "ANN", vector), top_k=1, include_attributes=True
    )
    assert raw.headers.get("content-encoding") == "gzip"
    small = compressed.with_raw_response.query(rank_by=("vector", "ANN", vector), top_k=1)
    assert "content-encoding" not in small.headers
    plain = turbopuffer.Turbopuffer(api_key="k", base_url=url, compression=False).namespace(name)
    raw = plain.with_raw_response.query(rank_by=("vector", "ANN", vector), top_k=1, include_attributes=True)
    assert "content-encoding" not in raw.headers
    plain.delete_all()
