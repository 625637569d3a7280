"""One pipeline, one function: what can be done with them by code that waits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from .calls import function_calls, pipeline_calls
from .calls.work import Chunk, Claim, Document, Item, Verdict
from .request import Request

T = TypeVar("T")
Body = Mapping[str, Any]


class Sender(Protocol):
    def send(self, request: Request[T]) -> T: ...


class Pipeline:
    """Documents on their way into a namespace. `worker_id` names whoever claims them."""

    def __init__(self, client: Sender, id: str) -> None:
        self.id = id
        self._client = client

    def get(self) -> dict[str, Any]:
        return self._client.send(pipeline_calls.get(self.id))

    def delete(self) -> None:
        """Removes its documents, not the rows they became."""
        self._client.send(pipeline_calls.delete(self.id))

    def status(self, fresh: bool = True) -> dict[str, Any]:
        """Documents by stage; without `fresh` up to 15 s old."""
        return self._client.send(pipeline_calls.status(self.id, fresh))

    def stage(self, document: str, chunks: Iterable[Body], stage: str = "pending") -> dict[str, Any]:
        """Stores a document: chunks `{id, text?, metadata?}`. Staging it again replaces them."""
        return self._client.send(pipeline_calls.stage(self.id, document, chunks, stage))

    def claim(
        self,
        worker_id: str,
        limit: int = 100,
        lease_s: int = 900,
        stage: str = "pending",
        claim_stage: str = "embedding",
        prefix: str | None = None,
    ) -> list[Document]:
        """Takes what waits longest in `stage`; nobody else gets it for `lease_s` seconds (5 to 7200)."""
        call = pipeline_calls.claim(self.id, worker_id, limit, lease_s, stage, claim_stage, prefix)
        return self._client.send(call)

    def heartbeat(
        self, documents: Sequence[Document], worker_id: str, lease_s: int = 900, stage: str = "embedding"
    ) -> list[str]:
        """Extends leases; returns the ids that are no longer the worker's."""
        return self._client.send(pipeline_calls.heartbeat(self.id, documents, worker_id, lease_s, stage))

    def chunks(self, document: str) -> list[Chunk]:
        return self._client.send(pipeline_calls.chunks(self.id, document))

    def write_vectors(self, document: Document, rows: Iterable[Body], worker_id: str) -> None:
        """Writes rows `{id, vector or vectors, attributes?}` over the chunks'; the document is indexed."""
        self._client.send(pipeline_calls.write_vectors(self.id, document, rows, worker_id))

    def write_rows(
        self, members: Body, document: Document | None = None, worker_id: str = ""
    ) -> dict[str, Any]:
        """A write to the target (`upsert_rows`, `patch_rows`, ...), beside a claimed document or without."""
        return self._client.send(pipeline_calls.write_rows(self.id, document, members, worker_id))

    def move(
        self,
        documents: Sequence[Document],
        stage: str,
        worker_id: str,
        from_stage: str | None = None,
        reason: str = "",
    ) -> list[str]:
        """Moves claimed documents, ending their leases; returns the ids that were not moved."""
        return self._client.send(
            pipeline_calls.move(self.id, documents, stage, from_stage, worker_id, reason)
        )

    def complete(self, documents: Sequence[Document], worker_id: str) -> list[str]:
        return self.move(documents, "indexed", worker_id)

    def fail(self, documents: Sequence[Document], worker_id: str, reason: str) -> list[str]:
        return self.move(documents, "failed", worker_id, reason=reason)

    def release(self, documents: Sequence[Document], worker_id: str, stage: str = "pending") -> list[str]:
        return self.move(documents, stage, worker_id)

    def documents(self, **query: str) -> Iterator[dict[str, Any]]:
        """All documents, page by page; `stage` and `prefix` choose."""
        while True:
            page = self._client.send(pipeline_calls.documents(self.id, query))
            yield from page["documents"]
            if not page.get("next_cursor"):
                return
            query = {**query, "cursor": page["next_cursor"]}


class Function:
    """Rows whose attributes or vectors are computed."""

    def __init__(self, client: Sender, id: str) -> None:
        self.id = id
        self._client = client

    def put(self, spec: Body, paused: bool | None = None) -> dict[str, Any]:
        """Registers the function, or changes it; see the specification in docs/functions.md."""
        return self._client.send(function_calls.put(self.id, spec, paused))

    def get(self) -> dict[str, Any]:
        return self._client.send(function_calls.get(self.id))

    def delete(self) -> None:
        self._client.send(function_calls.delete(self.id))

    def status(self) -> dict[str, Any]:
        return self._client.send(function_calls.status(self.id))

    def discover(self, *namespaces: str) -> dict[str, Any]:
        """Looks for rows to compute now."""
        return self._client.send(function_calls.discover(self.id, namespaces))

    def pause(self) -> dict[str, Any]:
        return self._client.send(function_calls.order(self.id, "pause"))

    def resume(self) -> dict[str, Any]:
        return self._client.send(function_calls.order(self.id, "resume"))

    def reset_failed(self) -> dict[str, Any]:
        return self._client.send(function_calls.order(self.id, "reset-failed"))

    def claim(self, worker_id: str, limit: int = 32, lease_s: int = 120) -> Claim:
        return self._client.send(function_calls.claim(self.id, worker_id, limit, lease_s))

    def heartbeat(self, worker_id: str, items: Sequence[Item]) -> list[Verdict]:
        return self._report("heartbeat", worker_id, [item.named() for item in items])

    def complete(self, worker_id: str, results: Sequence[tuple[Item, Body]]) -> list[Verdict]:
        """Results: `vector`, `vectors` or `attributes`. LayerError "conflict" when all are rejected."""
        return self._report("complete", worker_id, [{**item.named(), **done} for item, done in results])

    def fail(self, worker_id: str, failures: Sequence[tuple[Item, Body]]) -> list[Verdict]:
        """Failures: `kind` ("transient", "permanent", "throttled"), `message`, `retry_after_ms`."""
        return self._report("fail", worker_id, [{**item.named(), **why} for item, why in failures])

    def _report(self, what: str, worker_id: str, items: Sequence[Body]) -> list[Verdict]:
        return self._client.send(function_calls.report(self.id, what, worker_id, items))

    def items(self, **query: str) -> Iterator[dict[str, Any]]:
        """All items, page by page; `state` and `namespace` choose."""
        while True:
            page = self._client.send(function_calls.items(self.id, query))
            yield from page["items"]
            if not page.get("next_cursor"):
                return
            query = {**query, "cursor": page["next_cursor"]}
