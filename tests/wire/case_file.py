"""Reads golden cases: text files that anyone can add to.

    == name of the case
    POST /v2/namespaces/$ns/query
    {"body": "as JSON, over as many lines as it likes"}
    200 {"pattern": "the answer must contain this"}

A case is one or more exchanges; each case gets fresh namespace names for $ns, $ns2 and $ns3. The expected
line is a status and, if wanted, a pattern that may go on over the following lines until an empty line or
the next request. Lines starting with # are comments.

A body may also be `raw <text>`, sent as it is. Lines `> name: value` after the request line are headers.

Patterns: an object matches when each of its members matches (others may be there; "!name" demands that
a member is absent; "=": true demands that there are no others). An array matches element by element.
A number with a fraction matches within 1e-6 relative; integers exactly. A string matches exactly, or as a
substring when it starts with ~, or as a regular expression when it starts with "re:". The string
"any" matches anything. `text <rest>` instead of a pattern compares a plain-text body.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

REQUEST = re.compile(r"^(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) (\S+)$")
HEADER = re.compile(r"^> ([^:\s]+): (.*)$")
EXPECTED = re.compile(r"^([1-5]\d\d)(?: (.*))?$")
RELATIVE_TOLERANCE = 1e-6


@dataclass
class Exchange:
    method: str
    path: str
    line: int
    body: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 0
    pattern: Any = None
    has_pattern: bool = False
    text: str | None = None


@dataclass
class Case:
    name: str
    file: str
    exchanges: list[Exchange] = field(default_factory=list)


def parse_file(path: Path) -> list[Case]:
    cases: list[Case] = []
    exchange: Exchange | None = None
    body: list[str] = []
    expected: list[str] | None = None

    def finish(line: int) -> None:
        nonlocal exchange, expected, body
        if exchange is None:
            return
        if exchange.status == 0:
            raise ValueError(f"{path.name}:{line}: a request without an expected answer")
        text = "\n".join(body).strip()
        if text:
            exchange.body = text[4:] if text.startswith("raw ") else text
        wanted = "\n".join(expected or []).strip()
        if wanted.startswith("text "):
            exchange.text = wanted[5:]
        elif wanted:
            try:
                exchange.pattern = json.loads(wanted)
            except ValueError as error:
                raise ValueError(f"{path.name}:{exchange.line}: the pattern is not JSON: {error}") from error
            exchange.has_pattern = True
        cases[-1].exchanges.append(exchange)
        exchange, body, expected = None, [], None

    for number, line in enumerate(path.read_text().splitlines(), 1):
        if line.startswith("#"):
            continue
        if line.startswith("== "):
            finish(number)
            cases.append(Case(name=line[3:].strip(), file=path.name))
        elif match := REQUEST.match(line):
            finish(number)
            exchange = Exchange(match[1], match[2], number)
        elif exchange is not None and exchange.status == 0 and (match := EXPECTED.match(line)):
            exchange.status = int(match[1])
            expected = [match[2] or ""]
        elif expected is not None:
            expected.append(line)
        elif exchange is not None and not body and (match := HEADER.match(line)):
            exchange.headers[match[1]] = match[2]
        elif exchange is not None:
            body.append(line)
        elif line.strip():
            raise ValueError(f"{path.name}:{number}: text outside a case: {line!r}")
    finish(-1)
    return cases


def mismatch(pattern: Any, found: Any, path: str = "") -> str | None:
    """Where and how `found` fails the pattern, or None."""
    where = path or "the answer"
    if pattern == "any":
        return None
    if isinstance(pattern, dict):
        return _object_mismatch(pattern, found, path)
    if isinstance(pattern, list):
        if not isinstance(found, list) or len(found) != len(pattern):
            return f"{where}: expected {len(pattern)} elements {json.dumps(pattern)}, found {shorten(found)}"
        for index, (element, value) in enumerate(zip(pattern, found, strict=True)):
            if problem := mismatch(element, value, f"{path}[{index}]"):
                return problem
        return None
    if isinstance(pattern, str):
        return _string_mismatch(pattern, found, where)
    if isinstance(pattern, bool) or pattern is None or isinstance(found, bool):
        return None if pattern is found else f"{where}: expected {pattern!r}, found {shorten(found)}"
    if isinstance(pattern, float) and isinstance(found, int | float):
        allowed = max(abs(pattern) * RELATIVE_TOLERANCE, 1e-9)
        return None if abs(pattern - found) <= allowed else f"{where}: expected {pattern}, found {found}"
    return None if pattern == found else f"{where}: expected {pattern!r}, found {shorten(found)}"


def _object_mismatch(pattern: dict[str, Any], found: Any, path: str) -> str | None:
    if not isinstance(found, dict):
        return f"{path or 'the answer'}: expected an object, found {shorten(found)}"
    wanted = {name for name in pattern if name != "=" and not name.startswith("!")}
    if pattern.get("=") and (extra := set(found) - wanted):
        return f"{path or 'the answer'}: unexpected members {sorted(extra)}"
    for name, value in pattern.items():
        if name == "=":
            continue
        if name.startswith("!"):
            if name[1:] in found:
                return f"{path}.{name[1:]}: expected no such member"
        elif name not in found:
            return f"{path}.{name}: missing; found members {sorted(found)}"
        elif problem := mismatch(value, found[name], f"{path}.{name}"):
            return problem
    return None


def _string_mismatch(pattern: str, found: Any, where: str) -> str | None:
    if isinstance(found, str):
        if pattern.startswith("~"):
            matched = pattern[1:] in found
        elif pattern.startswith("re:"):
            matched = re.search(pattern[3:], found) is not None
        else:
            matched = pattern == found
        if matched:
            return None
    return f"{where}: expected {pattern!r}, found {shorten(found)}"


def shorten(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) < 300 else text[:300] + "…"
