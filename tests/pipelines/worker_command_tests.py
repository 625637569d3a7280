"""A command of one's own as a worker, of a pipeline and of a function, over real processes."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.documents.stack import Stack
from tests.functions.site import FUNCTION
from tests.functions.site import Site as Rows
from tests.pipelines.site import PIPELINE, Site
from tests.support.gateway import Gateway, until
from tests.support.server import default_binary

HANG_S = 300
EMBED = """
import json, sys
for line in sys.stdin:
    chunk = json.loads(line)
    print(json.dumps({"document": chunk["document"], "id": chunk["id"], "vector": [len(chunk["text"]), 1]}))
"""
SHOUT = """
import json, sys
for line in sys.stdin:
    item = json.loads(line)
    title = item["input"]["title"]
    if title == "bad":
        print(json.dumps({"id": item["id"], "error": {"kind": "permanent", "message": "no words"}}))
    else:
        print(json.dumps({"id": item["id"], "attributes": {"loud": title.upper()}}))
"""
# Says that it began, then waits until it is let go.
SLOW = """
import pathlib, sys, time
folder = pathlib.Path(sys.argv[1])
(folder / "begun").touch()
while not (folder / "go").exists():
    time.sleep(0.01)
"""


class Workers:
    """Begins `layer worker` with the environment that Layer gives its workers."""

    def __init__(self, gateway: Gateway, folder: Path) -> None:
        self.folder = folder
        self.environment = {**os.environ, "HEVLAYER_BASE_URL": gateway.url, "HEVLAYER_WORKER_ID": "w"}

    def program(self, text: str) -> str:
        file = self.folder / "program.py"
        file.write_text(text)
        return shlex.join([sys.executable, str(file), str(self.folder)])

    def begin(self, command: str, *flags: str, **variables: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(default_binary()), "worker", command, "--json", *flags],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**self.environment, **variables},
        )

    def end(self, process: subprocess.Popen[str], code: int = 0) -> dict[str, int]:
        try:
            out, said = process.communicate(timeout=HANG_S)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        assert process.returncode == code, (process.returncode, out, said)
        return dict(json.loads(out))

    def run(self, command: str, *flags: str, code: int = 0, **variables: str) -> dict[str, int]:
        return self.end(self.begin(command, "--until-empty", *flags, **variables), code)


@contextmanager
def a_pipeline() -> Iterator[tuple[Site, Workers]]:
    with Stack() as stack, tempfile.TemporaryDirectory() as folder:
        gateway = stack.gateway("one")
        workers = Workers(gateway, Path(folder))
        workers.environment["HEVLAYER_PIPELINE_ID"] = PIPELINE
        yield Site(gateway).create(), workers


@contextmanager
def a_function(**changes: Any) -> Iterator[tuple[Rows, Workers]]:
    with Stack() as stack, tempfile.TemporaryDirectory() as folder:
        gateway = stack.gateway("one")
        workers = Workers(gateway, Path(folder))
        workers.environment["HEVLAYER_UDF_ID"] = FUNCTION
        rows = Rows(gateway)
        rows.fill(7)
        rows.put(triggers=["schedule"], **changes)
        rows.discover()
        yield rows, workers


def counts(done: int, failed: int = 0, rejected: int = 0) -> dict[str, int]:
    return {"done": done, "failed": failed, "rejected": rejected}


def test_a_command_indexes_documents_batch_by_batch() -> None:
    with a_pipeline() as (site, workers):
        for n in range(5):
            site.stage(f"d{n}", ["one", "three"])
        site.stage("nothing", [])
        assert workers.run(workers.program(EMBED), HEVLAYER_BATCH_SIZE="2") == counts(6)
        rows = site.rows()
        assert len(rows) == 10 and rows["d3#1"]["vector"] == [5.0, 1.0], rows
        assert site.status()["counts"]["indexed"] == 6


def test_a_line_that_is_no_result_fails_the_document_for_good() -> None:
    with a_pipeline() as (site, workers):
        site.stage("a", ["one"])
        assert workers.run("cat >/dev/null; echo what", code=1) == counts(0, failed=1)
        (reason,) = site.status()["failed_reasons"]
        assert "no result: what" in reason, reason


def test_a_command_that_fails_now_and_then_is_tried_again() -> None:
    with a_pipeline() as (site, workers):
        site.stage("a", ["one"])
        marker = shlex.quote(str(workers.folder / "tried"))
        command = f"test -e {marker} || {{ touch {marker}; exit 3; }}; {workers.program(EMBED)}"
        assert workers.run(command, code=1) == counts(1, failed=1)
        assert site.rows()["a#0"]["vector"] == [3.0, 1.0]


def test_a_worker_that_is_told_to_end_lets_its_batch_end() -> None:
    with a_pipeline() as (site, workers):
        site.stage("a", ["one"])
        process = workers.begin(workers.program(SLOW + EMBED))
        until((workers.folder / "begun").exists, "the command to begin", HANG_S)
        site.stage("b", ["two"])
        process.send_signal(signal.SIGTERM)
        (workers.folder / "go").touch()
        assert workers.end(process) == counts(1)
        status = site.status()
        assert status["counts"]["indexed"] == 1 and status["pending_count"] == 1, status


def test_a_batch_that_breaks_while_the_worker_ends_is_released() -> None:
    with a_function() as (rows, workers):
        process = workers.begin(workers.program(SLOW + "sys.exit(1)"))
        until((workers.folder / "begun").exists, "the command to begin", HANG_S)
        process.send_signal(signal.SIGTERM)
        (workers.folder / "go").touch()
        assert workers.end(process) == counts(0)
        again = rows.claim(limit=100)
        assert [item["attempt"] for item in again] == [1] * 7, again


def test_a_command_computes_attributes_of_rows() -> None:
    with a_function() as (rows, workers):
        rows.write(upsert_rows=[{"id": 7, "title": "bad"}])
        done = workers.run(workers.program(SHOUT), code=1, HEVLAYER_UDF_BATCH_SIZE="3")
        assert done == counts(6, failed=1), done
        assert rows.rows()[3]["loud"] == "TITLE 3"
        (failed,) = rows.items("?state=failed")
        assert failed["id"] == 7 and failed["error"] == "no words", failed


def test_a_command_that_always_fails_runs_out_of_attempts() -> None:
    with a_function() as (rows, workers):
        done = workers.run("echo no memory >&2; exit 9", code=1)
        assert done["done"] == 0, done
        failed = rows.items("?state=failed")
        assert [item["attempts"] for item in failed] == [3] * 7, failed
        assert failed[0]["error"] == "exit code 9: no memory", failed


def test_a_worker_of_a_deleted_function_ends() -> None:
    with a_function() as (rows, workers):
        process = workers.begin(workers.program(SLOW + SHOUT))
        until((workers.folder / "begun").exists, "the command to begin", HANG_S)
        rows.call("DELETE", f"/v2/udfs/{FUNCTION}")
        (workers.folder / "go").touch()
        process.wait(HANG_S)
        assert workers.end(process, process.returncode) == counts(0, rejected=7)
