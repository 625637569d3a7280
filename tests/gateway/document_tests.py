"""What the gateway says of itself, held to what it does."""

from __future__ import annotations

import json
import subprocess
import time
from typing import Any

from tests.gateway.rig import Rig
from tests.support.gateway import get, until
from tests.support.server import ROOT, default_binary


def test_the_openapi_document_is_valid() -> None:
    import yaml
    from openapi_spec_validator import validate

    document = yaml.safe_load((ROOT / "api" / "openapi.yaml").read_text())
    validate(document)
    assert document["openapi"].startswith("3.1")


def catalog() -> dict[str, Any]:
    text = subprocess.run([default_binary(), "metrics", "catalog"], check=True, capture_output=True).stdout
    return {metric["name"]: metric for metric in json.loads(text)["metrics"]}


def check_sample(name: str, labels: dict[str, str], known: dict[str, Any]) -> None:
    base = name
    for suffix in ("_bucket", "_sum", "_count"):
        if base not in known and base.endswith(suffix):
            base = base[: -len(suffix)]
    assert set(labels) - {"le"} == set(known[base]["labels"]), f"{name}{labels}"


def test_background_loops_say_when_they_last_worked() -> None:
    began = time.time()
    with Rig() as rig:

        def standing() -> set[str]:
            loops = {"watcher", "deletions", "jobs", "cache_membership", "function_reaper"}
            metric = "layer_loop_last_success_seconds"
            return {loop for loop in loops if rig.gateway.metric(metric, loop=loop) < began - 1}

        until(lambda: not standing(), "a good turn of each loop")
        loops = {labels["loop"] for name, labels, _ in rig.gateway.samples() if "loop_last" in name}
        assert "supervisor" not in loops, "it does not run without resources"


def test_every_metric_printed_is_in_the_catalog() -> None:
    known = catalog()
    with Rig() as rig:
        rig.call()
        text = get(rig.gateway.admin_url, "/metrics")[2].decode()
        for line in text.splitlines():
            if line.startswith("# TYPE "):
                _, _, name, kind = line.split()
                assert name in known, f"{name} is not in src/gateway/metrics_table.cc"
                assert known[name]["kind"] == kind, name
        for name, labels, _ in rig.gateway.samples():
            check_sample(name, labels, known)
