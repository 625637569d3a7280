"""A gateway, functions and pipelines in it, and workers that run for them."""

from __future__ import annotations

import json
from typing import Any

from layer import Client, LayerError

from tests.clients.process import HANG_S
from tests.documents.stack import Stack
from tests.support.gateway import get, until
from tests.support.tally import Skip

ROWS = "docs"


class Site:
    """A store and a gateway in front of it."""

    def __init__(self, stack: Stack, *arguments: str) -> None:
        self.gateway = stack.gateway("one", *arguments)
        self.client = Client(self.gateway.url, "")

    def environment(self, **more: Any) -> dict[str, str]:
        told = {
            "base_url": self.gateway.url,
            "api_key": "",
            "worker_id": "w-0",
            "timeout_seconds": 30,
            **more,
        }
        return {f"HEVLAYER_{name.upper()}": str(value) for name, value in told.items()}

    def needs_functions(self) -> None:
        """Skips the test where the gateway passes /v2/udfs on to the store."""
        if get(self.gateway.url, "/v2/udfs")[0] == 404:
            raise Skip("this gateway does not serve functions")

    def pipelines(self) -> list[dict[str, Any]]:
        return list(json.loads(get(self.gateway.url, "/v2/pipelines")[2])["pipelines"])

    def write(self, rows: list[dict[str, Any]], **members: Any) -> None:
        self.client.write(ROWS, upsert_rows=rows, **members)

    def rows(self, namespace: str = ROWS) -> dict[Any, dict[str, Any]]:
        query = {"rank_by": ["id", "asc"], "top_k": 1000, "include_attributes": True}
        return {row["id"]: row for row in self.client.query(namespace, **query)["rows"]}

    def known(self, namespace: str) -> dict[Any, dict[str, Any]]:
        """Its rows; none before the first write makes it."""
        try:
            return self.rows(namespace)
        except LayerError as error:
            if error.status_code != 404:
                raise
            return {}

    def until_rows(self, condition: Any, what: str, namespace: str = ROWS) -> dict[Any, dict[str, Any]]:
        until(lambda: bool(condition(self.known(namespace))), what, HANG_S)
        return self.rows(namespace)
