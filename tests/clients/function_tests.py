"""Functions by the Python client and its workers, against a real gateway."""

from __future__ import annotations

from typing import Any

from tests.clients.process import WorkerProcess
from tests.clients.site import ROWS, Site
from tests.documents.stack import Stack

LABEL = """
from layer.worker import PermanentError, worker

@worker(output="shout")
def shout(text: str) -> str:
    if text == "never":
        raise PermanentError("not this one")
    return text.upper()

shout.run()
"""
EMBED = """
from layer.worker import worker

@worker(kind="embedding", batch=True)
async def embed(text: list[str]) -> list[list[float]]:
    return [[float(len(each)), 1.0] for each in text]

embed.run()
"""
SPEC: dict[str, Any] = {"target_namespaces": [ROWS], "inputs": ["text"], "worker": {"image": "none"}}


def test_a_worker_computes_every_row() -> None:
    with Stack() as stack:
        site = Site(stack)
        site.needs_functions()
        texts = {n: f"text {n}" for n in range(1, 41)} | {99: "never"}
        site.write(
            [{"id": n, "text": text, "vector": [1, 1]} for n, text in texts.items()],
            distance_metric="cosine_distance",
        )
        function = site.client.function("shout")
        function.put(SPEC)
        function.discover()
        with WorkerProcess(LABEL, "--once", **site.environment(udf_id="shout", udf_batch_size=8)) as process:
            assert process.wait() == 0, process.said()
        rows = site.rows()
        assert {n: row.get("shout") for n, row in rows.items()} == {
            n: text.upper() if n != 99 else None for n, text in texts.items()
        }
        (failed,) = function.items(state="failed")
        assert (failed["id"], failed["error"]) == (99, "not this one")
        assert function.status()["failed_count"] == 1


def test_the_same_function_computes_rows_that_are_sent_to_it() -> None:
    with Stack() as stack, WorkerProcess(LABEL, "--push", "0") as process:
        site = Site(stack)
        site.needs_functions()
        site.write([{"id": n, "text": f"text {n}"} for n in range(1, 21)])
        url = f"http://127.0.0.1:{process.port()}"
        site.client.function("shout").put({**SPEC, "worker": {"url": url, "batch_size": 8}})
        rows = site.until_rows(
            lambda rows: all("shout" in row for row in rows.values()), "every row to be computed"
        )
        assert {row["shout"] for row in rows.values()} == {f"TEXT {n}" for n in range(1, 21)}
        assert process.end() == 0


def test_vectors_are_computed_and_workers_stop_on_order() -> None:
    with Stack() as stack:
        site = Site(stack)
        site.needs_functions()
        site.write(
            [{"id": n, "text": "x" * n, "vector": [1, 1]} for n in range(1, 11)],
            distance_metric="cosine_distance",
        )
        function = site.client.function("embed")
        function.put(SPEC)
        function.discover()
        with WorkerProcess(EMBED, **site.environment(udf_id="embed", udf_batch_size=4)) as process:
            site.until_rows(
                lambda rows: all(row["vector"] == [float(n), 1.0] for n, row in rows.items()), "every vector"
            )
            assert process.end() == 0, process.said()
        assert function.status()["processing_count"] == 0
