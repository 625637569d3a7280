"""Work that is sent to workers, instead of waiting for them to ask."""

from __future__ import annotations

import threading
from typing import Any

from tests.documents.stack import Stack
from tests.functions.push_worker import Answer, Batch, PushWorker, fault, shout, shout_all
from tests.functions.site import MARKER, SPEC, Site
from tests.support.gateway import until


def push(site: Site, to: PushWorker, schedule: dict[str, Any] | None = None, **changes: Any) -> None:
    settings = {"url": to.url, **changes.pop("worker", {})}
    site.put(worker=settings, schedule={**SPEC["schedule"], **(schedule or {})}, **changes)


def wait_for(site: Site, count: int) -> None:
    def computed() -> bool:
        return sum(1 for row in site.rows().values() if row.get("loud")) == count

    until(computed, f"{count} rows to be computed", 120)


def drained(site: Site) -> bool:
    counts = site.status()["counts"]
    return not counts["pending"] and not counts["leased"]


def test_rows_are_computed_by_a_worker_that_never_asks() -> None:
    with Stack() as stack, PushWorker() as worker:
        site = Site(stack.gateway("one"))
        site.fill(50)
        push(site, worker, worker={"batch_size": 20})
        wait_for(site, 50)
        rows = site.rows()
        assert all(row["loud"] == row["title"].upper() for row in rows.values())
        assert all(row[f"{MARKER}_v"] == "v1" for row in rows.values())
        assert sorted(worker.sent()) == list(range(1, 51)), "each once"
        assert max(len(batch["items"]) for batch in worker.batches) <= 20
        assert all(batch["function"] == "shout" and batch["version"] == "v1" for batch in worker.batches)
        assert all(set(item) == {"namespace", "id", "lease", "input"} for item in worker.batches[0]["items"])
        until(lambda: drained(site), "the queue to be empty", 60)


def test_what_a_worker_says_of_each_item_counts() -> None:
    def answer(batch: Batch) -> Answer:
        said = []
        for item in batch["items"]:
            if item["id"] == 1:
                said.append(fault(item, "permanent", message="not this one"))
            elif item["id"] == 2:
                said.append({**shout(item), "attributes": {"title": "an input"}})
            elif item["id"] != 3:
                said.append(shout(item))
        return 200, {"items": said}, {}

    with Stack() as stack, PushWorker(answer) as worker:
        site = Site(stack.gateway("one"))
        site.fill(5)
        push(site, worker)
        until(lambda: site.status()["counts"]["failed"] == 3, "three rows to fail", 120)
        wait_for(site, 2)
        failed = {item["id"]: item for item in site.items("?state=failed")}
        assert failed[1]["error"] == "not this one", failed
        assert "attributes" in failed[2]["error"], failed
        assert failed[3]["attempts"] == 3 and "missing" in failed[3]["error"], failed
        assert worker.sent().count(1) == 1 and worker.sent().count(3) == 3


def test_a_refused_batch_is_halved_until_the_row_at_fault_is_alone() -> None:
    def answer(batch: Batch) -> Answer:
        if any(item["id"] == 7 for item in batch["items"]):
            return 400, {}, {}
        return shout_all(batch)

    with Stack() as stack, PushWorker(answer) as worker:
        site = Site(stack.gateway("one"))
        site.fill(16)
        push(site, worker)
        wait_for(site, 15)
        until(lambda: site.status()["counts"]["failed"] == 1, "the row to fail", 60)
        (failed,) = site.items("?state=failed")
        assert failed["id"] == 7 and "400" in failed["error"], failed


def test_a_worker_that_asks_for_patience_costs_no_attempt() -> None:
    refusals = 6  # more than there are attempts

    def answer(batch: Batch) -> Answer:
        nonlocal refusals
        refusals -= 1
        return (429, {}, {"retry-after-ms": "10"}) if refusals >= 0 else shout_all(batch)

    with Stack() as stack, PushWorker(answer) as worker:
        site = Site(stack.gateway("one"))
        site.fill(4)
        push(site, worker, {"max_in_flight_batches": 1})
        wait_for(site, 4)
        assert refusals < 0 and not site.items("?state=failed")


def test_faults_of_a_worker_are_tried_again_and_counted() -> None:
    faults: list[Answer] = [(500, {}, {}), (200, b"no json", {})]

    def answer(batch: Batch) -> Answer:
        return faults.pop() if faults else shout_all(batch)

    with Stack() as stack, PushWorker(answer) as worker:
        site = Site(stack.gateway("one"))
        site.fill(1)
        push(site, worker)
        wait_for(site, 1)
        assert len(worker.sent()) == 3


