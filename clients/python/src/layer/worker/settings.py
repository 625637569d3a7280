"""What a worker is told by its environment."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass

BATCH_SIZE = 32
LEASE_S = 120
TIMEOUT_S = 30


class SettingsError(Exception):
    """The environment lacks something, or says it wrongly."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`function` or `pipeline` is set. `drain_s`: how long a batch may run on after SIGTERM."""

    function: str
    pipeline: str
    worker_id: str
    batch_size: int
    lease_s: int
    drain_s: int

    @staticmethod
    def of(id: str | None, batch_size: int | None, environment: Mapping[str, str] | None = None) -> Settings:
        """`id` and `batch_size`, when given, stand above the environment."""
        told = os.environ if environment is None else environment
        function = told.get("HEVLAYER_UDF_ID", "")
        pipeline = told.get("HEVLAYER_PIPELINE_ID", "")
        if function and pipeline:
            raise SettingsError("HEVLAYER_UDF_ID and HEVLAYER_PIPELINE_ID are both set")
        if id:
            function, pipeline = ("", id) if pipeline else (id, "")
        if not function and not pipeline:
            raise SettingsError(
                "nothing to work for: set HEVLAYER_UDF_ID or HEVLAYER_PIPELINE_ID, or give the worker an id"
            )
        name = "HEVLAYER_BATCH_SIZE" if pipeline else "HEVLAYER_UDF_BATCH_SIZE"
        return Settings(
            function,
            pipeline,
            told.get("HEVLAYER_WORKER_ID") or f"{socket.gethostname()}-{os.getpid()}",
            batch_size or number(told, name, BATCH_SIZE, 1, 1000),
            number(told, "HEVLAYER_LEASE_SECONDS", LEASE_S, 5, 7200),
            drain_seconds(told),
        )


def drain_seconds(told: Mapping[str, str]) -> int:
    return number(told, "HEVLAYER_TIMEOUT_SECONDS", TIMEOUT_S, 1, 3600)


def number(told: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    text = told.get(name, "")
    if not text:
        return default
    if not text.isdecimal() or not low <= int(text) <= high:
        raise SettingsError(f"{name} is {text!r}; expected a number from {low} to {high}")
    return int(text)
