"""One query over many namespaces beside the same query of one of them, and of one that holds all the rows."""

from __future__ import annotations

from typing import Any

from bench.query.site import Site, quantile
from bench.table import Table

NAMESPACES = 100
ROWS = 200


def measure(table: Table, site: Site) -> None:
    names = [f"part-{number:03}" for number in range(NAMESPACES)]
    for ns in names:
        site.fill(ns, ROWS)
    site.fill("union", NAMESPACES * ROWS)
    federated: list[float] = []
    single: list[float] = []
    union: list[float] = []
    for number in range(site.rounds):
        body: dict[str, Any] = {"rank_by": ["text", "BM25", site.words(2)], "top_k": 10}
        if number % 2 == 0:
            body["rank_by"] = ["vector", "ANN", [site.dice.gauss(0, 1) for _ in range(32)]]
        federated.append(site.timed_ms("/v2/query", {"namespaces": names, **body}))
        single.append(site.timed_ms(f"/v2/namespaces/{names[number % NAMESPACES]}/query", body))
        union.append(site.timed_ms("/v2/namespaces/union/query", body))
    for share in (0.5, 0.99):
        case = f"federated, {NAMESPACES} namespaces of {ROWS} rows, p{share * 100:.0f}"
        ours, one = quantile(federated, share), quantile(single, share)
        table.add(case, "ms", ours, "one of them", one)
        table.add(case, "ms", ours, "all rows in one namespace", quantile(union, share))
        if share == 0.5:
            limit = NAMESPACES * one
            table.target(case, f"<= {NAMESPACES} single queries", round(ours, 2), ours <= limit)
