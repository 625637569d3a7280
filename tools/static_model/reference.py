"""What a static model must answer, by the tokenizers library and numpy: the fixture of its unit test.

python3 tools/static_model/reference.py examples/static-model > src/features/embed/testdata/reference.json
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

TEXTS = [
    "the cat sits on the mat",
    "Stock prices FELL on Wall Street, again!",
    "a doctor treats patients in the hospital.",
    "Crème brûlée at the café",
    "naïve façade, Ångström, İstanbul",
    "東京 is the capital of 日本",
    "tab\tand\nnewline\r\nand  many   spaces",
    "zero\u200bwidth and bell\u0007 characters",
    "price: $3.50 + 20% = ~4.20 <ok> `x` ^y |z",
    "e\u0301 combined and é composed",
    "한국어 텍스트",
    "Ελληνικά ΣΊΣΥΦΟΣ",
    "unbelievably electroencephalographically long " + "x" * 101,
    "quotes “curly” — dashes… and ¿question?",
    "ﬁ ligature ½ ² ™",
    "[CLS] is text [SEP] here",
    "emoji 😀 are unknown",
    "don't can't it's",
    "12345 67.89 1e10",
]


def read_model(folder: Path) -> tuple[NDArray[np.float32], dict[str, int]]:
    raw = (folder / "model.safetensors").read_bytes()
    size = int.from_bytes(raw[:8], "little")
    shape = json.loads(raw[8 : 8 + size])["embeddings"]["shape"]
    table = np.frombuffer(raw[8 + size :], dtype="<f2").reshape(shape).astype(np.float32)
    vocabulary: dict[str, int] = json.loads((folder / "tokenizer.json").read_text())["model"]["vocab"]
    return table, vocabulary


def main() -> None:
    table, vocabulary = read_model(Path(sys.argv[1]))
    unknown = len(vocabulary)
    tokenizer: Any = Tokenizer(WordPiece({**vocabulary, "[UNK]": unknown}, unk_token="[UNK]"))
    tokenizer.normalizer = BertNormalizer()
    tokenizer.pre_tokenizer = BertPreTokenizer()
    cases = []
    for text in TEXTS:
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        known = [row for row in ids if row != unknown]
        vector: list[float] = []
        if known:
            mean = table[known].mean(axis=0)
            vector = [round(float(x), 6) for x in mean / np.linalg.norm(mean)]
        cases.append({"text": text, "tokens": len(ids), "known": known, "vector": vector})
    json.dump(cases, sys.stdout, ensure_ascii=True, separators=(",", ":"))
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
