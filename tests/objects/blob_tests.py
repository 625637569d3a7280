"""Blobs through a gateway, over each kind of object store."""

from __future__ import annotations

import hashlib
import json
import secrets
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.objects.kinds import Kind, ask

BLOBS = "/v1/namespaces/docs/blobs"
PNG = b"\x89PNG\r\n\x1a\n"
LARGEST = 10 * 1024 * 1024


def test_a_blob_comes_back_as_it_was_put(kind: Kind) -> None:
    data = PNG + secrets.token_bytes(300_000)
    digest = hashlib.sha256(data).hexdigest()
    with kind.gateway() as gateway:
        put = ask(gateway, "PUT", BLOBS, data)
        assert put.status == 200, put.body
        assert json.loads(put.body) == {"ref": f"blob://docs/{digest}", "sha256": digest, "size": len(data)}
        got = ask(gateway, "GET", f"{BLOBS}/{digest}")
        assert got.status == 200 and got.body == data
        assert got.headers["content-type"] == "image/png"
        assert got.headers["etag"] == f'"{digest}"'
        assert got.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert got.headers["content-length"] == str(len(data))
        head = ask(gateway, "HEAD", f"{BLOBS}/{digest}")
        assert head.status == 200 and head.body == b""
        assert head.headers["content-length"] == str(len(data))
        part = ask(gateway, "GET", f"{BLOBS}/{digest}", headers={"range": "bytes=1000-1999"})
        assert part.status == 206 and part.body == data[1000:2000]
        same = ask(gateway, "GET", f"{BLOBS}/{digest}", headers={"if-none-match": f'"{digest}"'})
        assert same.status == 304 and same.body == b""


def test_the_largest_blob_is_kept_and_a_larger_one_refused(kind: Kind) -> None:
    data = secrets.token_bytes(LARGEST)
    with kind.gateway() as gateway:
        put = ask(gateway, "PUT", BLOBS, data)
        assert put.status == 200, put.body
        assert ask(gateway, "GET", f"{BLOBS}/{hashlib.sha256(data).hexdigest()}").body == data
        assert ask(gateway, "PUT", BLOBS, data + b"x").status == 413
        empty = ask(gateway, "PUT", BLOBS, headers={"content-length": "0"})
        assert empty.status == 422, empty.body


def test_many_callers_store_the_same_blob_once(kind: Kind) -> None:
    data = secrets.token_bytes(1000)
    with kind.gateway() as gateway, ThreadPoolExecutor(8) as callers:
        puts = list(callers.map(lambda _: ask(gateway, "PUT", BLOBS, data).status, range(16)))
        assert puts == [200] * 16


def test_a_blob_outlives_the_gateway_that_took_it(kind: Kind) -> None:
    data = secrets.token_bytes(1000)
    with tempfile.TemporaryDirectory(prefix="layer-objects-") as folder:
        place = Path(folder) / "data"
        with kind.gateway(place) as gateway:
            assert ask(gateway, "PUT", BLOBS, data).status == 200
        with kind.gateway(place) as gateway:
            assert ask(gateway, "GET", f"{BLOBS}/{hashlib.sha256(data).hexdigest()}").body == data


def test_a_damaged_blob_is_refused_and_counted(kind: Kind) -> None:
    data = secrets.token_bytes(1000)
    digest = hashlib.sha256(data).hexdigest()
    with tempfile.TemporaryDirectory(prefix="layer-objects-") as folder:
        place = Path(folder) / "data"
        with kind.gateway(place) as gateway:
            assert ask(gateway, "PUT", BLOBS, data).status == 200
            kind.overwrite(place, f"blobs/docs/{digest}", b"something else")
            got = ask(gateway, "GET", f"{BLOBS}/{digest}")
            assert got.status == 502, got.body
            assert json.loads(got.body)["reason"] == "hash_mismatch"
            assert gateway.metric("layer_blob_mismatches_total", namespace="docs") == 1


def test_what_is_no_blob_is_said_to_be_none(kind: Kind) -> None:
    with kind.gateway() as gateway:
        assert ask(gateway, "GET", f"{BLOBS}/{'0' * 64}").status == 404
        assert ask(gateway, "GET", f"{BLOBS}/{'A' * 64}").status == 422
        assert ask(gateway, "PUT", f"{BLOBS}?warm=maybe", b"x").status == 422
