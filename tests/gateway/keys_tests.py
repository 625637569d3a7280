"""Who may call: the keys file, namespaces granted by pattern, names inside bodies, verified bearers."""

from __future__ import annotations

import gzip
from pathlib import Path

from tests.gateway.rig import NS, QUERY, Rig, expect_error
from tests.support.fault_upstream import respond
from tests.support.gateway import until
from tests.support.raw_http import Headers, Reply

READER = "key-of-the-reader-0001"
TEAM = "key-of-the-team-000001"
ADMIN = "key-of-the-admin-00001"
KEYS = f"""
- {{name: reader, scopes: [read], key: {READER}}}
- {{name: admin, scopes: [admin], key: {ADMIN}}}
- name: team
  entitlements:
    vectorstore.default: {{scopes: [read, write], namespaces: ["team-*"]}}
  key: {TEAM}
"""


def write_keys(path: Path, text: str) -> Path:
    """Into its place at once, as deployments do."""
    next_file = path.with_suffix(".next")
    next_file.write_text(text)
    next_file.chmod(0o600)
    next_file.rename(path)
    return path


def ask(
    rig: Rig, key: str, target: str = QUERY, body: bytes = b"{}", headers: Headers | None = None
) -> Reply:
    with rig.client() as client:
        return client.call("POST", target, [("Authorization", f"Bearer {key}"), *(headers or [])], body)


def get(rig: Rig, key: str, target: str) -> Reply:
    with rig.client() as client:
        return client.call("GET", target, [("Authorization", f"Bearer {key}")], b"")


def assert_no_key_was_said(rig: Rig) -> None:
    log = rig.gateway.log.read_text()
    assert not any(key in log for key in (READER, TEAM, ADMIN)), "the log shows a key"


def test_keys_of_the_file_have_their_scopes(tmp: Path) -> None:
    keys = write_keys(tmp / "keys.yaml", KEYS)
    with Rig([f"--keys-file={keys}", "--upstream-key=stored"], auth="keys") as rig:
        assert ask(rig, READER).status == 200
        assert rig.received().head.all("authorization") == ["Bearer stored"]
        assert expect_error(ask(rig, READER, NS), 403, "forbidden")["required_scope"] == "write"
        assert ask(rig, ADMIN, NS).status == 200
        assert expect_error(ask(rig, "unknown"), 403, "forbidden")["message"] == "invalid API key"
        # Only deriving takes the stored credential for a key.
        expect_error(ask(rig, "stored"), 403, "forbidden")
        assert rig.gateway.metric("layer_auth_failures_total", reason="unknown_key") == 2
        assert rig.gateway.metric("layer_auth_failures_total", reason="scope") == 1
        assert_no_key_was_said(rig)


def test_a_limited_key_reaches_its_namespaces_only(tmp: Path) -> None:
    keys = write_keys(tmp / "keys.yaml", KEYS)
    with Rig([f"--keys-file={keys}"], auth="keys") as rig:
        assert ask(rig, TEAM, "/v2/namespaces/team-a/query").status == 200
        assert ask(rig, TEAM, "/v2/namespaces/%74eam-a/query").status == 200
        for target in (QUERY, "/v2/namespaces/%66ilms/query", "/v1/namespaces/films"):
            expect_error(ask(rig, TEAM, target), 403, "forbidden")
        assert not any("ilms" in each.target for each in rig.upstream.received)
        expect_error(get(rig, TEAM, "/v2/vectorstores"), 403, "forbidden")


def test_sources_of_copies_are_checked_in_bodies(tmp: Path) -> None:
    keys = write_keys(tmp / "keys.yaml", KEYS)
    with Rig([f"--keys-file={keys}", "--stamp=off"], auth="keys") as rig:
        check_sources(rig)
    with Rig([f"--keys-file={keys}"], auth="keys") as rig:
        check_sources(rig)


