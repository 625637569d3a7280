"""A filtered hybrid search: search.py "robots that become human" [--from 1980] [--url URL]

One request holds a full-text query and, when the films were loaded with embeddings, a vector query; both
see the same filter and the same snapshot, and reciprocal rank fusion joins them.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any

import turbopuffer


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("text")
    parser.add_argument("--from", dest="since", type=int, default=1980, help="first year")
    parser.add_argument("--url", default="http://127.0.0.1:8080")
    parser.add_argument("--api-key", default=os.environ.get("TURBOPUFFER_API_KEY", "local"))
    options = parser.parse_args()

    client = turbopuffer.Turbopuffer(api_key=options.api_key, base_url=options.url)
    films = client.namespace("films")
    shown = ["title", "year", "genres"]
    common: dict[str, Any] = {
        "limit": 50,
        "filters": ("year", "Gte", options.since),
        "include_attributes": shown,
    }
    text = ("Sum", [("Product", 2, ("title", "BM25", options.text)), ("description", "BM25", options.text)])
    queries: list[Any] = [{"rank_by": text, **common}]
    if "vector" in films.schema():
        from minilm import embed

        vector = embed([options.text])[0].tolist()
        queries.append({"rank_by": ("vector", "ANN", vector), **common})
    answer = films.multi_query(queries=queries, rerank_by=("RRF",), limit=5)
    for row in answer.results[0].rows or []:
        print(f"{row['$dist']:.4f}  {row['title']} ({row['year']})  {', '.join(row['genres'] or [])}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
