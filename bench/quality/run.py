"""How well rankings find what is wanted: BM25, vectors, both fused, HybridText and Auto, over queries with
known answers (judged.py), typed right and with one and two misspellings.

usage: run.py [--quick] [--json FILE] [--markdown FILE]      (through bench/run quality)

nDCG@10 and recall@10, means over the queries of a kind. Vectors are all-MiniLM-L6-v2 of what was typed, and
are kept in build/ for the next run. LAYER_BINARY names another binary than the release build.
"""

from __future__ import annotations

import argparse
import hashlib
import http.client
import json
import math
import os
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench.proxy import peers as servers
from bench.quality.judged import Query, judged, mistyped
from bench.table import RELEASE, ROOT, say

sys.path.insert(0, str(ROOT / "examples" / "films"))

from minilm import embed  # noqa: E402

SEED = 1
TOP = 10
LEG_ROWS = 50
ROWS_PER_WRITE = 2_000
TYPOS = (0, 1, 2)
METHODS = ("BM25", "vector", "BM25 + vector", "HybridText", "Auto")
PATH = "/v2/namespaces/nouns"

Scores = dict[tuple[str, int, str], tuple[float, float]]


def embedded(texts: Sequence[str]) -> list[list[float]]:
    key = hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]
    kept = ROOT / "build" / f"quality-minilm-{key}.npy"
    if not kept.exists():
        say(f"  embedding {len(texts):,} texts")
        kept.parent.mkdir(exist_ok=True)
        np.save(kept, embed(texts, lambda _: None))
    return [[round(float(x), 5) for x in row] for row in np.load(kept)]


class Nouns:
    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def call(self, path: str, body: dict[str, Any]) -> Any:
        self.connection.request("POST", path, json.dumps(body).encode())
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status}: {text[:300]!r}")
        return json.loads(text)

    def fill(self, texts: Sequence[str], vectors: Sequence[list[float]]) -> None:
        schema = {"text": {"type": "string", "full_text_search": True, "fuzzy": True}}
        for begin in range(0, len(texts), ROWS_PER_WRITE):
            rows = [
                {"id": number, "text": texts[number], "vector": vectors[number]}
                for number in range(begin, min(begin + ROWS_PER_WRITE, len(texts)))
            ]
            self.call(PATH, {"upsert_rows": rows, "schema": schema, "distance_metric": "cosine_distance"})

    def ask(self, method: str, text: str, vector: list[float]) -> list[int]:
        """Ids of the first rows."""
        lexical, semantic = ["text", "BM25", text], ["vector", "ANN", vector]
        if method == "BM25 + vector":
            legs = [{"rank_by": rank_by, "top_k": LEG_ROWS} for rank_by in (lexical, semantic)]
            body: dict[str, Any] = {"queries": legs, "rerank_by": ["RRF"], "limit": TOP}
            answer = self.call(f"{PATH}/query", body)["results"][0]
        else:
            rank_by = {
                "BM25": lexical,
                "vector": semantic,
                "HybridText": ["text", "HybridText", text],
                "Auto": ["text", "Auto", text, {"vector": vector}],
            }[method]
            answer = self.call(f"{PATH}/query", {"rank_by": rank_by, "top_k": TOP})
        return [row["id"] for row in answer["rows"]]


def score(found: Sequence[int], relevant: set[int]) -> tuple[float, float]:
    """nDCG and recall."""
    gain = sum(1 / math.log2(rank + 2) for rank, number in enumerate(found) if number in relevant)
    ideal = sum(1 / math.log2(rank + 2) for rank in range(min(len(relevant), TOP)))
    return gain / ideal, len(relevant & set(found)) / len(relevant)


def measure(nouns: Nouns, queries: Sequence[Query], typed: dict[tuple[int, int], str]) -> Scores:
    texts = list(dict.fromkeys(typed.values()))
    vectors = dict(zip(texts, embedded(texts), strict=True))
    sums: dict[tuple[str, int, str], list[tuple[float, float]]] = {}
    for (number, typos), text in typed.items():
        query = queries[number]
        for method in METHODS:
            one = score(nouns.ask(method, text, vectors[text]), query.relevant)
            sums.setdefault((query.kind, typos, method), []).append(one)
    return {
        key: (sum(n for n, _ in ones) / len(ones), sum(r for _, r in ones) / len(ones))
        for key, ones in sums.items()
    }


def as_markdown(scores: Scores) -> str:
    lines = [f"| queries | typos | {' | '.join(METHODS)} |", "|---|---|" + "---|" * len(METHODS)]
    for kind in dict.fromkeys(kind for kind, _, _ in scores):
        for typos in TYPOS:
            cells = [scores[kind, typos, method] for method in METHODS]
            best = max(cell[0] for cell in cells)
            shown = [
                f"**{ndcg:.3f}** / {recall:.3f}" if ndcg == best else f"{ndcg:.3f} / {recall:.3f}"
                for ndcg, recall in cells
            ]
            lines.append(f"| {kind} | {typos} | {' | '.join(shown)} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the documents and queries")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--markdown", type=Path, help="the table for docs/query-quality.md")
    options = parser.parse_args()
    documents, per_kind = (1_000, 30) if options.quick else (10_000, 200)
    synsets, queries = judged(documents, per_kind, SEED)
    dice = random.Random(SEED)
    typed = {
        (number, typos): mistyped(query.text, typos, dice)
        for number, query in enumerate(queries)
        for typos in TYPOS
    }
    texts = [synset.text for synset in synsets]
    vectors = embedded(texts)
    port = servers.free_port()
    binary = os.environ.get("LAYER_BINARY", str(RELEASE / "layer"))
    with tempfile.TemporaryDirectory(prefix="layer-bench-quality-") as folder:
        command = [binary, "up", folder, f"--listen=127.0.0.1:{port}", "--admin-listen=none"]
        command += ["--access-log=false", "--drain-delay=0s"]
        with servers.Peer("up", command, port, max(os.sched_getaffinity(0))):
            nouns = Nouns(port)
            say(f"  loading {len(texts):,} documents")
            nouns.fill(texts, vectors)
            say(f"  asking {len(typed):,} queries, {len(METHODS)} times each")
            scores = measure(nouns, queries, typed)
    table = as_markdown(scores)
    print(table)
    if options.markdown:
        options.markdown.write_text(table)
    if options.json:
        rows = [
            {"queries": kind, "typos": typos, "method": method, "ndcg": ndcg, "recall": recall}
            for (kind, typos, method), (ndcg, recall) in scores.items()
        ]
        options.json.write_text(json.dumps({"name": "quality", "rows": rows}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
