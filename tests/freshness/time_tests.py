"""Queries over a range of write times."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.freshness.lagging_store import Place


def three(place: Place) -> list[int]:
    """Rows 1, 2, 3, one write each; their stamps."""
    for row in (1, 2, 3):
        place.write(row)
    return [place.stamp(row) for row in (1, 2, 3)]


def test_rows_are_found_by_the_time_of_their_last_write() -> None:
    with Place() as place:
        first, second, third = three(place)
        assert first < second < third
        assert place.query(written_before=second).ids == [1, 2]
        assert place.query(as_of=second - 1).ids == [1]
        assert place.query(between=[first, third]).ids == [2, 3]
        assert place.query(between=[first, third], filters=["v", "Eq", 3]).ids == [3]
        moment = datetime.fromtimestamp(first / 1000, UTC).isoformat(timespec="milliseconds")
        assert place.query(written_before=moment.replace("+00:00", "Z")).ids == [1]
        place.write(1)
        assert place.query(written_before=third).ids == [2, 3], "row 1 was written since"


def test_a_range_holds_for_all_members_of_a_multi_query() -> None:
    with Place() as place:
        first, _, _ = three(place)
        leg = {"rank_by": ["id", "asc"], "top_k": 9}
        body: dict[str, Any] = {"queries": [leg, leg], "written_before": first}
        reply = place.call("POST", "/v2/namespaces/docs/query", body)
        assert reply.status == 200, reply.body
        assert [[row["id"] for row in leg["rows"]] for leg in reply.json["results"]] == [[1], [1]]


def test_what_is_no_range_is_refused_and_named() -> None:
    with Place() as place:
        place.write(1)
        leg = {"rank_by": ["id", "asc"], "top_k": 9}
        for members, field in (
            ({"between": [2, 2]}, "between"),
            ({"between": [1]}, "between"),
            ({"as_of": "yesterday"}, "as_of"),
            ({"as_of": 1, "written_before": 2}, "written_before"),
            ({"queries": [leg, {**leg, "as_of": 1}]}, "queries[1].as_of"),
        ):
            reply = place.call("POST", "/v2/namespaces/docs/query", {**leg, **members})
            assert reply.status == 422, reply.body
            assert reply.json["error"] == "validation_error"
            assert reply.json["details"][0]["field"] == field


def test_rows_that_were_never_stamped_are_older_than_any_time() -> None:
    with Place() as place:
        body = b'{"upsert_rows":[{"id":1,"v":1}]}'
        fields = {"content-type": "application/json"}
        assert place.lag.ask("POST", "/v2/namespaces/docs", body, fields)[0] == 200
        assert place.query(written_before=1).ids == [1]
        assert place.query(between=[1, 2]).ids == []


def test_without_stamps_both_are_refused_before_the_store_is_asked() -> None:
    with Place("--stamp=off") as place:
        place.write(1)
        for reply in (place.stable(), place.query(as_of=5)):
            assert reply.status == 422
            assert (reply.json["error"], reply.json["reason"]) == ("feature_unavailable", "stamp_off")
        assert place.lag.queries == []
