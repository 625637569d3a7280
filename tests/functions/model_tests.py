"""The promises of a function's queue under everything at once: workers that crash, hang, pause, repeat
themselves and come back late, gateways that are killed, a database that restarts. LAYER_SEED repeats a
run; LAYER_MODEL_STEPS makes it longer (steps of a worker, 12)."""

from __future__ import annotations

import collections
import http.client
import os
import random
import threading
from collections.abc import Callable
from typing import Any

from tests.documents.stack import Reply, Stack
from tests.functions.lease_tests import fleet, seed_of_run
from tests.functions.site import MARKER, PATH, SPEC, Site, named, shouted
from tests.support.gateway import Gateway, until
from tests.support.postgres import Postgres

ROWS = 60
WORKERS = 4
LEASE_S = 5
RETRY = {"max_attempts": 1000, "initial_backoff_seconds": 0, "max_backoff_seconds": 0}
AWAY = (OSError, http.client.HTTPException)


class World:
    """What was done, as far as those who did it know, and what must be true of it."""

    def __init__(self, gateways: list[Gateway], seed: int) -> None:
        self.gateways = gateways
        self.seed = seed
        self.lock = threading.Lock()
        self.over = threading.Event()
        self.broken: list[BaseException] = []
        self.phase = 0  # odd: the function is paused, and it was said so
        self.refused: set[str] = set()  # marks of results of leases that were lost
        self.burnt: collections.Counter[int] = collections.Counter()  # claims that may have cost an attempt
        self.unheard = 0  # claims whose answer nobody got: whatever they took was lost
        self.asking = 0  # claims whose answer is under way
        self.claims = 0

    def site(self, dice: random.Random) -> Site:
        return Site(dice.choice(self.gateways))

    def ask(self, dice: random.Random, method: str, path: str, body: Any = None) -> Reply | None:
        """None: nobody knows whether it was done."""
        try:
            answer = self.site(dice).client.call(method, path, body)
        except AWAY:
            answer = None
        if answer is not None and answer.status < 500:
            return answer
        self.over.wait(0.1)
        return None

    def insist(self, dice: random.Random, method: str, path: str, body: Any = None) -> Reply:
        answers: list[Reply] = []

        def answered() -> bool:
            answer = self.ask(dice, method, path, body)
            if answer is not None:
                answers.append(answer)
            return bool(answers)

        until(answered, f"an answer of {path} (seed {self.seed})", 120)
        return answers[0]

    def fail(self, error: BaseException) -> None:
        with self.lock:
            self.broken.append(error)
        self.over.set()


class Worker:
    def __init__(self, world: World, number: int) -> None:
        self.world = world
        self.name = f"w{number}"
        self.dice = random.Random(f"{world.seed}/{number}")
        self.made = 0
        self.kept: list[dict[str, Any]] = []

    def claim(self) -> list[dict[str, Any]]:
        world = self.world
        before = world.phase
        body = {"worker_id": self.name, "limit": self.dice.randint(1, 12), "lease_seconds": LEASE_S}
        with world.lock:
            world.asking += 1
        answer = world.ask(self.dice, "POST", f"{PATH}/claim", body)
        with world.lock:
            world.asking -= 1
            if answer is None:
                world.unheard += 1
                return []
            assert answer.status == 200, answer.body
            items = list(answer.json["items"])
            paused = before % 2 == 1 and world.phase == before
            assert not (paused and items), "work was handed out while the function was paused"
            world.claims += bool(items)
            for item in items:
                most = world.burnt[item["id"]] + world.unheard + world.asking
                assert item["attempt"] - 1 <= most, f"{item} was tried at most {most} times"
                world.burnt[item["id"]] += 1  # until it is known how this one ended
            return items

    def spared(self, items: list[dict[str, Any]]) -> None:
        with self.world.lock:
            for item in items:
                self.world.burnt[item["id"]] -= 1

    def complete(self, items: list[dict[str, Any]], late: bool = False) -> None:
        results = []
        for item in items:
            self.made += 1
            mark = f"{self.name}-{self.made}"
            attributes = {"loud": item["input"]["title"].upper(), "by": mark}
            results.append({**named(item), "attributes": attributes})
        body = {"worker_id": self.name, "items": results, "report_dispositions": True}
        answer = self.world.ask(self.dice, "POST", f"{PATH}/items/complete", body)
        if answer is None:
            return
        marks = [result["attributes"]["by"] for result in results]
        if answer.status == 409:
            lost = list(range(len(items)))
        else:
            assert answer.status == 200, answer.body
            lost = [told["index"] for told in answer.json["results"] if not told["ok"]]
        with self.world.lock:
            self.world.refused.update(marks[index] for index in lost)
        if not late:
            self.spared([item for index, item in enumerate(items) if index not in lost])

    def give_back(self, items: list[dict[str, Any]], **why: Any) -> None:
        body = {"worker_id": self.name, "items": [{**named(item), **why} for item in items]}
        answer = self.world.ask(self.dice, "POST", f"{PATH}/items/fail", body)
        free = why["kind"] == "throttled" or why.get("message") == "released"
        # Of a report that was taken in part nobody knows which; those that were lost cost an attempt.
        if free and answer is not None and answer.status == 200 and answer.json["updated"] == len(items):
            self.spared(items)

    def step(self) -> None:
        items = self.claim()
        if not items:
            self.world.over.wait(0.05)
            return
        what = self.dice.random()
        if what < 0.12:
            return  # it crashed: nobody hears of these again
        if what < 0.24:
            self.kept = items  # it hangs, and comes back late
            return
        if what < 0.34:
            self.give_back(items, kind="throttled", retry_after_ms=20)
        elif what < 0.44:
            self.give_back(items, kind="transient", message="released")
        elif what < 0.5:
            self.give_back(items, kind="transient", message="no")
        else:
            self.complete(items)
            if what > 0.9:
                self.complete(items, late=True)  # it repeats itself
        if self.kept and self.dice.random() < 0.5:
            late, self.kept = self.kept, []
            self.complete(late, late=True)

    def run(self, steps: int) -> None:
        try:
            while steps and not self.world.over.is_set():
                claims = self.world.claims
                self.step()
                steps -= self.world.claims > claims
        except BaseException as error:
            self.world.fail(error)


