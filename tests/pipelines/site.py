"""A pipeline and what a worker does with it."""

from __future__ import annotations

import urllib.parse
from typing import Any

from tests.documents.stack import Client, Reply
from tests.support.gateway import Gateway

PIPELINE = "books"
PATH = f"/v2/pipelines/{PIPELINE}"
TARGET = "docs"


class Site:
    def __init__(self, gateway: Gateway, key: str = "") -> None:
        self.client = Client(gateway.url, key)

    def create(self) -> Site:
        made = self.client.call("POST", "/v2/pipelines", {"id": PIPELINE, "target_namespace": TARGET})
        assert made.status == 201, made.body
        return self

    def document(self, name: str, tail: str = "") -> str:
        return f"{PATH}/documents/{urllib.parse.quote(name, safe='')}{tail}"

    def stage(self, name: str, texts: list[str], **more: Any) -> dict[str, Any]:
        chunks = [
            {"id": f"{name}#{n}", "text": text, "metadata": {"page": n}} for n, text in enumerate(texts)
        ]
        staged = self.client.call("PUT", self.document(name), {"chunks": chunks, **more})
        assert staged.status == 200, staged.body
        return dict(staged.json)

    def claim(self, worker: str = "w", **more: Any) -> list[dict[str, Any]]:
        claimed = self.client.call("POST", f"{PATH}/claim", {"worker_id": worker, **more})
        assert claimed.status == 200, claimed.body
        assert claimed.json["documents"] == [item["id"] for item in claimed.json["items"]]
        return list(claimed.json["items"])

    def vectors(self, name: str, **more: Any) -> Reply:
        chunks = self.client.call("GET", self.document(name, "/chunks"))
        assert chunks.status == 200, chunks.body
        rows = [{"id": chunk["id"], "vector": [len(chunk["text"]), 1]} for chunk in chunks.json]
        return self.client.call("PUT", self.document(name, "/vectors"), {"vectors": rows, **more})

    def move(self, stage: str, **body: Any) -> Reply:
        return self.client.call("POST", f"{PATH}/documents/stage", {"stage": stage, **body})

    def status(self) -> dict[str, Any]:
        answer = self.client.call("GET", f"{PATH}/status?fresh=true")
        assert answer.status == 200, answer.body
        return dict(answer.json)

    def rows(self) -> dict[str, dict[str, Any]]:
        query = {"rank_by": ["id", "asc"], "top_k": 1000, "include_attributes": True}
        answer = self.client.call("POST", f"/v2/namespaces/{TARGET}/query", query)
        assert answer.status == 200, answer.body
        return {row["id"]: row for row in answer.json["rows"]}
