"""What a function is, which rows it finds, and what becomes of them."""

from __future__ import annotations

from typing import Any

from tests.documents.stack import Stack
from tests.functions.site import FUNCTION, MARKER, PATH, SPEC, TARGET, Site, named, shouted
from tests.support.gateway import until


def test_rows_are_found_computed_and_marked() -> None:
    with Stack() as stack:
        site = Site(stack.gateway("one"))
        site.fill(250)
        put = site.put()
        assert put["udf"]["spec"]["version"] == "v1" and put["status"]["udf_id"] == FUNCTION
        site.drain(250)
        rows = site.rows()
        assert len(rows) == 250
        for number, row in rows.items():
            assert row["loud"] == f"TITLE {number}" and row["kept"] == number, row
            assert row[f"{MARKER}_v"] == "v1" and len(row[f"{MARKER}_h"]) == 16, row
            assert row.get(f"{MARKER}_stale_after") is None
        status = site.status()
        assert status["counts"] == {"pending": 0, "leased": 0, "failed": 0}
        assert status["active_namespaces"] == [TARGET] and status["indexed_rate_per_min"] == 50
        assert status["discovery"]["sweeps_completed"] >= 1


def test_only_rows_that_match_are_found_and_no_row_twice() -> None:
    with Stack() as stack:
        site = Site(stack.gateway("one"))
        site.fill(100)
        site.put(filter=["kept", "Gt", 90], triggers=["schedule"])
        first = site.discover(page_size=4, max_pages=2)
        assert (first["enqueued"], first["complete"]) == (8, False), first
        rest = site.discover(cursor=first["next_cursor"])
        assert (rest["enqueued"], rest["complete"]) == (2, True), rest
        assert site.discover()["enqueued"] == 0
        items = site.claim(limit=100)
        assert sorted(item["id"] for item in items) == list(range(91, 101))
        assert items[0]["input"] == {"title": f"title {items[0]['id']}"}
        assert site.claim() == []


def test_rows_that_come_or_change_later_are_computed_and_unchanged_ones_are_not() -> None:
    with Stack() as stack:
        site = Site(stack.gateway("one"))
        site.fill(10)
        site.put()
        site.drain(10)
        site.fill(1, first=11)
        site.write(upsert_rows=[{"id": 1, "title": "other", "kept": 1}])
        site.drain(2)
        rows = site.rows()
        assert (rows[1]["loud"], rows[11]["loud"]) == ("OTHER", "TITLE 11")
        # A new version computes everything again.
        site.put(version="v2")
        site.drain(11)
        assert {row[f"{MARKER}_v"] for row in site.rows().values()} == {"v2"}


def test_a_patch_of_an_input_is_computed_again_and_one_of_anything_else_is_not() -> None:
    with Stack() as stack:
        site = Site(stack.gateway("one"))
        site.fill(3)
        site.put()
        site.drain(3)
        site.write(patch_rows=[{"id": 1, "title": "new"}, {"id": 2, "kept": 99}])
        site.drain(1)
        rows = site.rows()
        assert (rows[1]["loud"], rows[2]["loud"], rows[2]["kept"]) == ("NEW", "TITLE 2", 99)
        site.write(patch_columns={"id": [2, 3], "title": ["b", "c"]})
        site.drain(2)
        site.write(patch_by_filter={"filters": ["kept", "Eq", 99], "patch": {"title": "by filter"}})
        site.drain(1)
        rows = site.rows()
        assert [rows[n]["loud"] for n in (1, 2, 3)] == ["NEW", "BY FILTER", "C"]
        assert all(row.get(f"{MARKER}_stale_after") is None for row in rows.values())


def test_rows_wait_as_soon_as_they_are_written_where_writes_are_a_trigger() -> None:
    with Stack() as stack:
        site = Site(stack.gateway("one"))
        site.fill(1)
        site.put(triggers=["write"], filter=["kept", "Lt", 1000])

        def pending() -> int:
            return int(site.status()["counts"]["pending"])

        def noticed() -> bool:
            site.fill(1)
            return pending() == 1

        until(noticed, "the gateway to look at writes", 60)
        site.fill(5)
        assert pending() == 5
        site.drain(5)
        assert pending() == 0, "its own results are no trigger"
        site.write(patch_rows=[{"id": 1, "other": 1}])
        assert pending() == 0
        site.write(patch_rows=[{"id": 1, "kept": 7}, {"id": 2, "kept": 7}])
        assert pending() == 2, "the filter looks at it"
        site.write(deletes=[2])
        assert pending() == 1
        assert [item["id"] for item in site.items()] == [1]


