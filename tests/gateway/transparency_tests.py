"""A plain exchange comes through as it is: bytes, status, headers, raw paths (rules T1 to T9)."""

from __future__ import annotations

import gzip
import random

from tests.gateway.rig import ADDED, AUTHORIZATION, NS, QUERY, Rig, expect_error
from tests.support.fault_upstream import (
    Exchange,
    accepted,
    answer_bytes,
    huge,
    raw_answer,
    respond,
    respond_gzip,
    too_many,
)
from tests.support.gateway import until
from tests.support.raw_http import Headers, RawClient, chunked

ODD_JSON = (
    '{"rows":[{"id":18446744073709551615,"$dist":0.7,"e":1E+2,"s":"\\u00e9 é 🤷"} ],\r\n "z":-0.0, "a":[ ]}\n'
).encode()
STORE_HEADERS: Headers = [
    ("Content-Type", "application/json"),
    ("x-request-id", "abc"),
    ("X-Custom", "Kept As Written"),
    ("set-cookie", "a=1"),
    ("set-cookie", "b=2"),
    ("server-timing", "engine;dur=3.25"),
    ("etag", '"7"'),
]


def test_an_answer_comes_back_byte_for_byte(rig: Rig) -> None:
    rig.upstream.default = respond(200, ODD_JSON, STORE_HEADERS)
    reply = rig.call(body=b'{"top_k":  1, "filters":["id","Eq",18446744073709551615]}\n')
    assert reply.status == 200
    assert reply.body == ODD_JSON
    assert rig.received().body == b'{"top_k":  1, "filters":["id","Eq",18446744073709551615]}\n'


def test_every_header_of_the_store_comes_back_and_only_the_listed_ones_are_added(rig: Rig) -> None:
    rig.upstream.default = respond(200, ODD_JSON, STORE_HEADERS)
    reply = rig.call()
    for name, value in STORE_HEADERS:
        if name != "server-timing":
            assert value in reply.head.all(name), (name, reply.head.raw)
    assert reply.head.all("set-cookie") == ["a=1", "b=2"]
    connection = {"content-length", "date", "connection", "transfer-encoding"}
    sent = {name.lower() for name, _ in STORE_HEADERS} | connection
    assert reply.head.names() - sent <= ADDED, reply.head.raw
    assert {"x-layer-served-by", "server-timing", "traceparent"} <= reply.head.names(), reply.head.raw
    assert reply.header("x-layer-served-by") == "upstream"


def test_server_timing_is_extended_not_replaced(rig: Rig) -> None:
    rig.upstream.default = respond(200, b"{}", STORE_HEADERS)
    timing = ", ".join(rig.call().head.all("server-timing"))
    assert "engine;dur=3.25" in timing, timing
    entries = dict(each.strip().split(";dur=") for each in timing.split(","))
    assert {"layer", "upstream"} <= set(entries), timing
    assert float(entries["upstream"]) >= 0 and float(entries["layer"]) >= 0
    assert len(entries["layer"].split(".")[1]) == 2, "milliseconds with two decimals"


def test_requests_arrive_with_their_headers_and_without_the_layers(rig: Rig) -> None:
    sent: Headers = [
        ("Host", "client.example"),
        ("User-Agent", "Turbopuffer/Python 2.8.0"),
        ("X-Stainless-Lang", "python"),
        ("prefer", "respond-async"),
        ("Accept", "application/json"),
        ("content-type", "application/json"),
        ("x-layer-timeout-ms", "5000"),
        ("x-layer-something", "1"),
        ("x-hevlayer-tag", "secret"),
        ("Cookie", "c=1"),
    ]
    rig.call(headers=sent)
    got = rig.received().head
    assert got.get("user-agent") == "Turbopuffer/Python 2.8.0"
    assert got.get("x-stainless-lang") == "python"
    assert got.get("prefer") == "respond-async"
    assert got.get("cookie") == "c=1"
    assert got.get("authorization") == AUTHORIZATION[1]
    assert got.get("host") == rig.upstream.url.removeprefix("http://")
    assert not [name for name in got.names() if name.startswith(("x-layer-", "x-hevlayer-"))], got.raw


