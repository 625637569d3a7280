"""What both clients do with answers, and with their absence."""

from __future__ import annotations

import json
from typing import TypeVar

import httpx

from .errors import LayerError
from .request import Request

T = TypeVar("T")


def unanswered(fault: httpx.TransportError) -> LayerError:
    """The error of a call that got no answer."""
    late = isinstance(fault, httpx.TimeoutException)
    return LayerError(
        0,
        "timeout" if late else "connection_error",
        str(fault) or type(fault).__name__,
        retryable=True,
    )


def read_answer(request: Request[T], body: bytes) -> T:
    """The result of a good answer; LayerError "bad_answer" when it is not what the call promises."""
    try:
        return request.read(json.loads(body) if body else None)
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise LayerError(200, "bad_answer", f"{request.method} {request.path}: {fault!r}") from fault
