"""A hybrid text of five words, six lists in one request, beside the slowest of its lists asked for alone,
and beside the plain multi-query of the same lists."""

from __future__ import annotations

import json
from typing import Any

from bench.query.site import WORDS as VOCABULARY
from bench.query.site import Site, quantile
from bench.table import Table

NS = "hybrid"
PATH = f"/v2/namespaces/{NS}/query"
ROWS = 20_000
WORDS = 5


def plan(site: Site, ranking: list[Any]) -> list[dict[str, Any]]:
    """The lists, as explain_query tells them."""
    layer = site.call(PATH.replace("/query", "/explain_query"), {"rank_by": ranking})["layer"]
    return [
        {name: leg[name] for name in ("rank_by", "filters", "top_k") if leg[name] is not None}
        for leg in layer["legs"]
    ]


def measure(table: Table, site: Site) -> None:
    site.fill(NS, ROWS, fuzzy=True)
    whole: list[float] = []
    slowest: list[float] = []
    multi: list[float] = []
    for _ in range(site.rounds // 5):
        ranking = ["text", "HybridText", " ".join(site.dice.sample(VOCABULARY, WORDS))]
        legs = plan(site, ranking)
        assert len(legs) == WORDS + 1, json.dumps(legs)
        whole.append(site.timed_ms(PATH, {"rank_by": ranking, "top_k": 10}))
        slowest.append(max(site.timed_ms(PATH, leg) for leg in legs))
        multi.append(site.timed_ms(PATH, {"queries": legs}))
    for share in (0.5, 0.99):
        case = f"hybrid text, {WORDS + 1} lists, {ROWS:,} rows, p{share * 100:.0f}"
        ours = quantile(whole, share)
        table.add(case, "ms", ours, "its slowest list", quantile(slowest, share))
        table.add(case, "ms", ours, "a multi-query of them", quantile(multi, share))
