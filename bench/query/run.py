"""The query benchmark: what queries of the gateway's own cost beside the plain ones they are made of,
over HTTP, in turn in the same run.

usage: run.py [--quick] [--json FILE]      (through bench/run query)
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.proxy import peers as servers
from bench.query import federated, history, hybrid
from bench.query.site import Site
from bench.table import RELEASE, Table

# Each fills its namespaces, asks, adds its rows to the table.
CASES: list[Callable[[Table, Site], None]] = [federated.measure, hybrid.measure, history.measure]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    table = Table("query")
    port = servers.free_port()
    with tempfile.TemporaryDirectory(prefix="layer-bench-query-") as folder:
        command = [str(RELEASE / "layer"), "up", folder, f"--listen=127.0.0.1:{port}", "--admin-listen=none"]
        command += ["--access-log=false", "--drain-delay=0s"]
        cores = ",".join(map(str, sorted(os.sched_getaffinity(0))))  # one client, which waits
        with servers.Peer("up", command, port, cores):
            site = Site(port, options.quick)
            for case in CASES:
                case(table, site)
    table.finish(options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