def check_marks(rows: dict[Any, dict[str, Any]]) -> None:
    for row in rows.values():
        assert ("loud" in row and row["loud"] is not None) == (row.get(f"{MARKER}_v") is not None), row


def trouble(world: World, restart_database: Callable[[], None] | None) -> None:
    """Pauses, writes and kills, until the workers have done their steps."""
    dice = random.Random(f"{world.seed}/trouble")
    while not world.over.is_set():
        what = dice.random()
        if what < 0.25:
            assert world.insist(dice, "POST", f"{PATH}/pause").status == 200
            world.phase += 1
            world.over.wait(0.3)
            world.phase += 1
            assert world.insist(dice, "POST", f"{PATH}/resume").status == 200
        elif what < 0.4:
            gateway = dice.choice(world.gateways)
            gateway.kill()
            gateway.start()
        elif what < 0.5 and restart_database is not None:
            restart_database()
        else:
            row = {"id": dice.randint(1, ROWS), "title": f"title {dice.random()}", "kept": 1}
            world.insist(dice, "POST", "/v2/namespaces/docs", {"upsert_rows": [row]})
        world.over.wait(0.2)


def drain(world: World) -> dict[Any, dict[str, Any]]:
    """By one worker that does as it should; then nothing is left to do."""
    site = Site(world.gateways[0])

    def drained() -> bool:
        while items := site.claim("last", limit=100):
            done = [shouted(item) for item in items]
            for result in done:
                result["attributes"]["by"] = "last"
            assert site.report("complete", done, "last").status in (200, 409)
        counts = site.status()["counts"]
        rows = site.rows()
        check_marks(rows)
        return (
            not counts["pending"]
            and not counts["leased"]
            and all(row.get("loud") == row["title"].upper() for row in rows.values())
        )

    until(drained, f"everything to be computed (seed {world.seed})", 180)
    return site.rows()


def hold(gateways: list[Gateway], restart_database: Callable[[], None] | None = None) -> None:
    seed = seed_of_run()
    print(f"functions: model checks with LAYER_SEED={seed}", flush=True)
    steps = int(os.environ.get("LAYER_MODEL_STEPS", "12"))
    site = Site(gateways[0])
    site.fill(ROWS)
    site.put(retry=RETRY, schedule={**SPEC["schedule"], "lease_seconds": LEASE_S})
    world = World(gateways, seed)
    workers = [Worker(world, number) for number in range(WORKERS)]
    threads = [threading.Thread(target=worker.run, args=(steps,)) for worker in workers]

    def end() -> None:
        for thread in threads:
            thread.join()
        world.over.set()

    for thread in threads:
        thread.start()
    threading.Thread(target=end).start()
    # The steps need work to do: rows are written again by the trouble, for as long as it takes.
    trouble(world, restart_database)
    for thread in threads:
        thread.join()
    if world.broken:
        raise AssertionError(f"seed {seed}: {world.broken[0]!r}") from world.broken[0]
    rows = drain(world)
    assert len(rows) == ROWS, (seed, len(rows))
    for row in rows.values():
        assert row[f"{MARKER}_v"] == "v1" and row["by"] not in world.refused, (seed, row)
    assert site_failed(gateways[0]) == 0, f"seed {seed}: attempts were burnt"


def site_failed(gateway: Gateway) -> int:
    return int(Site(gateway).status()["counts"]["failed"])


def test_the_promises_hold_whatever_happens() -> None:
    with Stack() as stack:
        hold([stack.gateway("one")])


def test_the_promises_hold_for_several_gateways_and_a_database_that_restarts() -> None:
    with fleet() as (stack, postgres):
        gateways = [stack.gateway(name, f"--database-url={postgres.url}") for name in ("one", "two")]
        hold(gateways, lambda: restart(postgres))


def restart(postgres: Postgres) -> None:
    postgres.stop()
    postgres.start()
