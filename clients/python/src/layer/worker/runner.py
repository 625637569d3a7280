"""Calls a worker's function and makes an outcome of whatever happens."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..calls.work import Chunk, Item
from .decorator import Worker
from .outcomes import RELEASE, Outcome, PermanentError, Throttled, TransientError, failure_of, result_of
from .work_thread import WorkThread

log = logging.getLogger("layer.worker")


@dataclass(frozen=True, slots=True)
class Task:
    """One call's worth of work: a row of a function, or a chunk of a document."""

    subject: Item | Chunk
    values: dict[str, Any]

    @staticmethod
    def of(subject: Item | Chunk) -> Task:
        if isinstance(subject, Item):
            return Task(subject, subject.input)
        return Task(subject, {**subject.metadata, "id": subject.id, "text": subject.text})


class Runner:
    """Runs batches; one at a time where the function is not async. Never raises but when cancelled."""

    def __init__(self, worker: Worker[Any, Any], stopping: Callable[[], bool] = lambda: False) -> None:
        self.worker = worker
        self.stopping = stopping
        self._thread = WorkThread()

    async def run(self, tasks: Sequence[Task], into: list[Outcome | None], size: int) -> None:
        """Outcomes go to `into` as they come, so that those are kept if the rest is given up.

        At most `size` tasks are given to the function at a time. What has not begun when `stopping` turns
        true is released.
        """
        worker = self.worker
        step = size if worker.batch or worker.is_async else 1
        for begin in range(0, len(tasks), step):
            part = tasks[begin : begin + step]
            if self.stopping():
                into[begin : begin + len(part)] = [RELEASE] * len(part)
            elif worker.batch:
                into[begin : begin + len(part)] = await self._batch(part)
            else:
                into[begin : begin + len(part)] = await asyncio.gather(*map(self._one, part))

    async def _call(self, tasks: Sequence[Task]) -> Any:
        worker = self.worker
        given = worker.arguments([task.values for task in tasks], [task.subject for task in tasks])
        if worker.is_async:
            return await worker.function(**given)
        return await self._thread.run(lambda: worker.function(**given))

    async def _one(self, task: Task) -> Outcome:
        try:
            return self._read(await self._call([task]))
        except Exception as error:  # the function may raise anything: it is the outcome of its row
            return self._failed(error)

    async def _batch(self, tasks: Sequence[Task]) -> list[Outcome]:
        """A batch that raises is run again in halves, until the row that is to blame is alone."""
        try:
            values = await self._call(tasks)
            got = list(values)
            if len(got) != len(tasks):
                raise PermanentError(f"returned {len(got)} results for {len(tasks)} rows")
            return [self._read(value) for value in got]
        except (TransientError, Throttled) as error:
            return [self._failed(error)] * len(tasks)
        except Exception as error:  # the function may raise anything: it is the outcome of its rows
            if len(tasks) == 1:
                return [self._failed(error)]
            half = len(tasks) // 2
            if self.stopping():
                return [RELEASE] * len(tasks)
            return [*await self._batch(tasks[:half]), *await self._batch(tasks[half:])]

    def _read(self, value: Any) -> Outcome:
        return result_of(value, self.worker.output, self.worker.embedding)

    def _failed(self, error: Exception) -> Outcome:
        if not isinstance(error, TransientError | PermanentError | Throttled):
            log.warning("%s raised %r", self.worker.__name__, error, exc_info=error)
        return failure_of(error)
