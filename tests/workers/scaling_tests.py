"""How many workers run: from zero to many and back, held, scheduled, refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.documents.stack import Stack
from tests.support.gateway import until
from tests.workers.site import HANG_S, Site, pipeline


def test_workers_come_with_the_work_and_go_with_it() -> None:
    with Stack() as stack:
        site = Site(stack)
        site.put(pipeline())
        site.until_registered()
        assert site.until_condition("WorkersAvailable", "NotNeeded")["status"] == "True"
        assert site.processes() == {}
        site.stage("a", "b", "c", "d", "e")
        site.until_indexed(5)
        site.until_processes(0)
        until(lambda: site.status().get("replicas") == 0, "the status to follow", HANG_S)
        assert site.status()["queueDepth"] == 0
        printed = site.printed("books-1")
        assert printed[0] == "begins" and printed[-1] == "stopped", printed
        assert site.condition("Ready")["status"] == "True", site.status()
        until(lambda: site.metric("layer_workers", name="books") == 0, "the gauge to follow", HANG_S)
        assert site.metric("layer_worker_restarts_total", name="books") == 0


def test_there_are_no_more_workers_than_allowed(folder: Path) -> None:
    with Stack() as stack:
        site = Site(stack)
        site.put(pipeline(arguments=["--hold", str(folder)]))
        site.until_registered()
        site.stage("a")
        assert set(site.until_processes(1)) == {"books-1"}
        site.stage("b", "c", "d", "e")
        assert set(site.until_processes(3)) == {"books-1", "books-2", "books-3"}
        site.until_condition("WorkersAvailable", "Running")
        until(lambda: site.metric("layer_workers", state="running") == 3, "the gauge", HANG_S)
        for each in "abcde":
            (folder / each).touch()
        site.until_indexed(5)
        site.until_processes(0)


def test_a_fixed_number_runs_without_work() -> None:
    with Stack() as stack:
        site = Site(stack)
        site.put(pipeline(scaling={"mode": "fixed", "replicas": {"min": 2, "max": 3}}))
        first = site.until_processes(2)
        site.put(pipeline(scaling={"mode": "disabled", "replicas": {"min": 2, "max": 3}}))
        site.until_processes(0)
        assert set(first) == {"books-1", "books-2"}


def test_a_paused_pipeline_has_no_workers() -> None:
    with Stack() as stack:
        site = Site(stack)
        site.put(pipeline(paused=True))
        site.until_registered()
        site.until_condition("Paused", "Paused")
        site.stage("a")
        claimed = site.client().call("POST", "/v2/pipelines/books/claim", {"worker_id": "w"})
        assert claimed.json["items"] == []
        assert site.client().call("GET", "/v2/pipelines/books/status?fresh=true").json["status"] == "paused"
        site.until_condition("Ready", "Ready")
        assert site.processes() == {}
        site.put(pipeline())
        site.until_indexed(1)
        site.until_condition("Paused", "Active")


def test_the_supervisor_can_be_off() -> None:
    with Stack() as stack:
        site = Site(stack, "one", "--supervisor=off")
        site.put(pipeline())
        site.until_registered()
        site.until_condition("WorkersAvailable", "SupervisorOff")
        site.stage("a")
        assert site.processes() == {} and site.counts() == {"pending": 1}


def test_what_keeps_workers_from_running_is_said() -> None:
    refusals: list[tuple[dict[str, Any], str, str, str]] = [
        (
            pipeline("image", worker={"command": None, "image": "example/worker:1"}),
            "WorkersAvailable",
            "NoCommand",
            "spec.worker.command is missing",
        ),
        (
            pipeline(
                "nothing", worker={"command": ["no-such-program"]}, scaling={"replicas": {"min": 1, "max": 1}}
            ),
            "WorkersAvailable",
            "WorkerFailed",
            "there is no program 'no-such-program' in PATH",
        ),
        (
            pipeline("pool", scaling={"pool": "moon", "replicas": {"min": 1, "max": 1}}),
            "PoolResolved",
            "UnknownPool",
            "InfraRules has no pool 'moon'",
        ),
        (
            pipeline("bounds", scaling={"replicas": {"min": 2, "max": 1}}),
            "Accepted",
            "SchemaInvalid",
            "replicas.max",
        ),
        (pipeline("cron", schedule={"cron": "every day"}), "Accepted", "SchemaInvalid", "spec.schedule.cron"),
    ]
    with Stack() as stack:
        site = Site(stack)
        for resource, kind, reason, words in refusals:
            if resource["spec"]["worker"]["command"] is None:
                del resource["spec"]["worker"]["command"]
            site.put(resource)
            condition = site.until_condition(kind, reason, resource["metadata"]["name"])
            assert condition["status"] == "False" and words in condition["message"], condition
        assert site.processes() == {}
        site.put(pipeline("many", scaling={"replicas": {"max": 33}}))
        many = site.until_condition("PoolResolved", "ReplicasAbovePool", "many")
        assert "pool 'cpu' allows 32" in many["message"], many


def test_pools_are_those_of_infra_rules() -> None:
    rules = {
        "apiVersion": "hevlayer.com/v1alpha1",
        "kind": "InfraRules",
        "metadata": {"name": "default"},
        "spec": {"computePools": [{"name": "small", "kind": "cpu", "maxReplicasPerWorkload": 1}]},
    }
    with Stack() as stack:
        site = Site(stack)
        site.put(rules)
        site.put(pipeline(scaling={"pool": "small", "mode": "fixed", "replicas": {"min": 2, "max": 2}}))
        site.until_condition("PoolResolved", "ReplicasAbovePool")
        assert set(site.until_processes(1)) == {"books-1"}
        assert site.status("default", "InfraRules")["poolCount"] == 1
        site.drop(rules)
        site.until_condition("PoolResolved", "UnknownPool")
        site.until_processes(0)
