"""Pipelines that are resources: registered, changed, removed; what their workers may do."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

from tests.documents.stack import Client, Stack
from tests.support.gateway import until
from tests.support.server import ROOT, Server, default_binary
from tests.workers.site import HANG_S, Site, pipeline

BOSS = "boss-key-0123456789"
KEYS = f"- {{name: boss, scopes: [admin], key: {BOSS}}}\n"


def test_a_resource_makes_its_pipeline_and_leaves_it() -> None:
    with Stack() as stack:
        site = Site(stack)
        resource = pipeline(pipelineId="shelf")
        site.put(resource)
        site.until_registered()
        made = site.client().call("GET", "/v2/pipelines/shelf").json
        assert (made["id"], made["target_namespace"]) == ("shelf", "docs"), made
        site.stage("a", name="shelf")
        site.until_indexed(1, "shelf")
        site.drop(resource)
        until(lambda: site.status() == {}, "the object to go", HANG_S)
        site.until_processes(0)
        assert site.client().call("GET", "/v2/pipelines/shelf").status == 200


def test_a_pipeline_of_another_target_is_not_taken_over() -> None:
    with Stack() as stack:
        site = Site(stack)
        made = site.client().call("POST", "/v2/pipelines", {"id": "books", "target_namespace": "other"})
        assert made.status == 201
        site.put(pipeline())
        condition = site.until_condition("Registered", "TargetMismatch")
        assert condition["status"] == "False" and "'other'" in condition["message"], condition
        site.stage("a")
        site.until_condition("WorkersAvailable", "NotRegistered")
        assert site.processes() == {}


def test_a_changed_command_replaces_the_workers(folder: Path) -> None:
    with Stack() as stack:
        site = Site(stack)
        scaling = {"mode": "fixed", "replicas": {"min": 1, "max": 1}}
        site.put(pipeline(scaling=scaling))
        (before,) = site.until_processes(1).values()
        site.put(pipeline(arguments=["--hold", str(folder)], scaling=scaling))
        until(
            lambda: before not in site.processes().values() and len(site.processes()) == 1, "another", HANG_S
        )
        assert site.metric("layer_worker_restarts_total", name="books") == 0


def test_a_text_that_is_not_accepted_stops_the_workers() -> None:
    with Stack() as stack:
        site = Site(stack)
        scaling = {"mode": "fixed", "replicas": {"min": 1, "max": 1}}
        site.put(pipeline(scaling=scaling))
        site.until_processes(1)
        site.put(pipeline(scaling={"mode": "sometimes", "replicas": {"max": 1}}))
        site.until_condition("WorkersAvailable", "NotAccepted")
        site.until_processes(0)
        site.put(pipeline(scaling=scaling))
        site.until_processes(1)


def test_the_key_of_a_worker_opens_its_own_namespace_only() -> None:
    with Stack() as stack:
        keys = stack.root / "keys.yaml"
        keys.write_text(KEYS)
        keys.chmod(0o600)
        site = Site(stack, "one", f"--keys-file={keys}", auth="keys")
        site.put(pipeline(scaling={"mode": "fixed", "replicas": {"min": 1, "max": 1}}))
        site.until_registered(key=BOSS)
        site.stage("a", key=BOSS)
        site.until_indexed(1, key=BOSS)
        (process,) = site.until_processes(1).values()
        variables = dict(
            each.partition("=")[::2]
            for each in Path(f"/proc/{process}/environ").read_text().split("\0")
            if each
        )
        key = variables["HEVLAYER_API_KEY"]
        assert variables["LAYER_GATEWAY_API_KEY"] == key and len(key) >= 32
        worker = site.client(key)
        assert worker.call("GET", "/v2/pipelines/books").status == 200
        assert worker.call("DELETE", "/v2/pipelines/books").status == 403
        row = {"upsert_rows": [{"id": 1}]}
        assert worker.call("POST", "/v2/namespaces/other", row).status == 403
        assert (
            worker.call("POST", "/v2/namespaces/docs", {"patch_rows": [{"id": "a#0", "n": 1}]}).status == 200
        )
        assert key not in site.gateway.log.read_text()
        known = {"PATH", "HOME", "LANG", "TZ", "HEVLAYER_API_KEY", "LAYER_GATEWAY_API_KEY"}
        assert {name for name in variables if not name.startswith("HEVLAYER_")} <= known, variables.keys()


def test_the_commands_of_the_documentation(folder: Path) -> None:
    shown = (ROOT / "docs" / "workers.md").read_text()
    blocks = re.findall(r"```sh\n(.*?)```", shown, flags=re.S)
    start, stage, *looks = [line for block in blocks for line in block.splitlines()]
    assert start == "layer up --resources examples/workers"
    resources = folder / "resources"
    shutil.copytree(ROOT / "examples" / "workers", resources)
    resources.chmod(0o755)
    for file in resources.iterdir():
        file.chmod(0o644)
    options = [f"--resources={resources}", "--drain-delay=0s", "--drain-marker="]
    with Server(folder / "up", "up", options) as server:
        client = Client(server.url)
        until(
            lambda: client.call("GET", "/v2/pipelines/books").status == 200,
            "the pipeline to be there",
            HANG_S,
        )
        at_home = stage.replace("http://127.0.0.1:8080", server.url)
        subprocess.run(shlex.split(at_home), check=True, capture_output=True)
        query = {"rank_by": ["id", "asc"], "top_k": 10, "include_attributes": ["words"]}

        def rows() -> list[dict[str, object]]:
            answer = client.call("POST", "/v2/namespaces/books/query", query)
            return list(answer.json["rows"]) if answer.status == 200 else []

        until(lambda: rows() == [{"id": "moby-dick#0", "words": 3}], "the row", HANG_S)
        answers = []
        for look in looks:
            program, *words = shlex.split(look)
            assert program == "layer"
            ran = subprocess.run(
                [default_binary(), *words, "--base-url", server.url], check=True, capture_output=True
            )
            answers.append(ran.stdout.decode())
        (found,) = json.loads(answers[0])["resources"]
        assert found["status"]["replicas"] == 1, found
        assert "books" in answers[1]
        assert server.stop() == 0, server.tail()