def test_ids_of_every_kind_come_back_as_they_went() -> None:
    for ids in (
        [1, 18446744073709551615],
        ["a b", "ü/ö", "0"],
        ["0b8f5d2e-5f0e-4e2b-9a37-0d8f0f9f6c11", "ffffffff-0000-4000-8000-000000000000"],
    ):
        with Stack() as stack:
            site = Site(stack.gateway("one"))
            site.write(upsert_rows=[{"id": each, "title": "x"} for each in ids])
            site.put()
            site.drain(len(ids))
            assert set(site.rows()) == set(ids)
            assert all(row["loud"] == "X" for row in site.rows().values())


def test_vectors_replace_those_of_the_row_and_keep_the_rest() -> None:
    with Stack() as stack:
        site = Site(stack.gateway("one"))
        rows = [{"id": n, "title": f"t{n}", "kept": [n], "v": [n, 0], "w": [0, n]} for n in (1, 2, 3)]
        schema = {"v": {"type": "[2]f32", "ann": True}, "w": {"type": "[2]f32", "ann": True}}
        site.write(upsert_rows=rows, schema=schema, distance_metric="euclidean_squared")
        site.put(output={"vector_attribute": "v"}, triggers=["schedule"])
        site.discover()
        one, two, three = site.claim()
        results = [
            {**named(one), "vector": [9, 9]},
            {**named(two), "vectors": {"v": [8, 8], "w": [7, 7]}, "attributes": {"note": "both"}},
            {**named(three), "vector": [1, 2, 3]},
        ]
        done = site.report("complete", results, report_dispositions=True)
        assert done.status == 200 and done.json["updated"] == 2, done.body
        assert [result["ok"] for result in done.json["results"]] == [True, True, False]
        found = site.rows()
        assert found[1]["v"] == [9, 9] and found[1]["w"] == [0, 1] and found[1]["kept"] == [1]
        assert (found[2]["v"], found[2]["w"], found[2]["note"]) == ([8, 8], [7, 7], "both")
        assert found[3]["v"] == [3, 0] and f"{MARKER}_v" not in {k for k, v in found[3].items() if v}
        (failed,) = site.items("?state=failed")
        assert failed["id"] == 3 and "dimension" in failed["error"].lower(), failed


def test_a_poisoned_result_fails_alone_and_says_why() -> None:
    with Stack() as stack:
        site = Site(stack.gateway("one"))
        site.fill(20)
        site.put(triggers=["schedule"])
        site.discover()
        items = site.claim(limit=20)
        results = [shouted(item) for item in items]
        results[7]["attributes"] = {"loud": {"nested": ["is", "no", "value"]}}
        done = site.report("complete", results)
        assert done.status == 200 and done.json["updated"] == 19, done.body
        (failed,) = site.items("?state=failed")
        assert failed["id"] == items[7]["id"] and failed["error"], failed
        assert sum("loud" in row and row["loud"] is not None for row in site.rows().values()) == 19
        assert site.call("POST", f"{PATH}/reset-failed") == {"udf_id": FUNCTION, "updated": 1}
        site.drain(1)


def test_failures_wait_fail_or_throttle() -> None:
    with Stack() as stack:
        site = Site(stack.gateway("one"))
        site.fill(3)
        site.put(triggers=["schedule"])
        site.discover()
        for attempt in (1, 2, 3):
            one, two, three = sorted(site.claim(), key=lambda item: int(item["id"]))
            assert one["attempt"] == attempt
            told = [{**named(one), "kind": "transient", "message": f"try {attempt}"}]
            assert site.report("fail", told).status == 200
            released = [{**named(each), "kind": "transient", "message": "released"} for each in (two, three)]
            assert site.report("fail", released).status == 200
        (failed,) = site.items("?state=failed")
        assert (failed["id"], failed["attempts"], failed["error"]) == (1, 3, "try 3"), failed
        items = site.claim()
        assert [item["attempt"] for item in items] == [1, 1], "a released item counts no attempt"
        slow = [{**named(each), "kind": "throttled", "retry_after_ms": 60_000} for each in items]
        assert site.report("fail", slow).status == 200
        claimed = site.claim_all()
        assert claimed["items"] == [] and 0 < claimed["retry_after_ms"] <= 60_000, claimed
        assert site.status()["throttled_until"] > 0
        assert {item["attempts"] for item in site.items("?state=pending")} == {0}


