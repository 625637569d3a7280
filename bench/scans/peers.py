"""The rows of rows.h in SQLite and DuckDB, and what they answer to the same questions, one thread each."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb

KINDS, TAGS, NUMBERS = 1000, 200, 1_000_003
PAGE = 10_000
ROUNDS = 5

Row = tuple[int, str, int]


def number_of(identity: int) -> int:
    return identity * 2_654_435_761 % NUMBERS


def made(rows: int) -> Iterator[Row]:
    for identity in range(rows):
        yield identity, f"kind-{identity * 7919 % KINDS:03}", number_of(identity)


def best_ms(run: Callable[[], object]) -> float:
    """Processor time of this thread, best of some rounds: as ours is measured."""
    best = float("inf")
    for _ in range(ROUNDS):
        begun = time.thread_time()
        run()
        best = min(best, time.thread_time() - begun)
    return best * 1e3


class Sqlite:
    """Rows with an index on each column that is counted or grouped by."""

    name = "SQLite"

    def __init__(self, folder: Path, rows: int) -> None:
        self.rows = rows
        self.db = sqlite3.connect(folder / "rows.sqlite", isolation_level=None)
        self.db.execute("PRAGMA journal_mode = off")
        self.db.execute("BEGIN")
        self.db.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, kind TEXT, number INTEGER)")
        self.db.executemany("INSERT INTO rows VALUES (?, ?, ?)", made(rows))
        self.db.execute("CREATE INDEX by_kind ON rows (kind)")
        self.db.execute("CREATE INDEX by_number ON rows (number, kind)")
        self.db.execute("COMMIT")

    def ask(self, query: str, *values: object) -> list[tuple[object, ...]]:
        return self.db.execute(query, values).fetchall()

    def ids_per_second(self) -> float:
        """Pages as JSON text, made by SQLite itself."""
        page = (
            "SELECT json_group_array(json_object('id', id)), count(*), max(id) FROM "
            "(SELECT id FROM rows WHERE id > ? ORDER BY id LIMIT ?)"
        )
        found, last = 0, -1
        begun = time.thread_time()
        while True:
            _, count, highest = self.ask(page, last, PAGE)[0]
            assert isinstance(count, int)
            found += count
            if count < PAGE:
                break
            assert isinstance(highest, int)
            last = highest
        return found / (time.thread_time() - begun)

    def close(self) -> None:
        self.db.close()


class DuckDb:
    """The same table in memory, one thread."""

    name = "DuckDB"

    def __init__(self, rows: int) -> None:
        self.db = duckdb.connect(":memory:", config={"threads": 1})
        self.db.execute(
            f"CREATE TABLE rows AS SELECT i AS id, printf('kind-%03d', i * 7919 % {KINDS}) AS kind, "
            f"i * 2654435761 % {NUMBERS} AS number, "
            f"['tag-' || (i * 31 % {TAGS}), 'tag-' || ((i * 31 + 7) % {TAGS}), "
            f"'tag-' || ((i * 31 + 77) % {TAGS})] AS tags FROM range({rows}) t(i)"
        )

    def ask(self, query: str, *values: object) -> list[tuple[object, ...]]:
        found: list[tuple[object, ...]] = self.db.execute(query, list(values)).fetchall()
        return found

    def close(self) -> None:
        self.db.close()
