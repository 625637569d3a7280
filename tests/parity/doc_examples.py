"""Runs the programs of docs/gateway.md through a gateway: Python, TypeScript and Go print what the page says.

They use the environments that tests/sdk has set up under build/, so that suite goes first.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from tests.support.server import ROOT

PAGE = ROOT / "docs" / "gateway.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
URL = "http://127.0.0.1:8080"
RUN_S = 300


def blocks(language: str) -> list[str]:
    return [text for name, text in BLOCK.findall(PAGE.read_text()) if name == language]


def program(language: str, url: str) -> str:
    (text,) = blocks(language)
    assert URL in text, f"the {language} example names {URL}"
    return text.replace(URL, url)


def output_of(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=RUN_S, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def expected() -> str:
    return blocks("text")[0]


def run_python(url: str, folder: Path) -> None:
    script = folder / "example.py"
    script.write_text(program("python", url))
    assert output_of([str(ROOT / "build/venv/sdk/bin/python"), str(script)], folder) == expected()


def run_typescript(url: str) -> None:
    work = ROOT / "build" / "sdk" / "typescript"
    (work / "src" / "example.ts").write_text(program("ts", url))
    output_of(["npx", "tsc"], work)
    assert output_of(["node", "build/example.js"], work) == expected()


def run_go(url: str, folder: Path) -> bool:
    """False when the SDK's module can't be had here."""
    module = ROOT / "build" / "sdk" / "go"
    if not (module / "go.sum").exists():
        return False
    for name in ("go.mod", "go.sum"):
        shutil.copy(module / name, folder / name)
    (folder / "main.go").write_text(program("go", url))
    find = f'root="{ROOT}"; . "$root/tools/lib.sh"; . "$root/tools/go.sh"; echo "$go"'
    go = subprocess.run(["bash", "-c", find], capture_output=True, text=True, check=True).stdout.split()[-1]
    os.environ["GOTOOLCHAIN"] = "local"
    assert output_of([go, "run", "-mod=mod", "."], folder) == expected()
    return True
