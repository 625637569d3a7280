"""Pipelines: documents in stages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..errors import LayerError
from ..request import Request, nothing, segment, whole
from .work import Chunk, Document, named

Body = Mapping[str, Any]


def place(id: str, tail: str = "") -> str:
    return f"/v2/pipelines/{segment(id)}{tail}"


def document_place(id: str, document: str, tail: str = "") -> str:
    return place(id, f"/documents/{segment(document)}{tail}")


def create(id: str, target_namespace: str, distance_metric: str) -> Request[dict[str, Any]]:
    body = {"id": id, "target_namespace": target_namespace, "distance_metric": distance_metric}
    return Request("POST", "/v2/pipelines", whole, body)


def check_target(pipeline: Body, wanted: str) -> None:
    """Raises when a pipeline that was there before writes somewhere else."""
    found = pipeline.get("target_namespace")
    if found != wanted:
        message = f"pipeline {pipeline.get('id')} writes to {found}, not to {wanted}"
        raise LayerError(409, "conflict", message, reason="target_mismatch")


def get(id: str) -> Request[dict[str, Any]]:
    return Request("GET", place(id), whole)


def delete(id: str) -> Request[None]:
    return Request("DELETE", place(id), nothing)


def status(id: str, fresh: bool) -> Request[dict[str, Any]]:
    return Request("GET", place(id, "/status"), whole, query={"fresh": "true"} if fresh else {})


def stage(id: str, document: str, chunks: Iterable[Body], stage: str) -> Request[dict[str, Any]]:
    body = {"chunks": [dict(chunk) for chunk in chunks], "stage": stage}
    return Request("PUT", document_place(id, document), whole, body)


def claim(
    id: str, worker_id: str, limit: int, lease_s: int, stage: str, claim_stage: str, prefix: str | None
) -> Request[list[Document]]:
    body: dict[str, Any] = {
        "worker_id": worker_id,
        "limit": limit,
        "lease_seconds": lease_s,
        "stage": stage,
        "claim_stage": claim_stage,
    }
    if prefix:
        body["document_id_prefix"] = prefix
    return Request("POST", place(id, "/claim"), _documents, body)


def _documents(answer: Any) -> list[Document]:
    return [Document(str(e["id"]), str(e["lease"]), int(e["attempt"])) for e in answer["items"]]


def heartbeat(
    id: str, documents: Sequence[Document], worker_id: str, lease_s: int, stage: str
) -> Request[list[str]]:
    """The ids that are no longer this worker's."""
    body = {"items": named(documents), "worker_id": worker_id, "lease_seconds": lease_s, "stage": stage}
    return Request("POST", place(id, "/documents/heartbeat"), _rejected, body)


def _rejected(answer: Any) -> list[str]:
    return [str(each["id"]) for each in answer.get("rejected", [])]


def chunks(id: str, document: str) -> Request[list[Chunk]]:
    return Request("GET", document_place(id, document, "/chunks"), _chunks)


def _chunks(answer: Any) -> list[Chunk]:
    return [Chunk(str(e["id"]), e.get("text") or "", dict(e.get("metadata") or {})) for e in answer]


def write_vectors(id: str, document: Document, rows: Iterable[Body], worker_id: str) -> Request[None]:
    body = {"vectors": [dict(row) for row in rows], "worker_id": worker_id, "lease": document.lease}
    return Request("PUT", document_place(id, document.id, "/vectors"), nothing, body)


def write_rows(id: str, document: Document | None, members: Body, worker_id: str) -> Request[dict[str, Any]]:
    if document is None:
        return Request("PUT", place(id, "/rows"), whole, dict(members))
    body = {**members, "worker_id": worker_id, "lease": document.lease}
    return Request("PUT", document_place(id, document.id, "/rows"), whole, body)


def move(
    id: str, documents: Sequence[Document], stage: str, from_stage: str | None, worker_id: str, reason: str
) -> Request[list[str]]:
    """The ids that were not moved."""
    body: dict[str, Any] = {"items": named(documents), "stage": stage, "worker_id": worker_id}
    body |= {"from_stage": from_stage} if from_stage else {}
    body |= {"reason": reason} if reason else {}
    return Request("POST", place(id, "/documents/stage"), _rejected, body)


def documents(id: str, query: Mapping[str, str]) -> Request[dict[str, Any]]:
    return Request("GET", place(id, "/documents"), whole, query=query)
