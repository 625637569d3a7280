"""The loop of a worker that asks for work: claim, run, report."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence

from ..errors import LayerError
from .outcomes import RELEASE, Outcome
from .progress import OnProgress, Progress
from .runner import Runner
from .settings import Settings
from .source import Batch, Source

log = logging.getLogger("layer.worker")
IDLE_S = 2.0
TROUBLE_FIRST_S = 1.0
TROUBLE_MAX_S = 30.0


class Stop:
    """Two orders: `soon` claims nothing more and finishes what runs, `now` gives that up as well."""

    def __init__(self) -> None:
        self.soon = asyncio.Event()
        self.now = asyncio.Event()

    def order(self) -> None:
        """The first asks for an end, the second for haste."""
        (self.now if self.soon.is_set() else self.soon).set()

    async def pause(self, seconds: float) -> None:
        """Waits, but not beyond the order to stop."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.soon.wait(), seconds)


class PullLoop:
    """Until the order to stop, or with `once` until nothing is to be had. Call `run()` once."""

    def __init__(
        self,
        source: Source,
        runner: Runner,
        settings: Settings,
        stop: Stop,
        once: bool = False,
        on_progress: OnProgress | None = None,
    ) -> None:
        self.source = source
        self.runner = runner
        self.settings = settings
        self.stop = stop
        self.once = once
        self.on_progress = on_progress
        self.progress = Progress()

    async def run(self) -> None:
        """Raises LayerError when claims are refused for good: no such function, no right to it."""
        trouble_s = TROUBLE_FIRST_S
        while not self.stop.soon.is_set():
            try:
                claimed = await self.source.claim()
            except LayerError as error:
                if not error.retryable:
                    raise
                log.warning("cannot claim, asking again in %.0f s: %s", trouble_s, error)
                await self.stop.pause(trouble_s)
                trouble_s = min(TROUBLE_MAX_S, 2 * trouble_s)
                continue
            trouble_s = TROUBLE_FIRST_S
            if claimed.batch is not None:
                await self.stop.pause(await self.work(claimed.batch))
            elif self.once and claimed.wait_s is None:
                return
            else:
                await self.stop.pause(IDLE_S if claimed.wait_s is None else claimed.wait_s)

    async def work(self, batch: Batch) -> float:
        """Runs a batch and reports it; seconds to wait after it."""
        outcomes: list[Outcome | None] = [None] * len(batch.tasks)
        self.progress.claimed += len(outcomes)
        beats = asyncio.create_task(self._beat(batch))
        try:
            await self._run(batch, outcomes)
            wait_s = await batch.settle(kept(outcomes), self.progress)
        finally:
            beats.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await beats
        self.progress.batches += 1
        log.info("%s", self.progress)
        if self.on_progress is not None:
            self.on_progress(self.progress)
        return wait_s

    async def _run(self, batch: Batch, outcomes: list[Outcome | None]) -> None:
        running = asyncio.create_task(self.runner.run(batch.tasks, outcomes, self.settings.batch_size))
        asked = asyncio.create_task(self.stop.soon.wait())
        pressed = asyncio.create_task(self.stop.now.wait())
        try:
            await asyncio.wait({running, asked}, return_when=asyncio.FIRST_COMPLETED)
            if not running.done():
                await asyncio.wait(
                    {running, pressed}, timeout=self.settings.drain_s, return_when=asyncio.FIRST_COMPLETED
                )
        finally:
            for task in (running, asked, pressed):
                task.cancel()
            ended = await asyncio.gather(running, asked, pressed, return_exceptions=True)
        if isinstance(ended[0], Exception):
            raise ended[0]

    async def _beat(self, batch: Batch) -> None:
        while True:
            await asyncio.sleep(self.settings.lease_s / 3)
            try:
                await batch.heartbeat()
            except LayerError as error:
                log.warning("a heartbeat failed: %s", error)


def kept(outcomes: Sequence[Outcome | None]) -> list[Outcome]:
    """What has no outcome goes back to where it came from."""
    return [RELEASE if outcome is None else outcome for outcome in outcomes]
