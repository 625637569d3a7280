"""A shop whose searches are kept, and ways to ask for them."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tests.documents.stack import Client
from tests.support.gateway import until
from tests.support.server import default_binary

SCHEMA = {
    "title": {"type": "string", "full_text_search": True},
    "vector": {"type": "[3]f32", "ann": True},
}
ITEMS = [
    {"id": 1, "title": "red shoes", "price": 30, "vector": [1.0, 0.0, 0.0]},
    {"id": 2, "title": "red hat", "price": 20, "vector": [0.9, 0.1, 0.0]},
    {"id": 3, "title": "blue shoes", "price": 40, "vector": [0.0, 1.0, 0.0]},
]
Entries = list[dict[str, Any]]


def fill(client: Client, ns: str = "shop") -> None:
    client.write(ns, {"upsert_rows": ITEMS, "schema": SCHEMA, "distance_metric": "cosine_distance"})


def search(client: Client, words: str, ns: str = "shop", path: str = "query", **headers: str) -> Any:
    """A text search; keywords are history headers without their prefix: client_id="c"."""
    body = {"rank_by": ["title", "BM25", words], "top_k": 10, "include_attributes": ["title"]}
    reply = client.call("POST", f"/v2/namespaces/{ns}/{path}", body, named(headers))
    assert reply.status == 200, reply.body
    return reply


def named(headers: dict[str, str]) -> dict[str, str]:
    return {f"x-hevlayer-{name.replace('_', '-')}": value for name, value in headers.items()}


def entries(client: Client, ns: str = "shop", query: str = "") -> Entries:
    reply = client.call("GET", f"/v2/namespaces/{ns}/search-history{query}")
    assert reply.status == 200, reply.body
    return list(reply.json["entries"])


def clicks(client: Client, ns: str = "shop", query: str = "") -> Entries:
    reply = client.call("GET", f"/v2/namespaces/{ns}/clickstream{query}")
    assert reply.status == 200, reply.body
    return list(reply.json["events"])


def kept(client: Client, count: int, ns: str = "shop", query: str = "") -> Entries:
    """Waits until that many searches are shown, newest first."""
    until(lambda: len(entries(client, ns, query)) >= count, f"{count} searches of {ns}")
    found = entries(client, ns, query)
    assert len(found) == count, found
    return found


def clicked(client: Client, count: int, ns: str = "shop", query: str = "") -> Entries:
    until(lambda: len(clicks(client, ns, query)) >= count, f"{count} clicks of {ns}")
    found = clicks(client, ns, query)
    assert len(found) == count, found
    return found


def layer(url: str, *arguments: str, key: str = "", text: str = "", code: int = 0) -> str:
    """What the command line prints."""
    environment = {**os.environ, "LAYER_BASE_URL": url, "LAYER_API_KEY": key}
    done = subprocess.run(
        [str(default_binary()), *arguments],
        input=text,
        capture_output=True,
        text=True,
        env=environment,
        timeout=120,
        check=False,
    )
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    return done.stdout


def index(folder: Path, ns: str, history: dict[str, Any]) -> None:
    folder.mkdir(exist_ok=True)
    spec = {"history": history}
    resource = {"apiVersion": "hevlayer.com/v1", "kind": "Index", "metadata": {"name": ns}, "spec": spec}
    (folder / f"{ns}.yaml").write_text(json.dumps(resource))
