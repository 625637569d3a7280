"""A worker as a process.

usage: PROGRAM [--once] [--push PORT [--listen HOST]] [--verbose]

--once     ends when there is nothing to claim
--push     serves POST /run on PORT instead of claiming; --listen gives an address other than loopback
--verbose  a line on stderr for every batch

SIGTERM and SIGINT: nothing more is claimed, what runs may finish for HEVLAYER_TIMEOUT_SECONDS, the rest is
released. A second one releases at once. Exit code 1: claims are refused for good; 2: wrong settings.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any

from ..async_client import AsyncClient
from ..errors import LayerError
from .decorator import Worker
from .function_source import FunctionSource
from .pipeline_source import PipelineSource
from .pull import PullLoop, Stop
from .push import PushServer
from .runner import Runner
from .settings import Settings, SettingsError, drain_seconds
from .source import Source

log = logging.getLogger("layer.worker")
LOOPBACK = "127.0.0.1"


def main(worker: Worker[Any, Any], argv: Sequence[str] | None = None) -> int:
    """Runs until it is told to stop; the exit code."""
    parser = argparse.ArgumentParser(description=worker.__doc__)
    parser.add_argument("--once", action="store_true", help="end when there is nothing to claim")
    parser.add_argument("--push", type=int, metavar="PORT", help="serve POST /run instead of claiming")
    parser.add_argument("--listen", default=LOOPBACK, metavar="HOST", help="address of --push")
    parser.add_argument("--verbose", action="store_true", help="a line for every batch")
    options = parser.parse_args(argv)
    level = logging.INFO if options.verbose else logging.WARNING
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    log.setLevel(level)
    try:
        return asyncio.run(run(worker, options))
    except (LayerError, SettingsError, OSError) as error:
        print(f"{worker.__name__}: {error}", file=sys.stderr, flush=True)
        return 2 if isinstance(error, SettingsError) else 1


async def run(worker: Worker[Any, Any], options: argparse.Namespace) -> int:
    stop = Stop()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.order)
    runner = Runner(worker, stop.soon.is_set)
    if options.push is not None:
        await serve(worker, runner, stop, options, drain_seconds(os.environ))
        return 0
    settings = Settings.of(worker.id, worker.batch_size)
    async with AsyncClient() as client:
        loop_of_claims = PullLoop(
            source_of(worker, client, settings), runner, settings, stop, options.once, worker.on_progress
        )
        await loop_of_claims.run()
    return 0


def source_of(worker: Worker[Any, Any], client: AsyncClient, settings: Settings) -> Source:
    if settings.function:
        return FunctionSource(client.function(settings.function), settings)
    return PipelineSource(
        client.pipeline(settings.pipeline), settings, worker.stage, worker.claim_stage, worker.next_stage
    )


async def serve(
    worker: Worker[Any, Any], runner: Runner, stop: Stop, options: argparse.Namespace, drain_s: float
) -> None:
    server = PushServer(runner, stop, options.listen, options.push, worker.on_progress)
    server.start()
    print(f"serving http://{options.listen}:{server.port}/run", flush=True)
    await stop.soon.wait()
    await server.end(drain_s)
