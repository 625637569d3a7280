"""Long documents in chunks: what is stored, what goes with a shorter text, what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.embed.embed_tests import STATIC, Answer, call, gateway
from tests.support.server import ROOT, Server

PATH = "/v2/namespaces/docs"
ANIMALS = "A cat sleeps on the sofa. A dog barks in the garden."
MONEY = "Stock prices fell on wall street. The bank raised its interest rates."


def write(url: str, **body: Any) -> Answer:
    return call(url, "POST", PATH, body)


def declare(url: str, rows: list[dict[str, Any]], **chunk: Any) -> Answer:
    embed = {"model": "local/small", "chunk": {"strategy": "sentence", "size": 40, **chunk}}
    return write(
        url,
        distance_metric="cosine_distance",
        schema={"text": {"type": "string", "embed": embed}},
        upsert_rows=rows,
    )


def rows_of(url: str) -> dict[str, dict[str, Any]]:
    query = {
        "rank_by": ["id", "asc"],
        "top_k": 100,
        "include_attributes": True,
    }
    answer = call(url, "POST", f"{PATH}/query", query)
    assert answer.status == 200, answer.json
    return {row["id"]: row for row in answer.json["rows"]}


def test_a_document_is_found_by_each_of_its_chunks(folder: Path) -> None:
    with gateway(folder, STATIC) as (front, store):
        rows = [{"id": "m1", "title": "Pets", "text": ANIMALS}, {"id": "m2", "text": MONEY}]
        written = declare(front.url, rows)
        assert written.status == 200, written.json
        stored = rows_of(store.url)
        assert set(stored) == {"m1", "m1#0", "m1#1", "m2", "m2#0", "m2#1"}
        chunk = stored["m1#1"]
        assert (chunk["text"], chunk["title"]) == ("A dog barks in the garden.", "Pets")
        assert (chunk["_hevlayer_parent_id"], chunk["_hevlayer_chunk_index"]) == ("m1", 1)
        assert stored["m1"]["text"] == ANIMALS
        for text, nearest in (("kittens", "m1#0"), ("share markets", "m2#0")):
            query = {
                "rank_by": ["text", "ANN", ["Embed", text]],
                "filters": ["_hevlayer_parent_id", "NotEq", None],
                "top_k": 6,
            }
            found = call(front.url, "POST", f"{PATH}/query", query)
            assert found.status == 200, found.json
            ids = [row["id"] for row in found.json["rows"]]
            assert ids[0] == nearest and len(ids) == 4, (text, ids)
        assert front.sanitizer_reports() == ""


def test_a_shorter_text_and_a_delete_leave_no_chunk_behind(folder: Path) -> None:
    with gateway(folder, STATIC) as (front, store):
        assert declare(front.url, [{"id": "m1", "text": ANIMALS}, {"id": "m2", "text": MONEY}]).status == 200
        short = write(front.url, upsert_rows=[{"id": "m1", "text": "A cat."}])
        assert short.status == 200, short.json
        assert set(rows_of(store.url)) == {"m1", "m1#0", "m2", "m2#0", "m2#1"}
        both = write(
            front.url,
            delete_by_filter=["text", "Eq", "A cat."],
            upsert_rows=[{"id": "m3", "text": "One. Two."}],
            deletes=["m2"],
        )
        assert both.status == 200, both.json
        assert set(rows_of(store.url)) == {"m3", "m3#0"}
        assert write(front.url, upsert_rows=[{"id": "m3", "text": None}]).status == 400
        assert set(rows_of(store.url)) == {"m3", "m3#0"}, "a refused write took chunks with it"
        assert front.sanitizer_reports() == ""


def test_a_fetched_chunk_is_never_an_old_one(folder: Path) -> None:
    with gateway(folder, STATIC) as (front, _):
        assert declare(front.url, [{"id": "m1", "text": ANIMALS}]).status == 200
        chunk = f"{PATH}/documents/m1%230"
        for text in ("A cat.", "A dog."):
            assert call(front.url, "GET", chunk).status == 200
            assert write(front.url, upsert_rows=[{"id": "m1", "text": text}]).status == 200
            fetched = call(front.url, "GET", chunk)
            assert fetched.status == 200 and text in json.dumps(fetched.json), fetched.json
        assert write(front.url, deletes=["m1"]).status == 200
        assert call(front.url, "GET", chunk).status == 404
        assert front.sanitizer_reports() == ""


def test_what_cannot_be_cut_is_refused_and_nothing_written(folder: Path) -> None:
    with gateway(folder, STATIC) as (front, store):
        assert declare(front.url, [], size=0).status == 422
        assert declare(front.url, [{"id": 1, "text": "x"}]).status == 422
        assert call(store.url, "GET", "/v1/namespaces/docs/schema").status == 404
        assert declare(front.url, [{"id": "a", "text": "x"}]).status == 200
        refused: list[tuple[dict[str, Any], str]] = [
            ({"upsert_rows": [{"id": 1, "text": "x"}]}, "upsert_rows[0].id"),
            ({"upsert_rows": [{"id": "b" * 63, "text": "x"}]}, "upsert_rows[0].id"),
            ({"upsert_columns": {"id": ["a"], "text": ["x"]}}, "upsert_columns"),
            (
                {"upsert_rows": [{"id": "a", "text": "y"}], "upsert_condition": ["text", "Eq", "x"]},
                "upsert_condition",
            ),
            ({"deletes": [str(n) for n in range(5001)]}, "deletes"),
        ]
        for body, member in refused:
            answer = write(front.url, **body)
            assert answer.status == 422, (member, answer.json)
            assert answer.json["details"][0]["field"] == member, answer.json
        own = write(front.url, upsert_rows=[{"id": "a", "text": "y", "_hevlayer_parent_id": "b"}])
        assert own.status == 422 and own.json["reason"] == "reserved", own.json
        assert set(rows_of(store.url)) == {"a", "a#0"}
        assert front.sanitizer_reports() == ""


def test_the_command_of_the_documentation(folder: Path) -> None:
    shown = (ROOT / "docs" / "embeddings.md").read_text()
    body = json.loads(shown.partition("/v2/namespaces/manuals --json '")[2].partition("'\n")[0])
    models = ROOT / "examples" / "static-model" / "models.json"
    with Server(folder / "up", "up", [f"--models={models}"]) as up:
        written = call(up.url, "POST", "/v2/namespaces/manuals", body)
        assert written.status == 200, written.json
        query = {"rank_by": ["id", "asc"], "top_k": 10}
        found = call(up.url, "POST", "/v2/namespaces/manuals/query", query)
        assert [row["id"] for row in found.json["rows"]] == ["m1", "m1#0", "m1#1"]
