"""Snapshots that nobody asked for: when they come, when they do not, and how long they stay."""

from __future__ import annotations

import random
from pathlib import Path

from tests.snapshots.site import NS, PATH, Site, counted, exact, latest, rows, values
from tests.support.gateway import until

SOON = ("--facet-refresh-ms=100", "--snapshot-min-interval-ms=1000")


def automatic_jobs(site: Site) -> int:
    jobs = site.client().call("GET", f"{PATH}/snapshot-jobs").json["snapshot_jobs"]
    return sum(1 for each in jobs if each["automatic"])


def test_a_policy_brings_snapshots_by_themselves(folder: Path) -> None:
    with Site(folder, SOON) as site:
        client = site.client()
        written = rows(range(40), random.Random(6))
        client.write(NS, {"upsert_rows": written})
        policy = {"facetFields": ["lang", "tags"], "interval": "1s"}
        put = client.call("PUT", f"{PATH}/snapshot-policy", policy)
        assert put.status == 200 and put.json == {**policy, "retention": "never"}, put.body
        assert client.call("GET", f"{PATH}/snapshot-policy").json == put.json

        def has_all() -> bool:
            reply = client.call("GET", f"{PATH}/snapshots/latest")
            return reply.status == 200 and reply.json["row_count"] == 40

        until(has_all, "a snapshot", 60)
        assert values(latest(client), "lang") == counted(written, "lang")
        client.write(NS, {"deletes": [row["id"] for row in written[:10]]})
        until(lambda: bool(latest(client)["row_count"] == 30), "another snapshot", 120)
        events = client.call("GET", "/v2/activity/snapshots").json["events"]
        assert {event["namespace"] for event in events} == {NS} and len(events) >= 2
        assert events == sorted(events, key=lambda event: -event["ts_ms"])
        page = client.call("GET", "/v2/activity/snapshots?limit=1").json
        rest = client.call("GET", f"/v2/activity/snapshots?limit=500&cursor={page['next_cursor']}").json
        assert page["events"] + rest["events"] == events


def test_an_idle_namespace_brings_none(folder: Path) -> None:
    with Site(folder, SOON) as site:
        client = site.client()
        client.write(NS, {"upsert_rows": rows(range(10), random.Random(7))})
        client.call("PUT", f"{PATH}/snapshot-policy", {"facetFields": ["lang"], "interval": "1s"})
        until(lambda: client.call("GET", f"{PATH}/snapshots/latest").status == 200, "a snapshot", 60)
        until(lambda: bool(latest(client)["exact"]), "an exact one", 120)
        history = client.call("GET", f"{PATH}/history").json
        other = "/v2/namespaces/other"
        # What another namespace gets meanwhile shows that the writer went round.
        for round_number in range(2):
            client.call("POST", other, {"upsert_rows": [{"id": round_number, "lang": "de"}]})
            client.call("PUT", f"{other}/snapshot-policy", {"facetFields": ["lang"], "interval": "1s"})

            def arrived(count: int = round_number + 1) -> bool:
                reply = client.call("GET", f"{other}/snapshots/latest")
                return reply.status == 200 and reply.json["row_count"] == count

            until(arrived, "a snapshot of the other", 120)
        assert client.call("GET", f"{PATH}/history").json == history


def test_retention_spares_the_latest_and_what_has_a_name(folder: Path) -> None:
    with Site(folder, SOON) as site:
        client = site.client()
        shas = []
        for number in range(3):
            client.write(NS, {"upsert_rows": [{"id": number, "lang": "de"}]})
            shas.append(exact(client, field="lang")["sha"])
            if number == 0:
                assert client.call("POST", f"{PATH}/checkpoints", {"label": "first"}).status == 200
        client.call("PUT", f"{PATH}/snapshot-policy", {"facetFields": [], "retention": "1ms"})
        site.stop()
        site.start()  # prunes when it starts, then hourly
        client = site.client()

        def pruned() -> bool:
            kept = {entry["sha"] for entry in client.call("GET", f"{PATH}/history").json}
            return kept == {shas[0], shas[2]}

        until(pruned, "the pruning", 60)
        assert client.call("GET", f"{PATH}/snapshots/{shas[0]}").status == 200
        assert client.call("GET", f"{PATH}/snapshots/{shas[1]}").status == 404
