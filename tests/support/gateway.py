"""Starts `layer serve` in front of a store, and reads what it reports of itself."""

from __future__ import annotations

import http.client
import json
import re
import time
import urllib.parse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.support.server import Server

WAIT_S = 20.0
SAMPLE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
KEY = "tpuf_test"
Samples = list[tuple[str, dict[str, str], float]]


def until(condition: Callable[[], bool], what: str, wait_s: float = WAIT_S) -> None:
    deadline = time.monotonic() + wait_s
    while not condition():
        assert time.monotonic() < deadline, f"not in {wait_s:.0f} s: {what}"
        time.sleep(0.01)


def get(url: str, path: str, headers: dict[str, str] | None = None) -> tuple[int, dict[str, str], bytes]:
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=WAIT_S)
    try:
        connection.request("GET", path, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.read()
    finally:
        connection.close()


class Gateway(Server):
    """A gateway in front of `upstream`, with an admin listener of its own; the caller's key passes."""

    def __init__(
        self,
        directory: Path,
        upstream: str,
        arguments: Sequence[str] = (),
        environment: dict[str, str] | None = None,
        auth: str = "passthrough",
    ) -> None:
        own = [f"--upstream={upstream}", f"--auth={auth}", "--admin-listen=127.0.0.1:0"]
        own += ["--drain-marker=", "--drain-delay=0s", "--drain-timeout=5s"]
        own = [
            each for each in own if not any(given.startswith(each.split("=")[0] + "=") for given in arguments)
        ]
        # The sanitizer keeps freed memory aside to find its late users; memory is watched here as well.
        sanitizer = {"ASAN_OPTIONS": "quarantine_size_mb=8"}
        super().__init__(directory, "serve", [*own, *arguments], {**sanitizer, **(environment or {})})

    def place(self) -> list[str]:
        return [f"--data-dir={self.directory}"]

    def start(self) -> Gateway:
        super().start()
        return self

    def __enter__(self) -> Gateway:
        return self.start()

    def announced(self) -> dict[str, Any]:
        """The line that says where it serves; the log may hold that of a process before it."""
        for line in reversed(self.log.read_text(errors="replace").splitlines()):
            if line.startswith('{"event":"ready"') and json.loads(line)["url"] == self.url:
                return dict(json.loads(line))
        raise AssertionError(f"no ready line:\n{self.tail()}")

    @property
    def admin_url(self) -> str:
        ready = f'{{"event":"ready","url":"{self.url}"'
        until(lambda: ready in self.log.read_text(errors="replace"), "the ready line")
        return str(self.announced()["admin_url"])

    def health(self) -> dict[str, Any]:
        return dict(json.loads(get(self.admin_url, "/health")[2]))

    def samples(self) -> Samples:
        text = get(self.admin_url, "/metrics")[2].decode()
        found: Samples = []
        for line in text.splitlines():
            if match := SAMPLE.match(line):
                found.append((match[1], dict(LABEL.findall(match[2] or "")), float(match[3])))
        return found

    def metric(self, name: str, **labels: str) -> float:
        """The sum of a metric's samples that carry these labels; 0 when there are none."""
        wanted = labels.items()
        return sum(value for found, has, value in self.samples() if found == name and wanted <= has.items())

    def resident_bytes(self) -> int:
        assert self.process is not None
        statm = Path(f"/proc/{self.process.pid}/statm").read_text().split()
        return int(statm[1]) * 4096
