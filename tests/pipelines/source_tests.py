"""Files, feeds and APIs staged from the command line, and a command as a worker."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from tests.documents.stack import Stack
from tests.pipelines.site import PIPELINE, Site
from tests.support.quiet_server import QuietServer
from tests.support.server import default_binary

ITEM = (
    "<item><guid>{0}</guid><title>T{0}</title><description>&lt;p&gt;about {0}&lt;/p&gt;</description></item>"
)
EMBED = (
    "import json,sys\n"
    "for line in sys.stdin:\n"
    "    chunk = json.loads(line)\n"
    "    print(json.dumps({'id': chunk['id'], 'vector': [len(chunk['text']), 1]}))\n"
)


class Web:
    """Answers by path: (status, headers, body); the last one of a path is repeated."""

    def __init__(self) -> None:
        self.pages: dict[str, list[tuple[int, dict[str, str], str]]] = {}
        self.seen: list[str] = []
        self.url = ""

    def put(self, path: str, body: str, status: int = 200, **headers: str) -> None:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages.setdefault(path, []).append((status, names, body))


@contextmanager
def a_web() -> Iterator[Web]:
    web = Web()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            web.seen.append(self.path)
            queue = web.pages.get(self.path) or [(404, {}, "")]
            status, headers, body = queue.pop(0) if len(queue) > 1 else queue[0]
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = QuietServer(("127.0.0.1", 0), Handler)
    web.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield web
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Line:
    """The command line against one gateway, with a home of its own."""

    def __init__(self, url: str, home: str) -> None:
        self.environment = {
            **os.environ,
            "LAYER_BASE_URL": url,
            "XDG_STATE_HOME": home,
            "HEVLAYER_PIPELINE_ID": PIPELINE,
        }

    def __call__(self, *arguments: str, code: int = 0, **variables: str) -> Any:
        done = subprocess.run(
            [str(default_binary()), *arguments],
            capture_output=True,
            text=True,
            env={**self.environment, **variables},
            timeout=300,
            check=False,
        )
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        return json.loads(done.stdout)


@contextmanager
def a_line() -> Iterator[tuple[Site, Line, Path]]:
    with Stack() as stack, tempfile.TemporaryDirectory() as folder:
        gateway = stack.gateway("one")
        yield Site(gateway).create(), Line(gateway.url, folder + "/state"), Path(folder)


def counted(summary: dict[str, int]) -> tuple[int, int, int]:
    return summary["staged"], summary["unchanged"], summary["failed"]


def test_a_second_run_stages_only_what_changed() -> None:
    with a_line() as (site, layer, folder):
        notes = folder / "notes"
        (notes / "deep").mkdir(parents=True)
        (notes / "a.txt").write_text("one")
        (notes / "deep" / "b.txt").write_text("two. " * 400)
        (notes / "c.bin").write_bytes(b"\xff\x00")
        arguments = ("source", "dir", "--path", str(notes))
        assert counted(layer(*arguments, code=1)) == (2, 0, 1)
        (notes / "a.txt").write_text("one more")
        assert counted(layer(*arguments, code=1)) == (1, 1, 1)
        assert counted(layer(*arguments, "--no-state", code=1)) == (2, 0, 1)
        listed = layer("pipeline", "documents", PIPELINE, "--stage", "pending")["documents"]
        assert sorted(each["id"] for each in listed) == ["a.txt", "deep/b.txt"]
        assert layer("pipeline", "status", PIPELINE, "--fresh")["pending_count"] == 2
        assert len(layer("pipeline", "list")["pipelines"]) == 1
        chunks = site.client.call("GET", site.document("deep/b.txt", "/chunks")).json
        assert len(chunks) > 1 and all(len(chunk["text"]) <= 1000 for chunk in chunks)
        assert chunks[1]["id"] == "deep/b.txt#1" and chunks[1]["metadata"] == {"path": "deep/b.txt"}


def test_lines_that_are_no_records_stop_no_others() -> None:
    with a_line() as (site, layer, folder):
        file = folder / "books.jsonl"
        file.write_text(
            '{"isbn": 1, "body": "first", "meta": {"year": 1999}}\nno json\n{"isbn": 2}\n'
            + json.dumps({"isbn": "x" * 100, "body": "long id"})
        )
        mapping = {"mapping": {"id": "isbn", "text": "body", "attributes": ["meta.year"]}, "path": str(file)}
        summary = layer("source", "jsonl", code=1, HEVLAYER_SOURCE_REF=json.dumps(mapping))
        assert counted(summary) == (2, 0, 2), summary
        (chunk,) = site.client.call("GET", site.document("1", "/chunks")).json
        assert (chunk["text"], chunk["metadata"]) == ("first", {"year": 1999})


def test_feeds_are_read_and_a_torn_one_is_told() -> None:
    with a_line() as (site, layer, _), a_web() as web:
        items = "".join(ITEM.format(n) for n in range(3))
        web.put("/rss", "", status=302, location="/moved")
        web.put("/moved", f"<rss version='2.0'><channel>{items}</channel></rss>")
        web.put("/torn", "<rss><channel><item></rss>")
        feeds = f"{web.url}/torn {web.url}/rss {web.url}/none"
        summary = layer("source", "rss", "--feeds", feeds, code=1)
        assert counted(summary) == (3, 0, 2), summary
        (chunk,) = site.client.call("GET", site.document("1", "/chunks")).json
        assert chunk["text"] == "T1\n\nabout 1" and chunk["metadata"]["feed"] == f"{web.url}/rss"
        assert counted(layer("source", "rss", "--feeds", f"{web.url}/moved", code=0)) == (3, 0, 0)
        assert counted(layer("source", "rss", "--feeds", f"{web.url}/moved", code=0)) == (0, 3, 0)


def test_an_api_is_read_page_by_page_and_asked_again_when_busy() -> None:
    with a_line() as (site, layer, _), a_web() as web:
        web.put("/v1/t", "{}", status=429, retry_after="0")
        web.put("/v1/t", json.dumps({"data": [{"id": 1, "text": "a"}], "links": {"next": "/v1/t?p=2"}}))
        web.put("/v1/t?p=2", json.dumps({"data": [{"id": 2, "text": "b"}], "links": {"next": None}}))
        arguments = ("--items", "data", "--next", "links.next")
        summary = layer("source", "rest", "--url", f"{web.url}/v1/t", *arguments)
        assert counted(summary) == (2, 0, 0) and web.seen == ["/v1/t", "/v1/t", "/v1/t?p=2"], web.seen
        assert site.status()["pending_count"] == 2


def test_a_command_embeds_what_was_staged() -> None:
    with a_line() as (site, layer, folder):
        for name, text in (("a", "one"), ("b", "three")):
            site.stage(name, [text])
        (folder / "embed.py").write_text(EMBED)
        command = f"{sys.executable} {folder / 'embed.py'}"
        done = layer("worker", command, "--until-empty", "--json")
        assert done == {"done": 2, "failed": 0, "rejected": 0}, done
        assert site.rows()["b#0"]["vector"] == [5.0, 1.0]
        site.stage("c", ["x"])
        failed = layer("worker", "echo torn scan >&2; exit 65", "--until-empty", "--json", code=1)
        assert failed["failed"] == 1
        assert site.status()["failed_reasons"] == {"exit code 65: torn scan": 1}
