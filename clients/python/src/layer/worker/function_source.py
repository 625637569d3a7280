"""Rows of a function."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from ..async_handles import AsyncFunction
from ..calls.work import Item, Verdict
from ..errors import LayerError
from .outcomes import Failure, Outcome, Result
from .progress import Progress
from .runner import Task
from .settings import Settings
from .source import Claimed

log = logging.getLogger("layer.worker")
REPORT_MAX = 1000
REFUSED = (400, 413, 422)


class FunctionSource:
    def __init__(self, function: AsyncFunction, settings: Settings) -> None:
        self.function = function
        self.settings = settings

    async def claim(self) -> Claimed:
        settings = self.settings
        claim = await self.function.claim(settings.worker_id, settings.batch_size, settings.lease_s)
        batch = FunctionBatch(self.function, settings.worker_id, claim.items) if claim.items else None
        return Claimed(batch, claim.retry_after_s, plenty=len(claim.items) == settings.batch_size)


class FunctionBatch:
    def __init__(self, function: AsyncFunction, worker_id: str, items: Sequence[Item]) -> None:
        self.function = function
        self.worker_id = worker_id
        self.items = items
        self.tasks = [Task.of(item) for item in items]
        self._lost: set[int] = set()

    async def heartbeat(self) -> None:
        held = [at for at in range(len(self.items)) if at not in self._lost]
        if not held:
            return
        try:
            verdicts = await self.function.heartbeat(self.worker_id, [self.items[at] for at in held])
        except LayerError as error:
            if error.status_code not in (404, 409):
                raise
            verdicts = [Verdict(False, error.reason, error.disposition)] * len(held)
        self._lost |= {at for at, verdict in zip(held, verdicts, strict=True) if not verdict.ok}

    async def settle(self, outcomes: Sequence[Outcome], progress: Progress) -> float:
        held = [
            (item, outcome)
            for at, (item, outcome) in enumerate(zip(self.items, outcomes, strict=True))
            if at not in self._lost
        ]
        progress.lost += len(self.items) - len(held)
        done = [(item, outcome) for item, outcome in held if isinstance(outcome, Result)]
        failures = [(item, outcome) for item, outcome in held if isinstance(outcome, Failure)]
        for begin in range(0, len(done), REPORT_MAX):
            failures += await self._complete(done[begin : begin + REPORT_MAX], progress)
        for begin in range(0, len(failures), REPORT_MAX):
            part = failures[begin : begin + REPORT_MAX]
            reports = [(item, failure.members()) for item, failure in part]
            if await self._report(self.function.fail(self.worker_id, reports), len(part), progress):
                progress.count(failure for _, failure in part)
        return 0.0

    async def _complete(
        self, done: Sequence[tuple[Item, Result]], progress: Progress
    ) -> list[tuple[Item, Failure]]:
        """What the gateway refuses is found by halves, and comes back as permanent failures."""
        reports = [(item, result.members()) for item, result in done]
        try:
            verdicts = await self.function.complete(self.worker_id, reports)
        except LayerError as error:
            if error.status_code in REFUSED:
                if len(done) == 1:
                    return [(done[0][0], Failure("permanent", error.message))]
                half = len(done) // 2
                return [
                    *await self._complete(done[:half], progress),
                    *await self._complete(done[half:], progress),
                ]
            self._unreported(error, len(done), progress)
            return []
        good = [result for (_, result), verdict in zip(done, verdicts, strict=True) if verdict.ok]
        progress.count(good)
        progress.lost += len(done) - len(good)
        return []

    async def _report(self, report: Any, count: int, progress: Progress) -> bool:
        try:
            await report
        except LayerError as error:
            self._unreported(error, count, progress)
            return False
        return True

    def _unreported(self, error: LayerError, count: int, progress: Progress) -> None:
        """Their leases run out, and somebody else does them."""
        progress.lost += count
        log.warning("%d results are not taken: %s", count, error)
