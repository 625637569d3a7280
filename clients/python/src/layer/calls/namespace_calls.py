"""Rows of a namespace."""

from __future__ import annotations

from typing import Any

from ..request import Request, segment, whole


def write(namespace: str, members: dict[str, Any]) -> Request[dict[str, Any]]:
    """Tried again only if writing it twice changes nothing: not with conditions, nor by filter."""
    harmless = not any("condition" in name or "by_filter" in name for name in members)
    return Request("POST", f"/v2/namespaces/{segment(namespace)}", whole, members, retry=harmless)


def query(namespace: str, members: dict[str, Any]) -> Request[dict[str, Any]]:
    return Request("POST", f"/v2/namespaces/{segment(namespace)}/query", whole, members)
