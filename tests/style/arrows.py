"""Checks that includes follow the arrows of the table in src/README.md."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| `([a-z/_]+)` \| .* \| ([a-z/_ ]*)\|$")
INCLUDE = re.compile(r'^#include "([^"]+)"', re.MULTILINE)


def read_table() -> dict[str, set[str]]:
    """Module -> modules it may see, transitively, itself included."""
    direct: dict[str, set[str]] = {}
    for line in (ROOT / "src" / "README.md").read_text().splitlines():
        if match := ROW.match(line):
            direct[match[1]] = set(match[2].split())
    closed: dict[str, set[str]] = {}

    def close(module: str) -> set[str]:
        if module not in closed:
            closed[module] = {module}
            for seen in direct[module]:
                closed[module] |= close(seen)
        return closed[module]

    for module in direct:
        close(module)
    return closed


def module_of(path: str, modules: dict[str, set[str]]) -> str | None:
    """The longest module name that is a folder of `path` (relative to src)."""
    folder = path.rpartition("/")[0]
    while folder:
        if folder in modules:
            return folder
        folder = folder.rpartition("/")[0]
    return None


def violations() -> list[str]:
    modules = read_table()
    found = []
    for path in sorted((ROOT / "src").rglob("*")):
        if path.suffix not in {".h", ".cc"}:
            continue
        name = path.relative_to(ROOT / "src").as_posix()
        own = module_of(name, modules)
        if own is None:
            found.append(f"src/{name}: its folder is not in the table of src/README.md")
            continue
        is_test = re.search(r"(_(test|fuzz|bench)\.cc|/test_\w+\.h)$", name) is not None
        for include in INCLUDE.findall(path.read_text()):
            target = module_of(include, modules)
            if target is None:
                if not (path.parent / include).exists() and (ROOT / "src" / include).exists():
                    found.append(f"src/{name}: includes {include}, whose folder is not in the table")
                continue
            if target in modules[own] or (target == "testing" and is_test):
                continue
            found.append(f"src/{name}: {own} must not include {include} ({target})")
    return found


if __name__ == "__main__":
    problems = violations()
    print("\n".join(problems))
    sys.exit(1 if problems else 0)
