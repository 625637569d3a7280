"""One process with the embedded engine, and what tests ask of its snapshots."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tests.documents.stack import Client, Reply
from tests.support.gateway import until
from tests.support.server import Server

OVER = ("completed", "failed", "cancelled")
# Not so slow that a busy machine reaches it.
END_S = 120.0
NS = "docs"
PATH = f"/v2/namespaces/{NS}"
OPTIONS = (
    "--auth=open",
    "--admin-listen=127.0.0.1:0",
    "--drain-marker=",
    "--drain-delay=0s",
    "--drain-timeout=5s",
)
LANGUAGES = ("de", "en", "fr", "nl", "it")


class Site(Server):
    """`layer up` in a folder. Use as a context manager."""

    def __init__(
        self, folder: Path, arguments: Sequence[str] = (), environment: dict[str, str] | None = None
    ) -> None:
        super().__init__(folder / "site", "up", [*OPTIONS, *arguments], environment)

    def start(self) -> Site:
        super().start()
        return self

    def __enter__(self) -> Site:
        return self.start()

    def client(self) -> Client:
        return Client(self.url)


def rows(ids: Iterable[int], seed: random.Random) -> list[dict[str, Any]]:
    """Rows with a language (or none), a year and tags."""
    return [
        {
            "id": n,
            "lang": seed.choice((*LANGUAGES, None)),
            "year": seed.randrange(1990, 2000),
            "good": seed.random() < 0.5,
            "tags": seed.sample(LANGUAGES, seed.randrange(4)),
        }
        for n in ids
    ]


def seeded() -> random.Random:
    seed = int(os.environ.get("LAYER_SEED") or random.randrange(2**32))
    print(f"       LAYER_SEED={seed}", flush=True)
    return random.Random(seed)


def take(client: Client, **body: Any) -> str:
    reply = client.call("POST", f"{PATH}/snapshots", body)
    assert reply.status == 202, reply.body
    assert reply.headers["x-layer-job-id"] == reply.json["id"]
    return str(reply.json["id"])


def job(client: Client, job_id: str) -> Any:
    reply = client.call("GET", f"{PATH}/snapshot-jobs/{job_id}")
    assert reply.status == 200, reply.body
    return reply.json


def end_of(client: Client, job_id: str) -> Any:
    until(lambda: job(client, job_id)["status"] in OVER, "the end of the snapshot", END_S)
    return job(client, job_id)


def taken(client: Client, **body: Any) -> Any:
    """A snapshot that completed."""
    done = end_of(client, take(client, **body))
    assert done["status"] == "completed", done
    return done


def exact(client: Client, **body: Any) -> Any:
    """A snapshot of all that was written so far: taken again until the watermark has passed it."""
    last: list[Any] = []

    def whole() -> bool:
        last[:] = [taken(client, source="origin", **body)]
        return bool(last[0]["exact"])

    until(whole, "an exact snapshot", END_S)
    return last[0]


def latest(client: Client, query: str = "") -> Any:
    reply = client.call("GET", f"{PATH}/snapshots/latest{query}")
    assert reply.status == 200, reply.body
    return reply.json


def values(body: Any, field: str) -> dict[str, int]:
    found = [each for each in body["fields"] if each["name"] == field]
    assert len(found) == 1, body
    return {value["v"]: value["n"] for value in found[0]["values"]}


def as_text(value: Any) -> str:
    """A value as snapshots say it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def counted(kept: Iterable[dict[str, Any]], field: str) -> dict[str, int]:
    """The same from the rows themselves."""
    counts: Counter[str] = Counter()
    for row in kept:
        value = row.get(field)
        for each in set(value) if isinstance(value, list) else [] if value is None else [value]:
            counts[as_text(each)] += 1
    return dict(counts)


def refused(reply: Reply, status: int, error: str) -> Any:
    assert reply.status == status, (reply.status, reply.body)
    assert reply.json["error"] == error, reply.json
    return reply.json
