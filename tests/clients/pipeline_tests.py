"""Pipelines by the Python client and its workers, against a real gateway."""

from __future__ import annotations

import signal
from functools import partial
from pathlib import Path
from typing import Any

from layer import Client, LayerError

from tests.clients.process import HANG_S, WorkerProcess
from tests.clients.site import ROWS, Site
from tests.documents.stack import Stack
from tests.support.gateway import until

EMBED = """
from layer.worker import PermanentError, worker

@worker(kind="embedding", batch=True)
def embed(text: list[str], page: list[int]) -> list[object]:
    return [PermanentError("no text") if not t else [float(len(t)), float(p)] for t, p in zip(text, page)]

embed.run()
"""
HELD = """
import time
from pathlib import Path
from layer.worker import worker

@worker(kind="embedding")
def embed(text: str) -> list[float]:
    Path(text + ".begun").touch()
    while not Path(text).exists():
        time.sleep(0.01)
    return [1.0, 2.0]

embed.run()
"""
STAGES = """
import sys
from layer.worker import worker

@worker(output="text", stage="ocr", claim_stage="reading", next_stage="pending")
async def read(text: str) -> str:
    return text.upper()

@worker(kind="embedding")
def embed(text: str) -> list[float]:
    return [float(len(text)), 1.0]

(read if sys.argv.pop(1) == "read" else embed).run()
"""


def chunks(name: str, *texts: str) -> list[dict[str, Any]]:
    return [{"id": f"{name}#{n}", "text": text, "metadata": {"page": n}} for n, text in enumerate(texts)]


def test_the_client_takes_a_document_through_its_stages() -> None:
    with Stack() as stack:
        site = Site(stack)
        books = site.client.ensure_pipeline("books", ROWS)
        assert site.client.ensure_pipeline("books", ROWS).get()["target_namespace"] == ROWS
        for name in ("a/ä", "b", "c", "d"):
            assert books.stage(name, chunks(name, "one", "three"))["chunk_count"] == 2
        first, *others = books.claim("w", lease_s=60)
        assert (first.id, first.attempt, len(others)) == ("a/ä", 1, 3)
        assert [chunk.text for chunk in books.chunks("a/ä")] == ["one", "three"]
        books.write_vectors(first, [{"id": "a/ä#1", "vector": [1, 2], "attributes": {"n": 5}}], "w")
        assert site.rows()["a/ä#1"]["n"] == 5
        assert books.heartbeat(others, "w", 60) == []
        assert books.fail(others[:1], "w", "unreadable") == []
        assert books.release(others[1:2], "w") == [] and books.complete(others[2:], "w") == []
        assert books.status()["counts"] == {"indexed": 2, "failed": 1, "pending": 1}
        listed = {each["id"]: each["stage"] for each in books.documents(limit="2")}
        assert listed == {"a/ä": "indexed", "b": "failed", "c": "pending", "d": "indexed"}
        try:
            books.write_vectors(first, [{"id": "a/ä#1", "vector": [1, 2]}], "other")
        except LayerError as error:
            assert (error.status_code, error.code) == (409, "conflict") and error.disposition, error
        else:
            raise AssertionError("the document is not claimed any more")
        books.delete()
        assert site.client.ensure_pipeline("books", ROWS).status()["counts"] == {}


def test_a_worker_embeds_documents_and_fails_those_it_cannot() -> None:
    with Stack() as stack:
        site = Site(stack)
        books = site.client.ensure_pipeline("books", ROWS)
        for n in range(20):
            books.stage(f"d{n}", chunks(f"d{n}", "x" * (n + 1), "yy"))
        books.stage("bad", chunks("bad", "fine", ""))
        books.stage("none", [])
        environment = site.environment(pipeline_id="books", batch_size=4)
        with WorkerProcess(EMBED, "--once", **environment) as process:
            assert process.wait() == 0, process.said()
        status = books.status()
        assert status["counts"] == {"indexed": 21, "failed": 1}, status
        assert status["failed_reasons"] == {"no text": 1}
        rows = site.rows()
        assert len(rows) == 40 and (rows["d3#0"]["vector"], rows["d3#0"]["page"]) == ([4.0, 0.0], 0)


def has_begun(process: WorkerProcess) -> bool:
    return any(process.folder.glob("*.begun"))


def test_a_stopped_worker_finishes_what_it_holds_or_gives_it_back() -> None:
    with Stack() as stack:
        site = Site(stack)
        books = site.client.ensure_pipeline("books", ROWS)
        for patient in (True, False):
            with WorkerProcess(HELD, **site.environment(pipeline_id="books", batch_size=2)) as process:
                first, second = (str(process.folder / f"{patient}{n}") for n in (1, 2))
                for n, gate in enumerate((first, second)):
                    books.stage(f"{patient}{n}", chunks(f"{patient}{n}", gate))
                until(partial(has_begun, process), "a document to be begun", HANG_S)
                process.terminate()
                if patient:
                    for gate in (first, second):
                        Path(gate).touch()
                else:
                    process.process.send_signal(signal.SIGINT)
                assert process.wait() == 0, process.said()
        status = books.status()
        assert status["leased_count"] == 0, status
        assert status["counts"].get("indexed", 0) >= 1, "what it was at is finished when there is time"
        assert status["counts"]["pending"] >= 2, "what it was not at is given back at once"


def test_workers_of_several_stages() -> None:
    with Stack() as stack:
        site = Site(stack)
        books = site.client.ensure_pipeline("books", ROWS)
        books.stage("a", chunks("a", "one", "three"), "ocr")
        for step in ("read", "embed"):
            environment = site.environment(pipeline_id="books")
            with WorkerProcess(STAGES, step, "--once", **environment) as process:
                assert process.wait() == 0, process.said()
        assert {id: row["text"] for id, row in site.rows().items()} == {"a#0": "ONE", "a#1": "THREE"}
        assert books.status()["counts"] == {"indexed": 1}


def test_a_worker_without_a_pipeline_says_why_it_ends() -> None:
    with Stack() as stack:
        site = Site(stack)
        with WorkerProcess(EMBED, **site.environment(pipeline_id="books")) as process:
            assert process.wait() == 1 and "not_found" in process.said(), process.said()
        with WorkerProcess(EMBED, **site.environment()) as process:
            assert process.wait() == 2 and "HEVLAYER_UDF_ID" in process.said(), process.said()
        assert isinstance(site.client, Client)
