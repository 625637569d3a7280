"""Random faults, many at once: every answer is the store's or a typed error, and nothing is left behind.

LAYER_SEED repeats a run; LAYER_FAULT_REQUESTS sets its length.
"""

from __future__ import annotations

import asyncio
import os
import random
import time

from tests.gateway.rig import NS, QUERY, Rig, error_of
from tests.support.fault_upstream import (
    Behaviour,
    Exchange,
    accepted,
    answer_bytes,
    close_after_head,
    close_before_head,
    close_mid_head,
    close_when_idle,
    garbage,
    length_too_long,
    never,
    raw_answer,
    refuse_without_body,
    reset_mid_body,
    respond,
    respond_gzip,
    slow_body,
    slow_head,
    stall_mid_body,
    too_many,
)
from tests.support.raw_http import Head, Reply, parse_head, request_bytes

CONCURRENCY = 32
HANG_S = 30.0
GROWTH_BYTES_MAX = 96 << 20
TYPED = {
    "upstream_error": {502},
    "gateway_timeout": {504},
    "store_unavailable": {503},
    "service_unavailable": {503},
    "payload_too_large": {413},
}


async def echo(exchange: Exchange) -> None:
    """Says what it got, so that a mixed-up answer shows."""
    body = await exchange.body()
    number = exchange.received.head.get("x-number") or "?"
    text = f'{{"number":"{number}","bytes":{len(body)}}}'.encode()
    await exchange.send(answer_bytes(200, text, [("x-number", number)]))


