"""One thread for functions that block, so that heartbeats go on beside them."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from typing import Any


class WorkThread:
    """Runs calls one after the other, in the order they came. The process may end while one runs."""

    def __init__(self) -> None:
        self._calls: queue.SimpleQueue[tuple[Callable[[], Any], asyncio.Future[Any]]] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    async def run(self, call: Callable[[], Any]) -> Any:
        """The call's result or exception. Giving up the wait does not end the call, once it has begun."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="layer-worker", daemon=True)
            self._thread.start()
        done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._calls.put((call, done))
        return await done

    def _work(self) -> None:
        while True:
            call, done = self._calls.get()
            if done.cancelled():
                continue
            result: Any = None
            error: BaseException | None = None
            try:
                result = call()
            except BaseException as fault:  # whatever it is belongs to whoever waits for the call
                error = fault
            # A loop that has ended has nobody who waits.
            with contextlib.suppress(RuntimeError):
                done.get_loop().call_soon_threadsafe(_deliver, done, result, error)


def _deliver(done: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    if done.done():
        return
    if isinstance(error, Exception) and not isinstance(error, StopIteration):
        done.set_exception(error)
    elif error is not None:
        done.set_exception(RuntimeError(repr(error)))
    else:
        done.set_result(result)
