"""Replays golden cases over HTTP against a store.

usage: run_cases.py [--url URL] [--filter TEXT] [FILE...]

Without --url a `layer store` is started in a temporary folder.
"""

from __future__ import annotations

import argparse
import gzip
import http.client
import json
import re
import sys
import tempfile
import urllib.parse
import uuid
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))
sys.path.insert(0, str(HERE))

from case_file import Case, mismatch, parse_file, shorten  # noqa: E402

from tests.support.server import Server  # noqa: E402

TIMEOUT_S = 60


class Runner:
    def __init__(self, url: str) -> None:
        parts = urllib.parse.urlsplit(url)
        self.address = (parts.hostname or "127.0.0.1", parts.port or 80)
        self.connection: http.client.HTTPConnection | None = None

    def send(
        self, method: str, path: str, body: str | None, further: dict[str, str] | None = None
    ) -> tuple[int, str, str]:
        if self.connection is None:
            self.connection = http.client.HTTPConnection(*self.address, timeout=TIMEOUT_S)
        headers = {"content-type": "application/json"} if body is not None else {}
        headers.update(further or {})
        encoded = body.encode("utf-8", "surrogateescape") if body is not None else None
        try:
            self.connection.request(method, path, encoded, headers)
            answer = self.connection.getresponse()
            content = answer.read()
            if answer.headers.get("content-encoding") == "gzip":
                content = gzip.decompress(content)
            text = content.decode("utf-8", "replace")
        except (OSError, http.client.HTTPException):
            self.connection.close()
            self.connection = None
            raise
        return answer.status, answer.headers.get("content-type", ""), text

    def run(self, case: Case) -> str | None:
        """None when the case holds, else what was wrong."""
        stem = re.sub(r"[^A-Za-z0-9]+", "-", case.name).strip("-")[:40]
        token = uuid.uuid4().hex[:8]
        names = {f"${name}": f"{stem}-{token}-{name}" for name in ("ns3", "ns2", "ns")}

        def fill(text: str) -> str:
            for placeholder, value in names.items():
                text = text.replace(placeholder, value)
            return text

        for exchange in case.exchanges:
            where = f"{case.file}:{exchange.line} {exchange.method} {exchange.path}"
            body = fill(exchange.body) if exchange.body is not None else None
            try:
                status, kind, text = self.send(exchange.method, fill(exchange.path), body, exchange.headers)
            except (OSError, http.client.HTTPException) as error:
                return f"{where}: no answer: {error!r}"
            if status != exchange.status:
                return f"{where}: expected status {exchange.status}, found {status}: {shorten(text)}"
            if exchange.text is not None and text.strip() != fill(exchange.text):
                return f"{where}: expected text {exchange.text!r}, found {shorten(text)}"
            if exchange.has_pattern:
                if not kind.startswith("application/json"):
                    return f"{where}: content-type is {kind!r}"
                pattern = json.loads(fill(json.dumps(exchange.pattern)))
                if problem := mismatch(pattern, json.loads(text)):
                    return f"{where}: {problem}"
        for name in names.values():
            self.send("DELETE", f"/v2/namespaces/{name}", None)
        return None


def run_all(url: str, files: list[Path], only: str) -> tuple[int, int]:
    runner = Runner(url)
    passed = failed = 0
    for file in files:
        for case in parse_file(file):
            if only not in f"{file.name} {case.name}":
                continue
            if problem := runner.run(case):
                failed += 1
                print(f"  FAIL {case.name}\n       {problem}", flush=True)
            else:
                passed += 1
    return passed, failed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url")
    parser.add_argument("--filter", default="")
    parser.add_argument("files", nargs="*", type=Path)
    options = parser.parse_args()
    files = options.files or sorted((HERE / "cases").glob("*.case"))
    if options.url:
        passed, failed = run_all(options.url, files, options.filter)
    else:
        with (
            tempfile.TemporaryDirectory(prefix="layer-wire-") as folder,
            Server(Path(folder) / "data") as server,
        ):
            passed, failed = run_all(server.url, files, options.filter)
            code = server.stop()
            if code != 0:
                failed += 1
                print(f"  FAIL the server ended with {code}:\n{server.tail()}")
    print(f"wire: {passed} passed, {failed} failed, 0 skipped")
    return 0 if failed == 0 and passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
