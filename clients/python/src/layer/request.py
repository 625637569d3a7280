"""A call as a value: what is sent and how its answer is read, the same for both clients."""

from __future__ import annotations

import json
import os
import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from .retry import RetryPolicy

T = TypeVar("T")

DEFAULT_URL = "http://127.0.0.1:8080"
TIMEOUT_S = 60.0
CONNECT_S = 5.0


@dataclass(frozen=True, slots=True)
class Request(Generic[T]):
    """`read` makes the result from the parsed answer. `retry` is false where a second try could do harm."""

    method: str
    path: str
    read: Callable[[Any], T]
    body: Any = None
    query: Mapping[str, str] = field(default_factory=dict)
    retry: bool = True

    @property
    def target(self) -> str:
        return f"{self.path}?{urllib.parse.urlencode(self.query)}" if self.query else self.path

    def content(self) -> bytes | None:
        """The body as JSON; ValueError when it holds a number that JSON does not have."""
        if self.body is None:
            return None
        text = json.dumps(self.body, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode()


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the gateway is and how patiently it is asked; times in seconds."""

    base_url: str
    api_key: str
    timeout_s: float
    retry: RetryPolicy

    @staticmethod
    def of(
        base_url: str | None, api_key: str | None, timeout_s: float, retry: RetryPolicy | None
    ) -> Settings:
        """What is given, else what the environment says."""
        environment = os.environ
        url = base_url or environment.get("HEVLAYER_BASE_URL") or environment.get("LAYER_BASE_URL")
        key = api_key
        if key is None:
            key = environment.get("HEVLAYER_API_KEY") or environment.get("LAYER_GATEWAY_API_KEY", "")
        return Settings((url or DEFAULT_URL).rstrip("/"), key, timeout_s, retry or RetryPolicy())

    def headers(self) -> dict[str, str]:
        own = {"content-type": "application/json", "accept": "application/json"}
        return {**own, "authorization": f"Bearer {self.api_key}"} if self.api_key else own


def segment(name: str | int) -> str:
    """A name as one segment of a path."""
    return urllib.parse.quote(str(name), safe="")


def whole(answer: Any) -> dict[str, Any]:
    """The answer as it is."""
    return dict(answer) if isinstance(answer, dict) else {}


def nothing(answer: Any) -> None:
    """For calls whose answer says only that they went well."""
