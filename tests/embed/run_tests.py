"""Embeddings over real processes.

usage: run_tests.py [NAME...]      names of test functions without "test_"
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.embed import chunk_tests, embed_tests  # noqa: E402
from tests.support.tally import Tally  # noqa: E402


def main() -> int:
    tally = Tally("embed", sys.argv[1:])
    tally.run_modules((embed_tests, chunk_tests))
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
