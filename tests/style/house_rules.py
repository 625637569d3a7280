"""House rules that no formatter knows; each prints the offending file and why."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LINES_MAX = 700
SOURCE = {".h", ".cc", ".py", ".ts", ".go", ".sh"}
TEXT = SOURCE | {".md", ".cmake", ".txt", ".json", ".yaml", ".yml", ".toml"}
# A TODO names its owner: TODO(name).
TODO = re.compile(r"\b(TODO|FIXME|XXX)\b(?!\([a-z]+\))")
ABSOLUTE_PATH = re.compile(r"(?<![\w.$}])/(work|home|root)/")
CONSOLE = re.compile(r"std::(cout|cerr)\b|\bprintf\(")


def tracked_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def check_file(path: Path) -> list[str]:
    name = path.relative_to(ROOT).as_posix()
    if path.suffix not in TEXT and "." in path.name:
        return []
    try:
        text = path.read_text()
    except UnicodeDecodeError:
        return []
    problems = []
    if path.suffix in SOURCE and text.count("\n") > LINES_MAX:
        problems.append(f"{name}: more than {LINES_MAX} lines: it has two subjects")
    own = name == "tests/style/house_rules.py"
    may_print = name.startswith(("src/app/", "src/cli/"))
    for number, line in enumerate(text.splitlines(), 1):
        if TODO.search(line) and not own:
            problems.append(f"{name}:{number}: a TODO without an owner")
        if ABSOLUTE_PATH.search(line) and not own:
            problems.append(f"{name}:{number}: a path of one machine")
        if path.suffix in {".h", ".cc"} and CONSOLE.search(line) and not may_print:
            problems.append(f"{name}:{number}: writes to the console; use the logger")
    if path.suffix == ".h" and "#pragma once" not in text:
        problems.append(f"{name}: no #pragma once")
    if path.suffix == ".h" and not text.startswith("//"):
        problems.append(f"{name}: a header opens with a comment that states its contract")
    return problems


def main() -> int:
    problems = [problem for path in tracked_files() for problem in check_file(path)]
    for folder in sorted(path for path in (ROOT / "src").rglob("*") if path.is_dir()):
        if any(folder.glob("*.cc")) and not (folder / "README.md").exists():
            problems.append(f"{folder.relative_to(ROOT)}: no README.md that says what belongs here")
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
