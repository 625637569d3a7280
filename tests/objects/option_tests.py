"""Which object store a gateway takes, and what it says when it cannot."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path

from tests.objects.kinds import NOBODY, Kind, ask
from tests.support.gateway import Gateway
from tests.support.server import default_binary

REFUSED_S = 120.0


def refused(*arguments: str, environment: dict[str, str] | None = None) -> tuple[int, str]:
    """Exit code and words of a gateway that does not start."""
    with tempfile.TemporaryDirectory(prefix="layer-objects-") as folder:
        done = subprocess.run(
            [
                str(default_binary()),
                "serve",
                f"--upstream={NOBODY}",
                "--listen=127.0.0.1:0",
                "--admin-listen=127.0.0.1:0",
                f"--data-dir={folder}/data",
                *arguments,
            ],
            env={**os.environ, **(environment or {})},
            capture_output=True,
            text=True,
            timeout=REFUSED_S,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr


def test_health_names_the_kind(kind: Kind) -> None:
    with kind.gateway() as gateway:
        assert gateway.health()["object_store"] == {"kind": kind.name, "ok": True}


def test_operations_are_timed(kind: Kind) -> None:
    with kind.gateway() as gateway:
        assert gateway.metric("layer_s3_op_duration_seconds_count", operation="put", status="ok") >= 2


def test_off_refuses_what_needs_it_and_nothing_else() -> None:
    with tempfile.TemporaryDirectory(prefix="layer-objects-") as folder:
        arguments = ["--object-store=off", "--cache=off"]
        with Gateway(Path(folder) / "data", NOBODY, arguments, auth="open") as gateway:
            put = ask(gateway, "PUT", "/v1/namespaces/docs/blobs", b"x")
            assert put.status == 422
            assert json.loads(put.body)["error"] == "object_store_not_configured"
            assert gateway.health()["object_store"] == {"kind": "off", "ok": True}
            assert ask(gateway, "GET", "/v2/vectorstores").status == 200


def test_a_prefix_is_a_folder() -> None:
    with tempfile.TemporaryDirectory(prefix="layer-objects-") as folder:
        data = Path(folder) / "data"
        arguments = ["--object-store=file", "--object-prefix=a/b", "--cache=off"]
        with Gateway(data, NOBODY, arguments, auth="open") as gateway:
            assert ask(gateway, "PUT", "/v1/namespaces/docs/blobs", b"x").status == 200
        assert (data / "objects" / "a~" / "b~" / "blobs~" / "docs~").is_dir()
        assert not (data / "objects" / "blobs~").exists()


def test_faults_of_the_options_are_told_together() -> None:
    code, words = refused("--object-store=s3", "--object-prefix=/x")
    assert code == 2, words
    assert "--object-store: s3 needs --s3-bucket" in words
    assert "--object-prefix" in words
    code, words = refused("--s3-bucket=b", environment={"S3_ENDPOINT": "nowhere"})
    assert code == 2 and "--s3-endpoint" in words, words


def test_a_bucket_that_cannot_be_reached_keeps_a_gateway_from_starting() -> None:
    keys = {"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "very-secret"}
    code, words = refused("--s3-bucket=bucket", f"--s3-endpoint={NOBODY}", environment=keys)
    assert code == 1, words
    assert "--object-store s3" in words and "cannot connect" in words
    assert "very-secret" not in words


def test_missing_credentials_are_named() -> None:
    environment = {"AWS_EC2_METADATA_DISABLED": "true", "HOME": "/nonexistent"}
    code, words = refused("--s3-bucket=bucket", f"--s3-endpoint={NOBODY}", environment=environment)
    assert code == 1, words
    assert "set AWS_ACCESS_KEY_ID" in words
