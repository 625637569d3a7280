"""Errors and retries of the Python client, against a server that answers by plan."""

from __future__ import annotations

import asyncio
import datetime
import email.utils
from typing import Any

from layer import AsyncClient, Client, LayerError
from layer.retry import RetryPolicy, asked_wait_s

from tests.clients.fault_server import Answer, FaultServer, answer

QUICK = RetryPolicy(first_s=0.001, cap_s=0.002)
CONFLICT = {
    "status": "error",
    "error": "conflict",
    "message": "another holds it",
    "reason": "stale_claim",
    "disposition": "discard",
    "hint": "claim again",
    "feature": "functions",
    "trace_id": "abc",
    "details": [{"field": "items", "message": "wrong"}],
}


def failure(server: FaultServer, **settings: Any) -> LayerError:
    with Client(server.url, retry=QUICK, **settings) as client:
        try:
            client.pipeline("books").get()
        except LayerError as error:
            return error
    raise AssertionError("no error was raised")


def test_an_error_says_what_the_gateway_said() -> None:
    with FaultServer() as server:
        server.default = answer(409, {"x-should-retry": "false"}, CONFLICT)
        error = failure(server)
        assert (error.status_code, error.code, error.message) == (409, "conflict", "another holds it")
        assert (error.reason, error.disposition, error.hint) == ("stale_claim", "discard", "claim again")
        assert (error.feature, error.trace_id, error.retryable) == ("functions", "abc", False)
        assert "items: wrong" in str(error) and "trace abc" in str(error)
        assert len(server.asked) == 1


def test_answers_of_others_are_errors_too() -> None:
    with FaultServer() as server:
        for body in (b"", b"<html>bad gateway</html>", b"[1]", b'{"error": {"no": "text"}}', b"\xff\xfe"):
            server.default = answer(404, {"traceparent": "00-feed-beef-01"}, body)
            error = failure(server)
            assert (error.status_code, error.code, error.trace_id) == (404, "http_error", "feed")
        server.default = answer(200, body=b"not json")
        assert failure(server).code == "bad_answer"


def test_what_may_go_well_later_is_tried_four_times_more() -> None:
    with FaultServer() as server:
        for status in (408, 429, 500, 503):
            server.asked.clear()
            server.default = answer(status)
            error = failure(server)
            assert error.status_code == status and error.retryable
            assert len(server.asked) == 5, status


def test_the_server_says_whether_to_try_again() -> None:
    with FaultServer() as server:
        server.default = answer(503, {"x-should-retry": "false"})
        assert failure(server).retryable is False and len(server.asked) == 1
        server.plan(answer(409, {"x-should-retry": "true"}), answer(200, body={"id": "books"}))
        with Client(server.url, retry=QUICK) as client:
            assert client.pipeline("books").get() == {"id": "books"}


def test_a_connection_that_breaks_is_opened_again() -> None:
    with FaultServer() as server:
        server.plan(Answer(cut=True), answer(200, body={"id": "books"}))
        with Client(server.url, retry=QUICK) as client:
            assert client.pipeline("books").get()["id"] == "books"
        gone = server.url
    with Client(gone, retry=QUICK) as client:
        try:
            client.pipeline("books").get()
        except LayerError as error:
            assert (error.status_code, error.code, error.retryable) == (0, "connection_error", True)
        else:
            raise AssertionError("nobody answers there")


def test_writes_with_conditions_are_sent_once() -> None:
    with FaultServer() as server:
        server.default = answer(500)
        with Client(server.url, retry=QUICK) as client:
            conditional: list[dict[str, Any]] = [
                {"upsert_condition": ["id", "Eq", 1]},
                {"patch_by_filter": {}},
            ]
            for members in conditional:
                server.asked.clear()
                try:
                    client.write("docs", **members)
                except LayerError:
                    assert len(server.asked) == 1
                else:
                    raise AssertionError("no error was raised")


def test_waits_double_and_are_cut_and_the_server_is_heard() -> None:
    policy = RetryPolicy(chance=lambda: 0.0)
    assert [policy.wait_s(tries, {}) for tries in range(1, 8)] == [0.25, 0.5, 1, 2, 4, 8, 8]
    assert RetryPolicy(chance=lambda: 1.0).wait_s(1, {}) == 0.1875
    assert policy.wait_s(1, {"retry-after-ms": "40", "retry-after": "9"}) == 0.04
    assert policy.wait_s(1, {"retry-after": "3"}) == 3
    assert policy.wait_s(1, {"retry-after": "86400"}) == 60
    then = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=30)
    wait = asked_wait_s({"retry-after": email.utils.format_datetime(then, usegmt=True)})
    assert wait is not None and 0 <= wait <= 30
    for nonsense in ("soon", "nan", "inf", ""):
        assert asked_wait_s({"retry-after": nonsense}) is None, nonsense


def test_names_are_one_segment_and_the_key_is_sent() -> None:
    with FaultServer() as server, Client(server.url, "sesame") as client:
        server.default = answer(200, body=[])
        client.pipeline("books").chunks("a/b ü?")
        assert server.asked[0].path == "/v2/pipelines/books/documents/a%2Fb%20%C3%BC%3F/chunks"
        assert server.asked[0].headers["authorization"] == "Bearer sesame"


def test_both_clients_do_the_same() -> None:
    async def asked() -> Any:
        async with AsyncClient(server.url, retry=QUICK) as client:
            return await client.function("f").get()

    with FaultServer() as server:
        server.plan(answer(503), answer(200, body={"udf": {"id": "f"}}))
        assert asyncio.run(asked()) == {"udf": {"id": "f"}}
        server.default = answer(422, body={"status": "error", "error": "validation_error", "message": "no"})
        try:
            asyncio.run(asked())
        except LayerError as error:
            assert error.code == "validation_error"
        else:
            raise AssertionError("no error was raised")


def test_a_pipeline_that_is_there_must_write_to_the_same_namespace() -> None:
    with FaultServer() as server, Client(server.url, retry=QUICK) as client:
        there = answer(200, body={"id": "books", "target_namespace": "docs"})
        server.plan(answer(409, body=CONFLICT), there, answer(409, body=CONFLICT), there)
        assert client.ensure_pipeline("books", "docs").id == "books"
        try:
            client.ensure_pipeline("books", "other")
        except LayerError as error:
            assert error.reason == "target_mismatch"
        else:
            raise AssertionError("no error was raised")
