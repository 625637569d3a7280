"""A static embedding model: a text's vector is the mean of its word pieces' rows, with length one."""

from __future__ import annotations

import json
import math
import re
import struct
import unicodedata
from pathlib import Path

WORDS = re.compile(r"\w+|[^\w\s]")
HALF_BYTES = 2


class StaticModel:
    """Reads a folder with model.safetensors (half floats) and tokenizer.json (WordPiece)."""

    def __init__(self, folder: Path) -> None:
        raw = (folder / "model.safetensors").read_bytes()
        begin = 8 + int.from_bytes(raw[:8], "little")
        _, self.dims = json.loads(raw[8:begin])["embeddings"]["shape"]
        self._rows = memoryview(raw)[begin:]
        self._pieces: dict[str, int] = json.loads((folder / "tokenizer.json").read_text())["model"]["vocab"]

    def embed(self, text: str) -> list[float]:
        """Empty when the model knows no word of the text."""
        pieces = [piece for word in WORDS.findall(plain(text)) for piece in self._split(word)]
        if not pieces:
            return []
        sums = [sum(column) for column in zip(*map(self._row, pieces), strict=True)]
        length = math.sqrt(sum(x * x for x in sums)) or 1.0
        return [x / length for x in sums]

    def _row(self, piece: int) -> tuple[float, ...]:
        offset = piece * self.dims * HALF_BYTES
        return struct.unpack_from(f"<{self.dims}e", self._rows, offset)

    def _split(self, word: str) -> list[int]:
        """The longest known pieces, from left to right; none when the word cannot be covered."""
        found: list[int] = []
        begin = 0
        while begin < len(word):
            for end in range(len(word), begin, -1):
                piece = ("##" if begin else "") + word[begin:end]
                if piece in self._pieces:
                    found.append(self._pieces[piece])
                    begin = end
                    break
            else:
                return []
        return found


def plain(text: str) -> str:
    """Lower case, without accents."""
    parts = unicodedata.normalize("NFD", text.lower())
    return "".join(each for each in parts if unicodedata.category(each) != "Mn")
