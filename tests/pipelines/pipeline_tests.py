"""What a pipeline does with a document from its staging to its rows, and what it refuses."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from typing import Any

from tests.documents.stack import Client, Stack
from tests.pipelines.site import PATH, TARGET, Site
from tests.support.gateway import until
from tests.support.server import ROOT

BOSS, WORKER, OTHER = (f"{name}-key-0123456789" for name in ("boss", "worker", "other"))
KEYS = f"""
- {{name: boss, scopes: [admin], key: {BOSS}}}
- name: worker
  entitlements:
    vectorstore.default: {{scopes: [read, write], namespaces: ["docs"]}}
  key: {WORKER}
- name: other
  entitlements:
    vectorstore.default: {{scopes: [read, write], namespaces: ["other"]}}
  key: {OTHER}
"""


def test_a_document_goes_from_its_chunks_to_its_rows() -> None:
    with Stack() as stack:
        gateway = stack.gateway("one")
        site = Site(gateway).create()
        staged = site.stage("a/ä", ["one", "three"])
        assert staged["chunk_ids"] == ["a/ä#0", "a/ä#1"] and staged["stage"] == "pending", staged
        (item,) = site.claim()
        assert (item["id"], item["attempt"]) == ("a/ä", 1)
        written = site.vectors("a/ä", worker_id="w", lease=item["lease"])
        assert written.status == 200 and written.json == {"status": "OK"}, written.body
        assert "x-layer-write-token" in written.headers
        row = site.rows()["a/ä#1"]
        assert (row["text"], row["page"], row["vector"]) == ("three", 1, [5.0, 1.0])
        status = site.status()
        assert status["counts"] == {"indexed": 1} and status["leased_count"] == 0, status
        assert status["indexed_rate_per_min"] > 0
        assert site.claim() == []
        until(
            lambda: gateway.metric("layer_pipeline_stage_count", pipeline_id="books", stage="indexed") == 1,
            "the gauges to follow",
            60,
        )


def test_a_pipeline_has_as_many_stages_as_one_likes() -> None:
    with Stack() as stack:
        site = Site(stack.gateway("one")).create()
        site.stage("a", ["x"], stage="ocr")
        assert site.claim() == []
        (item,) = site.claim(stage="ocr", claim_stage="reading")
        moved = site.move("pending", items=[item], from_stage="reading")
        assert moved.status == 200 and moved.json["updated"] == 1, moved.body
        assert site.claim(document_id_prefix="b") == []
        (item,) = site.claim(document_id_prefix="a")
        failed = site.move("failed", items=[item], worker_id="w", reason="unreadable scan")
        assert failed.json["updated"] == 1
        status = site.status()
        assert (status["failed_count"], status["failed_reasons"]) == (1, {"unreadable scan": 1})
        listed = site.client.call("GET", f"{PATH}/documents?stage=failed").json
        assert [(each["id"], each["reason"]) for each in listed["documents"]] == [("a", "unreadable scan")]


def test_lists_go_on_and_forget_nothing() -> None:
    with Stack() as stack:
        site = Site(stack.gateway("one")).create()
        names = [f"d{n:02}" for n in range(25)]
        for name in names:
            site.stage(name, ["x"])
        seen: list[str] = []
        query = "limit=10"
        for _ in range(3):
            page = site.client.call("GET", f"{PATH}/documents?{query}").json
            seen += [each["id"] for each in page["documents"]]
            query = f"limit=10&cursor={page.get('next_cursor', '')}"
        assert seen == names
        other = site.client.call("GET", f"{PATH}/documents?{query}&stage=failed")
        assert "cursor=" in query
        first = site.client.call("GET", f"{PATH}/documents?limit=10").json["next_cursor"]
        other = site.client.call("GET", f"{PATH}/documents?stage=failed&cursor={first}")
        assert (other.status, other.json["reason"]) == (422, "mismatch"), other.body


def test_rows_may_be_written_beside_a_document() -> None:
    with Stack() as stack:
        site = Site(stack.gateway("one")).create()
        site.stage("a", ["x"])
        (item,) = site.claim()
        rows = {"upsert_rows": [{"id": "a#0", "vector": [1, 2]}]}
        written = site.client.call(
            "PUT", site.document("a", "/rows"), {**rows, "worker_id": "w", "lease": item["lease"]}
        )
        assert written.status == 200 and written.json["rows_affected"] == 1, written.body
        assert site.client.call("PUT", f"{PATH}/rows", {"patch_rows": [{"id": "a#0", "p": 1}]}).status == 200
        assert site.rows()["a#0"]["p"] == 1
        refused = site.client.call("PUT", f"{PATH}/rows", {"upsert_rows": [{"id": "b", "vector": [1]}]})
        assert refused.status == 400, refused.body
        assert site.status()["leased_count"] == 1, "the document stays with its worker"


def test_what_the_store_refuses_leaves_the_document_with_its_worker() -> None:
    with Stack() as stack:
        site = Site(stack.gateway("one")).create()
        stack.direct().write(
            TARGET, {"distance_metric": "cosine_distance", "upsert_rows": [{"id": "z", "vector": [1, 2, 3]}]}
        )
        site.stage("a", ["x"])
        (item,) = site.claim()
        refused = site.vectors("a", lease=item["lease"])
        assert refused.status == 400, refused.body
        assert site.status()["leased_count"] == 1
        assert site.move("pending", items=[item]).json["updated"] == 1
        assert len(site.claim()) == 1


def test_wrong_requests_are_named() -> None:
    with Stack() as stack:
        site = Site(stack.gateway("one")).create()
        again = site.client.call("POST", "/v2/pipelines", {"id": "books", "target_namespace": TARGET})
        assert (again.status, again.json["error"]) == (409, "conflict"), again.body
        wrong: list[tuple[str, str, Any, int, str]] = [
            ("POST", "/v2/pipelines", {"id": "A", "target_namespace": "x"}, 422, "id"),
            ("POST", "/v2/pipelines", {"id": "a", "target_namespace": "x y"}, 422, "target_namespace"),
            ("PUT", site.document("a"), {}, 422, "chunks"),
            ("PUT", site.document("x" * 513), {"chunks": []}, 422, "document_id"),
            ("POST", f"{PATH}/claim", {}, 422, "worker_id"),
            ("POST", f"{PATH}/documents/stage", {"stage": "failed"}, 422, "items"),
            ("POST", f"{PATH}/documents/heartbeat", {"document_ids": ["a"]}, 422, "worker_id"),
        ]
        for method, path, body, status, field in wrong:
            reply = site.client.call(method, path, body)
            assert reply.status == status, (path, body, reply.body)
            assert reply.json["details"][0]["field"] == field, reply.body
        for method, path in (
            ("GET", "/v2/pipelines/none"),
            ("GET", "/v2/pipelines/none/status"),
            ("PUT", "/v2/pipelines/none/documents/a"),
            ("DELETE", "/v2/pipelines/none"),
            ("GET", site.document("none", "/chunks")),
        ):
            reply = site.client.call(method, path, {"chunks": []} if method == "PUT" else None)
            assert (reply.status, reply.json["error"]) == (404, "not_found"), (path, reply.body)


def test_a_deleted_pipeline_leaves_its_rows_and_nothing_else() -> None:
    with Stack() as stack:
        gateway = stack.gateway("one")
        site = Site(gateway).create()
        site.stage("a", ["x"])
        site.claim()
        assert site.vectors("a", worker_id="w").status == 200
        site.stage("b", ["y"])
        assert site.client.call("DELETE", PATH).json == {"status": "OK"}
        assert site.client.call("GET", PATH).status == 404
        kept = gateway.directory / "objects" / "pipelines"
        assert [path for path in kept.rglob("*") if path.is_file()] == []
        assert set(site.rows()) == {"a#0"}


def test_a_key_sees_pipelines_of_its_namespaces() -> None:
    with Stack() as stack:
        keys = stack.root / "keys.yaml"
        keys.write_text(KEYS)
        keys.chmod(0o600)
        gateway = stack.gateway("one", f"--keys-file={keys}", auth="keys")
        boss, worker = Site(gateway, BOSS), Site(gateway, WORKER)
        other = Client(gateway.url, OTHER)
        refused = worker.client.call("POST", "/v2/pipelines", {"id": "x", "target_namespace": TARGET})
        assert refused.status == 403, refused.body
        boss.create()
        worker.stage("a", ["x"])
        assert other.call("GET", "/v2/pipelines").json == {"pipelines": []}
        assert other.call("GET", PATH).status == 403
        assert other.call("POST", f"{PATH}/claim", {"worker_id": "w"}).status == 403
        (item,) = worker.claim()
        assert worker.vectors("a", lease=item["lease"]).status == 200
        assert worker.client.call("DELETE", PATH).status == 403


def test_the_commands_of_the_documentation() -> None:
    with Stack() as stack:
        gateway = stack.gateway("one")
        shown = (ROOT / "docs" / "pipelines.md").read_text()
        commands = re.findall(r"```sh\n(.*?)```", shown, flags=re.S)
        answers = [
            json.loads(
                subprocess.run(
                    shlex.split(command.replace("http://127.0.0.1:8080", gateway.url)),
                    capture_output=True,
                    check=True,
                ).stdout
            )
            for command in commands
        ]
        created, staged, claimed, status = answers
        assert created["id"] == "books" and staged["chunk_count"] == 1
        assert claimed["documents"] == ["moby-dick"] and status["leased_count"] == 1
