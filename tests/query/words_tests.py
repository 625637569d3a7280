"""Words as people type them: misspellings, routes by length, pages, shards, counts, the command line."""

from __future__ import annotations

import json
import random
import subprocess
from typing import Any

from tests.documents.stack import Client, Stack
from tests.query.site import NS, PATH, seeded
from tests.scatter.site import OFF, QUICK
from tests.support.gateway import until
from tests.support.server import default_binary

WORDS = ["quick", "brown", "foxes", "jumping", "lazily", "doggish", "tortoise", "elephant"]
SCHEMA: dict[str, Any] = {
    "title": {"type": "string", "full_text_search": True, "fuzzy": True},
    "plain": {"type": "string", "full_text_search": True},
}


class Titles:
    """Rows of three words each, and their texts."""

    def __init__(self, stack: Stack, dice: random.Random, rows: int = 200, *arguments: str) -> None:
        self.stack = stack
        self.gateway = stack.gateway("gateway", *arguments)
        self.client = Client(self.gateway.url)
        self.titles = {number: " ".join(dice.choices(WORDS, k=3)) for number in range(rows)}
        self.client.write(
            NS,
            {
                "upsert_rows": [
                    {"id": number, "title": title, "plain": title, "vector": [number % 7, number % 5]}
                    for number, title in self.titles.items()
                ],
                "schema": SCHEMA,
                "distance_metric": "euclidean_squared",
            },
        )

    def init(self, shards: int) -> None:
        path = f"/v2/namespaces/{NS}"
        reply = self.client.call("POST", f"{path}/init", {"shard_count": shards})
        assert reply.status == 200, reply.body

        def ready() -> bool:
            layer = self.client.call("GET", f"{path}/metadata?layer=true").json["layer"]
            return bool(layer["shard_state"] == "ready")

        until(ready, "the layout to be ready", 60)

    def found(self, body: dict[str, Any], path: str = PATH) -> Any:
        reply = self.client.call("POST", path, body)
        assert reply.status == 200, (body, reply.status, reply.body)
        return reply

    def ids(self, rank_by: list[Any], **more: Any) -> list[int]:
        return [row["id"] for row in self.found({"rank_by": rank_by, **more}).json["rows"]]

    def having(self, *words: str) -> set[int]:
        return {number for number, title in self.titles.items() if set(words) & set(title.split())}

    def pages(self, query: dict[str, Any], top_k: int) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            reply = self.found({**query, "top_k": top_k, "cursor": cursor})
            rows += reply.json["rows"]
            cursor = reply.json["next_cursor"]
            assert reply.headers.get("x-layer-next-cursor") == cursor
            if cursor is None:
                return rows
            assert len(reply.json["rows"]) == top_k


def test_misspelled_words_are_found() -> None:
    with Stack() as stack:
        site = Titles(stack, seeded())
        everything = {"top_k": 200}
        right = site.ids(["title", "HybridText", "tortoise"], **everything)
        assert set(right) == site.having("tortoise")
        for typed in ("tortose", "tortoisse", "tartoise", "Tortoisx"):
            reply = site.found({"rank_by": ["title", "HybridText", typed], **everything}).json
            assert {row["id"] for row in reply["rows"]} == site.having("tortoise"), typed
            assert reply["hybrid"]["surfaced"] is True, typed
            assert all("title" not in row for row in reply["rows"]), typed
        both = site.ids(["title", "HybridText", "elepant tortose"], **everything)
        assert set(both) == site.having("elephant", "tortoise")
        assert not site.ids(["title", "HybridText", "tortose", {"fuzziness": 0}], **everything)


def test_a_word_that_stands_there_leads_to_rows_with_the_misspelled_one() -> None:
    with Stack() as stack:
        site = Titles(stack, seeded())
        reply = site.found({"rank_by": ["title", "HybridText", "quick tortose"], "top_k": 5}).json
        assert "surfaced" not in reply["hybrid"]
        both = site.having("quick") & site.having("tortoise")
        assert reply["rows"][0]["id"] in both or not both, reply


