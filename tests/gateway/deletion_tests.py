"""Namespace deletes: what the caller gets, what lies in the object store, what a crash leaves."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from tests.gateway.rig import NS, Rig, expect_error
from tests.support.fault_upstream import Behaviour, Exchange, respond
from tests.support.gateway import Gateway, until

ID_HEADER = "x-layer-deletion-id"
# Older than any request can be: the purger takes such an intent up.
LONG_AGO_MS = 200_000


class Store:
    """A store with one namespace that can be deleted; `after_delete` is how the answer ends."""

    def __init__(self, after_delete: Behaviour | None = None) -> None:
        self.there = True
        self.after_delete = after_delete

    def behaviour(self) -> Behaviour:
        async def behave(exchange: Exchange) -> None:
            if exchange.received.method == "DELETE":
                self.there = False
                await (self.after_delete or respond(200, b'{"status":"OK"}'))(exchange)
            elif self.there:
                await respond(200, b'{"last_write_at":"2020-01-01T00:00:00Z"}')(exchange)
            else:
                await respond(404, b'{"status":"error","error":"not found"}')(exchange)

        return behave


def objects(rig: Rig) -> Path:
    return Path(rig.folder.name) / "data" / "objects"


def intents(rig: Rig) -> list[Path]:
    return sorted((objects(rig) / "namespace-purges~" / "v1~").glob("*.json"))


def receipts(rig: Rig) -> list[dict[str, Any]]:
    reply = rig.call("GET", f"{NS}/deletions")
    assert reply.status == 200, reply.body
    return list(json.loads(reply.body)["deletions"])


def test_a_delete_has_a_receipt_that_completes() -> None:
    with Rig() as rig:
        rig.upstream.default = Store().behaviour()
        reply = rig.call("DELETE", NS, b"")
        assert (reply.status, reply.body) == (200, b'{"status":"OK"}')
        deletion = reply.header(ID_HEADER)
        assert deletion
        until(lambda: receipts(rig)[0]["state"] == "complete", "the deletion completes")
        one = json.loads(rig.call("GET", f"{NS}/deletions/{deletion}").body)
        assert one == receipts(rig)[0] and one["id"] == deletion
        places = {line["place"].split(":")[0]: line["state"] for line in one["places"]}
        caches = ("cache_blobs", "cache_documents", "gateway_memory")
        kept = ("blobs", "exports_and_job_results", "snapshots", "checkpoints", "namespace_state")
        searches = ("history_spool", "history", "clickstream")
        assert places == dict.fromkeys(("store", *kept, *searches, *caches), "done")
        assert not intents(rig)
        assert (objects(rig) / "namespaces~" / "films~" / "tombstone.json").exists()
        assert rig.gateway.metric("layer_namespace_purge_pending") == 0


def test_a_delete_that_the_store_refuses_leaves_nothing() -> None:
    with Rig() as rig:
        body = b'{"status":"error","error":"no"}'
        rig.upstream.default = respond(403, body)
        reply = rig.call("DELETE", NS, b"")
        assert (reply.status, reply.body) == (403, body)
        assert reply.header(ID_HEADER) is None
        assert not intents(rig)
        assert not (objects(rig) / "namespaces~").exists()


def test_a_delete_whose_answer_was_lost_is_settled_by_asking() -> None:
    async def lost(exchange: Exchange) -> None:
        await exchange.body()
        exchange.reset()

    with Rig() as rig:
        rig.upstream.default = Store(after_delete=lost).behaviour()
        expect_error(rig.call("DELETE", NS, b""), 502, "upstream_error")
        until(lambda: [each["state"] for each in receipts(rig)] == ["complete"], "it is settled")
        until(lambda: not intents(rig), "the intent is gone")


def test_a_killed_gateway_leaves_a_delete_to_the_next_one() -> None:
    async def silent(exchange: Exchange) -> None:
        await exchange.body()
        await exchange.gone()

    with Rig() as rig:
        store = Store(after_delete=silent)
        rig.upstream.default = store.behaviour()
        with rig.client() as client:
            client.request("DELETE", NS, rig.fields(), b"")
            until(lambda: not store.there, "the store has deleted and says nothing")
            process = rig.gateway.process
            assert process is not None
            process.kill()
            process.wait()
        (left,) = intents(rig)
        intent = json.loads(left.read_text())
        intent["requested_at"] = int(time.time() * 1000) - LONG_AGO_MS
        left.write_text(json.dumps(intent))
        folder = Path(rig.folder.name) / "data"
        rig.gateway = Gateway(folder, rig.upstream.url, auth=rig.auth).start()
        until(lambda: not intents(rig), "the next gateway ends the deletion")
        assert [each["state"] for each in receipts(rig)] == ["complete"]
