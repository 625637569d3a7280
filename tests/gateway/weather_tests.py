"""Bad weather between gateway and store: each fault has its stated answer, is counted and leaks nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from tests.gateway.rig import NS, QUERY, Rig, expect_error
from tests.support.fault_upstream import (
    Behaviour,
    close_after_head,
    close_before_head,
    close_mid_head,
    close_when_idle,
    garbage,
    length_too_long,
    length_too_short,
    never,
    raw_answer,
    refuse_without_body,
    reset_mid_body,
    respond,
    slow_body,
    slow_head,
    stall_mid_body,
    too_many,
)
from tests.support.gateway import until
from tests.support.raw_http import ConnectionEnded, Reply

UPSERT = b'{"upsert_rows":[{"id":1,"a":"x"}]}'
# Short waits, so that each fault shows within a second; the breaker has tests of its own.
FAST = [
    "--breaker=off",
    "--request-timeout=1s",
    "--timeout.write=1s",
    "--upstream-idle-timeout=700ms",
    "--upstream-connect-timeout=500ms",
]


def outcomes(rig: Rig) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, labels, value in rig.gateway.samples():
        if name == "layer_upstream_requests_total":
            found[labels["outcome"]] = found.get(labels["outcome"], 0) + value
    return found


def grown(rig: Rig, before: dict[str, float]) -> set[str]:
    """The outcomes that were counted since `before`."""
    return {name for name, value in outcomes(rig).items() if value > before.get(name, 0)}


def expect_failure(rig: Rig, behaviour: Behaviour, status: int, code: str, outcome: str) -> Reply:
    before = outcomes(rig)
    rig.upstream.default = behaviour
    reply = rig.call()
    expect_error(reply, status, code)
    assert grown(rig, before) == {outcome}, "the fault is counted by its kind, and nothing else is"
    rig.upstream.default = respond()
    assert rig.call().status == 200, "the next request is served"
    return reply


def test_a_store_that_refuses_connections(rig: Rig) -> None:
    before = outcomes(rig)
    rig.upstream.refuse()
    expect_error(rig.call(), 502, "upstream_error")
    assert grown(rig, before) == {"connect"}
    rig.upstream.listen()
    assert rig.call().status == 200


def test_a_store_that_closes_before_it_answers(rig: Rig) -> None:
    expect_failure(rig, close_before_head(), 502, "upstream_error", "reset")
    expect_failure(rig, close_before_head(reset=True), 502, "upstream_error", "reset")
    expect_failure(rig, close_mid_head(), 502, "upstream_error", "reset")


def test_what_is_not_http_is_no_answer(rig: Rig) -> None:
    expect_failure(rig, garbage(), 502, "upstream_error", "protocol")
    bad_heads: list[bytes] = [
        b"HTTP/1.1 banana OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx: " + b"y" * (1 << 20) + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 5000 + b"\r\n",
    ]
    for raw in bad_heads:
        expect_failure(rig, raw_answer(raw), 502, "upstream_error", "protocol")


def test_a_store_that_never_answers(rig: Rig) -> None:
    expect_failure(rig, never(), 504, "gateway_timeout", "timeout")
    until(lambda: rig.upstream.received[-2].gone, "the call to the store is given up")


def test_a_slow_head_within_the_deadline_is_waited_for(rig: Rig) -> None:
    rig.upstream.default = slow_head(0.4)
    assert rig.call().status == 200
    expect_failure(rig, slow_head(3), 504, "gateway_timeout", "timeout")


def test_a_slow_body_that_makes_progress_is_relayed_as_it_comes(rig: Rig) -> None:
    rig.upstream.default = slow_body(pieces=4, pause_s=0.1)
    reply = rig.call()
    assert reply.complete and len(reply.body) == 4 * len(reply.body[: len(reply.body) // 4])
    rig.upstream.default = slow_body(pieces=4, pause_s=0.1, framing="length")
    reply = rig.call()
    assert reply.complete
    first, last = reply.pieces[0], reply.pieces[-1]
    assert first[1] < last[1] and last[0] - first[0] > 0.15, "no piece waits for the whole"


def expect_cut(rig: Rig, behaviour: Behaviour) -> None:
    """The head is out already: all that is left is to end the connection, so nobody takes it for whole."""
    before = outcomes(rig)
    rig.upstream.default = behaviour
    with rig.client() as client:
        client.request("POST", QUERY, rig.fields(), b"{}")
        try:
            reply = client.read()
        except ConnectionEnded:
            reply = None
        if reply is not None and reply.status == 502:
            expect_error(reply, 502, "upstream_error")  # it had not started to answer
        elif reply is not None:
            assert reply.status == 200 and not reply.complete, (reply.head.raw, len(reply.body))
            assert set(reply.body) <= {ord("x")}, "nothing is made up"
            assert client.closed_by_peer()
    until(lambda: "cut" in grown(rig, before), "the cut answer is counted")
    rig.upstream.default = respond()
    assert rig.call().status == 200


def test_an_answer_cut_in_the_middle_is_not_passed_off_as_whole(rig: Rig) -> None:
    expect_cut(rig, reset_mid_body())
    expect_cut(rig, reset_mid_body(framing="chunked"))
    expect_cut(rig, close_after_head())
    expect_cut(rig, length_too_long(b"x" * 20))
    expect_cut(rig, raw_answer(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nxxxxx\r\nzz\r\n"))


def test_an_answer_that_stops_in_the_middle_is_ended(rig: Rig) -> None:
    expect_cut(rig, stall_mid_body())


def test_bytes_after_an_answer_never_reach_the_next_caller(rig: Rig) -> None:
    rig.upstream.default = length_too_short(b'{"rows":[]}', less=4)
    with rig.client() as client:
        first = client.call("POST", QUERY, rig.fields(), b"{}")
        assert first.body == b'{"rows"'
        rig.upstream.default = respond(200, b'{"clean":true}')
        for _ in range(5):
            assert client.call("POST", QUERY, rig.fields(), b"{}").body == b'{"clean":true}'


def test_a_connection_closed_while_idle_costs_no_request(rig: Rig) -> None:
    rig.upstream.default = close_when_idle()
    with rig.client() as client:
        for number in range(10):
            assert client.call("POST", QUERY, rig.fields(), b"{}").status == 200, number
            time.sleep(0.02)  # so that the close has arrived
            reply = client.call("POST", NS, rig.fields(), UPSERT)
            time.sleep(0.02)
            assert reply.status == 200, f"write {number}: {reply.body!r}"


def test_a_write_whose_outcome_is_unknown_says_so_and_is_sent_once(rig: Rig) -> None:
    cases: list[tuple[Behaviour, int, str]] = [
        (close_before_head(), 502, "upstream_error"),
        (close_before_head(reset=True), 502, "upstream_error"),
        (never(), 504, "gateway_timeout"),
    ]
    for behaviour, status, code in cases:
        rig.upstream.default = behaviour
        before = sum(1 for each in rig.upstream.received if each.target == NS)
        reply = rig.call(target=NS, body=UPSERT)
        assert expect_error(reply, status, code)["outcome"] == "unknown"
        assert reply.header("x-layer-write-token") is None, "no token without the store's yes"
        after = sum(1 for each in rig.upstream.received if each.target == NS)
        assert after - before == 1, "a write that may have been applied is never repeated"


def test_a_refused_write_gets_no_token(rig: Rig) -> None:
    rig.upstream.default = respond(400, b'{"status":"error","error":"no"}')
    reply = rig.call(target=NS, body=UPSERT)
    assert reply.status == 400 and reply.header("x-layer-write-token") is None
    rig.upstream.default = respond(200, b'{"status":"OK","rows_affected":1}')
    assert rig.call(target=NS, body=UPSERT).header("x-layer-write-token")


def test_a_store_that_refuses_a_body_early_is_heard(rig: Rig) -> None:
    rig.upstream.default = refuse_without_body(413)
    reply = rig.call(body=b" " * (8 << 20))
    if reply.status == 413:
        assert json.loads(reply.body)["error"] == "no"
    else:
        expect_error(reply, 502, "upstream_error")
    rig.upstream.default = respond()
    assert rig.call().status == 200


def test_overload_is_relayed_and_counted(rig: Rig) -> None:
    hints: list[Callable[[], Behaviour]] = [
        lambda: too_many("3"),
        lambda: too_many(retry_after_ms="250"),
        too_many,
    ]
    for make in hints:
        before = outcomes(rig)
        rig.upstream.default = make()
        assert rig.call().status == 429
        assert grown(rig, before) == {"rate_limited"}
    for status in (500, 502, 503, 504):
        before = outcomes(rig)
        rig.upstream.default = respond(status, b'{"status":"error","error":"store"}')
        reply = rig.call()
        assert (reply.status, reply.body) == (status, b'{"status":"error","error":"store"}')
        assert grown(rig, before) == {"server_error"}


def test_a_half_dead_store_does_not_hold_requests(rig: Rig) -> None:
    rig.upstream.refuse()
    rig.upstream.half_dead = True
    rig.upstream.listen()
    expect_error(rig.call(), 504, "gateway_timeout")
    stuck = rig.call(body=b"x" * (16 << 20))  # the body stands still, or the deadline passes first
    expect_error(stuck, stuck.status, {502: "upstream_error", 504: "gateway_timeout"}[stuck.status])
    rig.upstream.half_dead = False
    rig.upstream.refuse()
    rig.upstream.listen()
    assert rig.call().status == 200


def test_a_caller_may_shorten_the_deadline(rig: Rig) -> None:
    rig.upstream.default = slow_head(0.8)
    expect_error(rig.call(headers=[("x-layer-timeout-ms", "150")]), 504, "gateway_timeout")
    assert rig.call(headers=[("x-layer-timeout-ms", "1000")]).status == 200
    for wrong in ("0", "-1", "soon", "1e3", "60000"):
        expect_error(rig.call(headers=[("x-layer-timeout-ms", wrong)]), 422, "validation_error")