def test_no_more_batches_run_at_once_than_the_function_says() -> None:
    enough = threading.Event()

    def answer(batch: Batch) -> Answer:
        enough.wait(60)
        return shout_all(batch)

    with Stack() as stack, PushWorker(answer) as worker:
        site = Site(stack.gateway("one"))
        site.fill(12)
        push(site, worker, {"max_in_flight_batches": 2}, worker={"batch_size": 3})
        until(lambda: worker.running == 2, "two batches to run", 60)
        until(lambda: site.status()["counts"]["leased"] == 6, "two batches to be leased", 60)
        enough.set()
        wait_for(site, 12)
        assert worker.most == 2, worker.most


def test_heartbeats_keep_a_batch_that_takes_longer_than_its_lease() -> None:
    enough = threading.Event()

    def answer(batch: Batch) -> Answer:
        enough.wait(120)
        return shout_all(batch)

    with Stack() as stack, PushWorker(answer) as worker:
        site = Site(stack.gateway("one"))
        site.fill(1)
        push(site, worker, {"lease_seconds": 5}, worker={"timeout_seconds": 300})
        until(lambda: worker.running == 1, "the batch to run", 60)
        enough.wait(13)  # the lease ran out twice, had nobody kept it
        enough.set()
        wait_for(site, 1)
        assert worker.sent() == [1], worker.sent()


def test_nothing_is_sent_while_paused_or_after_the_end() -> None:
    with Stack() as stack, PushWorker() as worker:
        site = Site(stack.gateway("one"))
        site.fill(3)
        push(site, worker)
        wait_for(site, 3)
        site.call("POST", "/v2/udfs/shout/pause")
        sent = len(worker.sent())
        site.fill(3, first=10)
        site.discover()
        assert site.status()["counts"]["pending"] == 3
        site.call("POST", "/v2/udfs/shout/resume")
        wait_for(site, 6)
        assert len(worker.sent()) == sent + 3
        site.call("DELETE", "/v2/udfs/shout")
        assert site.client.call("GET", "/v2/udfs/shout").status == 404


def test_a_gateway_that_ends_waits_for_what_runs_and_burns_no_attempt() -> None:
    enough = threading.Event()

    def answer(batch: Batch) -> Answer:
        enough.wait(60)
        return shout_all(batch)

    with Stack() as stack, PushWorker(answer) as worker:
        gateway = stack.gateway("one")
        site = Site(gateway)
        site.fill(4)
        push(site, worker, {"max_in_flight_batches": 1}, worker={"batch_size": 2})
        until(lambda: worker.running == 1, "a batch to run", 60)
        threading.Timer(1.0, enough.set).start()
        gateway.stop()
        assert worker.running == 0
        gateway.start()
        site = Site(gateway)
        wait_for(site, 4)
        assert sorted(worker.sent()) == [1, 2, 3, 4], "what ran was written, the rest was sent once"


def test_a_killed_gateway_loses_nothing() -> None:
    enough = threading.Event()

    def answer(batch: Batch) -> Answer:
        enough.wait(60)
        return shout_all(batch)

    with Stack() as stack, PushWorker(answer) as worker:
        gateway = stack.gateway("one")
        site = Site(gateway)
        site.fill(4)
        push(site, worker, {"lease_seconds": 5})
        until(lambda: worker.running == 1, "a batch to run", 60)
        gateway.kill()
        enough.set()
        gateway.start()
        wait_for(Site(gateway), 4)


def test_work_is_sent_only_where_the_gateway_may_send_it() -> None:
    with Stack() as stack, PushWorker() as worker:
        gateway = stack.gateway("one")
        site = Site(gateway)
        for url in (
            "http://169.254.169.254/",
            "http://2852039166/",
            "https://example.com/x",
            "http://10.0.0.1",
        ):
            refused = site.client.call("PUT", "/v2/udfs/shout", {"spec": {**SPEC, "worker": {"url": url}}})
            assert refused.status == 422 and b"--push-allow" in refused.body, (url, refused.body)
        site.fill(1)
        push(site, worker)
        wait_for(site, 1)


def test_a_worker_that_is_not_allowed_any_more_is_sent_nothing() -> None:
    with Stack() as stack, PushWorker() as worker:
        gateway = stack.gateway("one")
        site = Site(gateway)
        push(site, worker)
        site.call("POST", "/v2/udfs/shout/pause")
        site.fill(1)
        site.discover()
        gateway.stop()
        gateway.arguments = [*gateway.arguments, "--push-allow=cluster"]
        gateway.start()
        site = Site(gateway)
        site.call("POST", "/v2/udfs/shout/resume")
        until(lambda: site.status()["counts"]["failed"] == 1, "the row to fail", 60)
        assert "--push-allow" in site.items()[0]["error"] and not worker.sent()
