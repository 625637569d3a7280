"""Queries at level stable."""

from __future__ import annotations

import json

from tests.freshness.lagging_store import Place
from tests.support.gateway import until


def behind(place: Place) -> int:
    """Row 1 is indexed, row 2 is not yet; the watermark."""
    place.write(1)
    place.until_stable(1)
    place.lag.status = "updating"
    place.write(2)
    return int(place.layer()["stable_as_of"])


def test_a_stable_read_shows_what_is_indexed_and_nothing_written_later() -> None:
    with Place() as place:
        mark = behind(place)
        reply = place.stable()
        assert reply.ids == [1]
        assert reply.headers["x-layer-stable-cut"] == "true"
        assert int(reply.headers["x-layer-stable-as-of"]) >= mark
        assert place.query().ids == [1, 2], "a plain read is not cut"
        place.lag.status = "up-to-date"
        until(lambda: place.stable().ids == [1, 2], "the second row in stable reads")
        place.until_stable(2)
        assert place.stable().headers["x-layer-stable-cut"] == "false"


def test_stable_is_never_asked_of_the_store() -> None:
    with Place() as place:
        behind(place)
        place.lag.queries.clear()
        place.stable(filters=["v", "Gte", 1])
        (sent,) = (json.loads(body) for body in place.lag.queries)
        assert sent["consistency"] == {"level": "eventual"}
        assert sent["filters"][1][0] == ["v", "Gte", 1]
        assert sent["filters"][1][1][:2] == ["_hevlayer_upserted_at", "Lte"]


def test_all_members_of_a_multi_query_share_one_cut() -> None:
    with Place() as place:
        behind(place)
        leg = {"rank_by": ["id", "asc"], "top_k": 9}
        body = {"queries": [leg, {**leg, "filters": ["v", "Gt", 0]}], "consistency": {"level": "stable"}}
        reply = place.call("POST", "/v2/namespaces/docs/query", body)
        assert reply.status == 200, reply.body
        assert [[row["id"] for row in leg["rows"]] for leg in reply.json["results"]] == [[1], [1]]


def test_without_a_watermark_the_read_is_strong_and_says_so() -> None:
    with Place() as place:
        place.lag.status = None
        place.write(1)
        reply = place.stable()
        assert reply.ids == [1]
        assert reply.headers["x-layer-warning"] == "watermark_unknown"
        assert reply.headers["x-layer-stable-cut"] == "false"
        assert "x-layer-stable-as-of" not in reply.headers
        assert json.loads(place.lag.queries[-1])["consistency"] == {"level": "strong"}


def test_a_store_that_cannot_keep_up_is_asked_for_older_rows() -> None:
    with Place() as place:
        place.write(1)
        place.until_stable(1)
        place.lag.refuse = lambda path, body: (
            429 if path.endswith("/query") and b"upserted_at" not in body else None
        )
        reply = place.stable()
        assert reply.ids == [1]
        assert reply.headers["x-layer-stable-cut"] == "true"
        place.lag.refuse = lambda path, body: 429 if path.endswith("/query") else None
        assert place.stable().status == 429


def test_a_plain_query_reaches_the_store_as_it_was_sent() -> None:
    with Place() as place:
        behind(place)
        for body in (
            b'{ "rank_by":["id","asc"], "top_k" : 1.0e1 }',
            b'{"rank_by":["id","asc"],"top_k":1,"consistency":{"level":"eventual"}}',
            b"no query at all",
        ):
            place.call("POST", "/v2/namespaces/docs/query", body)
            assert place.lag.queries[-1] == body


def test_a_read_waits_for_its_write_to_be_stable() -> None:
    with Place() as place:
        behind(place)
        token = place.write(3)
        short = {"x-layer-read-after": token, "x-layer-read-timeout-ms": "100"}
        late = place.query(short, consistency={"level": "stable"})
        assert late.status == 412, late.body
        assert late.json["error"] == "read_after_timeout"
        place.lag.status = "up-to-date"
        patient = {"x-layer-read-after": token, "x-layer-read-timeout-ms": "60000"}
        assert place.query(patient, consistency={"level": "stable"}).ids == [1, 2, 3]


def test_the_watermark_stands_still_while_metadata_fails() -> None:
    with Place() as place:
        mark = behind(place)
        place.lag.status = None
        place.write(3)
        failed = place.gateway.metric("layer_watch_polls_total", status="error")
        until(
            lambda: place.gateway.metric("layer_watch_polls_total", status="error") > failed, "a failed poll"
        )
        reply = place.stable()
        assert reply.ids == [1]
        assert int(reply.headers["x-layer-stable-as-of"]) >= mark
