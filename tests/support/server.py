"""Starts `layer store` (or another role of the binary) on a free loopback port and stops it again."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).resolve().parents[2]
START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 90.0


def default_binary() -> Path:
    """The binary under test: LAYER_BINARY, else the sanitized build."""
    return Path(os.environ.get("LAYER_BINARY", ROOT / "build" / "dev" / "layer"))


# What sanitizers said in servers that have ended.
REPORTS: list[str] = []


class Server:
    """One server process. Use as a context manager; `url` is its base address."""

    def __init__(
        self,
        directory: Path,
        role: str = "store",
        arguments: Sequence[str] = (),
        environment: dict[str, str] | None = None,
        binary: Path | None = None,
    ) -> None:
        self.directory = directory
        self.role = role
        self.arguments = list(arguments)
        self.environment = environment or {}
        self.binary = binary or default_binary()
        self.process: subprocess.Popen[bytes] | None = None
        self.url = ""
        self.log = directory.parent / f"{directory.name}.log"

    def place(self) -> list[str]:
        """The arguments that name the data directory."""
        return [str(self.directory)]

    def start(self) -> Server:
        port_file = Path(tempfile.mkstemp(prefix="layer-port-")[1])
        port_file.write_text("")
        command = [
            str(self.binary),
            self.role,
            *self.place(),
            "--listen=127.0.0.1:0",
            f"--port-file={port_file}",
            *self.arguments,
        ]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                env={**os.environ, **self.environment},
            )
        deadline = time.monotonic() + START_TIMEOUT_S
        while not (text := port_file.read_text().strip()):
            if self.process.poll() is not None:
                raise RuntimeError(f"server ended with {self.process.returncode}:\n{self.tail()}")
            if time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"server not ready after {START_TIMEOUT_S} s:\n{self.tail()}")
            time.sleep(0.01)
        port_file.unlink()
        self.url = f"http://127.0.0.1:{text.splitlines()[0].rpartition(':')[2]}"
        return self

    def tail(self, lines: int = 30) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def sanitizer_reports(self) -> str:
        """What a sanitizer wrote into the log, or ""."""
        text = self.log.read_text(errors="replace")
        marks = (
            "ERROR: AddressSanitizer",
            "ERROR: LeakSanitizer",
            "runtime error:",
            "WARNING: ThreadSanitizer",
        )
        first = min((text.find(mark) for mark in marks if mark in text), default=-1)
        return text[first : first + 4000] if first >= 0 else ""

    def stop(self) -> int:
        """SIGTERM, waits for the drain; returns the exit code."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(STOP_TIMEOUT_S)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def __enter__(self) -> Server:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.log.exists() and (report := self.sanitizer_reports()):
            REPORTS.append(report)
