"""What is recorded of a query, and of which queries."""

from __future__ import annotations

import json
import re

from tests.documents.stack import Client, Stack
from tests.history.shop import entries, fill, index, kept, named, search

TRACE = "0af7651916cd43dd8448eb211c80319c"


def test_a_search_is_recorded_whole() -> None:
    with Stack() as stack:
        client = Client(stack.gateway("g").url)
        fill(client)
        reply = search(
            client,
            "red shoes",
            search_query="Red SHOES!",
            client_id="c1",
            session_id="s1",
            user_id="u1",
            application="web",
            tags="b, a,b",
            query_id="q-1",
        )
        assert reply.headers["x-layer-query-id"] == "q-1"
        (entry,) = kept(client, 1)
        assert entry["namespace"] == "shop" and entry["query_id"] == "q-1"
        assert entry["raw_query"] == "Red SHOES!" and entry["tags"] == ["a", "b"]
        assert (entry["client_id"], entry["session_id"], entry["user_id"]) == ("c1", "s1", "u1")
        assert entry["application"] == "web" and entry["status"] == 200 and entry["level"] == "strong"
        assert entry["query"] == {
            "kind": "BM25",
            "field": "title",
            "text": "red shoes",
            "top_k": 10,
            "include_attributes": ["title"],
        }
        assert entry["top_result_ids"] == [row["id"] for row in reply.json["rows"]]
        assert entry["result_count"] == len(reply.json["rows"]) == 3
        assert entry["duration_ms"] > 0 and re.fullmatch(r"[0-9a-f]{32}", entry["trace_id"])
        assert entry["trace_id"] in reply.headers["traceparent"]
        assert entry["billing"]["queried"] > 0
        assert entry["timestamp"].startswith("20") and entry["timestamp"].endswith("Z")


