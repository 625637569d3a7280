"""The decorator."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, Generic, Literal, ParamSpec, TypeVar

from .progress import OnProgress

P = ParamSpec("P")
R = TypeVar("R")
Kind = Literal["attribute", "embedding"]
SUBJECTS = ("item", "items")


class Worker(Generic[P, R]):
    """A function that can still be called as it is, and run as a worker with `run()`."""

    def __init__(
        self,
        function: Callable[P, R],
        *,
        inputs: Sequence[str] | None,
        output: str | None,
        kind: Kind,
        id: str | None,
        batch: bool,
        batch_size: int | None,
        stage: str,
        claim_stage: str,
        next_stage: str | None,
        on_progress: OnProgress | None,
    ) -> None:
        parameters = list(inspect.signature(function).parameters)
        self.takes_subject = next((name for name in parameters if name in SUBJECTS), None)
        named = tuple(name for name in parameters if name not in SUBJECTS)
        self.inputs = named if inputs is None else tuple(inputs)
        if len(self.inputs) != len(named):
            raise TypeError(f"{function.__name__}: inputs {self.inputs} for parameters {named}")
        if kind not in ("attribute", "embedding"):
            raise ValueError(f"kind is {kind!r}; expected 'attribute' or 'embedding'")
        if batch_size is not None and batch_size < 1:
            raise ValueError("batch_size is 1 or more")
        self.function = function
        self.parameters = named
        self.output = output
        self.embedding = kind == "embedding"
        self.id = id
        self.batch = batch
        self.batch_size = batch_size
        self.is_async = inspect.iscoroutinefunction(function)
        self.stage = stage
        self.claim_stage = claim_stage
        self.next_stage = next_stage
        self.on_progress = on_progress
        self.__doc__ = function.__doc__
        self.__name__ = function.__name__

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        return self.function(*args, **kwargs)

    def arguments(self, values: Sequence[dict[str, Any]], subjects: Sequence[Any]) -> dict[str, Any]:
        """What the function is called with: of one row, or in batches a list for each input."""
        given: dict[str, Any] = {}
        for parameter, name in zip(self.parameters, self.inputs, strict=True):
            column = [each.get(name) for each in values]
            given[parameter] = column if self.batch else column[0]
        if self.takes_subject:
            given[self.takes_subject] = list(subjects) if self.batch else subjects[0]
        return given

    def run(self, argv: Sequence[str] | None = None) -> None:
        """Works until SIGTERM; ends the process with an exit code above 0 when it cannot. See `main.py`."""
        from .main import main

        code = main(self, argv)
        if code != 0:
            raise SystemExit(code)


def worker(
    *,
    inputs: Sequence[str] | None = None,
    output: str | None = None,
    kind: Kind = "attribute",
    id: str | None = None,
    batch: bool = False,
    batch_size: int | None = None,
    stage: str = "pending",
    claim_stage: str = "embedding",
    next_stage: str | None = None,
    on_progress: OnProgress | None = None,
) -> Callable[[Callable[P, R]], Worker[P, R]]:
    """Makes a function a worker.

    inputs      attributes it is called with, in the order of its parameters; default: the parameters' names.
                A row that lacks one gives None. In a pipeline: `text`, `id` and the chunk's metadata. A
                parameter `item` (in batches `items`) gets the `Item` or `Chunk` itself.
    output      attribute that the return value goes to; without it the function returns a mapping.
    kind        "embedding": the return value is a vector.
    id          the function or pipeline; default: the environment's.
    batch       the function gets lists and returns a list as long; an exception in it fails its row alone.
    batch_size  rows (documents, of pipelines) of a claim; default: the environment's, else 32.
    stage       pipelines: claimed from `stage`, meanwhile in `claim_stage`. With `next_stage` no rows are
                written: the results join the chunks (attribute `text` replaces theirs), which move on.
    on_progress called after every batch.

    Functions that wait may be `async`. Others run on one thread of their own, so that leases are kept alive.
    """

    def make(function: Callable[P, R]) -> Worker[P, R]:
        return Worker(
            function,
            inputs=inputs,
            output=output,
            kind=kind,
            id=id,
            batch=batch,
            batch_size=batch_size,
            stage=stage,
            claim_stage=claim_stage,
            next_stage=next_stage,
            on_progress=on_progress,
        )

    return make