def test_pages_of_fused_lists_repeat_and_skip_nothing() -> None:
    with Stack() as stack:
        site = Titles(stack, seeded())
        for ranking in (
            ["title", "HybridText", "quick brown", {"per_leg_limit": 80}],
            ["title", "HybridText", "elepant tortose", {"per_leg_limit": 80, "rank_constant": 1}],
        ):
            query = {"rank_by": ranking, "include_attributes": True}
            whole = site.pages(query, 200)
            assert len(whole) > 40
            assert len({row["id"] for row in whole}) == len(whole)
            for top_k in (3, 40):
                assert site.pages(query, top_k) == whole, (ranking, top_k)
        routed = {"rank_by": ["title", "Auto", "the quick brown foxes", {"vector": [3, 3]}]}
        rows = site.pages(routed, 30)
        assert len({row["id"] for row in rows}) == len(rows) > 60


def test_cursors_hold_on_every_gateway() -> None:
    with Stack() as stack:
        site = Titles(stack, seeded())
        query = {"rank_by": ["title", "HybridText", "quick brown foxes"], "top_k": 10, "cursor": None}
        first = site.found(query).json
        other = Client(stack.gateway("other").url)
        second = other.call("POST", PATH, {**query, "cursor": first["next_cursor"]})
        assert second.status == 200, second.body
        again = site.found({**query, "cursor": first["next_cursor"]}).json
        assert second.json["rows"] == again["rows"]


def test_shards_give_the_same_list() -> None:
    with Stack() as stack:
        site = Titles(stack, seeded(), 200, *QUICK)
        site.init(3)
        for ranking in (
            ["title", "HybridText", "quick brown foxes"],
            ["title", "HybridText", "elepant tortose"],
            ["title", "Auto", "the quick foxes", {"vector": [3, 3]}],
        ):
            body = {"rank_by": ranking, "top_k": 20, "include_attributes": ["title"]}
            whole = site.client.call("POST", PATH, body, OFF)
            assert whole.status == 200, whole.body
            # The layout is looked up again now and then; meanwhile a query goes up in one piece.
            seen: list[tuple[int, Any]] = []

            def is_scattered(body: dict[str, Any] = body, seen: list[tuple[int, Any]] = seen) -> bool:
                before = stack.relay.queries()
                answer = site.found(body).json
                seen.append((stack.relay.queries() - before, answer))
                return "threads" in answer["hybrid"]

            until(is_scattered, "the query to be read shard by shard", 60)
            calls, scattered = seen[-1]
            assert calls == (6 if "surfaced" in scattered["hybrid"] else 3), (ranking, calls)
            assert scattered["rows"] == whole.json["rows"], ranking
            assert scattered["hybrid"].pop("threads") == 3
            assert scattered["hybrid"] == whole.json["hybrid"]


def test_auto_takes_the_route_of_the_length() -> None:
    with Stack() as stack:
        site = Titles(stack, seeded())
        vector = {"vector": [3, 3]}
        for text, route in (
            ("quick", "hybrid_text"),
            ("quick foxes", "hybrid_text"),
            ("the quick foxes", "fused"),
            ("a quick brown fox is jumping over lazy dogs", "semantic"),
        ):
            reply = site.found({"rank_by": ["title", "Auto", text, vector]}).json
            assert (reply["routing"]["route"], reply["routing"]["executed"]) == (route, True), reply
            assert "hybrid" in reply or route == "semantic"
        forced = site.found({"rank_by": ["title", "Auto", "fox", {**vector, "route": "semantic"}]}).json
        assert forced["routing"] == {
            "route": "semantic",
            "policy": "forced",
            "tokens": 1,
            "executed": True,
        }
        near = site.found({"vector": [3, 3]}).json["rows"]
        assert forced["rows"] == near
        before = stack.relay.queries()
        deferred = site.found({"rank_by": ["title", "Auto", "the quick foxes"]}).json
        assert (deferred["rows"], deferred["routing"]["executed"]) == ([], False)
        assert deferred["next_cursor"] is None
        assert stack.relay.queries() == before


