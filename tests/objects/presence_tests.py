"""A private cache and other gateways of the same object store."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.documents.stack import Client
from tests.objects.kinds import WAIT_S, Kind
from tests.support.gateway import Gateway, until
from tests.support.server import Server

NS = "films"


def test_a_private_cache_is_used_by_a_gateway_alone(kind: Kind) -> None:
    """A bucket may have many gateways; a directory belongs to one process."""
    shared = kind.name == "s3"
    with (
        tempfile.TemporaryDirectory(prefix="layer-presence-") as folder,
        Server(Path(folder) / "store", "store", []) as store,
    ):

        def gateway(name: str) -> Gateway:
            arguments = [*kind.arguments, "--cache=memory"]
            return Gateway(Path(folder) / name, store.url, arguments, kind.environment, auth="open")

        with gateway("first") as first:
            client = Client(first.url)
            client.write(NS, {"upsert_rows": [{"id": 1, "v": "a"}]})
            until(lambda: client.fetch(NS, 1).cache == "hit", "the row is cached", WAIT_S)
            with gateway("second") as second:
                other = Client(second.url)
                if shared:
                    until(lambda: client.fetch(NS, 1).cache == "bypass", "the first sees it", WAIT_S)
                other.write(NS, {"upsert_rows": [{"id": 1, "v": "b"}]})
                assert other.fetch(NS, 1).json["attributes"]["v"] == "b"
                if shared:
                    assert other.fetch(NS, 1).cache == "bypass"
                    assert client.fetch(NS, 1).json["attributes"]["v"] == "b"
                else:
                    assert other.fetch(NS, 1).cache == "hit"
                assert second.stop() == 0
            until(lambda: client.fetch(NS, 1).cache == "hit", "the first is alone again", WAIT_S)
            if shared:
                assert client.fetch(NS, 1).json["attributes"]["v"] == "b"
