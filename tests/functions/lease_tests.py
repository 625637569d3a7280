"""Workers that crash, come late and repeat themselves; gateways that are killed; databases that are
lost."""

from __future__ import annotations

import contextlib
import os
import random
import threading
from collections.abc import Iterator
from typing import Any

from tests.documents.stack import Stack
from tests.functions.site import MARKER, Site, named
from tests.support.gateway import Gateway, until
from tests.support.postgres import Postgres, folder_of_programs
from tests.support.server import ROOT
from tests.support.tally import Skip


def test_a_lease_that_is_over_goes_to_another_and_the_late_worker_is_told() -> None:
    with Stack() as stack:
        site = Site(stack.gateway("one"))
        site.fill(1)
        site.put(triggers=["schedule"])
        site.discover()
        (late,) = site.claim("late", lease_seconds=5)
        assert site.report("heartbeat", [named(late)], "late").json["updated"] == 1
        stranger = site.report("complete", [{"namespace": late["namespace"], "id": late["id"]}], "third")
        assert stranger.status == 409 and stranger.json["reason"] == "claim_not_owned", stranger.body
        # The heartbeat gave it the lease of the function's schedule; another claim asks for less.
        assert site.report("fail", [{**named(late), "kind": "transient"}], "late").status == 200
        (late,) = site.claim("late", lease_seconds=5)
        taken: list[dict[str, Any]] = []

        def claimed() -> bool:
            taken.extend(site.claim("next"))
            return bool(taken)

        until(claimed, "the lease to run out", 60)
        assert taken[0]["attempt"] == 3
        for what in ("complete", "heartbeat"):
            refused = site.report(what, [named(late)], "late")
            assert refused.status == 409, refused.body
            assert (refused.json["reason"], refused.json["disposition"]) == ("stale_claim", "discard")
        assert site.complete(taken, "next")["updated"] == 1


def test_nothing_is_lost_when_the_gateway_is_killed_between_claim_and_result() -> None:
    with Stack() as stack:
        gateway = stack.gateway("one")
        site = Site(gateway)
        site.fill(40)
        site.put()
        until(lambda: site.status()["counts"]["pending"] == 40, "the rows to be found", 60)
        items = site.claim(limit=20)
        gateway.kill()
        gateway.start()
        site = Site(gateway)
        assert site.complete(items)["updated"] == 20
        site.drain(20)
        assert all(row["loud"] for row in site.rows().values())


@contextlib.contextmanager
def fleet() -> Iterator[tuple[Stack, Postgres]]:
    if folder_of_programs() is None:
        raise Skip("PostgreSQL is not installed")
    with Postgres() as postgres, Stack() as stack:
        yield stack, postgres


def test_everything_is_found_again_when_the_database_is_lost() -> None:
    with fleet() as (stack, postgres):
        gateway = stack.gateway("one", f"--database-url={postgres.url}", "--adopt-queue")
        site = Site(gateway)
        site.fill(60)
        site.put()
        until(lambda: site.status()["counts"]["pending"] == 60, "the rows to be found", 60)
        done = site.claim(limit=25)
        lost = site.claim(limit=10)
        assert site.complete(done)["updated"] == 25
        gateway.stop()
        own = "nspname NOT LIKE 'pg_%' AND nspname NOT IN ('public', 'information_schema')"
        schema = postgres.query(f"SELECT nspname FROM pg_namespace WHERE {own}")
        postgres.query(f'DROP SCHEMA "{schema}" CASCADE')
        gateway.start()
        site = Site(gateway)
        site.put()  # as a resource, or whoever deploys, registers it again
        late = site.report("complete", [{**named(item), "attributes": {"loud": "LATE"}} for item in lost])
        assert late.status == 409, late.body
        site.drain(35)  # rows with results are not computed again
        assert {row["loud"] for row in site.rows().values()} == {f"TITLE {n}" for n in range(1, 61)}


