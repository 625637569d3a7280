"""What a worker's function is called with, and what becomes of what it returns or raises."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from layer.worker import Chunk, Item, PermanentError, Result, Throttled, TransientError, Worker, worker
from layer.worker.outcomes import Failure, Outcome
from layer.worker.runner import Runner, Task


def row(n: int, /, **values: Any) -> Task:
    return Task.of(Item("docs", n, f"l{n}", 1, values))


def run(
    function: Worker[Any, Any], tasks: list[Task], size: int = 32, stopping: Callable[[], bool] | None = None
) -> list[Outcome]:
    into: list[Outcome | None] = [None] * len(tasks)
    asyncio.run(Runner(function, stopping or (lambda: False)).run(tasks, into, size))
    return [outcome for outcome in into if outcome is not None]


def test_inputs_are_the_parameters() -> None:
    @worker(output="both")
    def join(title: str, text: str) -> str:
        return f"{title}: {text}"

    assert join("a", "b") == "a: b", "the function is still a plain one"
    outcomes = run(join, [row(1, text="x", title="t", more=1), row(2, text="y")])
    assert outcomes == [Result(attributes={"both": "t: x"}), Result(attributes={"both": "None: y"})]


def test_inputs_may_have_other_names() -> None:
    @worker(inputs=["body text"], output="n")
    async def length(text: str) -> int:
        return len(text)

    assert run(length, [row(1, **{"body text": "four"})]) == [Result(attributes={"n": 4})]


def test_the_item_itself_is_there_for_who_asks() -> None:
    @worker()
    def describe(item: Item | Chunk, text: str) -> dict[str, Any]:
        return {"seen": [item.id, text]}

    chunk = Task.of(Chunk("a#0", "words", {"page": 3, "text": "not this"}))
    assert run(describe, [row(7, text="x"), chunk]) == [
        Result(attributes={"seen": [7, "x"]}),
        Result(attributes={"seen": ["a#0", "words"]}),
    ]


def test_a_batch_gets_columns_and_returns_as_many() -> None:
    sizes: list[int] = []

    @worker(kind="embedding", batch=True)
    def embed(text: list[str]) -> list[Any]:
        sizes.append(len(text))
        return [PermanentError("empty") if not each else [float(len(each)), 1.0] for each in text]

    outcomes = run(embed, [row(n, text="x" * n) for n in range(5)], size=3)
    assert sizes == [3, 2]
    assert outcomes[0] == Failure("permanent", "empty")
    assert outcomes[1:] == [Result(vector=[float(n), 1.0]) for n in range(1, 5)]


def test_arrays_are_sent_as_lists() -> None:
    class Array:
        def tolist(self) -> list[float]:
            return [0.5, 1.5]

    @worker(kind="embedding")
    def embed(text: str) -> Any:
        return Array()

    (outcome,) = run(embed, [row(1, text="x")])
    assert isinstance(outcome, Result) and json.dumps(outcome.members()) == '{"vector": [0.5, 1.5]}'


def test_every_kind_of_failure_is_told() -> None:
    @worker(output="v")
    def fail(why: str) -> int:
        raise {
            "t": TransientError("later"),
            "p": PermanentError("never"),
            "w": Throttled(retry_after=2.5),
            "u": KeyError("who"),
        }[why]

    assert run(fail, [row(n, why=why) for n, why in enumerate("tpwu")]) == [
        Failure("transient", "later"),
        Failure("permanent", "never"),
        Failure("throttled", "throttled", 2500),
        Failure("transient", "KeyError: 'who'"),
    ]


def test_a_row_that_spoils_its_batch_fails_alone() -> None:
    @worker(output="v", batch=True)
    def divide(n: list[int]) -> list[float]:
        return [1 / each for each in n]

    outcomes = run(divide, [row(n, n=n) for n in range(6)])
    assert outcomes[0] == Failure("transient", "ZeroDivisionError: division by zero")
    assert outcomes[1:] == [Result(attributes={"v": 1 / n}) for n in range(1, 6)]


def test_a_batch_that_is_throttled_is_not_taken_apart() -> None:
    calls: list[int] = []

    @worker(output="v", batch=True)
    async def wait(n: list[int]) -> list[int]:
        calls.append(len(n))
        raise Throttled(1)

    assert run(wait, [row(n, n=n) for n in range(4)]) == [Failure("throttled", "throttled", 1000)] * 4
    assert calls == [4]


def test_results_that_cannot_be_sent_are_failures_for_good() -> None:
    returned: list[Any] = [float("nan"), object(), {1, 2}]

    @worker(output="v")
    def give(n: int) -> Any:
        return returned[n]

    @worker(kind="embedding")
    def embed(n: int) -> Any:
        return [[], "text", 7][n]

    @worker()
    def bare(n: int) -> Any:
        return n

    for function in (give, embed, bare):
        for outcome in run(function, [row(n, n=n) for n in range(3)]):
            assert isinstance(outcome, Failure) and outcome.kind == "permanent", outcome


def test_what_has_not_begun_is_released_on_the_order_to_stop() -> None:
    begun: list[int] = []

    @worker(output="v")
    def work(n: int) -> int:
        begun.append(n)
        return n

    outcomes = run(work, [row(n, n=n) for n in range(5)], stopping=lambda: len(begun) == 2)
    assert begun == [0, 1]
    assert outcomes[:2] == [Result(attributes={"v": 0}), Result(attributes={"v": 1})]
    assert outcomes[2:] == [Failure("transient", "released")] * 3


def test_wrong_declarations_are_refused_at_once() -> None:
    mistakes: list[dict[str, Any]] = [{"inputs": ["a"]}, {"batch_size": 0}, {"kind": "vector"}]
    for wrong in mistakes:
        try:
            worker(**wrong)(lambda a, b: None)
        except (TypeError, ValueError):
            continue
        raise AssertionError(wrong)
