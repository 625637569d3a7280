"""What happens around requests: callers that leave, the circuit breaker, limits, drain, keys."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import time
from pathlib import Path

from tests.gateway.rig import NS, QUERY, Rig, expect_error
from tests.support.fault_upstream import Behaviour, Exchange, endless, never, respond, slow_head
from tests.support.gateway import get, until
from tests.support.raw_http import RawClient, Reply, chunked, request_bytes

UPSERT = b'{"upsert_rows":[{"id":1,"a":"x"}]}'
BREAKER_FAILURES = 10
BREAKER_OPEN_S = 5.0


def held(rig: Rig, count: int = 1, method: str = "POST", target: str = QUERY) -> list[RawClient]:
    """Requests that the store has taken and does not answer."""
    before = len(rig.upstream.received)
    clients = [rig.client() for _ in range(count)]
    for client in clients:
        client.request(method, target, rig.fields(), UPSERT if target == NS else b"{}")
    until(lambda: len(rig.upstream.received) >= before + count, "the store has them")
    return clients


def test_a_caller_that_leaves_ends_its_read_at_the_store() -> None:
    with Rig() as rig:
        rig.upstream.default = never()
        clients = held(rig, 5)
        for client in clients:
            client.close()
        until(lambda: all(each.gone for each in rig.upstream.received), "the calls are given up")
        rig.upstream.default = endless()
        with rig.client() as client:
            client.request("POST", QUERY, rig.fields(), b"{}")
            assert client.read_head().start.startswith("HTTP/1.1 200")
        until(lambda: rig.upstream.last().gone, "a body nobody reads is not fetched to its end")


def test_a_write_runs_to_its_end_although_its_caller_left() -> None:
    finished: list[bool] = []

    def settle() -> Behaviour:
        async def behave(exchange: Exchange) -> None:
            await exchange.body()
            leaving = asyncio.ensure_future(exchange.gone())
            done, _ = await asyncio.wait([leaving], timeout=1.0)
            leaving.cancel()
            finished.append(not done)
            if not done:
                await respond(200, b'{"status":"OK"}')(exchange)
            exchange.close()

        return behave

    with Rig() as rig:
        rig.upstream.default = settle()
        (client,) = held(rig, target=NS)
        client.close()
        until(lambda: bool(finished), "the store is done")
        assert finished == [True], "the write was not cancelled"


def test_a_slow_caller_slows_the_store_instead_of_filling_memory() -> None:
    with Rig() as rig:
        rig.upstream.default = endless()
        before = rig.gateway.resident_bytes()
        clients = []
        for _ in range(8):
            client = rig.client()
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.request("POST", QUERY, rig.fields(), b"{}")
            clients.append(client)
        time.sleep(1.5)
        grown = rig.gateway.resident_bytes() - before
        assert grown < 64 << 20, f"{grown >> 20} MiB for eight callers that do not read"
        for client in clients:
            client.close()


def breaker_open(rig: Rig) -> bool:
    return rig.gateway.metric("layer_upstream_breaker_open") == 1


def test_the_breaker_opens_answers_at_once_and_closes_after_one_good_probe() -> None:
    with Rig() as rig:
        rig.upstream.refuse()
        replies = [rig.call() for _ in range(BREAKER_FAILURES)]
        statuses = [reply.status for reply in replies]
        first = statuses.index(503) if 503 in statuses else len(statuses)
        # A read whose connection failed is tried again, so fewer requests make the ten failures.
        assert first >= 3 and set(statuses[:first]) == {502} and set(statuses[first:]) <= {503}, statuses
        assert breaker_open(rig)
        rig.upstream.listen()
        refused = rig.call()
        body = expect_error(refused, 503, "store_unavailable")
        wait = int(refused.header("retry-after") or "-1")
        assert 0 <= wait <= BREAKER_OPEN_S, refused.head.raw
        assert refused.header("retry-after-ms") is not None
        assert body.get("store"), body
        assert not rig.upstream.received, "nothing is sent to the store while it is open"
        assert get(rig.gateway.url, "/health")[0] == 200, "the gateway itself is well"
        assert get(rig.gateway.url, "/ready")[0] == 200
        rig.upstream.default = slow_head(0.5)
        time.sleep(BREAKER_OPEN_S)
        clients = [rig.client() for _ in range(6)]
        for client in clients:
            client.request("POST", QUERY, rig.fields(), b"{}")
        statuses = sorted(client.read().status for client in clients)
        assert statuses.count(200) >= 1 and set(statuses) <= {200, 503}, statuses
        assert len(rig.upstream.received) == statuses.count(200)
        assert rig.call().status == 200 and not breaker_open(rig)
        for client in clients:
            client.close()


def test_errors_of_the_caller_never_open_the_breaker() -> None:
    with Rig() as rig:
        for status in (400, 404, 429):
            rig.upstream.default = respond(status, b"{}")
            for _ in range(40):
                assert rig.call().status == status
        assert not breaker_open(rig)


def test_a_store_that_fails_half_the_time_opens_the_breaker() -> None:
    with Rig() as rig:
        rig.upstream.plans["bad"] = respond(500, b"{}")
        statuses = [rig.call(plan="bad" if number % 2 else "").status for number in range(60)]
        assert 503 in statuses and statuses[:20].count(503) == 0, statuses
        assert breaker_open(rig)


def test_requests_beyond_the_limit_are_refused_at_once() -> None:
    with Rig(["--max-inflight=4"]) as rig:
        rig.upstream.default = never()
        clients = held(rig, 4)
        reply = rig.call()
        expect_error(reply, 503, "service_unavailable")
        assert reply.header("retry-after") == "1"
        assert get(rig.gateway.url, "/health")[0] == 200, "service routes have no such limit"
        for client in clients:
            client.close()
        rig.upstream.default = respond()
        until(lambda: rig.call().status == 200, "there is room again")


def test_connections_to_a_store_are_bounded() -> None:
    with Rig(["--upstream-connections=3", "--request-timeout=2s"]) as rig:
        rig.upstream.default = slow_head(0.2)
        clients = [rig.client() for _ in range(12)]
        for client in clients:
            client.request("POST", QUERY, rig.fields(), b"{}")
        replies = [client.read() for client in clients]
        assert rig.upstream.open_connections <= 3
        for reply in replies:
            assert reply.status == 200 or expect_error(reply, reply.status, reply_code(reply))
        assert any(reply.status == 200 for reply in replies)
        for client in clients:
            client.close()


def reply_code(reply: Reply) -> str:
    return {502: "upstream_error", 503: "service_unavailable", 504: "gateway_timeout"}[reply.status]


def test_drain_finishes_what_runs_and_refuses_what_is_new() -> None:
    with Rig(["--drain-delay=1s", "--drain-timeout=20s"]) as rig:
        admin = rig.gateway.admin_url
        rig.upstream.default = slow_head(2.5)
        (running,) = held(rig)
        process = rig.gateway.process
        assert process is not None
        process.send_signal(signal.SIGTERM)
        until(lambda: get(admin, "/ready")[0] == 503, "/ready says so at once")
        body = json.loads(get(admin, "/ready")[2])
        assert body["status"] == "draining" and body["version"], body
        rig.upstream.plans["quick"] = respond()
        assert rig.call(plan="quick").status == 200, "the grace period"
        until(lambda: refused(rig), "new requests are refused")
        assert running.read().status == 200, "what was running is answered"
        assert process.wait(20) == 0, rig.gateway.tail()
        running.close()


def refused(rig: Rig) -> bool:
    reply = rig.call(plan="quick")
    if reply.status == 200:
        return False
    expect_error(reply, 503, "gateway_draining")
    assert (reply.header("connection") or "").lower() == "close"
    with rig.client() as client:
        unknown = client.call("POST", QUERY, [], b"{}")
        assert unknown.status == 401, "who calls is asked first"
    return True


def test_the_drain_marker_drains(tmp: Path) -> None:
    marker = tmp / "draining"
    with Rig([f"--drain-marker={marker}", "--drain-delay=0s"]) as rig:
        assert get(rig.gateway.admin_url, "/ready")[0] == 200
        marker.write_text("")
        assert rig.gateway.process is not None
        assert rig.gateway.process.wait(20) == 0, rig.gateway.tail()


def test_a_missing_key_is_refused_before_the_store_is_asked() -> None:
    with Rig() as rig:
        for headers in ([], [("authorization", "Basic abc")], [("authorization", "Bearer ")]):
            with rig.client() as client:
                reply = client.call("POST", QUERY, headers, b"{}")
            body = expect_error(reply, 401, "unauthorized")
            assert body["message"] == "missing or malformed Authorization: Bearer header"
        assert not rig.upstream.received


def test_a_stored_credential_replaces_the_callers_key() -> None:
    arguments = ["--upstream-key=stored-secret"]
    with Rig(arguments, auth="deriveFromStore") as rig:
        expect_error(rig.call(), 403, "forbidden")
        with rig.client() as client:
            reply = client.call("POST", QUERY, [("Authorization", "Bearer stored-secret")], b"{}")
        assert reply.status == 200
        assert rig.received().head.all("authorization") == ["Bearer stored-secret"]
        assert "stored-secret" not in rig.gateway.log.read_text()
    with Rig(arguments, auth="open") as rig:
        with rig.client() as client:
            assert client.call("POST", QUERY, [], b"{}").status == 200
        assert rig.received().head.all("authorization") == ["Bearer stored-secret"]


def test_requests_that_are_not_http_are_refused_and_counted() -> None:
    with Rig() as rig:
        smuggled = [("Transfer-Encoding", "chunked"), ("Content-Length", "4")]
        for raw in [
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n",
            b"GET / HTTP/9.9\r\n\r\n",
            b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n" % QUERY.encode(),
            b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"
            % QUERY.encode(),
            b"POST %s HTTP/1.1\r\nHost: x\r\nA B: c\r\n\r\n" % QUERY.encode(),
            request_bytes("POST", QUERY, rig.fields(smuggled)) + chunked(b"a"),
        ]:
            with rig.client() as client:
                client.send(raw)
                assert 400 <= client.read().status < 500, raw
        assert not rig.upstream.received, "none of it reaches the store"
        assert rig.call().status == 200


def test_a_large_head_is_refused() -> None:
    with Rig() as rig:
        assert rig.call(headers=[("x-long", "y" * (70 << 10))]).status == 431
        assert rig.call(headers=[(f"x-{number}", "y") for number in range(200)]).status == 431
        assert rig.call(target=QUERY + "?a=" + "b" * (17 << 10)).status in {414, 431}
        assert not rig.upstream.received
