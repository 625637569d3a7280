"""Who sees history, and what a crash costs."""

from __future__ import annotations

from tests.documents.stack import Client, Stack
from tests.history.list_tests import event
from tests.history.shop import entries, fill, kept, search
from tests.support.gateway import until

READER = "key-of-the-reader-0001"
TEAM = "key-of-the-team-000001"
KEYS = f"""
- {{name: reader, scopes: [read, write], key: {READER}}}
- name: team
  entitlements:
    vectorstore.default: {{scopes: [read], namespaces: ["team-*"]}}
  key: {TEAM}
"""


def test_history_is_seen_where_the_namespace_is() -> None:
    with Stack() as stack:
        keys = stack.root / "keys.yaml"
        keys.write_text(KEYS)
        keys.chmod(0o600)
        url = stack.gateway("g", f"--keys-file={keys}", auth="keys").url
        everyone, team = Client(url, READER), Client(url, TEAM)
        for ns in ("team-a", "secret-plans"):
            fill(everyone, ns)
            search(everyone, "red", ns, query_id=f"q-{ns}")
            kept(everyone, 1, ns)
        (entry,) = entries(team, "team-a")
        assert entry["key_id"] == "reader"
        for path in (
            "search-history",
            "clickstream",
            "insights",
            "history/export",
        ):
            refused = team.call("GET", f"/v2/namespaces/secret-plans/{path}")
            assert refused.status == 403, (path, refused.status)
        assert team.call("DELETE", "/v2/namespaces/team-a/history?before=0s").status == 403
        refused = team.call("POST", "/v2/ubi/events?namespace=secret-plans", event())
        assert refused.status == 403, refused.body
        # A query of a namespace that the key may not read is as unknown as any other.
        told = team.call("POST", "/v2/ubi/events", [event(query_id="q-secret-plans"), event(query_id="q-no")])
        assert told.status == 202 and told.json["accepted"] == 0
        first, second = (each["error"] for each in told.json["rejected"])
        assert first == second and b"secret" not in told.body
        assert team.call("POST", "/v2/ubi/events", event(query_id="q-team-a")).json["accepted"] == 1
        cursor_of_another = everyone.call("GET", "/v2/namespaces/secret-plans/search-history?limit=1")
        assert cursor_of_another.status == 200
        assert Client(url, "nobody").call("GET", "/v2/namespaces/team-a/search-history").status == 403


def test_a_kill_loses_no_more_than_the_last_moment() -> None:
    with Stack() as stack:
        gateway = stack.gateway("g", "--history-flush=1h")
        client = Client(gateway.url)
        fill(client)
        for number in range(20):
            search(client, "red", query_id=f"before{number}")
        kept(client, 20)
        gateway.kill()
        gateway.start()
        again = Client(gateway.url)
        until(lambda: len(entries(again)) >= 20, "what was written before the kill")
        assert {entry["query_id"] for entry in entries(again)} == {f"before{number}" for number in range(20)}


def test_history_off_is_said() -> None:
    with Stack() as stack:
        client = Client(stack.gateway("g", "--history=off").url)
        fill(client)
        assert "x-layer-query-id" not in search(client, "red").headers
        for path in ("search-history", "clickstream", "insights", "history/export"):
            reply = client.call("GET", f"/v2/namespaces/shop/{path}")
            assert (reply.status, reply.json["error"]) == (422, "feature_unavailable"), reply.body
        assert client.call("POST", "/v2/ubi/events", event()).status == 422


def test_it_is_shown_from_the_object_store_after_the_flush() -> None:
    with Stack() as stack:
        gateway = stack.gateway("g", "--history-flush=100ms")
        client = Client(gateway.url)
        fill(client)
        search(client, "red", query_id="q")
        kept(client, 1)
        until(lambda: any((stack.root / "g" / "objects").rglob("*.ndjson.zst")), "a segment")
        assert gateway.stop() == 0
        gateway.start()
        (entry,) = kept(Client(gateway.url), 1)
        assert entry["query_id"] == "q"
