"""The verbs of the command line; docs/history.md shows each of these commands."""

from __future__ import annotations

import json
import shlex

from tests.documents.stack import Client, Stack
from tests.history.list_tests import event
from tests.history.shop import ITEMS, SCHEMA, clicked, entries, fill, kept, layer, named, search


def test_the_commands_of_the_documentation() -> None:
    with Stack() as stack:
        url = stack.gateway("g").url
        client = Client(url)
        fill(client, "films")
        search(client, "red shoes", "films", query_id="q1", client_id="c1", search_query="robots")
        kept(client, 1, "films")

        def run(command: str, text: str = "", code: int = 0) -> str:
            return layer(url, *shlex.split(command)[1:], text=text, code=code)

        assert json.loads(run("layer history list films"))["entries"][0]["query_id"] == "q1"
        found = json.loads(run("layer history list films --contains robots --from 24h --json"))
        assert [entry["raw_query"] for entry in found["entries"]] == ["robots"]
        assert json.loads(run("layer history follow films --for 1ms"))["query_id"] == "q1"
        events = stack.root / "events.ndjson"
        events.write_text("\n".join(json.dumps(event(query_id="q1")) for _ in range(2)))
        sent = run(f"layer ubi send {events} --namespace films")
        assert json.loads(sent) == {"accepted": 2, "rejected": 0}
        clicked(client, 2, "films")
        assert len(json.loads(run("layer clicks list films"))["events"]) == 2
        assert json.loads(run("layer insights films"))["queries"] == 1
        (line,) = run("layer history export films --format ubi --kind queries").splitlines()
        assert json.loads(line)["user_query"] == "robots"
        fill(client, "films-next")
        replayed = run("layer replay films --from 24h --against films-next --min-overlap 0.8 --json")
        assert json.loads(replayed)["searches"] == 1
        run("layer history purge films --client-id c1 --watch")
        assert entries(client, "films") == []


def test_tables_for_people() -> None:
    with Stack() as stack:
        url = stack.gateway("g").url
        client = Client(url)
        fill(client)
        search(client, "red shoes", query_id="q1", tags="web")
        kept(client, 1)
        table = layer(url, "history", "list", "shop", "-o", "table")
        assert "red shoes" in table and "QUERY ID" in table, table
        assert json.loads(layer(url, "history", "list", "shop", "--tag", "none"))["entries"] == []
        assert "red shoes" in layer(url, "history", "follow", "shop", "--for", "1ms", "-o", "table")
        three = "\n".join(json.dumps(event(query_id="q1")) for _ in range(2)) + "\n{}\n"
        assert layer(url, "ubi", "send", "-", "-o", "table", text=three, code=1) == "2 accepted, 1 rejected\n"
        clicked(client, 2)
        assert "click" in layer(url, "clicks", "list", "shop", "-o", "table")
        assert "1 queries in 0 sessions, 2 clicks" in layer(url, "insights", "shop", "-o", "table")
        assert layer(url, "history", "list", "gone", "--limit", "0", code=1) == ""


def test_replay_compares_with_a_candidate() -> None:
    with Stack() as stack:
        url = stack.gateway("g").url
        client = Client(url)
        fill(client)
        fill(client, "same")
        client.write(
            "fewer",
            {"upsert_rows": ITEMS[:1], "schema": SCHEMA, "distance_metric": "cosine_distance"},
        )
        for number in range(3):
            search(client, "shoes", query_id=f"q{number}")
        vector = {"rank_by": ["vector", "ANN", [1.0, 0.0, 0.0]], "top_k": 2}
        assert client.call("POST", "/v2/namespaces/shop/query", vector).status == 200
        kept(client, 4)
        client.fetch("shop", 3, headers=named({"query_id": "q0"}))
        clicked(client, 1)
        ask = ("replay", "shop", "--from", "24h", "--against")
        same = json.loads(layer(url, *ask, "same", "--min-overlap", "1", "--max-ndcg-loss", "0", "--json"))
        assert (same["entries"], same["skipped"], same["searches"]) == (4, 1, 1), same
        assert same["overlap"] == 1 and same["kendall_tau"] == 1 and same["missed"] == []
        assert same["ndcg"]["baseline"] == same["ndcg"]["candidate"] > 0
        assert same["latency_ms"]["candidate"]["p95"] > 0
        fewer = json.loads(layer(url, *ask, "fewer", "--min-overlap", "0.9", "--json", code=1))
        assert fewer["overlap"] == 0.5 and fewer["missed"] == ["min-overlap"], fewer
        assert fewer["ndcg"]["candidate"] == 0 and fewer["worst"][0]["query"] == "shoes"
        filtered = layer(url, "replay", "shop", "--against-filters", '["price","Lt",35]', "-o", "table")
        assert "overlap of the first 10: 0.500" in filtered, filtered
        layer(url, "replay", "shop", code=2)
        assert len(entries(client)) == 4  # what is replayed is no search
