"""Where work comes from and where its outcome goes: what functions and pipelines have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from .outcomes import Outcome
from .progress import Progress
from .runner import Task


class Batch(Protocol):
    """Work that is held by leases. What others took meanwhile is not reported any more."""

    @property
    def tasks(self) -> Sequence[Task]: ...

    async def heartbeat(self) -> None:
        """Extends the leases. Raises LayerError."""

    async def settle(self, outcomes: Sequence[Outcome], progress: Progress) -> float:
        """Reports; ends every lease that can be ended. Seconds to wait before the next claim."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """`batch` is None when there was nothing; `wait_s`: when the gateway says to ask again.

    `plenty`: there was as much as was asked for, so there may be more.
    """

    batch: Batch | None
    wait_s: float | None = None
    plenty: bool = False


class Source(Protocol):
    async def claim(self) -> Claimed:
        """Raises LayerError."""
