"""Gives every entry of a feed its most frequent words, and a vector that is near where words are shared."""

from __future__ import annotations

import math
import re
import zlib
from collections import Counter

from layer.worker import PermanentError, Result, worker

WORDS = re.compile(r"[^\W\d_]{4,}")
KEYWORDS_MAX = 5
DIMS = 64


@worker()
def words(text: str) -> Result:
    """The five most frequent words of four letters or more; in the vector each counts at its hash's place."""
    counts = Counter(word.lower() for word in WORDS.findall(text))
    if not counts:
        raise PermanentError("no words")
    vector = [0.0] * DIMS
    for word, count in counts.items():
        vector[zlib.crc32(word.encode()) % DIMS] += count
    length = math.hypot(*vector)
    frequent = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    keywords = [word for word, _ in frequent[:KEYWORDS_MAX]]
    return Result([x / length for x in vector], attributes={"keywords": keywords, "words": counts.total()})


if __name__ == "__main__":
    words.run()
