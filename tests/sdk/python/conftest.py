"""A running store for the session, and clients of the official Python SDK for it.

LAYER_SDK_URL points the same tests at another server (for example a gateway in front of a store).
"""

from __future__ import annotations

import asyncio
import os
import sys
import uuid
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
import turbopuffer

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from tests.support.server import Server  # noqa: E402

T = TypeVar("T")


@pytest.fixture(scope="session")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if given := os.environ.get("LAYER_SDK_URL"):
        yield given
        return
    with Server(tmp_path_factory.mktemp("store") / "data") as server:
        yield server.url
        assert server.stop() == 0, server.tail()


@pytest.fixture(scope="session")
def client(url: str) -> turbopuffer.Turbopuffer:
    return turbopuffer.Turbopuffer(api_key="tpuf_test", base_url=url)


@pytest.fixture
def name() -> str:
    return f"python-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def namespace(client: turbopuffer.Turbopuffer, name: str) -> Iterator[Any]:
    namespace = client.namespace(name)
    yield namespace
    if namespace.exists():
        namespace.delete_all()


@pytest.fixture
def run_async(url: str) -> Callable[[Callable[[turbopuffer.AsyncTurbopuffer], Coroutine[Any, Any, T]]], T]:
    """Runs a coroutine function with an asynchronous client."""

    def run(body: Callable[[turbopuffer.AsyncTurbopuffer], Coroutine[Any, Any, T]]) -> T:
        async def main() -> T:
            async with turbopuffer.AsyncTurbopuffer(api_key="tpuf_test", base_url=url) as asynchronous:
                return await body(asynchronous)

        return asyncio.run(main())

    return run