def test_the_store_is_asked_once() -> None:
    with Stack() as stack:
        site = Titles(stack, seeded())
        site.found({"rank_by": ["title", "HybridText", "quick"]})  # the schema is known from here on
        for body, calls in (
            ({"rank_by": ["title", "HybridText", "quick brown foxes jumping lazily"]}, 1),
            ({"rank_by": ["title", "HybridText", "quick"], "include_attributes": True}, 1),
            ({"rank_by": ["title", "HybridText", "tortose"]}, 2),
            ({"rank_by": ["title", "Auto", "the quick foxes", {"vector": [1, 1]}]}, 1),
        ):
            before = stack.relay.queries()
            site.found(body)
            assert stack.relay.queries() - before == calls, body


def test_a_field_without_an_index_for_them() -> None:
    with Stack() as stack:
        site = Titles(stack, seeded())
        reply = site.found({"rank_by": ["plain", "HybridText", "quick"]})
        assert reply.headers["x-layer-warning"] == "fuzzy_unsupported"
        assert reply.json["hybrid"]["fuzzy"] == "unsupported"
        assert reply.json["rows"]


def test_counts_and_federated_queries_take_words_too() -> None:
    with Stack() as stack:
        site = Titles(stack, seeded())
        count = site.client.call(
            "POST",
            f"/v2/namespaces/{NS}/scans",
            {"mode": "count", "hybrid_text": {"field": "title", "query": "tortose"}},
        )
        assert count.status == 200, count.body
        assert count.json["count"] == len(site.having("tortoise"))
        body = {"namespaces": [NS], "rank_by": ["title", "HybridText", "quick"], "top_k": 4}
        federated = site.found(body, "/v2/query").json
        assert [row["id"] for row in federated["rows"]] == site.ids(["title", "HybridText", "quick"], top_k=4)
        assert federated["hybrid"]["tokens"] == ["quick"]


def test_what_it_would_ask_is_told() -> None:
    with Stack() as stack:
        site = Titles(stack, seeded())
        plan = site.found(
            {"rank_by": ["title", "HybridText", "the quick foxes"]}, PATH.replace("/query", "/explain_query")
        ).json["layer"]
        assert plan["route"] == "hybrid_text"
        assert [leg["label"] for leg in plan["legs"]] == ["bm25", "fuzzy:quick", "fuzzy:foxes"]
        assert plan["upstream_calls"] == 1


def test_they_are_counted() -> None:
    with Stack() as stack:
        site = Titles(stack, seeded())
        site.found({"rank_by": ["title", "HybridText", "quick foxes"]})
        site.found({"rank_by": ["title", "Auto", "the quick foxes"]})
        metric = site.gateway.metric
        assert metric("hevlayer_hybrid_text_queries_total", namespace=NS, status="ok") == 1
        assert metric("hevlayer_hybrid_text_tokens_sum", namespace=NS) == 2
        assert metric("hevlayer_query_router_decisions_total", route="fused", executed="false") == 1


def test_the_command_line_searches() -> None:
    with Stack() as stack:
        site = Titles(stack, seeded())

        def layer(*arguments: str) -> subprocess.CompletedProcess[str]:
            command = [str(default_binary()), "search", NS, "title", *arguments]
            return subprocess.run(
                [*command, "--base-url", site.gateway.url], check=True, capture_output=True, text=True
            )

        answer = json.loads(layer("tortose", "--top-k", "200", "--json").stdout)
        assert {row["id"] for row in answer["rows"]} == site.having("tortoise")
        shown = layer("tortose", "--output", "table")
        assert "TITLE" in shown.stdout and "tortoise" in shown.stdout, shown.stdout
        assert "words like them" in shown.stderr, shown.stderr
        routed = layer("quick foxes", "--auto", "--output", "table")
        assert "route hybrid_text" in routed.stderr, routed.stderr
