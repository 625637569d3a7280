"""Makes a plain function a worker of a function or of a pipeline's stage.

    from layer.worker import worker

    @worker(output="shout")
    def shout(text: str) -> str:
        return text.upper()

    if __name__ == "__main__":
        shout.run()

What it works for, and where, is in its environment (HEVLAYER_UDF_ID or HEVLAYER_PIPELINE_ID, ...).
"""

from __future__ import annotations

from ..calls.work import Chunk, Item
from .decorator import Worker, worker
from .outcomes import PermanentError, Result, Throttled, TransientError
from .progress import Progress

__all__ = [
    "Chunk",
    "Item",
    "PermanentError",
    "Progress",
    "Result",
    "Throttled",
    "TransientError",
    "Worker",
    "worker",
]
