"""What is told of an index: metadata, lists, rows, metrics, capabilities."""

from __future__ import annotations

import subprocess

from tests.freshness.lagging_store import Place
from tests.freshness.stable_tests import behind
from tests.support.gateway import until
from tests.support.server import default_binary


def test_metadata_and_lists_tell_how_far_the_index_is() -> None:
    with Place("--list-cache-ttl-ms=0") as place:
        mark = behind(place)
        block = place.layer()
        assert block["is_stable"] is False
        assert block["stable_as_of"] >= mark
        (entry,) = place.call("GET", "/v2/namespaces").json["namespaces"]
        assert (entry["is_stable"], entry["stable_as_of_ms"] >= mark) == (False, True)
        place.lag.status = "up-to-date"
        place.until_stable(2)
        (entry,) = place.call("GET", "/v2/namespaces").json["namespaces"]
        assert entry["is_stable"] is True


def test_a_row_tells_whether_stable_reads_see_it() -> None:
    with Place() as place:
        behind(place)
        where = "/v2/namespaces/docs/documents/{}/where"
        assert place.call("GET", where.format(1)).json["indexed"] == "yes"
        assert place.call("GET", where.format(2)).json["indexed"] == "no"
        place.lag.status = "up-to-date"
        until(lambda: place.call("GET", where.format(2)).json["indexed"] == "yes", "row 2 indexed")


def test_a_deleted_namespace_has_no_watermark() -> None:
    with Place() as place:
        place.write(1)
        place.until_stable(1)
        assert place.call("DELETE", "/v2/namespaces/docs").status == 200
        until(lambda: "x-layer-stable-as-of" not in place.query().headers, "no watermark")


def test_polls_and_stable_reads_are_counted() -> None:
    with Place() as place:
        behind(place)
        place.stable()
        metric = place.gateway.metric
        assert metric("layer_watched_namespaces") == 1
        assert 0 < metric("layer_watermark_lag_seconds", namespace="docs") < 600
        sizes = [has for name, has, _ in place.gateway.samples() if name == "hevlayer_tpuf_logical_bytes"]
        assert [has["namespace"] for has in sizes] == ["docs"], "a small namespace may count as empty"
        assert metric("layer_watch_polls_total", status="ok") > 0
        assert metric("layer_stable_reads_total", namespace="docs", cut="true") == 1


def test_capabilities_name_what_is_served() -> None:
    with Place() as place:
        place.write(1)
        report = place.call("GET", "/v2/namespaces/docs/capabilities").json
        support = {feature["id"]: feature["support"] for feature in report["features"]}
        assert support["stable"] == support["temporal"] == "supported"


def test_the_command_watches_until_the_index_is_stable() -> None:
    with Place() as place:
        behind(place)
        command = [str(default_binary()), "status", "docs", "--base-url", place.gateway.url, "--watch"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as watching:
            assert watching.stdout is not None
            assert '"is_stable":false' in watching.stdout.readline()
            place.lag.status = "up-to-date"
            assert '"is_stable":true' in watching.stdout.read()
        assert watching.returncode == 0
