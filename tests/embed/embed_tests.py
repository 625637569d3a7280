"""Rows written with their text alone: what the store gets, what is found, what a dead model does."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.embed.endpoint import DIMS, Endpoint, vector
from tests.support.gateway import Gateway
from tests.support.server import ROOT, Server

STATIC = [
    {
        "name": "local/small",
        "kind": "static",
        "path": str(ROOT / "examples" / "static-model"),
        "dims": 64,
        "max_tokens": 512,
    }
]
NOTES = {
    1: "a cat sleeps on the sofa",
    2: "stock prices fell on wall street",
    3: "the guitar and the piano play a song",
}


class Answer:
    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.json: Any = json.loads(body) if body else None


def call(url: str, method: str, path: str, body: object = None) -> Answer:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(
        url + path, data, {"content-type": "application/json", "authorization": "Bearer key"}, method=method
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return Answer(answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read())
    except urllib.error.HTTPError as error:
        return Answer(error.code, {k.lower(): v for k, v in error.headers.items()}, error.read())


@contextmanager
def gateway(folder: Path, models: list[dict[str, Any]]) -> Iterator[tuple[Gateway, Server]]:
    file = folder / "models.json"
    file.write_text(json.dumps(models))
    environment = {"LAYER_SECRET_EMBED_KEY": "sesame"}
    with (
        Server(folder / "store") as store,
        Gateway(folder / "gateway", store.url, [f"--models={file}"], environment) as front,
    ):
        yield front, store


def declare(url: str, model: str, rows: dict[int, str]) -> Answer:
    return call(
        url,
        "POST",
        "/v2/namespaces/notes",
        {
            "distance_metric": "cosine_distance",
            "schema": {"text": {"type": "string", "embed": model}},
            "upsert_rows": [{"id": n, "text": text} for n, text in rows.items()],
        },
    )


def nearest(url: str, target: list[float], column: str = "embed_text") -> list[int]:
    query = {"rank_by": [column, "ANN", target], "top_k": 10}
    answer = call(url, "POST", "/v2/namespaces/notes/query", query)
    assert answer.status == 200, answer.json
    return [row["id"] for row in answer.json["rows"]]


def stored(url: str, n: int) -> list[float]:
    query = {
        "rank_by": ["id", "asc"],
        "top_k": 1,
        "filters": ["id", "Eq", n],
        "include_attributes": ["embed_text"],
    }
    rows = call(url, "POST", "/v2/namespaces/notes/query", query).json["rows"]
    return list(rows[0]["embed_text"])


def test_rows_are_written_with_their_text_and_found_by_meaning(folder: Path) -> None:
    with gateway(folder, STATIC) as (front, store):
        written = declare(front.url, "local/small", NOTES)
        assert written.status == 200, written.json
        assert written.json["performance"]["embedding_tokens"] > 10
        schema = call(store.url, "GET", "/v1/namespaces/notes/schema").json
        assert schema["embed_text"]["type"] == "[64]f32" and "embed" not in schema["text"]
        probe = {10: "financial markets", 11: "a kitten and a dog", 12: "musical instruments"}
        call(
            front.url,
            "POST",
            "/v2/namespaces/notes",
            {"upsert_columns": {"id": list(probe), "text": list(probe.values())}},
        )
        for asked, found in ((10, 2), (12, 3)):
            ranked = [n for n in nearest(front.url, stored(front.url, asked)) if n in NOTES]
            assert ranked[0] == found, (probe[asked], ranked)
        health = front.health()
        assert health["features"]["local_embed"] == "on"
        assert front.metric("hevlayer_embed_tokens_total", model="local/small") > 10
        assert front.sanitizer_reports() == ""


def test_the_endpoint_is_asked_once_for_equal_texts(folder: Path) -> None:
    with Endpoint() as endpoint:
        model = {
            "name": "p/m",
            "kind": "http",
            "url": endpoint.url,
            "dims": DIMS,
            "max_tokens": 100,
            "normalize": False,
            "document_prefix": "doc: ",
            "api_key_secret": {"name": "embed", "key": "key"},
        }
        with gateway(folder, [model]) as (front, _):
            written = declare(front.url, "p/m", {1: "cat", 2: "money", 3: "cat"})
            assert written.status == 200, written.json
            assert [call["input"] for call in endpoint.calls] == [["doc: cat", "doc: money"]]
            assert endpoint.keys == ["Bearer sesame"]
            assert stored(front.url, 3) == vector("cat") or nearest(front.url, vector("cat"))[:2] == [1, 3]
            assert nearest(front.url, vector("money"))[0] == 2
            assert front.sanitizer_reports() == ""


def test_nothing_is_written_while_the_model_is_down(folder: Path) -> None:
    with Endpoint() as endpoint:
        model = {"name": "p/m", "kind": "http", "url": endpoint.url, "dims": DIMS, "max_tokens": 100}
        with gateway(folder, [model]) as (front, store):
            endpoint.status = 500
            down = declare(front.url, "p/m", {1: "cat"})
            assert down.status == 503 and down.json["error"] == "service_unavailable", down.json
            assert call(store.url, "GET", "/v1/namespaces/notes/schema").status == 404
            endpoint.status, endpoint.headers = 429, {"retry-after-ms": "1"}
            limited = declare(front.url, "p/m", {1: "cat"})
            assert limited.status == 429 and "retry-after" in limited.headers, limited.json
            endpoint.status = 200
            assert declare(front.url, "p/m", {1: "cat"}).status == 200
            endpoint.status = 500
            rows = {"upsert_rows": [{"id": 2, "text": "money"}]}
            assert call(front.url, "POST", "/v2/namespaces/notes", rows).status == 503
            assert nearest(store.url, vector("cat")) == [1]
            patch = {"patch_rows": [{"id": 1, "text": "music"}]}
            refused = call(front.url, "POST", "/v2/namespaces/notes", patch)
            assert refused.status == 422 and refused.json["error"] == "validation_error", refused.json
            assert front.sanitizer_reports() == ""


def test_a_gateway_that_starts_again_knows_what_is_embedded(folder: Path) -> None:
    with gateway(folder, STATIC) as (front, _):
        assert declare(front.url, "local/small", {1: NOTES[1]}).status == 200
    with gateway(folder, STATIC) as (front, _):
        rows = {"upsert_rows": [{"id": 3, "text": NOTES[3]}]}
        assert call(front.url, "POST", "/v2/namespaces/notes", rows).status == 200
        assert nearest(front.url, stored(front.url, 3)) == [3, 1]
        assert call(front.url, "DELETE", "/v2/namespaces/notes").status == 200
        plain = {"upsert_rows": [{"id": 1, "text": "not embedded"}]}
        assert call(front.url, "POST", "/v2/namespaces/notes", plain).status == 200


def test_a_wrong_models_file_is_named_with_every_mistake(folder: Path) -> None:
    file = folder / "models.json"
    file.write_text('[{"name":"a","kind":"static","path":"x","dims":0},{"kind":"http"}]')
    front = Gateway(folder / "gateway", "http://127.0.0.1:1", [f"--models={file}"])
    try:
        front.start()
        raise AssertionError("it started")
    except RuntimeError as error:
        for mistake in ("[0].dims", "[1].name", "[1].url"):
            assert mistake in str(error), str(error)


def test_the_commands_of_the_documentation(folder: Path) -> None:
    models = json.loads((ROOT / "examples" / "static-model" / "models.json").read_text())
    shown = (ROOT / "docs" / "embeddings.md").read_text()
    body = json.loads(shown.partition("/v2/namespaces/notes --json '")[2].partition("'\n")[0])
    up = Server(folder / "up", "up", [f"--models={ROOT / 'examples' / 'static-model' / 'models.json'}"])
    with up:
        written = call(up.url, "POST", "/v2/namespaces/notes", body)
        assert written.status == 200, written.json
        assert f'"embedding_tokens":{written.json["performance"]["embedding_tokens"]},' in shown
        listed = call(up.url, "GET", "/v2/models").json["models"]
        assert [model["name"] for model in listed] == [model["name"] for model in models]
