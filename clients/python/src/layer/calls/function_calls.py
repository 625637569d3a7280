"""Functions: rows whose attributes or vectors are computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..request import Request, nothing, segment, whole
from .work import Claim, Item, Verdict

Body = Mapping[str, Any]


def place(id: str, tail: str = "") -> str:
    return f"/v2/udfs/{segment(id)}{tail}"


def put(id: str, spec: Body, paused: bool | None) -> Request[dict[str, Any]]:
    body: dict[str, Any] = {"spec": dict(spec)}
    if paused is not None:
        body["paused"] = paused
    return Request("PUT", place(id), whole, body)


def get(id: str) -> Request[dict[str, Any]]:
    return Request("GET", place(id), whole)


def delete(id: str) -> Request[None]:
    return Request("DELETE", place(id), nothing)


def status(id: str) -> Request[dict[str, Any]]:
    return Request("GET", place(id, "/status"), whole)


def discover(id: str, namespaces: Sequence[str]) -> Request[dict[str, Any]]:
    body = {"namespaces": list(namespaces)} if namespaces else {}
    return Request("POST", place(id, "/discover"), whole, body)


def order(id: str, what: str) -> Request[dict[str, Any]]:
    """pause, resume or reset-failed."""
    return Request("POST", place(id, f"/{what}"), whole)


def claim(id: str, worker_id: str, limit: int, lease_s: int) -> Request[Claim]:
    body = {"worker_id": worker_id, "limit": limit, "lease_seconds": lease_s}
    return Request("POST", place(id, "/claim"), _claim, body)


def _claim(answer: Any) -> Claim:
    wait_ms = answer.get("retry_after_ms")
    return Claim(
        str(answer.get("version", "")),
        [Item.read(each) for each in answer["items"]],
        None if wait_ms is None else float(wait_ms) / 1000,
    )


def report(id: str, what: str, worker_id: str, items: Sequence[Body]) -> Request[list[Verdict]]:
    """heartbeat, complete or fail; `items` as the contract of that call has them."""
    body: dict[str, Any] = {"worker_id": worker_id, "items": [dict(item) for item in items]}
    if what != "fail":
        body["report_dispositions"] = True
    return Request("POST", place(id, f"/items/{what}"), lambda answer: _verdicts(answer, len(items)), body)


def _verdicts(answer: Any, count: int) -> list[Verdict]:
    verdicts = [Verdict(ok=True)] * count
    for each in answer.get("results") or []:
        at = int(each["index"])
        if 0 <= at < count:
            ok = bool(each.get("ok", False))
            verdicts[at] = Verdict(ok, each.get("reason"), each.get("disposition"))
    return verdicts


def items(id: str, query: Mapping[str, str]) -> Request[dict[str, Any]]:
    return Request("GET", place(id, "/items"), whole, query=query)
