"""The benchmark of functions: rows computed end to end by the Python worker beside plain patches of the
same rows; from no worker to the first row; memory; a real model beside itself alone.

usage: run.py [--quick] [--json FILE]      (through bench/run functions)
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bench.functions import embedding, scale, throughput
from bench.functions.place import gateway
from bench.table import Table


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    table = Table("functions")
    scale.measure(table, options.quick)
    for case in (embedding.measure, throughput.measure):
        with gateway(options.quick) as place:
            case(table, place)
    table.finish(options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
