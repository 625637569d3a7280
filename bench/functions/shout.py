"""The least that a function can do: what remains is the way there and back. At its end it prints how
long it was inside the function."""

from __future__ import annotations

import json
import time

from layer.worker import worker

inside_s = 0.0


@worker(output="shout", batch=True)
def shout(title: list[str]) -> list[str]:
    """Titles in capitals."""
    global inside_s
    begun = time.perf_counter()
    loud = [each.upper() for each in title]
    inside_s += time.perf_counter() - begun
    return loud


if __name__ == "__main__":
    try:
        shout.run()
    finally:
        print(json.dumps({"inside_s": inside_s}), flush=True)
