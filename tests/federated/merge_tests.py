"""Rows of several namespaces as one list."""

from __future__ import annotations

import json
import subprocess
from typing import Any

from tests.documents.stack import Client, Stack
from tests.federated.libraries import FOX, NEAR, ask, book, found, origins, seeded, write, write_profiles
from tests.support.server import default_binary


def test_ranks_are_interleaved_and_rows_tell_their_origin() -> None:
    dice = seeded()
    with Stack() as stack:
        client = Client(stack.gateway("g").url)
        for ns in ("b", "a"):
            write(client, ns, [book(dice, number) for number in range(30)])
        for ranking in (FOX, ["year", "desc"], NEAR):
            body = {"rank_by": ranking, "include_attributes": ["year"]}
            answer = found(client, namespaces=["b", "a"], top_k=6, **body)
            assert origins(answer) == [(ns, rank) for rank in (1, 2, 3) for ns in ("a", "b")], answer
            for row in answer["rows"]:
                single = client.call(
                    "POST", f"/v2/namespaces/{row['$namespace']}/query", {"top_k": 20, **body}
                )
                own = {name: value for name, value in row.items() if name not in ("$namespace", "$rank")}
                assert single.json["rows"][row["$rank"] - 1] == own, (row, single.body)
            assert [each["namespace"] for each in answer["namespaces"]] == ["b", "a"]
            assert answer["merge"]["method"] == "rank-interleave" and answer["merge"]["route"] == "fused"
            reason = "missing_embedding_profile" if ranking is NEAR else None
            assert answer["merge"].get("downgraded_reason") == reason, answer["merge"]
            assert "errors" not in answer and answer["billing"] and answer["performance"]


def beyond_doubt(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows at equal distances stand by their namespaces or by their ids; of those at the end of a list some
    may have fallen out."""
    end = rows[-1]["$dist"] if rows else None
    return sorted((row for row in rows if row["$dist"] != end), key=lambda row: (row["$dist"], row["id"]))


def test_with_equal_profiles_the_answer_is_that_over_the_union() -> None:
    dice = seeded()
    names = [f"part-{number}" for number in range(7)]
    with Stack() as stack:
        folder = write_profiles(stack.root / "resources", dict.fromkeys(names, 2))
        client = Client(stack.gateway("g", f"--resources={folder}").url)
        rows = [book(dice, number) for number in range(210)]
        write(client, "union", rows)
        for place, ns in enumerate(names):
            write(client, ns, rows[place :: len(names)])
        for _ in range(20):
            body: dict[str, Any] = {
                "rank_by": ["vector", "ANN", [dice.random(), dice.random()]],
                "top_k": dice.choice([1, 5, 20]),
                "include_attributes": ["text", "year"],
            }
            if dice.random() < 0.5:
                body["filters"] = ["year", "Gte", dice.randrange(1950, 2025)]
            answer = found(client, namespaces=names, strict=True, **body)
            assert answer["merge"]["method"] == "distance", answer["merge"]
            whole = client.call("POST", "/v2/namespaces/union/query", body)
            assert whole.status == 200, whole.body
            left = [{k: v for k, v in row.items() if k[:2] not in ("$n", "$r")} for row in answer["rows"]]
            right = whole.json["rows"]
            assert [row["$dist"] for row in left] == [row["$dist"] for row in right], (body, left, right)
            assert beyond_doubt(left) == beyond_doubt(right), (body, left, right)


def test_profiles_that_the_schema_contradicts_are_not_trusted() -> None:
    dice = seeded()
    with Stack() as stack:
        folder = write_profiles(stack.root / "resources", {"a": 3, "b": 3, "c": 2})
        client = Client(stack.gateway("g", f"--resources={folder}").url)
        for ns in ("a", "b", "c"):
            write(client, ns, [book(dice, number) for number in range(5)])
        for names in (["a", "b"], ["a", "c"]):
            merge = found(client, namespaces=names, rank_by=NEAR)["merge"]
            assert merge["method"] == "rank-interleave"
            assert merge["downgraded_reason"] == "embedding_profile_mismatch", merge
            strict = ask(client, namespaces=names, rank_by=NEAR, strict=True)
            assert strict.status == 422 and strict.json["reason"] == "embedding_profile_mismatch", strict.body


def test_a_hundred_namespaces_answer_as_one() -> None:
    dice = seeded()
    with Stack() as stack:
        client = Client(stack.gateway("g").url)
        years: dict[str, int] = {}
        for number in range(100):
            rows = [book(dice, each) for each in range(3)]
            years[f"ns-{number:03}"] = max(row["year"] for row in rows)
            write(client, f"ns-{number:03}", rows)
        answer = found(client, rank_by=["year", "desc"], top_k=100, include_attributes=["year"])
        assert origins(answer) == [(ns, 1) for ns in sorted(years)]
        assert {row["$namespace"]: row["year"] for row in answer["rows"]} == years
        assert len(answer["namespaces"]) == 100 and all(each["matched"] == 3 for each in answer["namespaces"])
        few = found(client, namespaces=["*"], rank_by=FOX, fusion={"per_namespace_limit": 1}, top_k=500)
        assert all(rank == 1 for _, rank in origins(few))


def test_more_namespaces_than_the_limit_are_listed() -> None:
    with Stack() as stack:
        client = Client(stack.gateway("g", "--federated-query-max-namespaces=2").url)
        for ns in ("a", "b", "c"):
            client.write(ns, {"upsert_rows": [{"id": 1, "year": 1}]})
        for names in (["a", "b", "c"], ["*"]):
            reply = ask(client, namespaces=names, rank_by=["id", "asc"])
            assert (reply.status, reply.json["error"]) == (422, "validation_error"), reply.body
            assert [each["namespace"] for each in reply.json["details"]] == ["c"]


def test_reserved_attributes_stay_hidden() -> None:
    with Stack() as stack:
        client = Client(stack.gateway("g").url)
        client.write("a", {"upsert_rows": [{"id": 1, "year": 1}]})
        body = {"namespaces": ["a"], "rank_by": ["id", "asc"], "include_attributes": True}
        assert set(found(client, **body)["rows"][0]) == {"$namespace", "$rank", "id", "year"}
        shown = client.call("POST", "/v2/query", body, {"x-layer-reserved": "show"})
        assert "_hevlayer_upserted_at" in shown.json["rows"][0], shown.body


def test_the_command_line_asks_several_namespaces() -> None:
    with Stack() as stack:
        gateway = stack.gateway("g")
        client = Client(gateway.url)
        for ns in ("a", "b"):
            client.write(ns, {"upsert_rows": [{"id": 1, "year": 1980}]})
        body = '{"rank_by":["id","asc"],"top_k":5}'
        for names in ("a,b", "*"):
            command = [str(default_binary()), "query", names, body, "--base-url", gateway.url]
            done = subprocess.run(
                [*command, "--json"], capture_output=True, text=True, check=True, timeout=60
            )
            assert origins(json.loads(done.stdout)) == [("a", 1), ("b", 1)], done
            table = subprocess.run(
                [*command, "--output", "table"], capture_output=True, text=True, check=True, timeout=60
            )
            assert table.stdout.startswith("$NAMESPACE"), table
