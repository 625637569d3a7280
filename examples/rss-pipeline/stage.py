"""Stages the entries of an RSS feed, a file or an address, as documents of the pipeline `news`.

usage: stage.py FEED
"""

from __future__ import annotations

import sys
import urllib.request
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from layer import Client

PIPELINE, NAMESPACE = "news", "news"
FEED_MAX = 16 << 20
ID_MAX = 60  # of a row's 64 bytes, four are the chunk's number


def read(place: str) -> bytes:
    if place.startswith(("http://", "https://")):
        with urllib.request.urlopen(place, timeout=30) as answer:
            return bytes(answer.read(FEED_MAX))
    return Path(place).read_bytes()


def entries(feed: bytes) -> Iterator[dict[str, Any]]:
    if b"<!DOCTYPE" in feed or b"<!ENTITY" in feed:
        raise SystemExit("a feed with entities of its own is not read")
    for item in ElementTree.fromstring(feed).iter("item"):
        fields = {name: (item.findtext(name) or "").strip() for name in ("title", "link", "description")}
        name = (item.findtext("guid") or fields["link"]).strip()
        if name:
            yield {"id": name.encode()[-ID_MAX:].decode(errors="ignore"), **fields}


def main() -> None:
    with Client() as client:
        news = client.ensure_pipeline(PIPELINE, NAMESPACE)
        count = 0
        for entry in entries(read(sys.argv[1])):
            text = f"{entry['title']}\n{entry['description']}"
            metadata = {"title": entry["title"], "link": entry["link"]}
            news.stage(entry["id"], [{"id": f"{entry['id']}#0", "text": text, "metadata": metadata}])
            count += 1
    print(f"{count} entries staged")


if __name__ == "__main__":
    main()
