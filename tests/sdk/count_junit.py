"""Prints "PASSED FAILED" of a JUnit report: count_junit.py FILE. An unreadable report prints "0 0"."""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ElementTree


def main() -> None:
    try:
        cases = list(ElementTree.parse(sys.argv[1]).iter("testcase"))
    except (OSError, ElementTree.ParseError):
        cases = []
    bad = sum(1 for case in cases if case.find("failure") is not None or case.find("error") is not None)
    skipped = sum(1 for case in cases if case.find("skipped") is not None)
    print(len(cases) - bad - skipped, bad)


if __name__ == "__main__":
    main()