def test_nothing_runs_while_it_is_paused() -> None:
    with Stack() as stack:
        site = Site(stack.gateway("one"))
        site.fill(2)
        site.put(triggers=["schedule"])
        site.discover()
        (item,) = site.claim(limit=1)
        assert site.call("POST", f"{PATH}/pause")["paused"] is True
        claimed = site.claim_all()
        assert claimed["items"] == [] and claimed["retry_after_ms"] > 0
        assert site.complete([item])["updated"] == 1, "what was leased may be completed"
        assert site.call("POST", f"{PATH}/resume")["paused"] is False
        site.drain(1)


def test_rows_that_are_gone_leave_the_queue() -> None:
    with Stack() as stack:
        site = Site(stack.gateway("one"))
        site.fill(3)
        site.put(triggers=["schedule"])
        site.discover()
        site.write(deletes=[1])
        items = site.claim()
        assert sorted(item["id"] for item in items) == [2, 3]
        site.write(deletes=[2])
        results = site.complete(items)["results"]
        gone = next(r for r, item in zip(results, items, strict=True) if item["id"] == 2)
        assert (gone["reason"], gone["disposition"]) == ("source_absent", "discard")
        assert set(site.rows()) == {3} and site.status()["counts"]["pending"] == 0


def test_a_result_of_inputs_that_changed_meanwhile_is_not_written() -> None:
    with Stack() as stack:
        site = Site(stack.gateway("one"))
        site.fill(2)
        site.put(triggers=["schedule"])
        site.discover()
        items = sorted(site.claim(), key=lambda item: int(item["id"]))
        site.write(upsert_rows=[{"id": 1, "title": "new", "kept": 1}])
        site.write(upsert_rows=[{"id": 2, "title": "title 2", "kept": 5}])  # the same input
        results = site.complete(items)["results"]
        assert (results[0]["reason"], results[0]["disposition"]) == ("inputs_changed", "reclaim")
        assert results[1]["ok"] is True
        rows = site.rows()
        assert rows[1].get("loud") is None and (rows[2]["loud"], rows[2]["kept"]) == ("TITLE 2", 5)
        site.drain(1)
        assert site.rows()[1]["loud"] == "NEW"


def test_a_result_marks_those_of_functions_behind_it_as_stale() -> None:
    with Stack() as stack:
        site = Site(stack.gateway("one"))
        site.fill(3)
        second = {**SPEC, "inputs": ["loud"], "triggers": ["schedule"]}
        site.call("POST", "/v2/udfs", {"id": "echo", "spec": second}, 201)
        site.put(invalidates=["echo"], triggers=["schedule"])
        site.discover()
        site.drain(3)
        assert all(row["_hevlayer_udf_echo_stale_after"] > 0 for row in site.rows().values())
        cyclic = {**second, "invalidates": [FUNCTION]}
        refused = site.client.call("PUT", "/v2/udfs/echo", {"spec": cyclic})
        assert refused.status == 422 and "invalidates" in str(refused.body), refused.body


