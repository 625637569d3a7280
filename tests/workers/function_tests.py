"""Functions that are resources: registered, worked on, removed."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from tests.documents.stack import Stack
from tests.support.gateway import until
from tests.workers.site import HANG_S, TARGET, Site

WORKER = str(Path(__file__).resolve().parent / "function_worker.py")


def function(arguments: list[str] | None = None, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "hevlayer.com/v1alpha1",
        "kind": "Function",
        "metadata": {"name": "length"},
        "spec": {
            "targetNamespaces": [TARGET],
            "inputs": ["text"],
            "worker": {"command": [sys.executable, WORKER, *(arguments or [])], "batchSize": 2},
            "scaling": {"replicas": {"max": 2}, "targetQueueDepth": 2, "warmWindowSeconds": 0},
            "schedule": {"discoveryIntervalSeconds": 1},
            **spec,
        },
    }


def write(site: Site, texts: dict[int, str]) -> None:
    rows = [{"id": key, "text": text} for key, text in texts.items()]
    written = site.client().call("POST", f"/v2/namespaces/{TARGET}", {"upsert_rows": rows})
    assert written.status == 200, written.body


def lengths(site: Site) -> dict[int, Any]:
    query = {"rank_by": ["id", "asc"], "top_k": 100, "include_attributes": ["length"]}
    answer = site.client().call("POST", f"/v2/namespaces/{TARGET}/query", query)
    return {row["id"]: row.get("length") for row in answer.json["rows"]} if answer.status == 200 else {}


def test_a_function_computes_its_rows_from_zero_to_zero() -> None:
    with Stack() as stack:
        site = Site(stack)
        texts = {key: "x" * key for key in range(1, 21)}
        write(site, texts)
        site.put(function())
        until(lambda: lengths(site) == {key: key for key in texts}, f"the rows; {lengths(site)}", HANG_S)
        until(lambda: site.processes(WORKER) == {}, "the workers to go", HANG_S)
        shown = site.client().call("GET", "/v2/udfs/length")
        assert shown.status == 200 and shown.json["udf"]["spec"]["inputs"] == ["text"], shown.body
        assert site.status("length", "Function")["activeNamespaces"] == [TARGET]


def test_what_a_killed_worker_held_is_computed_by_another(folder: Path) -> None:
    with Stack() as stack:
        site = Site(stack)
        write(site, {1: "one", 2: "three"})
        site.put(function(["--hold", str(folder)]))
        until(lambda: len(site.processes(WORKER)) == 1, "a worker", HANG_S)

        def leased() -> int:
            items = site.client().call("GET", "/v2/udfs/length/items?state=leased").json["items"]
            return len(items)

        until(lambda: leased() == 2, "its leases", HANG_S)
        (process,) = site.processes(WORKER).values()
        os.kill(process, signal.SIGKILL)
        (folder / "1").touch()
        (folder / "2").touch()
        until(lambda: lengths(site) == {1: 3, 2: 5}, f"the rows; {lengths(site)}", HANG_S)


def test_a_function_goes_with_its_file_also_while_the_gateway_is_off() -> None:
    with Stack() as stack:
        site = Site(stack)
        resource = function()
        site.put(resource)

        def registered() -> bool:
            return site.client().call("GET", "/v2/udfs/length").status == 200

        until(registered, "the function", HANG_S)
        site.drop(resource)
        until(lambda: not registered(), "the function to go", HANG_S)
        site.put(resource)
        until(registered, "the function to come back", HANG_S)
        by_hand = {"spec": {"target_namespaces": ["other"]}}
        assert site.client().call("PUT", "/v2/udfs/by-hand", by_hand).status in (200, 201)
        assert site.gateway.stop() == 0
        site.drop(resource)
        site.gateway.start()
        until(lambda: not registered(), "the function to go", HANG_S)
        assert site.client().call("GET", "/v2/udfs/by-hand").status == 200


def test_a_paused_function_hands_nothing_out() -> None:
    with Stack() as stack:
        site = Site(stack)
        write(site, {1: "one"})
        site.put(function(paused=True))
        until(lambda: site.client().call("GET", "/v2/udfs/length").status == 200, "the function", HANG_S)
        assert site.client().call("GET", "/v2/udfs/length").json["udf"]["paused"] is True
        assert site.processes(WORKER) == {}
        site.put(function())
        until(lambda: lengths(site) == {1: 3}, f"the rows; {lengths(site)}", HANG_S)
