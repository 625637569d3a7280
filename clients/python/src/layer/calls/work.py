"""Work that was handed out: items of functions, documents of pipelines."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Item:
    """A row of a function: what it was handed out with. `id` keeps its type."""

    namespace: str
    id: str | int
    lease: str
    attempt: int
    input: dict[str, Any]

    def named(self) -> dict[str, Any]:
        """How a report names it."""
        return {"namespace": self.namespace, "id": self.id, "lease": self.lease}

    @staticmethod
    def read(text: dict[str, Any]) -> Item:
        return Item(
            str(text["namespace"]),
            text["id"],
            str(text["lease"]),
            int(text.get("attempt", 1)),
            dict(text.get("input") or {}),
        )


@dataclass(frozen=True, slots=True)
class Claim:
    """What a claim of a function brought. `retry_after_s`: when to ask again, if nothing came."""

    version: str
    items: list[Item]
    retry_after_s: float | None


@dataclass(frozen=True, slots=True)
class Document:
    """A claimed document of a pipeline."""

    id: str
    lease: str
    attempt: int

    def named(self) -> dict[str, Any]:
        return {"id": self.id, "lease": self.lease}


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a document; its id becomes the id of a row."""

    id: str
    text: str
    metadata: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one item of a report. `disposition`: "reclaim", "discard" or "stop" when not ok."""

    ok: bool
    reason: str | None = None
    disposition: str | None = None


def named(items: Iterable[Item | Document]) -> list[dict[str, Any]]:
    return [item.named() for item in items]
