"""What becomes of a row: a result, or a failure and its kind."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

MESSAGE_MAX = 1000
RETRY_AFTER_MAX_MS = 600_000
RELEASED = "released"


class TransientError(Exception):
    """May go better next time: counts an attempt and is tried again later. So does any other exception."""


class PermanentError(Exception):
    """Will never go well: the row is failed at once."""


class Throttled(Exception):
    """Somebody asks to wait: tried again after `retry_after` seconds, without counting an attempt."""

    def __init__(self, retry_after: float = 1.0, message: str = "throttled") -> None:
        super().__init__(message)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Result:
    """What a row gets. `vectors` are by column, for rows with several. A worker may return one itself."""

    vector: Sequence[float] | None = None
    vectors: Mapping[str, Sequence[float]] | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)

    def members(self) -> dict[str, Any]:
        """As a report has it."""
        out: dict[str, Any] = {}
        if self.vector is not None:
            out["vector"] = plain(self.vector)
        if self.vectors is not None:
            out["vectors"] = {name: plain(vector) for name, vector in self.vectors.items()}
        if self.attributes:
            out["attributes"] = {name: plain(value) for name, value in self.attributes.items()}
        return out


@dataclass(frozen=True, slots=True)
class Failure:
    """`kind`: "transient", "permanent" or "throttled"."""

    kind: str
    message: str
    retry_after_ms: int | None = None

    @property
    def released(self) -> bool:
        return self.message == RELEASED

    def members(self) -> dict[str, Any]:
        out: dict[str, Any] = {"kind": self.kind, "message": self.message}
        return out if self.retry_after_ms is None else {**out, "retry_after_ms": self.retry_after_ms}


Outcome = Result | Failure
RELEASE = Failure("transient", RELEASED)


def kept(outcomes: Sequence[Outcome | None]) -> list[Outcome]:
    """What has no outcome goes back to where it came from."""
    return [RELEASE if outcome is None else outcome for outcome in outcomes]


def failure_of(error: BaseException) -> Failure:
    """How an exception of a worker's function is reported."""
    message = (str(error) or type(error).__name__)[:MESSAGE_MAX]
    if isinstance(error, PermanentError):
        return Failure("permanent", message)
    if isinstance(error, Throttled):
        wait_ms = min(max(int(error.retry_after * 1000), 0), RETRY_AFTER_MAX_MS)
        return Failure("throttled", message, wait_ms)
    if isinstance(error, TransientError):
        return Failure("transient", message)
    return Failure("transient", f"{type(error).__name__}: {message}"[:MESSAGE_MAX])


def plain(value: Any) -> Any:
    """Arrays and scalars of numpy and its kin as Python's own."""
    return value.tolist() if hasattr(value, "tolist") else value


def result_of(value: Any, output: str | None, embedding: bool) -> Outcome:
    """What a function's return value means; a permanent failure when it cannot be sent."""
    if isinstance(value, BaseException):
        return failure_of(value)
    if isinstance(value, Result):
        result = value
    elif embedding:
        result = Result(vector=value)
    elif output is not None:
        result = Result(attributes={output: value})
    elif isinstance(value, Mapping):
        result = Result(attributes=value)
    else:
        return Failure(
            "permanent", f"returned {type(value).__name__}; without `output` a mapping is expected"
        )
    try:
        members = result.members()
        json.dumps(members, allow_nan=False)
    except (TypeError, ValueError, AttributeError) as error:
        return Failure("permanent", f"the result is not JSON: {error}"[:MESSAGE_MAX])
    vector = members.get("vector")
    if embedding and not (isinstance(vector, list | tuple) and vector) and "vectors" not in members:
        return Failure("permanent", "an embedding is a list of numbers that is not empty")
    return result
