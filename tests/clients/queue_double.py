"""The part of a function's queue that a worker talks to, in memory: what faults it has is up to the test."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from tests.clients.fault_server import Answer, Asked, answer

GONE = {"status": "error", "error": "conflict", "message": "gone"}


class QueueDouble:
    """Hands out `rows` once. `done` and `failed` are by id; `beats` counts heartbeats."""

    def __init__(self, rows: dict[Any, dict[str, Any]]) -> None:
        self.waiting = list(rows.items())
        self.done: dict[Any, dict[str, Any]] = {}
        self.failed: dict[Any, dict[str, Any]] = {}
        self.beats = 0
        self.claims = 0
        self.taken: set[Any] = set()  # ids that another worker got meanwhile
        self.refuse: Callable[[dict[str, Any]], bool] = lambda item: False
        self.changed = threading.Condition()

    def __call__(self, asked: Asked) -> Answer:
        with self.changed:
            reply = self._answer(asked)
            self.changed.notify_all()
        return reply

    def until(self, condition: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(condition, 60), "it did not come to that"

    def _answer(self, asked: Asked) -> Answer:
        what = asked.path.rpartition("/")[2]
        if what == "claim":
            self.claims += 1
            given = self.waiting[: asked.body["limit"]]
            del self.waiting[: len(given)]
            items = [
                {"namespace": "docs", "id": id, "lease": f"l{id}", "attempt": 1, "input": values}
                for id, values in given
            ]
            wait = {} if items else {"retry_after_ms": 10}
            return answer(body={"udf_id": "f", "version": "v1", "items": items, **wait})
        items = asked.body["items"]
        assert all(each["lease"] == f"l{each['id']}" for each in items), asked.body
        if what == "heartbeat":
            self.beats += 1
        elif any(self.refuse(each) for each in items):
            wrong = {"status": "error", "error": "validation_error", "message": "no such column"}
            return answer(422, {"x-should-retry": "false"}, wrong)
        lost = [each["id"] in self.taken for each in items]
        if all(lost):
            return answer(409, body={**GONE, "reason": "stale_claim", "disposition": "discard"})
        into = {"complete": self.done, "fail": self.failed}.get(what, {})
        for each, gone in zip(items, lost, strict=True):
            if not gone:
                into[each["id"]] = each
        results = [
            {"index": at, "ok": False, "reason": "stale_claim", "disposition": "discard"}
            for at, gone in enumerate(lost)
            if gone
        ]
        return answer(body={"udf_id": "f", "updated": lost.count(False), "results": results})
