"""Sorts support tickets by topic: naive Bayes over the words of a few examples."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from pathlib import Path

from layer.worker import worker

TOPICS: dict[str, list[str]] = json.loads((Path(__file__).resolve().parent / "topics.json").read_text())
WORDS = re.compile(r"[a-z]+")
COUNTS = {topic: Counter(WORDS.findall(" ".join(texts).lower())) for topic, texts in TOPICS.items()}
KNOWN = set().union(*COUNTS.values())


def likelihood(topic: str, words: list[str]) -> float:
    """The logarithm of how likely the topic says these words; each word is counted once more than seen."""
    counts = COUNTS[topic]
    total = counts.total() + len(KNOWN)
    return sum(math.log((counts[word] + 1) / total) for word in words)


@worker(output="topic")
def classify(subject: str | None, text: str) -> str:
    """The topic that most likely says the words of a ticket; "other" when it has none that is known."""
    words = [word for word in WORDS.findall(f"{subject or ''} {text}".lower()) if word in KNOWN]
    if not words:
        return "other"
    return max(COUNTS, key=lambda topic: likelihood(topic, words))


if __name__ == "__main__":
    classify.run()
