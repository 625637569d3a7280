"""How workers end: told to, killed, crashed, with their gateway."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from tests.documents.stack import Stack
from tests.support.gateway import until
from tests.support.postgres import Postgres, folder_of_programs
from tests.support.tally import Skip
from tests.workers.site import HANG_S, Site, alive, pipeline


def test_a_worker_that_is_told_to_end_finishes_what_it_holds(folder: Path) -> None:
    with Stack() as stack:
        site = Site(stack)
        resource = pipeline(arguments=["--hold", str(folder)], worker={"timeoutSeconds": 3600})
        site.put(resource)
        site.until_registered()
        site.stage("a")
        (process,) = site.until_processes(1).values()
        site.until_counted({"embedding": 1})
        site.drop(resource)
        until(lambda: site.status() == {}, "the object to go", HANG_S)
        assert alive(process) and site.counts() == {"embedding": 1}
        (folder / "a").touch()
        site.until_indexed(1)
        site.until_processes(0)
        assert site.document("a")["attempts"] == 0


def test_what_a_killed_worker_held_is_handed_out_at_once(folder: Path) -> None:
    with Stack() as stack:
        site = Site(stack)
        site.put(pipeline(arguments=["--hold", str(folder)]))
        site.until_registered()
        site.stage("a")
        (process,) = site.until_processes(1).values()
        site.until_counted({"embedding": 1})
        os.kill(process, signal.SIGKILL)
        until(lambda: process not in site.processes().values() and bool(site.processes()), "another", HANG_S)
        site.until_counted({"embedding": 1})
        (folder / "a").touch()
        site.until_indexed(1)
        assert site.metric("layer_worker_restarts_total", kind="Pipeline", name="books") == 1
        assert "a worker crashed" in site.gateway.log.read_text()


def test_one_that_does_not_listen_is_killed_and_its_lease_is_over(folder: Path) -> None:
    with Stack() as stack:
        site = Site(stack)
        resource = pipeline(arguments=["--deaf", "--hold", str(folder)])
        site.put(resource)
        site.until_registered()
        site.stage("a")
        site.until_processes(1)
        site.until_counted({"embedding": 1})
        site.drop(resource)
        site.until_processes(0)
        site.until_counted({"pending": 1})
        assert site.document("a")["attempts"] == 1


def test_a_command_that_always_crashes_is_left_alone_for_a_while() -> None:
    with Stack() as stack:
        site = Site(stack)
        command = [sys.executable, "-c", "import sys; print('no'); sys.exit(7)"]
        site.put(
            pipeline(worker={"command": command}, scaling={"mode": "fixed", "replicas": {"min": 1, "max": 1}})
        )
        loop = site.until_condition("WorkersAvailable", "CrashLoop")
        assert loop["status"] == "False" and "exit code 7" in loop["message"], loop
        assert site.condition("Ready")["reason"] == "CrashLoop"
        assert site.metric("layer_worker_restarts_total", name="books") == 5
        assert site.printed("books-1") == ["no"] * 5
        site.put(pipeline())
        site.stage("a")
        site.until_indexed(1)


def test_a_document_that_kills_its_workers_is_failed_in_the_end() -> None:
    with Stack() as stack:
        site = Site(stack)
        site.put(pipeline(arguments=["--crash-on", "a"]))
        site.until_registered()
        site.stage("a")
        until(lambda: site.document("a")["attempts"] >= 3, "attempts to be counted", HANG_S)


def test_children_do_not_outlive_a_gateway_that_is_killed(folder: Path) -> None:
    with Stack() as stack:
        site = Site(stack)
        site.put(pipeline(arguments=["--hold", str(folder)]))
        site.until_registered()
        site.stage("a", "b", "c")
        processes = site.until_processes(3)
        site.until_counted({"embedding": 3})
        site.gateway.kill()
        until(lambda: not any(map(alive, processes.values())), "the workers to end", HANG_S)
        for each in "abc":
            (folder / each).touch()
        site.gateway.start()
        # Their leases last for two minutes more; a gateway knows that these workers are no more.
        site.until_indexed(3)


def test_a_drain_lets_workers_finish_first(folder: Path) -> None:
    with Stack() as stack:
        site = Site(stack)
        site.put(pipeline(arguments=["--hold", str(folder)], worker={"timeoutSeconds": 60}))
        site.until_registered()
        site.stage("a", "b")
        processes = site.until_processes(2)
        site.until_counted({"embedding": 2})
        ended = threading.Thread(target=site.gateway.stop)
        ended.start()
        until(lambda: "draining" in site.gateway.tail(), "the drain", HANG_S)
        for each in "ab":
            (folder / each).touch()
        ended.join()
        assert site.gateway.process is not None and site.gateway.process.returncode == 0
        assert not any(map(alive, processes.values()))
        assert site.printed("books-1")[-1] == "stopped", site.printed("books-1")
        site.gateway.start()
        assert site.counts() == {"indexed": 2}


@contextlib.contextmanager
def fleet() -> Iterator[tuple[Stack, Postgres]]:
    if folder_of_programs() is None:
        raise Skip("PostgreSQL is not installed")
    with Postgres() as postgres, Stack() as stack:
        yield stack, postgres


def test_one_gateway_of_a_fleet_runs_the_workers(folder: Path) -> None:
    with fleet() as (stack, postgres):
        hold = pipeline(arguments=["--hold", str(folder)])
        one = Site(stack, "one", f"--database-url={postgres.url}")
        one.put(hold)
        one.until_registered()
        one.stage("a")
        one.until_processes(1)
        two = Site(stack, "two", f"--database-url={postgres.url}")
        two.until_condition("WorkersAvailable", "RunsElsewhere")
        two.stage("b")
        one.until_processes(2)
        assert two.processes() == {}
        one.gateway.kill()
        two.until_processes(2)
        two.until_counted({"embedding": 2})
