"""The commands of docs/freshness.md, run as they stand against a gateway with the page's rows."""

from __future__ import annotations

import os
import re
import subprocess

from tests.freshness.lagging_store import Place
from tests.support.server import ROOT, default_binary

BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)


def test_the_page_of_freshness() -> None:
    commands = BLOCK.findall((ROOT / "docs" / "freshness.md").read_text())
    assert len(commands) == 4
    with Place() as place:
        rows = [{"id": 1, "title": "Alien"}, {"id": 2, "title": "Brazil"}]
        assert place.call("POST", "/v2/namespaces/films", {"upsert_rows": rows}).status == 200
        path = f"{default_binary().parent}:{os.environ['PATH']}"
        environment = {**os.environ, "PATH": path, "LAYER_BASE_URL": place.gateway.url}
        for command in commands:
            text = command.replace("http://127.0.0.1:8080", place.gateway.url)
            done = subprocess.run(
                ["bash", "-c", text], check=True, capture_output=True, env=environment, text=True
            )
            for expected in ("x-layer-stable-cut", '"rows":[{"id":1', "is_stable", "stamp_ms"):
                if expected in done.stdout:
                    break
            else:
                raise AssertionError((command, done.stdout))
