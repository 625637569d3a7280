"""The misbehaving store does what it says; otherwise the other tests would prove nothing."""

from __future__ import annotations

from tests.support.fault_upstream import (
    FaultUpstream,
    close_after_head,
    close_before_head,
    length_too_long,
    never,
    refuse_without_body,
    reset_mid_body,
    respond,
    respond_gzip,
)
from tests.support.gateway import until
from tests.support.raw_http import ConnectionEnded, RawClient, Reply, chunked


def ask(upstream: FaultUpstream) -> Reply | None:
    with RawClient(upstream.url, 2.0) as client:
        try:
            return client.call("POST", "/a%2Fb?c", [("X-Odd", "1")], b"hello")
        except ConnectionEnded:
            return None


def test_the_upstream_answers_by_plan_and_remembers() -> None:
    with FaultUpstream() as upstream:
        reply = ask(upstream)
        assert reply is not None and (reply.status, reply.body) == (200, b"{}")
        got = upstream.last()
        assert got.target == "/a%2Fb?c" and got.body == b"hello" and got.head.get("x-odd") == "1"
        upstream.default = respond(404, b"x" * 5000, framing="chunked")
        reply = ask(upstream)
        assert reply is not None and (reply.status, reply.body) == (404, b"x" * 5000)
        upstream.default = respond_gzip(b"text")
        reply = ask(upstream)
        assert reply is not None and reply.header("content-encoding") == "gzip"
        until(lambda: upstream.open_connections == 0, "its connections are gone")
        assert not upstream.faults


def test_the_upstream_breaks_where_it_should() -> None:
    with FaultUpstream() as upstream:
        upstream.default = close_before_head(reset=True)
        assert ask(upstream) is None
        for behaviour, arrived in [
            (close_after_head(), 0),
            (length_too_long(b"{}"), 2),
            (reset_mid_body(7), 7),
        ]:
            upstream.default = behaviour
            reply = ask(upstream)
            assert reply is not None and not reply.complete and len(reply.body) == arrived
        upstream.default = refuse_without_body(413)
        reply = ask(upstream)
        assert reply is not None and reply.status == 413
        upstream.refuse()
        try:
            ask(upstream)
            raise AssertionError("a closed port accepted")
        except ConnectionRefusedError:
            pass


def test_the_upstream_notices_who_leaves_and_who_waits() -> None:
    with FaultUpstream() as upstream:
        upstream.default = never()
        with RawClient(upstream.url) as client:
            client.request("POST", "/x", [("expect", "100-continue"), ("transfer-encoding", "chunked")])
            assert client.read_head().start.startswith("HTTP/1.1 100")
            client.send(chunked(b"abc" * 1000))
            until(lambda: upstream.received[-1].body_complete, "the body is there")
            assert not upstream.last().gone
        until(lambda: upstream.last().gone, "it sees the caller leave")
        assert upstream.last().body == b"abc" * 1000