# name -> (behaviour, weight, whether a complete answer of the store is possible)
PLANS: dict[str, tuple[Behaviour, int, bool]] = {
    "echo": (echo, 40, True),
    "missing": (respond(404, b'{"status":"error","error":"no"}'), 4, True),
    "busy": (too_many("1", "1000"), 4, True),
    "broken": (respond(503, b"<html>"), 2, True),
    "packed": (respond_gzip(b'{"rows":[]}' * 400), 4, True),
    "chunked": (respond(200, b"c" * 50_000, framing="chunked"), 4, True),
    "until-close": (respond(200, b"u" * 5_000, framing="close"), 3, True),
    "accepted": (accepted("/v1/namespaces/films/operations/op_1"), 2, True),
    "slow-head": (slow_head(0.3), 3, True),
    "slow-body": (slow_body(3, 0.05), 3, True),
    "idle-close": (close_when_idle(), 5, True),
    "early-no": (refuse_without_body(), 2, True),
    "never": (never(), 2, False),
    "close": (close_before_head(), 3, False),
    "reset": (close_before_head(reset=True), 3, False),
    "half-head": (close_mid_head(), 2, False),
    "head-only": (close_after_head(), 2, False),
    "garbage": (garbage(), 2, False),
    "too-long": (length_too_long(), 2, False),
    "cut": (reset_mid_body(), 3, False),
    "cut-chunk": (reset_mid_body(framing="chunked"), 3, False),
    "stall": (stall_mid_body(), 2, False),
    "bad-chunk": (raw_answer(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"), 2, False),
}


async def read_all(reader: asyncio.StreamReader) -> tuple[Head, bytes] | None:
    """One answer to its end; None when the connection ended before that."""
    try:
        head = parse_head(await reader.readuntil(b"\r\n\r\n"))
        if (head.get("transfer-encoding") or "").lower() == "chunked":
            body = b""
            while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
                body += (await reader.readexactly(size + 2))[:-2]
            await reader.readexactly(2)
            return head, body
        length = head.get("content-length")
        body = await (reader.readexactly(int(length)) if length is not None else reader.read())
        return head, body
    except (asyncio.IncompleteReadError, ConnectionError):
        return None


class Storm:
    def __init__(self, rig: Rig, seed: int, requests: int) -> None:
        self.rig = rig
        self.random = random.Random(seed)
        self.left = requests
        self.seen: dict[str, int] = {}
        self.number = 0

    async def run(self) -> None:
        await asyncio.gather(*(self.caller() for _ in range(CONCURRENCY)))

    async def caller(self) -> None:
        host, port = "127.0.0.1", int(self.rig.gateway.url.rpartition(":")[2])
        while self.left > 0:
            reader, writer = await asyncio.open_connection(host, port, limit=1 << 22)
            try:
                for _ in range(self.random.randint(1, 8)):
                    self.left -= 1
                    if self.left < 0 or not await asyncio.wait_for(self.one(reader, writer), HANG_S):
                        break
            finally:
                writer.close()

    async def one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """True when the connection can be used again."""
        self.number += 1
        number = str(self.number)
        plan = self.random.choices(list(PLANS), [weight for _, weight, _ in PLANS.values()])[0]
        write = self.random.random() < 0.2
        size = self.random.choice([2, 50, 2_000, 70_000])
        body = b'{"upsert_rows":[{"id":1,"a":"' + b"x" * size + b'"}]}' if write else b" " * size + b"{}"
        fields = self.rig.fields([("x-number", number)], plan)
        raw = request_bytes("POST", NS if write else QUERY, fields, body)
        writer.write(raw)
        if self.random.random() < 0.05:
            await asyncio.sleep(self.random.random() * 0.05)
            self.note("left")
            return False  # the caller goes away
        answer = await read_all(reader)
        if answer is None:
            assert not PLANS[plan][2], f"plan {plan}: the store answered, the caller got nothing whole"
            self.note("cut")
            return False
        self.judge(plan, number, *answer)
        return (answer[0].get("connection") or "").lower() != "close"

    def judge(self, plan: str, number: str, head: Head, body: bytes) -> None:
        status = int(head.start.split(" ")[1])
        if head.get("x-layer-served-by") == "upstream" and plan == "echo" and status == 200:
            assert head.get("x-number") == number, f"an answer of another request: {head.raw!r} {body!r}"
            assert f'"number":"{number}"'.encode() in body
            self.note("store")
        elif status in {502, 503, 504} and b'"status":"error"' in body and body != b"<html>":
            code = error_code(head, body)
            assert status in TYPED.get(code, set()), (plan, status, body)
            self.note(code)
        else:
            assert PLANS[plan][2] or plan in {"too-long"}, (plan, head.raw, body[:200])
            self.note("store")

    def note(self, what: str) -> None:
        self.seen[what] = self.seen.get(what, 0) + 1


def error_code(head: Head, body: bytes) -> str:
    return str(error_of(Reply(head, body))["error"])


def test_a_storm_of_random_faults() -> None:
    seed = int(os.environ.get("LAYER_SEED") or random.SystemRandom().randrange(1 << 32))
    fast = bool(os.environ.get("LAYER_TEST_FAST"))
    requests = int(os.environ.get("LAYER_FAULT_REQUESTS") or (300 if fast else 4000))
    print(f"       LAYER_SEED={seed}, {requests} requests", flush=True)
    arguments = ["--breaker=off", "--request-timeout=1s", "--timeout.write=1s"]
    arguments += ["--upstream-idle-timeout=700ms", "--access-log=false"]
    with Rig(arguments) as rig:
        rig.upstream.plans = {name: behaviour for name, (behaviour, _, _) in PLANS.items()}
        warm_up = Storm(rig, seed ^ 1, requests // 4)
        asyncio.run(warm_up.run())
        before = rig.gateway.resident_bytes()
        storm = Storm(rig, seed, requests)
        begun = time.monotonic()
        asyncio.run(storm.run())
        rig.assert_quiet()
        grown = rig.gateway.resident_bytes() - before
        assert rig.gateway.process is not None and rig.gateway.process.poll() is None
        assert grown < GROWTH_BYTES_MAX, f"{grown >> 20} MiB more after {requests} requests"
        print(
            f"       {storm.seen} in {time.monotonic() - begun:.1f} s, memory {grown >> 10:+d} KiB",
            flush=True,
        )
        assert storm.seen.get("store", 0) > requests // 4
        rig.upstream.default = respond()
        assert rig.call().status == 200
