"""What fails costs its rows; what is not granted is refused."""

from __future__ import annotations

from typing import Any

from tests.documents.stack import Client, Stack
from tests.federated.libraries import FOX, NEAR, ask, book, found, origins, seeded, write

READER = "key-of-the-reader-0001"
TEAM = "key-of-the-team-000001"
KEYS = f"""
- {{name: reader, scopes: [read, write], key: {READER}}}
- name: team
  entitlements:
    vectorstore.default: {{scopes: [read, write], namespaces: ["team-*"]}}
  key: {TEAM}
"""


def test_a_missing_namespace_costs_its_rows_only() -> None:
    dice = seeded()
    with Stack() as stack:
        client = Client(stack.gateway("g").url)
        write(client, "a", [book(dice, number) for number in range(5)])
        body = {"namespaces": ["gone", "a"], "rank_by": ["id", "asc"]}
        reply = ask(client, **body)
        assert reply.status == 200 and reply.headers["x-layer-partial"] == "true", reply.body
        assert origins(reply.json) == [("a", rank) for rank in range(1, 6)]
        assert [(each["namespace"], each["code"]) for each in reply.json["errors"]] == [("gone", "not_found")]
        strict = ask(client, strict=True, **body)
        direct = stack.direct().call(
            "POST", "/v2/namespaces/gone/query", {"rank_by": ["id", "asc"], "top_k": 1}
        )
        assert strict.status == direct.status == 404
        nothing = ask(client, namespaces=["gone", "lost"], rank_by=["id", "asc"])
        assert (nothing.status, nothing.json["error"]) == (502, "upstream_error"), nothing.body
        assert [each["namespace"] for each in nothing.json["errors"]] == ["gone", "lost"]


def test_a_filter_that_does_not_fit_is_told_of_its_namespace() -> None:
    with Stack() as stack:
        client = Client(stack.gateway("g").url)
        client.write("numbers", {"upsert_rows": [{"id": 1, "year": 1990}]})
        client.write("texts", {"upsert_rows": [{"id": 1, "year": "1990"}]})
        client.write("without", {"upsert_rows": [{"id": 1, "other": 1}]})
        body = {"filters": ["year", "Eq", 1990], "rank_by": ["id", "asc"]}
        answer = found(client, namespaces=["numbers", "texts", "without"], **body)
        assert origins(answer) == [("numbers", 1)]
        assert [(each["namespace"], each["code"]) for each in answer["errors"]] == [
            ("texts", "filter_schema_mismatch"),
            ("without", "filter_schema_mismatch"),
        ], answer
        strict = ask(client, namespaces=["numbers", "texts"], strict=True, **body)
        assert (strict.status, strict.json["error"]) == (422, "validation_error"), strict.body
        # The attribute is there from now on: what is remembered of the schema does not stand in the way.
        client.write("without", {"upsert_rows": [{"id": 2, "year": 1990}]})
        assert origins(found(client, namespaces=["without"], **body)) == [("without", 1)]


def test_a_key_with_patterns_sees_what_they_match() -> None:
    dice = seeded()
    with Stack() as stack:
        keys = stack.root / "keys.yaml"
        keys.write_text(KEYS)
        keys.chmod(0o600)
        gateway = stack.gateway("g", f"--keys-file={keys}", auth="keys")
        everyone, team = Client(gateway.url, READER), Client(gateway.url, TEAM)
        for ns in ("team-a", "team-b", "secret-plans"):
            write(everyone, ns, [book(dice, 1)])
        assert {ns for ns, _ in origins(found(everyone, rank_by=NEAR))} == {
            "team-a",
            "team-b",
            "secret-plans",
        }
        reply = ask(team, rank_by=NEAR)
        assert reply.status == 200 and b"secret" not in reply.body, reply.body
        assert {ns for ns, _ in origins(reply.json)} == {"team-a", "team-b"}
        refused = ask(team, namespaces=["team-a", "secret-plans"], rank_by=NEAR)
        assert refused.status == 403 and b"secret" not in refused.body, refused.body
        unknown = ask(team, namespaces=["team-a", "no-such-thing"], rank_by=NEAR)
        assert unknown.status == 403
        same = [reply.json["message"] for reply in (refused, unknown)]
        assert same[0] == same[1], "what is refused tells whether it exists"
        assert ask(Client(gateway.url), rank_by=NEAR).status == 401


def test_what_is_wrong_with_the_request_is_named() -> None:
    with Stack() as stack:
        client = Client(stack.gateway("g").url)
        client.write("a", {"upsert_rows": [{"id": 1, "year": 1}]})
        wrong: list[dict[str, Any]] = [
            {"namespaces": []},
            {"namespaces": ["a", "*"]},
            {"namespaces": ["a"], "cursor": ""},
            {"namespaces": ["a"], "top_k": 0},
            {"namespaces": ["a"], "fusion": {"per_namespace_limit": 0}},
            {"namespaces": ["a"], "what": 1},
        ]
        for body in wrong:
            reply = ask(client, **{"rank_by": FOX, **body})
            assert (reply.status, reply.json["error"]) == (422, "validation_error"), (body, reply.body)
            assert reply.json["details"], reply.body
        for raw in (b"", b"[]", b"{", b'{"namespaces":["a"]}'):
            assert client.call("POST", "/v2/query", raw).status == 422, raw


def test_a_read_after_a_write_sees_it() -> None:
    with Stack() as stack:
        client = Client(stack.gateway("g").url)
        for number in range(20):
            token = client.write("a", {"upsert_rows": [{"id": number}]}).headers["x-layer-write-token"]
            body = {"namespaces": ["a"], "rank_by": ["id", "desc"], "consistency": {"level": "eventual"}}
            reply = client.call("POST", "/v2/query", body, {"x-layer-read-after": token})
            assert reply.status == 200 and reply.json["rows"][0]["id"] == number, reply.body
