"""A worker as a process, with the environment that the supervisor gives."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType

from tests.support.server import ROOT

HANG_S = 120.0


class WorkerProcess:
    """Runs `program`, a file or the text of one. Leaving kills what still runs."""

    def __init__(self, program: Path | str, *arguments: str, **environment: str) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="layer-worker-")
        self.folder = Path(self._temporary.name)
        if isinstance(program, str):
            text, program = program, self.folder / "program.py"
            program.write_text(text)
        self.log = self.folder / "log"
        told = {name: value for name, value in os.environ.items() if not name.startswith("HEVLAYER_")}
        paths = (str(ROOT / "clients" / "python" / "src"), told.get("PYTHONPATH", ""))
        told["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(program), *arguments],
                env={**told, "PYTHONUNBUFFERED": "1", **environment},
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                cwd=program.parent,
            )

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def port(self) -> int:
        """Of a worker that serves."""
        deadline = time.monotonic() + HANG_S
        while not (found := re.search(r"serving http://[^:]+:(\d+)/run", self.said())):
            assert time.monotonic() < deadline and self.process.poll() is None, self.said()
            time.sleep(0.01)
        return int(found[1])

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def wait(self) -> int:
        return self.process.wait(HANG_S)

    def end(self) -> int:
        """SIGTERM; the exit code."""
        self.terminate()
        return self.wait()

    def __enter__(self) -> WorkerProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if error is not None:
            print(f"the worker said:\n{self.said()[-4000:]}", flush=True)
        self._temporary.cleanup()
