"""The loop of a worker: claims, heartbeats, reports, and the order to stop."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from typing import Any
from unittest import mock

from layer import AsyncClient, LayerError
from layer.retry import RetryPolicy
from layer.worker import PermanentError, Throttled, Worker, worker
from layer.worker.function_source import FunctionSource
from layer.worker.pull import PullLoop, Stop
from layer.worker.runner import Runner
from layer.worker.settings import Settings, SettingsError

from tests.clients.fault_server import FaultServer, answer
from tests.clients.queue_double import QueueDouble

QUICK = RetryPolicy(first_s=0.001, cap_s=0.002)


class Rig:
    """A worker's loop on a thread with an event loop of its own."""

    def __init__(
        self, function: Worker[Any, Any], queue: QueueDouble, lease_s: float = 60, batch: int = 32
    ) -> None:
        self.server = FaultServer()
        self.server.default = queue
        self.function = function
        self.settings = Settings("f", "", "w1", batch, lease_s, 60)  # type: ignore[arg-type]
        self.ready = threading.Event()
        self.error: BaseException | None = None
        self.thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        try:
            asyncio.run(self._loop())
        except LayerError as error:
            self.error = error

    async def _loop(self) -> None:
        self.stop = Stop()
        self.events = asyncio.get_running_loop()
        async with AsyncClient(self.server.url, "", retry=QUICK) as client:
            source = FunctionSource(client.function("f"), self.settings)
            runner = Runner(self.function, self.stop.soon.is_set)
            self.loop = PullLoop(source, runner, self.settings, self.stop)
            self.ready.set()
            await self.loop.run()

    def order(self) -> None:
        self.events.call_soon_threadsafe(self.stop.order)

    def __enter__(self) -> Rig:
        self.server.__enter__()
        self.thread.start()
        assert self.ready.wait(60)
        return self

    def end(self) -> None:
        self.thread.join(60)
        assert not self.thread.is_alive(), "the loop did not end"

    def __exit__(self, *_: object) -> None:
        if self.thread.is_alive():
            self.order()
            self.order()
            self.end()
        self.server.__exit__(None, None, None)


@worker(output="shout")
def shout(text: str) -> str:
    if text == "never":
        raise PermanentError("not this one")
    if text == "wait":
        raise Throttled(0.5)
    return text.upper()


def test_every_row_is_reported_as_it_went() -> None:
    queue = QueueDouble({1: {"text": "a"}, 2: {"text": "never"}, "x": {"text": "wait"}, 4: {"text": "d"}})
    with Rig(shout, queue, batch=3) as rig:
        queue.until(lambda: len(queue.done) + len(queue.failed) == 4)
        rig.order()
        rig.end()
        progress = rig.loop.progress
    assert {id: each["attributes"] for id, each in queue.done.items()} == {
        1: {"shout": "A"},
        4: {"shout": "D"},
    }
    assert (queue.failed[2]["kind"], queue.failed[2]["message"]) == ("permanent", "not this one")
    assert (queue.failed["x"]["kind"], queue.failed["x"]["retry_after_ms"]) == ("throttled", 500)
    assert (progress.claimed, progress.completed, progress.failed, progress.throttled) == (4, 2, 1, 1)


def test_leases_are_kept_while_a_row_takes_its_time() -> None:
    queue = QueueDouble({1: {"text": "a"}})

    @worker(output="v")
    def slow(text: str) -> str:
        queue.until(lambda: queue.beats >= 3)
        return text

    with Rig(slow, queue, lease_s=0.03):
        queue.until(lambda: 1 in queue.done)
    assert queue.beats >= 3


def test_what_another_got_meanwhile_is_not_reported() -> None:
    queue = QueueDouble({1: {"text": "a"}, 2: {"text": "b"}})

    @worker(output="v")
    def slow(text: str) -> str:
        queue.taken = {1}
        before = queue.beats
        queue.until(lambda: queue.beats >= before + 2)
        return text

    with Rig(slow, queue, lease_s=0.03) as rig:
        queue.until(lambda: 2 in queue.done)
        completed = [asked for asked in rig.server.asked if asked.path.endswith("/complete")]
    assert [item["id"] for item in completed[0].body["items"]] == [2]
    assert 1 not in queue.done


def test_a_result_that_is_refused_fails_alone() -> None:
    queue = QueueDouble({n: {"text": f"t{n}"} for n in range(5)})
    queue.refuse = lambda item: item["id"] == 3 and "attributes" in item
    with Rig(shout, queue):
        queue.until(lambda: len(queue.done) + len(queue.failed) == 5)
    assert set(queue.done) == {0, 1, 2, 4}
    assert (queue.failed[3]["kind"], queue.failed[3]["message"]) == ("permanent", "no such column")


def test_a_batch_may_end_after_the_order_to_stop_and_nothing_more_is_claimed() -> None:
    queue = QueueDouble({1: {"text": "a"}, 2: {"text": "b"}})
    begun, go_on = threading.Event(), threading.Event()

    @worker(output="v", batch_size=1)
    def held(text: str) -> str:
        begun.set()
        assert go_on.wait(60)
        return text

    with Rig(held, queue, batch=1) as rig:
        assert begun.wait(60)
        rig.order()
        go_on.set()
        rig.end()
    assert set(queue.done) == {1} and queue.failed == {} and queue.claims == 1


