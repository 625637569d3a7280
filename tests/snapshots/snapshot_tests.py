"""Snapshots on demand: they hold what the rows hold, and what changed between two is what was changed."""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path
from typing import Any

from tests.snapshots.site import (
    END_S,
    NS,
    PATH,
    Site,
    counted,
    end_of,
    exact,
    latest,
    refused,
    rows,
    seeded,
    take,
    taken,
    values,
)
from tests.support.gateway import until
from tests.support.server import default_binary

FIELDS = ["lang", "year", "good", "tags"]


def cli(site: Site, *words: str) -> tuple[int, str]:
    command = [str(default_binary()), *words, "--base-url", site.url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout


def test_counts_are_those_of_the_rows_under_random_writes(folder: Path) -> None:
    seed = seeded()
    with Site(folder) as site:
        client = site.client()
        kept: dict[int, dict[str, Any]] = {}
        for _ in range(4):
            written = rows(seed.sample(range(400), 150), seed)
            client.write(NS, {"upsert_rows": written})
            kept |= {row["id"]: row for row in written}
            gone = seed.sample(sorted(kept), 20)
            client.write(NS, {"deletes": gone})
            for each in gone:
                del kept[each]
            done = exact(client, fields=FIELDS)
            assert done["effective_source"] == "origin" and done["rows_after_cut"] == 0, done
            body = latest(client)
            assert body["sha"] == done["sha"] and body["row_count"] == len(kept), body
            for field in FIELDS:
                assert values(body, field) == counted(kept.values(), field), field
            live = client.call("POST", f"{PATH}/query", {"aggregate_by": {"n": ["Count"]}}).json
            assert body["row_count"] == live["aggregations"]["n"]


def test_an_unchanged_namespace_keeps_its_body(folder: Path) -> None:
    with Site(folder) as site:
        client = site.client()
        client.write(NS, {"upsert_rows": rows(range(50), random.Random(1))})
        first = exact(client, field="lang")
        again = taken(client, field="lang", source="origin")
        assert again["sha"] == first["sha"] and again["stable_as_of"] >= first["stable_as_of"]
        history = client.call("GET", f"{PATH}/history").json
        assert [entry["sha"] for entry in history].count(first["sha"]) == 1, history
        stored = taken(client, field="lang", source="stored")
        assert stored["effective_source"] == "stored" and stored["sha"] == first["sha"]
        # Another field joins the body, and what was there stays.
        exact(client, field="year")
        assert {field["name"] for field in latest(client)["fields"]} >= {"lang", "year"}


def test_what_changed_between_two_is_what_was_changed(folder: Path) -> None:
    with Site(folder) as site:
        client = site.client()
        before = [{"id": n, "lang": "de" if n < 6 else "fr"} for n in range(10)]
        client.write(NS, {"upsert_rows": before})
        first = exact(client, field="lang")
        client.write(
            NS, {"upsert_rows": [{"id": 0, "lang": "nl"}, {"id": 20, "lang": "nl"}], "deletes": [6, 7, 8, 9]}
        )
        second = exact(client, field="lang")
        path = f"{PATH}/snapshots/diff?field=lang&from={first['sha']}&to={second['sha'][:12]}"
        diff = client.call("GET", path).json
        assert diff["appeared"] == [{"v": "nl", "n": 2}] and diff["vanished"] == [{"v": "fr", "n": 4}], diff
        assert diff["shrunk"] == [{"v": "de", "from": 6, "to": 5, "delta": -1}] and diff["grown"] == []
        assert diff["from"]["sha"] == first["sha"] and diff["to"]["sha"] == second["sha"]
        every = client.call("GET", f"{PATH}/snapshots/diff?from={first['sha']}").json
        assert [field["field"] for field in every["fields"]] == ["lang"] and every["only_to"] == []
        swapped = client.call("GET", f"{PATH}/snapshots/diff?field=lang&from=latest&to={first['sha']}").json
        assert swapped["vanished"] == [{"v": "nl", "n": 2}]


def test_counts_of_some_rows_are_results_of_the_job_alone(folder: Path) -> None:
    seed = seeded()
    with Site(folder) as site:
        client = site.client()
        written = rows(range(300), seed)
        client.write(NS, {"upsert_rows": written})
        whole = exact(client, fields=FIELDS)
        done = taken(client, fields=FIELDS, filters=["year", "Gte", 1995])
        some = [row for row in written if row["year"] >= 1995]
        results = f"{PATH}/snapshot-jobs/{done['id']}/results"
        found = client.call("GET", f"{results}?limit=10000").json
        assert found["row_count"] == len(some) and found["effective_source"] == "origin", found
        for field in FIELDS:
            got = {each["v"]: each["n"] for each in found["values"] if each["field"] == field}
            assert got == counted(some, field), field
        first = client.call("GET", f"{results}?limit=3").json
        assert first["values"] == found["values"][:3] and first["next_cursor"], first
        assert latest(client)["sha"] == whole["sha"], "no snapshot came of it"
        refused(client.call("GET", f"{PATH}/snapshot-jobs/{whole['id']}/results"), 404, "not_found")
        bad = end_of(client, take(client, field="lang", filters=["year", "Nearly", 7]))
        assert bad["status"] == "failed" and "Nearly" in bad["error"], bad


def test_a_field_with_too_many_values_is_skipped_and_the_others_are_not(folder: Path) -> None:
    with Site(folder) as site:
        client = site.client()
        count = 10_050
        client.write(NS, {"upsert_rows": [{"id": n, "title": f"t{n}", "kind": n % 3} for n in range(count)]})
        exact(client, fields=["title", "kind", "nowhere"])
        body = latest(client)
        assert values(body, "kind") == {"0": 3350, "1": 3350, "2": 3350}
        assert values(body, "nowhere") == {}
        (skipped,) = body["fields_skipped"]
        assert skipped["name"] == "title" and skipped["reason"] == "exceeded_cap", skipped
        assert skipped["distinct_observed"] == 10_001 and skipped["cap"] == 10_000, skipped


def test_checkpoints_and_their_errors(folder: Path) -> None:
    with Site(folder) as site:
        client = site.client()
        client.write(NS, {"upsert_rows": rows(range(20), random.Random(2))})
        refused(client.call("POST", f"{PATH}/checkpoints", {"label": "early"}), 404, "not_found")
        done = exact(client, field="lang")
        made = client.call("POST", f"{PATH}/checkpoints", {"label": "v1"})
        assert made.status == 200 and made.json["sha"] == done["sha"] and made.json["row_count"] == 20
        refused(client.call("POST", f"{PATH}/checkpoints", {"label": "v1"}), 409, "conflict")
        for label in ("", "a b", "x" * 129, 7):
            refused(client.call("POST", f"{PATH}/checkpoints", {"label": label}), 422, "validation_error")
        for number in range(4):
            assert client.call("POST", f"{PATH}/checkpoints", {"label": f"n{number}"}).status == 200
        seen, cursor = [], ""
        while True:
            page = client.call("GET", f"{PATH}/checkpoints?limit=2&before={cursor}").json
            seen += [each["label"] for each in page["checkpoints"]]
            cursor = page.get("next_cursor", "")
            if not cursor:
                break
        assert sorted(seen) == ["n0", "n1", "n2", "n3", "v1"], seen
        assert client.call("GET", f"{PATH}/checkpoints/v1").json == made.json
        assert "v1" in client.call("GET", f"{PATH}/history").json[0]["tags"]
        assert client.call("DELETE", f"{PATH}/checkpoints/v1").status == 200
        refused(client.call("GET", f"{PATH}/checkpoints/v1"), 404, "not_found")


def test_bad_requests_are_told_what_is_wrong(folder: Path) -> None:
    with Site(folder) as site:
        client = site.client()
        client.write(NS, {"upsert_rows": rows(range(5), random.Random(3))})
        bad: list[Any] = [
            {},
            {"field": 7},
            {"fields": []},
            {"field": "a", "source": "moon"},
            {"field": "a", "x": 1},
            {"field": "a", "filters": {"year": 1990}},
            {"field": "lang", "filters": ["year", "Gte", 1990], "source": "stored"},
        ]
        for body in [*bad, b"not json", []]:
            refused(client.call("POST", f"{PATH}/snapshots", body), 422, "validation_error")
        refused(
            client.call("POST", f"{PATH}/snapshots", {"field": "lang", "source": "stored"}),
            412,
            "precondition_failed",
        )
        refused(client.call("GET", f"{PATH}/snapshots/latest"), 404, "not_found")
        refused(client.call("GET", f"{PATH}/snapshots/abc"), 422, "validation_error")
        refused(client.call("GET", f"{PATH}/snapshots/diff"), 422, "validation_error")
        refused(client.call("GET", f"{PATH}/snapshots/diff?from=yesterday"), 422, "validation_error")
        refused(client.call("GET", f"{PATH}/history?limit=0"), 422, "validation_error")
        refused(client.call("GET", f"{PATH}/snapshot-policy"), 404, "not_found")
        refused(client.call("PUT", f"{PATH}/snapshot-policy", {"interval": "soon"}), 422, "validation_error")
        refused(client.call("GET", f"{PATH}/snapshot-jobs/nobody"), 404, "not_found")
        exact(client, field="lang")
        refused(client.call("GET", f"{PATH}/snapshots/0000000"), 404, "not_found")
        refused(client.call("GET", f"{PATH}/snapshots/latest?field=year"), 404, "not_found")
        refused(client.call("GET", f"{PATH}/snapshots/diff?from=1d&field=lang"), 404, "not_found")


def test_a_kill_in_mid_run_leaves_no_half_snapshot(folder: Path) -> None:
    site = Site(folder, environment={"LAYER_FAILPOINT": "snapshots.publish:1"})
    site.start()
    try:
        client = site.client()
        written = rows(range(300), random.Random(4))
        client.write(NS, {"upsert_rows": written})
        job_id = take(client, fields=["lang", "tags"], source="origin")
        assert site.process is not None
        site.process.wait(timeout=120)
        site.environment = {}
        site.start()
        client = site.client()
        done = end_of(client, job_id)
        assert done["status"] == "completed", done
        exact(client, fields=["lang", "tags"])
        body = latest(client)
        assert body["row_count"] == 300
        assert values(body, "lang") == counted(written, "lang")
        assert values(body, "tags") == counted(written, "tags")
        assert site.stop() == 0
    finally:
        site.kill()


def test_a_deleted_namespace_takes_its_snapshots_along(folder: Path) -> None:
    with Site(folder) as site:
        client = site.client()
        client.write(NS, {"upsert_rows": rows(range(30), random.Random(5))})
        exact(client, field="lang")
        client.call("POST", f"{PATH}/checkpoints", {"label": "v1"})
        deleted = client.call("DELETE", PATH)
        assert deleted.status == 200, deleted.body
        refused(client.call("GET", f"{PATH}/snapshots/latest"), 404, "not_found")
        receipt = f"{PATH}/deletions/{deleted.headers['x-layer-deletion-id']}"
        until(lambda: client.call("GET", receipt).json["state"] == "complete", "the purge", 60)
        places = {place["place"]: place for place in client.call("GET", receipt).json["places"]}
        assert places["snapshots"]["state"] == "done" and places["checkpoints"]["state"] == "done"
        objects = site.directory / "objects"
        assert not [path for path in objects.rglob("*") if path.is_file() and "snapshots" in path.parts]
        # A job of a namespace that is gone ends with a clear state.
        done = end_of(client, take(client, field="lang", source="origin"))
        assert done["status"] == "failed" and done["error"], done


def test_the_command_line_shows_and_compares(folder: Path) -> None:
    with Site(folder) as site:
        client = site.client()
        client.write(
            "films", {"upsert_rows": [{"id": n, "genre": "drama" if n % 2 else "western"} for n in range(9)]}
        )
        code, out = cli(site, "index", "snapshot", "films", "--field", "genre", "--watch", "--output", "json")
        assert code == 0 and json.loads(out)["status"] == "completed", out
        code, out = cli(site, "snapshot", "latest", "films")
        assert code == 0 and "genre" in out, out
        some = ["index", "snapshot", "films", "--field", "genre", "--filters", '["id","Lt",4]', "--watch"]

        def both() -> bool:
            code, out = cli(site, *some, "--output", "table")
            assert code == 0, out
            return "drama" in out and "western" in out

        until(both, "the rows to be behind the watermark", END_S)
        code, out = cli(site, "index", "snapshot", "films", "--field", "genre", "--filters", "[", "--watch")
        assert code == 2, out
        code, out = cli(site, "snapshot", "list", "films", "--output", "table")
        assert code == 0 and "WATERMARK_MS" in out, out
        sha = json.loads(cli(site, "snapshot", "list", "films", "--output", "json")[1])[0]["sha"]
        code, out = cli(site, "snapshot", "get", "films", sha, "--field", "genre", "--output", "json")
        assert code == 0 and json.loads(out)["sha"] == sha, out
        code, out = cli(site, "snapshot", "diff", "films", "--field", "genre", "--from", sha)
        assert code == 0, out
        code, out = cli(site, "index", "policy", "films", "--facet-fields", "genre", "--interval", "10m")
        assert code == 0 and "10m" in out, out
        code, out = cli(site, "index", "policy", "films", "--output", "json")
        assert code == 0 and json.loads(out)["facetFields"] == ["genre"], out
