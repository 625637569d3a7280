"""The commands of docs/documents.md, run as they stand against a gateway with the page's rows."""

from __future__ import annotations

import json
import re
import subprocess

from tests.documents.stack import Client, Stack
from tests.support.server import ROOT

BLOCK = re.compile(r"^```(sh|json)\n(.*?)^```", re.MULTILINE | re.DOTALL)
FILMS = [
    {"id": 1, "title": "Alien", "year": 1979, "tags": ["horror", "space"]},
    {"id": 2, "title": "Brazil", "year": 1985},
]


def test_the_page_of_documents() -> None:
    page = BLOCK.findall((ROOT / "docs" / "documents.md").read_text())
    assert sum(kind == "sh" for kind, _ in page) == 4
    with Stack() as stack:
        gateway = stack.gateway("one")
        Client(gateway.url).write("films", {"upsert_rows": FILMS})
        answer = b""
        for kind, text in page:
            if kind == "sh":
                command = text.replace("http://127.0.0.1:8080", gateway.url)
                answer = subprocess.run(["bash", "-c", command], check=True, capture_output=True).stdout
                assert json.loads(answer), command
            else:
                assert json.loads(answer) == json.loads(text), (answer, text)