def test_a_second_order_releases_what_runs() -> None:
    queue = QueueDouble({1: {"text": "a"}, 2: {"text": "b"}})
    begun, never = threading.Event(), threading.Event()

    @worker(output="v")
    def held(text: str) -> str:
        if text == "b":
            begun.set()
            never.wait(60)
        return text

    with Rig(held, queue) as rig:
        assert begun.wait(60)
        rig.order()
        rig.order()
        rig.end()
        never.set()
    assert set(queue.done) == {1}, "what was computed is kept"
    assert (queue.failed[2]["kind"], queue.failed[2]["message"]) == ("transient", "released")


def test_quick_batches_are_claimed_and_reported_beside_the_one_that_runs() -> None:
    queue = QueueDouble({n: {"n": n} for n in range(8)})

    @worker(output="v")
    def beside(n: int) -> int:
        if n == 4:
            queue.until(lambda: queue.claims >= 6 and 3 in queue.done)
        return n

    with Rig(beside, queue, batch=1) as rig:
        queue.until(lambda: len(queue.done) == 8)
        rig.order()
        rig.end()
        progress = rig.loop.progress
    assert queue.failed == {} and (progress.claimed, progress.completed, progress.batches) == (8, 8, 8)


def test_batches_that_take_long_are_claimed_one_by_one() -> None:
    queue = QueueDouble({n: {"n": n} for n in range(4)})
    seen = []

    @worker(output="v")
    def slow(n: int) -> int:
        seen.append(queue.claims)
        return n

    with mock.patch("layer.worker.pull.AHEAD_BELOW_S", 0.0), Rig(slow, queue, batch=1):
        queue.until(lambda: len(queue.done) == 4)
    assert seen == [1, 2, 3, 4]


def test_what_was_claimed_ahead_goes_back_on_the_order_to_stop() -> None:
    queue = QueueDouble({n: {"n": n} for n in range(8)})
    begun, go_on = threading.Event(), threading.Event()

    @worker(output="v")
    def held(n: int) -> int:
        if n == 4:
            queue.until(lambda: queue.claims >= 6)
            begun.set()
            assert go_on.wait(60)
        return n

    with Rig(held, queue, batch=1, lease_s=0.03) as rig:
        assert begun.wait(60)
        beats = queue.beats
        queue.until(lambda: queue.beats >= beats + 4)
        rig.order()
        go_on.set()
        rig.end()
    assert set(queue.done) == set(range(5)) and queue.claims == 6
    assert {id: each["message"] for id, each in queue.failed.items()} == {5: "released"}


def test_a_gateway_that_is_away_is_asked_again() -> None:
    queue = QueueDouble({1: {"text": "a"}})
    rig = Rig(shout, queue)
    rig.server.plan(*[answer(503)] * 6)
    with rig:
        queue.until(lambda: 1 in queue.done)


def test_a_function_that_is_not_there_ends_the_worker() -> None:
    rig = Rig(shout, QueueDouble({}))
    missing = {"status": "error", "error": "not_found", "message": "no function f"}
    rig.server.plan(answer(404, {"x-should-retry": "false"}, missing))
    with rig:
        rig.end()
    assert isinstance(rig.error, LayerError) and rig.error.code == "not_found"


def test_settings_come_from_the_environment() -> None:
    told = {"HEVLAYER_UDF_ID": "f", "HEVLAYER_UDF_BATCH_SIZE": "5", "HEVLAYER_WORKER_ID": "f-0"}
    found = Settings.of(None, None, {**told, "HEVLAYER_LEASE_SECONDS": "40"})
    assert (found.function, found.batch_size, found.worker_id, found.lease_s) == ("f", 5, "f-0", 40)
    assert found.drain_s == 30 and Settings.of(None, 9, told).batch_size == 9
    assert Settings.of("g", None, told).function == "g"
    piped = Settings.of(None, None, {"HEVLAYER_PIPELINE_ID": "p", "HEVLAYER_BATCH_SIZE": "3"})
    assert (piped.function, piped.pipeline, piped.batch_size) == ("", "p", 3)
    for wrong in ({}, {**told, "HEVLAYER_PIPELINE_ID": "p"}, {**told, "HEVLAYER_LEASE_SECONDS": "1"}):
        try:
            Settings.of(None, None, wrong)
        except SettingsError:
            continue
        raise AssertionError(wrong)


def test_signals_are_the_order_to_stop() -> None:
    """As in a process of its own: see the tests over real processes; here that two signals count as two."""

    async def signalled() -> tuple[bool, bool]:
        stop = Stop()
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, stop.order)
        seen = []
        for event in (stop.soon, stop.now):
            os.kill(os.getpid(), signal.SIGUSR1)
            await asyncio.wait_for(event.wait(), 60)
            seen.append(stop.now.is_set())
        return seen[0], seen[1]

    assert asyncio.run(signalled()) == (False, True)