def test_a_traceparent_is_passed_on_and_one_is_minted_without(rig: Rig) -> None:
    given = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    reply = rig.call(headers=[("traceparent", given)])
    trace = given.split("-")[1]
    assert trace in (reply.header("traceparent") or ""), reply.head.raw
    assert trace in (rig.received().head.get("traceparent") or "")
    reply = rig.call(headers=[("traceparent", "rubbish")])
    minted = reply.header("traceparent") or ""
    assert minted.count("-") == 3 and "rubbish" not in minted, minted
    assert minted.split("-")[1] in (rig.received().head.get("traceparent") or "")


def test_hop_by_hop_headers_stop_at_each_hop(rig: Rig) -> None:
    answer: Headers = [
        ("content-type", "application/json"),
        ("connection", "keep-alive, x-hop"),
        ("keep-alive", "timeout=5"),
        ("x-hop", "upstream"),
        ("proxy-authenticate", "Basic"),
        ("trailer", "x-t"),
        ("upgrade", "h2c"),
    ]
    rig.upstream.default = respond(200, b"{}", answer)
    sent: Headers = [("connection", "keep-alive, x-mine"), ("x-mine", "1"), ("keep-alive", "timeout=9")]
    sent += [("te", "trailers"), ("proxy-authorization", "Basic x"), ("upgrade", "websocket")]
    reply = rig.call(headers=sent)
    stripped = {"x-mine", "keep-alive", "te", "proxy-authorization", "upgrade"}
    assert not stripped & rig.received().head.names(), rig.received().head.raw
    assert not {"x-hop", "keep-alive", "trailer", "upgrade"} & reply.head.names(), reply.head.raw


def test_raw_paths_and_queries_arrive_as_they_were_sent(rig: Rig) -> None:
    targets = [
        "/v2/namespaces/a%2Fb/query",
        "/v2/namespaces/%66ilms/query",
        "/v2/namespaces/a%2fb%20c/query",
        "/v2/namespaces/%F0%9F%A4%B7/query",
        "/v2/namespaces/a.b-c_d/query",
        "/v2/namespaces/a..b/query",
        "/v2/namespaces/...hidden/query",
        "/v2/namespaces/films/query?stainless_overload=multiQuery",
        "/v2/namespaces/films/query?a=b+c%20d&&a=%C3%A9&empty=&=x",
        "/v2/namespaces/films/query?",
    ]
    for target in targets:
        reply = rig.call(target=target)
        assert reply.status == 200, (target, reply.body)
        assert rig.upstream.last().target == target, (target, rig.upstream.last().head.start)
    listed = "/v1/namespaces?prefix=a%2Fb&cursor=x%3D%3D&page_size=3"
    assert rig.call("GET", listed).status == 200
    assert rig.upstream.last().target == listed


def test_dot_segments_are_refused_not_normalised(rig: Rig) -> None:
    before = len(rig.upstream.received)
    for name in (".", "..", "%2e", "%2E%2e"):
        expect_error(rig.call(target=f"/v2/namespaces/{name}/query"), 422, "validation_error")
    assert len(rig.upstream.received) == before, "none of them reaches the store"


def test_statuses_and_error_bodies_of_the_store_are_relayed(rig: Rig) -> None:
    for status in (400, 401, 403, 404, 405, 408, 409, 418, 422, 500, 501, 505):
        body = f'{{"status":"error","error":"🤷 {status}"}}'.encode()
        rig.upstream.default = respond(status, body)
        reply = rig.call()
        assert (reply.status, reply.body) == (status, body)
    rig.upstream.default = respond(400, b"\xf0\x9f\xa4\xb7 plain text", [("content-type", "text/plain")])
    reply = rig.call()
    assert (reply.status, reply.body) == (400, b"\xf0\x9f\xa4\xb7 plain text")
    assert reply.header("content-type") == "text/plain"


def test_retry_hints_pass_through(rig: Rig) -> None:
    rig.upstream.default = too_many("7", "6900")
    reply = rig.call()
    assert (reply.status, reply.header("retry-after"), reply.header("retry-after-ms")) == (429, "7", "6900")
    rig.upstream.default = too_many()
    reply = rig.call()
    assert reply.status == 429
    assert reply.header("retry-after") is None and reply.header("retry-after-ms") is None
    rig.upstream.default = respond(409, b"{}", [("x-should-retry", "true")])
    assert rig.call().header("x-should-retry") == "true"
    assert rig.gateway.metric("layer_upstream_retries_total") == 0, "a plain exchange is never repeated"