def test_one_trace_goes_through_everything() -> None:
    with Stack() as stack:
        client = Client(stack.gateway("g").url)
        fill(client)
        reply = client.call(
            "POST",
            "/v2/namespaces/shop/query",
            {"rank_by": ["id", "asc"], "top_k": 1},
            {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"},
        )
        assert reply.headers["x-layer-query-id"] == TRACE
        assert reply.headers["traceparent"].startswith(f"00-{TRACE}-")
        (entry,) = kept(client, 1)
        assert entry["trace_id"] == entry["query_id"] == TRACE


def test_every_query_route_is_recorded() -> None:
    with Stack() as stack:
        client = Client(stack.gateway("g").url)
        fill(client)
        fill(client, "other")
        by_vector = {"rank_by": ["vector", "ANN", [1.0, 0.0, 0.0]], "top_k": 2}
        ask = {"rank_by": ["title", "BM25", "red"], "top_k": 2}
        for path, body in (
            ("/v2/namespaces/shop/query", by_vector),
            ("/v2/namespaces/shop/query", {"queries": [by_vector, ask]}),
            ("/v2/namespaces/shop/multi_query", {"queries": [ask]}),
            ("/v2/namespaces/shop/query", {"vector": [1.0, 0.0, 0.0], "top_k": 2}),
            ("/v2/query", {"namespaces": ["shop", "other"], **ask}),
        ):
            reply = client.call("POST", path, body)
            assert reply.status == 200 and "x-layer-query-id" in reply.headers, (path, reply.body)
        found = kept(client, 5)[::-1]
        assert found[0]["query"] == {"kind": "ANN", "field": "vector", "vector_len": 3, "top_k": 2}
        assert found[1]["query"]["leg_count"] == 2 and found[1]["result_count"] == 4
        assert found[2]["query"]["leg_count"] == 1
        assert found[3]["query"]["vector_len"] == 3
        assert "0.9" not in json.dumps([each["query"] for each in found])
        # A federated query is recorded where its rows come from, with these rows only.
        (beside,) = kept(client, 1, "other")
        assert beside["query_id"] == found[4]["query_id"]
        assert "shop" not in json.dumps(beside)
        assert len(found[4]["top_result_ids"]) + len(beside["top_result_ids"]) == 2
        # One that found nothing is recorded where it looked.
        nothing = {"rank_by": ["title", "BM25", "zebra"], "top_k": 2}
        reply = client.call("POST", "/v2/query", {"namespaces": ["shop", "other"], **nothing})
        assert reply.status == 200 and reply.json["rows"] == [], reply.body
        for ns, before in (("shop", 5), ("other", 1)):
            entry = kept(client, before + 1, ns)[0]
            assert entry["query_id"] == reply.headers["x-layer-query-id"], entry
            assert (entry["result_count"], entry["top_result_ids"], entry["status"]) == (0, [], 200)


def test_what_is_no_search_is_not_recorded() -> None:
    with Stack() as stack:
        client = Client(stack.gateway("g").url)
        fill(client)
        ask = {"rank_by": ["title", "BM25", "red"], "top_k": 2}
        out = client.call("POST", "/v2/namespaces/shop/query", ask, named({"no_history": "1"}))
        assert out.status == 200 and "x-layer-query-id" not in out.headers
        assert client.call("POST", "/v2/namespaces/shop/explain_query", ask).status == 200
        counted = client.call("POST", "/v2/namespaces/shop/scans", {"mode": "count"})
        assert counted.status == 200, counted.body
        deferred = client.call(
            "POST",
            "/v2/namespaces/shop/query",
            {"rank_by": ["title", "Auto", "eight words that mean something to somebody somewhere else"]},
        )
        assert deferred.status == 200 and deferred.json["routing"]["executed"] is False, deferred.body
        assert "x-layer-query-id" not in deferred.headers
        search(client, "last")  # comes after them
        (entry,) = kept(client, 1)
        assert entry["query"]["text"] == "last"


def test_failures_are_recorded_without_ids() -> None:
    with Stack() as stack:
        client = Client(stack.gateway("g").url)
        fill(client)
        wrong = client.call("POST", "/v2/namespaces/shop/query", {"rank_by": ["nothing", "BM25", "x"]})
        assert wrong.status == 400, wrong.body
        (entry,) = kept(client, 1)
        assert entry["status"] == 400 and entry["top_result_ids"] == [] and entry["result_count"] == 0


def test_faulty_tags_are_dropped_or_refused() -> None:
    with Stack() as stack:
        gateway = stack.gateway("g")
        client = Client(gateway.url)
        fill(client)
        assert search(client, "red", tag="not a tag").status == 200
        (entry,) = kept(client, 1)
        assert entry.get("tags", []) == []
        assert gateway.metric("layer_history_dropped_total", reason="tags") == 1
        refused = client.fetch("shop", 1, headers=named({"tag": "not a tag"}))
        assert (refused.status, refused.json["error"]) == (422, "validation_error"), refused.body
        many = ",".join(f"t{number}" for number in range(33))
        assert client.call("POST", "/v2/query", {}, named({"tags": many})).status == 422


def test_large_answers_are_recorded_in_part() -> None:
    with Stack() as stack:
        client = Client(stack.gateway("g").url)
        rows = [{"id": number, "text": "x" * 200_000} for number in range(12)]
        schema = {"text": {"type": "string", "filterable": False}}
        client.write("large", {"upsert_rows": rows, "schema": schema})
        reply = client.call(
            "POST",
            "/v2/namespaces/large/query",
            {"rank_by": ["id", "asc"], "top_k": 12, "include_attributes": True},
        )
        assert len(reply.json["rows"]) == 12 and len(reply.body) > 2_000_000
        (entry,) = kept(client, 1, "large")
        assert entry["truncated"] is True and entry["top_result_ids"][:3] == [0, 1, 2]


def test_an_index_says_what_is_kept() -> None:
    with Stack() as stack:
        folder = stack.root / "resources"
        index(folder, "off", {"mode": "off"})
        index(folder, "tagged", {"mode": "tagged"})
        redact = [{"pattern": "order [0-9]+", "replace": "order #"}]
        index(folder, "shy", {"redact": redact, "presets": ["email"], "drop": ["client_id"]})
        client = Client(stack.gateway("g", f"--resources={folder}").url)
        for ns in ("off", "tagged", "shy"):
            fill(client, ns)
        assert "x-layer-query-id" not in search(client, "red", "off", tag="a").headers
        search(client, "red", "tagged")
        search(client, "red", "tagged", session_id="s")
        (entry,) = kept(client, 1, "tagged")
        assert entry["session_id"] == "s"
        search(client, "mail a@b.example", "shy", search_query="my order 77 a@b.example", client_id="c")
        (entry,) = kept(client, 1, "shy")
        assert entry["raw_query"].startswith("my order #") and "client_id" not in entry, entry
        assert "a@b.example" not in json.dumps(entry), entry
        spool = b"".join(
            path.read_bytes()
            for path in (stack.root / "g").rglob("*")
            if path.is_file() and "history" in str(path)
        )
        assert b"a@b.example" not in spool and b"order 77" not in spool
        assert entries(client, "off") == []
