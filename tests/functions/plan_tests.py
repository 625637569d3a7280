"""What a run would take, without one."""

from __future__ import annotations

from typing import Any

from tests.documents.stack import Stack
from tests.functions.site import FUNCTION, MARKER, PATH, SPEC, TARGET, Site
from tests.support.gateway import until

OWNER, STRANGER = (f"{name}-key-0123456789" for name in ("owner", "stranger"))
KEYS = f"""
- {{name: owner, scopes: [admin], key: {OWNER}}}
- name: stranger
  entitlements:
    layer: {{scopes: [read]}}
    vectorstore.default: {{scopes: [read], namespaces: ["other"]}}
  key: {STRANGER}
"""


def planned(site: Site, path: str = f"{PATH}/plan", **body: Any) -> dict[str, Any]:
    return site.call("POST", path, body)


def test_a_plan_counts_measures_and_changes_nothing() -> None:
    with Stack() as stack:
        site = Site(stack.gateway("one"))
        site.fill(30)
        plan = planned(site, spec={**SPEC, "filter": ["kept", "Gt", 10]})
        counted = {"namespace": TARGET, "rows_total": 30, "rows_selected": 20, "rows_skippable": 0}
        assert plan["namespaces"] == [counted], plan
        inputs = sum(len(f'{{"title":"title {n}"}}') for n in range(11, 31))
        assert (plan["rows"], plan["input_bytes"], plan["input_tokens_estimate"]) == (20, inputs, inputs // 4)
        assert plan["upstream"]["bytes_queried"] >= 256_000_000, plan
        assert plan["upstream"]["bytes_written"] == 20 * (8 + 2 + 16 + 8), plan
        # A remote store's bytes have the rate card's price.
        assert 0 < plan["upstream"]["usd"] < 0.01 and plan["rate_card"] == "2026-08", plan
        assert plan["compute"] == {"basis": "unknown"} and "total_usd" not in plan, plan
        assert any("4 bytes" in caveat for caveat in plan["caveats"]), plan
        assert site.call("GET", "/v2/udfs") == {"udfs": []}, "nothing was registered"
        written = {name for row in site.rows().values() for name in row if name.startswith(MARKER)}
        assert not written, written


def test_a_plan_of_a_function_that_works_leaves_out_what_is_done_and_knows_its_speed() -> None:
    with Stack() as stack:
        site = Site(stack.gateway("one"))
        site.fill(10)
        site.put(triggers=["write"])
        site.discover()
        site.complete(site.claim(limit=6))
        counts = site.status()["counts"]
        plan = planned(site)
        assert plan["namespaces"][0]["rows_selected"] == plan["rows"] == 4, plan
        assert plan["compute"]["basis"] == "measured" and plan["compute"]["seconds"] > 0, plan
        assert site.status()["counts"] == counts, "nothing was enqueued"
        # A patch of an input marks the row; where it is what it was, so is the result.

        def marked() -> bool:
            site.write(patch_rows=[{"id": 1, "title": "title 1"}, {"id": 2, "title": "new"}])
            row = planned(site)["namespaces"][0]
            return bool((row["rows_selected"], row["rows_skippable"]) == (6, 1))

        until(marked, "the gateway to look at writes", 60)
        everything = planned(site, spec={**SPEC, "version": "v2"})
        assert everything["rows"] == 10, everything


def test_a_sample_is_scaled_and_said() -> None:
    with Stack() as stack:
        site = Site(stack.gateway("one"))
        site.fill(50)
        site.put(triggers=["write"])
        plan = planned(site, sample=5)
        assert plan["rows"] == 50 and plan["input_bytes"] == 50 * len('{"title":"title 1"}'), plan
        assert any("5 of 50 rows" in caveat for caveat in plan["caveats"]), plan
        site.put(triggers=["write"], target_namespaces=[TARGET, "nowhere"])
        both = planned(site)
        assert [each["rows_total"] for each in both["namespaces"]] == [50, 0], both
        only = planned(site, namespaces=["nowhere"])
        assert [each["namespace"] for each in only["namespaces"]] == ["nowhere"] and only["rows"] == 0


def test_a_plan_is_for_who_may_read_the_rows() -> None:
    with Stack() as stack:
        keys = stack.root / "keys.yaml"
        keys.write_text(KEYS)
        keys.chmod(0o600)
        gateway = stack.gateway("one", f"--keys-file={keys}", auth="keys")
        owner, stranger = Site(gateway, OWNER), Site(gateway, STRANGER)
        owner.fill(2)
        owner.put(triggers=["write"])
        for body in ({}, {"spec": SPEC}):
            assert stranger.client.call("POST", f"{PATH}/plan", body).status == 403, body
        elsewhere = {"spec": {**SPEC, "target_namespaces": ["other"]}}
        assert stranger.client.call("POST", f"{PATH}/plan", elsewhere).status == 200


def test_wrong_plans_are_refused_with_the_member_at_fault() -> None:
    with Stack() as stack:
        site = Site(stack.gateway("one"))
        cases: list[tuple[str, Any, int, str]] = [
            (PATH, {}, 404, FUNCTION),
            (PATH, {"spec": {"inputs": ["a"]}}, 422, "target_namespaces"),
            (PATH, {"spec": SPEC, "namespaces": ["elsewhere"]}, 422, "elsewhere"),
            (PATH, {"spec": SPEC, "sample": 10_001}, 422, "sample"),
            (PATH, {"spec": SPEC, "odd": 1}, 422, "odd"),
            ("/v2/udfs/No", {"spec": SPEC}, 422, "id"),
        ]
        for path, body, status, words in cases:
            answer = site.client.call("POST", f"{path}/plan", body)
            assert answer.status == status and words in str(answer.body), (path, body, answer.body)