def test_head_has_the_headers_and_no_body(rig: Rig) -> None:
    rig.upstream.default = respond(200, b"x" * 1234, [("x-a", "1")])
    with rig.client() as client:
        reply = client.call("HEAD", "/v1/namespaces/films", rig.fields())
        assert (reply.status, reply.body, reply.header("x-a")) == (200, b"", "1")
        assert reply.header("content-length") == "1234"
        assert rig.upstream.last().method == "HEAD"
        rig.upstream.default = respond(404, b"y" * 10)
        assert client.call("HEAD", "/v1/namespaces/none", rig.fields()).status == 404, "the next one fits"


def test_unclaimed_routes_are_forwarded_with_any_method(rig: Rig) -> None:
    for method, target in [
        ("GET", "/v1/namespaces/films/some/new/thing?x=1"),
        ("PUT", "/v2/namespaces/films/later"),
        ("PATCH", "/v1/namespaces/films/metadata"),
        ("DELETE", "/v1/namespaces/films/index"),
        ("POST", "/v1/vectors/films"),
    ]:
        rig.upstream.default = respond(207, b"new", [("x-new", "1")])
        reply = rig.call(method, target)
        assert (reply.status, reply.body) == (207, b"new"), (method, target, reply.body)
        assert (rig.upstream.last().method, rig.upstream.last().target) == (method, target)


def test_bodies_that_are_not_json_reach_the_store(rig: Rig) -> None:
    rig.upstream.default = respond(400, b'{"status":"error","error":"store says no"}')
    for body in (
        b"not json",
        b"\xff\xfe",
        b"[1,2",
        b'{"upsert_rows":7}',
        b'{"upsert_rows":[7]}',
        b"[" * 5000,
    ):
        reply = rig.call(target=NS, body=body)
        assert (reply.status, reply.body) == (400, b'{"status":"error","error":"store says no"}'), body
        assert rig.received(NS).body == body


def test_packed_answers_stay_packed_and_plain_ones_plain(rig: Rig) -> None:
    text = b'{"rows":[]}' * 500
    rig.upstream.default = respond_gzip(text)
    reply = rig.call(headers=[("accept-encoding", "gzip")])
    assert reply.header("content-encoding") == "gzip"
    assert gzip.decompress(reply.body) == text
    assert reply.body == gzip.compress(text, mtime=0), "the store's own bytes"
    rig.upstream.default = respond(200, text)
    reply = rig.call(headers=[("accept-encoding", "gzip")])
    assert reply.header("content-encoding") is None and reply.body == text


def test_what_the_store_bills_is_counted_and_nothing_changed(rig: Rig) -> None:
    billing = b'"billing":{"billable_logical_bytes_queried":256,"billable_logical_bytes_returned":9}'
    small = b'{"rows":[],' + billing + b',"performance":{"server_total_ms":1}}'
    large = b'{"rows":["' + b'}\\"x' * 200_000 + b'"],' + billing + b"}"
    written = b'{"status":"OK","billing":{"billable_logical_bytes_written":60}}'
    labels = {"namespace": "billed", "store_kind": "turbopuffer"}
    target = "/v2/namespaces/billed"

    def counted() -> list[float]:
        names = ("written", "queried", "returned")
        return [rig.gateway.metric(f"hevlayer_tpuf_billable_bytes_{name}_total", **labels) for name in names]

    for body in (small, large):
        for behaviour in (respond(200, body), respond(200, body, framing="chunked")):
            rig.upstream.default = behaviour
            assert rig.call(target=f"{target}/query").body == body
        rig.upstream.default = respond_gzip(body)
        packed = rig.call(target=f"{target}/query", headers=[("accept-encoding", "gzip")])
        assert gzip.decompress(packed.body) == body
    rig.upstream.default = respond(200, written)
    assert rig.call(target=target, body=b'{"deletes":[1]}').body == written
    rig.upstream.default = respond(400, small)
    rig.call(target=f"{target}/query")
    until(lambda: counted() == [60, 6 * 256, 6 * 9], "every answer is counted once")


def test_only_gzip_and_identity_are_asked_of_the_store(rig: Rig) -> None:
    for asked, allowed in [
        ("gzip", {"gzip"}),
        ("identity", {"identity"}),
        ("br, zstd", {"identity"}),
        ("gzip, deflate, br", {"gzip"}),
    ]:
        rig.call(headers=[("accept-encoding", asked)])
        sent = rig.received().head.get("accept-encoding") or ""
        tokens = {each.split(";")[0].strip() for each in sent.split(",")}
        assert allowed <= tokens <= {"gzip", "identity"}, (asked, sent)


