"""Documents of a pipeline's stage, chunk by chunk."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

from ..async_handles import AsyncPipeline
from ..calls.work import Chunk, Document
from ..errors import LayerError
from .outcomes import Failure, Outcome, Result, failure_of
from .progress import Progress
from .runner import Task
from .settings import Settings
from .source import Claimed

log = logging.getLogger("layer.worker")
ATTEMPTS_MAX = 8
REMEMBERED_MAX = 10_000
PAUSE_FIRST_S = 0.5
PAUSE_MAX_S = 30.0
REFUSED = (400, 413, 422)


class PipelineSource:
    """Takes documents from `stage`. Their rows are written, or with `next_stage` their chunks moved on.

    A document that fails transiently is released and comes again; after eight failures in this process it is
    failed. The wait before the next claim doubles with every batch that had one.
    """

    def __init__(
        self,
        pipeline: AsyncPipeline,
        settings: Settings,
        stage: str = "pending",
        claim_stage: str = "embedding",
        next_stage: str | None = None,
    ) -> None:
        self.pipeline = pipeline
        self.settings = settings
        self.stage = stage
        self.claim_stage = claim_stage
        self.next_stage = next_stage
        self._failures: dict[str, int] = {}
        self._bad_batches = 0

    async def claim(self) -> Claimed:
        settings = self.settings
        documents = await self.pipeline.claim(
            settings.worker_id, settings.batch_size, settings.lease_s, self.stage, self.claim_stage
        )
        if not documents:
            return Claimed(None)
        read = await asyncio.gather(*map(self._chunks, documents))
        batch = PipelineBatch(self, list(zip(documents, read, strict=True)))
        return Claimed(batch, plenty=len(documents) == settings.batch_size)

    async def _chunks(self, document: Document) -> list[Chunk] | Failure:
        try:
            return await self.pipeline.chunks(document.id)
        except LayerError as error:
            return Failure("transient", f"its chunks cannot be read: {error.message}")

    def again(self, document: Document) -> bool:
        """Counts a transient failure; false when it was one too many."""
        count = self._failures.pop(document.id, 0) + 1
        if count >= ATTEMPTS_MAX:
            return False
        while len(self._failures) >= REMEMBERED_MAX:
            self._failures.pop(next(iter(self._failures)))
        self._failures[document.id] = count
        return True

    def forget(self, document: Document) -> None:
        self._failures.pop(document.id, None)

    def pause_s(self, had_transient: bool) -> float:
        self._bad_batches = self._bad_batches + 1 if had_transient else 0
        if not had_transient:
            return 0.0
        return min(PAUSE_MAX_S, PAUSE_FIRST_S * 2.0 ** min(self._bad_batches - 1, 10))


class PipelineBatch:
    def __init__(
        self, source: PipelineSource, read: Sequence[tuple[Document, list[Chunk] | Failure]]
    ) -> None:
        self.source = source
        self.read = read
        self.tasks = [
            Task.of(chunk) for _, chunks in read if not isinstance(chunks, Failure) for chunk in chunks
        ]
        self._lost: set[str] = set()

    async def heartbeat(self) -> None:
        held = [document for document, _ in self.read if document.id not in self._lost]
        if not held:
            return
        source = self.source
        settings = source.settings
        try:
            self._lost |= set(
                await source.pipeline.heartbeat(
                    held, settings.worker_id, settings.lease_s, source.claim_stage
                )
            )
        except LayerError as error:
            if error.status_code not in (404, 409):
                raise
            self._lost |= {document.id for document in held}

    async def settle(self, outcomes: Sequence[Outcome], progress: Progress) -> float:
        begin = 0
        wait_s = 0.0
        had_transient = False
        for document, chunks in self.read:
            if isinstance(chunks, Failure):
                failure: Failure | None = chunks
                mine: Sequence[Outcome] = []
                pieces: list[Chunk] = []
            else:
                mine = outcomes[begin : begin + len(chunks)]
                begin += len(chunks)
                pieces = chunks
                failure = worst(mine)
            if document.id in self._lost:
                progress.lost += len(mine)
                continue
            try:
                if failure is None:
                    failure = await self._finish(document, pieces, mine)
                if failure is not None:
                    await self._fail(document, failure)
                    had_transient |= failure.kind == "transient" and not failure.released
                    wait_s = max(wait_s, (failure.retry_after_ms or 0) / 1000)
                progress.count(mine)
            except LayerError as error:
                progress.lost += len(mine)
                log.warning("document %s is not reported: %s", document.id, error)
        return max(wait_s, self.source.pause_s(had_transient))

    async def _finish(
        self, document: Document, chunks: Sequence[Chunk], outcomes: Sequence[Outcome]
    ) -> Failure | None:
        """A failure when the store or the gateway refuses what was computed."""
        source = self.source
        worker_id = source.settings.worker_id
        results = [outcome.members() for outcome in outcomes if isinstance(outcome, Result)]
        pairs = list(zip(chunks, results, strict=True))
        try:
            if source.next_stage is not None:
                moved = [moved_chunk(chunk, result) for chunk, result in pairs]
                # Staging ends whatever lease the document has, so that it is asked for first.
                if document.id not in await source.pipeline.heartbeat(
                    [document], worker_id, source.settings.lease_s, source.claim_stage
                ):
                    await source.pipeline.stage(document.id, moved, source.next_stage)
            elif not pairs:
                await source.pipeline.complete([document], worker_id)
            elif all("vector" in result or "vectors" in result for result in results):
                rows = [{"id": chunk.id, **result} for chunk, result in pairs]
                await source.pipeline.write_vectors(document, rows, worker_id)
            else:
                plain = {"upsert_rows": [plain_row(chunk, result) for chunk, result in pairs]}
                await source.pipeline.write_rows(plain, document, worker_id)
                await source.pipeline.complete([document], worker_id)
        except LayerError as error:
            if error.status_code in REFUSED:
                return Failure("permanent", error.message)
            if error.status_code == 409:
                raise
            return failure_of(error)
        source.forget(document)
        return None

    async def _fail(self, document: Document, failure: Failure) -> None:
        source = self.source
        worker_id = source.settings.worker_id
        transient = failure.kind == "transient" and not failure.released
        if failure.kind == "permanent" or (transient and not source.again(document)):
            source.forget(document)
            await source.pipeline.fail([document], worker_id, failure.message)
        else:
            await source.pipeline.release([document], worker_id, source.stage)


def worst(outcomes: Sequence[Outcome]) -> Failure | None:
    """What decides about a document: a permanent failure of a chunk, else what makes it come again."""
    failures = [outcome for outcome in outcomes if isinstance(outcome, Failure)]
    order = ("permanent", "transient", "throttled")
    return min(failures, key=lambda failure: order.index(failure.kind), default=None)


def moved_chunk(chunk: Chunk, result: dict[str, Any]) -> dict[str, Any]:
    """A chunk with what was computed for it, for the next stage."""
    attributes = dict(result.get("attributes", {}))
    text = attributes.pop("text", chunk.text)
    return {"id": chunk.id, "text": text, "metadata": {**chunk.metadata, **attributes}}


def plain_row(chunk: Chunk, result: dict[str, Any]) -> dict[str, Any]:
    """The row of a chunk where there are no vectors, at least not for all: its text, metadata and results."""
    own = {"text": chunk.text} if chunk.text else {}
    vectors = {"vector": result["vector"]} if "vector" in result else dict(result.get("vectors", {}))
    return {**own, **chunk.metadata, **result.get("attributes", {}), **vectors, "id": chunk.id}