def check_sources(rig: Rig) -> None:
    target = "/v2/namespaces/team-a"
    assert ask(rig, TEAM, target, b'{"copy_from_namespace":"team-b"}').status == 200
    assert ask(rig, TEAM, target, b"not json").status == 200, "what is not JSON is the store's to refuse"
    count = len(rig.upstream.received)
    for body in (
        b'{"copy_from_namespace":"films"}',
        b'{"copy_from_namespace":"team-b","copy_from_namespace":"films"}',
        b'{"\\u0063opy_from_namespace":{"source_namespace":"films"}}',
        b'{"branch_from_namespace":{"source_namespace":"films","source_api_key":"theirs"}}',
        b'{"copy_from_namespace":["films"]}',
        b'{"upsert_rows":[{"id":1,"t":"' + b"x" * 200_000 + b'"}],"copy_from_namespace":"films"}',
    ):
        expect_error(ask(rig, TEAM, target, body), 403, "forbidden")
        packed: Headers = [("Content-Encoding", "gzip")]
        expect_error(ask(rig, TEAM, target, gzip.compress(body), packed), 403, "forbidden")
        assert ask(rig, ADMIN, target, body).status == 200, "a key without limits copies what it likes"
    # A large body may have begun to leave; none of the refused ones arrived whole.
    whole = [each for each in rig.upstream.received[count:] if each.body_complete]
    assert len(whole) == 6, [each.target for each in whole]


def test_a_changed_keys_file_counts_without_a_restart(tmp: Path) -> None:
    keys = write_keys(tmp / "keys.yaml", KEYS)
    with Rig([f"--keys-file={keys}"], auth="keys") as rig:
        assert ask(rig, READER).status == 200
        write_keys(keys, KEYS.replace(READER, "another-key-of-the-reader"))
        until(lambda: ask(rig, READER).status == 403, "the old key is refused")
        assert ask(rig, "another-key-of-the-reader").status == 200
        write_keys(keys, "nonsense")
        until(lambda: "keys file not taken" in rig.gateway.log.read_text(), "the mistake is logged")
        assert ask(rig, "another-key-of-the-reader").status == 200


def test_mistakes_in_the_keys_file_stop_the_start(tmp: Path) -> None:
    keys = write_keys(
        tmp / "keys.yaml", f"- {{name: a, scopes: [fly], key: {READER}}}\n- {{scopes: [read]}}\n"
    )
    refused = start_refused(keys)
    assert "keys.yaml:1:" in refused and "unknown scope 'fly'" in refused, refused
    assert "keys.yaml:2:" in refused and READER not in refused, refused
    write_keys(keys, "[]").chmod(0o644)
    assert "chmod 600" in start_refused(keys)


def start_refused(keys: Path) -> str:
    rig = Rig([f"--keys-file={keys}"], auth="keys")
    try:
        rig.__enter__()
    except Exception:  # it never becomes ready, which is what is asked
        return rig.gateway.log.read_text()
    finally:
        rig.gateway.__exit__(None, None, None)
        rig.upstream.__exit__(None, None, None)
    raise AssertionError("it started")


def test_what_the_gateway_holds_needs_a_verified_bearer() -> None:
    with Rig() as rig:
        rig.upstream.default = respond(401, b'{"status":"error","error":"no"}')
        expect_error(rig.call("GET", f"{NS}/deletions"), 403, "forbidden")
        expect_error(rig.call("GET", f"{NS}/deletions"), 403, "forbidden")
        asked = [each for each in rig.upstream.received if each.target == f"{NS}/metadata"]
        assert len(asked) == 1, "a refusal is remembered"
        expect_error(rig.call("GET", "/v2/vectorstores"), 403, "forbidden")


def test_who_deleted_a_namespace_alone_may_follow_the_deletion() -> None:
    with Rig() as rig:
        gone = respond(404, b'{"status":"error","error":"not found"}')
        rig.upstream.default = respond(200, b'{"status":"OK"}')
        deletion = rig.call("DELETE", NS, b"").header("x-layer-deletion-id")
        rig.upstream.default = gone
        target = f"{NS}/deletions/{deletion}"
        assert rig.call("GET", target).status == 200
        expect_error(get(rig, "the-bearer-of-somebody-else", target), 404, "not_found")
        assert get(rig, "the-bearer-of-somebody-else", f"{NS}/deletions").body == b'{"deletions":[]}'
