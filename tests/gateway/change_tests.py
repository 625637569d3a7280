"""Stores that change while the gateway runs: addresses, credentials, stores that come and go."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

from tests.gateway.rig import NS, QUERY, expect_error
from tests.support.fault_upstream import Exchange, FaultUpstream, answer_bytes, respond
from tests.support.gateway import KEY, Gateway, until
from tests.support.raw_http import RawClient, Reply

INDEX = """
apiVersion: hevlayer.com/v1
kind: Index
metadata: {name: films}
spec:
  backend: {storeRef: eu}
"""


def put(path: Path, text: str, mode: int = 0o644) -> None:
    """Into its place at once, as deployments do."""
    path.parent.mkdir(parents=True, exist_ok=True)
    next_file = path.with_name(f".{path.name}.next")
    next_file.write_text(text)
    next_file.chmod(mode)
    next_file.rename(path)


def store(name: str, url: str, default: bool = True, secret: str = "") -> str:
    credential = f"  credential: {{secretRef: {{name: {secret}, key: api-key}}}}\n" if secret else ""
    return (
        f"apiVersion: hevlayer.com/v1alpha1\nkind: VectorStore\nmetadata: {{name: {name}}}\nspec:\n"
        f"  kind: turbopuffer\n  endpoint: {{url: '{url}'}}\n  default: {str(default).lower()}\n{credential}"
    )


@contextlib.contextmanager
def upstream(body: bytes) -> Iterator[FaultUpstream]:
    with FaultUpstream() as store:
        store.default = respond(200, body)
        yield store


@contextlib.contextmanager
def gateway(tmp: Path, auth: str) -> Iterator[Gateway]:
    arguments = [f"--resources={tmp / 'resources'}"]
    with Gateway(tmp / "data", "http://127.0.0.1:1", arguments, auth=auth) as started:
        yield started
        assert started.stop() == 0, started.tail()
        assert not started.sanitizer_reports(), started.sanitizer_reports()


def ask(at: Gateway, target: str = QUERY, key: str = KEY) -> Reply:
    with RawClient(at.url) as client:
        return client.call("POST", target, [("Authorization", f"Bearer {key}")], b'{"top_k":1}')


def test_a_store_that_moves_takes_new_calls_and_finishes_old_ones(tmp: Path) -> None:
    answered = threading.Event()

    async def late(exchange: Exchange) -> None:
        await exchange.body()
        while exchange.received.target == QUERY and not answered.is_set():
            await asyncio.sleep(0.01)
        await exchange.send(answer_bytes(200, b'{"rows":["late"]}'))

    with upstream(b'{"rows":["old"]}') as old, upstream(b'{"rows":["new"]}') as new:
        file = tmp / "resources" / "store.yaml"
        put(file, store("main", old.url))
        with gateway(tmp, "passthrough") as at:
            assert ask(at).body == b'{"rows":["old"]}'
            old.default = late
            replies: list[Reply] = []
            waiting = threading.Thread(target=lambda: replies.append(ask(at)))
            waiting.start()
            until(lambda: len(old.received) == 2, "a call is in flight")
            put(file, store("main", new.url))
            other = f"{NS}-2/query"
            until(lambda: ask(at, other).body == b'{"rows":["new"]}', "new calls reach the new address")
            assert ask(at).body == b'{"rows":["new"]}'
            answered.set()
            waiting.join()
            assert replies[0].status == 200 and replies[0].body == b'{"rows":["late"]}', replies[0].body
            assert sum(each.target == QUERY for each in old.received) == 2, "the old one gets no new calls"


def test_a_rotated_credential_counts_without_a_restart(tmp: Path) -> None:
    before, after = "tpuf_before_0001", "tpuf_after_00002"
    secret = tmp / "resources" / "secrets" / "tpuf" / "api-key"
    with upstream(b"{}") as at_store:
        put(tmp / "resources" / "store.yaml", store("main", at_store.url, secret="tpuf"))
        put(secret.with_name("another"), "unused", 0o600)
        with gateway(tmp, "deriveFromStore") as at:
            expect_error(ask(at, key=before), 403, "forbidden")
            put(secret, before, 0o600)
            until(lambda: ask(at, key=before).status == 200, "the credential is there")
            assert at_store.last().head.all("authorization") == [f"Bearer {before}"]
            put(secret, after, 0o600)
            until(lambda: ask(at, key=after).status == 200, "the new credential counts")
            assert at_store.last().head.all("authorization") == [f"Bearer {after}"]
            expect_error(ask(at, key=before), 403, "forbidden")
            assert before not in at.tail() and after not in at.tail(), "the log shows a credential"


def test_stores_come_and_go(tmp: Path) -> None:
    key = "tpuf_of_all_stores"
    folder = tmp / "resources"
    put(folder / "secrets" / "tpuf" / "api-key", key, 0o600)
    put(folder / "secrets" / "late" / "api-key", "tpuf_of_eu_alone", 0o600)
    put(folder / "films.yaml", INDEX)
    with upstream(b'{"rows":["main"]}') as main, upstream(b'{"rows":["eu"]}') as eu:
        put(folder / "main.yaml", store("main", main.url, secret="tpuf"))
        with gateway(tmp, "deriveFromStore") as at:
            expect_error(ask(at, key=key), 503, "service_unavailable")
            put(folder / "eu.yaml", store("eu", eu.url, default=False, secret="late"))
            until(lambda: ask(at, key="tpuf_of_eu_alone").status == 200, "the store has come")
            assert ask(at, key="tpuf_of_eu_alone").body == b'{"rows":["eu"]}'
            (folder / "eu.yaml").unlink()
            until(lambda: ask(at, key=key).status == 503, "the store has gone")
            assert ask(at, f"{NS}-2/query", key).body == b'{"rows":["main"]}'


def test_stores_that_could_not_start_change_nothing(tmp: Path) -> None:
    folder = tmp / "resources"
    with upstream(b'{"rows":["main"]}') as main:
        put(folder / "main.yaml", store("main", main.url))
        with gateway(tmp, "passthrough") as at:
            put(folder / "more.yaml", store("more", main.url, default=False))
            until(lambda: "the stores stay as they were" in at.log.read_text(), "the mistake is logged")
            assert ask(at).body == b'{"rows":["main"]}'
