"""Leases: workers that come back late, gateways that are killed, a server's database."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

from tests.documents.stack import Stack
from tests.pipelines.site import PATH, Site
from tests.support.gateway import until
from tests.support.postgres import Postgres, folder_of_programs
from tests.support.tally import Skip


def test_a_lease_that_is_over_goes_to_another_and_the_late_worker_is_told() -> None:
    with Stack() as stack:
        site = Site(stack.gateway("one")).create()
        site.stage("a", ["x"])
        (late,) = site.claim("late", lease_seconds=5)
        beat = {"items": [late], "worker_id": "late", "lease_seconds": 5}
        kept = site.client.call("POST", f"{PATH}/documents/heartbeat", beat)
        assert kept.json["updated"] == 1, kept.body
        taken: list[dict[str, Any]] = []

        def claimed() -> bool:
            taken.extend(site.claim("next"))
            return bool(taken)

        until(claimed, "the lease to run out", 60)
        assert taken[0]["attempt"] == 2
        refused = site.vectors("a", lease=late["lease"], worker_id="late")
        assert refused.status == 409, refused.body
        assert (refused.json["reason"], refused.json["disposition"]) == ("stale_claim", "discard")
        told = site.client.call("POST", f"{PATH}/documents/heartbeat", beat)
        assert told.status == 409 and told.json["reason"] == "stale_claim", told.body
        nobody = site.vectors("a", worker_id="third")
        assert nobody.status == 409 and nobody.json["reason"] == "claim_not_owned", nobody.body
        assert site.vectors("a", lease=taken[0]["lease"]).status == 200


def test_a_document_staged_again_is_worked_on_again() -> None:
    with Stack() as stack:
        site = Site(stack.gateway("one")).create()
        site.stage("a", ["old"])
        (item,) = site.claim()
        site.stage("a", ["new text"])
        refused = site.vectors("a", lease=item["lease"])
        assert refused.status == 409, refused.body
        (item,) = site.claim()
        assert site.vectors("a", lease=item["lease"]).status == 200
        assert site.rows()["a#0"]["text"] == "new text"


def test_workers_side_by_side_never_get_the_same_document() -> None:
    with Stack() as stack:
        gateway = stack.gateway("one")
        site = Site(gateway).create()
        names = {f"d{n}" for n in range(60)}
        for name in names:
            site.stage(name, [name])
        done: list[str] = []

        def work(worker: str) -> None:
            mine = Site(gateway)
            while items := mine.claim(worker, limit=5):
                for item in items:
                    assert mine.vectors(item["id"], lease=item["lease"]).status == 200
                    done.append(item["id"])

        threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(done) == sorted(names)
        assert set(site.rows()) == {f"{name}#0" for name in names}


def test_nothing_is_lost_when_the_gateway_is_killed() -> None:
    with Stack() as stack:
        gateway = stack.gateway("one")
        site = Site(gateway).create()
        site.stage("a", ["x"])
        site.stage("b", ["y"])
        (item,) = site.claim(limit=1)
        gateway.kill()
        gateway.start()
        site = Site(gateway)
        assert site.status()["counts"] == {"pending": 1, "embedding": 1}
        assert site.vectors(item["id"], lease=item["lease"]).status == 200
        (other,) = site.claim()
        assert site.vectors(other["id"], lease=other["lease"]).status == 200
        assert set(site.rows()) == {"a#0", "b#0"}


@contextlib.contextmanager
def fleet() -> Iterator[tuple[Stack, Postgres]]:
    if folder_of_programs() is None:
        raise Skip("PostgreSQL is not installed")
    with Postgres() as postgres, Stack() as stack:
        yield stack, postgres


def test_gateways_share_the_queue_in_one_database() -> None:
    with fleet() as (stack, postgres):
        one, two = (stack.gateway(name, f"--database-url={postgres.url}") for name in ("one", "two"))
        here, there = Site(one).create(), Site(two)
        for name in ("a", "b", "c"):
            here.stage(name, ["x"])
        (item,) = here.claim("w1", limit=1)
        others = there.claim("w2")
        assert sorted([item["id"], *(each["id"] for each in others)]) == ["a", "b", "c"]
        assert there.claim("w3") == here.claim("w3") == []
        one.kill()
        for each in [item, *others]:
            rows = {"upsert_rows": [{"id": each["id"], "vector": [1, 2]}], "lease": each["lease"]}
            assert there.client.call("PUT", there.document(each["id"], "/rows"), rows).status == 200
        moved = there.move("indexed", items=[item, *others], worker_id="w2")
        assert moved.json["updated"] == 3, moved.body
        assert there.status()["counts"] == {"indexed": 3}
