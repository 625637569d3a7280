"""What bad requests get, and who may read what."""

from __future__ import annotations

import json
from typing import Any

from tests.documents.stack import Client, Stack


def expect(reply: Any, status: int, code: str = "validation_error") -> dict[str, Any]:
    assert reply.status == status, (reply.status, reply.body)
    body = dict(reply.json)
    assert body["error"] == code, body
    return body


def test_bad_input() -> None:
    with Stack() as stack:
        client = Client(stack.gateway("one").url)
        client.write("docs", {"upsert_rows": [{"id": 1, "v": 1}]})
        client.write("words", {"upsert_rows": [{"id": "a", "v": 1}]})
        for text in ("x", "-1", "1.0", "18446744073709551616", " 1"):
            assert expect(client.fetch("docs", text), 422)["reason"] == "id_type", text
        expect(client.fetch("words", "x" * 65), 422)
        expect(client.call("GET", "/v2/namespaces/words/documents/%ff"), 422)
        expect(client.fetch("docs", 1, "?id_type=float"), 422)
        expect(client.fetch("docs", 1, "?consistency=stable"), 422)
        expect(client.fetch("not%20a%20name", 1), 422)
        many = "?include_attributes=" + ",".join(f"a{n}" for n in range(1025))
        expect(client.fetch("docs", 1, many), 422)
        path = "/v2/namespaces/docs/documents"
        for body in ("", "nonsense", "[]", "{}", '{"ids":1}', '{"ids":[]}', '{"ids":[1],"limit":2}',
                     '{"ids":[true]}', '{"ids":[1,"x"]}', '{"ids":[1],"include_attributes":[1]}',
                     '{"ids":[' + "[" * 200 + "]" * 200 + "]}"):  # fmt: skip
            details = expect(client.call("POST", path, body.encode()), 422)["details"]
            assert details[0]["field"], body
        over = expect(client.batch("docs", [1] * 10_001), 422)
        assert over["details"][0]["field"] == "ids"
        assert client.batch("docs", [1] * 10_000).status == 200
        expect(client.call("POST", path, b" " * (9 << 20)), 413, "payload_too_large")
        token = {"x-layer-read-after": "lw1.nonsense"}
        expect(client.fetch("docs", 1, headers=token), 422, "invalid_token")


def test_what_is_not_there() -> None:
    with Stack() as stack:
        client = Client(stack.gateway("one").url)
        client.write("docs", {"upsert_rows": [{"id": 1, "v": 1}]})
        assert expect(client.fetch("docs", 2), 404, "not_found")["message"].startswith("no document 2")
        there = stack.direct().call(
            "POST", "/v2/namespaces/none/query", {"rank_by": ["id", "asc"], "top_k": 1}
        )
        here = client.fetch("none", 1)
        assert here.status == there.status == 404, here.body
        assert json.loads(here.body)["status"] == "error", "the store's own words"


def test_ids_are_typed() -> None:
    with Stack() as stack:
        client = Client(stack.gateway("one").url)
        client.write("numbers", {"upsert_rows": [{"id": 7, "v": 1}]})
        client.write("words", {"upsert_rows": [{"id": "7", "v": 2}]})
        one = "01234567-89ab-cdef-0123-456789abcdef"
        client.write("uuids", {"schema": {"id": "uuid"}, "upsert_rows": [{"id": one, "v": 3}]})
        for _ in range(2):
            assert client.fetch("numbers", 7).json == {"id": 7, "attributes": {"v": 1}}
            assert client.fetch("words", 7).json == {"id": "7", "attributes": {"v": 2}}
            for spelling in (one, one.upper(), one.replace("-", ""), "{" + one + "}"):
                assert client.fetch("uuids", spelling).json == {"id": one, "attributes": {"v": 3}}
        assert client.batch("numbers", ["7", 7]).json["documents"] == [{"id": 7, "attributes": {"v": 1}}]
        expect(client.batch("words", [7]), 422)


def test_a_cached_row_is_shown_to_nobody_the_store_does_not_know() -> None:
    with Stack(["--api-key=right"]) as stack:
        gateway = stack.gateway("one", auth="passthrough")
        client = Client(gateway.url, "right")
        client.write("docs", {"upsert_rows": [{"id": 1, "v": 1}]})
        assert client.fetch("docs", 1).status == 200
        assert client.fetch("docs", 1).cache == "hit"
        expect(Client(gateway.url, "wrong").fetch("docs", 1), 403, "forbidden")
        expect(Client(gateway.url, "wrong").batch("docs", [1]), 403, "forbidden")
        expect(Client(gateway.url).fetch("docs", 1), 401, "unauthorized")
        assert client.fetch("docs", 1).cache == "hit"


def test_compressed_bodies_and_answers() -> None:
    import gzip

    with Stack() as stack:
        client = Client(stack.gateway("one").url)
        client.write("docs", {"upsert_rows": [{"id": n, "v": "x" * 100} for n in range(50)]})
        body = gzip.compress(json.dumps({"ids": list(range(50))}).encode())
        headers = {"content-encoding": "gzip", "accept-encoding": "gzip"}
        packed = client.call("POST", "/v2/namespaces/docs/documents", body, headers)
        assert packed.headers["content-encoding"] == "gzip"
        assert gzip.decompress(packed.body) == client.batch("docs", range(50)).body
