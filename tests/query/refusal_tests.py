"""What is refused, and in which words; what the store refuses is relayed as it came."""

from __future__ import annotations

import json
from pathlib import Path

from tests.documents.stack import Stack
from tests.query.site import PATH, Site, seeded


def test_wrong_members_are_named() -> None:
    cases = json.loads((Path(__file__).parent / "refusals.json").read_text())
    with Stack() as stack:
        site = Site(stack, seeded(), rows=5)
        for body, member in cases:
            reply = site.ask(body)
            assert reply.status == 422, (body, reply.status, reply.body)
            assert reply.json["error"] == "validation_error", (body, reply.body)
            assert reply.json["details"][0]["field"] == member, (body, reply.body)


def test_cursors_are_bound_to_their_query() -> None:
    with Stack() as stack:
        site = Site(stack, seeded(), rows=30)
        query = {"vector": [1, 2], "top_k": 5}
        cursor = site.found({**query, "cursor": None}).json["next_cursor"]
        site.client.write("other", {"upsert_rows": site.rows, "distance_metric": "euclidean_squared"})
        altered = cursor[:-2] + ("A" if cursor[-2] != "A" else "B") + cursor[-1]
        for body, path, reason in (
            ({**query, "vector": [1, 3], "cursor": cursor}, PATH, "mismatch"),
            ({**query, "filters": ["price", "Eq", 1], "cursor": cursor}, PATH, "mismatch"),
            ({**query, "cursor": cursor}, PATH.replace("films", "other"), "mismatch"),
            ({**query, "cursor": altered}, PATH, "signature"),
            ({**query, "cursor": "?"}, PATH, "malformed"),
            ({**query, "cursor": "A" * 7000}, PATH, "malformed"),
        ):
            reply = site.ask(body, path)
            assert reply.status == 422, (body, reply.body)
            assert (reply.json["error"], reply.json["reason"]) == ("invalid_cursor", reason), reply.body
        site.found({"vector": [1, 2], "limit": 9, "cursor": cursor})


def test_the_stores_refusal_is_relayed() -> None:
    with Stack() as stack:
        site = Site(stack, seeded(), rows=5)
        layered = site.ask({"vector": [1, 2, 3]})
        plain = site.ask({"rank_by": ["vector", "ANN", [1, 2, 3]], "top_k": 10})
        assert (layered.status, layered.body) == (plain.status, plain.body)
        nothing = site.ask({"vector": [1, 2]}, PATH.replace("films", "nothing"))
        assert nothing.status == 404, nothing.body
