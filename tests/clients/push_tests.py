"""A worker that is sent work, as a process of its own."""

from __future__ import annotations

import http.client
import json
import threading
import time
from typing import Any

from tests.clients.process import WorkerProcess

PROGRAM = """
import time
from pathlib import Path
from layer.worker import PermanentError, Throttled, worker

@worker(output="shout")
def shout(text: str) -> str:
    if text == "wait":
        raise Throttled(3)
    if text == "never":
        raise PermanentError("not this one")
    if text.startswith("/"):
        Path(text).with_suffix(".begun").touch()
        while not Path(text).exists():
            time.sleep(0.01)
    return text.upper()

shout.run()
"""


def call(port: int, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        connection.request(method, path, data)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def batch(*texts: str) -> dict[str, Any]:
    items = [
        {"namespace": "docs", "id": n, "lease": "1", "input": {"text": text}} for n, text in enumerate(texts)
    ]
    return {"function": "shout", "version": "v1", "items": items}


def test_a_batch_is_answered_row_by_row() -> None:
    with WorkerProcess(PROGRAM, "--push", "0") as process:
        port = process.port()
        assert call(port, "GET", "/ready") == (200, {"status": "ready"})
        status, answer = call(port, "POST", "/run", batch("a", "wait", "never"))
        assert status == 200 and answer["items"] == [
            {"namespace": "docs", "id": 0, "attributes": {"shout": "A"}},
            {
                "namespace": "docs",
                "id": 1,
                "error": {"kind": "throttled", "message": "throttled", "retry_after_ms": 3000},
            },
            {"namespace": "docs", "id": 2, "error": {"kind": "permanent", "message": "not this one"}},
        ]
        assert process.end() == 0


def test_wrong_requests_are_refused() -> None:
    with WorkerProcess(PROGRAM, "--push", "0") as process:
        port = process.port()
        wrong: list[tuple[str, str, Any, int]] = [
            ("POST", "/run", b"no json", 400),
            ("POST", "/run", [1], 400),
            ("POST", "/run", {"items": [{"id": 1}]}, 400),
            ("POST", "/other", {}, 404),
            ("GET", "/", None, 404),
        ]
        for method, path, body, status in wrong:
            assert call(port, method, path, body)[0] == status, (path, body)
        assert call(port, "POST", "/run", batch("a"))[0] == 200
        assert process.end() == 0


def test_what_runs_is_answered_after_the_order_to_stop() -> None:
    with WorkerProcess(PROGRAM, "--push", "0") as process:
        port = process.port()
        gate = process.folder / "gate.go"
        answers: list[tuple[int, Any]] = []
        asking = threading.Thread(target=lambda: answers.append(call(port, "POST", "/run", batch(str(gate)))))
        asking.start()
        deadline = time.monotonic() + 60
        while not gate.with_suffix(".begun").exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.terminate()
        while call(port, "GET", "/ready")[0] == 200:
            assert time.monotonic() < deadline
        assert call(port, "POST", "/run", batch("a"))[0] == 503
        gate.touch()
        asking.join(60)
        assert answers[0][0] == 200, answers
        assert process.wait() == 0
