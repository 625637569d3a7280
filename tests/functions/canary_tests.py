"""`layer fn run --canary` and `layer fn diff`: some of the rows first, old values beside new ones."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import threading
from pathlib import Path
from typing import Any

from tests.documents.stack import Client, Stack
from tests.functions.site import FUNCTION, MARKER, TARGET, Site, named
from tests.support.gateway import until
from tests.support.server import ROOT, default_binary

HANG_S = 180
FILE = f"""
apiVersion: hevlayer.com/v1alpha1
kind: Function
metadata: {{name: {FUNCTION}}}
spec:
  targetNamespaces: [{TARGET}]
  inputs: [title]
  version: v2
  retry: {{maxAttempts: 1}}
  worker: {{command: [unused]}}
  scaling: {{replicas: {{max: 1}}}}
"""


class Verb:
    """One run of the command line beside a worker that computes what is handed out."""

    def __init__(self, site: Site, folder: Path, url: str) -> None:
        self.site = site
        self.file = folder / "shout.yaml"
        self.file.write_text(FILE)
        self.url = url

    def call(self, *arguments: str, code: int = 0, output: str = "json") -> str:
        command = [str(default_binary()), "fn", *arguments, f"--base-url={self.url}", "--output", output]
        done = subprocess.run(command, capture_output=True, text=True, timeout=HANG_S, check=False)
        assert done.returncode == code, (arguments, done.returncode, done.stdout, done.stderr)
        self.said = done.stderr
        return done.stdout

    def beside_a_worker(self, *arguments: str, code: int = 0, fails: bool = False) -> dict[str, Any]:
        found: list[str] = []
        thread = threading.Thread(target=lambda: found.append(self.call(*arguments, code=code)))
        thread.start()

        def over() -> bool:
            claimed = self.site.client.call("POST", f"/v2/udfs/{FUNCTION}/claim", {"worker_id": "w"})
            items = claimed.json["items"] if claimed.status == 200 else []
            bad = [item for item in items if fails and item["id"] % 2 == 0]
            good = [item for item in items if item not in bad]
            if good:
                self.site.complete(good)
            if bad:
                told = [{**named(item), "kind": "permanent", "message": "even"} for item in bad]
                assert self.site.report("fail", told).status == 200
            return not thread.is_alive()

        until(over, "the command to end", HANG_S)
        assert found, "the command failed"
        return dict(json.loads(found[0]))


def test_a_canary_computes_some_rows_and_the_run_the_rest(folder: Path) -> None:
    with Stack() as stack:
        gateway = stack.gateway("one")
        site = Site(gateway)
        site.fill(300)
        verb = Verb(site, folder, gateway.url)
        report = verb.beside_a_worker("run", "-f", str(verb.file), "--canary", "10%", "--yes")
        assert 10 <= report["rows"] <= 70, report
        assert (report["succeeded"], report["failed"]) == (report["rows"], 0), report
        assert {change["attribute"] for change in report["changes"]} == {"loud"}, report
        done = {key for key, row in site.rows().items() if row.get(f"{MARKER}_v") == "v2"}
        assert len(done) == report["rows"]
        assert site.status()["counts"]["pending"] == 0, "no row waits that was not asked for"
        again = verb.beside_a_worker("run", "-f", str(verb.file), "--canary", "10%", "--yes")
        assert again["rows"] == 0, "the same rows, and they are done"
        verb.beside_a_worker("run", "-f", str(verb.file), "--yes", "--poll-interval", "100ms")
        rows = site.rows()
        assert all(row["loud"] == f"TITLE {key}" for key, row in rows.items()) and len(rows) == 300


def test_a_canary_of_a_number_of_rows_tells_what_failed(folder: Path) -> None:
    with Stack() as stack:
        gateway = stack.gateway("one")
        site = Site(gateway)
        site.fill(100)
        verb = Verb(site, folder, gateway.url)
        arguments = ["run", "-f", str(verb.file), "--canary", "20", "--yes"]
        report = verb.beside_a_worker(*arguments, code=1, fails=True)
        assert report["rows"] == 20 and report["failed"] == report["failures"][0]["rows"] > 0, report
        assert report["failures"][0]["error"] == "even" and report["succeeded"] + report["failed"] == 20


def test_a_canary_does_not_begin_where_rows_wait_already(folder: Path) -> None:
    with Stack() as stack:
        gateway = stack.gateway("one")
        site = Site(gateway)
        site.fill(5)
        site.put(triggers=["write"])
        site.discover()
        verb = Verb(site, folder, gateway.url)
        verb.call("run", "-f", str(verb.file), "--canary", "50%", "--yes", code=1)
        assert "5 rows wait" in verb.said, verb.said
        assert site.call("GET", f"/v2/udfs/{FUNCTION}")["udf"]["spec"]["version"] == "v1", "nothing changed"
        for wrong in ("0", "101%", "some", "1.5"):
            verb.call("run", "-f", str(verb.file), "--canary", wrong, "--yes", code=2)
        verb.call("run", "-f", str(verb.file), "--canary", "1%", "--detach", code=2)


def test_a_diff_shows_old_values_beside_new_ones(folder: Path) -> None:
    with Stack() as stack:
        gateway = stack.gateway("one")
        site = Site(gateway)
        site.write(upsert_rows=[{"id": n, "title": f"title {n}", "loud": "old"} for n in range(1, 6)])
        verb = Verb(site, folder, gateway.url)
        report = verb.beside_a_worker("diff", "-f", str(verb.file), "--sample", "3", "--yes")
        assert report["rows"] == 3 and len(report["changes"]) == 3, report
        for change in report["changes"]:
            assert (change["attribute"], change["old"]) == ("loud", "old"), change
            assert change["new"] == f"TITLE {change['id']}", change
        table = verb.call("diff", "-f", str(verb.file), "--sample", "3", code=2, output="table")
        assert "--yes" in verb.said and table == "", "who cannot be asked runs nothing"


def test_a_diff_of_two_vectors_says_how_alike_they_are(folder: Path) -> None:
    with Stack() as stack:
        gateway = stack.gateway("one")
        site = Site(gateway)
        rows = [{"id": n, "title": f"t{n}", "v": [n, 1], "w": [0, 0.5]} for n in range(1, 31)]
        schema = {"v": {"type": "[2]f32", "ann": True}, "w": {"type": "[2]f32", "ann": True}}
        site.write(upsert_rows=rows, schema=schema, distance_metric="cosine_distance")
        site.put(triggers=["write"], output={"vector_attribute": "w"})
        site.discover()
        done = [{**named(item), "vector": [item["id"], 1]} for item in site.claim(limit=20)]
        assert site.report("complete", done).json["updated"] == 20
        verb = Verb(site, folder, gateway.url)
        text = verb.call("diff", FUNCTION, "--from", "v", "--to", "w", "--top-k", "5")
        (report,) = json.loads(text)["namespaces"]
        assert report["rows"] == report["equal"] == 20, "rows that it computed"
        assert report["cosine"]["min"] > 0.999 and report["overlap"]["mean"] > 0.999, report
        assert "1.0000" in verb.call("diff", FUNCTION, "--from", "v", "--to", "w", output="table")
        words = json.loads(verb.call("diff", FUNCTION, "--from", "title", "--to", "title"))
        assert words["namespaces"][0]["equal"] == 20 and not words["namespaces"][0]["different"]
        verb.call("diff", FUNCTION, "--from", "v", code=2)
        verb.call("diff", code=2)


def test_the_commands_of_the_documentation(folder: Path) -> None:
    text = (ROOT / "docs" / "functions.md").read_text()
    (file,) = re.findall(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    (folder / "embed-v2.yaml").write_text(file)
    with Stack() as stack:
        gateway = stack.gateway("one")
        client = Client(gateway.url)

        def run(command: str) -> str:
            words = [part.replace("http://127.0.0.1:8080", gateway.url) for part in shlex.split(command)]
            if words[0] == "layer":
                words = [str(default_binary()), *words[1:], f"--base-url={gateway.url}"]
            done = subprocess.run(
                words, cwd=folder, capture_output=True, text=True, timeout=HANG_S, check=False
            )
            assert done.returncode == 0, (command, done.stdout, done.stderr)
            return done.stdout

        commands = [line for line in blocks(text) if "embed-v2" in line or "vector_v2" in line]
        plan, canary, whole, first_write, diff = commands
        run(first_write)
        rows = [
            {"id": n, "description": f"film {n}", "vector": [n, 1000], "vector_v2": [0, 0, 0]}
            for n in range(1, 2001)
        ]
        client.write("films-2", {"upsert_rows": rows})
        assert json.loads(run(plan))["rows"] == 2000
        over = threading.Event()
        worker = threading.Thread(target=embed_until, args=(gateway.url, over))
        worker.start()
        try:
            run(canary)
            compared = json.loads(run(diff))["namespaces"][0]
            assert 0 < compared["rows"] < 100 and "cosine" not in compared, compared
            assert compared["overlap"]["mean"] == 1, compared
            run(whole)
        finally:
            over.set()
            worker.join()
        query = {"rank_by": ["vector_v2", "ANN", [1, 1000, 0]], "top_k": 1}
        found = client.call("POST", "/v2/namespaces/films-2/query", query)
        assert found.json["rows"][0]["id"] == 1, found.body
        left = json.loads(run(plan))
        assert left["rows"] == 0 and left["namespaces"][0]["rows_total"] == 2000, left


def blocks(text: str) -> list[str]:
    found = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [line for block in found for line in block.splitlines()]


def embed_until(url: str, over: threading.Event) -> None:
    """A model of three dimensions for films of the documentation."""
    client = Client(url)
    while not over.wait(0.02):
        claimed = client.call("POST", "/v2/udfs/embed-v2/claim", {"worker_id": "w", "limit": 100})
        items = claimed.json["items"] if claimed.status == 200 else []
        done = [{**named(item), "vector": [item["id"], 1000, 0]} for item in items]
        if done:
            client.call("POST", "/v2/udfs/embed-v2/items/complete", {"worker_id": "w", "items": done})
