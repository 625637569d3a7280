"""Lists, clicks, events of other programs, sums, exports, purges."""

from __future__ import annotations

import json
import time
from typing import Any

from tests.documents.stack import Client, Stack
from tests.history.shop import clicked, clicks, entries, fill, kept, named, search
from tests.support.gateway import until


def test_pages_neither_repeat_nor_skip_while_searches_come() -> None:
    with Stack() as stack:
        client = Client(stack.gateway("g").url)
        fill(client)
        for number in range(25):
            search(client, f"w{number}", query_id=f"q{number}")
        kept(client, 25)
        seen: list[str] = []
        cursor = ""
        while True:
            reply = client.call("GET", f"/v2/namespaces/shop/search-history?limit=7&cursor={cursor}")
            assert reply.status == 200, reply.body
            seen += [entry["query_id"] for entry in reply.json["entries"]]
            search(client, "meanwhile")
            cursor = reply.json.get("next_cursor", "")
            if not cursor:
                break
        assert seen == [f"q{number}" for number in reversed(range(25))]


def test_lists_are_narrowed() -> None:
    with Stack() as stack:
        client = Client(stack.gateway("g").url)
        fill(client)
        search(client, "red", tags="web,a", client_id="c1", search_query="Red Shoes")
        search(client, "hat", tags="web", client_id="c2", search_query="hat")
        kept(client, 2)

        def words(query: str) -> list[str]:
            return [entry["query"]["text"] for entry in entries(client, query=query)]

        assert words("?tag=web") == ["hat", "red"] and words("?tag=web&tag=a") == ["red"]
        assert words("?client_id=c2") == ["hat"] and words("?raw_query=ed+Sh") == ["red"]
        assert words("?limit=1") == ["hat"] and words("?from=1h") == ["hat", "red"]
        assert words("?to=1h") == [] and words("?before=1h") == []
        v1 = client.call("GET", "/v1/namespaces/shop/search-history")
        assert [entry["query"]["text"] for entry in v1.json["entries"]] == ["hat", "red"]
        for wrong in ("limit=1001", "from=soon", "cursor=x", "tag=a%20b"):
            assert client.call("GET", f"/v2/namespaces/shop/search-history?{wrong}").status == 422, wrong


def test_a_fetch_after_a_search_is_a_click() -> None:
    with Stack() as stack:
        client = Client(stack.gateway("g").url)
        fill(client)
        found = [row["id"] for row in search(client, "red shoes", query_id="q1").json["rows"]]
        kept(client, 1)
        assert client.fetch("shop", 1).status == 200  # belongs to no search
        assert (
            client.fetch("shop", found[1], headers=named({"query_id": "q1", "client_id": "c"})).status == 200
        )
        (click,) = clicked(client, 1)
        assert (click["doc_id"], click["position"]) == (found[1], 2), click
        assert click["action"] == "click" and click["source"] == "single" and click["query_id"] == "q1"
        assert click["client_id"] == "c" and click["served_from"] in ("cache", "upstream")
        trace = search(client, "red").headers["traceparent"]
        reply = client.call(
            "POST", "/v2/namespaces/shop/documents", {"ids": [1, 3, 99]}, {"traceparent": trace}
        )
        assert reply.status == 200
        batch = [each for each in clicked(client, 3) if each["source"] == "batch"]
        assert sorted(each["doc_id"] for each in batch) == [1, 3]
        assert {each["trace_id"] for each in batch} == {trace.split("-")[1]}
        quiet = named({"query_id": "q1", "no_history": "1"})
        assert client.fetch("shop", 1, headers=quiet).status == 200
        assert client.fetch("shop", 2, headers=named({"query_id": "q2"})).status == 200
        assert [each["query_id"] for each in clicked(client, 4)].count("q1") == 1
        assert len(clicks(client, query="?action=view")) == 0


def event(action: str = "click", **members: Any) -> dict[str, Any]:
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return {"action_name": action, "timestamp": now, **members}


