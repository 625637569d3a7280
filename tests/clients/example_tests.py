"""The examples with workers: each by its own README, as a process and by the gateway's supervisor."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.clients.process import HANG_S, WorkerProcess
from tests.clients.site import Site
from tests.documents.stack import Stack
from tests.support.gateway import until
from tests.support.server import ROOT, default_binary
from tests.support.tally import Skip

EXAMPLES = ROOT / "examples"
Rows = dict[Any, dict[str, Any]]


def resource(name: str) -> dict[str, Any]:
    (path,) = (EXAMPLES / name).glob("*.yaml")
    return dict(yaml.safe_load(path.read_text()))


def second_command(name: str, url: str) -> None:
    """Runs the command after `layer up` in an example's README."""
    (block,) = re.findall(r"```sh\n(.*?)```", (EXAMPLES / name / "README.md").read_text(), flags=re.S)
    up, other = block.strip().splitlines()
    assert up == f"layer up --resources examples/{name}"
    command = shlex.split(other.replace("http://127.0.0.1:8080", url))
    if command[0].endswith("/python"):
        command[0] = sys.executable
    environment = {**os.environ, "HEVLAYER_BASE_URL": url, "PYTHONPATH": str(ROOT / "clients/python/src")}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, timeout=HANG_S, check=False
    )
    assert done.returncode == 0, (command, done.stdout, done.stderr)


def embedded(rows: Rows) -> bool:
    return len(rows) == 2 and all(len(row["vector"]) == 64 for row in rows.values())


def classified(rows: Rows) -> bool:
    return {id: row.get("topic") for id, row in rows.items()} == {1: "billing", 2: "delivery"}


def summarised(rows: Rows) -> bool:
    one = rows.get(1, {})
    return (one.get("numbers_count"), one.get("numbers_max"), one.get("numbers_median")) == (3, 3.0, 2.5)


def given_words(rows: Rows) -> bool:
    found = {row["title"]: row["keywords"][0] for row in rows.values() if row.get("keywords")}
    return found == {"Ferry returns after repairs": "ferry", "Storm closes the harbour": "harbour"}


DONE: dict[str, Callable[[Rows], bool]] = {
    "embed": embedded,
    "classify": classified,
    "summarise-numbers": summarised,
    "rss-pipeline": given_words,
}


def as_process(name: str) -> None:
    """What the supervisor does, by hand: registers what the YAML says, and starts its command."""
    described = resource(name)
    spec, id = described["spec"], described["metadata"]["name"]
    with Stack() as stack:
        site = Site(stack)
        if described["kind"] == "Pipeline":
            target = spec["target"]["namespace"]
            site.client.ensure_pipeline(id, target)
            environment = site.environment(pipeline_id=id, batch_size=spec["worker"]["batchSize"])
            second_command(name, site.gateway.url)
        else:
            site.needs_functions()
            (target,) = spec["targetNamespaces"]
            second_command(name, site.gateway.url)
            function = site.client.function(id)
            function.put(
                {"target_namespaces": [target], "inputs": spec["inputs"], "worker": {"image": "none"}}
            )
            function.discover()
            environment = site.environment(udf_id=id, udf_batch_size=spec["worker"]["batchSize"])
        program = EXAMPLES / name / spec["worker"]["command"][1]
        with WorkerProcess(program, **environment) as process:
            site.until_rows(DONE[name], f"{name} to be done", target)
            assert process.end() == 0, process.said()


@contextlib.contextmanager
def python_with_client() -> Iterator[None]:
    """The suite's Python, which has the client, is found first."""
    before = os.environ["PATH"]
    os.environ["PATH"] = f"{Path(sys.executable).parent}:{before}"
    try:
        yield
    finally:
        os.environ["PATH"] = before


def by_supervisor(name: str) -> None:
    said = subprocess.run([default_binary(), "serve", "--help"], capture_output=True, text=True, check=False)
    if "--supervisor" not in said.stdout:
        raise Skip("this gateway runs no workers")
    if importable("layer") != 0:
        raise Skip("the client is not installed beside this Python; the suite does that")
    described = resource(name)
    with Stack() as stack, python_with_client():
        folder = stack.root / name
        shutil.copytree(EXAMPLES / name, folder)
        shutil.copytree(EXAMPLES / "static-model", stack.root / "static-model")
        for path in (folder, *folder.iterdir()):
            path.chmod(0o755 if path.is_dir() else 0o644)
        site = Site(stack, f"--resources={folder}")
        if described["kind"] == "Pipeline":
            target = described["spec"]["target"]["namespace"]
            until(lambda: registered(site, described["metadata"]["name"]), "the pipeline to be made", HANG_S)
        else:
            site.needs_functions()
            (target,) = described["spec"]["targetNamespaces"]
        second_command(name, site.gateway.url)
        site.until_rows(DONE[name], f"{name} to be done", target)


def importable(module: str) -> int:
    command = [sys.executable, "-I", "-c", f"import {module}"]
    return subprocess.run(command, capture_output=True, check=False).returncode


def registered(site: Site, pipeline: str) -> bool:
    listed = json.dumps(site.pipelines())
    return f'"{pipeline}"' in listed


def test_embed() -> None:
    as_process("embed")


def test_embed_by_the_supervisor() -> None:
    by_supervisor("embed")


def test_classify() -> None:
    as_process("classify")


def test_classify_by_the_supervisor() -> None:
    by_supervisor("classify")


def test_summarise_numbers() -> None:
    as_process("summarise-numbers")


def test_summarise_numbers_by_the_supervisor() -> None:
    by_supervisor("summarise-numbers")


def test_rss_pipeline() -> None:
    as_process("rss-pipeline")


def test_rss_pipeline_by_the_supervisor() -> None:
    by_supervisor("rss-pipeline")
