"""Pages against the whole list, for every ranking; vectors by name; what a query costs."""

from __future__ import annotations

import base64
import json
import struct
import subprocess
from typing import Any

from tests.documents.stack import Stack
from tests.query.site import NS, PATH, Site, seeded
from tests.support.server import default_binary

RANKINGS: list[dict[str, Any]] = [
    {"rank_by": ["id", "asc"]},
    {"rank_by": ["id", "desc"]},
    {"rank_by": ["price", "asc"], "include_attributes": True},
    {"rank_by": ["price", "desc"], "include_attributes": ["lang"]},
    {"rank_by": [["lang", "desc"], ["price", "asc"]]},
    {"rank_by": ["title", "BM25", "red"], "include_attributes": ["title"]},
    {"rank_by": ["vector", "ANN", [3, 3]]},
    {"rank_by": ["vector", "kNN", [3, 3]], "filters": ["price", "NotEq", 2]},
    {"vector": [2, 5], "include_attributes": True},
    {"nearest_to_id": [1, 2, 3], "exclude_seeds": True, "include_attributes": ["price"]},
]


def packed(*numbers: float) -> str:
    return base64.b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode()


def test_pages_repeat_and_skip_nothing() -> None:
    with Stack() as stack:
        site = Site(stack, seeded())
        for ranking in RANKINGS:
            query = {**ranking, "page_window": 1000}
            whole = site.found({**query, "top_k": 1000, "cursor": None}).json["rows"]
            assert len(whole) > 60, query
            assert len({row["id"] for row in whole}) == len(whole), query
            for top_k in (7, 40):
                assert site.pages(query, top_k) == whole, (query, top_k)


def test_vectors_in_both_forms_and_by_rows() -> None:
    with Stack() as stack:
        site = Site(stack, seeded())
        plain = site.found({"rank_by": ["vector", "ANN", [2, 5]], "top_k": 10}).json["rows"]
        for vector in ([2, 5], packed(2, 5)):
            reply = site.found({"vector": vector})
            assert reply.json["rows"] == plain
            assert "next_cursor" not in reply.json
            assert reply.headers["x-layer-next-cursor"]
        seeds = [site.rows[number]["vector"] for number in (4, 9)]
        mean = [(left + right) / 2 for left, right in zip(*seeds, strict=True)]
        by_rows = site.found({"nearest_to_id": [4, 9], "top_k": 20}).json["rows"]
        assert by_rows == site.found({"vector": mean, "top_k": 20}).json["rows"]
        missing = site.ask({"nearest_to_id": [4, 900, 901]})
        assert (missing.status, missing.json["missing"]) == (404, [900, 901])


def test_a_full_answer_goes_on_behind_its_rows() -> None:
    with Stack() as stack:
        site = Site(stack, seeded())
        first = site.found({"vector": [2, 5], "top_k": 20})
        second = site.found({"vector": [2, 5], "top_k": 20, "cursor": first.headers["x-layer-next-cursor"]})
        whole = site.found({"vector": [2, 5], "top_k": 40}).json["rows"]
        assert first.json["rows"] + second.json["rows"] == whole


def test_no_vectors_in_the_rows() -> None:
    with Stack() as stack:
        site = Site(stack, seeded())
        reply = site.found({"vector": [2, 5], "include_attributes": ["vector", "title"]})
        assert reply.headers["x-layer-warning"] == "vector_attribute_dropped"
        everything = site.found({"vector": [2, 5], "include_attributes": True})
        assert "x-layer-warning" not in everything.headers
        for row in reply.json["rows"] + everything.json["rows"]:
            assert "vector" not in row and "title" in row and "_hevlayer_upserted_at" not in row


def test_the_store_is_asked_no_more_than_it_must() -> None:
    with Stack() as stack:
        site = Site(stack, seeded())
        for body, calls in (
            ({"rank_by": ["vector", "ANN", [2, 5]], "top_k": 5}, 1),
            ({"vector": [2, 5]}, 1),
            ({"vector": [2, 5], "cursor": None}, 1),
            ({"vector": [2, 5], "cursor": None, "include_attributes": ["lang"]}, 2),
            ({"nearest_to_id": [1, 2]}, 2),
            ({"rank_by": ["price", "asc"], "cursor": None, "include_attributes": True}, 1),
        ):
            assert site.calls(body) == calls, body


def test_members_of_a_multi_query() -> None:
    with Stack() as stack:
        site = Site(stack, seeded())
        path = f"/v2/namespaces/{NS}/multi_query"
        body = {"queries": [{"vector": [2, 5], "top_k": 3}, {"rank_by": ["id", "asc"], "top_k": 2}]}
        results = site.ask(body, path).json["results"]
        assert results[0]["rows"] == site.found({"vector": [2, 5], "top_k": 3}).json["rows"]
        assert [row["id"] for row in results[1]["rows"]] == [0, 1]


def test_explain_tells_the_plan() -> None:
    with Stack() as stack:
        site = Site(stack, seeded())
        plan = site.ask({"vector": [2, 5], "cursor": None}, PATH.replace("/query", "/explain_query")).json[
            "layer"
        ]
        assert plan["route"] == "vector"
        assert plan["legs"][0]["rank_by"] == ["vector", "ANN", [2, 5]]
        assert plan["upstream_calls"] == 1


def test_the_command_line_shows_the_plan() -> None:
    with Stack() as stack:
        site = Site(stack, seeded())
        url = stack.gateways[0].url
        command = [
            str(default_binary()),
            "explain",
            "films",
            '{"rank_by":["price","desc"],"cursor":null}',
            "--base-url",
            url,
        ]
        shown = subprocess.run(
            [*command, "--output", "table"], check=True, capture_output=True, text=True
        ).stdout
        assert "route ordered" in shown and "LEG" in shown.upper(), shown
        plan = json.loads(
            subprocess.run([*command, "--json"], check=True, capture_output=True, text=True).stdout
        )
        assert plan["layer"]["legs"][0]["rank_by"] == [["price", "desc"], ["id", "asc"]]
        assert site.rows