def test_a_packed_request_is_forwarded_packed(rig: Rig) -> None:
    packed = gzip.compress(b'{"top_k":1}' + b" " * 4000)
    rig.call(body=packed, headers=[("content-encoding", "gzip")])
    got = rig.received()
    assert got.body == packed and got.head.get("content-encoding") == "gzip"
    reply = rig.call(body=b"x", headers=[("content-encoding", "br")])
    expect_error(reply, 415, "unsupported_media_type")


def test_chunked_bodies_both_ways(rig: Rig) -> None:
    body = random.Random(7).randbytes(300_000)
    rig.upstream.default = respond(200, body, framing="chunked")
    with rig.client() as client:
        fields = rig.fields([("transfer-encoding", "chunked")])
        client.request("POST", QUERY, fields, chunked(body, 7777))
        reply = client.read()
        assert reply.complete and reply.body == body
        assert rig.received().body == body
        assert client.call("POST", QUERY, rig.fields(), b"{}").body == body, "the connection goes on"


def test_answers_without_a_length_end_with_the_connection(rig: Rig) -> None:
    rig.upstream.default = respond(200, b"z" * 70_000, framing="close")
    assert rig.call().body == b"z" * 70_000


def test_large_bodies_are_streamed_with_little_memory(rig: Rig) -> None:
    size = 96 << 20
    rig.upstream.default = huge(size)
    before = rig.gateway.resident_bytes()
    with rig.client() as client:
        client.request("POST", QUERY, rig.fields(), b"{}")
        head = client.read_head()
        assert head.get("content-length") == str(size)
        left, peak = size - len(client.buffer), before
        while left > 0:
            left -= len(client.socket.recv(1 << 20))
            peak = max(peak, rig.gateway.resident_bytes()) if left % 16 == 0 else peak
    assert peak - before < 48 << 20, f"{(peak - before) >> 20} MiB more while {size >> 20} MiB passed"


def test_a_waiting_client_gets_its_100_and_the_body_arrives(rig: Rig) -> None:
    body = b'{"top_k":1}' + b" " * 100_000
    with rig.client() as client:
        fields = rig.fields([("expect", "100-continue"), ("content-length", str(len(body)))])
        client.request("POST", QUERY, fields)
        assert client.read_head().start.startswith("HTTP/1.1 100")
        client.send(body)
        assert client.read().status == 200
    assert rig.received().body == body


def test_accepted_work_keeps_its_location_on_the_callers_origin(rig: Rig) -> None:
    path = "/v1/namespaces/films/operations/op_1"
    rig.upstream.default = accepted(path)
    reply = rig.call(target=f"{NS}?stainless_overload=copyFrom", body=b'{"copy_from_namespace":"b"}')
    assert (reply.status, reply.header("location")) == (202, path)
    assert reply.header("preference-applied") == "respond-async"
    rig.upstream.default = accepted(rig.upstream.url + path)
    reply = rig.call(headers=[("Host", "layer.example:8080")])
    assert reply.header("location") == f"http://layer.example:8080{path}", reply.head.raw
    rig.upstream.default = accepted("https://elsewhere.example/x")
    assert rig.call().header("location") == "https://elsewhere.example/x", "another origin is left alone"


def test_interim_answers_of_the_store_do_not_confuse(rig: Rig) -> None:
    raw = b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n" + answer_bytes(200, b'{"a":1}')
    rig.upstream.default = raw_answer(raw, keep=True)
    reply = rig.call()
    assert (reply.status, reply.body) == (200, b'{"a":1}')
    assert rig.call().body == b'{"a":1}'


def test_requests_on_one_connection_keep_their_order(rig: Rig) -> None:
    async def echo(exchange: Exchange) -> None:
        body = await exchange.body()
        await exchange.send(answer_bytes(200, b"<" + body + b">"))

    rig.upstream.default = echo
    with RawClient(rig.gateway.url) as client:
        for number in range(20):
            client.request("POST", QUERY, rig.fields(), str(number).encode())
        for number in range(20):
            assert client.read().body == f"<{number}>".encode()


def test_upstream_connections_are_kept_and_used_again(rig: Rig) -> None:
    before = rig.upstream.accepted_connections
    with rig.client() as client:
        for _ in range(30):
            assert client.call("POST", QUERY, rig.fields(), b"{}").status == 200
    assert rig.upstream.accepted_connections - before <= 4, "at most one a thread"
