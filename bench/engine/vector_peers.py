"""Vector index peers (hnswlib, FAISS, usearch) on the data of bench/data/embeddings.py.

Prints JSON rows that bench/engine/vector.cc prints for this engine too, so that both can be joined:
  {"engine", "case", "rows", "dims", "filter_percent", "recall", "qps", "build_s", "bytes_per_row",
   "setting"}
Each engine is measured over a range of its search setting; one row a setting. Queries run one at a
time on one thread; qps counts processor time of this process, best of three rounds, so that other
work on the machine does not distort it. Needs numpy, hnswlib, faiss-cpu and usearch.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np  # noqa: E402  the thread counts must be set first
from numpy.typing import NDArray  # noqa: E402

K = 10
ROUNDS = 3

Search = Callable[[NDArray[np.float32]], Any]


def load(path: Path, dims: int, rows: int, queries: int) -> tuple[Any, Any]:
    """The first `rows` vectors, repeated with noise where there are too few, and held-out queries."""
    raw = np.memmap(path, dtype="<f4", mode="r").reshape(-1, dims)
    held_out = np.array(raw[-queries:])
    base = np.array(raw[: min(rows, len(raw) - queries)])
    if len(base) < rows:
        random = np.random.default_rng(2)
        copies = [base]
        while sum(map(len, copies)) < rows:
            noisy = base + random.normal(0, 0.5 / dims**0.5, base.shape).astype(np.float32)
            copies.append(noisy / np.linalg.norm(noisy, axis=1, keepdims=True))
        base = np.concatenate(copies)[:rows]
    return np.ascontiguousarray(base), held_out


def ground_truth(base: Any, queries: Any, allowed: Any) -> Any:
    rows = np.flatnonzero(allowed)
    truth = []
    for first in range(0, len(queries), 100):
        scores = queries[first : first + 100] @ base[rows].T
        best = np.argpartition(-scores, K, axis=1)[:, :K]
        truth.append(rows[best])
    return np.concatenate(truth)


def measure(search: Search, queries: Any, truth: Any) -> tuple[float, float]:
    best = float("inf")
    for _ in range(ROUNDS):
        found = []
        started = time.process_time()
        for query in queries:
            found.append(search(query))
        best = min(best, time.process_time() - started)
    hits = sum(len(set(map(int, f)) & set(map(int, t))) for f, t in zip(found, truth, strict=True))
    return hits / truth.size, len(queries) / best


def hnswlib_engine(base: Any, allowed: Any, everything: bool) -> Iterator[tuple[str, Any]]:
    import hnswlib

    for m, ef_build in ((16, 200), (32, 200)):
        started = time.process_time()
        index = hnswlib.Index(space="ip", dim=base.shape[1])
        index.init_index(max_elements=len(base), ef_construction=ef_build, M=m, random_seed=1)
        index.set_num_threads(1)
        index.add_items(base, num_threads=1)
        seconds = time.process_time() - started
        per_row = index.index_file_size() / len(base)
        accept = None if everything else (lambda label: bool(allowed[label]))
        for ef in (10, 20, 30, 40, 60, 80, 120, 160, 240, 400, 640, 1000):
            index.set_ef(ef)

            def search(query: Any, index: Any = index, accept: Any = accept) -> Any:
                return index.knn_query(query, k=K, num_threads=1, filter=accept)[0][0]

            yield f"hnswlib M={m}", (f"ef={ef}", search, seconds, per_row)


def usearch_engine(base: Any, allowed: Any, everything: bool) -> Iterator[tuple[str, Any]]:
    from usearch.index import Index

    if not everything:
        return  # its Python interface has no filter
    for kind in ("f32", "f16", "i8"):
        started = time.process_time()
        index = Index(ndim=base.shape[1], metric="cos", dtype=kind, connectivity=16)
        index.add(np.arange(len(base)), base, threads=1)
        seconds = time.process_time() - started
        per_row = index.memory_usage / len(base)
        for ef in (10, 20, 40, 60, 80, 120, 160, 240, 400, 640):
            index.expansion_search = ef

            def search(query: Any, index: Any = index) -> Any:
                return index.search(query, K, threads=1).keys

            yield f"usearch {kind}", (f"ef={ef}", search, seconds, per_row)


def faiss_engine(base: Any, allowed: Any, everything: bool) -> Iterator[tuple[str, Any]]:
    import faiss

    faiss.omp_set_num_threads(1)
    dims = base.shape[1]
    lists = 2 ** round(np.log2(4 * len(base) ** 0.5))
    selector = None if everything else faiss.IDSelectorBatch(np.flatnonzero(allowed))
    probes = (4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
    efs = (10, 20, 40, 60, 80, 120, 160, 240, 400, 640)
    for name in (
        "HNSW32",
        f"IVF{lists},Flat",
        f"IVF{lists},SQ8",
        f"IVF{lists},PQ{dims // 2}x4fs,RFlat",
        f"IVF{lists},RaBitQ,RFlat",
        f"IVF{lists},RaBitQfs,RFlat",
    ):
        try:
            index = faiss.index_factory(dims, name, faiss.METRIC_INNER_PRODUCT)
            started = time.process_time()
            index.train(base)
            index.add(base)
        except RuntimeError:
            continue  # not in this version
        seconds = time.process_time() - started
        per_row = len(faiss.serialize_index(index)) / len(base)
        refined = "RFlat" in name
        factors = (4, 10, 20) if refined else (1,)
        for effort in efs if name.startswith("HNSW") else probes:
            for factor in factors:
                if name.startswith("HNSW"):
                    parameters = faiss.SearchParametersHNSW(efSearch=effort, sel=selector)
                else:
                    parameters = faiss.SearchParametersIVF(nprobe=effort, sel=selector)
                if refined:
                    parameters = faiss.IndexRefineSearchParameters(
                        k_factor=factor, base_index_params=parameters
                    )

                def search(query: Any, index: Any = index, parameters: Any = parameters) -> Any:
                    return index.search(query[None], K, params=parameters)[1][0]

                yield f"faiss {name}", (f"effort={effort} refine={factor}", search, seconds, per_row)


ENGINES = {"hnswlib": hnswlib_engine, "usearch": usearch_engine, "faiss": faiss_engine}


def main() -> None:
    parser = argparse.ArgumentParser(description="Vector index peers on one core")
    parser.add_argument("--vectors", type=Path, required=True, help="raw little-endian f32")
    parser.add_argument("--dims", type=int, default=384)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=1000)
    parser.add_argument("--filter", type=float, default=0, help="percent of rows filtered out")
    parser.add_argument("--engine", choices=[*ENGINES, "all"], default="all")
    parser.add_argument("--json", type=Path, help="also append the rows to this file")
    args = parser.parse_args()

    base, queries = load(args.vectors, args.dims, args.rows, args.queries)
    allowed = np.random.default_rng(3).random(len(base)) >= args.filter / 100
    truth = ground_truth(base, queries, allowed)
    for engine in ENGINES if args.engine == "all" else [args.engine]:
        enough: str = ""
        for name, (setting, search, seconds, per_row) in ENGINES[engine](base, allowed, args.filter == 0):
            if name == enough:
                continue
            recall, qps = measure(search, queries, truth)
            if recall > 0.997 and "RFlat" not in name:
                enough = name
            row = {
                "engine": name,
                "case": f"{args.rows} rows, {args.filter:g} % filtered",
                "rows": args.rows,
                "dims": args.dims,
                "filter_percent": args.filter,
                "recall": round(recall, 4),
                "qps": round(qps, 1),
                "build_s": round(seconds, 2),
                "bytes_per_row": round(per_row, 1),
                "setting": setting,
            }
            line = json.dumps(row)
            print(line, flush=True)
            if args.json:
                with args.json.open("a", encoding="utf-8") as out:
                    out.write(line + "\n")


if __name__ == "__main__":
    main()