def test_events_of_other_programs_come_in_and_go_out() -> None:
    with Stack() as stack:
        client = Client(stack.gateway("g").url)
        fill(client)
        search(client, "red shoes", query_id="q1", client_id="c", application="web")
        kept(client, 1)
        attributes = {"object": {"object_id": "1"}, "position": {"ordinal": 1}}
        good = event("add_to_cart", query_id="q1", client_id="c", event_attributes=attributes)
        reply = client.call("POST", "/v2/ubi/events", [good, {"action_name": "x"}, event(query_id="unknown")])
        assert reply.status == 202, reply.body
        assert reply.json["accepted"] == 1, reply.json
        assert [each["index"] for each in reply.json["rejected"]] == [1, 2]
        (click,) = clicked(client, 1)
        assert click["action"] == "add_to_cart" and click["source"] == "ubi" and click["ubi"] == good
        assert click["doc_id"] == 1 and click["position"] == 1, click
        lines = "\n".join(json.dumps(event(client_id=f"c{number}")) for number in range(3))
        many = client.call("POST", "/v2/ubi/events?namespace=shop", lines.encode())
        assert many.json == {"accepted": 3, "rejected": []}, many.body
        clicked(client, 4)
        assert client.call("POST", "/v2/ubi/events", b"[]").status == 422
        assert client.call("POST", "/v2/ubi/events", [event()] * 1001).status == 422
        assert client.call("POST", "/v2/ubi/events", b" " * (1 << 20) + b"{}").status == 413

        def lines_of(query: str) -> list[dict[str, Any]]:
            body = client.call("GET", f"/v2/namespaces/shop/history/export?{query}").body
            return [json.loads(line) for line in body.splitlines()]

        (query,) = lines_of("format=ubi&kind=queries")
        assert query["user_query"] == "red shoes" and query["query_id"] == "q1"
        assert query["application"] == "web" and query["object_id_field"] == "id"
        assert query["query_response_hit_ids"] == ["1", "2", "3"] or len(query["query_response_hit_ids"]) == 3
        events = lines_of("format=ubi&kind=events")
        assert len(events) == 4 and good in events
        assert {each["namespace"] for each in lines_of("format=ndjson&kind=events")} == {"shop"}
        # What goes out as UBI comes in again.
        again = client.call("POST", "/v2/ubi/events?namespace=shop", events)
        assert again.json == {"accepted": 4, "rejected": []}, again.body


def test_insights_are_the_figures_computed_by_hand() -> None:
    with Stack() as stack:
        client = Client(stack.gateway("g").url)
        fill(client)
        empty = client.call("GET", "/v2/namespaces/shop/insights")
        assert empty.status == 200 and empty.json["empty_because"] == "no_queries", empty.body
        rows = [row["id"] for row in search(client, "red shoes", query_id="a", session_id="s1").json["rows"]]
        search(client, "Red  SHOES", query_id="b", session_id="s2")
        search(client, "green", query_id="c", session_id="s2")  # nothing is green
        search(client, "hat", query_id="d")
        kept(client, 4)
        assert client.call("GET", "/v2/namespaces/shop/insights").json["empty_because"] == "no_clicks"
        client.fetch("shop", rows[1], headers=named({"query_id": "a"}))  # place 2 comes first
        clicked(client, 1)
        client.fetch("shop", rows[0], headers=named({"query_id": "a"}))
        client.fetch("shop", 2, headers=named({"query_id": "d"}))
        clicked(client, 3)
        sums = client.call("GET", "/v2/namespaces/shop/insights").json
        assert (sums["queries"], sums["sessions"], sums["entries_read"]) == (4, 2, 7), sums
        assert abs(sums["click_through_rate"] - 2 / 3) < 1e-9  # a and d of a, b, d
        assert abs(sums["mean_reciprocal_click_rank"] - (1 / 2 + 1) / 2) < 1e-9
        assert sums["clicks_by_position"] == [2, 1] + [0] * 8
        assert abs(sums["abandonment_rate"] - 1 / 3) < 1e-9  # s2 of s1, s2 and d's own
        top = {each["query"]: each for each in sums["top_queries"]}
        assert top["red shoes"]["count"] == 2 and top["red shoes"]["ctr"] == 0.5
        assert top["green"]["no_result_rate"] == 1.0
        assert [each["query"] for each in sums["no_result_queries"]] == ["green"]
        assert sums["truncated"] is False and "empty_because" not in sums
        assert client.call("GET", "/v2/namespaces/shop/insights?from=32d").status == 422


def test_a_client_is_forgotten() -> None:
    with Stack() as stack:
        client = Client(stack.gateway("g", "--history-flush=100ms").url)
        fill(client)
        for name in ("c1", "c2"):
            search(client, "red", client_id=name, query_id=name)
            client.fetch("shop", 1, headers=named({"query_id": name, "client_id": name}))
        kept(client, 2)
        clicked(client, 2)
        for wrong in ("", "?client_id=c1&user_id=u"):
            assert client.call("DELETE", f"/v2/namespaces/shop/history{wrong}").status == 422
        reply = client.call("DELETE", "/v2/namespaces/shop/history?client_id=c1")
        assert reply.status == 202 and reply.json["kind"] == "history_purge", reply.body
        job = f"/v2/jobs/{reply.json['id']}"
        until(lambda: client.call("GET", job).json["status"] == "completed", "the purge")
        assert [entry["client_id"] for entry in entries(client)] == ["c2"]
        assert [each["client_id"] for each in clicks(client)] == ["c2"]


def test_a_deleted_namespace_takes_its_searches_along() -> None:
    with Stack() as stack:
        # Nothing is carried into the object store before the namespace is gone.
        client = Client(stack.gateway("g", "--history-flush=1h").url)
        fill(client)
        search(client, "red", query_id="q1")
        kept(client, 1)
        deletion = client.call("DELETE", "/v2/namespaces/shop").headers["x-layer-deletion-id"]
        receipt = f"/v2/namespaces/shop/deletions/{deletion}"
        until(lambda: client.call("GET", receipt).json["state"] == "complete", "the deletion to complete")
        fill(client)
        assert entries(client) == []
        search(client, "blue", query_id="q2")
        assert [entry["query_id"] for entry in kept(client, 1)] == ["q2"]