def test_a_scaler_reads_the_depth_from_the_database_as_the_documentation_says() -> None:
    page = (ROOT / "docs/functions.md").read_text()
    sql = page.partition("```sql")[2].partition("```")[0]
    with fleet() as (stack, postgres):
        site = Site(stack.gateway("one", f"--database-url={postgres.url}"))
        site.fill(30)
        site.put(
            triggers=["schedule"],
            retry={"max_attempts": 3, "initial_backoff_seconds": 3600, "max_backoff_seconds": 3600},
        )
        assert postgres.query(sql) == "0"
        site.discover()
        assert postgres.query(sql) == "30"
        items = site.claim(limit=10)
        assert postgres.query(sql) == "30", "what is leased still needs its worker"
        site.complete(items[:4])
        permanent = [{**named(item), "kind": "permanent"} for item in items[4:6]]
        later = [{**named(item), "kind": "transient"} for item in items[6:]]
        assert site.report("fail", permanent).status == 200 == site.report("fail", later).status
        assert postgres.query(sql) == "20", "neither what failed nor what waits for an hour"


def workers(gateways: list[Gateway], seed: int, rows: int) -> None:
    """Random workers; every row ends with its result and its marker."""
    stop = threading.Event()
    broken: list[BaseException] = []

    def work(number: int) -> None:
        dice = random.Random(f"{seed}/{number}")
        site = Site(dice.choice(gateways))
        worker = f"w{number}"
        kept: list[dict[str, Any]] = []
        while not stop.is_set():
            items = site.claim(worker, limit=dice.randint(1, 20), lease_seconds=5)
            what = dice.random()
            if what < 0.1:
                continue  # it crashed: nobody hears of these again
            if what < 0.2:
                kept = items  # it hangs, and comes back late
                continue
            if what < 0.3 and items:
                kind = dice.choice(["transient", "throttled"])
                told = [{**named(item), "kind": kind, "retry_after_ms": 10} for item in items]
                assert site.report("fail", told, worker).status in (200, 409)
                continue
            for batch in (items, kept, items if what > 0.9 else []):
                if batch:
                    results = [
                        {**named(item), "attributes": {"loud": item["input"]["title"].upper()}}
                        for item in batch
                    ]
                    assert site.report("complete", results, worker).status in (200, 409)
            kept = []

    def guarded(number: int) -> None:
        try:
            work(number)
        except BaseException as error:
            broken.append(error)
            stop.set()

    threads = [threading.Thread(target=guarded, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    watcher = Site(gateways[0])
    writer = random.Random(f"{seed}/writer")
    try:
        for _ in range(30):
            if stop.is_set():
                break
            number = writer.randint(1, rows)
            watcher.write(upsert_rows=[{"id": number, "title": f"title {writer.random()}", "kept": 1}])
    finally:

        def all_done() -> bool:
            return stop.is_set() or all(
                row.get("loud") == row["title"].upper() and row.get(f"{MARKER}_v") == "v1"
                for row in watcher.rows().values()
            )

        try:
            until(all_done, f"every row to have its result (seed {seed})", 120)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
    assert not broken, f"seed {seed}: {broken}"
    for row in watcher.rows().values():
        assert row["loud"] == row["title"].upper(), (seed, row)


def seed_of_run() -> int:
    return int(os.environ.get("LAYER_SEED", random.SystemRandom().randrange(1 << 31)))


def test_every_row_gets_its_result_whatever_workers_do() -> None:
    with Stack() as stack:
        gateway = stack.gateway("one")
        site = Site(gateway)
        site.fill(120)
        site.put(retry={"max_attempts": 1000, "initial_backoff_seconds": 0, "max_backoff_seconds": 0})
        workers([gateway], seed_of_run(), 120)


def test_every_row_gets_its_result_through_several_gateways() -> None:
    with fleet() as (stack, postgres):
        gateways = [stack.gateway(name, f"--database-url={postgres.url}") for name in ("one", "two")]
        site = Site(gateways[0])
        site.fill(120)
        site.put(retry={"max_attempts": 1000, "initial_backoff_seconds": 0, "max_backoff_seconds": 0})
        workers(gateways, seed_of_run(), 120)
