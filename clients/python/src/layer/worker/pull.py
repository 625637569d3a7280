"""The loop of a worker that asks for work: claim, run, report.

While rows are quick and plenty, the next batch is claimed and the last one reported as this one runs.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from dataclasses import dataclass

from ..errors import LayerError
from .held import Held
from .progress import OnProgress, Progress
from .runner import Runner
from .settings import Settings
from .source import Source

log = logging.getLogger("layer.worker")
IDLE_S = 2.0
TROUBLE_FIRST_S = 1.0
TROUBLE_MAX_S = 30.0
# A batch that takes longer gains nothing from one that waits behind it, which another worker could have run.
AHEAD_BELOW_S = 1.0


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


@dataclass(frozen=True, slots=True)
class Taken:
    """An answered claim. `held` is None when there was nothing."""

    held: Held | None
    wait_s: float | None
    plenty: bool


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
        self._quick = False  # the last batch was
        self._ahead: asyncio.Task[Taken | None] | None = None
        self._report: asyncio.Task[float] | None = None

    async def run(self) -> None:
        """Raises LayerError when claims are refused for good: no such function, no right to it."""
        try:
            while (taken := await self._next()) is not None:
                if taken.held is not None:
                    await self._work(taken.held, taken.plenty)
                elif self._report is not None:
                    await self._reported()  # what it gives back can be claimed again
                elif self.once and taken.wait_s is None:
                    return
                else:
                    await self.stop.pause(IDLE_S if taken.wait_s is None else taken.wait_s)
        finally:
            await self._give_back()
            await self._reported()

    async def _next(self) -> Taken | None:
        if self._ahead is None:
            return await self._claim()
        ahead, self._ahead = self._ahead, None
        return await ahead

    async def _claim(self) -> Taken | None:
        """None: told to stop."""
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
            if claimed.batch is None:
                return Taken(None, claimed.wait_s, False)
            self.progress.claimed += len(claimed.batch.tasks)
            return Taken(Held(claimed.batch, self.settings.lease_s), claimed.wait_s, claimed.plenty)
        return None

    async def _work(self, held: Held, plenty: bool) -> None:
        """Runs a batch and reports it, or leaves the report to go on beside the next batch."""
        if plenty and self._quick:
            self._ahead = asyncio.create_task(self._claim())
        begun = time.monotonic()
        try:
            await self._run(held)
        except BaseException:
            await held.let_go()
            raise
        self._quick = time.monotonic() - begun < AHEAD_BELOW_S
        await self._reported()
        self._report = asyncio.create_task(self._settle(held))
        if self._ahead is None:
            await self._reported()

    async def _settle(self, held: Held) -> float:
        wait_s = await held.settle(self.progress)
        self.progress.batches += 1
        log.info("%s", self.progress)
        if self.on_progress is not None:
            self.on_progress(self.progress)
        return wait_s

    async def _reported(self) -> None:
        """Waits for the report that is on its way, and as long as it asks for."""
        if self._report is not None:
            report, self._report = self._report, None
            await self.stop.pause(await report)

    async def _give_back(self) -> None:
        """What was claimed ahead and is not to run."""
        if self._ahead is None:
            return
        ahead, self._ahead = self._ahead, None
        try:
            taken = await ahead
        except LayerError as error:
            log.warning("cannot claim: %s", error)
            return
        if taken is not None and taken.held is not None:
            await taken.held.settle(self.progress)

    async def _run(self, held: Held) -> None:
        running = asyncio.create_task(self.runner.run(held.tasks, held.outcomes, self.settings.batch_size))
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
