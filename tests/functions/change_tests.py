"""Functions that change, and namespaces that come and go under them."""

from __future__ import annotations

from typing import Any

from tests.documents.stack import Stack
from tests.functions.site import Site, named
from tests.support.gateway import until

OWNER, WORKER = (f"{name}-key-0123456789" for name in ("owner", "worker"))
KEYS = f"""
- {{name: owner, scopes: [admin], key: {OWNER}}}
- name: worker
  entitlements:
    layer: {{scopes: [read, write]}}
    vectorstore.default: {{scopes: [read, write], namespaces: ["docs"]}}
  key: {WORKER}
"""


def test_a_function_may_be_there_before_its_namespace() -> None:
    with Stack() as stack:
        site = Site(stack.gateway("one"))
        site.put()
        until(lambda: site.status()["discovery"]["sweeps_completed"] >= 6, "sweeps to end", 120)
        discovery = site.status()["discovery"]
        assert discovery["consecutive_failures"] == 0 and "pause_reason" not in discovery, discovery
        site.fill(3)
        site.drain(3)


def test_the_trigger_schedule_sweeps_in_its_window_only() -> None:
    with Stack() as stack:
        site = Site(stack.gateway("one"))
        site.fill(3)
        site.put(triggers=["schedule"])
        # Open from now, or from a minute ago, for two hours: a window an hour is always open.
        always = {"discovery_interval_seconds": 1, "cron": "0 * * * *", "lease_seconds": 7200}
        other: dict[str, Any] = {
            "target_namespaces": ["docs"],
            "triggers": ["schedule"],
            "schedule": always,
        }
        site.call("PUT", "/v2/udfs/other", {"spec": other})
        path = "/v2/udfs/other/status"
        until(
            lambda: site.call("GET", path)["discovery"]["sweeps_completed"] >= 2,
            "two sweeps in the window",
            120,
        )
        assert site.call("GET", path)["counts"]["pending"] == 3
        assert site.status()["discovery"]["sweeps_completed"] == 0
        wrong = site.client.call(
            "PUT", "/v2/udfs/other", {"spec": {**other, "schedule": {"cron": "* * * * *"}}}
        )
        assert wrong.status == 422, wrong.body


def test_another_version_gives_failed_rows_another_chance() -> None:
    with Stack() as stack:
        site = Site(stack.gateway("one"))
        site.fill(2)
        site.put(triggers=["schedule"])
        site.discover()
        failed = [{**named(item), "kind": "permanent", "message": "never"} for item in site.claim()]
        assert site.report("fail", failed).json["updated"] == 2
        site.put(triggers=["schedule"], filter=["kept", "Gt", 0])
        assert site.status()["counts"]["failed"] == 2, "the version is what it was"
        site.put(triggers=["schedule"], version="v2")
        site.drain(2)


def test_rows_of_a_namespace_that_is_no_target_any_more_are_shown_to_nobody() -> None:
    with Stack() as stack:
        keys = stack.root / "keys.yaml"
        keys.write_text(KEYS)
        keys.chmod(0o600)
        gateway = stack.gateway("one", f"--keys-file={keys}", auth="keys")
        owner, worker = Site(gateway, OWNER), Site(gateway, WORKER)
        owner.call("POST", "/v2/namespaces/secret", {"upsert_rows": [{"id": 1, "title": "hidden"}]})
        owner.fill(2)
        owner.put(triggers=["schedule"], target_namespaces=["docs", "secret"])
        assert owner.discover()["enqueued"] == 3
        assert worker.client.call("POST", "/v2/udfs/shout/claim", {"worker_id": "w"}).status == 403
        owner.put(triggers=["schedule"])
        assert {item["namespace"] for item in worker.items()} == {"docs"}
        items = worker.claim(limit=10)
        assert {item["namespace"] for item in items} == {"docs"}, items
        worker.complete(items)
        assert owner.status()["counts"] == {"pending": 0, "leased": 0, "failed": 0}