def test_requests_that_cannot_be_are_refused_with_the_member_at_fault() -> None:
    with Stack() as stack:
        site = Site(stack.gateway("one"))
        site.fill(1)
        site.put(triggers=["schedule"])
        site.discover()
        (item,) = site.claim()
        cases: list[tuple[str, str, Any, int, str]] = [
            ("POST", "/v2/udfs", {"id": FUNCTION, "spec": SPEC}, 409, "PUT"),
            ("POST", "/v2/udfs", {"id": "No", "spec": SPEC}, 422, "id"),
            ("POST", "/v2/udfs", {"id": "x", "spec": {"inputs": ["a"]}}, 422, "target_namespaces"),
            ("POST", "/v2/udfs", {"id": "x"}, 422, "spec"),
            ("PUT", PATH, {"id": "other", "spec": SPEC}, 422, "id"),
            ("GET", "/v2/udfs/nobody", None, 404, "nobody"),
            ("GET", f"{PATH}/items?state=odd", None, 422, "state"),
            ("GET", f"{PATH}/items?cursor=abc", None, 422, "cursor"),
            ("POST", f"{PATH}/discover", {"namespaces": ["elsewhere"]}, 422, "elsewhere"),
            ("POST", f"{PATH}/discover", {"cursor": "docs/x?"}, 422, "cursor"),
            ("POST", f"{PATH}/claim", {"worker_id": "w", "limit": 1001}, 422, "limit"),
            ("POST", f"{PATH}/claim", {}, 422, "worker"),
            ("POST", f"{PATH}/items/complete", {"worker_id": "w"}, 422, "items"),
        ]
        for attributes in ({"title": "x"}, {"id": 7}, {"_hevlayer_x": 1}):
            body = {"worker_id": "w", "items": [{**named(item), "attributes": attributes}]}
            cases.append(("POST", f"{PATH}/items/complete", body, 422, "items[0].attributes"))
        bad_kind = {"worker_id": "w", "items": [{**named(item), "kind": "odd"}]}
        cases.append(("POST", f"{PATH}/items/fail", bad_kind, 422, "items[0].kind"))
        bad_lease = {"worker_id": "w", "items": [{**named(item), "lease": "x"}]}
        cases.append(("POST", f"{PATH}/items/heartbeat", bad_lease, 422, "items[0].lease"))
        for method, path, body, status, words in cases:
            answer = site.client.call(method, path, body)
            assert answer.status == status, (method, path, body, answer.status, answer.body)
            assert words in str(answer.body), (words, str(answer.body))
        assert site.complete([item])["updated"] == 1, "nothing of that cost the worker its lease"


def test_a_deleted_function_stops_its_workers_and_leaves_what_it_wrote() -> None:
    with Stack() as stack:
        site = Site(stack.gateway("one"))
        site.fill(2)
        site.put(triggers=["schedule"])
        site.discover()
        one, two = site.claim()
        site.complete([one])
        assert site.call("DELETE", PATH) == {"status": "OK"}
        assert site.report("complete", [shouted(two)]).status == 404
        assert site.rows()[one["id"]]["loud"] and site.call("GET", "/v2/udfs") == {"udfs": []}


OWNER, WORKER, STRANGER = (f"lyr_{name}_0123456789abcdef0123456789" for name in ("ow", "wo", "st"))
KEYS = f"""
- name: owner
  entitlements:
    vectorstore.default: {{scopes: [read, write, admin], namespaces: ["docs"]}}
  key: {OWNER}
- name: worker
  entitlements:
    vectorstore.default: {{scopes: [read, write], namespaces: ["docs"]}}
  key: {WORKER}
- name: stranger
  entitlements:
    vectorstore.default: {{scopes: [read, write], namespaces: ["other"]}}
  key: {STRANGER}
"""


def test_keys_reach_functions_of_their_namespaces_only() -> None:
    with Stack() as stack:
        keys = stack.root / "keys.yaml"
        keys.write_text(KEYS)
        keys.chmod(0o600)
        gateway = stack.gateway("one", f"--keys-file={keys}", auth="keys")
        owner = Site(gateway, OWNER)
        worker = Site(gateway, WORKER)
        stranger = Site(gateway, STRANGER)
        owner.fill(2)
        owner.put(triggers=["schedule"])
        owner.discover()
        for method, tail, body in (
            ("GET", "", None),
            ("GET", "/items", None),
            ("PUT", "", {"spec": {"target_namespaces": ["other"]}}),
            ("POST", "/claim", {"worker_id": "w"}),
            ("POST", "/pause", None),
        ):
            refused = stranger.client.call(method, PATH + tail, body)
            assert refused.status == 403, (method, tail, refused.body)
        assert stranger.call("GET", "/v2/udfs") == {"udfs": []}
        wide = {"id": "wide", "spec": {"index_selector": {"tier": "gold"}}}
        assert owner.client.call("POST", "/v2/udfs", wide).status == 403, "it would select others' rows"
        assert worker.client.call("POST", f"{PATH}/pause").status == 403
        worker.drain(2)
        assert all(row["loud"] for row in owner.rows().values())
