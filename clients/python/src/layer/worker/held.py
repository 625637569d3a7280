"""A claimed batch, and the leases it is held by."""

from __future__ import annotations

import asyncio
import contextlib
import logging

from ..errors import LayerError
from .outcomes import Outcome, kept
from .progress import Progress
from .source import Batch

log = logging.getLogger("layer.worker")


class Held:
    """Keeps the leases of a batch until it is settled. `outcomes` has None for what has none yet."""

    def __init__(self, batch: Batch, lease_s: float) -> None:
        self.tasks = batch.tasks
        self.outcomes: list[Outcome | None] = [None] * len(batch.tasks)
        self._batch = batch
        self._beats = asyncio.create_task(self._beat(lease_s / 3))

    async def settle(self, progress: Progress) -> float:
        """Reports; what has no outcome goes back. Seconds to wait before the next claim."""
        try:
            return await self._batch.settle(kept(self.outcomes), progress)
        finally:
            await self.let_go()

    async def let_go(self) -> None:
        self._beats.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._beats

    async def _beat(self, every_s: float) -> None:
        while True:
            await asyncio.sleep(every_s)
            try:
                await self._batch.heartbeat()
            except LayerError as error:
                log.warning("a heartbeat failed: %s", error)
