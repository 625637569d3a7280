"""The one error that calls to the gateway raise."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

TIMEOUT = 408
TOO_MANY = 429
SERVER_ERROR = 500
TEXT_MAX = 500


class LayerError(Exception):
    """A call that failed, after its retries.

    `status_code` is the HTTP status, 0 when no answer came. `code` is the gateway's word for it ("conflict",
    "validation_error", ...), "connection_error" or "timeout" when no answer came, "http_error" when the
    answer is not the gateway's. `retryable` tells whether the same call may succeed later. `trace_id` finds
    the request in the gateway's log. `disposition` says what to do with work that was rejected: "reclaim",
    "discard" or "stop". `details` names the fields of a request that were wrong.
    """

    def __init__(
        self,
        status_code: int,
        code: str,
        message: str,
        *,
        feature: str | None = None,
        reason: str | None = None,
        hint: str | None = None,
        trace_id: str | None = None,
        retryable: bool = False,
        disposition: str | None = None,
        details: list[dict[str, Any]] | None = None,
    ) -> None:
        super().__init__(message)
        self.status_code = status_code
        self.code = code
        self.message = message
        self.feature = feature
        self.reason = reason
        self.hint = hint
        self.trace_id = trace_id
        self.retryable = retryable
        self.disposition = disposition
        self.details = details or []

    def __str__(self) -> str:
        parts = [f"{self.status_code} {self.code}" if self.status_code else self.code, self.message]
        parts += [f"{each['field']}: {each.get('message', '')}" for each in self.details if "field" in each]
        parts += [f"reason {self.reason}"] if self.reason else []
        parts += [f"hint: {self.hint}"] if self.hint else []
        parts += [f"trace {self.trace_id}"] if self.trace_id else []
        return "; ".join(parts)


def may_retry(status: int, headers: Mapping[str, str]) -> bool:
    """Whether an answer invites the same request again; the server's word stands above the status."""
    said = headers.get("x-should-retry", "").lower()
    if said in ("true", "false"):
        return said == "true"
    return status in (TIMEOUT, TOO_MANY) or status >= SERVER_ERROR


def error_of_answer(status: int, headers: Mapping[str, str], body: bytes) -> LayerError:
    """The error that an answer describes; any bytes will do."""
    try:
        said = json.loads(body)
    except ValueError:
        said = None
    members: dict[str, Any] = said if isinstance(said, dict) else {}
    text = body[:TEXT_MAX].decode(errors="replace") or f"HTTP status {status}"

    def word(name: str) -> str | None:
        value = members.get(name)
        return value if isinstance(value, str) else None

    ours = word("error") is not None and word("message") is not None
    retryable = members.get("retryable")
    details = members.get("details")
    return LayerError(
        status,
        (word("error") if ours else None) or "http_error",
        (word("message") if ours else word("error")) or text,
        feature=word("feature"),
        reason=word("reason"),
        hint=word("hint"),
        trace_id=word("trace_id") or trace_of(headers.get("traceparent", "")),
        retryable=retryable if isinstance(retryable, bool) else may_retry(status, headers),
        disposition=word("disposition"),
        details=[each for each in details if isinstance(each, dict)] if isinstance(details, list) else [],
    )


def trace_of(traceparent: str) -> str | None:
    """The trace id within a traceparent field."""
    parts = traceparent.split("-")
    return parts[1] if len(parts) >= 4 else None
