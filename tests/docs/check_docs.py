"""Holds the documentation to its word.

usage: check_docs.py URL PYTHON

- every command in a `sh` block is listed in commands.txt with the test that runs it; those marked `here`
  are run now
- every `python` block of README.md runs against the store at URL (which has the films) and prints something
- every relative link points to a file
- generated references are fresh (the unit tests of their tables check that)
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#]+)")
DEFAULT_URL = "http://127.0.0.1:8080"


def documents() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, check=True, capture_output=True, text=True)
    return [ROOT / name for name in listed.stdout.split()]


def blocks(path: Path, language: str) -> Iterator[str]:
    for found, text in BLOCK.findall(path.read_text()):
        if found == language:
            yield text


def known_commands() -> dict[str, str]:
    """Command -> "here", "by <suite>" or "host"."""
    known = {}
    for line in (ROOT / "tests" / "docs" / "commands.txt").read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            match = re.match(r"(here|host|by \w+)\s+(.*)", line)
            assert match, f"unreadable line: {line}"
            known[match[2].strip()] = match[1]
    return known


class Checks:
    def __init__(self) -> None:
        self.passed = 0
        self.failed = 0

    def note(self, good: bool, what: str, why: str = "") -> None:
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print(f"  FAIL {what}: {why}")


def run(command: list[str] | str, url: str, shell: bool = False) -> tuple[bool, str]:
    """In the project's root, with the release build's `layer` at hand."""
    environment = {
        **os.environ,
        "PATH": f"{ROOT / 'build/release'}:{os.environ['PATH']}",
        "LAYER_BASE_URL": url,
    }
    done = subprocess.run(
        command,
        cwd=ROOT,
        shell=shell,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=environment,
    )
    return done.returncode == 0 and bool(done.stdout.strip()), done.stdout[-500:] + done.stderr[-1500:]


def packages_linked(binary: Path) -> set[str]:
    """Debian packages of the shared libraries a binary loads, the C library's apart."""
    linked = subprocess.run(["ldd", binary], capture_output=True, text=True, check=True).stdout
    packages = set()
    for library in re.findall(r"=> (/\S+)", linked):
        for spelling in (library, f"/usr{library}", library.removeprefix("/usr")):
            owner = subprocess.run(["dpkg", "-S", spelling], capture_output=True, text=True, check=False)
            if owner.returncode == 0:
                packages.add(owner.stdout.split(":")[0])
                break
    return packages - {"libc6", "libgcc-s1"}


def main() -> int:
    url, python = sys.argv[1:3]
    checks = Checks()
    known = known_commands()
    for path in documents():
        name = path.relative_to(ROOT).as_posix()
        for target in LINK.findall(path.read_text()):
            checks.note((path.parent / target).exists(), f"{name} links to {target}", "no such file")
        for text in blocks(path, "sh"):
            for command in filter(None, (line.strip() for line in text.splitlines())):
                how = known.get(command)
                checks.note(how is not None, f"{name}: {command}", "not in tests/docs/commands.txt")
                if how is not None and how.startswith("by "):
                    suite = how[3:]
                    there = suite == "all" or (ROOT / "tests" / suite / "suite").exists()
                    checks.note(there, f"{name}: {command}", f"there is no suite {suite}")
                if how == "here":
                    good, output = run(command.replace(DEFAULT_URL, url), url, shell=True)
                    checks.note(good, f"{name}: {command}", output)
    for text in blocks(ROOT / "README.md", "python"):
        good, output = run([python, "-c", text.replace(DEFAULT_URL, url)], url)
        checks.note(good, "README.md: a Python example", output)
    if "bookworm" in Path("/etc/os-release").read_text():
        named = set((ROOT / "docs/dependencies.md").read_text().split("Runtime packages")[1].split())
        missing = packages_linked(ROOT / "build/release/layer") - named
        checks.note(not missing, "docs/dependencies.md: runtime packages", f"not named: {sorted(missing)}")
    print(f"docs: {checks.passed} passed, {checks.failed} failed, 0 skipped")
    return 0 if checks.failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
