"""BM25 of tantivy on the texts and queries of engine_bench: text_peer.py --texts F --queries F [--rows N]

Prints JSON lines like engine_bench's. One thread; processor time of this process, best of three rounds.
tantivy's default tokenizer lower-cases and splits at punctuation; ours segments by UAX #29: close enough to
do the same work. Queries are disjunctions. Both return ids and scores only.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
import time
from pathlib import Path

import tantivy

ROUNDS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=Path, required=True)
    parser.add_argument("--queries", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=0)
    options = parser.parse_args()

    texts = options.texts.read_text(encoding="utf-8").splitlines()
    if options.rows:
        texts = texts[: options.rows]
    queries = options.queries.read_text(encoding="utf-8").splitlines()

    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("id", stored=True, fast=True)
    builder.add_text_field("t", stored=False)
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        index = tantivy.Index(builder.build(), path=folder)
        writer = index.writer(heap_size=500_000_000, num_threads=1)
        for number, text in enumerate(texts):
            writer.add_document(tantivy.Document(id=number, t=text))
        writer.commit()
        writer.wait_merging_threads()
        index.reload()
        loaded = time.perf_counter() - started
        size = sum(file.stat().st_size for file in Path(folder).rglob("*") if file.is_file())
        searcher = index.searcher()
        words = re.compile(r"\w+")
        parsed = [index.parse_query(" ".join(words.findall(query)), ["t"]) for query in queries]
        for k in (10, 100):
            best = float("inf")
            for _ in range(ROUNDS):
                begin = time.process_time()
                for query in parsed:
                    # Scores and addresses; ids come from a fast field in our engine's answer too.
                    _ = searcher.search(query, k, count=False).hits
                best = min(best, time.process_time() - begin)
            row = {
                "case": f"bm25 top {k}",
                "rows": len(texts),
                "qps": round(len(queries) / best, 1),
                "load_s": round(loaded, 2),
                "bytes_per_row": round(size / len(texts), 1),
            }
            print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
